"""The dialogs that change a run: what they take, what they refuse, and what they emit."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import OptimizerName, OptimizerSpec
from bpstudio.panels.edit_dialogs import NumberDialog, OptimizerDialog, parse_number


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), (" -0.25 ", -0.25), ("−3e-2", -0.03), (".5", 0.5), ("+7.", 7.0)]
)
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "1_000", "nan", "inf", "1e999", "0x10", "1,5", "١", "1 2", "9" * 500])
def test_what_is_not_a_plain_finite_number_is_refused(text: str) -> None:
    assert parse_number(text) is None


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_a_typed_number_is_emitted(qtbot: QtBot, parent: QWidget) -> None:
    dialog = NumberDialog(parent, "w[1][0,1]", 0.2, "")
    dialog.show()
    with qtbot.waitSignal(dialog.value_chosen) as emitted:
        qtbot.keyClicks(dialog.field, "-0.75")
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert emitted.args == [-0.75]


def test_a_wrong_number_keeps_the_dialog_open_and_says_why(qtbot: QtBot, parent: QWidget) -> None:
    dialog = NumberDialog(parent, "w[1][0,1]", 0.2, "")
    dialog.show()
    with qtbot.assertNotEmitted(dialog.value_chosen):
        qtbot.keyClicks(dialog.field, "abc")
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.problem.text().startswith("Not a number")
    dialog.reject()


def test_the_optimizer_dialog_shows_the_fields_of_the_rule_and_emits_a_section(qtbot: QtBot, parent: QWidget) -> None:
    dialog = OptimizerDialog(parent, OptimizerSpec(OptimizerName.SGD, 0.5), "")
    dialog.show()
    assert not dialog.lines["beta1"].isVisible()
    dialog.rule.setCurrentText("adam")
    assert dialog.lines["beta1"].isVisible()
    assert not dialog.momentum_form.isVisible()
    with qtbot.waitSignal(dialog.optimizer_chosen) as emitted:
        qtbot.keyClick(dialog.rate, Qt.Key.Key_Return)
    assert emitted.args == [
        {"name": "adam", "learning_rate": 0.5, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08, "weight_decay": 0.0}
    ]


def test_with_a_decimal_comma_numbers_are_shown_and_typed_with_one(qtbot: QtBot, parent: QWidget) -> None:
    dialog = NumberDialog(parent, "Θ⁽¹⁾₁₂", 0.2, "", NumberFormat(decimal_comma=True))
    dialog.show()
    assert dialog.field.text() == "0,2"
    with qtbot.waitSignal(dialog.value_chosen) as emitted:
        qtbot.keyClicks(dialog.field, "-0,75")
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert emitted.args == [-0.75]
