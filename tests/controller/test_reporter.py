"""Errors nobody expected are told once, with a report, and always logged, wherever they come from; damaged settings too."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from pytestqt.qtbot import QtBot

from bpstudio.controller.reporter import Reporter
from bpstudio.controller.settings import Settings
from bpstudio.files.atomic_write import is_alive
from bpstudio.files.run_records import CappedLog, CrashFile, Starts, last_crash
from bpstudio.files.state_folder import state_folder


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[Reporter]:
    made = Reporter("/somewhere/bpstudio.log")
    made.install()
    yield made
    made.uninstall()


def fail() -> None:
    raise ZeroDivisionError("in a slot")


def test_an_error_in_a_slot_is_told_once_with_a_report(reporter: Reporter, qtbot: QtBot) -> None:
    told: list[tuple[str, str]] = []
    reporter.happened.connect(lambda sentence, report: told.append((sentence, report)))
    for name in ("into", "over", "save"):
        reporter.note(name)
    with qtbot.captureExceptions() as caught:
        QTimer.singleShot(0, fail)
        qtbot.waitUntil(lambda: bool(caught))
    for kind, error, trace in caught:
        reporter.hook(kind, error, trace)
        reporter.hook(kind, error, trace)
    assert reporter.count == 2
    ((sentence, report),) = told
    assert sentence == "ZeroDivisionError: in a slot"
    for part in ("bpstudio 0.", "numpy", "Qt 6.", "/somewhere/bpstudio.log", "  over\n  save", "in fail", "in a slot"):
        assert part in report


def test_errors_of_threads_and_destructors_are_taken_in(reporter: Reporter) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert reporter.count == 1

    class Dying:
        def __del__(self) -> None:
            fail()

    del [Dying()][0]
    assert reporter.count == 2


def test_what_qt_says_is_logged_and_an_interrupt_is_no_error(
    reporter: Reporter, caplog: pytest.LogCaptureFixture
) -> None:
    qWarning("something odd")
    assert any(record.message == "Qt: something odd" for record in caplog.records)
    reporter.hook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert reporter.count == 0


def test_hooks_are_left_as_they_were(qtbot: QtBot) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    made = Reporter()
    made.install()
    assert sys.excepthook != before[0]
    made.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


# Records.


def test_the_log_is_capped_and_one_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "a.log", most_bytes=1000)
    for number in range(100):
        log.handle(logging.makeLogRecord({"msg": f"line {number}", "levelno": logging.INFO, "levelname": "INFO"}))
    log.close()
    sizes = [path.stat().st_size for path in (tmp_path / "a.log", tmp_path / "a.log.1")]
    assert max(sizes) <= 1100
    assert "line 99" in (tmp_path / "a.log").read_text()
    lost = CappedLog(tmp_path / "no folder" / "a.log")
    lost.handle(logging.makeLogRecord({"msg": "x"}))
    lost.close()


def test_a_crash_is_found_once_and_empty_files_are_removed() -> None:
    pid = next(number for number in range(4_000_000, 4_194_304) if not is_alive(number))
    folder = state_folder()
    folder.mkdir(parents=True)
    (folder / f"crash-{pid}.log").write_text("Fatal Python error: Segmentation fault")
    (folder / f"crash-{pid + 1}.log").write_text("")
    (folder / f"crash-{os.getpid()}.log").write_text("still running")
    assert "Segmentation" in last_crash()
    assert last_crash() == ""
    assert sorted(path.name for path in folder.glob("*crash*")) == [f"crash-{os.getpid()}.log", "last-crash.log"]


def test_a_program_that_ends_well_leaves_no_crash_file() -> None:
    crash = CrashFile()
    assert list(state_folder().glob("crash-*.log"))
    crash.close()
    crash.close()
    assert not list(state_folder().glob("crash-*.log"))


def test_the_third_start_after_two_that_failed_is_careful() -> None:
    assert [Starts().begin() for _ in range(3)] == [False, False, True]
    Starts().went_well()
    assert not Starts().begin()
    (state_folder() / "starts.json").write_bytes(b"\xff\xfe rubbish")
    assert not Starts().begin()


@pytest.mark.parametrize(
    "content", [b"[General\nrecent=\xff\xfe\x00", b"\x00" * 5000, b"recent=@Invalid(", b"]]]]\n=\n"]
)
def test_damaged_settings_never_stop_a_start(content: bytes, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(content)
    settings = Settings(path)
    assert isinstance(settings.recent, list)
    settings.remember("/a.bps")
    assert Settings(path).recent[0] == "/a.bps"
    if settings.problem:
        assert path.with_name("settings.ini.damaged").read_bytes() == content
