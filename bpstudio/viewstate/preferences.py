"""Preferences: what a person has chosen for good: look, size of text, how numbers and sentences are written, memory."""

from dataclasses import replace
from enum import StrEnum

from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.records import dataclass
from bpstudio.viewstate.selection import ThemeName, ViewOptions

SMALLEST_TEXT_PERCENT = 100
LARGEST_TEXT_PERCENT = 200
TEXT_STEP_PERCENT = 25
MOST_DIGITS = 17
STANDARD_BUDGET = 256
LARGEST_BUDGET = 65_536


class Signals(StrEnum):
    """How fast signals run along the edges at work."""

    OFF = "off"
    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Preferences:
    """``digits``, ``number_style`` and ``decimal_comma`` are those of a NumberFormat; ``budget_megabytes`` of the history."""

    theme: ThemeName = ThemeName.SYSTEM
    text_percent: int = SMALLEST_TEXT_PERCENT
    digits: int = 4
    number_style: NumberStyle = NumberStyle.AUTO
    decimal_comma: bool = False
    depth: Depth = Depth.PLAIN
    budget_megabytes: int = STANDARD_BUDGET

    def applied_to(self, options: ViewOptions) -> ViewOptions:
        """The options that say how numbers and sentences are written as chosen here."""
        return replace(
            options,
            digits=self.digits,
            number_style=self.number_style,
            decimal_comma=self.decimal_comma,
            depth=self.depth,
        )


def text_percent_within(percent: int) -> int:
    """The nearest size that can be chosen."""
    return min(LARGEST_TEXT_PERCENT, max(SMALLEST_TEXT_PERCENT, percent))
