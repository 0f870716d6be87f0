"""The data of a run: painted as points, edited as a table, made by name, imported and exported."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from bpstudio.look.icons import IconName
from bpstudio.look.text_size import text_scale
from bpstudio.panels.form_fields import dress_problems, problem_label, tell
from bpstudio.panels.generator_form import GeneratorForm
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.panels.plain_text import plain_tip
from bpstudio.panels.point_editor import LARGE_TEXT, PointEditor
from bpstudio.panels.sample_table import SampleTable
from bpstudio.panels.tool_row import ToolRow
from bpstudio.viewstate.data_state import DataState
from bpstudio.viewstate.theme import Theme


class DataPanel(QWidget):
    """Shows a DataState: what it is, then points, table and generator side by side in tabs."""

    clear_requested = Signal()
    import_requested = Signal()
    export_requested = Signal()
    prepare_requested = Signal()
    held_out_changed = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data")
        self.setAccessibleName("Data")
        self._state: DataState | None = None
        self._theme: Theme | None = None
        self._scale = 0.0
        self.title = plain_label("data-title")
        self.counts = plain_label("data-counts", is_quiet=True)
        self.problem = problem_label("data-problem")
        self.points = PointEditor()
        self.table = SampleTable()
        self.points.painter.point_chosen.connect(self.table.choose_row)
        self.generator = GeneratorForm()
        self.no_points = plain_label("no-points", is_quiet=True)
        self.no_points.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("data-tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._points_page(), "&Points")
        self.tabs.addTab(self._table_page(), "&Table")
        self.tabs.addTab(self.generator, "&Make")
        self.setFocusProxy(self.tabs)
        self.files = self._files_row()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for label in (self.title, self.counts, self.problem):
            label.setContentsMargins(8, 2, 8, 0)
            layout.addWidget(label)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.files)

    def _points_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.points)
        layout.addWidget(self.no_points)
        return page

    def _table_page(self) -> QWidget:
        page = QWidget()
        self.tools = ToolRow("data-tools")
        add = self.tools.add
        add("row-add", "Add a row", "Add a row below the current one (Insert)", self.table.add_row, IconName.ADD)
        add("row-remove", "Remove rows", "Remove the selected rows (Delete)", self.table.remove_rows, IconName.REMOVE)
        add("cells-copy", "Copy", "Copy the selected cells for a spreadsheet (Ctrl+C)", self.table.copy, IconName.COPY)
        add(
            "cells-paste",
            "Paste",
            "Paste a table from a spreadsheet at the current cell (Ctrl+V)",
            self.table.paste,
            None,
        )
        add(
            "rows-hold",
            "Hold out",
            "Keep the selected rows aside to measure on, or train on them again",
            self._hold,
            None,
        )
        self.tools.row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tools)
        layout.addWidget(self.table, 1)
        return page

    def _files_row(self) -> ToolRow:
        row = ToolRow("data-files")
        row.add("data-import", "Import…", "Read rows from a CSV or TSV file", self.import_requested.emit, IconName.OPEN)
        row.add("data-export", "Export…", "Write all rows as a CSV file", self.export_requested.emit, IconName.EXPORT)
        row.row.addStretch(1)
        row.add("data-prepare", "Prepare…", "Hold out a share of the rows, standardise the inputs",
                self.prepare_requested.emit, None)  # fmt: skip
        row.add("data-clear", "Clear", "Remove all rows; the run keeps its data until there are new ones",
                self.clear_requested.emit, None)  # fmt: skip
        return row

    def show_current(self, row: int | None) -> None:
        """Mark the row that is at work; None: none."""
        self.points.painter.show_current(row)
        self.table.show_current(row)

    def _hold(self) -> None:
        """Hold the selected rows out; if all of them are, train on them."""
        rows, state = list(self.table.chosen_rows), self._state
        if state is not None and rows:
            self.held_out_changed.emit(rows, rows[0] < state.dataset.count)

    def apply(self, state: DataState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        scale = text_scale()
        if state is self._state and theme is self._theme and scale == self._scale:
            return
        self._scale = scale
        if theme is not self._theme:
            for row in (self.tools, self.files):
                row.dress(theme)
            dress_problems(self, theme)
            self.generator.dress(theme)
        self._state, self._theme = state, theme
        for label, text in ((self.title, state.title), (self.counts, state.counts), (self.no_points, state.why_not)):
            if label.text() != text:
                label.setText(text)
        self.title.setToolTip(plain_tip(state.counts))
        self.counts.setVisible(scale < LARGE_TEXT)  # large text leaves the room to the points
        tell(self.problem, state.problem)
        self.points.setVisible(state.points is not None)
        self.no_points.setVisible(state.points is None)
        if state.points is not None:
            self.points.apply(state.points, theme)
        self.table.apply(state.dataset, theme, state.numbers)
