"""Facts about Qt, PySide and NumPy on this machine that bpstudio builds on."""

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

VOID_CALLS = """
import sys
from PySide6.QtCore import QObject

thing = QObject()
before = sys.getrefcount(None)
for number in range(200_000):
    thing.setObjectName("name")
print(before - sys.getrefcount(None))
"""


def test_two_hundred_thousand_void_qt_calls_cost_no_reference_to_none() -> None:
    """PySide 6.12.0 on Python 3.11 drops one reference to None with each call and then aborts (PYSIDE-3474)."""
    done = subprocess.run([sys.executable, "-c", VOID_CALLS], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1000


def test_the_suite_runs_without_a_screen(qapp: QApplication) -> None:
    assert QGuiApplication.platformName() == os.environ["QT_QPA_PLATFORM"]
    assert "WAYLAND_DISPLAY" not in os.environ or QGuiApplication.platformName() == "offscreen"


@pytest.mark.parametrize("name", ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"])
def test_numpy_was_given_one_thread(name: str) -> None:
    assert os.environ[name] == "1"


@pytest.mark.xvfb
def test_a_window_opens_on_x11_and_takes_the_keyboard(qtbot: QtBot) -> None:
    window = QWidget()
    window.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.setFocus()
    assert QGuiApplication.platformName() == "xcb"
    assert window.hasFocus()
