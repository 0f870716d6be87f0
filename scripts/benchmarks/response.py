"""How soon the window answers a key while it trains at full speed; exit code 1 when one in a hundred takes longer than 50 ms.

A thread posts arrow keys to the canvas at random moments. An answer has been given when the whole window has painted itself for
the first time after the key changed the level. Then Stop is pressed, and the run must stand.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bpstudio.app import make_window, settle_memory
from bpstudio.controller.settings import Settings
from bpstudio.intents import Gauge
from bpstudio.window import MainWindow

STOP_MS = 100.0


@dataclass
class Answers:
    """Milliseconds from posting each key until it was handled, and until its effect was on the screen."""

    handled: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    frames: int = 0
    loss_counts: set[int] = field(default_factory=set)


class Stopwatch(QObject):
    """Watches the window: the key arrives, the level changes, the window paints."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.answers = Answers()
        self.free = threading.Event()
        self.free.set()
        self._window = window
        self._level = window.controller.options.level
        self._posted: float | None = None
        self._is_handled = False
        window.controller.view_changed.connect(self._shown)
        window.installEventFilter(self)

    def post(self, key: Qt.Key) -> None:
        """From another thread: press a key on the canvas now."""
        self.free.clear()
        self._posted = time.perf_counter()
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.postEvent(self._window.canvas, event)

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - (self._posted or 0.0)) * 1000.0

    def _shown(self, _: object) -> None:
        controller = self._window.controller
        self.answers.frames += 1
        if controller.session is not None:
            self.answers.loss_counts.add(controller.session.losses.count)
        if controller.options.level is not self._level:
            self._level = controller.options.level
            self._is_handled = True
            self.answers.handled.append(self._elapsed_ms())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """The first paint after the change: let the window paint, then look at the clock."""
        if event.type() != QEvent.Type.UpdateRequest or not self._is_handled:
            return super().eventFilter(watched, event)
        self._is_handled = False
        watched.event(event)
        self.answers.painted.append(self._elapsed_ms())
        self.free.set()
        return True


def press_at_random(stopwatch: Stopwatch, over: threading.Event) -> None:
    """In a thread of its own: one key after the other, each at a moment that nothing in the window knows."""
    moments = random.Random(0)
    keys = (Qt.Key.Key_Up, Qt.Key.Key_Down)
    count = 0
    while not over.wait(moments.uniform(0.02, 0.12)):
        if not stopwatch.free.wait(10.0):
            return
        if over.is_set():
            return
        stopwatch.post(keys[count % 2])
        count += 1


@contextmanager
def open_window(run: str) -> Iterator[MainWindow]:
    """The real window on a run, with settings of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        window = make_window(Settings(Path(scratch) / "settings.ini"))
        window.show()
        window.activateWindow()
        if not QTest.qWaitForWindowActive(window, 5000):
            raise RuntimeError("the window did not become active, so no key would reach it")
        window.open(run)
        QTest.qWait(500)
        settle_memory()
        yield window
        window.close()


def measure(window: MainWindow, seconds: float) -> Answers:
    """Play at full speed and press keys for that long."""
    window.controller.playback.set_gauge(Gauge.FULL_SPEED)
    stopwatch, over = Stopwatch(window), threading.Event()
    thread = threading.Thread(target=press_at_random, args=(stopwatch, over))
    QTest.keyClick(window, Qt.Key.Key_F5)
    if not window.controller.is_running:
        raise RuntimeError("F5 did not start the run")
    thread.start()
    QTest.qWait(round(seconds * 1000))
    over.set()
    QTest.qWait(300)
    thread.join(11.0)
    return stopwatch.answers


def stop(window: MainWindow) -> tuple[float, bool]:
    """Press Stop; milliseconds until it stood, and whether it then kept still."""
    began = time.perf_counter()
    QTest.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    took = (time.perf_counter() - began) * 1000.0
    session = window.controller.session
    if session is None or window.controller.is_running:
        return took, False
    position = session.position
    QTest.qWait(300)
    return took, session.position == position


def percentile(values: list[float], share: float) -> float:
    """The smallest value that is not below ``share`` of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row(name: str, values: list[float]) -> str:
    """One line of the table."""
    return (
        f"{name:8} median {statistics.median(values):6.1f} ms   99th percentile {percentile(values, 0.99):6.1f} ms   "
        f"longest {max(values):6.1f} ms"
    )


def main() -> int:
    """Parse arguments, measure, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--run", default="iris", help="an example or a run file")
    parser.add_argument("--platform", help="Qt's platform; offscreen where there is no display")
    parser.add_argument("--limit-ms", type=float, default=50.0)
    options = parser.parse_args()
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    platform = options.platform or (None if has_display else "offscreen")
    if platform:
        os.environ["QT_QPA_PLATFORM"] = platform
    application = QApplication(["bpstudio"])
    with open_window(options.run) as window:
        answers = measure(window, options.seconds)
        took, is_still = stop(window)
        iterations = window.controller.session.iteration if window.controller.session else 0
    print(f"{options.run} on {application.platformName()}, {options.seconds:g} s: {len(answers.painted)} keys pressed")
    print(row("handled", answers.handled))
    print(row("painted", answers.painted))
    print(f"meanwhile {iterations:,} iterations, {answers.frames:,} pictures, {len(answers.loss_counts):,} loss curves")
    print(f"stop: {took:.1f} ms, {'then it stood still' if is_still else 'but it ran on'}")
    is_quick = percentile(answers.painted, 0.99) <= options.limit_ms and took <= STOP_MS
    return 0 if is_quick and is_still else 1


if __name__ == "__main__":
    sys.exit(main())
