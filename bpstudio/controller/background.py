"""Work that waits for the disk, done in one thread beside the window; what comes of it is delivered in the window's own."""

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from bpstudio.errors import BpstudioError

Result = TypeVar("Result")
USUAL_SECONDS = sys.getswitchinterval()
SHARING_SECONDS = 0.0005
"""How long the thread may keep Python's lock while the window wants it: one turn of its loop asks for it a hundred times."""


class _Search:
    """Python's search for garbage, which runs in whatever thread makes objects when it is due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pauses = 0
        self._was_on = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """None in any thread, as long as this lasts in one of them."""
        with self._lock:
            if self._pauses == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._pauses += 1
        try:
            yield
        finally:
            with self._lock:
                self._pauses -= 1
                if self._pauses == 0 and self._was_on:
                    gc.enable()


garbage_kept = _Search().paused
"""For work in another thread than the window's: a search there would take what Qt owns apart beside the window that paints it."""


class Background(QObject):
    """Jobs run one after the other. ``then`` is called with what a job returned, or with the error it raised."""

    _done = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bpstudio-disk")
        self._waiting: list[tuple[Future[object], Callable[[object], None]]] = []
        self._done.connect(self._deliver)

    def submit(self, job: Callable[[], object], then: Callable[[object], None]) -> None:
        """Do ``job`` in the thread. It may raise BpstudioError or OSError."""
        sys.setswitchinterval(SHARING_SECONDS)
        future = self._pool.submit(_guarded, job)
        self._waiting.append((future, then))
        future.add_done_callback(self._tell)

    @property
    def is_busy(self) -> bool:
        """Whether anything is still to be delivered."""
        return bool(self._waiting)

    def finish(self) -> None:
        """Wait for all jobs and deliver what comes of them, here and now."""
        while self._waiting:
            future, _ = self._waiting[0]
            future.result()
            self._deliver(future)

    def close(self) -> None:
        """Finish, and end the thread."""
        self.finish()
        self._pool.shutdown(wait=True)

    def _tell(self, future: Future[object]) -> None:
        try:
            self._done.emit(future)
        except RuntimeError:  # the window is gone already; finish() has delivered
            return

    def _deliver(self, future: Future[object]) -> None:
        for entry in self._waiting:
            if entry[0] is future:
                self._waiting.remove(entry)
                if not self._waiting:
                    sys.setswitchinterval(USUAL_SECONDS)
                entry[1](future.result())
                return


def _guarded(job: Callable[[], object]) -> object:
    try:
        with garbage_kept():
            return job()
    except (BpstudioError, OSError) as error:
        return error
