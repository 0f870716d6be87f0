"""Expressions: formulas as small immutable trees whose quantities know their values.

One tree serves both lines of a formula: :func:`with_numbers` puts each known value in the place of its symbol, so the
symbols and the numbers cannot disagree.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeAlias

from bpstudio.model.address import Address, Quantity
from bpstudio.records import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """How a quantity is written: a stem with its scripts, and which number of the run it is (None for constants)."""

    stem: str
    superscript: str = ""
    subscript: str = ""
    quantity: Quantity | None = None
    address: Address | None = None
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A quantity; its ``value`` takes its place in the line of numbers, where it is known."""

    glyphs: Glyphs
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A value; ``address`` and ``sample`` tell which number of the run it is (None for constants)."""

    value: float
    address: Address | None = None
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A part whose value is known as one number of the run, although it is written out in symbols."""

    expression: "Expression"
    value: float
    address: Address | None = None
    sample: int | None = None


class Emphasis(Enum):
    """How a term stands in a sum that is being added up."""

    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Marked:
    """A part that stands out or stands back; it means the same without the mark."""

    expression: "Expression"
    emphasis: Emphasis


@dataclass(frozen=True, slots=True)
class Dots:
    """Terms left out."""


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus something; a term of a Sum that is Negative is subtracted."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added in order."""

    terms: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Product:
    """Factors multiplied in order; ``sign`` is `·` or `×`."""

    factors: "tuple[Expression, ...]"
    sign: str = "·"


@dataclass(frozen=True, slots=True)
class Fraction:
    """A quotient."""

    numerator: "Expression"
    denominator: "Expression"


@dataclass(frozen=True, slots=True)
class Power:
    """A power."""

    base: "Expression"
    exponent: "Expression"


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    radicand: "Expression"


@dataclass(frozen=True, slots=True)
class Absolute:
    """|x|, or ‖x‖ with ``is_norm``."""

    operand: "Expression"
    is_norm: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function of arguments; ``function`` is `g`, `exp`, `ln`, `max`, `sign` or an activation."""

    function: Glyphs
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class BigSum:
    """Σ over ``index`` of ``body``; ``last`` is written above when given."""

    index: str
    body: "Expression"
    last: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """``left`` sign ``right``, sign one of `=` `←` `≈` `>` `≤`."""

    left: "Expression"
    sign: str
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Cases:
    """The first expression whose condition holds; the last may have none (otherwise).

    ``chosen`` is the branch that applies, the one shown with numbers.
    """

    branches: "tuple[tuple[Expression, Expression | None], ...]"
    chosen: int


Expression: TypeAlias = (
    Symbol
    | Number
    | Known
    | Marked
    | Dots
    | Negative
    | Sum
    | Product
    | Fraction
    | Power
    | Root
    | Absolute
    | Call
    | BigSum
    | Relation
    | Cases
)

LONGEST_SUM = 5
"""Most terms a sum shows before it is shortened with dots."""


def add(*terms: Expression) -> Expression:
    """The sum of the terms, or the only one."""
    return terms[0] if len(terms) == 1 else Sum(terms)


def subtract(left: Expression, right: Expression) -> Expression:
    """left − right."""
    return Sum((left, Negative(right)))


def multiply(*factors: Expression, sign: str = "·") -> Expression:
    """The product of the factors, or the only one."""
    return factors[0] if len(factors) == 1 else Product(factors, sign)


def call(name: str, *arguments: Expression) -> Call:
    """A function by its name."""
    return Call(Glyphs(name), arguments)


def shortened(terms: Sequence[Expression], longest: int = LONGEST_SUM) -> Expression:
    """The sum of the terms, with dots in the middle when there are many."""
    if len(terms) <= longest:
        return add(*terms)
    return Sum((*terms[: longest - 2], Dots(), terms[-1]))


def with_numbers(expression: Expression) -> Expression:
    """The same expression with each known value in place of what it stands for."""
    match expression:
        case Symbol(glyphs, value):
            return expression if value is None else Number(value, glyphs.address, glyphs.sample)
        case Known(_, value, address, sample):
            return Number(value, address, sample)
        case Marked(inner, emphasis):
            return Marked(with_numbers(inner), emphasis)
        case Number() | Dots():
            return expression
        case Negative(operand):
            return Negative(with_numbers(operand))
        case Sum(terms):
            return Sum(_all(terms))
        case Product(factors, sign):
            return Product(_all(factors), sign)
        case Fraction(numerator, denominator):
            return Fraction(with_numbers(numerator), with_numbers(denominator))
        case Power(inner, exponent):
            return Power(with_numbers(inner), with_numbers(exponent))
        case Root(radicand):
            return Root(with_numbers(radicand))
        case Absolute(operand, is_norm):
            return Absolute(with_numbers(operand), is_norm)
        case Call(function, arguments):
            return Call(function, _all(arguments))
        case BigSum(index, body, last):
            return BigSum(index, with_numbers(body), last)
        case Relation(left, sign, right):
            return Relation(with_numbers(left), sign, with_numbers(right))
        case Cases(branches, chosen):
            return with_numbers(branches[chosen][0])


def _all(expressions: Iterable[Expression]) -> tuple[Expression, ...]:
    return tuple(with_numbers(expression) for expression in expressions)
