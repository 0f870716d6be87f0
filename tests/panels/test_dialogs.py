"""Go to, export, and the error box: what is typed and chosen comes out as a wish, once."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.panels.dialogs import GoToDialog, parse_goal, show_problem

Key = Qt.Key


@pytest.fixture
def parent(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("100", ("iteration", 100)),
        ("i 7", ("iteration", 7)),
        ("Position 12", ("position", 12)),
        ("p12", ("position", 12)),
        (" epoch  3 ", ("epoch", 3)),
        ("1 000 000", ("iteration", 1_000_000)),
        ("1_000", ("iteration", 1000)),
        ("99999999999999999999", ("iteration", 99_999_999_999_999_999_999)),
    ],
)
def test_goals_are_words_and_numbers(text: str, goal: tuple[str, int]) -> None:
    assert parse_goal(text) == goal


@pytest.mark.parametrize("text", ["", "epoch", "-3", "1.5", "week 2", "١٢", "1e3", "position 1 2x", "9" * 60])
def test_anything_else_is_no_goal(text: str) -> None:
    assert parse_goal(text) is None


def test_go_to_tells_the_goal_and_closes(qtbot: QtBot, parent: QWidget) -> None:
    dialog = GoToDialog(parent)
    dialog.show()
    qtbot.keyClicks(dialog.field, "epoch 4")
    with qtbot.waitSignal(dialog.goal_chosen) as goal:
        qtbot.keyClick(dialog.field, Key.Key_Return)
    assert goal.args == ["epoch", 4]


def test_go_to_explains_what_it_did_not_understand_and_stays(qtbot: QtBot, parent: QWidget) -> None:
    dialog = GoToDialog(parent)
    dialog.show()
    qtbot.keyClicks(dialog.field, "soon")
    with qtbot.assertNotEmitted(dialog.goal_chosen):
        qtbot.keyClick(dialog.field, Key.Key_Return)
    assert dialog.isVisible()
    assert "Not understood" in dialog.problem.text()
    dialog.close()


def test_escape_leaves_go_to_without_a_goal(qtbot: QtBot, parent: QWidget) -> None:
    dialog = GoToDialog(parent)
    dialog.show()
    with qtbot.assertNotEmitted(dialog.goal_chosen):
        qtbot.keyClick(dialog, Key.Key_Escape)


def test_an_error_shows_marks_of_rich_text_as_they_are(qtbot: QtBot, parent: QWidget) -> None:
    box = show_problem(parent, "This could not be opened", "<b>network</b>: expected a table & got 3")
    assert isinstance(box, QMessageBox)
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert box.text() == "<b>network</b>: expected a table & got 3"
    assert not box.isModal()
    box.close()
