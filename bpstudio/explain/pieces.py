"""Formulas as boxes for a painter: parentheses, spaces and signs are decided here, sizes and places by the painter."""

from typing import TypeAlias

from bpstudio.explain.expression import Emphasis, Expression, Glyphs, Number
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.rendering import Style, render
from bpstudio.explain.text_style import CodeStyle, code_function, code_sign
from bpstudio.records import dataclass


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


@dataclass(frozen=True, slots=True)
class Lit:
    """A piece that stands out, or back."""

    inner: "Piece"
    emphasis: Emphasis


Piece: TypeAlias = Word | Mark | Figure | Row | Stacked | Raised | Radical | Summed | Fenced | Choice | Lit


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

    def emphasised(self, inner: Piece, emphasis: Emphasis) -> Piece:
        return Lit(inner, emphasis)

    def call(self, function: Glyphs, arguments: list[Piece]) -> Piece:
        if function.stem == "exp" and len(arguments) == 1:
            return Raised(Word("e"), arguments[0])
        return super().call(function, arguments)


class CodePieceStyle(PieceStyle):
    """A line of NumPy as pieces: the words of :class:`CodeStyle`, but symbols and numbers stay linked to what they are."""

    is_flat = True
    has_closed_sums = True
    has_scripts = False

    def __init__(self, number_format: NumberFormat) -> None:
        super().__init__(number_format)
        self._code = CodeStyle(number_format)

    def word(self, text: str) -> Piece:
        return Word(self._code.word(text))

    def number(self, number: Number) -> Piece:
        return Figure(self._code.number(number), number)

    def product_sign(self, sign: str) -> Piece:
        return Word(self._code.product_sign(sign))

    def relation(self, left: Piece, sign: str, right: Piece) -> Piece:
        shown = code_sign(sign)
        parts = right.pieces if isinstance(right, Row) else (right,)
        is_in_place = sign == "←" and len(parts) > 2 and parts[0] == left
        if is_in_place and isinstance(parts[1], Word) and parts[1].text in (" + ", " - "):
            return Row((left, Word(f" {parts[1].text.strip()}= "), *parts[2:]))
        return Row((left, Word(f" {shown} "), right))

    def fraction(self, numerator: Piece, denominator: Piece) -> Piece:
        return Row((numerator, Word(" / "), denominator))

    def power(self, inner: Piece, exponent: Piece) -> Piece:
        return Row((inner, Word(" ** "), exponent))

    def root(self, radicand: Piece) -> Piece:
        return self._called("np.sqrt", [radicand])

    def big_sum(self, index: str, last: str, body: Piece) -> Piece:
        return self._called("np.sum", [body])

    def absolute(self, inner: Piece, is_norm: bool) -> Piece:
        return self._called("np.linalg.norm" if is_norm else "np.abs", [inner])

    def parentheses(self, inner: Piece) -> Piece:
        return Row((Word("("), inner, Word(")")))

    def cases(self, branches: list[tuple[Piece, Piece | None]]) -> Piece:
        piece = branches[-1][0]
        for value, when in reversed(branches[:-1]):
            piece = self._called("np.where", [Word("") if when is None else when, value, piece])
        return piece

    def call(self, function: Glyphs, arguments: list[Piece]) -> Piece:
        name, is_listed = code_function(function.stem, len(arguments))
        if is_listed:
            return self._called(name, [Row((Word("["), self._separated(arguments), Word("]")))])
        return self._called(name, arguments)

    def _called(self, name: str, arguments: list[Piece]) -> Piece:
        return Row((Word(f"{name}("), self._separated(arguments), Word(")")))

    @staticmethod
    def _separated(parts: list[Piece]) -> Piece:
        inner: list[Piece] = []
        for part in parts:
            inner += [Word(", "), part] if inner else [part]
        return inner[0] if len(inner) == 1 else Row(tuple(inner))


PIECE_FORMAT = NumberFormat()


def to_pieces(expression: Expression, number_format: NumberFormat = PIECE_FORMAT, *, is_code: bool = False) -> Piece:
    """The expression as boxes; with ``is_code`` (notation `code`) a line of NumPy, whose parts know what they are."""
    if is_code:
        return render(expression, CodePieceStyle(number_format))
    return render(expression, PieceStyle(number_format))
