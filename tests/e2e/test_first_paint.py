"""The first picture of a window is the whole of it: nothing moves, fills in or flashes later, on a first start and a second."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WATCHED = """
import json
import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QImage
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
            self.timer.start()
            return True
        return False

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


def test_nothing_changes_after_the_first_picture(tmp_path: Path) -> None:
    for _ in ("first start", "with the layout kept"):
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), str(tmp_path))
        environment = os.environ | folders | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", WATCHED], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        changed, ink, (height, width) = json.loads(done.stdout.splitlines()[-1])
        assert height == 768
        assert width > 700
        assert ink > 10_000  # it was no blank
        assert changed <= 30  # pixels; the chart paints its dot over the line, its still the line over the dot
