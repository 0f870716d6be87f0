"""Formulas as boxes for a painter: parentheses, spaces and signs are decided here, sizes and places by the painter."""

from dataclasses import dataclass
from typing import TypeAlias

from bpstudio.explain.expression import Expression, Glyphs, Number
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.rendering import Style, render
from bpstudio.explain.text_style import to_code


@dataclass(frozen=True, slots=True)
class Word:
    """Text on the line: an operator, a parenthesis. Spaces in it are meant."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol: its stem on the line, its scripts above and below to the right; ``glyphs`` links it to its number."""

    glyphs: Glyphs


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as text; ``number`` links it to where it comes from."""

    text: str
    number: Number


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces side by side."""

    pieces: "tuple[Piece, ...]"


@dataclass(frozen=True, slots=True)
class Stacked:
    """A fraction with a bar."""

    numerator: "Piece"
    denominator: "Piece"


@dataclass(frozen=True, slots=True)
class Raised:
    """A piece with an exponent."""

    inner: "Piece"
    exponent: "Piece"


@dataclass(frozen=True, slots=True)
class Radical:
    """A square root."""

    radicand: "Piece"


@dataclass(frozen=True, slots=True)
class Summed:
    """A large Σ with ``below`` and ``above`` it, then the body."""

    below: str
    above: str
    body: "Piece"


@dataclass(frozen=True, slots=True)
class Fenced:
    """A piece between fences that grow with it: `(` `)`, `|` `|`, `‖` `‖`."""

    left: str
    inner: "Piece"
    right: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A brace with one line for each case: value and condition, None for otherwise."""

    branches: "tuple[tuple[Piece, Piece | None], ...]"


Piece: TypeAlias = Word | Mark | Figure | Row | Stacked | Raised | Radical | Summed | Fenced | Choice


class PieceStyle(Style[Piece]):
    """Two-dimensional boxes."""

    is_flat = False

    def __init__(self, number_format: NumberFormat) -> None:
        self.number_format = number_format

    def word(self, text: str) -> Piece:
        return Word(text)

    def symbol(self, glyphs: Glyphs) -> Piece:
        return Mark(glyphs)

    def number(self, number: Number) -> Piece:
        return Figure(self.number_format.format(number.value), number)

    def row(self, parts: list[Piece]) -> Piece:
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def fraction(self, numerator: Piece, denominator: Piece) -> Piece:
        return Stacked(numerator, denominator)

    def power(self, inner: Piece, exponent: Piece) -> Piece:
        return Raised(inner, exponent)

    def root(self, radicand: Piece) -> Piece:
        return Radical(radicand)

    def big_sum(self, index: str, last: str, body: Piece) -> Piece:
        return Summed(index, last, body)

    def cases(self, branches: list[tuple[Piece, Piece | None]]) -> Piece:
        return Choice(tuple(branches))

    def parentheses(self, inner: Piece) -> Piece:
        return Fenced("(", inner, ")")

    def absolute(self, inner: Piece, is_norm: bool) -> Piece:
        bar = "‖" if is_norm else "|"
        return Fenced(bar, inner, bar)

    def call(self, function: Glyphs, arguments: list[Piece]) -> Piece:
        if function.stem == "exp" and len(arguments) == 1:
            return Raised(Word("e"), arguments[0])
        return super().call(function, arguments)


PIECE_FORMAT = NumberFormat()


def to_pieces(expression: Expression, number_format: NumberFormat = PIECE_FORMAT, *, is_code: bool = False) -> Piece:
    """The expression as boxes; a line of code (notation `code`) stays one line of text."""
    if is_code:
        return Word(to_code(expression, number_format))
    return render(expression, PieceStyle(number_format))
