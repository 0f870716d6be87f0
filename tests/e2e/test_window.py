"""The window by real key and mouse events: stepping, clicking, opening, training, stopping."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.export.window_export import export
from bpstudio.files.examples import example_names
from bpstudio.intents import Gauge
from bpstudio.model.address import Address, Quantity
from bpstudio.panels.bookmark_dialog import BookmarkDialog
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.viewstate.activity import Mark
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.export_choices import ExportChoices, ExportFormat, Subject
from bpstudio.viewstate.selection import EdgeMode, ThemeName
from bpstudio.viewstate.timeline_state import Bookmark
from bpstudio.viewstate.view_state import ViewState
from bpstudio.window import MainWindow
from tests.support.windows import session_of

K = OperationKind
Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


def canvas_of(window: MainWindow) -> CanvasState:
    assert window.canvas.state is not None
    return window.canvas.state


def level_of(window: MainWindow) -> Level:
    return window.controller.options.level


def is_running(window: MainWindow) -> bool:
    return window.controller.is_running


def badges(state: CanvasState) -> set[tuple[int, int]]:
    return {(unit.layer, unit.index) for column in state.columns for unit in column.units if unit.delta_text}


def lit_edges(state: CanvasState) -> set[tuple[int, int, int]]:
    return {(edge.layer, edge.unit, edge.source) for edge in state.edges if edge.mark is not Mark.NONE}


def fingerprint(window: MainWindow) -> tuple[ViewState, bytes, bytes]:
    tape = session_of(window).tape
    picture = window.canvas.grab().toImage()
    return window.controller.view(), tape.vectors.before.tobytes(), bytes(picture.constBits())


def test_f11_walks_an_iteration_and_each_badge_appears_at_its_operation(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    passes: list[Pass] = []
    while session.iteration == 0:
        operation, before = session.operation, badges(canvas_of(window))
        qtbot.keyClick(window, Key.Key_F11)
        assert session.position == operation.position + 1
        if not passes or passes[-1] is not operation.pass_:
            passes.append(operation.pass_)
        if session.iteration > 0:
            break
        same_sample = operation.sample in (session.program.sample_at(max(0, operation.position - 1)), None)
        if operation.kind is K.DELTA:
            assert badges(canvas_of(window)) == before | {(operation.layer, operation.unit)}
        elif same_sample:
            assert badges(canvas_of(window)) == before
    assert passes == [
        Pass.FORWARD, Pass.LOSS, Pass.BACKWARD, Pass.FORWARD, Pass.LOSS, Pass.BACKWARD, Pass.REDUCE, Pass.UPDATE
    ]  # fmt: skip


def test_the_edges_read_for_a_hidden_delta_are_lit(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    while not (session.operation.kind is K.DELTA and session.operation.layer == 2):
        qtbot.keyClick(window, Key.Key_F11)
    unit = session.operation.unit
    qtbot.keyClick(window, Key.Key_F11)
    assert lit_edges(canvas_of(window)) == {(3, 0, unit)}
    card = window.inspector.state
    assert card is not None
    assert card.executed is not None
    assert "sum × slope" in card.executed.sentence
    assert "The slope belongs there" in card.executed.sentence


def test_alt_f11_walks_back_and_takes_each_badge_away(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    seen = []
    for _ in range(45):
        seen.append((session.position, canvas_of(window)))
        qtbot.keyClick(window, Key.Key_F11)
    for position, state in reversed(seen):
        qtbot.keyClick(window, Key.Key_F11, ALT)
        assert session.position == position
        assert canvas_of(window) == state
    assert not badges(canvas_of(window))
    qtbot.keyClick(window, Key.Key_F11, ALT)
    assert session.position == 0
    assert "start of the run" in window.status.currentMessage()


@pytest.mark.parametrize("name", example_names())
def test_a_random_walk_returns_to_the_same_picture_and_bits(qtbot: QtBot, window: MainWindow, name: str) -> None:
    window.open(name)
    walk = random.Random(5)
    keys = [(Key.Key_F11, NONE), (Key.Key_F11, ALT), (Key.Key_F10, NONE), (Key.Key_F10, ALT), (Key.Key_F11, ALT)]
    seen: dict[tuple[int, Level], tuple[ViewState, bytes, bytes]] = {}
    for _ in range(60):
        key, modifier = walk.choice(keys)
        qtbot.keyClick(window, key, modifier)
        found = fingerprint(window)
        view, before, picture = seen.setdefault((session_of(window).position, Level.UNIT), found)
        assert found[1] == before
        assert found[0].canvas == view.canvas
        assert found[0].inspector == view.inspector
        assert found[2] == picture


def test_arrows_on_the_canvas_step_and_change_the_level(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Key.Key_Right)
    assert session.position == session.program.next_boundary(0, Level.UNIT)
    qtbot.keyClick(window.canvas, Key.Key_Left)
    assert session.position == 0
    qtbot.keyClick(window.canvas, Key.Key_Up)
    assert level_of(window) is Level.LAYER
    assert window.transport.level.currentText() == "layer"
    qtbot.keyClick(window.canvas, Key.Key_Down)
    qtbot.keyClick(window.canvas, Key.Key_Down)
    assert level_of(window) is Level.OPERATION


def test_clicking_an_outline_row_goes_there(qtbot: QtBot, window: MainWindow) -> None:
    outline = window.outline.outline
    assert outline is not None
    index = next(i for i, row in enumerate(outline.rows) if row.label == "backward pass")
    row = outline.rows[index]
    place = window.outline.visualRect(window.outline.model().index(index, 0)).center()
    qtbot.mouseClick(window.outline.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session_of(window).position == row.start


def click(qtbot: QtBot, window: MainWindow, place: QPointF) -> None:
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=place.toPoint())


def test_clicking_a_unit_or_an_edge_shows_value_and_formula(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    qtbot.keyClick(window, Key.Key_F10)
    click(qtbot, window, window.canvas.unit_centre(1, 0))
    assert window.controller.selection.selected == Address(Quantity.ACTIVATION, 1, (0,))
    card = window.controller.view().inspector.selected
    assert card is not None
    assert float(card.full_result) == session.value("a[1][0]")
    assert "g(z⁽²⁾₁)" in card.plain
    assert window.inspector.selected.equations.plain == card.plain
    start, end = window.canvas.unit_centre(0, 0), window.canvas.unit_centre(1, 0)
    click(qtbot, window, start + (end - start) * 0.55)
    assert window.controller.selection.selected == Address(Quantity.WEIGHT, 1, (0, 0))
    card = window.controller.view().inspector.selected
    assert card is not None
    assert float(card.full_result) == session.value("w[1][0,0]")


def test_a_unit_not_computed_yet_says_so(qtbot: QtBot, window: MainWindow) -> None:
    click(qtbot, window, window.canvas.unit_centre(3, 0))
    assert "not computed yet" in window.inspector.selected.title.text()


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_wrong_file_is_told_in_a_dialog_and_what_is_open_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    qtbot.keyClick(window, Key.Key_F10)
    before = fingerprint(window)
    window.open(write(tmp_path / "wrong.json", '{"format": "bpstudio-run/1", "network": 3}'))
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
    assert "network" in box.text()
    assert box.text().count("\n") == 0
    assert fingerprint(window) == before
    box.close()
    assert window.settings.recent == []


def test_dropping_a_file_opens_it_and_remembers_it(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    document = {
        "format": "bpstudio-run/1",
        "title": "dropped <b>&amp;</b>",
        "network": {"inputs": 1, "layers": [{"units": 1, "activation": "tanh"}]},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "data": {"inputs": [[1.0]], "targets": [[0.5]]},
    }
    path = write(tmp_path / "dropped.json", json.dumps(document))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NONE))
    assert session_of(window).spec.title == "dropped <b>&amp;</b>"
    assert window.settings.recent == [path]


def test_full_speed_trains_follows_the_loss_and_stop_always_works(qtbot: QtBot, window: MainWindow) -> None:
    window.open("iris")
    window.controller.playback.set_gauge(Gauge.FULL_SPEED)
    qtbot.keyClick(window, Key.Key_F5)
    qtbot.waitUntil(lambda: session_of(window).iteration > 200, timeout=20_000)
    assert is_running(window)
    qtbot.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert not is_running(window)
    stopped = session_of(window).position
    qtbot.wait(60)
    assert session_of(window).position == stopped
    assert session_of(window).losses.count >= session_of(window).iteration
    assert "held out 0." in window.plots.loss.bar.strip.text
    assert np.isfinite(session_of(window).losses.values).all()


def test_run_to_the_end_of_the_epoch_ends_there(qtbot: QtBot, window: MainWindow) -> None:
    window.open("iris")
    per_epoch = session_of(window).program.batches.per_epoch
    qtbot.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=20_000)
    assert session_of(window).iteration == per_epoch
    assert session_of(window).position == session_of(window).program.epoch_size


def test_playing_steps_by_itself_and_pauses(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.playback.set_speed(60.0)
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Key.Key_Space)
    qtbot.waitUntil(lambda: session_of(window).position >= 10, timeout=10_000)
    qtbot.keyClick(window, Key.Key_F6)
    assert not window.controller.is_running


def test_a_long_seek_can_be_cancelled_and_returns(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_F10)
    before = fingerprint(window)
    window.controller.seek_iteration(10_000_000)
    qtbot.waitUntil(lambda: window._cancel.isVisible(), timeout=10_000)
    qtbot.mouseClick(window._cancel, Qt.MouseButton.LeftButton)
    after = fingerprint(window)
    assert (after[0].canvas, after[0].outline, after[1]) == (before[0].canvas, before[0].outline, before[1])
    assert not window._progress.isVisible()


def test_go_to_takes_words_and_numbers(qtbot: QtBot, window: MainWindow) -> None:
    for text, position in (("position 17", 17), ("iteration 3", None), ("e 2", None)):
        qtbot.keyClick(window, Key.Key_G, Qt.KeyboardModifier.ControlModifier)
        field = next(f for f in window.findChildren(QLineEdit, "goal") if f.isVisible())
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Key.Key_Return)
        if position is not None:
            assert session_of(window).position == position
    assert session_of(window).iteration == 2


def test_every_action_has_a_menu_a_tip_and_a_status_line(window: MainWindow) -> None:
    for name, action in window.actions_.by_name.items():
        assert action.toolTip(), name
        assert action.statusTip(), name
        assert any(action in menu.actions() for menu in window.findChildren(QMenu)), name


@pytest.mark.parametrize("name", [ThemeName.LIGHT, ThemeName.DARK, ThemeName.HIGH_CONTRAST])
def test_the_canvas_keeps_its_room_at_1366_by_768(qtbot: QtBot, window: MainWindow, name: ThemeName) -> None:
    window.set_theme(name)
    window.resize(1366, 768)
    qtbot.wait(20)
    assert window.canvas.width() >= 760
    assert window.canvas.height() >= 430
    assert window.size().width() == 1366


def test_edge_mode_and_unfolding_change_what_is_shown_and_no_number(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_F10)
    before = session_of(window).tape.vectors.after.tobytes()
    for mode in EdgeMode:
        window.controller.set_edge_mode(mode)
        assert canvas_of(window).edge_mode is mode
    window.controller.set_unfolded(True)
    assert session_of(window).program.is_unfolded
    assert session_of(window).tape.vectors.after.tobytes() == before


def test_the_layout_is_kept_and_damaged_settings_do_not_matter(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(b"\x00\xff[General]\ntheme=purple\ngeometry=garbage\ndocks=7\nrecent=\x01")
    made = make_window(Settings(path))
    qtbot.addWidget(made)
    made.show()
    made.open("xor")
    made._docks["Loss"].hide()
    made.close()
    again = make_window(Settings(path))
    qtbot.addWidget(again)
    again.show()
    assert again._docks["Loss"].isHidden()
    again.reset_layout()
    assert again._docks["Loss"].isVisible()
    again.close()


def test_exporting_steps_shows_progress_and_can_be_cancelled(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    session = session_of(window)
    end = session.program.iteration_start(1)
    choices = ExportChoices(Subject.STEPS, ExportFormat.PNG, end=end, level=Level.UNIT)
    folder = tmp_path / "steps"
    qtbot.keyClick(window, Key.Key_F11)
    before = session_of(window).position
    export(window, choices, folder)
    qtbot.waitUntil(lambda: len(list(tmp_path.glob(".steps.*/*"))) > 2)
    cancel = window.findChild(QPushButton, "cancel")
    assert cancel is not None
    assert cancel.isVisible()
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert list(tmp_path.glob("*steps*")) == []
    assert session_of(window).position == before


def test_exporting_steps_ends_with_a_page_and_goes_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    end = session_of(window).program.iteration_start(1)
    export(window, ExportChoices(Subject.STEPS, ExportFormat.SVG, end=end, level=Level.PASS), folder)
    qtbot.waitUntil(lambda: (folder / "index.html").exists())
    assert session_of(window).position == 0
    assert "index.html" in window.status.currentMessage()


def timeline_place(window: MainWindow, position: int) -> QPoint:
    return QPoint(round(window.timeline.x_of(position)), window.timeline.height() // 2)


def test_a_click_on_the_timeline_goes_there_and_alt_bracket_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    for _ in range(5):
        qtbot.keyClick(window, Key.Key_F10)
    origin = session.position
    goal = session.program.iteration_start(4)
    qtbot.mouseClick(window.timeline, Qt.MouseButton.LeftButton, pos=timeline_place(window, goal))
    there = session.position
    assert abs(there - goal) <= session.program.iteration_start(1)
    qtbot.keyClick(window, Key.Key_BracketLeft, ALT)
    assert session.position == origin
    qtbot.keyClick(window, Key.Key_BracketRight, ALT)
    assert session.position == there
    qtbot.keyClick(window, Key.Key_BracketRight, ALT)
    assert "Nothing was visited after" in window.status.currentMessage()


def test_dragging_on_the_timeline_shows_at_once_and_escape_goes_back(qtbot: QtBot, window: MainWindow) -> None:
    session, timeline = session_of(window), window.timeline
    window.controller.run_to(8)
    qtbot.waitUntil(lambda: not is_running(window))
    origin = session.position
    start, goal = timeline_place(window, origin), timeline_place(window, session.program.iteration_start(3) + 9)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(timeline, goal)
    assert session.iteration in (2, 3)
    assert canvas_of(window).position == session.position
    timeline.setFocus()
    qtbot.keyClick(timeline, Key.Key_Escape)
    assert session.position == origin
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(timeline, goal)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=goal)
    assert session.iteration in (2, 3)
    window.controller.go_back()
    assert session.position == origin


def test_a_bookmark_is_named_by_keyboard_and_marked(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_F10)
    window.timeline.setFocus()
    qtbot.keyClick(window.timeline, Key.Key_B)
    dialog = window.findChild(BookmarkDialog)
    assert dialog is not None
    qtbot.keyClicks(dialog.name, "first sum")
    qtbot.keyClick(dialog.name, Key.Key_Return)
    assert window.timeline.state is not None
    assert [mark.name for mark in window.timeline.state.bookmarks] == ["first sum"]


def test_ctrl_j_goes_from_bookmark_to_bookmark_both_ways_and_says_where_they_end(
    qtbot: QtBot, window: MainWindow
) -> None:
    session, ctrl, shift = session_of(window), Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Key.Key_J, ctrl)
    assert "no bookmarks yet" in window.status.currentMessage()
    for position, name in ((30, "late"), (5, "early"), (12, "middle")):
        window.controller.travel.keep_bookmark(Bookmark(position, name))
    found = []
    for modifiers in (ctrl, ctrl, ctrl, ctrl, ctrl | shift, ctrl | shift, ctrl | shift):
        qtbot.keyClick(window, Key.Key_J, modifiers)
        found.append((session.position, window.status.currentMessage()[:10]))
    assert [position for position, _ in found] == [5, 12, 30, 30, 12, 5, 5]
    assert found[0][1] == "⚑ early"
    assert found[3][1] == found[6][1] == "There is n"
    window.controller.seek_position(12)
    qtbot.keyClick(window, Key.Key_K, ctrl)
    dialog = window.findChild(BookmarkDialog)
    assert dialog is not None
    assert dialog.name.text() == "middle"
    dialog.name.setText("renamed")
    qtbot.keyClick(dialog.name, Key.Key_Return)
    assert [mark.name for mark in window.controller.travel.bookmarks] == ["early", "renamed", "late"]


def test_end_on_the_timeline_returns_to_live(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    window.controller.run_to(12)
    qtbot.waitUntil(lambda: not is_running(window))
    live = session.position
    window.controller.seek_iteration(2)
    window.timeline.setFocus()
    qtbot.keyClick(window.timeline, Key.Key_End)
    assert session.position == live
