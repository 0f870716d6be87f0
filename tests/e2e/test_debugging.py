"""Debugging by real keys and clicks: breakpoints, continues both ways, watches, log."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QDialogButtonBox
from pytestqt.qtbot import QtBot

from bpstudio.panels.breakpoint_editor import BreakpointEditor
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind
from bpstudio.session.breakpoints import Trouble
from bpstudio.session.session import Session
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.window import MainWindow
from tests.support.windows import session_of

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
EXAMPLE = "xor"


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.controller.long_move.is_under_way, timeout=20_000)


def stop_at(window: MainWindow, draft: BreakpointDraft) -> None:
    assert window.controller.debugger.accept(draft)


def test_f9_stops_before_the_block_of_the_level_in_every_iteration(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    for _ in range(8):
        qtbot.keyClick(window, Key.Key_F10)
    here = session.position
    qtbot.keyClick(window, Key.Key_F9)
    assert any(row.has_breakpoint for row in window.controller.view().outline.rows)
    positions = []
    for _ in range(3):
        qtbot.keyClick(window, Key.Key_F5)
        settle(qtbot, window)
        positions.append(session.position)
    assert positions == sorted(set(positions))
    assert positions[0] > here
    kinds = {(session.program.operation(p).layer, session.program.operation(p).unit) for p in (here, *positions)}
    assert len(kinds) == 1
    qtbot.keyClick(window, Key.Key_F5, ALT)
    settle(qtbot, window)
    assert session.position == positions[1]
    qtbot.keyClick(window, Key.Key_F9)
    assert window.controller.debugger.breakpoints == {}


def test_a_condition_is_typed_continued_to_and_continued_back_to(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    qtbot.keyClick(window, Key.Key_F9, CONTROL)
    editor = window.findChild(BreakpointEditor)
    assert editor is not None
    field = editor.condition.line
    field.setFocus()
    qtbot.keyClicks(field, "abs(delta[1][0]) < 1e-4 and iteration > 100")
    qtbot.mouseClick(editor.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.controller.debugger.breakpoints) == 1)
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Key.Key_F5)
    settle(qtbot, window)
    first = session.position
    value = session.value("delta[1][0]")
    assert session.iteration > 100
    assert value is not None
    assert abs(value) < 1e-4
    assert "became true" in window.status.currentMessage()
    qtbot.keyClick(window, Key.Key_F5)
    settle(qtbot, window)
    assert session.position > first
    qtbot.keyClick(window, Key.Key_F5, ALT)
    settle(qtbot, window)
    assert session.position == first


def test_a_click_in_the_gutter_sets_a_breakpoint(qtbot: QtBot, window: MainWindow) -> None:
    outline = window.outline
    row = next(k for k, r in enumerate(window.controller.view().outline.rows) if r.level is Level.PASS)
    y = outline.rowViewportPosition(row) + 8
    qtbot.mouseClick(outline.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(6, y))
    assert len(window.controller.debugger.breakpoints) == 1
    assert session_of(window).position == 0
    qtbot.mouseClick(outline.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(6, y))
    assert window.controller.debugger.breakpoints == {}


def test_a_write_stops_behind_it_and_says_old_and_new(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    stop_at(window, BreakpointDraft(kind=BreakpointKind.WRITE, place="w[2][0,1]"))
    qtbot.keyClick(window, Key.Key_F5)
    settle(qtbot, window)
    assert session.program.operation(session.position - 1).kind is OperationKind.UPDATE
    assert "→" in window.status.currentMessage()


def test_a_temporary_breakpoint_goes_after_its_stop(qtbot: QtBot, window: MainWindow) -> None:
    stop_at(window, BreakpointDraft(place="update", is_temporary=True))
    qtbot.keyClick(window, Key.Key_F5)
    settle(qtbot, window)
    assert window.controller.debugger.breakpoints == {}


def test_a_search_is_paused_where_it_is_and_cancelled_back_to_where_it_began(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    stop_at(window, BreakpointDraft(kind=BreakpointKind.CONDITION, condition="loss < -1"))
    qtbot.keyClick(window, Key.Key_F10)
    origin = session.position
    qtbot.keyClick(window, Key.Key_F5)
    qtbot.waitUntil(lambda: session.iteration > 20, timeout=20_000)
    qtbot.keyClick(window, Key.Key_F6)
    assert not window.controller.long_move.is_under_way
    assert session.iteration > 20
    window.controller.go_back()
    settle(qtbot, window)
    qtbot.keyClick(window, Key.Key_F5)
    qtbot.waitUntil(lambda: session.iteration > 10, timeout=20_000)
    qtbot.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert session.position == origin


def test_a_watch_added_after_training_knows_the_past(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.run_to(60)
    qtbot.waitUntil(lambda: not window.controller.is_running)
    position = session_of(window).position
    qtbot.keyClick(window, Key.Key_W, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    line = window.debug.watches.field.line
    qtbot.keyClicks(line, "abs(w[2][0,1])")
    qtbot.keyClick(line, Key.Key_Return)
    (watch,) = window.controller.debugger.watches.values()
    qtbot.waitUntil(lambda: watch.series.count >= 60, timeout=20_000)
    assert session_of(window).position == position
    plain = Session(session_of(window).spec)
    plain.seek(iteration=31)
    assert watch.series.values[30] == abs(plain.value("w[2][0,1]") or 0.0)


def test_logpoints_write_rows_that_lead_to_their_moment(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    stop_at(window, BreakpointDraft(place="update", message="loss {loss}"))
    stop_at(window, BreakpointDraft(kind=BreakpointKind.CONDITION, condition="iteration >= 5"))
    qtbot.keyClick(window, Key.Key_F5)
    settle(qtbot, window)
    rows = window.controller.debugger.rows
    assert [row.iteration for row in rows] == [0, 1, 2, 3, 4]
    window.debug.log.position_requested.emit(rows[2].position)
    settle(qtbot, window)
    assert session.iteration == 2


def test_exceptions_are_switched_by_their_boxes(qtbot: QtBot, window: MainWindow) -> None:
    window._docks["Breakpoints"].raise_()
    boxes = {box.text(): box for box in window.debug.breakpoints.findChildren(QCheckBox)}
    boxes["dead unit"].click()
    assert Trouble.DEAD_UNIT.value in window.controller.debugger.exceptions


def test_what_is_wrong_with_a_breakpoint_is_said(qtbot: QtBot, window: MainWindow) -> None:
    for draft, words in (
        (BreakpointDraft(place="layer 9"), "no layer 9"),
        (BreakpointDraft(kind=BreakpointKind.CONDITION, condition="los < 1"), "did you mean loss"),
        (BreakpointDraft(kind=BreakpointKind.WRITE, place="w[2][0,9]"), "too large"),
        (BreakpointDraft(place="update", hit_rule="~3"), "expected >=7"),
        (BreakpointDraft(place="update", message="{foo}"), "nothing called"),
    ):
        assert not window.controller.debugger.accept(draft)
        assert words in window.status.currentMessage()
