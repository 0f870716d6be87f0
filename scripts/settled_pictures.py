"""A picture of a window or panel that has done all it does by itself: so the same run gives the same bytes."""

from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from bpstudio.export.picture import png_bytes, write_figure
from bpstudio.export.widget_picture import widget_image
from bpstudio.window import MainWindow

QUIET_MS = 60
LONGEST_WAITS = 400


def settle(window: MainWindow) -> None:
    """Wait until plots have measured what they show, nothing moves and the network is sharp."""
    QTest.qWait(QUIET_MS)
    for _ in range(LONGEST_WAITS):
        is_busy = window.controller.is_running or window.controller.long_move.is_under_way
        if not is_busy and window.plots.measuring.progress >= 1.0 and window.canvas.is_sharp:
            break
        QTest.qWait(20)
    QTest.qWait(QUIET_MS)


def take(window: MainWindow, path: Path, widget: QWidget | None = None) -> None:
    """Write what the window shows, or one of its parts."""
    settle(window)
    write_figure(path, png_bytes(widget_image(widget or window)))
