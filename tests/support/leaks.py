"""Finds what a GUI test leaves behind (windows, running timers, animations, threads), names it and ends it."""

import gc
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import shiboken6
from PySide6.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QObject, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget

GRACE_MS = 500  # how long a thread that was told to stop may take to do so

Start = Callable[..., Any]


def describe(thing: QObject) -> str:
    """Class, object name and, where it has one, the window title."""
    words = [type(thing).__name__, repr(thing.objectName())]
    if isinstance(thing, QWidget) and thing.windowTitle():
        words.append(f"titled {thing.windowTitle()!r}")
    parent = thing.parent()
    return " ".join(words) + (f" of {describe(parent)}" if parent is not None else "")


def _place_of_start() -> str:
    """The innermost line outside this module that is on the stack."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename != __file__]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


class Starts:
    """Everything with a ``start`` that was started while patched, with the place where that happened."""

    def __init__(self) -> None:
        self._places: list[tuple[weakref.ref[QObject], str]] = []
        self._originals: list[tuple[type, Start]] = []

    def patch(self, *classes: type) -> None:
        """Replace ``start`` of each class by one that remembers, then starts."""
        for cls in classes:
            original: Start = cls.start  # type: ignore[attr-defined]

            def start(thing: QObject, *args: Any, _original: Start = original, **options: Any) -> Any:
                self._places.append((weakref.ref(thing), _place_of_start()))
                return _original(thing, *args, **options)

            self._originals.append((cls, original))
            cls.start = start  # type: ignore[attr-defined]

    def restore(self) -> None:
        """Give each class its own ``start`` back."""
        for cls, original in self._originals:
            cls.start = original  # type: ignore[attr-defined]
        self._originals.clear()

    def alive(self) -> dict[QObject, str]:
        """What was started and whose C++ object still exists, with its latest place."""
        things = ((reference(), place) for reference, place in self._places)
        return {thing: place for thing, place in things if thing is not None and shiboken6.isValid(thing)}


def _is_running(thing: QObject) -> bool:
    match thing:
        case QTimer():
            return thing.isActive()
        case QAbstractAnimation():
            return thing.state() == QAbstractAnimation.State.Running
        case QThread():
            return thing.isRunning()
        case _:
            return False


def _end(thing: QObject) -> None:
    if isinstance(thing, QTimer | QAbstractAnimation):
        thing.stop()
    elif isinstance(thing, QThread):
        thing.requestInterruption()
        thing.quit()
        thing.wait(GRACE_MS)


def _settled(thread: threading.Thread) -> bool:
    thread.join(GRACE_MS / 1000)
    return not thread.is_alive()


def delete_what_was_to_be_deleted_later() -> None:
    """Do now what ``deleteLater`` asked for; outside an event loop ``processEvents`` leaves it undone."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _left_windows(before: list[QWidget]) -> list[QWidget]:
    """Top-level widgets that are new; child menus and dialogs go with their window and are not named twice."""
    return [w for w in QApplication.topLevelWidgets() if w not in before and w.parent() is None]


def _leaks(windows: list[QWidget], threads: set[threading.Thread], starts: Starts) -> list[str]:
    found = []
    delete_what_was_to_be_deleted_later()
    if _left_windows(windows):
        gc.collect()  # a window that only a reference cycle holds is gone as soon as someone looks
    for window in _left_windows(windows):
        found.append(f"top-level widget {describe(window)}")
        window.close()
        window.deleteLater()
    for thing, place in starts.alive().items():
        if _is_running(thing):
            found.append(f"running {describe(thing)}, started at {place}")
            _end(thing)
    new = [t for t in threading.enumerate() if t not in threads and not isinstance(t, threading._DummyThread)]
    found += [f"thread {thread.name!r}" for thread in new if not _settled(thread)]
    if not QThreadPool.globalInstance().waitForDone(GRACE_MS):
        found.append(f"{QThreadPool.globalInstance().activeThreadCount()} jobs in the global QThreadPool")
    return found


@contextmanager
def watch_leaks() -> Iterator[list[str]]:
    """Yield a list that holds, after the block, one line for each thing the block left behind."""
    found: list[str] = []
    windows, threads, starts = QApplication.topLevelWidgets(), set(threading.enumerate()), Starts()
    starts.patch(QTimer, QAbstractAnimation, QThread)
    try:
        yield found
    finally:
        starts.restore()
        found += _leaks(windows, threads, starts)
        delete_what_was_to_be_deleted_later()
