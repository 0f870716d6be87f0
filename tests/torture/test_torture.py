"""The quick versions of what scripts/torture runs at length."""

import math
import warnings
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.torture import mutate, mutate_inputs, save, storm


def test_a_process_killed_while_saving_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "saves"
    folder.mkdir()
    outcome = save.kill_savers(12, folder, seed=3)
    assert outcome.problems == ()
    assert outcome.kills == 12


def test_mutated_sessions_open_with_their_numbers_or_are_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # penalties of 1e308 and the like overflow, as they should
        outcome = mutate.mutate(200, seed=4)
    assert outcome.problems == ()
    assert outcome.refused > 50
    assert outcome.slowest < 60.0


def test_mutated_run_files_tables_and_weights_are_read_or_refused() -> None:
    found = mutate_inputs.mutate_inputs(120, seed=5)
    assert {kind.name: kind.problems for kind in found if kind.problems} == {}
    assert all(kind.read and kind.refused > 30 for kind in found), found


@pytest.mark.qt_log_ignore("grabbing the|support setting", extend=True)
def test_random_events_find_nothing(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    quits = application.quitOnLastWindowClosed()
    application.setQuitOnLastWindowClosed(False)
    found = storm.blow(600, 5, tmp_path, most_stall=math.inf)
    application.setQuitOnLastWindowClosed(quits)
    assert found.problems == []
    assert found.threads == []
    assert found.events == 600
