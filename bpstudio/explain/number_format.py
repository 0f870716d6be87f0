"""How numbers are shown: a chosen precision, a true minus sign, words for what is not finite."""

import math
from enum import StrEnum
from functools import lru_cache

from bpstudio.records import dataclass

MINUS = "−"


class NumberStyle(StrEnum):
    """AUTO: significant digits, scientific when very large or small. FIXED: decimals. SCIENTIFIC: always an exponent.

    FULL: as many digits as it takes to read back the same float, whatever ``digits`` says.
    """

    AUTO = "auto"
    FIXED = "fixed"
    SCIENTIFIC = "scientific"
    FULL = "full"


SMALLEST_EXPONENT = -4
LARGEST_EXPONENT = 6
MOST_FIXED = 1e15
NOISE_DIGITS = 13
"""Digits beyond which a difference is taken for rounding: 0.0275 is shown for 0.027500000000000004."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """``digits`` significant digits (AUTO), or digits after the point (FIXED, SCIENTIFIC).

    AUTO drops the zeros of what is short anyway (0.5) and keeps those that rounding left (0.6170).
    """

    digits: int = 4
    style: NumberStyle | str = NumberStyle.AUTO
    decimal_comma: bool = False

    def format(self, value: float) -> str:
        """Return the number for people: ``−0.0275``, ``3.51e−5``, ``NaN``, ``−∞``."""
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "∞" if value > 0.0 else MINUS + "∞"
        return _formatted(value, self.digits, self.style, self.decimal_comma)

    def significant(self, digits: int) -> "NumberFormat":
        """With so many significant digits, where a place needs them (an axis, say); the decimal sign stays."""
        return NumberFormat(digits, decimal_comma=self.decimal_comma)

    def fixed(self, decimals: int) -> "NumberFormat":
        """With so many digits after the decimal sign, which stays."""
        return NumberFormat(decimals, NumberStyle.FIXED, self.decimal_comma)

    @property
    def in_full(self) -> "NumberFormat":
        """With every digit, and the decimal sign that was chosen: for people; :func:`full` is for programs."""
        return NumberFormat(style=NumberStyle.FULL, decimal_comma=self.decimal_comma)

    def count(self, number: int) -> str:
        """A whole number in groups of three: ``1,000``; apart by thin spaces where a comma is the decimal sign."""
        return f"{number:,}".replace(",", "\u2009") if self.decimal_comma else f"{number:,}"


@lru_cache(maxsize=4096)
def _formatted(value: float, digits: int, style: NumberStyle | str, has_comma: bool) -> str:
    """A finite number; remembered, for most of a picture's numbers are those of the picture before."""
    text = _digits_of(value, digits, NumberStyle(style))
    if float(text) == 0.0:
        text = text.lstrip("-")
    if has_comma:
        text = text.replace(".", ",")
    return text.replace("-", MINUS)


def _digits_of(value: float, digits: int, style: NumberStyle) -> str:
    if style is NumberStyle.FULL:
        return _short_exponent(_trimmed(repr(float(value))))
    if style is NumberStyle.FIXED and abs(value) < MOST_FIXED:
        return f"{value:.{digits}f}"
    if style is not NumberStyle.AUTO:
        return _short_exponent(f"{value:.{digits}e}")
    return _automatic(value, digits)


def _automatic(value: float, digits: int) -> str:
    if value == 0.0:
        return "0"
    rounded = f"{value:.{max(1, digits) - 1}e}"
    exponent = int(rounded.partition("e")[2])
    clean = float(f"{value:.{NOISE_DIGITS}g}")
    if not SMALLEST_EXPONENT <= exponent < LARGEST_EXPONENT:
        mantissa, _, power = rounded.partition("e")
        return f"{_trimmed(mantissa) if float(rounded) == clean else mantissa}e{int(power)}"
    decimals = max(0, digits - 1 - exponent)
    fixed = f"{value:.{decimals}f}"
    return _trimmed(fixed) if float(fixed) == clean else fixed


FULL_PRECISION = NumberFormat(style=NumberStyle.FULL)


def full(value: float) -> str:
    """Return the shortest text that reads back as the same float; ``NaN``, ``Infinity``, ``-Infinity`` otherwise."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0.0 else "-Infinity"
    return repr(float(value))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _short_exponent(text: str) -> str:
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else text
