"""Equations as boxes: fractions, roots, big sums and scripts, laid out by hand, coloured by what a symbol is."""

from collections.abc import Callable
from dataclasses import replace
from math import isfinite

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from bpstudio.equations.fences import draw_fence
from bpstudio.explain.expression import Emphasis
from bpstudio.explain.pieces import (
    Choice,
    Fenced,
    Figure,
    Lit,
    Mark,
    Piece,
    Radical,
    Raised,
    Row,
    Stacked,
    Summed,
    Word,
)
from bpstudio.look.drawing import SCRIPT, draw_glyphs, draw_plate, draw_text, glyphs_width, text_width
from bpstudio.look.fonts import HAT
from bpstudio.model.address import Address, Quantity
from bpstudio.records import dataclass
from bpstudio.viewstate.theme import Theme, mixed

Q = Quantity
_FORWARD = (Q.PRE_ACTIVATION, Q.ACTIVATION)
_BACKWARD = (
    Q.ERROR,
    Q.DELTA,
    Q.WEIGHT_GRADIENT,
    Q.BIAS_GRADIENT,
    Q.SAMPLE_WEIGHT_GRADIENT,
    Q.SAMPLE_BIAS_GRADIENT,
)
_BREAKS = ("=", "←", "≈", "+", "−", ">", "≤")
INDENT = 18.0

Draw = Callable[[QPainter, float, float], None]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a quantity stands in a box: a rectangle from the box's left end and its baseline, and which number it is."""

    rect: QRectF
    address: Address
    sample: int | None

    def moved(self, x: float, y: float) -> "Spot":
        """The same, further right and down."""
        return Spot(self.rect.translated(x, y), self.address, self.sample)


def _nothing() -> tuple[Spot, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Box:
    """A laid-out piece: its size around the baseline, how to draw it from its left end, and what stands where in it."""

    width: float
    ascent: float
    descent: float
    draw: Draw
    find_spots: Callable[[], tuple[Spot, ...]] = _nothing

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Where quantities stand in it: found out when somebody asks, which a step does not."""
        return self.find_spots()

    def spots_at(self, x: float, y: float) -> tuple[Spot, ...]:
        """Its spots when it is drawn from there."""
        return tuple(spot.moved(x, y) for spot in self.spots)


def set_in_lines(parts: list[Box], width: float) -> list[Box]:
    """Parts side by side as far as ``width`` goes, then on the next line."""
    lines: list[list[Box]] = [[]]
    used = 0.0
    for part in parts:
        if lines[-1] and used + part.width > width:
            lines.append([])
            used = INDENT
        lines[-1].append(part)
        used += part.width
    return [_beside(line) for line in lines]


def quantity_colour(quantity: Quantity | None, theme: Theme) -> str:
    """Forward quantities in the forward colour, errors and gradients in the backward one, the rest as text.

    Numbers that are not finite have a colour of their own, whatever they are.
    """
    if quantity in _FORWARD:
        return theme.forward
    return theme.backward if quantity in _BACKWARD else theme.text


class EquationLayout:
    """Lays pieces out at one size in one theme."""

    def __init__(self, theme: Theme, pixels: float = 15.0) -> None:
        self.theme = theme
        self.pixels = pixels

    def lines(self, piece: Piece, width: float) -> list[Box]:
        """The equation broken at relations and signs into lines no wider than ``width`` where that is possible."""
        return set_in_lines(self.parts(piece), width)

    def parts(self, piece: Piece) -> list[Box]:
        """What stays together on a line, laid out; the same for every width."""
        return [self.box(part) for part in _broken(piece)]

    def box(self, piece: Piece, pixels: float | None = None) -> Box:
        """One piece as a box."""
        size = self.pixels if pixels is None else pixels
        match piece:
            case Word(text):
                return self._text(text, size, self.theme.text)
            case Figure(text, number):
                quantity = None if number.address is None else number.address.quantity
                colour = quantity_colour(quantity, self.theme) if isfinite(number.value) else self.theme.not_finite
                box = self._text(text, size, colour)
                return _spotted(box, number.address, number.sample)
            case Mark(glyphs):
                colour = quantity_colour(glyphs.quantity, self.theme)
                box = Box(
                    glyphs_width(glyphs, size),
                    size * (1.05 if glyphs.superscript or HAT in glyphs.stem else 0.8),
                    size * (0.45 if glyphs.subscript else 0.25),
                    lambda painter, x, y: _drop(draw_glyphs(painter, x, y, glyphs, size, colour)),
                )
                return _spotted(box, glyphs.address, glyphs.sample)
            case Lit(inner, emphasis):
                return self._lit(inner, emphasis, size)
            case Row(pieces):
                return _beside([self.box(inner, size) for inner in pieces])
            case Stacked(numerator, denominator):
                return self._fraction(self.box(numerator, size * 0.9), self.box(denominator, size * 0.9), size)
            case Raised(inner, exponent):
                return self._raised(self.box(inner, size), self.box(exponent, size * 0.75), size)
            case Radical(radicand):
                return self._root(self.box(radicand, size), size)
            case Summed(below, above, body):
                return self._sum(below, above, self.box(body, size), size)
            case Fenced(left, inner, right):
                return self._fenced(left, self.box(inner, size), right, size)
            case Choice(branches):
                return self._choice(branches, size)

    def _lit(self, piece: Piece, emphasis: Emphasis, size: float) -> Box:
        """What is at work on a plate in the colour of its pass, what is still to come in quiet letters."""
        theme = self.theme
        if emphasis is Emphasis.AHEAD:
            quiet = replace(theme, text=theme.quiet, forward=theme.quiet, backward=theme.quiet)
            return EquationLayout(quiet, self.pixels).box(piece, size)
        on_plate = replace(theme, not_finite=mixed(theme.not_finite, theme.text, 0.1))
        inner = EquationLayout(on_plate, self.pixels).box(piece, size)
        accent = theme.backward if _is_backward(piece) else theme.forward
        ground, edge = mixed(theme.surface, accent, 0.16), max(1.2, size / 11)

        def draw(painter: QPainter, x: float, y: float) -> None:
            plate = QRectF(x - 2.0, y - inner.ascent - 1.5, inner.width + 4.0, inner.ascent + inner.descent + 3.0)
            draw_plate(painter, plate, ground)
            painter.setPen(QPen(QColor(accent), edge))
            painter.drawLine(QLineF(plate.left() + 2.0, plate.bottom(), plate.right() - 2.0, plate.bottom()))
            inner.draw(painter, x, y)

        return Box(inner.width, inner.ascent + 1.5, inner.descent + 2.0 + edge, draw, inner.find_spots)

    def _text(self, text: str, size: float, colour: str) -> Box:
        return Box(
            text_width(text, size),
            size * 0.8,
            size * 0.25,
            lambda painter, x, y: draw_text(painter, x, y, text, size, colour),
        )

    def _pen(self, painter: QPainter, width: float) -> None:
        painter.setPen(QPen(QColor(self.theme.text), width))

    def _fraction(self, upper: Box, lower: Box, size: float) -> Box:
        width = max(upper.width, lower.width) + size * 0.4
        axis, gap = size * 0.3, size * 0.18

        up = ((width - upper.width) / 2, -axis - gap - upper.descent)
        down = ((width - lower.width) / 2, -axis + gap + lower.ascent)

        def draw(painter: QPainter, x: float, y: float) -> None:
            upper.draw(painter, x + up[0], y + up[1])
            lower.draw(painter, x + down[0], y + down[1])
            self._pen(painter, max(1.0, size / 14))
            painter.drawLine(QPointF(x + size * 0.08, y - axis), QPointF(x + width - size * 0.08, y - axis))

        ascent, descent = axis + gap + upper.ascent + upper.descent, gap + lower.ascent + lower.descent - axis
        return Box(width, ascent, descent, draw, lambda: (*upper.spots_at(*up), *lower.spots_at(*down)))

    def _raised(self, inner: Box, exponent: Box, size: float) -> Box:
        lift = inner.ascent * 0.5 + exponent.descent * 0.3

        def draw(painter: QPainter, x: float, y: float) -> None:
            inner.draw(painter, x, y)
            exponent.draw(painter, x + inner.width + 1.0, y - lift)

        ascent = max(inner.ascent, lift + exponent.ascent)

        def spots() -> tuple[Spot, ...]:
            return (*inner.spots, *exponent.spots_at(inner.width + 1.0, -lift))

        return Box(inner.width + exponent.width + 2.0, ascent, inner.descent, draw, spots)

    def _root(self, inner: Box, size: float) -> Box:
        left = size * 0.7
        top = inner.ascent + size * 0.16

        def draw(painter: QPainter, x: float, y: float) -> None:
            self._pen(painter, max(1.0, size / 13))
            path = QPainterPath(QPointF(x + size * 0.08, y - size * 0.25))
            path.lineTo(x + size * 0.25, y - size * 0.35)
            path.lineTo(x + size * 0.42, y + inner.descent)
            path.lineTo(x + size * 0.62, y - top)
            path.lineTo(x + left + inner.width, y - top)
            painter.setBrush(QColor(0, 0, 0, 0))
            painter.drawPath(path)
            inner.draw(painter, x + left, y)

        return Box(left + inner.width + size * 0.1, top + 2.0, inner.descent, draw, lambda: inner.spots_at(left, 0.0))

    def _sum(self, below: str, above: str, body: Box, size: float) -> Box:
        small = size * SCRIPT
        sigma = text_width("Σ", size * 1.4)
        width = max(sigma, text_width(below, small), text_width(above, small))

        def draw(painter: QPainter, x: float, y: float) -> None:
            draw_text(painter, x + (width - sigma) / 2, y + size * 0.2, "Σ", size * 1.4, self.theme.text)
            draw_text(
                painter,
                x + (width - text_width(below, small)) / 2,
                y + size * 0.2 + small * 1.1,
                below,
                small,
                self.theme.text,
            )
            draw_text(
                painter, x + (width - text_width(above, small)) / 2, y - size * 1.0, above, small, self.theme.text
            )
            body.draw(painter, x + width + size * 0.15, y)

        rise = size * (1.0 + SCRIPT) if above else size * 1.0
        ascent, descent = max(rise, body.ascent), max(size * 0.2 + small * 1.3, body.descent)
        return Box(
            width + size * 0.2 + body.width, ascent, descent, draw, lambda: body.spots_at(width + size * 0.15, 0.0)
        )

    def _fenced(self, left: str, inner: Box, right: str, size: float) -> Box:
        tall = inner.ascent + inner.descent > size * 1.6
        edge = size * 0.42 if tall else text_width(left, size)

        def draw(painter: QPainter, x: float, y: float) -> None:
            inner.draw(painter, x + edge, y)
            if not tall:
                draw_text(painter, x, y, left, size, self.theme.text)
                draw_text(painter, x + edge + inner.width, y, right, size, self.theme.text)
                return
            self._pen(painter, max(1.0, size / 13))
            top, bottom = y - inner.ascent, y + inner.descent
            draw_fence(painter, left, x + edge * 0.75, top, bottom, -edge * 0.5)
            draw_fence(painter, right, x + edge + inner.width + edge * 0.25, top, bottom, edge * 0.5)

        return Box(
            inner.width + 2 * edge, inner.ascent + 1.0, inner.descent + 1.0, draw, lambda: inner.spots_at(edge, 0.0)
        )

    def _choice(self, branches: "tuple[tuple[Piece, Piece | None], ...]", size: float) -> Box:
        values = [self.box(value, size) for value, _ in branches]
        widest = max(value.width for value in values)
        rows = [
            _beside([value, _space(widest - value.width), *self._condition(when, size)])
            for value, (_, when) in zip(values, branches, strict=True)
        ]
        gap, brace = size * 0.3, size * 0.6
        height = sum(row.ascent + row.descent for row in rows) + gap * (len(rows) - 1)

        def draw(painter: QPainter, x: float, y: float) -> None:
            top = y - size * 0.3 - height / 2
            self._pen(painter, max(1.0, size / 13))
            draw_fence(painter, "{", x + brace * 0.7, top, top + height, -brace * 0.5)
            for row in rows:
                row.draw(painter, x + brace, top + row.ascent)
                top += row.ascent + row.descent + gap

        width = brace + max(row.width for row in rows)

        def spots() -> tuple[Spot, ...]:
            found: list[Spot] = []
            top = -size * 0.3 - height / 2
            for row in rows:
                found += row.spots_at(brace, top + row.ascent)
                top += row.ascent + row.descent + gap
            return tuple(found)

        return Box(width, height / 2 + size * 0.3, height / 2 - size * 0.3, draw, spots)

    def _condition(self, when: Piece | None, size: float) -> list[Box]:
        """When a case holds, in quiet words."""
        if when is None:
            return [self._text("  otherwise", size, self.theme.quiet)]
        return [self._text("  if ", size, self.theme.quiet), self.box(when, size)]


def _spotted(box: Box, address: Address | None, sample: int | None) -> Box:
    """The box with a spot as large as itself; without one where it is no number of the run."""
    if address is None or not address.indices:
        return box
    rect = QRectF(0.0, -box.ascent, box.width, box.ascent + box.descent)
    return Box(box.width, box.ascent, box.descent, box.draw, lambda: (Spot(rect, address, sample),))


def _is_backward(piece: Piece) -> bool:
    """Whether a quantity of the backward pass is in it."""
    match piece:
        case Mark(glyphs):
            return glyphs.quantity in _BACKWARD
        case Figure(_, number):
            return number.address is not None and number.address.quantity in _BACKWARD
        case Row(pieces):
            return any(_is_backward(inner) for inner in pieces)
        case Fenced(_, inner, _) | Raised(inner, _) | Radical(inner) | Lit(inner, _):
            return _is_backward(inner)
        case _:
            return False


def _drop(_: object) -> None:
    return None


def _space(width: float) -> Box:
    """Nothing, so wide."""
    return Box(width, 0.0, 0.0, lambda painter, x, y: None)


def _beside(boxes: list[Box]) -> Box:
    """Boxes in a row on one baseline."""

    def draw(painter: QPainter, x: float, y: float) -> None:
        for box in boxes:
            box.draw(painter, x, y)
            x += box.width

    def spots() -> tuple[Spot, ...]:
        found: list[Spot] = []
        left = 0.0
        for box in boxes:
            found += box.spots_at(left, 0.0)
            left += box.width
        return tuple(found)

    ascent = max((box.ascent for box in boxes), default=0.0)
    descent = max((box.descent for box in boxes), default=0.0)
    return Box(sum(box.width for box in boxes), ascent, descent, draw, spots)


def _flat(piece: Piece) -> list[Piece]:
    """Rows within rows as one list."""
    if isinstance(piece, Row):
        return [inner for part in piece.pieces for inner in _flat(part)]
    return [piece]


def _broken(piece: Piece) -> list[Piece]:
    """Parts that stay together: a line may begin with each relation or sign."""
    parts: list[list[Piece]] = [[]]
    for inner in _flat(piece):
        if isinstance(inner, Word) and inner.text.strip() in _BREAKS and parts[-1]:
            parts.append([])
        parts[-1].append(inner)
    return [Row(tuple(part)) for part in parts]


def paint_lines(painter: QPainter, x: float, top: float, lines: list[Box], gap: float = 5.0) -> float:
    """Paint lines below each other, the later ones indented; returns the y below the last."""
    for index, line in enumerate(lines):
        line.draw(painter, x + (INDENT if index else 0.0), top + line.ascent)
        top += line.ascent + line.descent + gap
    return top


def spots_of(x: float, top: float, lines: list[Box], gap: float = 5.0) -> list[Spot]:
    """Where the quantities of lines stand that :func:`paint_lines` paints from there."""
    spots: list[Spot] = []
    for index, line in enumerate(lines):
        spots += line.spots_at(x + (INDENT if index else 0.0), top + line.ascent)
        top += line.ascent + line.descent + gap
    return spots


def height_of(lines: list[Box], gap: float = 5.0) -> float:
    """The height :func:`paint_lines` takes."""
    return sum(line.ascent + line.descent + gap for line in lines)


def line_width(lines: list[Box]) -> float:
    """The width :func:`paint_lines` takes."""
    return max((line.width + (INDENT if index else 0.0) for index, line in enumerate(lines)), default=0.0)
