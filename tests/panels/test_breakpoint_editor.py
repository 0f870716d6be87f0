"""The breakpoint editor: what it is given it gives back, and nothing wrong leaves it."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.panels.breakpoint_editor import BreakpointEditor, EditorLanguages
from bpstudio.panels.condition_field import Language
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.theme import LIGHT

K = BreakpointKind
Opener = Callable[[BreakpointDraft], BreakpointEditor]


def check(text: str) -> str | None:
    return "wrong" if "?" in text else None


@pytest.fixture
def open_editor(qtbot: QtBot) -> Opener:
    host = QWidget()
    qtbot.addWidget(host)

    def opened(draft: BreakpointDraft) -> BreakpointEditor:
        languages = EditorLanguages(Language(check), Language(check), Language(check), Language(check))
        editor = BreakpointEditor(draft, languages, LIGHT, host)
        with qtbot.waitExposed(editor):
            editor.show()
        return editor

    return opened


def is_ok(editor: BreakpointEditor) -> bool:
    return editor.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


DRAFTS = (
    BreakpointDraft(K.LOCATION, "layer 2", "loss > 1", ">=7", "loss {loss}", True, False),
    BreakpointDraft(K.WRITE, "w[2][0,1]", hit_rule="%10"),
    BreakpointDraft(K.CONDITION, "", "isnan(loss)", "==3"),
    BreakpointDraft(K.EXCEPTION, "dead_unit"),
)


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: draft.kind)
def test_enter_gives_back_what_was_given(qtbot: QtBot, open_editor: Opener, draft: BreakpointDraft) -> None:
    editor = open_editor(draft)
    with qtbot.waitSignal(editor.draft_accepted) as heard:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert heard.args == [draft]


def test_escape_gives_nothing(qtbot: QtBot, open_editor: Opener) -> None:
    editor = open_editor(DRAFTS[0])
    with qtbot.assertNotEmitted(editor.draft_accepted):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)


def test_what_is_typed_comes_back(qtbot: QtBot, open_editor: Opener) -> None:
    editor = open_editor(BreakpointDraft(K.CONDITION))
    qtbot.keyClicks(editor.condition.line, "abs(delta[1][0]) < 1e-4")
    editor.rule.setCurrentIndex(2)
    editor.count.setValue(12)
    assert editor.draft() == BreakpointDraft(K.CONDITION, "", "abs(delta[1][0]) < 1e-4", "==12")


def test_a_wrong_condition_cannot_be_accepted(qtbot: QtBot, open_editor: Opener) -> None:
    editor = open_editor(DRAFTS[2])
    assert is_ok(editor)
    qtbot.keyClicks(editor.condition.line, "?")
    assert not is_ok(editor)


@pytest.mark.parametrize(
    ("kind", "can_be_empty"), [(K.LOCATION, False), (K.WRITE, False), (K.CONDITION, False), (K.EXCEPTION, True)]
)
def test_what_makes_the_kind_has_to_be_said(open_editor: Opener, kind: BreakpointKind, can_be_empty: bool) -> None:
    assert is_ok(open_editor(BreakpointDraft(kind))) is can_be_empty


def test_only_the_lines_of_the_kind_are_in_sight(open_editor: Opener) -> None:
    editor = open_editor(DRAFTS[0])
    editor.kind.setCurrentIndex(list(K).index(K.WRITE))
    assert (editor.place.isVisible(), editor.number.isVisible(), editor.exception.isVisible()) == (False, True, False)


def test_a_wrong_line_out_of_sight_is_in_nobodys_way(open_editor: Opener) -> None:
    editor = open_editor(BreakpointDraft(K.LOCATION, "where?", "loss > 1"))
    assert not is_ok(editor)
    editor.kind.setCurrentIndex(list(K).index(K.CONDITION))
    assert is_ok(editor)
