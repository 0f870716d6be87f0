"""LoadJob: reads a large file in the thread beside the window, which goes on, shows that something is read, and may give up."""

import time
from collections.abc import Callable
from pathlib import Path

from bpstudio.controller.background import Background

LARGE_BYTES = 300_000
"""A file up to this size is read at once: it takes less time than a frame or two."""
WAIT_SECONDS = 0.002


class LoadJob:
    """A job for a long move. ``found`` is what ``load`` returned when it is done, or the error it raised."""

    progress = (0, 0)  # nobody knows how far it is

    def __init__(self, background: Background, load: Callable[[], object]) -> None:
        self.found: object = None
        self._is_done = False
        background.submit(load, self._take)

    def _take(self, found: object) -> None:
        self.found, self._is_done = found, True

    def advance(self, seconds: float) -> bool:
        """Leave the processor to the thread for a moment; True when it has delivered."""
        if not self._is_done:
            time.sleep(min(seconds, WAIT_SECONDS))
        return self._is_done

    def cancel(self) -> None:
        """What is read is not waited for, and dropped when it comes."""


def is_large(source: str) -> bool:
    """Whether reading a file takes long, by its size; a run file that names a table counts as large, for that may be."""
    path = Path(source)
    try:
        if not path.is_file():
            return False
        return path.stat().st_size > LARGE_BYTES or (path.suffix == ".json" and b'"csv"' in path.read_bytes())
    except (OSError, ValueError):
        return False
