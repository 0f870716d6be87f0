"""The inspector: the operation just executed in symbols, with numbers, in a sentence; its parents; and what is selected."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bpstudio.equations.equation_label import EquationLabel
from bpstudio.look.guard import guarded
from bpstudio.look.layouts import lay_out_now
from bpstudio.look.text_size import as_title, grow_rows
from bpstudio.model.address import Address
from bpstudio.viewstate.card import Card, ParentRow
from bpstudio.viewstate.formula_text import FormulaForm
from bpstudio.viewstate.theme import Theme
from bpstudio.viewstate.view_state import InspectorState

MOST_ROWS = 8
ROW_HEIGHT = 24
COPIES = {
    FormulaForm.LATEX: "Copy as &LaTeX",
    FormulaForm.TEXT: "Copy as plain &text",
    FormulaForm.NUMPY: "Copy as &NumPy",
}


def plain_label(name: str, is_quiet: bool = False) -> QLabel:
    """A wrapping label for plain text that can be selected and copied."""
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    if is_quiet:
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


class ParentsTable(QTableWidget):
    """The numbers an operation read; Enter or a click goes on from one."""

    parent_chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__(0, 2)
        self.setObjectName(name)
        self.setAccessibleName("Where the numbers come from")
        self.setToolTip("The numbers this was made from: click one to select it")
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        grow_rows(self, ROW_HEIGHT)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._rows: tuple[ParentRow, ...] | None = None
        self.cellClicked.connect(lambda row, _column: self._choose(row))

    def apply(self, rows: tuple[ParentRow, ...]) -> None:
        """Show these parents."""
        if rows == self._rows:
            return
        self._rows = rows
        self.setRowCount(len(rows))
        for index, row in enumerate(rows):
            value = QTableWidgetItem(row.text)
            value.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(index, 0, QTableWidgetItem(row.symbol))
            self.setItem(index, 1, value)
        self._set_height()
        self.setVisible(bool(rows))

    def _set_height(self) -> None:
        self.setFixedHeight(min(MOST_ROWS, self.rowCount()) * self.verticalHeader().defaultSectionSize() + 2)

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            grow_rows(self, ROW_HEIGHT)
            self._set_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self._choose(self.currentRow())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: int) -> None:
        if self._rows is not None and index < len(self._rows):
            self.parent_chosen.emit(self._rows[index].address)


class CardView(QWidget):
    """Shows one card."""

    parent_chosen = Signal(object)
    address_hovered = Signal(object)
    copy_requested = Signal(object)

    def __init__(self, name: str, heading: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.heading = plain_label(f"{name}-heading", is_quiet=True)
        self.heading.setText(heading)
        self.title = plain_label(f"{name}-title")
        as_title(self.title)
        self.equations = EquationLabel(f"{name}-equations")
        self.sentence = plain_label(f"{name}-sentence")
        self.parents = ParentsTable(f"{name}-parents")
        self.parents.parent_chosen.connect(self.parent_chosen)
        self.equations.address_clicked.connect(self.parent_chosen)
        self.equations.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.equations.customContextMenuRequested.connect(
            lambda place: self.made_menu().popup(self.equations.mapToGlobal(place))
        )
        self.equations.address_hovered.connect(self.address_hovered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.heading, self.title, self.equations, self.sentence, self.parents):
            layout.addWidget(widget)

    def apply(self, card: Card | None, empty: str, theme: Theme, lit: frozenset[Address] = frozenset()) -> None:
        """Show a card, or say why there is none."""
        self.title.setText(empty if card is None else card.title)
        self.equations.setVisible(card is not None)
        self.sentence.setVisible(card is not None and bool(card.sentence))
        self.parents.apply(() if card is None else card.parents)
        if card is not None:
            self.equations.apply(card.pieces, card.plain, theme)
            self.equations.light(lit)
            self.sentence.setText(card.sentence)
            self.title.setToolTip(f"in full: {card.full_result}")

    def made_menu(self) -> QMenu:
        """How the formula can be copied; it is deleted when closed."""
        menu = QMenu(self)
        menu.setObjectName("formula-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for form, text in COPIES.items():
            action = menu.addAction(text)
            action.setStatusTip("Put the formula on the clipboard")
            action.setToolTip(action.statusTip())
            action.triggered.connect(lambda _checked=False, form=form: self.copy_requested.emit(form))
        return menu


class InspectorPanel(QScrollArea):
    """Shows an InspectorState; scrolls, never squeezes."""

    address_chosen = Signal(object)
    address_hovered = Signal(object)
    copy_requested = Signal(object, bool)
    """How to copy a formula, and whether it is that of the selected number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName("Inspector")
        self.setWhatsThis("The operation just executed, in symbols, in numbers and in words; then what is selected.")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(250)
        self._state: InspectorState | None = None
        self._theme: Theme | None = None
        self.executed = CardView("executed", "Just executed")
        self.selected = CardView("selected", "Selected")
        self.next = plain_label("next-operation")
        self.summation = plain_label("summation", is_quiet=True)
        inner = QWidget()
        inner.setObjectName("inspector-inner")
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(12)
        for widget in (self.executed, self.next, self.selected, self.summation):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setWidget(inner)
        for card in (self.executed, self.selected):
            card.parent_chosen.connect(self.address_chosen)
            card.address_hovered.connect(self.address_hovered)
        self.executed.copy_requested.connect(lambda form: self.copy_requested.emit(form, False))
        self.selected.copy_requested.connect(lambda form: self.copy_requested.emit(form, True))

    @property
    def state(self) -> InspectorState | None:
        """What is shown now."""
        return self._state

    def apply(self, state: InspectorState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing."""
        if state == self._state and theme == self._theme:
            return
        self._state, self._theme = state, theme
        self.executed.apply(
            state.executed, "nothing yet in this iteration: F11 executes the first operation", theme, state.lit
        )
        self.next.setText(f"Next: {state.next_label}")
        self.selected.setVisible(bool(state.selected_title) or state.selected is not None)
        self.selected.apply(state.selected, state.selected_title, theme, state.lit)
        self.summation.setText(state.summation)
        # A picture taken between two layouts would show one part over another.
        lay_out_now(self)
