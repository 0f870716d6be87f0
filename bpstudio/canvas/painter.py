"""Paints a canvas state: the same picture on the screen and in every export. Sign by hue and by line, size by width."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from bpstudio.canvas.geometry import CAPTION, LOSS_TEXT, ROOMY_RADIUS, Geometry, lay_out, scale_for
from bpstudio.look.drawing import (
    draw_centred,
    draw_glyphs,
    draw_glyphs_centred,
    draw_plate,
    draw_text,
    glyphs_width,
    text_width,
)
from bpstudio.program.operation import Pass
from bpstudio.viewstate.activity import Mark
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState, EdgeState, UnitState
from bpstudio.viewstate.selection import EdgeMode
from bpstudio.viewstate.theme import Theme, mixed

LIT_EDGE = 9.0
"""Width of the dotted line behind an edge that an answer speaks of."""
MOST_LABELLED_EDGES = 30
WIDEST = 5.0
THINNEST = 0.9
SMALLEST_TEXT = 9.0
NUMBERED = 13.0
"""From this radius on a number fits into the disc."""

EDGE_WORDS = {
    EdgeMode.WEIGHT: "weight",
    EdgeMode.FLOW: "flow (weight × input)",
    EdgeMode.GRADIENT: "gradient",
    EdgeMode.UPDATE: "update",
    EdgeMode.DIFFERENCE: "difference from the compared branch",
}


def paint_network(painter: QPainter, rect: QRectF, state: CanvasState, theme: Theme) -> None:
    """Paint the whole canvas into ``rect``, smaller where it would be too narrow."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(rect, QColor(theme.background))
    scale = scale_for(state, rect.width(), rect.height())
    painter.save()
    painter.translate(rect.topLeft())
    painter.scale(scale, scale)
    room = QRectF(0.0, 0.0, rect.width() / scale, rect.height() / scale)
    NetworkPainter(painter, state, theme, lay_out(state, room)).paint()
    painter.restore()


def accent_of(pass_: Pass | None, theme: Theme) -> str:
    """The colour of the pass at work: forward and loss, or backward and what follows."""
    return theme.backward if pass_ in (Pass.BACKWARD, Pass.REDUCE, Pass.UPDATE) else theme.forward


class NetworkPainter:
    """Paints one state with one painter, from the back to the front."""

    def __init__(self, painter: QPainter, state: CanvasState, theme: Theme, geometry: Geometry) -> None:
        self.painter = painter
        self.state = state
        self.theme = theme
        self.geometry = geometry
        self.accent = accent_of(state.accent, theme)
        self.radius = geometry.radius
        self.number_size = max(SMALLEST_TEXT, min(17.0, self.radius * 0.42))

    def paint(self) -> None:
        """Everything."""
        edges = sorted(self.state.edges, key=lambda edge: (edge.mark, edge.is_hovered, edge.is_selected))
        for edge in edges:
            self._edge(edge)
        if len(edges) <= MOST_LABELLED_EDGES:
            for edge in edges:
                self._edge_label(edge)
        else:
            for edge in edges:
                if edge.mark >= Mark.READ or edge.is_hovered or edge.is_selected:
                    self._edge_label(edge)
        self._targets_and_loss()
        for column in self.state.columns:
            self._column(column)
        for column in self.state.columns:
            for unit in column.units:
                self._notes(unit)
        self._legend()

    def signed(self, value: float) -> str:
        """The colour of a value's sign."""
        if not math.isfinite(value):
            return self.theme.not_finite
        return self.theme.negative if value < 0.0 else self.theme.positive

    # Edges.

    def _edge(self, edge: EdgeState) -> None:
        start, end = self.geometry.edge_ends(edge)
        if edge.is_lit:
            pen = QPen(QColor(self.theme.selection), LIT_EDGE, Qt.PenStyle.DotLine, Qt.PenCapStyle.FlatCap)
            self.painter.setPen(pen)
            self.painter.drawLine(start, end)
        if edge.is_selected or edge.is_hovered:
            colour = self.theme.selection if edge.is_selected else self.theme.hover
            self.painter.setPen(QPen(QColor(colour), 11.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            self.painter.drawLine(start, end)
        if edge.mark >= Mark.READ:
            halo = mixed(self.accent, self.theme.background, 0.55)
            self.painter.setPen(QPen(QColor(halo), 12.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            self.painter.drawLine(start, end)
        elif edge.mark is Mark.EARLIER:
            halo = mixed(self.accent, self.theme.background, 0.82)
            self.painter.setPen(QPen(QColor(halo), 9.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            self.painter.drawLine(start, end)
        self.painter.setPen(self._edge_pen(edge))
        self.painter.drawLine(start, end)
        if edge.mark >= Mark.READ:
            self._arrow(start, end)

    def _edge_pen(self, edge: EdgeState) -> QPen:
        if edge.value is None:
            return QPen(QColor(self.theme.line), 1.2)
        share = 1.0 if not math.isfinite(edge.value) else min(1.0, abs(edge.value) / self.state.edge_scale)
        fade = 0.0 if edge.mark is not Mark.NONE else 0.45 * (1.0 - share) + (0.12 if self.state.accent else 0.0)
        colour = mixed(self.signed(edge.value), self.theme.background, fade)
        pen = QPen(QColor(colour), THINNEST + (WIDEST - THINNEST) * share)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if edge.value < 0.0:
            pen.setDashPattern([max(2.2, 9.0 / pen.widthF()), max(1.1, 4.5 / pen.widthF())])
        return pen

    def _arrow(self, start: QPointF, end: QPointF) -> None:
        """A small head in the direction of the work: with the edge going forward, against it going back."""
        is_back = self.state.accent is Pass.BACKWARD
        tip, tail = (start, end) if is_back else (end, start)
        away = tip - tail
        length = max(1.0, math.hypot(away.x(), away.y()))
        unit, side = away / length, QPointF(-away.y(), away.x()) / length
        size = 9.0
        points = [tip, tip - unit * size * 1.5 + side * size * 0.6, tip - unit * size * 1.5 - side * size * 0.6]
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.accent))
        self.painter.drawPolygon(points)

    def _edge_label(self, edge: EdgeState) -> None:
        if not edge.text:
            return
        start, end = self.geometry.edge_ends(edge)
        share = 0.24 if edge.unit % 2 == 0 else 0.40
        if edge.mark >= Mark.READ and len(self.state.edges) > MOST_LABELLED_EDGES:
            share = 0.5
        pixels = max(SMALLEST_TEXT, min(13.5, self.radius * 0.38))
        width = text_width(edge.text, pixels) + 8.0
        place = start + (end - start) * max(share, _clear_share(end - start, width, pixels * 1.44))
        rect = QRectF(place.x() - width / 2, place.y() - pixels * 0.72, width, pixels * 1.44)
        is_active = edge.mark >= Mark.READ
        line = self.accent if is_active else None
        draw_plate(self.painter, rect, self.theme.surface if is_active else self.theme.background, line)
        value = edge.value if edge.value is not None else 0.0
        draw_centred(self.painter, place, edge.text, pixels, self.signed(value), is_active)

    # Units.

    def _column(self, column: ColumnState) -> None:
        x = self.geometry.columns[column.layer]
        top = self.geometry.rect.top()
        draw_centred(self.painter, QPointF(x, top + 20.0), column.title, 13.5, self.theme.text, True)
        lines = column.caption.split(" · ") if self.geometry.has_split_captions else [column.caption]
        for index, line in enumerate(lines):
            draw_centred(self.painter, QPointF(x, top + 38.0 + 14.0 * index), line, CAPTION, self.theme.quiet)
        for index, unit in enumerate(column.units):
            label = column.labels[index] if index < len(column.labels) and column.layer == 0 else ""
            self._unit(unit, label)
        if column.hidden and column.layer in self.geometry.gaps:
            place = QPointF(x, self.geometry.gaps[column.layer])
            words = f"⋮ {column.hidden} more"
            width = text_width(words, 11.5) + 10.0
            plate = QRectF(place.x() - width / 2, place.y() - 9.0, width, 18.0)
            draw_plate(self.painter, plate, self.theme.background)
            draw_centred(self.painter, place, words, 11.5, self.theme.quiet)

    def _unit(self, unit: UnitState, label: str) -> None:
        centre = self.geometry.centres[(unit.layer, unit.index)]
        radius = self.radius * (0.72 if unit.index < 0 else 1.0)
        if unit.is_lit:
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.setPen(QPen(QColor(self.theme.selection), 4.0, Qt.PenStyle.DotLine, Qt.PenCapStyle.FlatCap))
            self.painter.drawEllipse(centre, radius + 6.0, radius + 6.0)
        if unit.is_selected or unit.is_hovered:
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.setBrush(QColor(self.theme.selection if unit.is_selected else self.theme.hover))
            self.painter.drawEllipse(centre, radius + 7.0, radius + 7.0)
        self._disc(unit, centre, radius)
        self._unit_text(unit, centre, radius)
        if label:
            width = text_width(label, 11.5)
            left = max(self.geometry.rect.left() + 6.0, centre.x() - radius - 10.0 - width)
            draw_text(self.painter, left, centre.y() + 4.0, label, 11.5, self.theme.quiet)

    def _notes(self, unit: UnitState) -> None:
        """What stands around a unit, over all discs: bias or running sum, δ, and its number where the disc is too small."""
        centre = self.geometry.centres[(unit.layer, unit.index)]
        radius = self.radius * (0.72 if unit.index < 0 else 1.0)
        if unit.bias_text and not unit.sum_text and not self.geometry.has_badges_beside:
            words = f"− {unit.bias_text[1:]}" if unit.bias_text.startswith("−") else f"+ {unit.bias_text}"
            draw_centred(self.painter, QPointF(centre.x(), centre.y() + radius + 11.0), words, 11.0, self.theme.quiet)
        if unit.sum_text:
            self._badge(unit.sum_text, centre, radius)
        if unit.delta_text:
            self._delta(unit, centre, radius)
        if radius < NUMBERED and unit.text and unit.index >= 0 and unit.mark >= Mark.READ:
            width = text_width(unit.text, 10.0) + 8.0
            plate = QRectF(centre.x() - radius - 4.0 - width, centre.y() - 8.0, width, 16.0)
            draw_plate(self.painter, plate, self.theme.surface, self.accent)
            draw_centred(self.painter, plate.center(), unit.text, 10.0, self.theme.text)

    def _disc(self, unit: UnitState, centre: QPointF, radius: float) -> None:
        fill, line, width = self.theme.surface, self.theme.quiet, 1.4
        if unit.value is None:
            line = self.theme.faded
        elif math.isfinite(unit.value):
            share = 0.26 * min(1.0, abs(unit.value))
            fill = mixed(self.theme.surface, self.signed(unit.value), share)
        else:
            fill, line = mixed(self.theme.surface, self.theme.not_finite, 0.3), self.theme.not_finite
        if unit.mark is Mark.WRITTEN:
            line, width = self.accent, 3.6
        elif unit.mark is Mark.READ:
            line, width = self.accent, 2.2
        pen = QPen(QColor(line), width)
        if unit.index < 0:
            pen.setStyle(Qt.PenStyle.DotLine)
        self.painter.setPen(pen)
        self.painter.setBrush(QColor(fill))
        self.painter.drawEllipse(centre, radius, radius)
        if unit.is_next and unit.index >= 0:
            pen = QPen(QColor(self.theme.quiet), 1.3, Qt.PenStyle.DashLine)
            self.painter.setPen(pen)
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.drawEllipse(centre, radius + 4.5, radius + 4.5)

    def _unit_text(self, unit: UnitState, centre: QPointF, radius: float) -> None:
        if unit.index < 0 and radius < ROOMY_RADIUS:
            draw_centred(self.painter, centre, unit.text, min(12.0, radius), self.theme.text, True)
            return
        if radius < NUMBERED:
            return
        colour = self.theme.text if unit.text else self.theme.quiet
        size = max(SMALLEST_TEXT, min(16.0, radius * 0.44))
        if not unit.text:
            draw_glyphs_centred(self.painter, centre, unit.symbol, size, colour)
            return
        if radius < ROOMY_RADIUS:
            pixels = self._fitting(unit.short_text, radius * 1.7, 11.0)
            draw_centred(self.painter, centre, unit.short_text, pixels, colour, True)
            return
        upper, lower = centre - QPointF(0.0, radius * 0.34), centre + QPointF(0.0, radius * 0.36)
        draw_glyphs_centred(self.painter, upper, unit.symbol, size * 0.92, self.theme.quiet)
        pixels = self._fitting(unit.text, radius * 1.62, self.number_size)
        draw_centred(self.painter, lower, unit.text, pixels, colour, True)

    def _fitting(self, text: str, width: float, pixels: float) -> float:
        """The largest size not above ``pixels`` at which the text is no wider than ``width``."""
        while pixels > 7.0 and text_width(text, pixels, True) > width:
            pixels -= 0.5
        return pixels

    def _delta(self, unit: UnitState, centre: QPointF, radius: float) -> None:
        """The badge above the unit: δ with its symbol, kept as long as the sample is at work."""
        symbol = unit.delta_symbol
        pixels = max(SMALLEST_TEXT, min(14.5, radius * 0.42))
        symbol_width = glyphs_width(symbol, pixels) if symbol is not None else 0.0
        text = f" = {unit.delta_text}"
        width = symbol_width + text_width(text, pixels, True) + 12.0
        place = QPointF(centre.x() + radius * 0.15, centre.y() - radius - pixels * 0.72)
        if self.geometry.has_badges_beside:
            place = QPointF(centre.x() + radius + width / 2 - 2.0, centre.y())
        rect = QRectF(place.x() - width / 2, place.y() - pixels * 0.95, width, pixels * 1.9)
        is_new = unit.mark is Mark.WRITTEN and self.state.accent is Pass.BACKWARD
        fill = self.theme.backward if is_new else mixed(self.theme.surface, self.theme.backward, 0.16)
        ink = self.theme.on_accent if is_new else self.theme.text
        draw_plate(self.painter, rect, fill, self.theme.backward, rect.height() / 2)
        baseline = place.y() + pixels * 0.34
        if symbol is not None:
            draw_glyphs(self.painter, rect.left() + 6.0, baseline, symbol, pixels, ink)
        draw_centred(
            self.painter,
            QPointF(rect.right() - 6.0 - text_width(text, pixels, True) / 2, place.y()),
            text,
            pixels,
            ink,
            True,
        )

    def _badge(self, text: str, centre: QPointF, radius: float) -> None:
        """The running sum, below the unit or, where units stand close, beside it."""
        pixels = max(SMALLEST_TEXT, min(13.5, self.radius * 0.4))
        width = text_width(text, pixels, True) + 12.0
        place = QPointF(centre.x(), centre.y() + radius + 13.0)
        if self.geometry.has_badges_beside:
            place = QPointF(centre.x() + radius + 3.0 + width / 2, centre.y())
        rect = QRectF(place.x() - width / 2, place.y() - pixels * 0.85, width, pixels * 1.7)
        draw_plate(self.painter, rect, self.theme.surface, self.accent, rect.height() / 2)
        draw_centred(self.painter, place, text, pixels, self.theme.text, True)

    # Targets, loss, legend.

    def _targets_and_loss(self) -> None:
        last = self.state.columns[-1]
        loss_left = QPointF(self.geometry.loss_rect.left(), self.geometry.loss_rect.center().y())
        units = [unit for unit in last.units if unit.index >= 0]
        x = self.geometry.target_x
        for index, unit in enumerate(units):
            y = self.geometry.centres[(unit.layer, unit.index)].y()
            name = last.labels[index] if index < len(last.labels) else ""
            right = self._target(QPointF(x, y), index, name)
            self.painter.setPen(QPen(QColor(self.theme.faded), 1.0))
            self.painter.drawLine(QPointF(right + 7.0, y), loss_left)
        if units:
            below = self.geometry.centres[(units[-1].layer, units[-1].index)].y() + max(34.0, self.radius)
            draw_text(self.painter, x, below, "target", 11.0, self.theme.quiet)
        self._loss_node()

    def _target(self, place: QPointF, index: int, name: str) -> float:
        """``y₁ = 1``, with the class below when it has a name; returns where it ends."""
        loss = self.state.loss
        baseline = place.y() + (0.0 if name else 4.5)
        symbol = loss.target_symbols[index]
        words = f" = {loss.targets[index]}"
        width = draw_glyphs(self.painter, place.x(), baseline, symbol, 12.0, self.theme.quiet)
        draw_text(self.painter, place.x() + width, baseline, words, 12.0, self.theme.text)
        if name:
            draw_text(self.painter, place.x(), place.y() + 14.0, name, 10.5, self.theme.quiet)
        return place.x() + max(width + text_width(words, 12.0), text_width(name, 10.5))

    def _loss_node(self) -> None:
        loss, rect = self.state.loss, self.geometry.loss_rect
        is_active = loss.mark is Mark.WRITTEN
        line = self.accent if is_active else (self.theme.quiet if loss.is_done else self.theme.faded)
        self.painter.setPen(QPen(QColor(line), 3.0 if is_active else 1.3))
        self.painter.setBrush(QColor(self.theme.surface))
        self.painter.drawRoundedRect(rect, 7.0, 7.0)
        colour = self.theme.text if loss.is_done else self.theme.quiet
        middle = rect.center()
        if loss.text:
            draw_glyphs_centred(self.painter, middle - QPointF(0.0, 9.0), loss.symbol, 12.0, self.theme.quiet)
            draw_centred(self.painter, middle + QPointF(0.0, 9.0), loss.text, LOSS_TEXT, colour, True)
        else:
            draw_glyphs_centred(self.painter, middle, loss.symbol, 13.0, colour)
        draw_centred(self.painter, QPointF(middle.x(), rect.bottom() + 12.0), "loss", 11.0, self.theme.quiet)

    def _legend(self) -> None:
        """What line and width mean, with the scale, at the bottom left."""
        y = self.geometry.rect.bottom() - 17.0
        x = self.geometry.rect.left() + 18.0
        for word, colour, is_dashed in (
            ("positive", self.theme.positive, False),
            ("negative", self.theme.negative, True),
        ):
            pen = QPen(QColor(colour), 3.0)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if is_dashed:
                pen.setDashPattern([3.0, 1.5])
            self.painter.setPen(pen)
            self.painter.drawLine(QPointF(x, y), QPointF(x + 30.0, y))
            draw_text(self.painter, x + 36.0, y + 4.0, word, 11.0, self.theme.quiet)
            x += 46.0 + text_width(word, 11.0)
        words = f"line width: {EDGE_WORDS[self.state.edge_mode]}, full at ±{self.state.edge_scale_text}"
        draw_text(self.painter, x + 8.0, y + 4.0, words, 11.0, self.theme.quiet)


def _clear_share(away: QPointF, width: float, height: float) -> float:
    """How far along a line, at most half-way, a plate must lie so that it does not reach back over the line's start."""
    length = max(1.0, math.hypot(away.x(), away.y()))
    across = math.inf if away.x() == 0.0 else width / 2 * length / abs(away.x())
    down = math.inf if away.y() == 0.0 else height / 2 * length / abs(away.y())
    return min(0.5, (min(across, down) + 3.0) / length)
