"""What the timeline shows: the whole run or a window of it, to scale, with loss, ticks and marks. Pure and comparable.

Positions are exact Python integers of any size; only shares of the width become floats.
"""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.viewstate.curve import Buckets, Curve, bucketed, drawn
from bpstudio.viewstate.timeline_ticks import RunScale, Tick

SMALLEST_SPAN = 8
"""Operations in sight when zoomed in as far as it goes."""

FEWEST_ITERATIONS = 10
ZOOM = Fraction(4, 5)
PAN = Fraction(1, 8)


@dataclass(frozen=True, slots=True)
class Window:
    """The positions in sight: ``start`` ≤ p < ``end``."""

    start: int
    end: int

    @property
    def span(self) -> int:
        """How many positions are in sight, at least 1."""
        return max(1, self.end - self.start)

    def share_of(self, position: int) -> float:
        """Where ``position`` lies: 0 at the left end, 1 at the right, below 0 or above 1 outside."""
        return (position - self.start) / self.span

    def position_at(self, share: float) -> int:
        """The position whose cell holds ``share`` of the width, to the last operation however long the run."""
        return self.start + int(Fraction(min(1.0, max(0.0, share))) * self.span)

    def holds(self, position: int) -> bool:
        """Whether ``position`` is in sight; the right end counts."""
        return self.start <= position <= self.end


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A flag with a name and a note."""

    position: int
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a branch leaves the one in sight."""

    position: int
    name: str


@dataclass(frozen=True, slots=True)
class TimelineState:
    """``start`` to ``end``: the run with room ahead; ``live``: how far it was ever computed; ``cursor``: the next operation."""

    start: int
    end: int
    window: Window
    live: int
    cursor: int
    cursor_text: str = ""
    curve: Curve | None = None
    curve_top: str = ""
    curve_bottom: str = ""
    ticks: tuple[Tick, ...] = ()
    hits: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    forks: tuple[Fork, ...] = ()
    description: str = ""

    @property
    def whole(self) -> Window:
        """Everything there is to see."""
        return Window(self.start, self.end)


def loss_curve(buckets: Buckets, scale: RunScale, window: Window, bounds: tuple[float, float]) -> Curve:
    """The loss of each iteration as a step from its first operation to its last."""
    return drawn(buckets, bounds, (window.start, window.end), scale.iteration_start)


def loss_in_sight(values: Array, scale: RunScale, window: Window, revision: int) -> Buckets:
    """The losses (n,) of the iterations that a window shows."""
    first, last = scale.iteration_at(window.start), scale.iteration_at(max(window.start, window.end - 1))
    return bucketed(values, first, last + 1, revision=revision)


def room_for(live: int, scale: RunScale) -> int:
    """The end of the timeline of a run computed up to ``live``: a round number of iterations, so that it grows in steps."""
    done = max(FEWEST_ITERATIONS, scale.iteration_at(max(0, live - 1)) + 1)
    power = 10 ** (len(str(done)) - 1)
    rounded = next(step * power // 2 for step in (2, 3, 4, 5, 6, 8, 10, 12, 16, 20) if step * power // 2 >= done)
    return scale.iteration_start(rounded)


def thinned(positions: Sequence[int], window: Window, columns: int) -> tuple[int, ...]:
    """Of ascending ``positions`` those in sight, at most one for each of ``columns`` columns: the first in it."""
    found: list[int] = []
    index = bisect_left(positions, window.start)
    while index < len(positions) and positions[index] <= window.end:
        position = positions[index]
        found.append(position)
        column = (position - window.start) * columns // window.span
        beyond = window.start - (-(column + 1) * window.span // columns)
        index = max(index + 1, bisect_left(positions, beyond, index))
    return tuple(found)


# Windows made from windows: what zooming, panning and following mean.


def zoomed(window: Window, whole: Window, about: int, steps: int) -> Window:
    """``steps`` times closer (further if negative), with ``about`` staying where it is; never beyond ``whole``."""
    about = min(max(about, window.start), window.end)
    span = max(SMALLEST_SPAN, int(window.span * (ZOOM**steps)))
    if steps < 0:
        span = max(span, window.span + 1)
    if span >= whole.span:
        return whole
    start = about - (about - window.start) * span // window.span
    return _within(start, span, whole)


def panned(window: Window, whole: Window, share: Fraction) -> Window:
    """Moved by a share of its own width, to the right if positive; never beyond ``whole``."""
    offset = int(window.span * share) or (1 if share > 0 else -1)
    return _within(window.start + offset, window.span, whole)


def following(window: Window, whole: Window, position: int) -> Window:
    """The same width, moved if need be so that ``position`` is in sight, a third from the edge it left by."""
    if window.start <= position < window.end or window.span >= whole.span:
        return window
    third = window.span // 3
    start = position - third if position < window.start else position - window.span + third
    return _within(start, window.span, whole)


def kept(window: Window, before: Window, whole: Window) -> Window:
    """The window after the run has grown from ``before`` to ``whole``: who saw all of it goes on seeing all of it."""
    if window == before:
        return whole
    return _within(window.start, min(window.span, whole.span), whole)


def _within(start: int, span: int, whole: Window) -> Window:
    start = max(whole.start, min(start, whole.end - span))
    return Window(start, min(whole.end, start + span))
