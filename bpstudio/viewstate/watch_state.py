"""What the list of watches shows: a value now and before, and its course over the iterations. Pure and comparable."""

import math

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.viewstate.curve import Curve, bucketed, drawn, finite_bounds

MOST_SPARK_COLUMNS = 160
NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One watch. ``mark`` is where the current iteration lies in the curve; ``progress`` how much of it is filled, None: all."""

    key: int
    expression: str
    value: str = NO_VALUE
    before: str = NO_VALUE
    exact: str = ""
    is_changed: bool = False
    is_finite: bool = True
    curve: Curve | None = None
    mark: float | None = None
    progress: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WatchState:
    """The rows in their order."""

    rows: tuple[WatchRow, ...] = ()


def watch_row(
    key: int,
    expression: str,
    now: float | None,
    before: float | None,
    number_format: NumberFormat,
    curve: Curve | None = None,
    iteration: int = 0,
    progress: float | None = None,
    problem: str = "",
) -> WatchRow:
    """A row from plain numbers; None stands for what is not computed yet."""
    return WatchRow(
        key,
        expression,
        NO_VALUE if now is None else number_format.format(now),
        NO_VALUE if before is None else number_format.format(before),
        "" if now is None else number_format.in_full.format(now),
        is_changed=not _same(now, before),
        is_finite=now is None or math.isfinite(now),
        curve=curve,
        mark=None if curve is None else min(1.0, iteration / max(1, curve.extent[1])),
        progress=None if progress is None or progress >= 1.0 else max(0.0, progress),
        problem=problem,
    )


def _same(one: float | None, other: float | None) -> bool:
    """Equal, with NaN equal to itself; what did not exist before has not changed."""
    if one is None or other is None:
        return True
    return one == other or (math.isnan(one) and math.isnan(other))


def spark_curve(values: Array, revision: int, end: int | None = None) -> Curve | None:
    """The course of ``values`` (n,), one per iteration, on a width of ``end`` iterations (n if None); None while empty."""
    if not len(values):
        return None
    buckets = bucketed(values, 0, len(values), MOST_SPARK_COLUMNS, revision)
    return drawn(buckets, finite_bounds(values, with_zero=False), (0, end or len(values)))
