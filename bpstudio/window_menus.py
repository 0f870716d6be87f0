"""The menu bar: every feature's entry, its checked choices, and the recent files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QContextMenuEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QToolBar

from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.files.examples import example_names
from bpstudio.intents import Move
from bpstudio.model.spec import NotationName
from bpstudio.records import dataclass
from bpstudio.viewstate.selection import EdgeMode, UnitMode, ViewOptions
from bpstudio.window_actions import FILE, HELP, MOVES, PANELS, RUN, VIEW, Actions

UNITS = {UnitMode.ACTIVATION: "&Activation a", UnitMode.PRE_ACTIVATION: "&Weighted sum z"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowWishes:
    """What the menus ask of the window itself; everything else goes to the controller."""

    open: Callable[[str], object]
    ask_file: Callable[[], object]
    ask_export: Callable[[], object]
    export_panel: Callable[[], object]
    copy_figure: Callable[[], object]
    close: Callable[[], object]
    ask_goal: Callable[[], object]
    fit: Callable[[], object]
    zoom_by: Callable[[float], object]
    reset_layout: Callable[[], object]
    fill_debug: Callable[[QMenu], object]
    ask_bookmark: Callable[[], object]
    ask_preferences: Callable[[], object]
    go_to_panel: Callable[[str], object]
    open_guide: Callable[[], object]
    show_about: Callable[[], object]


class Menus:
    """Fills a window's menu bar; ``apply`` shows which choices are in force."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Actions,
        controller: RunController,
        settings: Settings,
        wishes: WindowWishes,
        docks: Sequence[QDockWidget | QToolBar],
    ) -> None:
        self._window = window
        self._actions = actions
        self._controller = controller
        self._settings = settings
        self._wishes = wishes
        self._choices: dict[str, QAction] = {}
        bar = window.menuBar()
        self.file = bar.addMenu("&File")
        self._fill_file(self.file)
        self.edit = bar.addMenu("&Edit")
        self._fill_run(bar.addMenu("&Run"))
        wishes.fill_debug(bar.addMenu("&Debug"))
        self.view = bar.addMenu("&View")
        self._fill_view(self.view, docks)
        self._fill_help(bar.addMenu("&Help"))

    def _fill_file(self, menu: QMenu) -> None:
        wishes, add = self._wishes, self._actions.add
        add(FILE["open"], wishes.ask_file, menu)
        examples = menu.addMenu("E&xamples")
        for name in example_names():
            action = examples.addAction(name)
            action.setStatusTip(f"Open the example {name}")
            action.triggered.connect(lambda _checked=False, name=name: wishes.open(name))
        self._recent = menu.addMenu("&Recent files")
        self._recent.aboutToShow.connect(self._fill_recent)
        menu.addSeparator()
        add(FILE["export"], wishes.ask_export, menu)
        add(FILE["export-panel"], wishes.export_panel, menu)
        add(FILE["copy"], wishes.copy_figure, menu)
        menu.addSeparator()
        add(FILE["preferences"], wishes.ask_preferences, menu)
        add(FILE["quit"], wishes.close, menu)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self._settings.recent:
            action = self._recent.addAction(path.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, path=path: self._wishes.open(path))
        if not self._settings.recent:
            self._recent.addAction("none yet").setEnabled(False)

    def _fill_run(self, menu: QMenu) -> None:
        controller, add = self._controller, self._actions.add
        add(RUN["play"], controller.resume, menu)
        add(RUN["play-back"], controller.resume_back, menu)
        add(RUN["pause"], controller.pause, menu)
        add(RUN["stop"], controller.stop, menu)
        menu.addSeparator()
        for move in MOVES:
            if move in (Move.BACK_INTO, Move.EPOCH_END):
                menu.addSeparator()
            add(MOVES[move], lambda move=move: controller.perform(move), menu)  # type: ignore[misc]
        menu.addSeparator()
        add(RUN["go-to"], self._wishes.ask_goal, menu)
        add(RUN["back"], controller.go_back, menu)
        add(RUN["forward"], controller.go_forward, menu)
        add(RUN["live"], controller.return_to_live, menu)
        menu.addSeparator()
        add(RUN["bookmark"], self._wishes.ask_bookmark, menu)
        add(RUN["next-bookmark"], lambda: controller.go_to_bookmark(1), menu)
        add(RUN["previous-bookmark"], lambda: controller.go_to_bookmark(-1), menu)
        self._bookmarks = menu.addMenu("Go to boo&kmark")
        self._bookmarks.aboutToShow.connect(self._fill_bookmarks)

    def _fill_bookmarks(self) -> None:
        self._bookmarks.clear()
        bookmarks = self._controller.travel.bookmarks
        for bookmark in bookmarks:
            action = self._bookmarks.addAction(
                f"{bookmark.name or 'no name'} – {bookmark.position:,}".replace("&", "&&")
            )
            action.setStatusTip(bookmark.note)
            action.triggered.connect(lambda _checked=False, at=bookmark.position: self._controller.seek_position(at))
        if not bookmarks:
            self._bookmarks.addAction("none yet").setEnabled(False)

    def _fill_view(self, menu: QMenu, docks: Sequence[QDockWidget | QToolBar]) -> None:
        controller, wishes, add = self._controller, self._wishes, self._actions.add
        notations = {name: f"&{name.value.capitalize()}" for name in NotationName}
        self._choice(menu.addMenu("&Notation"), notations, controller.set_notation)
        modes = {mode: f"&{mode.value.capitalize()}" for mode in EdgeMode}
        self._choice(menu.addMenu("&Edges show"), modes, controller.set_edge_mode)
        self._choice(menu.addMenu("&Units show"), UNITS, controller.set_unit_mode)
        unfold = menu.addAction("Un&fold the output δ")
        unfold.setObjectName("unfold")
        unfold.setCheckable(True)
        unfold.setStatusTip("Step the output δ of a matched pair through its factors instead of a − y at once")
        unfold.setToolTip(unfold.statusTip())
        unfold.toggled.connect(controller.set_unfolded)
        self._choices["unfold"] = unfold
        menu.addSeparator()
        add(VIEW["fit"], wishes.fit, menu)
        add(VIEW["zoom-in"], lambda: wishes.zoom_by(1.25), menu)
        add(VIEW["zoom-out"], lambda: wishes.zoom_by(0.8), menu)
        menu.addSeparator()
        goals = menu.addMenu("&Go to panel")
        add(VIEW["network"], lambda: wishes.go_to_panel(""), goals)
        for title, spec in PANELS.items():
            add(spec, lambda title=title: wishes.go_to_panel(title), goals)  # type: ignore[misc]
        for dock in docks:
            toggle = dock.toggleViewAction()
            toggle.setStatusTip(f"Show or hide the panel {dock.windowTitle()}")
            menu.addAction(toggle)
        add(VIEW["reset-layout"], wishes.reset_layout, menu)

    def _fill_help(self, menu: QMenu) -> None:
        self._actions.add(HELP["guide"], self._wishes.open_guide, menu)
        self._actions.add(HELP["about"], self._wishes.show_about, menu)

    def _choice(self, menu: QMenu, choices: Mapping[Any, str], choose: Callable[..., object]) -> None:
        """A menu of which one entry is checked."""
        group = QActionGroup(self._window)
        title = menu.title().replace("&", "")
        for value, text in choices.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(value)
            group.addAction(action)
            action.setStatusTip(f"{title}: {text.replace('&', '')}")
            action.triggered.connect(lambda _checked=False, value=value: choose(value))
            self._choices[f"{title}:{value}"] = action

    def apply(self, options: ViewOptions) -> None:
        """Check what is in force."""
        self.check(f"Notation:{options.notation}")
        self.check(f"Edges show:{options.edge_mode}")
        self.check(f"Units show:{options.unit_mode}")

    def check(self, name: str) -> None:
        """Check one choice, by the title of its menu and its value."""
        action = self._choices.get(name)
        if action is not None:
            action.setChecked(True)

    def offer_unfolding(self, is_offered: bool) -> None:
        """Start folded; the choice is there only where the output is a matched pair."""
        self._choices["unfold"].setChecked(False)
        self._choices["unfold"].setEnabled(is_offered)


class PanelMenu(QObject):
    """The menu of a panel's title: export it, copy it, let it float, close it."""

    def __init__(self, dock: QDockWidget, ask_export: Callable[[], object], copy: Callable[[], object]) -> None:
        super().__init__(dock)
        self._dock = dock
        self._ask_export = ask_export
        self._copy = copy
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the menu wherever the panel itself has none."""
        if isinstance(event, QContextMenuEvent) and watched is self._dock:
            self.menu().popup(event.globalPos())
            return True
        return super().eventFilter(watched, event)

    def menu(self) -> QMenu:
        """The menu, made anew: it says what holds now."""
        title = self._dock.windowTitle()
        menu = QMenu(self._dock)
        menu.setObjectName("panel-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, run, tip in (
            ("&Export this panel…", self._ask_export, f"Write the panel {title} to a file"),
            ("&Copy as picture", self._copy, f"Copy the panel {title} as a picture"),
            (
                "&Dock" if self._dock.isFloating() else "&Float",
                self._float,
                "Move it out of the window, or back into it",
            ),
            ("C&lose", self._dock.close, "Hide it; the View menu brings it back"),
        ):
            action = menu.addAction(text)
            action.setStatusTip(tip)
            action.triggered.connect(lambda _checked=False, run=run: run())
        return menu

    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())
