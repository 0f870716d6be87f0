"""Walk: bring a session to an iteration in short moves, so that a window can stay awake in between."""

import time
from collections.abc import Iterator

from bpstudio.session.session import Session

SHORT_SECONDS = 0.004
"""A move that takes longer than twice this is halved the next time, a quicker one doubled."""


class Walker:
    """Moves a session; remembers how many iterations make a short move."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._stride = 1

    def to_iteration(self, iteration: int) -> Iterator[None]:
        """Go to the start of an iteration, from here or from the nearest kept state before it."""
        session = self.session
        if session.iteration + 1 == iteration:  # what a scan does all the time
            session.seek(iteration=iteration)
            yield
            return
        start = session.replay_start(iteration)
        if not start <= session.iteration <= iteration:
            session.seek(iteration=start)
        while session.iteration < iteration:
            began = time.perf_counter()
            session.seek(iteration=min(iteration, session.iteration + self._stride))
            self.took(time.perf_counter() - began)
            yield
        session.seek(iteration=iteration)

    def to_position(self, position: int) -> Iterator[None]:
        """Go to a position."""
        yield from self.to_iteration(self.session.program.iteration_at(position))
        self.session.seek(position=position)

    @property
    def stride(self) -> int:
        """Iterations that make a short move."""
        return self._stride

    def took(self, seconds: float) -> None:
        """Learn from how long a move of one stride took."""
        if seconds > 2 * SHORT_SECONDS:
            self._stride = max(1, self._stride // 2)
        elif seconds < SHORT_SECONDS:
            self._stride = min(4096, 2 * self._stride)
