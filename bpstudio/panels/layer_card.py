"""A layer in the form that builds a run: its units, activation and bias, and its place among the others."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import ActivationName
from bpstudio.panels.form_fields import ChoiceField, LineField, TruthField, Typing, problem_label, tell
from bpstudio.viewstate.build_state import LayerRow, LayerWish

TITLE_WIDTH, UNITS_WIDTH, ALPHA_WIDTH = 62, 62, 62
ACTIVATIONS = tuple(name.value for name in ActivationName)


class LayerCard(QFrame):
    """Shows a LayerRow; ``number`` is the layer's index from 0."""

    changed = Signal(int, object)
    move_requested = Signal(int, int)
    remove_requested = Signal(int)

    def __init__(self, number: int, typing: Typing) -> None:
        super().__init__()
        self.number = number
        name = f"layer-{number}"
        self.setObjectName(name)
        self._row: LayerRow | None = None
        self._scale = 0.0
        self.title = QLabel()
        self.units = LineField(
            f"{name}-units", f"Units of layer {number + 1}", typing, lambda text: self._tell("units", text), UNITS_WIDTH
        )
        self.units.line.setToolTip("How many units the layer has")
        self.activation = ChoiceField(
            f"{name}-activation",
            f"Activation of layer {number + 1}",
            ACTIVATIONS,
            lambda text: self._tell("activation", text),
        )
        self.activation.setToolTip("What a unit makes of its weighted sum")
        self.alpha = LineField(
            f"{name}-alpha", f"Alpha of layer {number + 1}", typing, lambda text: self._tell("alpha", text), ALPHA_WIDTH
        )
        self.alpha.line.setToolTip("The slope below 0; empty: the usual one")
        self.alpha_label = QLabel("α")
        self.has_bias = TruthField(f"{name}-bias", "bias", lambda is_true: self._tell("has_bias", is_true))
        self.has_bias.setToolTip("Whether each unit adds a bias of its own")
        self.trains_bias = TruthField(f"{name}-trained", "trained", lambda is_true: self._tell("trains_bias", is_true))
        self.trains_bias.setToolTip("Whether training changes the biases; without it they are frozen")
        self.problem = problem_label(f"{name}-problem")
        self._lay_out(name)

    def _lay_out(self, name: str) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        upper: tuple[QWidget, ...] = (self.title, self.units, self.activation)
        for widget in upper:
            first.addWidget(widget)
        self.rise = self._button(f"{name}-rise", "↑", "Move the layer towards the input", -1)
        self.sink = self._button(f"{name}-sink", "↓", "Move the layer towards the output", 1)
        self.remove = self._button(f"{name}-remove", "✕", "Remove the layer", 0)
        lower: tuple[QWidget, ...] = (self.has_bias, self.trains_bias, self.alpha_label, self.alpha)
        for widget in lower:
            second.addWidget(widget)
        second.setSpacing(10)
        second.addStretch(1)
        for button in (self.rise, self.sink, self.remove):
            second.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 5)
        layout.setSpacing(3)
        layout.addLayout(first)
        layout.addWidget(self.problem)
        layout.addLayout(second)

    def _button(self, name: str, text: str, tip: str, way: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setStatusTip(tip)
        if way:
            button.clicked.connect(lambda: self.move_requested.emit(self.number, way))
        else:
            button.clicked.connect(lambda: self.remove_requested.emit(self.number))
        return button

    def _tell(self, part: str, value: str | bool) -> None:
        self.changed.emit(self.number, LayerWish(part, value))  # type: ignore[arg-type]

    def apply(self, row: LayerRow) -> None:
        """Show ``row``."""
        scale = text_scale()
        if row == self._row and scale == self._scale:
            return
        self._row, self._scale = row, scale
        self.title.setMinimumWidth(round(TITLE_WIDTH * scale))
        self.units.line.setFixedWidth(round(UNITS_WIDTH * scale))
        self.alpha.line.setFixedWidth(round(ALPHA_WIDTH * scale))
        self.title.setText(row.title)
        self.units.apply(row.layer.units, "")
        self.units.line.setReadOnly(row.is_output)
        self.units.line.setToolTip(
            "As many as the data have targets" if row.is_output else "How many units the layer has"
        )
        self.activation.apply(row.layer.activation)
        self.alpha.apply(row.layer.alpha, "")
        for widget in (self.alpha, self.alpha_label):
            widget.setVisible(row.takes_alpha)
        self.has_bias.apply(row.layer.has_bias)
        self.trains_bias.apply(row.layer.trains_bias and row.layer.has_bias)
        self.trains_bias.setEnabled(row.layer.has_bias)
        self.rise.setEnabled(row.can_rise)
        self.sink.setEnabled(row.can_sink)
        for button in (self.rise, self.sink, self.remove):
            button.setVisible(not row.is_output)
        tell(self.problem, "; ".join(f"{part}: {sentence}" for part, sentence in row.problems))
