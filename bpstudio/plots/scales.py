"""What the axes of a chart show, by arithmetic alone: ranges, round numbers, their words. Needs no pyqtgraph."""

import math
from collections.abc import Sequence

import numpy as np

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import Array
from bpstudio.viewstate.plots_state import LinesState

Range = tuple[float, float]
ROOM = {"left": 20.0, "bottom": 60.0}
"""Pixels from one label to the next, at least."""
DECADES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
STEPS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)


def ticks(
    side: str, low: float, high: float, size: float, is_log: bool, is_counting: bool, text: float
) -> tuple[float | None, list[float]]:
    """The step and places of the numbers along an axis of ``size`` pixels; on a logarithmic axis logarithms, without a step.

    ``text`` is how large the numbers are, as a share of their standard size.
    """
    most = max(2, int(size / (ROOM[side] * text)))
    if is_log:
        return None, log_ticks(low, high, most)
    return linear_ticks(low, high, most, 1.0 if is_counting else 0.0)


def words(values: Sequence[float], scale: float, is_log: bool, is_percent: bool, is_counting: bool) -> list[str]:
    """What is written at the ticks."""
    if is_log:
        return [NumberFormat(3).format(10.0**value) for value in values]
    if is_percent:
        return [f"{NumberFormat(4).format(100.0 * value)} %" for value in values]
    if is_counting:
        return [f"{round(value):,}" if float(value).is_integer() else "" for value in values]
    return [NumberFormat(4).format(value * scale) for value in values]


def linear_ticks(low: float, high: float, most: int, least: float = 0.0) -> tuple[float, list[float]]:
    """A step of 1, 2, 2.5 or 5 times a power of ten, not below ``least``, and its multiples: at most about ``most`` of them."""
    wanted = max((high - low) / most, least)
    if not 0.0 < wanted < math.inf:
        return 1.0, []
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next((k * power for k in (1.0, 2.0, 2.5, 5.0) if k * power >= wanted * (1.0 - 1e-9)), 10.0 * power)
    if least and step != round(step):
        step = float(math.ceil(step))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return step, [n * step for n in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Decadic logarithms of about ``most`` round numbers between 10^low and 10^high at most."""
    decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    if len(decades) >= 2:
        step = next(step for step in DECADES if step * most >= len(decades))
        return [float(n) for n in decades if n % step == 0]
    found: list[float] = []
    for steps in ((1, 2, 5), tuple(range(1, 10)), tuple(k / 10 for k in range(10, 100))):
        every = [n + math.log10(k) for n in range(math.floor(low), math.ceil(high) + 1) for k in steps]
        inside = [value for value in every if low <= value <= high]
        if len(inside) > max(2, most):
            return found or inside[:: -(-len(inside) // max(2, most))]
        found = inside
        if len(found) >= 2:
            break
    return found


def scale_of(values: Array) -> float:
    """The power of ten that brings the largest of finite ``values`` near 1; 1 for what can be drawn as it is.

    Qt takes a transformation with tiny factors for one that can't be undone.
    """
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0.0 or 1e-7 < largest < 1e7:
        return 1.0
    return float(10.0 ** max(-300, min(300, math.floor(math.log10(largest)))))


def rounded_up(count: int) -> int:
    """The next round number: at most a quarter more, so that an axis grows in steps and leaves little empty."""
    power = 10 ** max(0, len(str(count)) - 1)
    return next(round(step * power) for step in STEPS if step * power >= count)


def drawn(y: Array, unit: float, is_log: bool) -> Array:
    """Heights as drawn: in ``unit``, on a logarithmic axis as logarithms, NaN where there is nothing to draw."""
    with np.errstate(all="ignore"):
        if is_log:
            y = np.log10(np.where(y > 0.0, y, np.nan))
        elif unit != 1.0:
            y = y / unit
    return np.where(np.isfinite(y), y, np.nan)


def whole(state: LinesState, heights: Sequence[Array]) -> tuple[Range, Range]:
    """The whole run in sight, with the right end growing in steps rather than with each point: the ranges of x and y.

    ``heights`` are those of the lines as drawn.
    """
    end = rounded_up(max(state.end, 10))
    across = (-0.01 * end, 1.01 * end)
    if state.bounds is not None:
        low, high = state.bounds
        room = (high - low) * 0.06
        return across, (low - room, high + room)
    every = finite_of(heights)
    if not every.size:
        return across, (0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    is_based = state.has_zero and not state.is_log
    lowest = min(0.0, low) if is_based else low
    room = max(1e-9, (high - lowest) * 0.08, abs(high) * 1e-6)
    return across, (lowest if is_based and low >= 0.0 else lowest - room, high + room)


def finite_of(series: Sequence[Array]) -> Array:
    """All finite numbers of several series."""
    finite = [values[np.isfinite(values)] for values in series]
    return np.concatenate(finite) if finite else np.empty(0)
