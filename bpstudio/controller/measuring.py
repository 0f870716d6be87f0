"""Measuring: fills the tables behind the plots from kept states, in slices, for panels in sight, and hardly while playing."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.session.measures import Group
from bpstudio.session.recorder import MOST_ROWS, Detail, Measurer
from bpstudio.session.session import Session

SLICE_SECONDS = 0.006
PAUSE_MS = 6
"""Between two slices the window paints and listens."""
PLAYING_SECONDS = 0.003
"""For measuring at each look while the run is playing, some six times a second."""
ROWS_WHILE_PLAYING = 256
MOST_REFINED = 500
"""Iterations that a wish for more points measures."""
TELL_SECONDS = 0.15
"""How often panels are told that there is more to show."""
DEAR_SECONDS = 0.004
"""A measure that takes the processor longer waits until the run stands."""
JUDGED = 3
"""So many measures tell whether a group is dear."""


class Measuring(QObject):
    """Holds what is measured of the open run. ``changed`` when panels that are in sight have more to show."""

    changed = Signal()

    def __init__(self, is_busy: Callable[[], bool], parent: QObject) -> None:
        """``is_busy`` says whether the window has something better to compute."""
        super().__init__(parent)
        self.measurer: Measurer | None = None
        self._is_busy = is_busy
        self._groups: tuple[Group, ...] = ()
        self._left = 0
        self._total = 0
        self._told_at = 0.0
        self._costs: dict[Group, list[float]] = {}
        self._detail: Detail | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._slice)

    def reset(self, session: Session) -> None:
        """Begin with another run."""
        self._timer.stop()
        self.measurer = Measurer(session)
        self._costs = {}
        self._detail = None
        self._left = self._total = 0

    @property
    def is_under_way(self) -> bool:
        """Whether there may be more to show soon, though nothing is done for it."""
        return self._timer.isActive()

    @property
    def progress(self) -> float:
        """How much of what is wanted is measured, 0 to 1."""
        if self._detail is not None:
            done, total = self._detail.progress
            return done / total
        return 1.0 if self._left == 0 or self._total == 0 else 1.0 - self._left / self._total

    def look(self, groups: tuple[Group, ...], is_playing: bool) -> None:
        """The window shows these groups now: measure where the run stands, and fill in what is missing of the past."""
        measurer = self.measurer
        self._groups = groups
        if measurer is None or not groups:
            self._timer.stop()
            return
        if is_playing:
            self._timer.stop()
            cheap = [group for group in groups if not self._is_dear(group)]
            self._work(measurer, cheap, ROWS_WHILE_PLAYING, PLAYING_SECONDS, has_current=True)
            return
        for group in groups:
            measurer.look(group)
        if not self._timer.isActive():
            self._total = 0
            self._timer.start()

    def refine(self, first: int, end: int) -> None:
        """Measure more of a stretch, by computing it again, for the groups in sight."""
        if self.measurer is not None and self._groups and end > first:
            self._detail = Detail(self.measurer, self._groups, first, end, MOST_REFINED)
            self._timer.start()

    def _slice(self) -> None:
        measurer = self.measurer
        if measurer is None or self._is_busy():
            return
        is_done = self._work(measurer, list(self._groups), MOST_ROWS, SLICE_SECONDS, has_current=False)
        if is_done and self._detail is not None:
            is_done = self._detail.advance(SLICE_SECONDS)
            self._detail = None if is_done else self._detail
        if is_done:
            self._timer.stop()
        now = time.perf_counter()
        if is_done or now - self._told_at > TELL_SECONDS:
            self._told_at = now
            self.changed.emit()

    def _work(self, measurer: Measurer, groups: list[Group], most: int, seconds: float, has_current: bool) -> bool:
        """Measure for about this long; True when nothing is missing."""
        until = time.perf_counter() + seconds
        if has_current:
            for group in groups:
                self._timed(group, lambda group=group: measurer.look(group))  # type: ignore[misc]
        missing = measurer.missing(groups, most)
        self._total = max(self._total, len(missing))
        for count, (group, branch, iteration) in enumerate(missing):
            self._left = len(missing) - count
            if time.perf_counter() >= until:
                return False
            self._timed(group, lambda g=group, b=branch, n=iteration: measurer.measure(g, b, n))  # type: ignore[misc]
        self._left = 0
        return True

    def _is_dear(self, group: Group) -> bool:
        """Whether all of the last measures took long; one alone may have been the first, or interrupted."""
        costs = self._costs.get(group, [])
        return len(costs) == JUDGED and min(costs) > DEAR_SECONDS

    def _timed(self, group: Group, act: Callable[[], object]) -> None:
        began = time.thread_time()  # not the clock: what else the machine does makes no group dear
        act()
        costs = self._costs.setdefault(group, [])
        costs.append(time.thread_time() - began)
        del costs[:-JUDGED]
