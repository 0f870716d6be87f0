"""Work beside the window: what comes of it, and that it never takes apart what belongs to the window."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QGraphicsRectItem
from pytestqt.qtbot import QtBot

from bpstudio.controller.background import Background, garbage_kept
from bpstudio.export.beside import Beside

Run = Callable[[Callable[[], object]], None]


class Item(QGraphicsRectItem):
    """Belongs to Python alone, and tells in which thread it ends."""

    def __init__(self, ended_in: list[threading.Thread]) -> None:
        super().__init__()
        self.itself = self
        self._ended_in = ended_in

    def __del__(self) -> None:
        self._ended_in.append(threading.current_thread())


def in_background(job: Callable[[], object]) -> None:
    owner = QObject()
    background = Background(owner)
    background.submit(job, lambda _result: None)
    background.close()


def beside(job: Callable[[], object]) -> None:
    pool = Beside()
    pool.submit(job)
    assert pool.settle(20.0)


def make_garbage() -> int:
    """Enough for Python to search for garbage several times, the oldest too."""
    return len([[] for _ in range(200_000)])


@pytest.fixture
def eager_search() -> Iterator[None]:
    """Python searches all there is for garbage every few objects."""
    before = gc.get_threshold()
    gc.collect()
    gc.set_threshold(500, 1, 1)
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("run", [in_background, beside])
def test_what_qt_owns_is_never_taken_apart_in_a_thread(run: Run, eager_search: None, qtbot: QtBot) -> None:
    ended_in: list[threading.Thread] = []
    Item(ended_in)  # holds itself, so that only a search finds it
    run(make_garbage)
    gc.collect()
    assert ended_in == [threading.main_thread()]
    assert gc.isenabled(), "from now on garbage is searched for again"


def test_a_search_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with garbage_kept():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_last_of_several_turns_the_search_on_again() -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(garbage_kept())
    second.enter_context(garbage_kept())
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()
