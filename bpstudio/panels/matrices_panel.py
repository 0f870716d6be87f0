"""The matrices panel: the arrays of a layer as tables of numbers on a heat map, the product at work, and all shapes."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from bpstudio.panels.matrix_product_view import ProductView
from bpstudio.panels.matrix_view import MatrixView
from bpstudio.panels.rows_table import Column, RowsTable
from bpstudio.viewstate.matrices_state import MatricesState
from bpstudio.viewstate.matrix_shapes import ShapeRow
from bpstudio.viewstate.matrix_text import MatrixTextForm, matrix_text
from bpstudio.viewstate.theme import Theme

AT_WORK = "Layer at work"
SHAPES = "Table of shapes"
COLUMNS: tuple[Column[ShapeRow], ...] = (
    Column(
        "Array",
        "What it is called in the chosen notation",
        text=lambda row: row.name,
        is_bold=lambda _row: True,
        width=92,
    ),
    Column("Shape", "Rows and columns, as the notation has them", text=lambda row: row.shape, width=92),
    Column("What it is", "What the array is for", text=lambda row: row.role),
    Column("Layer", "The layer it belongs to", text=lambda row: row.place, width=170, is_spare=True),
)
WORDS = {
    MatrixTextForm.TSV: "tab-separated",
    MatrixTextForm.NUMPY: "as NumPy",
    MatrixTextForm.LATEX: "as LaTeX",
}
COPIES = {
    MatrixTextForm.TSV: ("Copy &tab-separated", "Ctrl+C", "Copy all numbers in full, for a spreadsheet"),
    MatrixTextForm.NUMPY: ("Copy as &NumPy", "N", "Copy all numbers in full, as an array of NumPy"),
    MatrixTextForm.LATEX: ("Copy as &LaTeX", "L", "Copy the array as a LaTeX matrix, with the digits shown"),
}


class MatricesPanel(QWidget):
    """Shows a MatricesState; every wish is a signal."""

    layer_chosen = Signal(object)
    """The number of a layer, or None for the one at work."""
    cell_chosen = Signal(object, object)
    cell_hovered = Signal(object)
    text_copied = Signal(str, str)
    """What goes to the clipboard, and what to say about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("matrices")
        self.setAccessibleName("Matrices")
        self._state: MatricesState | None = None
        self._theme: Theme | None = None
        self._alone: str | None = None
        self._wanted: str | None = None
        self.view = MatrixView()
        self.product = ProductView()
        self.shapes: RowsTable[ShapeRow] = RowsTable("shapes", COLUMNS, lambda row: row.key, "No arrays yet.")
        self.shapes.setAccessibleName("Table of shapes")
        self.shapes.setToolTip("Every array of the network: Enter shows it among the arrays of its layer")
        self.layer = QComboBox()
        self.layer.setObjectName("matrix-layer")
        self.layer.setAccessibleName("Which arrays")
        self.layer.setToolTip("The layer the operation works in, a layer of your choice, or the table of all shapes")
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.layer.setMinimumContentsLength(14)
        self.back = QToolButton()
        self.back.setObjectName("matrix-back")
        self.back.setText("‹ All arrays")
        self.back.setAccessibleName("All arrays")
        self.back.setToolTip("Back to all arrays of the layer (Esc)")
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back.hide()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.view)
        self.pages.addWidget(self.shapes)
        self.setFocusProxy(self.view)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.layer, 1)
        row.addWidget(self.back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.product)

    def _connect(self) -> None:
        self.layer.activated.connect(self._choose)
        self.back.clicked.connect(lambda _checked=False: self._open(None))
        self.shapes.row_activated.connect(self._show_array)
        self.view.cell_chosen.connect(self.cell_chosen)
        self.view.cell_hovered.connect(self.cell_hovered)
        self.view.array_opened.connect(self._open)
        self.view.copy_requested.connect(self._copy)
        self.view.menu_requested.connect(self._show_menu)

    @property
    def state(self) -> MatricesState | None:
        """What is shown now."""
        return self._state

    def apply(self, state: MatricesState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing."""
        if (state, theme) == (self._state, self._theme):
            return
        before, self._state, self._theme = self._state, state, theme
        if before is None or before.choices != state.choices:
            self._fill_choices(state)
            self._alone = None
        if self._alone is not None and all(matrix.key != self._alone for matrix in state.matrices):
            self._alone = None
        if self.pages.currentWidget() is self.view:
            self._mark_choice(state)
        self._show()

    def _fill_choices(self, state: MatricesState) -> None:
        self.layer.clear()
        self.layer.addItem(AT_WORK)
        for choice in state.choices:
            self.layer.addItem(choice.text, choice.layer)
        self.layer.addItem(SHAPES)

    def _mark_choice(self, state: MatricesState) -> None:
        layers = [choice.layer for choice in state.choices]
        self.layer.setCurrentIndex(0 if state.chosen is None else 1 + layers.index(state.chosen))

    def _show(self) -> None:
        state, theme = self._state, self._theme
        if state is None or theme is None:
            return
        self.back.setVisible(self._alone is not None and self.pages.currentWidget() is self.view)
        self.view.apply(state, theme, self._alone)
        self.shapes.apply(state.shapes, theme)
        self.product.apply(state.product, state.accent, theme)
        if self._wanted is not None and any(matrix.key == self._wanted for matrix in state.matrices):
            wanted, self._wanted = self._wanted, None
            self.view.go_to(wanted)

    def _choose(self, index: int) -> None:
        """A layer, the one at work, or the table of shapes."""
        is_shapes = index == self.layer.count() - 1
        self.pages.setCurrentWidget(self.shapes if is_shapes else self.view)
        self.product.setVisible(not is_shapes)
        self.setFocusProxy(self.shapes if is_shapes else self.view)
        if not is_shapes:
            self._alone = None
            self.layer_chosen.emit(self.layer.itemData(index))
        self._show()

    def _show_array(self, key: object) -> None:
        """From the table of shapes to the array among those of its layer."""
        state = self._state
        row = None if state is None else next((row for row in state.shapes if row.key == key), None)
        if state is None or row is None:
            return
        layers = [choice.layer for choice in state.choices]
        self._wanted = row.key
        self.layer.setCurrentIndex(1 + layers.index(row.layer))
        self._choose(self.layer.currentIndex())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, key: object) -> None:
        """One array alone, or all."""
        self._alone = key if isinstance(key, str) else None
        self._show()

    # Copying.

    def _copy(self, form: MatrixTextForm) -> None:
        state, matrix = self._state, self.view.current
        if state is not None and matrix is not None:
            text = matrix_text(matrix, form, state.names, state.numbers)
            self.text_copied.emit(text, f"{matrix.name} {matrix.shape} is on the clipboard, {WORDS[form]}.")

    def _show_menu(self, place: QPoint) -> None:
        self.made_menu().popup(place)

    def made_menu(self) -> QMenu:
        """What can be done with the current array; it is deleted when closed."""
        menu = QMenu(self)
        menu.setObjectName("matrix-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entry(menu, "&Select this number", "Return", "Select it everywhere", self.view.choose_current)
        alone = "Show &all arrays" if self.view.is_alone else "Show this array &alone"
        self._entry(
            menu, alone, "Shift+Return", "All cells of one array, or all arrays of the layer", self.view.open_current
        )
        menu.addSeparator()
        for form, (text, key, tip) in COPIES.items():
            self._entry(menu, text, key, tip, lambda form=form: self._copy(form))  # type: ignore[misc]
        return menu

    @staticmethod
    def _entry(menu: QMenu, text: str, key: str, tip: str, act: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: act())
        return action
