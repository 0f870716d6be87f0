"""Paints the edges that stand out over all others: those at work, lit, selected, hovered, in focus; and says what they cover."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from bpstudio.canvas.edge_lines import Edges, batches, draw_lines, fan_edges, line_ends
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import (
    LEVELS,
    WIDEST,
    accent_of,
    edge_pen,
    hairline_pen,
    halo_pen,
    not_finite_pen,
    value_pen,
    widest_for,
)
from bpstudio.program.operation import Pass
from bpstudio.viewstate.activity import Fan, Mark
from bpstudio.viewstate.canvas_state import CanvasState, EdgeState
from bpstudio.viewstate.edge_values import Detail
from bpstudio.viewstate.theme import Theme

LIT_EDGE = 9.0
"""Width of the dotted line behind an edge that an answer speaks of."""
MOST_SINGLE = 64
"""Of more edges at one unit a wedge is drawn, and so many of the strongest."""
ARROW = 9.0
MARGIN = 10.0
"""Half of the widest halo, and a little."""


class ActivePainter:
    """Paints one state's active edges with a painter that another has set up."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry, is_screen: bool) -> None:
        self.state = state
        self.theme = theme
        self.geometry = geometry
        self.is_screen = is_screen
        self.accent = accent_of(state.accent, theme)
        self.edges = sorted(
            (edge for edge in state.edges if self._stands_out(edge)),
            key=lambda edge: (edge.mark, edge.is_hovered, edge.is_selected),
        )

    def _stands_out(self, edge: EdgeState) -> bool:
        """What takes part; with one unit in focus only what belongs to it, or is pointed at."""
        if edge.is_plain:
            return edge.source < 0 and self.state.is_in_focus(edge.layer, edge.unit, edge.source)
        is_told = edge.is_selected or edge.is_hovered or edge.is_lit
        return is_told or self.state.focus is None or self.state.is_in_focus(edge.layer, edge.unit, edge.source)

    def _has_fan(self) -> bool:
        """Whether what was read earlier is drawn; a unit in focus shows all it reads anyway."""
        return self.state.fan is not None and self.state.focus is None

    def paint(self, painter: QPainter) -> None:
        """Wedges first, then what is pointed at or in focus, then edges one by one."""
        if self.state.fan is not None and self._has_fan():
            self._earlier(painter, self.state.fan)
        for fan in self.state.shown_fans:
            self._exact(painter, fan)
        for is_now in (False, True):
            at_work = [edge for edge in self.edges if (edge.mark >= Mark.READ) is is_now]
            for edge in at_work:
                self._halo(painter, edge)
            for edge in at_work:
                self._edge(painter, edge)

    def changes_from(self, old: "ActivePainter") -> list[QRectF]:
        """What looks different from ``old``, which has the same geometry."""
        found: list[QRectF] = []
        is_same_accent = old.state.accent == self.state.accent
        both = set(old.edges) & set(self.edges) if is_same_accent else set()
        for edge in {*old.edges, *self.edges} - both:
            found.append(self.geometry.edge_bounds(edge))
        mine, others = (set(painter.fans()) for painter in (self, old))
        is_other = self.state.bands != old.state.bands or not is_same_accent
        for fan in (mine | others) if is_other else (mine ^ others):
            found.append(self._wedge(fan).boundingRect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        return found

    def fans(self) -> tuple[Fan, ...]:
        """The fans that are drawn."""
        shown = tuple(fan for fan in self.state.shown_fans if self._is_drawn(fan))
        return (self.state.fan, *shown) if self.state.fan is not None and self._has_fan() else shown

    # Many edges of one unit.

    def _edges_of(self, fan: Fan) -> Edges:
        return fan_edges(fan, self.state.bands[fan.layer - 1])

    def _wedge(self, fan: Fan) -> QPolygonF:
        """From the unit to the first and the last of the others."""
        own = self.geometry.layers[fan.layer - 1 if fan.is_outgoing else fan.layer].centres[fan.unit]
        column = self.geometry.layers[fan.layer if fan.is_outgoing else fan.layer - 1]
        others = column.centres[: fan.count]
        side = float(others[:, 0].max() if not fan.is_outgoing else others[:, 0].min())
        edge = column.radius
        top, bottom = float(others[:, 1].min()) - edge, float(others[:, 1].max()) + edge
        return QPolygonF([QPointF(*own), QPointF(side, top), QPointF(side, bottom)])

    def _earlier(self, painter: QPainter, fan: Fan) -> None:
        """A translucent wedge over what was read earlier, and the strongest of it as lines."""
        colour = QColor(self.accent)
        colour.setAlphaF(0.13)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(self._wedge(fan))
        self._wide(painter, self._edges_of(fan).strongest(MOST_SINGLE))

    def _is_drawn(self, fan: Fan) -> bool:
        """Where every edge is drawn with its width anyway, only focus draws them again."""
        return self.state.focus is not None or self.state.bands[fan.layer - 1].detail is not Detail.WIDE

    def _exact(self, painter: QPainter, fan: Fan) -> None:
        """Every edge of a unit as it is."""
        if not self._is_drawn(fan):
            return
        edges = self._edges_of(fan)
        if len(edges.units) > MOST_SINGLE:
            ends = line_ends(edges, self.geometry)
            for batch in batches(edges, ends, self.state.edge_scale):
                if batch.level >= 0:
                    painter.setPen(
                        hairline_pen(batch.level, batch.is_negative, self.theme, 0.0, self.is_screen)
                        if batch.is_finite
                        else not_finite_pen(self.theme)
                    )
                    draw_lines(painter, batch.ends)
            edges = edges.strongest(MOST_SINGLE)
        self._wide(painter, edges)

    def _wide(self, painter: QPainter, edges: Edges) -> None:
        ends = line_ends(edges, self.geometry)
        widest = widest_for(edges.band.numbers.size)
        for batch in batches(edges, ends, self.state.edge_scale):
            if batch.level < 0:
                painter.setPen(QPen(QColor(self.theme.faded), 1.2))
            elif batch.is_finite:
                share = batch.level / (LEVELS - 1)
                painter.setPen(edge_pen(batch.level, batch.is_negative, self.theme, 0.3 * (1.0 - share), widest))
            else:
                painter.setPen(not_finite_pen(self.theme))
            draw_lines(painter, batch.ends)

    # One edge.

    def _halo(self, painter: QPainter, edge: EdgeState) -> None:
        """What lies behind a line: of all edges before the first line, or neighbours would cover it where they meet."""
        start, end = self.geometry.edge_ends(edge)
        theme = self.theme
        if edge.is_lit:
            painter.setPen(QPen(QColor(theme.selection), LIT_EDGE, Qt.PenStyle.DotLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(start, end)
        if edge.is_selected or edge.is_hovered:
            colour = theme.selection if edge.is_selected else theme.hover
            painter.setPen(QPen(QColor(colour), 11.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(start, end)
        if edge.mark is not Mark.NONE:
            painter.setPen(halo_pen(self.accent, theme.background, edge.mark >= Mark.READ))
            painter.drawLine(start, end)

    def _edge(self, painter: QPainter, edge: EdgeState) -> None:
        start, end = self.geometry.edge_ends(edge)
        painter.setPen(
            value_pen(
                edge.value,
                self.state.edge_scale,
                self.theme,
                None if edge.mark is Mark.NONE and self.state.focus is None else 0.0,
                self._widest(edge),
            )
        )
        painter.drawLine(start, end)
        if edge.mark >= Mark.READ:
            self._arrow(painter, start, end)

    def _widest(self, edge: EdgeState) -> float:
        """Edges read earlier are as wide as their neighbours in a band of many: they meet at one unit."""
        return widest_for(self.state.bands[edge.layer - 1].numbers.size) if edge.mark is Mark.EARLIER else WIDEST

    def _arrow(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        """A small head in the direction of the work: with the edge going forward, against it going back."""
        is_back = self.state.accent is Pass.BACKWARD
        tip, tail = (start, end) if is_back else (end, start)
        away = tip - tail
        length = max(1.0, math.hypot(away.x(), away.y()))
        unit, side = away / length, QPointF(-away.y(), away.x()) / length
        base = tip - unit * ARROW * 1.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.accent))
        painter.drawPolygon([tip, base + side * ARROW * 0.6, base - side * ARROW * 0.6])
