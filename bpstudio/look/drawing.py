"""Small drawing steps shared by canvas and equations: text by its middle, symbols with scripts."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen

from bpstudio.explain.expression import Glyphs
from bpstudio.look.fonts import font, font_for

NUMERIC = frozenset("0123456789.−+-e= ")
SCRIPT = 0.68
RAISE = 0.40
LOWER = 0.24


@lru_cache(maxsize=1024)
def pen_of(colour: str) -> QPen:
    """A pen of width 1 for text and lines; kept, so to be used and never changed."""
    return QPen(QColor(colour))


@lru_cache(maxsize=2048)
def brush_of(colour: str) -> QBrush:
    """What fills with a colour; kept, so to be used and never changed."""
    return QBrush(QColor(colour))


@lru_cache(maxsize=4096)
def text_width(text: str, pixels: float, is_bold: bool = False) -> float:
    """Width of a line of text."""
    if NUMERIC.issuperset(text):
        return sum(map(_advances(font(pixels, is_bold).pixelSize(), is_bold).__getitem__, text), 0.0)
    return QFontMetricsF(font(pixels, is_bold)).horizontalAdvance(text)


@lru_cache(maxsize=64)
def _advances(pixels: int, is_bold: bool) -> dict[str, float]:
    """The widths of the characters of numbers, which the bundled font never moves together: new numbers come with every step."""
    metrics = QFontMetricsF(font(pixels, is_bold))
    return {character: metrics.horizontalAdvance(character) for character in NUMERIC}


@lru_cache(maxsize=1024)
def elided(text: str, pixels: float, width: float) -> str:
    """A line of text, its end left out where it is wider than ``width``."""
    return QFontMetricsF(font(pixels)).elidedText(text, Qt.TextElideMode.ElideRight, width)


@lru_cache(maxsize=1024)
def lines_of(text: str, pixels: float, width: float) -> tuple[str, ...]:
    """A text in one line where it fits into ``width``, else in two between words; what is too long even then is elided."""
    if text_width(text, pixels) <= width:
        return (text,)
    words = text.split(" ")
    count = max(1, max((n for n in range(len(words)) if text_width(" ".join(words[:n]), pixels) <= width), default=1))
    parts = " ".join(words[:count]), " ".join(words[count:])
    return tuple(elided(part, pixels, width) for part in parts if part)


def fitting(text: str, width: float, pixels: float, is_bold: bool = True, least: float = 7.0) -> float:
    """The largest size not above ``pixels`` and not below ``least`` at which the text is no wider than ``width``."""
    while pixels > least and text_width(text, pixels, is_bold) > width:
        pixels -= 0.5
    return pixels


def draw_text(painter: QPainter, left: float, baseline: float, text: str, pixels: float, colour: str) -> None:
    """Text from its left end on a baseline."""
    painter.setFont(font_for(text, pixels))
    painter.setPen(pen_of(colour))
    painter.drawText(QPointF(left, baseline), text)


def draw_centred(
    painter: QPainter, centre: QPointF, text: str, pixels: float, colour: str, is_bold: bool = False
) -> None:
    """Text around a point, by the height of its digits."""
    painter.setFont(font_for(text, pixels, is_bold))
    painter.setPen(pen_of(colour))
    width = text_width(text, pixels, is_bold)
    painter.drawText(QPointF(centre.x() - width / 2, centre.y() + pixels * 0.36), text)


def draw_plate(painter: QPainter, rect: QRectF, fill: str, line: str | None = None, radius: float = 4.0) -> None:
    """A rounded plate behind text."""
    painter.setPen(pen_of(line) if line else Qt.PenStyle.NoPen)
    painter.setBrush(brush_of(fill))
    painter.drawRoundedRect(rect, radius, radius)


def glyphs_width(glyphs: Glyphs, pixels: float) -> float:
    """Width of a symbol with its scripts."""
    scripts = max(
        text_width(glyphs.superscript, pixels * SCRIPT) if glyphs.superscript else 0.0,
        text_width(glyphs.subscript, pixels * SCRIPT) if glyphs.subscript else 0.0,
    )
    return text_width(glyphs.stem, pixels) + (scripts + pixels * 0.04 if scripts else 0.0)


def draw_glyphs(painter: QPainter, left: float, baseline: float, glyphs: Glyphs, pixels: float, colour: str) -> float:
    """A symbol with its scripts from its left end; returns its width."""
    _draw_symbol(painter, left, baseline, glyphs, pixels, colour)
    return glyphs_width(glyphs, pixels)


def draw_glyphs_centred(painter: QPainter, centre: QPointF, glyphs: Glyphs, pixels: float, colour: str) -> None:
    """A symbol around a point."""
    width = glyphs_width(glyphs, pixels)
    _draw_symbol(painter, centre.x() - width / 2, centre.y() + pixels * 0.32, glyphs, pixels, colour)


def _draw_symbol(painter: QPainter, left: float, baseline: float, glyphs: Glyphs, pixels: float, colour: str) -> None:
    draw_text(painter, left, baseline, glyphs.stem, pixels, colour)
    if not (glyphs.superscript or glyphs.subscript):
        return
    after = left + text_width(glyphs.stem, pixels) + pixels * 0.04
    painter.setFont(font(pixels * SCRIPT))
    if glyphs.superscript:
        painter.drawText(QPointF(after, baseline - pixels * RAISE), glyphs.superscript)
    if glyphs.subscript:
        painter.drawText(QPointF(after, baseline + pixels * LOWER), glyphs.subscript)
