"""What is painted as the bytes of a file: PNG, SVG or PDF, the same bytes each time."""

import math
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QSize, QSizeF
from PySide6.QtGui import QGuiApplication, QImage, QPageLayout, QPageSize, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from bpstudio.errors import ExportError
from bpstudio.export.figure import FigureState, paint_figure
from bpstudio.export.figure_painter import FigurePainter
from bpstudio.export.presets import Look
from bpstudio.export.svg_text import tidied, with_fonts, without_controls
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.viewstate.export_choices import ExportFormat

DOTS_PER_METRE_AT_96 = 3780
POINTS = 0.75
"""Of a pixel, at 96 to the inch."""
MOST_PIXELS = 250_000_000
STANDARD_LOOK = Look()

Paint = Callable[[FigurePainter], None]
Painted = Callable[[], bytes]
"""What is painted already and becomes the bytes of a file when it is called, in any thread."""


def figure_bytes(figure: FigureState, picture_format: ExportFormat, look: Look = STANDARD_LOOK) -> bytes:
    """The figure as the bytes of a PNG, SVG or PDF; raises ExportError if it is too large."""
    return painted_figure(figure, picture_format, look)()


def painted_figure(figure: FigureState, picture_format: ExportFormat, look: Look = STANDARD_LOOK) -> Painted:
    """The figure, painted now; what takes longest, cutting fonts and compressing, can be done beside the window."""
    match picture_format:
        case ExportFormat.PNG:
            return partial(png_bytes, figure_image(figure, look))
        case ExportFormat.SVG:
            return partial(svg_bytes, figure_svg(figure, look))
        case ExportFormat.PDF:
            data = pdf_of(look.size, figure.title, lambda painter: paint_figure(painter, figure, look))
            return lambda: data
        case _:
            raise ExportError(f"a figure cannot be written as {picture_format.value}")


def figure_svg(figure: FigureState, look: Look = STANDARD_LOOK) -> str:
    """The figure as an SVG that names its font and does not hold it."""
    return svg_of(look.size, figure.title, figure.description, lambda painter: paint_figure(painter, figure, look))


def figure_image(figure: FigureState, look: Look = STANDARD_LOOK) -> QImage:
    """The figure as an image of as many pixels as the look says."""
    return image_of(look.size, look.scale, look.is_transparent, lambda painter: paint_figure(painter, figure, look))


def png_bytes(image: QImage) -> bytes:
    """An image as PNG."""
    buffer = _buffer()
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ExportError("the picture is too large to be made into a PNG")
    return bytes(buffer.data().data())


def svg_bytes(svg: str) -> bytes:
    """An SVG with its fonts in it."""
    return with_fonts(svg).encode()


def write_figure(path: Path, data: bytes) -> None:
    """Write a picture's bytes whole or not at all; raises ExportError with the reason."""
    try:
        write_bytes_atomically(path, data)
    except OSError as error:
        raise ExportError(f"{path}: could not be written ({error.strerror or error})") from error


def copy_image(image: QImage) -> None:
    """Put an image on the clipboard."""
    QGuiApplication.clipboard().setImage(image)


def _buffer() -> QBuffer:
    """Qt's own file classes report success on a full disk, so everything is made in memory first."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def image_of(size: tuple[int, int], scale: float, is_transparent: bool, paint: Paint) -> QImage:
    """What is painted as an image; raises ExportError if it is too large."""
    width, height = round(size[0] * scale), round(size[1] * scale)
    if width * height > MOST_PIXELS:
        raise ExportError(f"{width} × {height} pixels are too many; choose a smaller size or scale")
    form = QImage.Format.Format_ARGB32 if is_transparent else QImage.Format.Format_RGB32
    image = QImage(width, height, form)
    if is_transparent:
        image.fill(0)
    painter = FigurePainter(image)
    with painter:
        painter.scale(scale, scale)
        paint(painter)
    image.setDotsPerMeterX(round(DOTS_PER_METRE_AT_96 * scale))
    image.setDotsPerMeterY(round(DOTS_PER_METRE_AT_96 * scale))
    return image


def svg_of(size: tuple[int, int], title: str, description: str, paint: Paint) -> str:
    """What is painted as an SVG that names its font and does not hold it."""
    buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(*size))
    generator.setViewBox(QRect(0, 0, *size))
    generator.setTitle(without_controls(title))
    generator.setDescription(without_controls(description))
    generator.setResolution(96)
    painter = FigurePainter(generator)
    with painter:
        paint(painter)
    return tidied(bytes(buffer.data().data()).decode())


def pdf_of(size: tuple[int, int], title: str, paint: Paint) -> bytes:
    """What is painted as a PDF of one page. Qt knows pages of whole points only: it is cut to size afterwards."""
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle(without_controls(title))
    writer.setCreator("bpstudio")
    writer.setResolution(96)
    points = QSizeF(math.ceil(size[0] * POINTS), math.ceil(size[1] * POINTS))
    page = QPageSize(points, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    painter = FigurePainter(writer)
    with painter:
        paint(painter)
    return _without_dates(_cut_to(size, bytes(buffer.data().data())))


def _cut_to(size: tuple[int, int], data: bytes) -> bytes:
    """The same document, byte for byte as long as before, with a page of this size: from the left, and from the top down."""

    def cut(match: re.Match[bytes]) -> bytes:
        box = f"0 {float(match['top']) - size[1] * POINTS:.2f} {size[0] * POINTS:.2f} {float(match['top']):.2f}"
        return b"/MediaBox [" + box.encode().ljust(len(match[0]) - len(b"/MediaBox []")) + b"]"

    return _PDF_PAGE.sub(cut, data)


_PDF_PAGE = re.compile(rb"/MediaBox \[0 0 \d+\.\d{6} (?P<top>\d+\.\d{6})\]")
_PDF_DATE = re.compile(rb"D:\d{14}[^)]*")
_PDF_XML_DATE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?")
_PDF_ID = re.compile(rb"(uuid:)[0-9a-f-]{36}|(/ID \[ )<[0-9a-f]+> <[0-9a-f]+>")


def _without_dates(data: bytes) -> bytes:
    """The same document with a fixed date and id, byte for byte as long as before."""
    data = _PDF_DATE.sub(lambda match: b"D:20000101000000Z".ljust(len(match[0]))[: len(match[0])], data)
    data = _PDF_XML_DATE.sub(lambda match: b"2000-01-01T00:00:00Z".ljust(len(match[0]))[: len(match[0])], data)
    return _PDF_ID.sub(_zeroed, data)


def _zeroed(match: re.Match[bytes]) -> bytes:
    head = match[1] or match[2]
    return head + re.sub(rb"[0-9a-f]", b"0", match[0][len(head) :])
