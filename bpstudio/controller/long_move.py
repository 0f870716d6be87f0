"""LongMove: a move through the run in slices of the GUI's time, with progress, and cancelled back to where it began."""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.errors import BpstudioError
from bpstudio.session.session import Session

SLICE_SECONDS = 0.005
QUICK_SECONDS = 0.06
"""A move that ends within this is made at once; a longer one shows its progress."""


class Job(Protocol):
    """Work that is done in slices."""

    @property
    def progress(self) -> tuple[int, int]:
        """How much is done, of how much."""

    def advance(self, seconds: float) -> bool:
        """Work for about this long; True when all is done."""

    def cancel(self) -> None:
        """Go back to where it began."""


class SeekJob:
    """Go to a position, iteration by iteration from the nearest checkpoint."""

    def __init__(self, session: Session, position: int) -> None:
        self._session = session
        self._origin = session.position
        self._position = position
        self._target = session.program.iteration_at(position)
        self._first = self._reached = session.replay_start(self._target)
        self._chunk = 1

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations computed again, of all that must be."""
        return self._reached - self._first, self._target - self._first

    def advance(self, seconds: float) -> bool:
        """Compute on; stands at the position when done."""
        until = time.perf_counter() + seconds
        while self._reached < self._target:
            began = time.perf_counter()
            if began >= until:
                return False
            self._reached = min(self._target, self._reached + self._chunk)
            self._session.seek(iteration=self._reached)
            self._chunk = adapted(self._chunk, time.perf_counter() - began)
        self._session.seek(position=self._position)
        return True

    def cancel(self) -> None:
        """Back to where it began."""
        self._session.seek(position=self._origin)


class SwitchJob:
    """Compute another branch to where a switch to it would go; the session stays until it is done."""

    progress = (0, 0)  # nobody has to know how far it is: it is one stride of the history at most

    def __init__(self, session: Session, key: int) -> None:
        self._steps = session.approach_branch(key)

    def advance(self, seconds: float) -> bool:
        """Compute on; True when the branch can be switched to at once."""
        until = time.perf_counter() + seconds
        return all(time.perf_counter() < until for _ in self._steps)

    def cancel(self) -> None:
        """Nothing was moved."""


class LongMove(QObject):
    """Runs one job at a time; ``progressed`` and ``ended`` are for a progress bar."""

    progressed = Signal(int, int)
    ended = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)
        self._job: Job | None = None
        self._finished: Callable[[], None] = _nothing

    @property
    def is_under_way(self) -> bool:
        """Whether a job is running."""
        return self._job is not None

    def start(self, job: Job, finished: Callable[[], None]) -> None:
        """Run a job to its end, then call ``finished``; at once if it is quick."""
        self.cancel()
        self._job, self._finished = job, finished
        if not self._work(job, QUICK_SECONDS) and self._job is job:
            self.progressed.emit(*job.progress)
            self._timer.start()

    def cancel(self) -> bool:
        """End the job and go back to where it began; False if there is none."""
        job = self._job
        if job is None:
            return False
        self._end()
        job.cancel()
        return True

    @property
    def job(self) -> Job | None:
        """What is being done."""
        return self._job

    def halt(self) -> bool:
        """End the job and stay where it has got to; False if there is none."""
        if self._job is None:
            return False
        self._end()
        return True

    def _slice(self) -> None:
        job = self._job
        if job is None:
            self._timer.stop()
        elif not self._work(job, SLICE_SECONDS) and self._job is job:
            self.progressed.emit(*job.progress)

    def _work(self, job: Job, seconds: float) -> bool:
        """Do a share of the job; True when it has come to its end, one way or the other."""
        try:
            is_done = job.advance(seconds)
        except BpstudioError as error:
            self._end()
            job.cancel()
            self.failed.emit(str(error))
            return True
        if is_done:
            finished = self._finished
            self._end()
            finished()
        return is_done

    def _end(self) -> None:
        self._timer.stop()
        self._job, self._finished = None, _nothing
        self.ended.emit()


def _nothing() -> None:
    """What follows when nothing is to follow."""


def adapted(count: int, seconds: float) -> int:
    """A count that takes about a quarter of a slice, from a count and the time it took."""
    share = (SLICE_SECONDS / 4) / max(1e-6, seconds)
    return max(1, min(65_536, int(count * min(2.0, max(0.25, share)))))
