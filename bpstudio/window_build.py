"""The building side of the window: the form of the network and the data, made when they are first shown, and their menu."""

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QMainWindow, QMenu

from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.controller.run_controller import RunController
from bpstudio.errors import BpstudioError
from bpstudio.files import bounded_file, data_edits, run_document
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.files.templates import TEMPLATES, template
from bpstudio.look.file_dialogs import file_dialog
from bpstudio.panels import build_panel, data_panel, dialogs, edit_dialogs, import_dialog, scrolling
from bpstudio.viewstate import build_state
from bpstudio.viewstate.theme import LIGHT, Theme
from bpstudio.window_actions import BUILD as ACTIONS
from bpstudio.window_actions import Actions

BUILD, DATA = "Build", "Data"


def is_table(path: str) -> bool:
    """Whether a file is a table by its name."""
    return Path(path).suffix.lower() in (".csv", ".tsv")


class BuildPanels(QObject):
    """Makes the panels on demand and connects them; ``apply`` hands each its part."""

    def __init__(self, window: QMainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._theme: Theme = LIGHT
        self.build: build_panel.BuildPanel | None = None
        self.data: data_panel.DataPanel | None = None
        self.docks: dict[str, QDockWidget] = {}
        self._canvas: NetworkCanvas | None = None
        self._ask_number: Callable[[], object] = lambda: None

    # Menus.

    def fill_menus(self, actions: Actions, before: QAction, file_menu: QMenu, go_to: Callable[[str], object]) -> None:
        """A menu of its own before another one, and what belongs into the file menu."""
        building = self._controller.building
        menu = QMenu("&Network", self._window)
        self._window.menuBar().insertMenu(before, menu)
        actions.add(ACTIONS["build"], lambda: go_to(BUILD), menu)
        actions.add(ACTIONS["data"], lambda: go_to(DATA), menu)
        actions.add(ACTIONS["import"], self.ask_import, menu)
        actions.add(ACTIONS["export-data"], self.ask_csv, menu)
        menu.addSeparator()
        wishes: dict[str, Callable[[], object]] = {
            "randomise": lambda: building.start_from(build_state.StartWish.DRAW_ANEW),
            "draw-again": lambda: building.start_from(build_state.StartWish.DRAW_AGAIN),
            "zero": lambda: building.start_from(build_state.StartWish.ZERO),
            "from-now": lambda: building.start_from(build_state.StartWish.NOW),
        }
        for name, wish in wishes.items():
            actions.add(ACTIONS[name], wish, menu)
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
        self._controller.leaving(lambda: self._controller.open_spec(template(name), ""))

    def ask_run_file(self) -> None:
        """Ask where to write how this run starts; does not block."""
        if self._controller.session is None:
            return
        dialog = file_dialog(self._window, "Export the run file")
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
        spec, document_of = session.start_spec, run_document.spec_to_document
        self._write(path, lambda: json.dumps(document_of(spec), ensure_ascii=False, indent=1) + "\n")

    def _write(self, path: str, make: Callable[[], str]) -> None:
        """Make a text and write it beside the window: a large table takes a second."""

        def written(error: object) -> None:
            if error is None:
                self._controller.message_shown.emit(f"written: {path}")
                return
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            dialogs.show_problem(self._window, "This could not be written", f"{path}: {reason}")

        self._controller.background.submit(lambda: write_bytes_atomically(Path(path), make().encode()), written)

    # The canvas.

    def watch_canvas(self, canvas: NetworkCanvas, ask_number: Callable[[], object]) -> None:
        """A double click on a weight, a bias or an input asks for its number."""
        self._canvas, self._ask_number = canvas, ask_number
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the double clicks on what can be changed; the canvas keeps the others."""
        if (
            watched is self._canvas
            and event.type() is QEvent.Type.MouseButtonDblClick
            and isinstance(event, QMouseEvent)
        ):
            return self._take_double_click(event)
        return super().eventFilter(watched, event)

    def _take_double_click(self, event: QMouseEvent) -> bool:
        if self._canvas is None or event.button() is not Qt.MouseButton.LeftButton:
            return False
        address = self._canvas.address_at(event.position())
        if self._controller.branching.editable(address) is None:
            return False
        self._controller.select(address)
        self._ask_number()
        return True

    # Panels.

    def watch_dock(self, title: str, dock: QDockWidget) -> None:
        """Make the panel of this dock when it is first shown."""
        self.docks[title] = dock
        dock.visibilityChanged.connect(lambda is_visible: self._fill(title) if is_visible else None)

    def _fill(self, title: str) -> None:
        dock = self.docks[title]
        if title == BUILD and self.build is None:
            self.build = self._made_build()
            self._apply_build(self.build)
            dock.setWidget(self.build)
        elif title == DATA and self.data is None:
            self.data = self._made_data()
            self._apply_data(self.data)
            dock.setWidget(scrolling.scrolling(self.data))
        self.apply(self._theme)

    def _made_build(self) -> "build_panel.BuildPanel":
        building, panel = self._controller.building, build_panel.BuildPanel()
        panel.field_changed.connect(building.set_field)
        panel.layer_changed.connect(building.change_layer)
        panel.layer_added.connect(building.add_layer)
        panel.layer_moved.connect(building.move_layer)
        panel.layer_removed.connect(building.remove_layer)
        panel.start_requested.connect(building.start_from)
        return panel

    def _made_data(self) -> "data_panel.DataPanel":
        desk, panel = self._controller.data_desk, data_panel.DataPanel()
        painter, table = panel.points.painter, panel.table
        painter.point_added.connect(desk.add_point)
        painter.point_moved.connect(desk.move_point)
        painter.point_removed.connect(lambda row: desk.remove_rows([row]))
        panel.points.kind_changed.connect(desk.change_kind)
        panel.points.class_requested.connect(desk.add_class)
        table.cell_typed.connect(desk.set_cell)
        table.row_added.connect(desk.add_row)
        table.rows_removed.connect(desk.remove_rows)
        table.rename_requested.connect(self.ask_column_name)
        table.table_pasted.connect(desk.paste)
        table.copy_requested.connect(lambda rows, columns: self._copy(desk.copied(rows, columns)))
        panel.held_out_changed.connect(desk.hold_out)
        panel.clear_requested.connect(desk.clear)
        panel.generator.dataset_wished.connect(desk.use)
        panel.import_requested.connect(self.ask_import)
        panel.export_requested.connect(self.ask_csv)
        panel.prepare_requested.connect(self.ask_preparation)
        return panel

    def _copy(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self._controller.message_shown.emit(f"{text.count(chr(10)):,} rows are on the clipboard.")

    def ask_import(self) -> None:
        """Ask for a table to read; does not block."""
        if self._controller.session is None:
            return
        dialog = file_dialog(self._window, "Import data")
        dialog.setObjectName("import-data-file")
        dialog.setNameFilters(["Tables (*.csv *.tsv *.txt)", "All files (*)"])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.read_csv)
        dialog.show()

    def read_csv(self, path: str) -> None:
        """Ask how a table is to be read, and train on what was read."""
        try:
            content = bounded_file.read_bounded(Path(path))
        except BpstudioError as error:
            dialogs.show_problem(self._window, "This could not be read", str(error))
            return
        dialog = import_dialog.ImportDialog(content, Path(path).name, self._theme, self._window)
        dialog.dataset_read.connect(self._controller.data_desk.use)
        dialog.show()

    def ask_column_name(self, column: int, name: str) -> None:
        """Ask what a column shall be called."""
        dialog = edit_dialogs.NameDialog(self._window, name)
        dialog.name_chosen.connect(lambda chosen: self._controller.data_desk.rename(column, chosen))
        dialog.show()

    def ask_preparation(self) -> None:
        """Ask which share of the rows to hold out and whether to standardise."""
        dataset = self._controller.data_desk.dataset
        if dataset is None:
            return
        count = data_edits.row_count(dataset)
        share, numbers = (count - dataset.count) / max(1, count), self._controller.options.numbers
        dialog = edit_dialogs.PrepareDialog(self._window, share, numbers)
        dialog.preparation_chosen.connect(self._controller.data_desk.prepare)
        dialog.show()

    def ask_csv(self) -> None:
        """Ask where to write all rows; does not block."""
        if self._controller.data_desk.dataset is None:
            return
        dialog = file_dialog(self._window, "Export the data")
        dialog.setObjectName("export-data-dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilters(["CSV (*.csv)", "TSV (*.tsv)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.write_csv)
        dialog.show()

    def write_csv(self, path: str) -> None:
        """Write all rows with a header; tabs between cells when the file is called .tsv."""
        dataset = self._controller.data_desk.dataset
        if dataset is not None:
            text_of, delimiter = data_edits.csv_text, "\t" if path.lower().endswith(".tsv") else ","
            self._write(path, lambda: text_of(dataset, delimiter))

    @property
    def has_focus(self) -> bool:
        """Whether somebody is typing or painting in one of the panels."""
        focus = QApplication.focusWidget()
        return focus is not None and any(dock.isAncestorOf(focus) for dock in self.docks.values())

    def apply(self, theme: Theme) -> None:
        """Show the run as it is described now."""
        self._theme = theme
        if self.build is not None and self.docks[BUILD].isVisible():
            self._apply_build(self.build)
        if self.data is not None and self.docks[DATA].isVisible():
            self._apply_data(self.data)

    def _apply_build(self, panel: "build_panel.BuildPanel") -> None:
        state = self._controller.building.state()
        if state is not None:
            panel.apply(state, self._theme)

    def _apply_data(self, panel: "data_panel.DataPanel") -> None:
        desk = self._controller.data_desk
        state = desk.state(self._controller.options.numbers)
        if state is not None:
            panel.apply(state, self._theme)
            panel.show_current(None if self._controller.is_running else desk.current_row())
