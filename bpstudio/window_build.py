"""The building side of the window: the form of the network and the data, made when they are first shown, and their menu."""

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QMainWindow, QMenu

from bpstudio.controller.run_controller import RunController
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.files.run_document import spec_to_document
from bpstudio.files.templates import TEMPLATES, template
from bpstudio.panels.build_panel import BuildPanel
from bpstudio.panels.dialogs import show_problem
from bpstudio.viewstate.build_state import StartWish
from bpstudio.viewstate.theme import LIGHT, Theme
from bpstudio.window_actions import BUILD as ACTIONS
from bpstudio.window_actions import Actions

BUILD, DATA = "Build", "Data"


class BuildPanels(QObject):
    """Makes the panels on demand and connects them; ``apply`` hands each its part."""

    def __init__(self, window: QMainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._theme: Theme = LIGHT
        self.build: BuildPanel | None = None
        self.docks: dict[str, QDockWidget] = {}

    # Menus.

    def fill_menus(self, actions: Actions, before: QAction, file_menu: QMenu, go_to: Callable[[str], object]) -> None:
        """A menu of its own before another one, and what belongs into the file menu."""
        building = self._controller.building
        menu = QMenu("&Network", self._window)
        self._window.menuBar().insertMenu(before, menu)
        actions.add(ACTIONS["build"], lambda: go_to(BUILD), menu)
        menu.addSeparator()
        for name, wish in {
            "randomise": StartWish.DRAW_ANEW,
            "draw-again": StartWish.DRAW_AGAIN,
            "zero": StartWish.ZERO,
            "from-now": StartWish.NOW,
        }.items():
            actions.add(ACTIONS[name], lambda wish=wish: building.start_from(wish), menu)  # type: ignore[misc]
        menu.addSeparator()
        actions.add(ACTIONS["freeze"], lambda: building.set_biases_trained(False), menu)
        actions.add(ACTIONS["thaw"], lambda: building.set_biases_trained(True), menu)
        self._fill_file(actions, file_menu)

    def _fill_file(self, actions: Actions, menu: QMenu) -> None:
        first = menu.actions()[0]
        export = next(action for action in menu.actions() if action.objectName() == "export")
        new = actions.add(ACTIONS["new"], lambda: self.begin("blank"), menu)
        templates = QMenu("New from &template", menu)
        for name, text in TEMPLATES.items():
            action = templates.addAction(text)
            action.setObjectName(f"template-{name}")
            action.setStatusTip(f"Begin with a network of this kind: {text.replace('&', '')}")
            action.triggered.connect(lambda _checked=False, name=name: self.begin(name))
        save = actions.add(ACTIONS["save-run"], self.ask_run_file, menu)
        for action in (new, save):
            menu.removeAction(action)
        menu.insertActions(first, [new, templates.menuAction()])
        menu.insertAction(export, save)

    def begin(self, name: str) -> None:
        """Start a run from a template."""
        self._controller.open_spec(template(name), "")

    def ask_run_file(self) -> None:
        """Ask where to write how this run starts; does not block."""
        if self._controller.session is None:
            return
        dialog = QFileDialog(self._window, "Export the run file")
        dialog.setObjectName("save-run-dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.setNameFilter("Run files (*.json)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.write_run_file)
        dialog.show()

    def write_run_file(self, path: str) -> None:
        """Write how this run starts, its data written out."""
        session = self._controller.session
        if session is None:
            return
        text = json.dumps(spec_to_document(session.start_spec), ensure_ascii=False, indent=1)
        try:
            write_bytes_atomically(Path(path), (text + "\n").encode())
        except OSError as error:
            show_problem(self._window, "This could not be written", f"{path}: {error.strerror or error}")
            return
        self._controller.message_shown.emit(f"written: {path}")

    # Panels.

    def watch_dock(self, title: str, dock: QDockWidget) -> None:
        """Make the panel of this dock when it is first shown."""
        self.docks[title] = dock
        dock.visibilityChanged.connect(lambda is_visible: self._fill(title) if is_visible else None)

    def _fill(self, title: str) -> None:
        dock = self.docks[title]
        if title == BUILD and self.build is None:
            self.build = self._made_build()
            dock.setWidget(self.build)
        self.apply(self._theme)

    def _made_build(self) -> BuildPanel:
        building, panel = self._controller.building, BuildPanel()
        panel.field_changed.connect(building.set_field)
        panel.layer_changed.connect(building.change_layer)
        panel.layer_added.connect(building.add_layer)
        panel.layer_moved.connect(building.move_layer)
        panel.layer_removed.connect(building.remove_layer)
        panel.start_requested.connect(building.start_from)
        return panel

    @property
    def has_focus(self) -> bool:
        """Whether somebody is typing or painting in one of the panels."""
        focus = QApplication.focusWidget()
        return focus is not None and any(dock.isAncestorOf(focus) for dock in self.docks.values())

    def apply(self, theme: Theme) -> None:
        """Show the run as it is described now."""
        self._theme = theme
        state = self._controller.building.state()
        if state is not None and self.build is not None and self._is_shown(BUILD):
            self.build.apply(state, theme)

    def _is_shown(self, title: str) -> bool:
        return self.docks[title].isVisible()
