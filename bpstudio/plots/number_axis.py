"""An axis whose numbers are written as everywhere else in the window, and whose logarithmic ticks leave room between them."""

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg

from bpstudio.explain.number_format import NumberFormat
from bpstudio.look.text_size import text_scale

ROOM = {"left": 20.0, "bottom": 60.0}
"""Pixels from one label to the next, at least."""
DECADES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


class NumberAxis(pg.AxisItem):  # type: ignore[misc]
    """``is_percent`` writes shares as percentages; ``is_counting`` groups the digits of whole numbers."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.is_percent = False
        self.is_counting = False
        self._side = side

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Any:
        """Round numbers with room between them; powers of ten on a logarithmic axis."""
        most = max(2, int(size / (ROOM[self._side] * text_scale())))
        if self.logMode:
            return [(None, log_ticks(minVal, maxVal, most))]
        least = 1.0 if self.is_counting else 0.0
        return [linear_ticks(minVal, maxVal, most, least)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """What is written at the ticks."""
        if self.logMode:
            return [NumberFormat(3).format(10.0**value) for value in values]
        if self.is_percent:
            return [f"{NumberFormat(4).format(100.0 * value)} %" for value in values]
        if self.is_counting:
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
