"""Dialogs that change the run: one number, or the optimizer. They ask; what follows is the controller's."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import MomentumForm, OptimizerName, OptimizerSpec
from bpstudio.panels.inspector_panel import plain_label

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
N = OptimizerName
DEFAULT_FORMAT = NumberFormat()
FIELDS: dict[OptimizerName, tuple[str, ...]] = {
    N.SGD: (),
    N.MOMENTUM: ("beta",),
    N.ADAGRAD: ("epsilon",),
    N.RMSPROP: ("gamma", "epsilon"),
    N.ADAM: ("beta1", "beta2", "epsilon", "weight_decay"),
    N.ADAMW: ("beta1", "beta2", "epsilon", "weight_decay"),
}


def parse_number(text: str, decimal_comma: bool = False) -> float | None:
    """A finite number written with a point, or on request a comma, a typographic minus allowed; None for anything else."""
    plain = text.strip().replace("\u2212", "-")
    if decimal_comma:
        plain = plain.replace(",", ".")
    if len(plain) > 400 or _NUMBER.fullmatch(plain) is None:
        return None
    value = float(plain)
    return value if abs(value) != float("inf") else None


class _AskingDialog(QDialog):
    """A form with a line for problems; ``_finish`` says whether it may close."""

    def __init__(
        self, parent: QWidget, name: str, title: str, sentence: str, numbers: NumberFormat = DEFAULT_FORMAT
    ) -> None:
        super().__init__(parent)
        self._numbers = numbers
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.problem = plain_label(f"{name}-problem")
        self.problem.setText(sentence)
        self.form = QFormLayout()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(self.form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)

    def _line(self, name: str, text: str) -> QLineEdit:
        line = QLineEdit(text)
        line.setObjectName(name)
        line.setAccessibleName(name.replace("_", " "))
        line.setToolTip(f"The {name.replace('_', ' ')}, with a {self._sign}: {self._written(0.01)} or 1e-3")
        line.setMinimumWidth(240)
        return line

    @property
    def _sign(self) -> str:
        return "comma" if self._numbers.decimal_comma else "point"

    def _written(self, value: float) -> str:
        """A number in full."""
        return self._numbers.in_full.format(value)

    def _read(self, line: QLineEdit) -> float | None:
        return parse_number(line.text(), self._numbers.decimal_comma)

    def _accept(self) -> None:
        sentence = self._finish()
        if sentence:
            self.problem.setText(sentence)
        else:
            self.accept()

    def _finish(self) -> str:
        """Emit what was asked for and return nothing, or return what is wrong."""
        raise NotImplementedError


class NumberDialog(_AskingDialog):
    """Asks for a new value of one number; the old one is shown in full."""

    value_chosen = Signal(float)

    def __init__(
        self, parent: QWidget, what: str, old: float, sentence: str, numbers: NumberFormat = DEFAULT_FORMAT
    ) -> None:
        super().__init__(parent, "change-number", f"Change {what}", sentence, numbers)
        self._old = old
        self.field = self._line("new_value", self._written(old))
        self.field.selectAll()
        now = QLabel(self._written(old))
        now.setObjectName("old-value")
        now.setTextFormat(Qt.TextFormat.PlainText)
        self.form.addRow(f"{what} now", now)
        self.form.addRow("&New value", self.field)
        self.field.setFocus()

    def _finish(self) -> str:
        value = self._read(self.field)
        if value is None:
            return f"Not a number: write digits with a {self._sign}, for example {self._written(-0.25)} or 1e-3."
        if value == self._old:
            return "This is its value already: write another one."
        self.value_chosen.emit(value)
        return ""


class NameDialog(_AskingDialog):
    """Asks what a column of the data shall be called."""

    name_chosen = Signal(str)

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, "rename-column", "Rename the column", "Names label the units on the canvas.")
        self.field = self._line("column_name", name)
        self.field.setMaxLength(80)
        self.field.selectAll()
        self.form.addRow("&Name", self.field)

    def _finish(self) -> str:
        name = self.field.text().strip()
        if not name or not name.isprintable():
            return "Write a name, at most 80 characters."
        self.name_chosen.emit(name)
        return ""


class PrepareDialog(_AskingDialog):
    """Asks which share of the rows to hold out, and whether to standardise the inputs."""

    preparation_chosen = Signal(float, object, bool)

    def __init__(self, parent: QWidget, share: float, numbers: NumberFormat = DEFAULT_FORMAT) -> None:
        sentence = "Rows to hold out are drawn from the seed; at least one is left to train on."
        super().__init__(parent, "prepare-data", "Prepare the rows", sentence, numbers)
        self.share = self._line("share", numbers.significant(3).format(share))
        self.seed = self._line("seed", "0")
        self.is_standardised = QCheckBox("s&tandardise inputs: mean 0 and deviation 1")
        self.is_standardised.setObjectName("standardise")
        self.form.addRow(f"&Held out, 0 to {self._written(0.9)}", self.share)
        self.form.addRow("&Seed", self.seed)
        self.form.addRow(self.is_standardised)

    def _finish(self) -> str:
        share, seed = self._read(self.share), self.seed.text().strip()
        if share is None or not 0.0 <= share <= 0.9:
            return f"Held out: write a share from 0 to {self._written(0.9)}."
        if not (seed.isascii() and seed.isdigit() and int(seed[:30]) < 2**63):
            return "Seed: write a whole number from 0 on."
        self.preparation_chosen.emit(share, int(seed), self.is_standardised.isChecked())
        return ""


class OptimizerDialog(_AskingDialog):
    """Asks for another update rule; emits the keys of a run file's optimizer section."""

    optimizer_chosen = Signal(object)

    def __init__(
        self, parent: QWidget, optimizer: OptimizerSpec, sentence: str, numbers: NumberFormat = DEFAULT_FORMAT
    ) -> None:
        super().__init__(parent, "change-optimizer", "Change the optimizer", sentence, numbers)
        self.rule = QComboBox()
        self.rule.setObjectName("rule")
        self.rule.setAccessibleName("Rule")
        self.rule.setToolTip("How gradients become changes of the weights")
        self.rule.addItems([name.value for name in OptimizerName])
        self.rule.setCurrentText(optimizer.name.value)
        self.rate = self._line("learning_rate", self._written(optimizer.learning_rate))
        self.momentum_form = QComboBox()
        self.momentum_form.setObjectName("momentum_form")
        self.momentum_form.setAccessibleName("Form of the momentum")
        self.momentum_form.setToolTip("How textbooks differ in what the velocity is")
        self.momentum_form.addItems([form.value for form in MomentumForm])
        self.momentum_form.setCurrentText(optimizer.form.value)
        self.form.addRow("&Rule", self.rule)
        self.form.addRow("&Learning rate", self.rate)
        self.form.addRow("&Form", self.momentum_form)
        self.lines: dict[str, QLineEdit] = {}
        for name in dict.fromkeys(field for fields in FIELDS.values() for field in fields):
            self.lines[name] = self._line(name, self._written(getattr(optimizer, name)))
            self.form.addRow(name.replace("_", " "), self.lines[name])
        self.rule.currentTextChanged.connect(self._offer)
        self._offer(optimizer.name.value)
        self.rate.selectAll()
        self.rate.setFocus()

    def _offer(self, rule: str) -> None:
        """Show the fields that this rule has."""
        name = OptimizerName(rule)
        self.form.setRowVisible(self.momentum_form, name is N.MOMENTUM)
        for field, line in self.lines.items():
            self.form.setRowVisible(line, field in FIELDS[name])
        self.adjustSize()

    def _finish(self) -> str:
        name = OptimizerName(self.rule.currentText())
        section: dict[str, object] = {"name": name.value}
        if name is N.MOMENTUM:
            section["form"] = self.momentum_form.currentText()
        lines = {"learning_rate": self.rate, **{field: self.lines[field] for field in FIELDS[name]}}
        for field, line in lines.items():
            value = self._read(line)
            if value is None:
                words = f"not a number; write digits with a {self._sign}, for example {self._written(0.01)}"
                return f"{field.replace('_', ' ')}: {words}."
            section[field] = value
        self.optimizer_chosen.emit(section)
        return ""
