"""What the axes of a chart show, by arithmetic alone: ranges, round numbers, their words. Needs no pyqtgraph."""

import math
from collections.abc import Sequence

import numpy as np

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import Array
from bpstudio.viewstate.plots_state import LinesState

Range = tuple[float, float]
ROOM = {"left": 20.0, "bottom": 60.0}
"""Pixels from one label to the next, at least: of more than two, where there is room for two."""
CLOSEST = {"left": 13.0, "bottom": 44.0}
"""Nearer than this labels would touch: only the outermost two are left."""
DENSEST = 8
"""So many labels are tried where fewer would leave an axis with less than two."""
DECADES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
LEAST_DECADES = 0.1
"""A logarithmic axis shows at least as much, so that its numbers differ in the digits that are written."""
STEPS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)


def ticks(
    side: str, low: float, high: float, size: float, is_log: bool, is_counting: bool, text: float
) -> tuple[float | None, list[float]]:
    """The step and places of the numbers along an axis of ``size`` pixels; on a logarithmic axis logarithms, without a step.

    ``text`` is how large the numbers are, as a share of their standard size.
    """
    wanted = max(2, int(size / (ROOM[side] * text)))
    for most in range(wanted, max(wanted, DENSEST) + 1):
        step, places = _round_places(low, high, most, is_log, is_counting)
        if len(places) >= 2:  # one number alone is no scale
            break
    if len(places) > 2 and (places[1] - places[0]) / (high - low) * size < CLOSEST[side] * text:
        places = [places[0], places[-1]]
    return step, places


def _round_places(
    low: float, high: float, most: int, is_log: bool, is_counting: bool
) -> tuple[float | None, list[float]]:
    if is_log:
        return None, log_ticks(low, high, most)
    return linear_ticks(low, high, most, 1.0 if is_counting else 0.0)


def words(
    values: Sequence[float],
    scale: float,
    is_log: bool,
    is_percent: bool,
    is_counting: bool,
    numbers: NumberFormat,
) -> list[str]:
    """What is written at the ticks: with the digits that an axis needs, and the decimal sign of ``numbers``."""
    if is_log:
        return [numbers.significant(3).format(10.0**value) for value in values]
    if is_percent:
        return [f"{numbers.significant(4).format(100.0 * value)} %" for value in values]
    if is_counting:
        return [numbers.count(round(value)) if float(value).is_integer() else "" for value in values]
    return [numbers.significant(4).format(value * scale) for value in values]


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
    return step, [min(max(n * step, low), high) for n in range(first, last + 1)]  # rounding may lead out of it


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
            return found if len(found) >= 2 else inside[:: -(-len(inside) // max(2, most))]
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
    if state.is_log:
        room = max(room, (LEAST_DECADES - (high - low)) / 2)
    return across, (lowest if is_based and low >= 0.0 else lowest - room, high + room)


def finite_of(series: Sequence[Array]) -> Array:
    """All finite numbers of several series."""
    finite = [values[np.isfinite(values)] for values in series]
    return np.concatenate(finite) if finite else np.empty(0)
