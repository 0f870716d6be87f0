"""The form that builds a run: its layers, the numbers it starts from, loss, optimizer and training."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QLabel, QPushButton, QVBoxLayout, QWidget

from bpstudio.files.draft_fields import FIELDS, Field, FieldGroup, FieldKind
from bpstudio.look.text_size import as_heading, text_scale
from bpstudio.panels.flow_layout import FlowLayout
from bpstudio.panels.form_fields import (
    ChoiceField,
    LineField,
    TruthField,
    Typing,
    dress_problems,
    problem_label,
    tell,
)
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.panels.layer_card import LayerCard
from bpstudio.panels.upright_scroll import UprightScroll
from bpstudio.viewstate.build_state import BuildState, FieldRow, StartWish
from bpstudio.viewstate.theme import Theme

START_BUTTONS = {
    StartWish.DRAW_ANEW: ("Randomise", "Draw other weights: the seed grows by one"),
    StartWish.DRAW_AGAIN: ("Draw again", "Draw the weights from the seed: the same seed gives the same numbers"),
    StartWish.ZERO: ("Zero", "Start with all weights and biases at 0"),
    StartWish.NOW: ("From now", "Start with the weights and biases as they are at this position"),
}
Shown = LineField | ChoiceField | TruthField


class BuildPanel(UprightScroll):
    """Shows a BuildState and tells what a person wishes of it."""

    field_changed = Signal(str, str)
    layer_changed = Signal(int, object)
    layer_added = Signal(int)
    layer_moved = Signal(int, int)
    layer_removed = Signal(int)
    start_requested = Signal(object)

    def __init__(self) -> None:
        content = QWidget()
        super().__init__(content)
        self.setObjectName("build")
        self.setAccessibleName("Build the network")
        self.setWhatsThis("The network and how it is trained. A change that makes sense starts the described run.")
        self._state: BuildState | None = None
        self._theme: Theme | None = None
        self._scale = 0.0
        self.typing = Typing(self)
        self.cards: list[LayerCard] = []
        self.fields: dict[str, Shown] = {}
        self._forms: dict[FieldGroup, QFormLayout] = {}
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(10, 8, 10, 8)
        self._column.setSpacing(6)
        self._add_top()
        self._add_start()
        for group in (FieldGroup.LOSS, FieldGroup.OPTIMIZER, FieldGroup.TRAINING):
            self._add_group(group)
        self._column.addStretch(1)

    def _add_top(self) -> None:
        self.summary = QLabel()
        self.summary.setObjectName("build-summary")
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        as_heading(self.summary)
        self.note = plain_label("build-note", is_quiet=True)
        self.problem = problem_label("build-problem")
        self.inputs = QLabel()
        self.inputs.setObjectName("build-inputs")
        self._layers = QVBoxLayout()
        self._layers.setSpacing(4)
        self.add = QPushButton("&Add a hidden layer")
        self.add.setObjectName("build-add")
        self.add.setToolTip("A hidden layer more, before the output")
        self.add.setStatusTip(self.add.toolTip())
        self.add.clicked.connect(lambda: self.layer_added.emit(max(0, len(self.shown_cards) - 1)))
        for widget in (self.summary, self.note, self.problem, self.inputs):
            self._column.addWidget(widget)
        self._column.addLayout(self._layers)
        self._column.addWidget(self.add)

    def _add_start(self) -> None:
        box = self._add_group(FieldGroup.START)
        self.start = plain_label("build-start", is_quiet=True)
        buttons = QWidget()
        flow = FlowLayout(buttons, gap=4)
        self.start_buttons: dict[StartWish, QPushButton] = {}
        for wish, (text, tip) in START_BUTTONS.items():
            button = QPushButton(text)
            button.setObjectName(f"start-{wish.value.replace(' ', '-')}")
            button.setToolTip(tip)
            button.setStatusTip(tip)
            button.clicked.connect(lambda _checked=False, wish=wish: self.start_requested.emit(wish))
            flow.addWidget(button)
            self.start_buttons[wish] = button
        box.addRow(self.start)
        box.addRow(buttons)

    def _add_group(self, group: FieldGroup) -> QFormLayout:
        box = QGroupBox(group.value)
        form = QFormLayout(box)
        form.setContentsMargins(10, 10, 10, 8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._forms[group] = form
        for field in FIELDS:
            if field.group is group:
                self._add_field(form, field)
        self._column.addWidget(box)
        return form

    def _add_field(self, form: QFormLayout, field: Field) -> None:
        name, spoken = f"field-{field.place}", field.label.replace("&", "")
        shown: Shown
        buddy: QWidget
        match field.kind:
            case FieldKind.CHOICE:
                buddy = shown = ChoiceField(name, spoken, field.choices, lambda text: self._tell(field.place, text))
            case FieldKind.TRUTH:
                buddy = shown = TruthField(
                    name, "", lambda is_true: self._tell(field.place, "true" if is_true else "false")
                )
                shown.setAccessibleName(spoken)
            case FieldKind.TEXT | FieldKind.NUMBER | FieldKind.WHOLE:
                shown = LineField(name, spoken, self.typing, lambda text: self._tell(field.place, text))
                shown.line.setPlaceholderText(field.placeholder)
                buddy = shown.line
        label = QLabel(field.label)
        label.setBuddy(buddy)
        for widget in (label, buddy):
            widget.setToolTip(field.tip)
            widget.setStatusTip(field.tip)
        form.addRow(label, shown)
        self.fields[field.place] = shown

    def _tell(self, place: str, text: str) -> None:
        self.field_changed.emit(place, text)

    @property
    def shown_cards(self) -> list[LayerCard]:
        """The cards in use, from the input to the output."""
        return self.cards[: 0 if self._state is None else len(self._state.layers)]

    def apply(self, state: BuildState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing, and nothing is emitted."""
        scale = text_scale()
        if state is self._state and theme is self._theme and scale == self._scale:
            return
        self._scale = scale
        is_dressed = theme == self._theme and self._state is not None and len(state.layers) <= len(self.cards)
        self._state, self._theme = state, theme
        if self.summary.text() != state.summary:
            self.summary.setText(state.summary)
        for label, text in ((self.note, state.note), (self.inputs, state.inputs), (self.start, state.start)):
            if label.text() != text:
                label.setText(text)
        tell(self.problem, state.problem)
        self._apply_layers(state)
        for row in state.fields:
            self._apply_field(row)
        if not is_dressed:
            dress_problems(self, theme)

    def _apply_layers(self, state: BuildState) -> None:
        while len(self.cards) < len(state.layers):
            card = LayerCard(len(self.cards), self.typing)
            card.changed.connect(self.layer_changed)
            card.move_requested.connect(self.layer_moved)
            card.remove_requested.connect(self.layer_removed)
            self.cards.append(card)
            self._layers.addWidget(card)
        for index, card in enumerate(self.cards):
            if index < len(state.layers):
                card.apply(state.layers[index])
            card.setVisible(index < len(state.layers))

    def _apply_field(self, row: FieldRow) -> None:
        shown = self.fields[row.place]
        match shown:
            case LineField():
                shown.apply(row.text, row.problem)
            case ChoiceField():
                shown.apply(row.text)
            case TruthField():
                shown.apply(row.text == "true")
        form = next(form for form in self._forms.values() if form.indexOf(shown) >= 0)
        if form.isRowVisible(shown) != row.is_shown:
            form.setRowVisible(shown, row.is_shown)
