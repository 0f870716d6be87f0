"""The line for expressions by real keys: completions, what is wrong, and when it is handed on."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from bpstudio.panels.condition_field import ConditionField, Language, typed_part
from bpstudio.viewstate.theme import LIGHT

Key = Qt.Key
NAMES = ("delta[1][0]", "delta[1][1]", "data_loss", "loss", "exp(")


def check(text: str) -> str | None:
    return "there is no name dleta <b>" if "dleta" in text else None


def complete(text: str, cursor: int) -> Sequence[str]:
    return NAMES


@pytest.fixture
def field(qtbot: QtBot) -> ConditionField:
    made = ConditionField("condition", "Condition", Language(check, complete))
    made.dress(LIGHT)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.setFocus()
    return made


def offered(field: ConditionField) -> list[str]:
    if not field.candidates.isVisible():
        return []
    return [field.candidates.item(k).text() for k in range(field.candidates.count())]


@pytest.mark.parametrize(
    ("before", "candidate", "count"),
    [
        ("abs(de", "delta[1][0]", 2),
        ("abs(delta[1][", "delta[1][0]", 9),
        ("abs(de", "exp(", 0),
        ("LO", "loss", 2),
        ("loss > ", "loss", 0),
        ("", "loss", 0),
        ("a_loss", "loss", 0),
    ],
)
def test_a_completion_replaces_the_word_begun(before: str, candidate: str, count: int) -> None:
    assert typed_part(before, candidate) == count


def test_typing_offers_what_continues_the_word(qtbot: QtBot, field: ConditionField) -> None:
    qtbot.keyClicks(field.line, "abs(de")
    assert offered(field) == ["delta[1][0]", "delta[1][1]"]


def test_tab_takes_the_first_and_keeps_the_focus(qtbot: QtBot, field: ConditionField) -> None:
    qtbot.keyClicks(field.line, "abs(de")
    qtbot.keyClick(field.line, Key.Key_Tab)
    assert field.text == "abs(delta[1][0]"
    assert field.line.hasFocus()
    assert offered(field) == []


def test_down_and_enter_take_another(qtbot: QtBot, field: ConditionField) -> None:
    heard: list[str] = []
    field.submitted.connect(heard.append)
    qtbot.keyClicks(field.line, "de")
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Return):
        qtbot.keyClick(field.line, key)
    assert field.text == "delta[1][1]"
    assert heard == []


def test_a_completion_in_the_middle_leaves_what_follows(qtbot: QtBot, field: ConditionField) -> None:
    field.set_text("abs() > 1")
    field.line.setCursorPosition(4)
    qtbot.keyClicks(field.line, "lo")
    qtbot.keyClick(field.line, Key.Key_Tab)
    assert field.text == "abs(loss) > 1"
    assert field.line.cursorPosition() == 8


def test_enter_without_a_choice_hands_the_text_on_as_typed(qtbot: QtBot, field: ConditionField) -> None:
    heard: list[str] = []
    field.submitted.connect(heard.append)
    qtbot.keyClicks(field.line, " d ")
    qtbot.keyClick(field.line, Key.Key_Return)
    assert heard == ["d"]


def test_ctrl_space_offers_everything_and_escape_closes_it(qtbot: QtBot, field: ConditionField) -> None:
    qtbot.keyClick(field.line, Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert offered(field) == list(NAMES)
    qtbot.keyClick(field.line, Key.Key_Escape)
    assert offered(field) == []


def test_leaving_the_line_closes_the_list(qtbot: QtBot, field: ConditionField) -> None:
    qtbot.keyClicks(field.line, "de")
    field.line.clearFocus()
    assert offered(field) == []


def test_what_is_wrong_is_shown_as_plain_text_and_spoken(qtbot: QtBot, field: ConditionField) -> None:
    qtbot.keyClicks(field.line, "dleta")
    assert field.problem_label.text() == "⚠ there is no name dleta <b>"
    assert field.problem_label.textFormat() is Qt.TextFormat.PlainText
    assert field.line.accessibleDescription() == "there is no name dleta <b>"


def test_a_wrong_text_is_not_handed_on(qtbot: QtBot, field: ConditionField) -> None:
    heard: list[str] = []
    field.submitted.connect(heard.append)
    qtbot.keyClicks(field.line, "dleta")
    qtbot.keyClick(field.line, Key.Key_Return)
    assert heard == []


def test_set_text_emits_nothing(field: ConditionField) -> None:
    heard: list[str] = []
    field.text_edited.connect(heard.append)
    field.set_text("dleta")
    assert heard == []
    assert field.problem == "there is no name dleta <b>"


def test_an_empty_line_is_wrong_only_where_something_has_to_stand(field: ConditionField) -> None:
    assert field.problem is None
    field.is_optional = False
    assert field.problem == "something has to stand here"
