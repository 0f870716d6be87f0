"""What waits is loaded while nobody does anything, and never in the way of somebody who does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from bpstudio import later
from bpstudio.window_idle import IdleLoading


class Waiting:
    """Stands for the modules that wait: counts how many were loaded."""

    def __init__(self) -> None:
        self.loaded, self.left, self.is_busy = 0, 1000, False

    def load_next(self) -> bool:
        if self.left == 0:
            return False
        self.loaded, self.left = self.loaded + 1, self.left - 1
        return True


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    made = Waiting()
    monkeypatch.setattr(later, "load_next", made.load_next)
    return made


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QLineEdit()
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def idle(window: QWidget, waiting: Waiting) -> IdleLoading:
    made = IdleLoading(window, lambda: waiting.is_busy)
    made.begin()
    return made


def test_everything_is_loaded_one_by_one_and_then_it_ends(qtbot: QtBot, idle: IdleLoading, waiting: Waiting) -> None:
    waiting.left = 5
    qtbot.waitUntil(lambda: idle.has_ended)
    assert waiting.loaded == 5


def test_it_rests_after_a_key(qtbot: QtBot, window: QWidget, idle: IdleLoading, waiting: Waiting) -> None:
    qtbot.waitUntil(lambda: waiting.loaded > 2)
    handle = window.windowHandle()
    qtbot.keyClick(handle, Qt.Key.Key_A)
    before = waiting.loaded
    qtbot.wait(200)
    assert waiting.loaded == before
    qtbot.waitUntil(lambda: waiting.loaded > before)
    waiting.left = 0
    qtbot.waitUntil(lambda: idle.has_ended)


def test_it_waits_while_the_run_moves(qtbot: QtBot, idle: IdleLoading, waiting: Waiting) -> None:
    waiting.is_busy = True
    before = waiting.loaded
    qtbot.wait(150)
    assert waiting.loaded == before
    waiting.is_busy, waiting.left = False, 3
    qtbot.waitUntil(lambda: idle.has_ended)
    assert waiting.left == 0


def test_it_waits_while_a_dialog_is_used(qtbot: QtBot, window: QWidget, idle: IdleLoading, waiting: Waiting) -> None:
    dialog = QDialog(window)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    before = waiting.loaded
    qtbot.wait(150)
    assert waiting.loaded == before
    dialog.close()
    waiting.left = 3
    qtbot.waitUntil(lambda: idle.has_ended)
