"""Work that is kept, in the window: saving, the question before changes are lost, and what comes back after a crash."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.loading import LARGE_BYTES
from bpstudio.controller.settings import Settings
from bpstudio.files import journal as journals
from bpstudio.files.saved_work import SavedBookmark, SavedBreakpoint, SavedMarks, SavedWork
from bpstudio.files.session_file import encode, load_session_file, restored
from bpstudio.files.state_folder import state_folder
from bpstudio.model.address import parse_address
from bpstudio.panels.work_dialogs import RecoveryDialog
from bpstudio.session.session import Session
from bpstudio.session.stored import store
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.selection import EdgeMode
from bpstudio.viewstate.timeline_state import Bookmark
from bpstudio.window import MainWindow
from tests.files.sessions import branched_session, of_a_newer_version, unknown_in
from tests.support.windows import session_of

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def windows(qtbot: QtBot, tmp_path: Path) -> Iterator[list[MainWindow]]:
    made: list[MainWindow] = []
    yield made
    for window in made:
        for dialog in window.findChildren(QMessageBox) + window.findChildren(RecoveryDialog):
            dialog.close()
        window.work._asks = False
        window.close()
    QApplication.processEvents()


def opened(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path, source: str = "xor") -> MainWindow:
    window = make_window(Settings(tmp_path / "settings.ini"))
    windows.append(window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.work.begin(offers_recovery=False)
    window.open(source)
    qtbot.waitUntil(lambda: window.controller.session is not None)
    return window


def saved(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.work.document.background.is_busy)


def bits(session: Session) -> bytes:
    return session.tape.vectors.before.tobytes() + session.losses.values.tobytes()


def question(window: MainWindow) -> QMessageBox | None:
    return next((box for box in window.findChildren(QMessageBox, "unsaved") if box.isVisible()), None)


def test_one_question_at_a_time(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.branching.change(parse_address("w[1][0,1]"), 0.5)
    title = session_of(window).spec.title
    for source in ("mazur", "iris", "moons"):
        window.open(source)
    boxes = [box for box in window.findChildren(QMessageBox, "unsaved") if box.isVisible()]
    assert len(boxes) == 1
    qtbot.keyClick(boxes[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: question(window) is None)
    assert session_of(window).spec.title == title
    window.open("iris")
    box = question(window)
    assert box is not None
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Discard), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session_of(window).spec.title != title)


def test_saved_by_key_and_opened_again_it_is_the_same(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path)
    controller, path = window.controller, tmp_path / "a.bps"
    session_of(window).run_iterations(150)
    controller.branching.change(parse_address("w[1][0,1]"), 0.5)
    session_of(window).run_iterations(70)
    session_of(window).step("unit")
    controller.debugger.accept(BreakpointDraft(kind=BreakpointKind.CONDITION, condition="loss < 0.01"))
    controller.debugger.add_watch("delta[1][0]")
    controller.travel.keep_bookmark(Bookmark(100, "here"))
    controller.set_edge_mode(EdgeMode.FLOW)
    controller.select(parse_address("w[2][0,1]"))
    assert window.isWindowModified()
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    dialog = window.findChild(QFileDialog, "save-dialog")
    assert dialog is not None
    dialog.close()
    window.work.save_to(path)
    saved(window, qtbot)
    assert not window.isWindowModified()
    assert "a.bps[*]" in window.windowTitle()
    before, position = bits(session_of(window)), session_of(window).position
    other = opened(windows, qtbot, tmp_path, "mazur")
    window.close()
    other.open(str(path))
    session = session_of(other)
    assert (session.position, bits(session)) == (position, before)
    assert [watch.text for watch in other.controller.debugger.watches.values()] == ["delta[1][0]"]
    assert [draft.condition for draft in other.controller.debugger.drafts.values()] == ["loss < 0.01"]
    assert all(made.is_trusted for made in other.controller.debugger.breakpoints.values())
    assert [mark.name for mark in other.controller.travel.bookmarks] == ["here"]
    assert other.controller.options.edge_mode is EdgeMode.FLOW
    assert str(other.controller.selection.selected) == "w[2][0,1]"
    assert not other.isWindowModified()
    assert not other.controller.undo.can_undo
    other.controller.debugger.add_watch("loss")
    assert other.isWindowModified()
    qtbot.keyClick(other, Qt.Key.Key_S, CTRL)
    saved(other, qtbot)
    assert load_session_file(path).generation == 2
    assert load_session_file(tmp_path / "a.bps~").generation == 1
    assert other.settings.recent[0] == str(path)


def test_training_goes_on_while_it_is_saved_and_the_file_holds_one_moment(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.run_to(10**9)
    qtbot.waitUntil(lambda: session_of(window).iteration > 200)
    window.work.save_to(tmp_path / "a.bps")
    saved(window, qtbot)
    assert window.controller.is_running
    work = load_session_file(tmp_path / "a.bps")
    qtbot.waitUntil(lambda: session_of(window).iteration > 100 + work.session.branches[0].computed)
    window.controller.pause()
    assert window.isWindowModified()
    plain = Session(work.session.spec)
    plain.seek(position=work.session.position)
    assert bits(restored(work, lambda spec, unfolded: Session(spec, is_unfolded=unfolded))) == bits(plain)


def test_undo_brings_the_saved_state_back(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.work.save_to(tmp_path / "a")
    saved(window, qtbot)
    assert window.work.document.path == tmp_path / "a.bps"
    window.controller.debugger.add_watch("loss")
    modified = [window.isWindowModified()]
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    modified.append(window.isWindowModified())
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert [*modified, window.isWindowModified()] == [True, False, True]


@pytest.mark.parametrize("answer", ["Cancel", "Discard", "Save"])
def test_closing_asks_before_changes_are_lost(
    answer: str, windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.work.save_to(tmp_path / "a.bps")
    saved(window, qtbot)
    window.controller.branching.change(parse_address("w[1][0,1]"), 0.5)
    window.close()
    box = question(window)
    assert window.isVisible()
    assert box is not None
    qtbot.mouseClick(box.button(QMessageBox.StandardButton[answer]), Qt.MouseButton.LeftButton)
    saved(window, qtbot)
    assert window.isVisible() == (answer == "Cancel")
    count = len(load_session_file(tmp_path / "a.bps").session.branches)
    assert count == (2 if answer == "Save" else 1)


def test_opening_asks_too_and_an_example_only_looked_at_does_not(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.session.step("sample")  # type: ignore[union-attr]
    window.open("mazur")
    assert question(window) is None
    window.controller.debugger.add_watch("loss")
    window.open("xor")
    box = question(window)
    assert box is not None
    assert session_of(window).spec.title.startswith("Mazur") or window.controller.source == "mazur"
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Discard), Qt.MouseButton.LeftButton)
    assert window.controller.source == "xor"


def test_a_save_that_fails_says_so_and_nothing_is_lost(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened(windows, qtbot, tmp_path)
    folder = tmp_path / "gone"
    folder.mkdir()
    window.work.save_to(folder / "a.bps")
    saved(window, qtbot)
    (folder / "a.bps").unlink()
    folder.rmdir()
    window.controller.debugger.add_watch("loss")
    window.work.save()
    saved(window, qtbot)
    box = window.findChild(QMessageBox, "problem")
    assert box is not None
    assert "could not be saved" in box.text()
    assert window.isWindowModified()
    window.close()
    assert question(window) is not None


@pytest.mark.parametrize("ending", [".bps", ".json", ".csv"])
def test_pipes_devices_folders_and_zeros_are_refused_at_once_and_the_run_stays(
    ending: str, windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    before = window.controller.session
    os.mkfifo(tmp_path / f"pipe{ending}")
    (tmp_path / f"device{ending}").symlink_to("/dev/zero")
    (tmp_path / f"folder{ending}").mkdir()
    (tmp_path / f"circle{ending}").symlink_to(tmp_path / f"circle{ending}")
    (tmp_path / f"nothing{ending}").symlink_to(tmp_path / "nothing")
    for name in ("pipe", "device", "folder", "circle", "nothing"):
        path = str(tmp_path / f"{name}{ending}")
        (window.builds.read_csv if ending == ".csv" else window.open)(path)
        box = next(box for box in window.findChildren(QMessageBox, "problem") if box.isVisible())
        assert name in box.text()
        assert box.text().isprintable()
        box.close()
    assert window.controller.session is before


def large_run(tmp_path: Path, ending: str = "]}") -> Path:
    """A run file that is read beside the window, with a table; without its ending it is no JSON."""
    path = tmp_path / "large.json"
    inputs = ",".join(f"[{k / 50_000:.5f},0.5]" for k in range(30_000))
    path.write_text(
        '{"format": "bpstudio-run/1", "network": {"inputs": 2, "layers": [{"units": 1, "activation": "sigmoid"}]},'
        ' "optimizer": {"name": "sgd", "learning_rate": 0.1}, "training": {"batch_size": 10},'
        f' "data": {{"inputs": [{inputs}], "targets": [{",".join(["[1]"] * 30_000)}{ending}}}'
    )
    return path


def test_a_large_run_file_is_read_beside_the_window_and_may_be_given_up(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window, path = opened(windows, qtbot, tmp_path), large_run(tmp_path)
    before = window.controller.session
    window.open(str(path))
    assert window.controller.long_move.is_under_way
    assert window.controller.session is before
    qtbot.mouseClick(window._cancel, Qt.MouseButton.LeftButton)
    saved(window, qtbot)
    assert window.controller.session is before
    window.open(str(path))
    qtbot.waitUntil(lambda: window.controller.session is not before)
    assert session_of(window).spec.dataset.count == 30_000
    assert window.controller.source == str(path)
    assert not window.controller.long_move.is_under_way


def test_a_large_file_that_is_wrong_is_said_and_the_run_stays(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    before = window.controller.session
    broken = tmp_path / "broken.bps"
    broken.write_bytes(b"PK\x03\x04" + bytes(400_000))
    for path, words in ((large_run(tmp_path, ending=""), "not JSON"), (broken, "damaged")):
        window.open(str(path))
        qtbot.waitUntil(lambda: not window.controller.long_move.is_under_way)
        box = next(box for box in window.findChildren(QMessageBox, "problem") if box.isVisible())
        assert words in box.text()
        box.close()
    assert window.controller.session is before


def test_a_large_session_is_read_beside_the_window(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path, str(large_run(tmp_path)))
    session_of(window).run_iterations(40)
    expected, path = bits(session_of(window)), tmp_path / "large.bps"
    window.work.save_to(path)
    saved(window, qtbot)
    assert path.stat().st_size > LARGE_BYTES
    window.open("xor")
    before = window.controller.session
    window.open(str(path))
    assert window.controller.session is before
    qtbot.waitUntil(lambda: window.work.document.path == path)
    assert bits(session_of(window)) == expected


def test_what_a_newer_version_saved_is_opened_changed_and_saved_with_all_that_is_unknown(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    path = tmp_path / "newer.bps"
    marks = SavedMarks(
        (SavedBreakpoint(3, "condition", condition="loss < 0.1"),),
        watches=((4, "loss"),),
        bookmarks=(SavedBookmark(17, "here"),),
    )
    path.write_bytes(of_a_newer_version(encode(SavedWork(store(branched_session(), 2**20), marks, generation=3))))
    before = unknown_in(path.read_bytes())
    window.open(str(path))
    qtbot.waitUntil(lambda: window.work.document.path == path)
    window.controller.branching.change(parse_address("w[1][0,1]"), 0.5)
    window.controller.debugger.accept(BreakpointDraft(BreakpointKind.CONDITION, condition="loss < 0.01"))
    window.controller.set_edge_mode(EdgeMode.GRADIENT)
    window.work.save()
    saved(window, qtbot)
    after = unknown_in(path.read_bytes())
    assert {key: after.get(key) for key in before} == before
    work = load_session_file(path)
    assert work.generation == 4
    assert work.view["edge_mode"] == "gradient"
    assert sorted(one.kind for one in work.marks.breakpoints) == ["condition", "condition", "dream"]
    assert len({one.key for one in work.marks.breakpoints}) == 3


def test_a_file_open_in_another_window_is_read_only(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "a.bps"
    first = opened(windows, qtbot, tmp_path)
    first.work.save_to(path)
    saved(first, qtbot)
    second = opened(windows, qtbot, tmp_path, str(path))
    assert "(read-only)" in second.windowTitle()
    second.controller.debugger.add_watch("loss")
    qtbot.keyClick(second, Qt.Key.Key_S, CTRL)
    dialog = second.findChild(QFileDialog, "save-dialog")
    assert dialog is not None
    dialog.close()
    first.close()
    lock = next((state_folder() / "locks").glob("*.json"), None)
    assert lock is None
    second.work._asks = False
    second.close()
    third = opened(windows, qtbot, tmp_path, str(path))
    assert "(read-only)" not in third.windowTitle()


def test_the_lock_of_a_process_that_is_no_more_is_no_lock(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a.bps"
    window = opened(windows, qtbot, tmp_path)
    window.work.save_to(path)
    saved(window, qtbot)
    lock = next((state_folder() / "locks").glob("*.json"))
    left: list[object] = [{"pid": os.getpid(), "started": "1"}, {"pid": 2**22 + 5, "started": "1"}, "rubbish", []]
    for stale in left:
        lock.write_text(json.dumps(stale))
        other = opened(windows, qtbot, tmp_path, str(path))
        assert "(read-only)" not in other.windowTitle()
        other.close()
    lock.write_bytes(b"\xff\x00")
    assert "(read-only)" not in opened(windows, qtbot, tmp_path, str(path)).windowTitle()


# After a crash.


def crashed(folder: Path) -> None:
    """Make a journal look as if its process had been killed."""
    owner = json.loads((folder / "owner.json").read_text())
    owner["process"] = {"pid": 2**22 + 5, "started": "1"}
    (folder / "owner.json").write_text(json.dumps(owner))


def journal_of(window: MainWindow, qtbot: QtBot) -> Path:
    window.work.keeping.tick()
    saved(window, qtbot)
    assert window.work.keeping.journal is not None
    return window.work.keeping.journal.folder


def test_what_was_not_saved_comes_back_after_a_crash(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path)
    session_of(window).run_iterations(400)
    folder = journal_of(window, qtbot)
    window.controller.branching.change(parse_address("w[1][0,1]"), 0.5)
    session_of(window).run_iterations(33)
    session_of(window).step("unit")
    window.controller.debugger.add_watch("delta[1][0]")
    journal_of(window, qtbot)
    crashed(folder)
    other = opened(windows, qtbot, tmp_path, "mazur")
    other.work.offer_recovery()
    dialog = other.findChild(RecoveryDialog)
    assert dialog is not None
    assert "XOR" in dialog.list.item(0).text().upper()
    qtbot.mouseClick(dialog.recover, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(session_of(other).branches) == 2)
    assert session_of(other).position == session_of(window).position
    assert bits(session_of(other)) == bits(session_of(window))
    assert [watch.text for watch in other.controller.debugger.watches.values()] == ["delta[1][0]"]
    assert other.isWindowModified()
    journal_of(other, qtbot)
    assert not folder.exists()


def test_declined_work_is_kept_for_thirty_days(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.debugger.add_watch("loss")
    folder = journal_of(window, qtbot)
    crashed(folder)
    other = opened(windows, qtbot, tmp_path, "mazur")
    other.work.offer_recovery()
    dialog = other.findChild(RecoveryDialog)
    assert dialog is not None
    away = dialog.findChild(QPushButton, "discard")
    assert isinstance(away, QPushButton)
    qtbot.mouseClick(away, Qt.MouseButton.LeftButton)
    assert not journals.left_behind()
    day = 86_400.0
    declined = journals.owner_of(folder).declined
    journals.tidy(declined + 29 * day)
    assert folder.exists()
    journals.tidy(declined + 31 * day)
    assert not folder.exists()


def test_a_damaged_journal_is_moved_aside_and_said(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.debugger.add_watch("loss")
    folder = journal_of(window, qtbot)
    crashed(folder)
    (folder / "state.bps").write_bytes(b"rubbish")
    other = opened(windows, qtbot, tmp_path, "mazur")
    other.work.offer_recovery()
    dialog = other.findChild(RecoveryDialog)
    assert dialog is not None
    qtbot.mouseClick(dialog.recover, Qt.MouseButton.LeftButton)
    box = other.findChild(QMessageBox, "problem")
    assert box is not None
    assert "damaged" in box.text()
    assert not folder.exists()
    assert other.controller.source == "mazur"


def test_a_window_closed_with_everything_saved_leaves_no_journal(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.debugger.add_watch("loss")
    journal_of(window, qtbot)
    window.work.save_to(tmp_path / "a.bps")
    saved(window, qtbot)
    window.close()
    assert not list(journals.journals().iterdir())


def test_a_window_that_is_told_to_go_keeps_what_was_not_saved(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(windows, qtbot, tmp_path)
    window.controller.debugger.add_watch("loss")
    window.work.leave_at_once()
    assert not window.isVisible()
    (folder,) = journals.journals().iterdir()
    work = journals.recover(journals.Journal(folder))
    assert work.marks.watches == ((1, "loss"),)
