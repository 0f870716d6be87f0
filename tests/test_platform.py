"""Facts about Qt, PySide and NumPy on this machine that bpstudio builds on."""

import os
import platform
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


TAKEN_BY_THEMSELVES = """
import ctypes
import bpstudio
import numpy as np
from bpstudio.app import give_pictures_back


class Counts(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]


libc = ctypes.CDLL("libc.so.6")
libc.mallinfo2.restype = Counts
if GIVES:
    give_pictures_back()
large = np.ones(3_000_000)
del large  # glibc takes blocks of up to this size from the heap from now on, unless told otherwise
before = libc.mallinfo2().hblkhd
picture = np.ones(500_000)
print(libc.mallinfo2().hblkhd - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
@pytest.mark.parametrize(("gives", "least"), [(False, 0), (True, 4_000_000)])
def test_a_block_of_the_size_of_a_picture_is_taken_from_the_system_by_itself(gives: bool, least: int) -> None:
    """So that it goes back there when it is freed: without the setting the second of two comes from the heap."""
    code = TAKEN_BY_THEMSELVES.replace("GIVES", str(gives))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    taken = int(done.stdout)
    assert taken >= least if gives else taken == 0


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
