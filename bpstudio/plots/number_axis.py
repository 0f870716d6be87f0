"""An axis whose numbers are written as everywhere else in the window, and whose logarithmic ticks leave room between them."""

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg

from bpstudio.explain.number_format import NumberFormat
from bpstudio.plots.scales import ticks, words


class NumberAxis(pg.AxisItem):  # type: ignore[misc]
    """``is_percent`` writes shares as percentages; ``is_counting`` groups the digits of whole numbers; ``text`` is the size of
    numbers, as a share of the standard size.
    """

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.is_percent = False
        self.is_counting = False
        self.text = 1.0
        self.numbers = NumberFormat()
        self._side = side

    def write(self, numbers: NumberFormat) -> None:
        """Write the numbers otherwise."""
        if numbers != self.numbers:
            self.numbers = numbers
            self.picture = None  # what pyqtgraph has painted shows the old ones
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Any:
        """Round numbers with room between them; powers of ten on a logarithmic axis."""
        step, places = ticks(self._side, minVal, maxVal, size, self.logMode, self.is_counting, self.text)
        return [(step, places)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """What is written at the ticks."""
        return words(values, scale, self.logMode, self.is_percent, self.is_counting, self.numbers)
