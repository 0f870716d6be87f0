"""Rendering: one walk over an expression, which puts parentheses where precedence asks for them, in any style.

A style says how the pieces look: plain text, LaTeX and NumPy code are strings, `pieces` are boxes for a painter.
"""

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import Generic, TypeVar

from bpstudio.explain.expression import (
    Absolute,
    BigSum,
    Call,
    Cases,
    Dots,
    Emphasis,
    Expression,
    Fraction,
    Glyphs,
    Known,
    Marked,
    Negative,
    Number,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Symbol,
)

T = TypeVar("T")


class Precedence(IntEnum):
    """How tightly an expression holds together."""

    RELATION = 0
    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


class Style(ABC, Generic[T]):
    """How the parts of an expression look; ``is_flat`` styles write a fraction on one line."""

    is_flat = True
    has_closed_sums = False
    """Whether Σ holds its body together like a function."""
    has_scripts = True
    """Whether symbols carry scripts, so that a power of one needs parentheses."""

    @abstractmethod
    def word(self, text: str) -> T:
        """An operator, a parenthesis, a name."""

    @abstractmethod
    def symbol(self, glyphs: Glyphs) -> T:
        """A quantity."""

    @abstractmethod
    def number(self, number: Number) -> T:
        """A value."""

    @abstractmethod
    def row(self, parts: list[T]) -> T:
        """Parts side by side."""

    @abstractmethod
    def fraction(self, numerator: T, denominator: T) -> T:
        """A quotient; in flat styles both are already in parentheses where needed."""

    @abstractmethod
    def power(self, inner: T, exponent: T) -> T:
        """A power; the base is already in parentheses where needed."""

    @abstractmethod
    def root(self, radicand: T) -> T:
        """A square root."""

    @abstractmethod
    def big_sum(self, index: str, last: str, body: T) -> T:
        """Σ over an index."""

    @abstractmethod
    def cases(self, branches: list[tuple[T, T | None]]) -> T:
        """One of several, with their conditions."""

    def product_sign(self, sign: str) -> T:
        """Between factors."""
        return self.word(sign if sign == "·" else f" {sign} ")

    def relation(self, left: T, sign: str, right: T) -> T:
        """Two sides."""
        return self.row([left, self.word(f" {sign} "), right])

    def parentheses(self, inner: T) -> T:
        """(inner)."""
        return self.row([self.word("("), inner, self.word(")")])

    def absolute(self, inner: T, is_norm: bool) -> T:
        """|inner| or ‖inner‖."""
        bar = "‖" if is_norm else "|"
        return self.row([self.word(bar), inner, self.word(bar)])

    def emphasised(self, inner: T, emphasis: Emphasis) -> T:
        """A part that stands out or back; plain where a style has no such thing."""
        return inner

    def call(self, function: Glyphs, arguments: list[T]) -> T:
        """function(arguments)."""
        inner: list[T] = []
        for argument in arguments:
            inner += [self.word(", "), argument] if inner else [argument]
        return self.row([self.symbol(function), self.parentheses(self.row(inner))])


def render(
    expression: Expression, style: Style[T], at_least: Precedence = Precedence.RELATION, leads: bool = True
) -> T:
    """Return the expression in ``style``.

    Parentheses are added when it holds together less than ``at_least``, and around a negative number that does not lead.
    """
    is_closed_sum = style.has_closed_sums and isinstance(_shown(expression), BigSum)
    is_open = is_closed_sum or precedence(expression, style.is_flat) >= at_least
    if is_open and isinstance(_shown(expression), Negative | Number) and _is_negative(_shown(expression)):
        is_open = leads and at_least <= Precedence.PRODUCT
    if not is_open:
        return style.parentheses(_render(expression, style, True))
    return _render(expression, style, leads)


def precedence(expression: Expression, is_flat: bool) -> Precedence:
    """How tightly the outermost operation holds together."""
    match expression:
        case Relation():
            return Precedence.RELATION
        case Sum() | Negative() | BigSum():
            return Precedence.SUM
        case Product():
            return Precedence.PRODUCT
        case Fraction():
            return Precedence.PRODUCT if is_flat else Precedence.POWER
        case Power():
            return Precedence.POWER
        case Known(inner) | Marked(inner):
            return precedence(inner, is_flat)
        case Symbol() | Number() | Dots() | Root() | Absolute() | Call() | Cases():
            return Precedence.ATOM


def _shown(expression: Expression) -> Expression:
    return _shown(expression.expression) if isinstance(expression, Known | Marked) else expression


def _is_negative(expression: Expression) -> bool:
    return isinstance(expression, Negative) or (isinstance(expression, Number) and str(expression.value)[0] == "-")


def _render(expression: Expression, style: Style[T], leads: bool) -> T:
    match expression:
        case Symbol(glyphs):
            return style.symbol(glyphs)
        case Number():
            return style.number(expression)
        case Known(inner):
            return _render(inner, style, leads)
        case Marked(inner, emphasis):
            return style.emphasised(_render(inner, style, leads), emphasis)
        case Dots():
            return style.word("…")
        case Negative(operand):
            return style.row([style.word("−"), render(operand, style, Precedence.PRODUCT, False)])
        case Sum(terms):
            return _sum(terms, style, leads)
        case Product(factors, sign):
            return _product(factors, sign, style, leads)
        case Relation(left, sign, right):
            return style.relation(render(left, style, Precedence.SUM), sign, render(right, style, Precedence.SUM))
        case Cases(branches):
            return style.cases(
                [(render(value, style), None if when is None else render(when, style)) for value, when in branches]
            )
        case Fraction() | Power() | Root() | Absolute() | Call() | BigSum():
            return _enclosed(expression, style, leads)


def _enclosed(expression: Fraction | Power | Root | Absolute | Call | BigSum, style: Style[T], leads: bool) -> T:
    match expression:
        case Fraction(numerator, denominator):
            if not style.is_flat:
                return style.fraction(render(numerator, style), render(denominator, style))
            return style.fraction(
                render(numerator, style, Precedence.PRODUCT, leads), render(denominator, style, Precedence.POWER, False)
            )
        case Power(inner, exponent):
            base = render(inner, style, Precedence.ATOM)
            return style.power(style.parentheses(base) if _is_scripted(inner, style) else base, render(exponent, style))
        case Root(radicand):
            return style.root(render(radicand, style))
        case Absolute(operand, is_norm):
            return style.absolute(render(operand, style), is_norm)
        case Call(function, arguments):
            return style.call(function, [render(argument, style) for argument in arguments])
        case BigSum(index, body, last):
            return style.big_sum(index, last, render(body, style, Precedence.PRODUCT))


def _is_scripted(base: Expression, style: Style[T]) -> bool:
    """Whether an exponent set right behind the base could be mistaken for its script."""
    if not style.has_scripts:
        return False
    match _shown(base):
        case Symbol(glyphs):
            return bool(glyphs.superscript or glyphs.subscript or "/" in glyphs.stem)
        case Call():
            return True
        case _:
            return False


def _sum(terms: tuple[Expression, ...], style: Style[T], leads: bool) -> T:
    parts: list[T] = []
    for position, term in enumerate(terms):
        shown = _shown(term)
        if position == 0:
            parts.append(render(term, style, Precedence.SUM, leads))
        elif isinstance(shown, Negative):
            parts += [style.word(" − "), render(shown.operand, style, Precedence.PRODUCT, False)]
        else:
            parts += [style.word(" + "), render(term, style, Precedence.PRODUCT, False)]
    return style.row(parts)


def _product(factors: tuple[Expression, ...], sign: str, style: Style[T], leads: bool) -> T:
    parts = [render(factors[0], style, Precedence.PRODUCT, leads)]
    for factor in factors[1:]:
        parts += [style.product_sign(sign), render(factor, style, Precedence.POWER, False)]
    return style.row(parts)
