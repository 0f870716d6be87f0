"""A figure of a moment: title, position, the network, the operation's formula; as PNG, SVG or PDF, the same bytes each time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from bpstudio.canvas.painter import paint_network
from bpstudio.equations.equation_painter import EquationLayout, paint_lines
from bpstudio.errors import ExportError
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.look.drawing import draw_text, text_width
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.card import Card, operation_card
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.status_state import caption
from bpstudio.viewstate.theme import LIGHT, Theme

HEADER = 58.0
FOOTER = 96.0
DOTS_PER_METRE_AT_96 = 3780
DEFAULT_SIZE = (1100, 680)


class PictureFormat(StrEnum):
    """What a picture can be written as."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class FigureState:
    """Everything a figure shows. Equal figures give equal bytes."""

    title: str
    caption: str
    notation: str
    canvas: CanvasState
    card: Card | None


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


def paint_figure(painter: QPainter, rect: QRectF, figure: FigureState, theme: Theme) -> None:
    """Paint title and position above the network, the formula and a sentence below it."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(rect, QColor(theme.background))
    inner = QRectF(rect.left(), rect.top() + HEADER, rect.width(), rect.height() - HEADER - FOOTER)
    paint_network(painter, inner, figure.canvas, theme)
    left, right = rect.left() + 18.0, rect.right() - 18.0
    title = _elided(figure.title, 17.0, rect.width() - 220.0)
    draw_text(painter, left, rect.top() + 28.0, title, 17.0, theme.text)
    draw_text(painter, left, rect.top() + 48.0, figure.caption, 12.0, theme.quiet)
    width = text_width(figure.notation, 11.0)
    draw_text(painter, right - width, rect.top() + 28.0, figure.notation, 11.0, theme.quiet)
    painter.setPen(QPen(QColor(theme.line), 1.0))
    bottom = rect.bottom() - FOOTER
    painter.drawLine(QPointF(left, bottom), QPointF(right, bottom))
    if figure.card is not None:
        _paint_card(painter, QRectF(left, bottom + 6.0, right - left, FOOTER - 10.0), figure.card, theme)


def _paint_card(painter: QPainter, rect: QRectF, card: Card, theme: Theme) -> None:
    """Symbols and numbers side by side where they fit, the sentence below."""
    layout = EquationLayout(theme, 14.0)
    boxes = [layout.box(piece) for piece in card.pieces[:2]]
    total = sum(box.width for box in boxes) + 30.0
    if len(boxes) == 2 and total <= rect.width():
        baseline = rect.top() + max(box.ascent for box in boxes) + 2.0
        boxes[0].draw(painter, rect.left(), baseline)
        boxes[1].draw(painter, rect.left() + boxes[0].width + 30.0, baseline)
    elif boxes:
        paint_lines(painter, rect.left(), rect.top(), layout.lines(card.pieces[-1], rect.width())[:2])
    words = _wrapped(card.sentence, 12.0, rect.width(), 2)
    for index, line in enumerate(words):
        y = rect.bottom() - 6.0 - 16.0 * (len(words) - 1 - index)
        draw_text(painter, rect.left(), y, line, 12.0, theme.quiet)


def _elided(text: str, pixels: float, width: float) -> str:
    if text_width(text, pixels) <= width:
        return text
    while text and text_width(text + "…", pixels) > width:
        text = text[:-1]
    return text + "…"


def _wrapped(text: str, pixels: float, width: float, most: int) -> list[str]:
    """Lines no wider than ``width``; what does not fit in ``most`` lines ends in an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", pixels) <= width:
            line += " " + words.pop(0)
        lines.append(line)
    if words:
        lines[-1] = _elided(lines[-1] + " " + " ".join(words), pixels, width)
    return lines


def figure_bytes(
    figure: FigureState,
    picture_format: PictureFormat,
    theme: Theme = LIGHT,
    size: tuple[int, int] = DEFAULT_SIZE,
    scale: int = 1,
) -> bytes:
    """The figure as the bytes of a file. ``scale`` multiplies the pixels of a PNG and is ignored by the others."""
    match picture_format:
        case PictureFormat.PNG:
            return png_bytes(figure_image(figure, theme, size, scale))
        case PictureFormat.SVG:
            return _svg_bytes(figure, theme, size)
        case PictureFormat.PDF:
            return _pdf_bytes(figure, theme, size)


def figure_image(
    figure: FigureState, theme: Theme = LIGHT, size: tuple[int, int] = DEFAULT_SIZE, scale: int = 1
) -> QImage:
    """The figure as an image of ``size`` times ``scale`` pixels."""
    image = QImage(size[0] * scale, size[1] * scale, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        painter.scale(scale, scale)
        paint_figure(painter, QRectF(0, 0, *size), figure, theme)
    image.setDotsPerMeterX(DOTS_PER_METRE_AT_96 * scale)
    image.setDotsPerMeterY(DOTS_PER_METRE_AT_96 * scale)
    return image


def png_bytes(image: QImage) -> bytes:
    """An image as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ExportError("the picture is too large to be made into a PNG")
    return bytes(buffer.data().data())


def _svg_bytes(figure: FigureState, theme: Theme, size: tuple[int, int]) -> bytes:
    return _svg(
        size, figure.title, figure.caption, lambda painter: paint_figure(painter, QRectF(0, 0, *size), figure, theme)
    )


def _svg(size: tuple[int, int], title: str, description: str, paint: Callable[[QPainter], None]) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(*size))
    generator.setViewBox(QRect(0, 0, *size))
    generator.setTitle(_plain(title))
    generator.setDescription(_plain(description))
    generator.setResolution(96)
    with QPainter(generator) as painter:
        paint(painter)
    return _CONTROLS.sub(b"", bytes(buffer.data().data()))


_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _plain(text: str) -> str:
    """Text without control characters: an SVG is XML, and those are not allowed there at all."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


_PDF_DATE = re.compile(rb"D:\d{14}[^)]*")
_PDF_XML_DATE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?")
_PDF_ID = re.compile(rb"(uuid:)[0-9a-f-]{36}|(/ID \[ )<[0-9a-f]+> <[0-9a-f]+>")


def _pdf_bytes(figure: FigureState, theme: Theme, size: tuple[int, int]) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(_plain(figure.title))
    writer.setCreator("bpstudio")
    writer.setResolution(96)
    page = QPageSize(
        QSizeF(size[0] * 0.75, size[1] * 0.75), QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch
    )
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    with QPainter(writer) as painter:
        paint_figure(painter, QRectF(0, 0, *size), figure, theme)
    return _without_dates(bytes(buffer.data().data()))


def _without_dates(data: bytes) -> bytes:
    """The same document with a fixed date and id, byte for byte as long as before."""
    data = _PDF_DATE.sub(lambda match: b"D:20000101000000Z".ljust(len(match[0]))[: len(match[0])], data)
    data = _PDF_XML_DATE.sub(lambda match: b"2000-01-01T00:00:00Z".ljust(len(match[0]))[: len(match[0])], data)
    return _PDF_ID.sub(_zeroed, data)


def _zeroed(match: re.Match[bytes]) -> bytes:
    head = match[1] or match[2]
    return head + re.sub(rb"[0-9a-f]", b"0", match[0][len(head) :])


def write_figure(path: Path, data: bytes) -> None:
    """Write a picture's bytes whole or not at all; raises ExportError with the reason."""
    try:
        write_bytes_atomically(path, data)
    except OSError as error:
        raise ExportError(f"{path}: could not be written ({error.strerror or error})") from error


def widget_bytes(widget: QWidget, picture_format: PictureFormat, scale: int = 1) -> bytes:
    """A whole window or panel as PNG, SVG or PDF, as it stands on the screen."""
    size = widget.size()
    if picture_format is PictureFormat.PNG:
        return png_bytes(widget_image(widget, scale))
    return _svg((size.width(), size.height()), "bpstudio", "the whole window", lambda painter: _render(widget, painter))


def widget_image(widget: QWidget, scale: int = 1) -> QImage:
    """A window as an image of its size times ``scale``."""
    size = widget.size()
    image = QImage(size * scale, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        painter.scale(scale, scale)
        _render(widget, painter)
    return image


def _render(widget: QWidget, painter: QPainter) -> None:
    widget.render(painter, QPointF(0.0, 0.0).toPoint())


def copy_image(image: QImage) -> None:
    """Put an image on the clipboard."""
    QGuiApplication.clipboard().setImage(image)
