"""The watch over what tests leave behind sees each kind of thing, names it, and says nothing about a tidy test."""

import threading
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QPropertyAnimation, QThread, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from tests.support.leaks import watch_leaks


@pytest.fixture
def kept() -> Iterator[list[object]]:
    """Keeps things alive until after the watch has looked."""
    things: list[object] = []
    yield things
    things.clear()


def test_a_tidy_block_leaves_nothing(qapp: QApplication) -> None:
    with watch_leaks() as found:
        window = QWidget()
        timer = QTimer(window)
        timer.start(1000)
        window.show()
        window.deleteLater()
    assert found == []


def test_a_window_is_named(qapp: QApplication, kept: list[object]) -> None:
    with watch_leaks() as found:
        window = QWidget()
        window.setObjectName("forgotten")
        window.setWindowTitle("Left open")
        kept.append(window)
        window.show()
    assert found == ["top-level widget QWidget 'forgotten' titled 'Left open'"]
    assert not shiboken6.isValid(window)


def test_a_window_that_only_a_cycle_holds_is_no_leak(qapp: QApplication) -> None:
    class Cyclic(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.me = self

    with watch_leaks() as found:
        Cyclic()
    assert found == []


def test_menus_of_a_window_are_not_named_beside_it(qapp: QApplication, kept: list[object]) -> None:
    with watch_leaks() as found:
        window = QWidget()
        window.setObjectName("owner")
        QMenu("File", window)
        kept.append(window)
    assert found == ["top-level widget QWidget 'owner'"]


def test_a_running_timer_is_named_with_the_place_that_started_it_and_stopped(
    qapp: QApplication, kept: list[object]
) -> None:
    with watch_leaks() as found:
        timer = QTimer()
        timer.setObjectName("ticker")
        kept.append(timer)
        timer.start(10_000)
    assert len(found) == 1
    assert found[0].startswith("running QTimer 'ticker', started at ")
    assert __file__ in found[0]
    assert not timer.isActive()


def test_a_stopped_timer_is_no_leak(qapp: QApplication, kept: list[object]) -> None:
    with watch_leaks() as found:
        timer = QTimer()
        kept.append(timer)
        timer.start(10_000)
        timer.stop()
    assert found == []


def test_a_running_animation_is_named(qapp: QApplication, kept: list[object]) -> None:
    with watch_leaks() as found:
        window = QWidget()
        animation = QPropertyAnimation(window, b"windowOpacity")
        animation.setObjectName("fade")
        animation.setDuration(60_000)
        animation.setStartValue(0.0)
        animation.setEndValue(1.0)
        kept += [window, animation]
        animation.start()
    assert "QPropertyAnimation 'fade'" in "\n".join(found)


def test_a_running_qthread_is_named_and_ended(qapp: QApplication, kept: list[object]) -> None:
    with watch_leaks() as found:
        thread = QThread()
        thread.setObjectName("worker")
        kept.append(thread)
        thread.start()
    assert any(line.startswith("running QThread 'worker'") for line in found)
    assert thread.isFinished()


def test_a_python_thread_is_named(qapp: QApplication) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="reader", daemon=True)
    try:
        with watch_leaks() as found:
            thread.start()
    finally:
        release.set()
        thread.join()
    assert found == ["thread 'reader'"]


def test_start_is_given_back(qapp: QApplication) -> None:
    before = QTimer.start
    with watch_leaks():
        assert QTimer.start is not before
    assert QTimer.start is before


def test_the_watch_is_on_for_tests_with_an_application(qtbot: QtBot, request: pytest.FixtureRequest) -> None:
    assert "nothing_left_behind" in request.fixturenames
    assert "qapp" in request.fixturenames
