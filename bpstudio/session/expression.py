"""Expressions over a run's numbers as a small tree: evaluated at a moment, or over ranges to rule moments out.

Everything is a float; truth is 1, falsehood 0. Nothing raises: 1/0 is infinite, 0/0 is NaN, an overflow is infinite. A number
that was never written is NaN, so comparisons with it are false.
"""

import math
import operator
from collections.abc import Callable
from typing import Protocol

from bpstudio.model.address import Address
from bpstudio.records import dataclass

INFINITY = math.inf


class Moment(Protocol):
    """Where the numbers come from: ``now`` holds what stands, ``before`` what stood before the last write; by slot."""

    now: list[float]
    before: list[float]


@dataclass(frozen=True, slots=True)
class Range:
    """All values a number may have: ``low`` to ``high``, and whether NaN is among them."""

    low: float
    high: float
    has_nan: bool = False

    @property
    def can_be_true(self) -> bool:
        """Whether some value is neither 0 nor NaN."""
        return self.high > 0.0 or self.low < 0.0

    @property
    def can_be_false(self) -> bool:
        """Whether some value is 0 or NaN."""
        return self.has_nan or self.low <= 0.0 <= self.high


ANYTHING = Range(-INFINITY, INFINITY, True)
EITHER = Range(0.0, 1.0)
Ranges = Callable[[int], Range]
"""The range of a slot."""


class Node(Protocol):
    """A part of an expression."""

    def value(self, moment: Moment) -> float:
        """Its value at a moment."""

    def range(self, ranges: Ranges) -> Range:
        """A range that holds every value it can have when its slots stay within theirs."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that was written down."""

    number: float

    def value(self, moment: Moment) -> float:
        """The number."""
        return self.number

    def range(self, ranges: Ranges) -> Range:
        """The number alone."""
        return ANYTHING if math.isnan(self.number) else Range(self.number, self.number)


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a slot."""

    slot: int

    def value(self, moment: Moment) -> float:
        """The number that stands."""
        return moment.now[self.slot]

    def range(self, ranges: Ranges) -> Range:
        """What the slot may hold."""
        return ranges(self.slot)


@dataclass(frozen=True, slots=True)
class Previous:
    """What stood in a slot before the last write."""

    slot: int

    def value(self, moment: Moment) -> float:
        """The number that stood before."""
        return moment.before[self.slot]

    def range(self, ranges: Ranges) -> Range:
        """That of the slot: ranges reach back far enough to hold what stood before (:mod:`bpstudio.session.screen`)."""
        return ranges(self.slot)


@dataclass(frozen=True, slots=True)
class Unary:
    """A function of one number."""

    name: str
    inner: Node

    def value(self, moment: Moment) -> float:
        """The function's value."""
        return UNARY[self.name](self.inner.value(moment))

    def range(self, ranges: Ranges) -> Range:
        """As narrow as the function allows; roots, logarithms and exponentials are rounded outwards."""
        r = self.inner.range(ranges)
        match self.name:
            case "-":
                return Range(-r.high, -r.low, r.has_nan)
            case "+":
                return r
            case "abs":
                low = 0.0 if r.low <= 0.0 <= r.high else min(abs(r.low), abs(r.high))
                return Range(low, max(abs(r.low), abs(r.high)), r.has_nan)
            case "not":
                return Range(0.0 if r.can_be_true else 1.0, 1.0 if r.can_be_false else 0.0)
            case "isnan":
                return EITHER if r.has_nan else Range(0.0, 0.0)
            case "isinf" | "isfinite":
                return EITHER
            case "sign":
                return Range(_sign(r.low), _sign(r.high), r.has_nan)
            case "sqrt" | "log":
                return _rising(UNARY[self.name], max(r.low, 0.0), r.high, r.has_nan or r.low < 0.0)
            case _:
                return _rising(UNARY[self.name], r.low, r.high, r.has_nan)


@dataclass(frozen=True, slots=True)
class Binary:
    """A function of two numbers: arithmetic, comparison, `and`, `or`, `min`, `max`."""

    name: str
    left: Node
    right: Node

    def value(self, moment: Moment) -> float:
        """The function's value; `and` and `or` look at the right only if need be."""
        left = self.left.value(moment)
        if self.name == "and":
            return float(is_true(left) and is_true(self.right.value(moment)))
        if self.name == "or":
            return float(is_true(left) or is_true(self.right.value(moment)))
        return BINARY[self.name](left, self.right.value(moment))

    def range(self, ranges: Ranges) -> Range:
        """As narrow as the function allows; anything for powers and remainders of unusual numbers."""
        left, right = self.left.range(ranges), self.right.range(ranges)
        return RANGES[self.name](left, right)


def is_true(value: float) -> bool:
    """Neither 0 nor NaN."""
    return value != 0.0 and value == value


def _no_nan(values: list[float]) -> bool:
    return not any(math.isnan(value) for value in values)


def _spread(low: float, high: float, left: Range, right: Range) -> Range:
    """A range that may hold NaN where an operand may, or where infinities may cancel."""
    if math.isnan(low) or math.isnan(high):
        return ANYTHING
    is_wide = any(math.isinf(end) for r in (left, right) for end in (r.low, r.high))
    return Range(low, high, left.has_nan or right.has_nan or is_wide)


def _truth(can_be_true: bool, can_be_false: bool) -> Range:
    return Range(0.0 if can_be_false else 1.0, 1.0 if can_be_true else 0.0)


def _less(left: Range, right: Range) -> Range:
    has_nan = left.has_nan or right.has_nan
    return _truth(left.low < right.high, has_nan or left.high >= right.low)


def _at_most(left: Range, right: Range) -> Range:
    has_nan = left.has_nan or right.has_nan
    return _truth(left.low <= right.high, has_nan or left.high > right.low)


def _equal(left: Range, right: Range) -> Range:
    has_nan = left.has_nan or right.has_nan
    is_certain = left.low == left.high == right.low == right.high
    return _truth(left.low <= right.high and right.low <= left.high, has_nan or not is_certain)


def _unequal(left: Range, right: Range) -> Range:
    equal = _equal(left, right)
    return _truth(equal.can_be_false, equal.can_be_true)


def _and(left: Range, right: Range) -> Range:
    return _truth(left.can_be_true and right.can_be_true, left.can_be_false or right.can_be_false)


def _or(left: Range, right: Range) -> Range:
    return _truth(left.can_be_true or right.can_be_true, left.can_be_false and right.can_be_false)


def _product(left: Range, right: Range, function: Callable[[float, float], float] = operator.mul) -> Range:
    corners = [function(x, y) for x in (left.low, left.high) for y in (right.low, right.high)]
    return _spread(min(corners), max(corners), left, right) if _no_nan(corners) else ANYTHING


def _quotient(left: Range, right: Range) -> Range:
    return ANYTHING if right.low <= 0.0 <= right.high else _product(left, right, operator.truediv)


def _remainder(left: Range, right: Range) -> Range:
    """Between 0 and the divisor, if that is positive; the divisor itself is what tiny negative numbers round to."""
    if not 0.0 < right.low <= right.high < INFINITY:
        return ANYTHING
    is_wide = math.isinf(left.low) or math.isinf(left.high)
    return Range(0.0, right.high, left.has_nan or right.has_nan or is_wide)


def _power(left: Range, right: Range) -> Range:
    if not right.low == right.high == 2.0 or right.has_nan:
        return ANYTHING
    least = 0.0 if left.low <= 0.0 <= left.high else min(abs(left.low), abs(left.high))
    most = max(abs(left.low), abs(left.high))
    return _rising(lambda value: BINARY["**"](value, 2.0), least, most, left.has_nan)


def _extreme(pick: Callable[[float, float], float]) -> Callable[[Range, Range], Range]:
    return lambda left, right: Range(
        pick(left.low, right.low), pick(left.high, right.high), left.has_nan or right.has_nan
    )


def _changed(now: Range, before: Range) -> Range:
    """Whether two numbers differ: not if there is only one that they can be; from a number to NaN is a change."""
    return _truth(now.has_nan or not now.low == now.high == before.low == before.high, True)


def _sign_changed(now: Range, before: Range) -> Range:
    signs = {_sign(end) for r in (now, before) for end in (r.low, r.high)}
    return _truth(len(signs) > 1, True)


def _rising(function: Callable[[float], float], low: float, high: float, has_nan: bool) -> Range:
    """The range of a rising function, rounded outwards by one step: its last bit need not rise with it."""
    ends = function(low), function(high)
    if not _no_nan(list(ends)):
        return ANYTHING
    return Range(math.nextafter(ends[0], -INFINITY), math.nextafter(ends[1], INFINITY), has_nan)


RANGES: dict[str, Callable[[Range, Range], Range]] = {
    "<": _less,
    "<=": _at_most,
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: _at_most(right, left),
    "==": _equal,
    "!=": _unequal,
    "and": _and,
    "or": _or,
    "+": lambda left, right: _spread(left.low + right.low, left.high + right.high, left, right),
    "-": lambda left, right: _spread(left.low - right.high, left.high - right.low, left, right),
    "*": _product,
    "/": _quotient,
    "%": _remainder,
    "**": _power,
    "min": _extreme(min),
    "max": _extreme(max),
    "changed": _changed,
    "sign_changed": _sign_changed,
}


def _divide(left: float, right: float) -> float:
    if right != 0.0:
        return _quietly(operator.truediv, left, right)
    if left == 0.0 or math.isnan(left):
        return math.nan
    return math.copysign(INFINITY, left) * math.copysign(1.0, right)


def _quietly(function: Callable[[float, float], float], left: float, right: float) -> float:
    """A float operation that never raises; a complex result is NaN."""
    try:
        result = function(left, right)
    except OverflowError:
        return INFINITY
    except (ValueError, ZeroDivisionError):
        return math.nan
    return result if isinstance(result, float) else math.nan


def _one(function: Callable[[float], float], at_overflow: float = INFINITY) -> Callable[[float], float]:
    def quiet(value: float) -> float:
        try:
            return float(function(value))
        except OverflowError:
            return at_overflow
        except ValueError:
            return math.nan

    return quiet


def _log(value: float) -> float:
    return -INFINITY if value == 0.0 else math.log(value)


def _sign(value: float) -> float:
    return math.nan if math.isnan(value) else float((value > 0.0) - (value < 0.0))


UNARY: dict[str, Callable[[float], float]] = {
    "-": operator.neg,
    "+": operator.pos,
    "not": lambda value: float(not is_true(value)),
    "abs": abs,
    "sqrt": _one(math.sqrt),
    "exp": _one(math.exp),
    "log": _one(_log),
    "sign": _sign,
    "isnan": lambda value: float(math.isnan(value)),
    "isinf": lambda value: float(math.isinf(value)),
    "isfinite": lambda value: float(math.isfinite(value)),
}

BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": lambda left, right: _quietly(operator.mod, left, right),
    "**": lambda left, right: _quietly(operator.pow, left, right),
    "min": lambda left, right: math.nan if left != left or right != right else min(left, right),
    "max": lambda left, right: math.nan if left != left or right != right else max(left, right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "changed": lambda now, before: float(now != before and before == before),
    "sign_changed": lambda now, before: float(_sign(now) != _sign(before) and now == now and before == before),
}

Slot = Address | str
"""What a slot holds: a number of the run, or the name of a counter (`iteration`)."""
