"""The part of an export that no window is needed for, in one thread beside it: cutting fonts, compressing, writing, the disk."""

import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from bpstudio.controller.background import SHARING_SECONDS, USUAL_SECONDS, garbage_kept

QUEUED = 3
"""Jobs that may wait: each holds a picture."""


class Beside:
    """Jobs are done one after the other; an error is raised by whatever is asked next. ``stop`` ends it.

    A job that puts something in its place asks ``is_stopped`` right before it does.
    """

    def __init__(self) -> None:
        self.is_stopped = False
        self._pool: ThreadPoolExecutor | None = None
        self._jobs: deque[Future[object]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether another job should wait."""
        self._look()
        return len(self._jobs) >= QUEUED

    def submit(self, job: Callable[[], object]) -> None:
        """Do a job after those before it; none once one of them has failed."""
        self._look()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bpstudio-export")
        sys.setswitchinterval(SHARING_SECONDS)
        self._jobs.append(self._pool.submit(_quietly, job))

    def settle(self, seconds: float) -> bool:
        """Wait about this long for all jobs; True when they are done, and the thread has ended."""
        if self._jobs:
            wait(self._jobs, max(seconds, 0.001))
        self._look()
        if self._jobs:
            return False
        self._end()
        return True

    def stop(self) -> None:
        """Drop the jobs that wait, let the one at work come to its end, and end the thread."""
        self.is_stopped = True
        self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            sys.setswitchinterval(USUAL_SECONDS)
        self._pool = None
        self._jobs.clear()

    def _look(self) -> None:
        while self._jobs and self._jobs[0].done():
            self._jobs.popleft().result()


def _quietly(job: Callable[[], object]) -> object:
    with garbage_kept():
        return job()
