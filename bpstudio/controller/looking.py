"""Looking: what plots of one moment show, computed once for each moment, and seldom while the run is playing."""

import time
from collections.abc import Callable, Hashable
from typing import Any

from bpstudio.records import dataclass

PLAYING_SECONDS = 0.25
"""How old a look may get while the run is playing."""
LEAST_REST = 15.0
"""And at least so many times as old as it took to compute."""


@dataclass(frozen=True, slots=True)
class Look:
    """A result, what it was computed for, when, and in how many seconds."""

    key: Hashable
    found: Any
    made_at: float
    seconds: float


class Looking:
    """Keeps the last look of each kind."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def forget(self) -> None:
        """Another run is open."""
        self._looks = {}

    def at(self, kind: str, key: Hashable, make: Callable[[], Any], is_playing: bool) -> Any:
        """What ``make`` gives for ``key``; while playing perhaps what it gave for an earlier one."""
        known, now = self._looks.get(kind), time.perf_counter()
        if known is not None:
            rest = max(PLAYING_SECONDS, LEAST_REST * known.seconds)
            if known.key == key or (is_playing and now - known.made_at < rest):
                return known.found
        found = make()
        end = time.perf_counter()
        self._looks[kind] = Look(key, found, end, end - now)
        return found
