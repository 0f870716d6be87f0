"""A figure of a moment: title and position, the network, the operation's formula and a sentence: what it shows, and how."""

from collections.abc import Iterator
from contextlib import nullcontext

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from bpstudio.canvas.painter import paint_network
from bpstudio.equations.equation_painter import Box, EquationLayout, height_of, line_width, paint_lines
from bpstudio.export.figure_painter import FigurePainter
from bpstudio.export.presets import Look, Type
from bpstudio.look.drawing import draw_text, text_width
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.card import Card, operation_card
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.status_state import caption
from bpstudio.viewstate.theme import Theme

MARGIN = 18.0
GAP = 34.0
"""Between symbols and numbers that stand side by side."""
SHRINKING = (1.0, 0.92, 0.84, 0.76, 0.68)
"""An equation may become this much smaller before a part of it is left out."""


@dataclass(frozen=True, slots=True)
class FigureState:
    """Everything a figure shows. Equal figures give equal bytes."""

    title: str
    caption: str
    notation: str
    canvas: CanvasState
    card: Card | None

    @property
    def formula(self) -> str:
        """The equations as lines of text; empty before the first operation."""
        return "" if self.card is None else self.card.plain

    @property
    def sentence(self) -> str:
        """What the operation does, in words; empty before the first operation."""
        return "" if self.card is None else self.card.sentence

    @property
    def description(self) -> str:
        """The figure in words, for those who do not see it."""
        return "\n".join(part for part in (self.caption, self.formula, self.sentence) if part)


def build_figure(session: Session, options: ViewOptions, selection: Selection | None = None) -> FigureState:
    """The figure at the session's position."""
    executed = executed_operation(session)
    return FigureState(
        session.spec.title,
        caption(session, options),
        f"notation: {options.notation.value}",
        build_canvas_state(session, selection or Selection(), options),
        None if executed is None else operation_card(session, executed, options),
    )


def paint_figure(painter: FigurePainter, figure: FigureState, look: Look) -> None:
    """Paint title and position above the network, the formula and a sentence below it, as large as the look says.

    The formula is outlines unless the look says that the font will be there.
    """
    theme, sizes = look.theme, look.type
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.left_out = QColor(theme.background) if look.is_transparent else None
    painter.scale(look.zoom, look.zoom)
    width, height = look.inner_size
    rect = QRectF(0.0, 0.0, width, height)
    painter.fillRect(rect, QColor(theme.background))
    bottom = height - sizes.footer
    paint_network(painter, QRectF(0.0, sizes.header, width, bottom - sizes.header), figure.canvas, theme)
    if sizes.title:
        _paint_header(painter, width, figure, theme, sizes)
    painter.setPen(QPen(QColor(theme.line), 1.0))
    painter.drawLine(QPointF(MARGIN, bottom), QPointF(width - MARGIN, bottom))
    if figure.card is not None:
        room = QRectF(MARGIN, bottom + 7.0, width - 2 * MARGIN, sizes.footer - 10.0 - sizes.sentence * 0.75)
        _paint_card(painter, room, figure.card, look)
    if look.has_frame:
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_header(painter: FigurePainter, width: float, figure: FigureState, theme: Theme, sizes: Type) -> None:
    notation_width = text_width(figure.notation, sizes.caption - 1.0)
    title = elided(figure.title, sizes.title, width - 3 * MARGIN - notation_width)
    draw_text(painter, MARGIN, sizes.title + 11.0, title, sizes.title, theme.text)
    baseline = sizes.title + 11.0 + sizes.caption * 1.67
    shown = elided(figure.caption, sizes.caption, width - 2 * MARGIN)
    draw_text(painter, MARGIN, baseline, shown, sizes.caption, theme.quiet)
    left = width - MARGIN - notation_width
    draw_text(painter, left, sizes.title + 11.0, figure.notation, sizes.caption - 1.0, theme.quiet)


def _paint_card(painter: FigurePainter, rect: QRectF, card: Card, look: Look) -> None:
    """The equations above, as large as they fit; the sentence below."""
    theme, sizes = look.theme, look.type
    pixels = sizes.sentence
    words = wrapped(card.sentence, pixels, rect.width(), 2) if pixels else []
    line = round(pixels * 1.35)
    room = rect.height() - line * len(words)
    with painter.outlining() if look.has_outlines else nullcontext():
        _paint_equations(painter, QRectF(rect.left(), rect.top(), rect.width(), room), card, theme, sizes.formula)
    for index, text in enumerate(words):
        y = rect.bottom() - line * (len(words) - 1 - index)
        draw_text(painter, rect.left(), y, text, pixels, theme.quiet)


def _paint_equations(painter: QPainter, rect: QRectF, card: Card, theme: Theme, pixels: float) -> None:
    """Symbols and numbers side by side or one below the other; where neither fits, the numbers alone."""
    for boxes, is_beside in _arrangements(card, theme, pixels, rect.width()):
        if is_beside and _beside_width(boxes) <= rect.width() and _tallest(boxes) <= rect.height():
            baseline = rect.top() + max(box.ascent for box in boxes) + 2.0
            x = rect.left()
            for box in boxes:
                box.draw(painter, x, baseline)
                x += box.width + GAP
            return
        if not is_beside and line_width(boxes) <= rect.width() and height_of(boxes, 4.0) <= rect.height() + 4.0:
            paint_lines(painter, rect.left(), rect.top(), boxes, 4.0)
            return
    smallest = EquationLayout(theme, pixels * SHRINKING[-1])
    for piece in card.pieces[1:2] or card.pieces[:1]:
        paint_lines(painter, rect.left(), rect.top(), smallest.lines(piece, rect.width())[:2], 4.0)


def _arrangements(card: Card, theme: Theme, pixels: float, width: float) -> Iterator[tuple[list[Box], bool]]:
    """Ways to set the first two equations, the best first: side by side, then one below the other, larger before smaller."""
    for share in SHRINKING:
        layout = EquationLayout(theme, pixels * share)
        boxes = [layout.box(piece) for piece in card.pieces[:2]]
        if boxes:
            yield boxes, True
            yield [line for piece in card.pieces[:2] for line in layout.lines(piece, width)], False


def _beside_width(boxes: list[Box]) -> float:
    return sum(box.width for box in boxes) + GAP * (len(boxes) - 1)


def _tallest(boxes: list[Box]) -> float:
    return max(box.ascent for box in boxes) + max(box.descent for box in boxes) + 2.0


def elided(text: str, pixels: float, width: float) -> str:
    """The text, or as much of it as goes into ``width`` with an ellipsis."""
    if text_width(text, pixels) <= width:
        return text
    while text and text_width(text + "…", pixels) > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, pixels: float, width: float, most: int) -> list[str]:
    """Lines no wider than ``width``; what does not fit in ``most`` lines ends in an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", pixels) <= width:
            line += " " + words.pop(0)
        lines.append(line)
    if words:
        lines[-1] = elided(lines[-1] + " " + " ".join(words), pixels, width)
    return [elided(line, pixels, width) for line in lines]
