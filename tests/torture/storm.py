"""A storm of random events on the window: keys, clicks, drags, wheel, resizes, menus, docks, dialogs, opening and closing.

``scripts/torture storm --events 50000 [--seed N]``, offscreen or on the display there is. It finds: exceptions, warnings of
Qt, an event loop that stands still for more than 2 seconds, memory that grows, and threads that are left at the end.
"""

import argparse
import ctypes
import faulthandler
import gc
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    QUrl,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QLineEdit, QMenu, QWidget

import bpstudio  # noqa: F401  first: it sets one BLAS thread, which NumPy reads when it is imported
from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.files.examples import example_names
from bpstudio.window import MainWindow

MOST_STALL = 2.0
MOST_SLOPE = 0.5
"""MB for 1,000 events."""
MEASURED_EVERY = 500
MOST_DIALOGS = 5
NEW_WINDOW = "opened a new window"
"""That is a start of the program, not an event."""
HISTORY_MEGABYTES = 16
"""A history that fills its budget while the storm trains is no leak; the usual budget would hide one."""
TRAINED_AT_MOST = 20_000
"""Iterations after which another example is opened: a run that grows is no leak."""
TAKE: Any = "take"  # what is declared as bytes takes only a text
HARMLESS = (
    "propagateSizeHints",
    "support raise()",
    "grabbing the keyboard",
    "grabbing the mouse",
    "support setting window opacity",
    "not accepted by receiving widget",  # QTest's word for a move that a list does without
)
KEYS = [
    *(Qt.Key(Qt.Key.Key_A + k) for k in range(26)),
    *(Qt.Key(Qt.Key.Key_0 + k) for k in range(10)),
    *(Qt.Key(Qt.Key.Key_F1 + k) for k in range(12)),
    *([Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down] * 4),
    *([Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space] * 3),
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Comma,
    Qt.Key.Key_Period,
    Qt.Key.Key_Plus,
    Qt.Key.Key_Minus,
    Qt.Key.Key_BracketLeft,
    Qt.Key.Key_BracketRight,
    Qt.Key.Key_Menu,
]
M = Qt.KeyboardModifier
MODIFIERS = [M.NoModifier] * 6 + [
    M.ControlModifier,
    M.AltModifier,
    M.ShiftModifier,
    M.ControlModifier | M.ShiftModifier,
    M.AltModifier | M.ShiftModifier,
]
TEXTS = [
    "loss",
    "w[1][0,0]",
    "0.5",
    "-1e3",
    "delta[1][0] > 0.1",
    "((",
    "",
    "iteration 100",
    "50 %",
    "x" * 300,
    "NaN",
    "é∂\u2212",
    "3",
]


@dataclass
class Findings:
    """What was found; ``problems`` in the order of their coming, at most 200."""

    events: int = 0
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_event: str = ""
    memory: list[tuple[int, float]] = field(default_factory=list)
    windows: int = 0
    threads: list[str] = field(default_factory=list)

    def say(self, problem: str) -> None:
        """Add a problem."""
        if len(self.problems) < 200:
            self.problems.append(f"event {self.events}: {problem}")

    @property
    def slope(self) -> float:
        """MB for 1,000 events, over the last two thirds."""
        late = [(at, size) for at, size in self.memory if at >= self.events / 3]
        if len(late) < 4:
            return 0.0
        at, size = np.array(late).T
        return float(np.polyfit(at / 1000.0, size, 1)[0])


TRACE: TextIO | None = None
"""Where each event is written before it is made: what is left when the process dies."""


class Storm(QObject):
    """Makes one random event after the other; each is announced before it is made, so that nested loops go on as well."""

    def __init__(self, events: int, seed: int, folder: Path, most_stall: float) -> None:
        super().__init__()
        self.findings = Findings()
        self._chance = random.Random(seed)
        self._events = events
        self._folder = folder
        self._most_stall = most_stall
        self._left_at = time.perf_counter()
        self._event = "start"
        self._trace: list[str] = []
        self.window = self._opened()

    def _opened(self) -> MainWindow:
        settings = Settings(self._folder / "settings.ini")
        settings.preferences = replace(settings.preferences, budget_megabytes=HISTORY_MEGABYTES)
        window = make_window(settings)
        window.resize(1366, 768)
        window.show()
        window.work.begin(offers_recovery=self._chance.random() < 0.5)
        window.open(self._chance.choice(example_names()))
        self.findings.windows += 1
        return window

    @Slot()
    def step(self) -> None:
        """The next event."""
        found, now = self.findings, time.perf_counter()
        took = now - self._left_at
        if took > found.slowest:
            found.slowest, found.slowest_event = took, self._last
        share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others at work on this machine
        if took > self._most_stall * share and self._last != NEW_WINDOW:
            found.say(f"stood still for {took:.1f} s at {share:.1f} times the usual load, after: {self._last}")
        if found.events >= self._events:
            QCoreApplication.exit(0)
            return
        found.events += 1
        if found.events % MEASURED_EVERY == 0:
            gc.collect()
            found.memory.append((found.events, resident_megabytes()))
        QTimer.singleShot(0, self, self.step)
        self._left_at = time.perf_counter()
        self._make()
        self._note("done")

    def _make(self) -> None:
        if not self.window.isVisible():
            self._last = NEW_WINDOW
            self.window.deleteLater()
            self.window = self._opened()
            return
        session = self.window.controller.session
        is_long = session is not None and session.iteration > TRAINED_AT_MOST
        if is_long and QApplication.activeModalWidget() is None:  # else a question waits for its answer
            self._open_example()
            return
        choices: list[tuple[int, Callable[[], str]]] = [
            (30, self._key),
            (26, self._click),
            (8, self._drag),
            (8, self._wheel),
            (3, self._type),
            (8, self._trigger),
            (2, self._resize),
            (2, self._dock),
            (1, self._open_example),
        ]
        (make,) = self._chance.choices([make for _, make in choices], [weight for weight, _ in choices])
        self._last = make.__name__
        try:
            self._last = make()
        except RuntimeError as error:
            # Python's hold of a widget that Qt made and deleted by itself; in code of the program it would be a finding.
            if (
                "already deleted" not in str(error)
                or traceback.extract_tb(error.__traceback__)[-1].filename != __file__
            ):
                raise
        self._trace = [*self._trace, self._last][-40:]

    @property
    def _last(self) -> str:
        """The event that is being made, or was made last."""
        return self._event

    @_last.setter
    def _last(self, words: str) -> None:
        self._event = words
        self._note(words)

    def _note(self, words: str) -> None:
        if TRACE is not None:
            TRACE.write(f"{self.findings.events} {words}\n")
            TRACE.flush()

    # Where, and what.

    def _target(self) -> QWidget:
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and alive(w) and w.isVisible()]
        while modal is None and len(dialogs) > MOST_DIALOGS:  # below a modal box nobody reaches a dialog
            dialogs.pop().close()
        for first in (popup, modal):
            if first is None:
                continue
            if alive(first):
                return first
            for window in QGuiApplication.topLevelWindows():  # a popup of Qt's own that Python has no hold of
                QTest.keyClick(window, Qt.Key.Key_Escape)
        shown = [w for w in QApplication.topLevelWidgets() if alive(w) and w.isVisible() and w.width() > 1]
        return self._chance.choice(shown) if shown and self._chance.random() < 0.3 else self.window

    def _place(self) -> tuple[QWidget, QPoint]:
        top = self._target()
        point = QPoint(self._chance.randrange(max(1, top.width())), self._chance.randrange(max(1, top.height())))
        child = top.childAt(point)
        if child is None or not alive(child):
            return top, point
        return child, child.mapFrom(top, point)

    def _key(self) -> str:
        top = self._target()
        focus = QApplication.focusWidget()
        widget = focus if focus is not None and focus.window() is top.window() else top
        key, modifiers = self._chance.choice(KEYS), self._chance.choice(MODIFIERS)
        words = f"key {key.name} {modifiers} on {named(widget)}"
        self._last = words
        QTest.keyClick(widget, key, modifiers)
        return words

    def _click(self) -> str:
        widget, point = self._place()
        button = self._chance.choices([Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton], [9, 1])[0]
        words = f"{button.name} on {named(widget)} at {point.x()},{point.y()}"
        self._last = words
        if not widget.isEnabled():
            return words
        if self._chance.random() < 0.1:
            QTest.mouseDClick(widget, button, pos=point)
        else:
            QTest.mouseClick(widget, button, self._chance.choice(MODIFIERS[:8]), point)
        return words

    def _drag(self) -> str:
        widget, point = self._place()
        words = f"drag on {named(widget)} from {point.x()},{point.y()}"
        self._last = words
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=point)
        for _ in range(self._chance.randint(1, 5)):
            point = point + QPoint(self._chance.randint(-120, 120), self._chance.randint(-80, 80))
            if not alive(widget):
                return words
            QTest.mouseMove(widget, point)
        if alive(widget):
            QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=point)
        return words

    def _wheel(self) -> str:
        widget, point = self._place()
        words = f"wheel on {named(widget)}"
        self._last = words
        event = QWheelEvent(
            QPointF(point),
            QPointF(widget.mapToGlobal(point)),
            QPoint(),
            QPoint(0, self._chance.choice((-240, -120, 120, 240))),
            Qt.MouseButton.NoButton,
            self._chance.choice(MODIFIERS[:9]),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
        return words

    def _type(self) -> str:
        fields = [line for line in self._target().findChildren(QLineEdit) if line.isVisible() and line.isEnabled()]
        if not fields:
            return "nothing to type into"
        line, text = self._chance.choice(fields), self._chance.choice(TEXTS)
        words = f"type {text[:20]!r} into {named(line)}"
        self._last = words
        line.setFocus()
        if text.isascii():
            QTest.keyClicks(line, text)
        else:
            line.insert(text)
        return words

    def _trigger(self) -> str:
        if QApplication.activeModalWidget() is not None:
            return "no menu under a modal dialog"
        bar = self.window.menuBar()
        menu = self._chance.choice([action.menu() for action in bar.actions() if isinstance(action.menu(), QMenu)])
        assert isinstance(menu, QMenu)
        if self._chance.random() < 0.3:
            words = f"menu {menu.title()}"
            self._last = words
            menu.popup(self.window.mapToGlobal(QPoint(10, 10)))
            return words
        action = self._chance.choice([a for a in leaves(menu) if a.isEnabled()] or [QAction(self)])
        words = f"action {action.text()}"
        self._last = words
        action.trigger()
        return words

    def _resize(self) -> str:
        if self._chance.random() < 0.1:
            self.window.showMaximized()
            return "maximized"
        size = self._chance.randint(500, 1900), self._chance.randint(400, 1200)
        self._last = f"resize to {size}"
        self.window.showNormal()
        self.window.resize(*size)
        return f"resize to {size}"

    def _dock(self) -> str:
        docks = self.window.findChildren(QDockWidget)
        dock = self._chance.choice(docks)
        words = f"dock {dock.windowTitle()}"
        self._last = words
        match self._chance.randrange(4):
            case 0:
                dock.setFloating(not dock.isFloating())
            case 1:
                dock.setVisible(not dock.isVisible())
            case 2:
                dock.raise_()
            case _:
                self.window.addDockWidget(self._chance.choice(list(Qt.DockWidgetArea)[:4]), dock)
        return words

    def _open_example(self) -> str:
        name = self._chance.choice(example_names())
        self._last = f"open {name}"
        self.window.open(name)
        return f"open {name}"

    # The end.

    def close(self) -> None:
        """Close everything, and look at what is left."""
        self.window.work.leave_at_once()
        for widget in QApplication.topLevelWidgets():
            widget.close()
        self.window.deleteLater()
        for _ in range(20):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()
            time.sleep(0.02)
        main = threading.main_thread()
        self.findings.threads = [thread.name for thread in threading.enumerate() if thread is not main]

    @property
    def trace(self) -> str:
        """The last events."""
        return "; ".join(self._trace)


def alive(widget: QWidget) -> bool:
    """Whether Qt still has it."""
    try:
        widget.objectName()
    except RuntimeError:
        return False
    return True


def named(widget: QWidget) -> str:
    """A widget's class and names up to its window."""
    names: list[str] = []
    at: QWidget | None = widget
    while at is not None and alive(at):
        names.append(at.objectName() or type(at).__name__)
        at = at.parentWidget()
    return "/".join(reversed(names[:5]))


def leaves(menu: QMenu) -> list[QAction]:
    """All actions of a menu and those below it."""
    found: list[QAction] = []
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found += leaves(inner)
        elif not action.isSeparator():
            found.append(action)
    return found


def resident_megabytes() -> float:
    """What the process holds in memory, what is free in its heap given back first."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def blow(events: int, seed: int, folder: Path, most_stall: float = MOST_STALL) -> Findings:
    """Make a storm on a window of its own; needs a QApplication. Everything it writes goes below ``folder``."""
    storm = Storm(events, seed, folder, most_stall)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        frames = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)][-12:]
        storm.findings.say(f"{kind.__name__}: {error} in {' > '.join(frames)}, after: {storm._last}")

    def message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not any(words in text for words in HARMLESS):
            storm.findings.say(f"Qt says {text!r} after: {storm._last}")

    class Nowhere(QObject):
        @Slot(QUrl)
        def take(self, url: QUrl) -> None:
            """Open nothing outside."""

    nowhere = Nowhere()
    for scheme in ("http", "https", "file", "mailto"):
        QDesktopServices.setUrlHandler(scheme, nowhere, TAKE)
    before, before_threads, before_messages = sys.excepthook, threading.excepthook, qInstallMessageHandler(message)
    sys.excepthook = hook
    threading.excepthook = lambda found: storm.findings.say(f"thread: {found.exc_value!r}")
    try:
        QTimer.singleShot(0, storm, storm.step)
        while storm.findings.events < events:
            QApplication.exec()
        storm.close()
    finally:
        sys.excepthook, threading.excepthook = before, before_threads
        qInstallMessageHandler(before_messages)
        for scheme in ("http", "https", "file", "mailto"):
            QDesktopServices.unsetUrlHandler(scheme)
    return storm.findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and say what was found."""
    parser = argparse.ArgumentParser(description="random events on the window")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trace", type=argparse.FileType("w"), help="write each event here before it is made")
    options = parser.parse_args(arguments)
    globals()["TRACE"] = options.trace
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = folder
        os.chdir(folder)
        application = QApplication(["storm"])
        application.setQuitOnLastWindowClosed(False)
        began = time.perf_counter()
        found = blow(options.events, options.seed, Path(folder))
    print(
        f"{found.events} events in {time.perf_counter() - began:.0f} s on {application.platformName()}: "
        f"{len(found.problems)} problems, slowest {found.slowest:.2f} s ({found.slowest_event}), "
        f"{found.slope:+.2f} MB per 1,000 events, {found.windows} windows, threads left: {found.threads or 'none'}"
    )
    for problem in found.problems[:60]:
        print(f"  {problem}")
    sizes = ", ".join(f"{at}: {size:.0f}" for at, size in found.memory[:: max(1, len(found.memory) // 20)])
    print(f"memory in MB: {sizes}")
    return 1 if found.problems or found.threads or found.slope > MOST_SLOPE else 0


if __name__ == "__main__":
    sys.exit(main())
