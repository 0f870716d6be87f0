"""Paints all edges that do not change with the step, in parts short enough to fit between two frames."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from bpstudio.canvas.density import Densities, Density
from bpstudio.canvas.edge_lines import (
    STRANGE,
    UNKNOWN,
    Batch,
    Edges,
    all_edges,
    batches,
    draw_lines,
    is_code_negative,
    line_ends,
    runs,
    strongest_of,
)
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import (
    FADED,
    PALE,
    UNKNOWN_WIDTH,
    hairline_pen,
    not_finite_pen,
    receding_pens,
    widest_for,
)
from bpstudio.model.spec import Array
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.edge_values import STRONGEST, Detail, EdgeBand
from bpstudio.viewstate.theme import Theme, mixed

LINES_AT_ONCE = 400
WIDE_AT_ONCE = 60

Part = Callable[[QPainter], None]


class EdgePainter:
    """Paints the edges of one state into one geometry; what stands out is painted over them by others."""

    def __init__(
        self, state: CanvasState, theme: Theme, geometry: Geometry, densities: Densities, is_screen: bool
    ) -> None:
        self.state = state
        self.theme = theme
        self.geometry = geometry
        self.densities = densities
        self.is_screen = is_screen
        self.is_faded = state.focus is not None

    def paint(self, painter: QPainter) -> None:
        """Everything at once."""
        for part in self.parts():
            part(painter)

    def parts(self) -> Iterator[Part]:
        """Everything in order, in parts that take a few milliseconds each."""
        for band in self.state.bands:
            match band.detail:
                case Detail.WIDE:
                    yield from self.lines(all_edges(band))
                case Detail.HAIRLINES:
                    yield from self._hairlines(all_edges(band))
                    yield from self.lines(strongest_of(band, STRONGEST))
                case Detail.DENSITY:
                    yield from self._density(band)
                    yield from self.lines(strongest_of(band, STRONGEST))

    def paint_lines(self, painter: QPainter, bands: Sequence[EdgeBand]) -> None:
        """All edges of some bands, each a line of its own, at once."""
        for band in bands:
            for pen, ends in self.strokes(all_edges(band)):
                painter.setPen(pen)
                draw_lines(painter, ends)

    def lines(self, edges: Edges) -> Iterator[Part]:
        """Edges as lines with their width."""
        for pen, ends in self.strokes(edges):
            for piece in _pieces(ends, WIDE_AT_ONCE):
                yield partial(self._draw, pen, piece)

    def strokes(self, edges: Edges) -> Iterator[tuple[QPen, Array]]:
        """The pens of some edges in the order they are used, and the lines of each."""
        pens = receding_pens(self.theme, self.is_faded, widest_for(edges.band.numbers.size))
        for code, ends in runs(edges, line_ends(edges, self.geometry), self.state.edge_scale):
            if code == UNKNOWN:
                yield QPen(QColor(self.theme.line), UNKNOWN_WIDTH), ends
            elif code == STRANGE:
                yield not_finite_pen(self.theme, FADED if self.is_faded else 0.0), ends
            else:
                yield pens[is_code_negative(code)][code // 2], ends

    def _hairlines(self, edges: Edges) -> Iterator[Part]:
        ends = line_ends(edges, self.geometry)
        for batch in batches(edges, ends, self.state.edge_scale):
            for piece in _pieces(batch.ends, LINES_AT_ONCE):
                yield partial(self._draw, self._hairline_pen(batch), piece)

    def _hairline_pen(self, batch: Batch) -> QPen:
        if batch.level < 0 or not batch.is_finite:
            pen = QPen(QColor(self.theme.line if batch.is_finite else self.theme.not_finite), 1.0)
            pen.setCosmetic(self.is_screen)
            return pen
        return hairline_pen(
            batch.level, batch.is_negative, self.theme, FADED if self.is_faded else PALE, self.is_screen
        )

    def _draw(self, pen: QPen, ends: Array, painter: QPainter) -> None:
        painter.setPen(pen)
        draw_lines(painter, ends)

    def _density(self, band: EdgeBand) -> Iterator[Part]:
        if band.numbers.known_count == 0:
            yield partial(self._wash, band)
            return
        density = self.densities.of(band, self.geometry, self.state.edge_scale, self.theme)
        if not density.is_made:
            for work in density.parts():
                yield partial(_ignore_painter, work)
        yield partial(self._draw_density, density)

    def _draw_density(self, density: Density, painter: QPainter) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.is_faded:
            painter.setOpacity(1.0 - FADED)
        image = density.image
        painter.drawImage(density.rect, image, QRectF(0, 0, image.width(), image.height()))
        painter.restore()

    def _wash(self, band: EdgeBand, painter: QPainter) -> None:
        """Edges without a value yet: that they are there, and no more."""
        source, target = self.geometry.layers[band.layer - 1].rect, self.geometry.layers[band.layer].rect
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mixed(self.theme.line, self.theme.background, 0.5)))
        painter.drawPolygon([source.topRight(), target.topLeft(), target.bottomLeft(), source.bottomRight()])


def _ignore_painter(work: Callable[[], None], _painter: QPainter) -> None:
    work()


def _pieces(ends: Array, most: int) -> list[Array]:
    return [ends] if len(ends) <= most else [ends[first : first + most] for first in range(0, len(ends), most)]
