"""The first picture of a window is the whole of it: nothing moves, fills in or flashes later, on a first start and a second."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WATCHED = """
import json, sys
import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from bpstudio import app

app.BACKGROUND_DELAY_MS = 600_000  # what it says in the status line is news

def pixels(window):
    image = window.screen().grabWindow(window.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4).astype(int)

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Show and watched.isWidgetType():
            self.window = watched
            watched.windowHandle().installEventFilter(self)
        elif event.type() is QEvent.Type.Expose:
            watched.removeEventFilter(self)
            watched.event(event)
            self.first, self.seen = pixels(self.window), []
            self.timer = QTimer(self, interval=10, timeout=self.look)
            if sys.argv[1:] == ["keys"]:
                self.press()
            else:
                self.timer.start()
            return True
        return False

    def press(self):
        session, positions, has_chart = self.window.controller.session, [], self.window.plots.loss.chart is not None
        for key in (Qt.Key.Key_F11, Qt.Key.Key_F10, Qt.Key.Key_F11):
            QTest.keyClick(self.window.windowHandle(), key)
            positions.append(session.position)
        print(json.dumps([positions, has_chart]))
        self.window.close()

    def look(self):
        changed = np.abs(pixels(self.window) - self.first).max(axis=2) > 40
        self.seen.append(int(changed.sum()))
        if self.window.plots.loss.chart is not None and len(self.seen) > 20:
            self.timer.stop()
            ink = (np.abs(self.first - self.first[80, 700]).max(axis=2) > 40)
            print(json.dumps([max(self.seen), int(ink.sum()), self.first.shape[:2]]))
            self.window.close()

watch, make = Watch(), app.make_window
def watched(*arguments):
    window = make(*arguments)
    window.installEventFilter(watch)
    return window
app.make_window = watched
app.run_app(None)
"""


def last_line(folder: Path, *arguments: str) -> str:
    """What a start in this home says at its end."""
    folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), str(folder))
    environment = os.environ | folders | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WATCHED, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_nothing_changes_after_the_first_picture(tmp_path: Path) -> None:
    for _ in ("first start", "with the layout kept"):
        changed, ink, (height, width) = json.loads(last_line(tmp_path))
        assert height == 768
        assert width > 700
        assert ink > 10_000  # it was no blank
        assert changed <= 30  # pixels; the chart paints its dot over the line, its still the line over the dot


def test_keys_are_obeyed_as_soon_as_the_window_is_there(tmp_path: Path) -> None:
    positions, has_chart = json.loads(last_line(tmp_path, "keys"))
    assert not has_chart
    assert 0 < positions[0] < positions[1] < positions[2]
