"""A window or panel as it stands on the screen, as PNG, SVG or PDF; networks in it as lines and text, sharp at any size."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.errors import ExportError
from bpstudio.export.figure_painter import FigurePainter
from bpstudio.export.picture import Painted, image_of, pdf_of, png_bytes, svg_bytes, svg_of
from bpstudio.plots.plot_face import ENCLOSED_BEGINS, ENCLOSED_ENDS, PlotFace
from bpstudio.viewstate.export_choices import ExportFormat

DESCRIPTION = "as it stood on the screen"
_MARK = r"<g [^>]*>\s*<text [^>]*>{}</text>\s*</g>\s*"
_SIDES = r" (?P<x>\S+) (?P<y>\S+) (?P<width>\S+) (?P<height>\S+)"
_ENCLOSED = re.compile(
    _MARK.format(ENCLOSED_BEGINS + _SIDES) + r"(?P<enclosed>.*?)" + _MARK.format(ENCLOSED_ENDS), re.DOTALL
)


def widget_bytes(widget: QWidget, picture_format: ExportFormat, scale: float = 1.0) -> bytes:
    """A window or panel as the bytes of a PNG, SVG or PDF; raises ExportError if it is too large."""
    return painted_widget(widget, picture_format, scale)()


def painted_widget(widget: QWidget, picture_format: ExportFormat, scale: float = 1.0) -> Painted:
    """A window or panel, painted now, that can be made into a file beside the window."""
    title = widget.windowTitle() or widget.accessibleName() or "bpstudio"
    match picture_format:
        case ExportFormat.PNG:
            return partial(png_bytes, widget_image(widget, scale))
        case ExportFormat.SVG:
            with _as_shapes(widget):
                return partial(svg_bytes, _nested_svg(widget, title))
        case ExportFormat.PDF:
            data = pdf_of(_size(widget), title, lambda painter: _paint_nested(painter, widget))
            return lambda: data
        case _:
            raise ExportError(f"a panel cannot be written as {picture_format.value}")


def widget_image(widget: QWidget, scale: float = 1.0) -> QImage:
    """A window or panel as an image of its size times ``scale``."""
    return image_of(_size(widget), scale, False, lambda painter: _paint(painter, widget))


def _size(widget: QWidget) -> tuple[int, int]:
    return widget.width(), widget.height()


def _paint(painter: FigurePainter, widget: QWidget) -> None:
    """The widget, and over the kept pictures of networks the networks themselves."""
    if isinstance(widget, NetworkCanvas):
        widget.paint_on(painter)
        return
    widget.render(painter, QPoint(0, 0))
    for canvas in widget.findChildren(NetworkCanvas):
        if canvas.isVisibleTo(widget):
            painter.save()
            painter.translate(QPointF(canvas.mapTo(widget, QPoint(0, 0))))
            canvas.paint_on(painter)
            painter.restore()


def _paint_nested(painter: FigurePainter, widget: QWidget) -> None:
    """The widget, and within their edges what scrolls, and networks: Qt's PDF writer knows no clips but the painter's own."""
    if isinstance(widget, NetworkCanvas):
        widget.paint_on(painter)
        return
    parts = list(_windows_in(widget))
    with _left_out(parts):
        widget.render(painter, QPoint(0, 0))
    for part in parts:
        painter.save()
        painter.translate(QPointF(part.mapTo(widget, QPoint(0, 0))))
        painter.setClipRect(part.rect(), Qt.ClipOperation.IntersectClip)
        _paint_nested(painter, part)
        painter.restore()


def _nested_svg(widget: QWidget, title: str) -> str:
    """The widget as an SVG; what scrolls, and networks, as pictures within it, for Qt's SVG writer knows no clips."""
    if isinstance(widget, NetworkCanvas):
        return svg_of(_size(widget), title, DESCRIPTION, widget.paint_on)
    parts = list(_windows_in(widget))
    with _left_out(parts):
        svg = svg_of(_size(widget), title, DESCRIPTION, lambda painter: widget.render(painter, QPoint(0, 0)))
    svg = _ENCLOSED.sub(_within_axes, svg)
    nested = "".join(_nested(part, QRect(part.mapTo(widget, QPoint(0, 0)), part.size())) for part in parts)
    head, end = svg[: svg.rindex("</svg>")], "</svg>\n"
    return head + nested + end


def _nested(part: QWidget, place: QRect) -> str:
    svg = _nested_svg(part, "")
    inner = svg[svg.index("<g ") : svg.rindex("</svg>")] if "<g " in svg else ""
    box = f'x="{place.x()}" y="{place.y()}" width="{place.width()}" height="{place.height()}"'
    return f'<svg {box} viewBox="0 0 {place.width()} {place.height()}" overflow="hidden">\n{inner}</svg>\n'


def _within_axes(match: re.Match[str]) -> str:
    """What the axes of a plot enclose, in a picture of its own where it stood in the order of painting."""
    x, y, width, height = match["x"], match["y"], match["width"], match["height"]
    box = f'x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{x} {y} {width} {height}"'
    return f'<svg {box} overflow="hidden">\n{match["enclosed"]}</svg>\n'


@contextmanager
def _as_shapes(widget: QWidget) -> Iterator[None]:
    """With the plots in it ready for a file of shapes, as long as this lasts."""
    with ExitStack() as stack:
        for plot in widget.findChildren(PlotFace):
            stack.enter_context(plot.as_shapes())
        yield


def _windows_in(widget: QWidget) -> Iterator[QWidget]:
    """The visible parts through which one looks at something larger: of nested ones the outermost."""
    if isinstance(widget, QAbstractScrollArea):
        yield widget.viewport()
        return
    for child in widget.children():
        if (
            isinstance(child, QWidget)
            and not child.isWindow()
            and child.isVisibleTo(widget)
            and not child.size().isEmpty()
        ):
            if isinstance(child, NetworkCanvas):
                yield child
            else:
                yield from _windows_in(child)


@contextmanager
def _left_out(parts: list[QWidget]) -> Iterator[None]:
    """Without these parts, as long as this lasts."""
    for part in parts:
        part.setUpdatesEnabled(False)
    try:
        yield
    finally:
        for part in parts:
            part.setUpdatesEnabled(True)
