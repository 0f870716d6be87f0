"""Paints a canvas state: the same picture on the screen and in every export. Sign by hue and by line, size by width."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from bpstudio.canvas.active_painter import ActivePainter
from bpstudio.canvas.density import Densities
from bpstudio.canvas.edge_painter import EdgePainter
from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import Geometry, lay_out, scale_for
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme

HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing


def paint_network(painter: QPainter, rect: QRectF, state: CanvasState, theme: Theme) -> None:
    """Paint the whole canvas into ``rect``, smaller where it would be too narrow."""
    painter.setRenderHints(HINTS)
    painter.fillRect(rect, QColor(theme.background))
    scale = scale_for(state, rect.width(), rect.height())
    painter.save()
    painter.translate(rect.topLeft())
    painter.scale(scale, scale)
    geometry = lay_out(state, QRectF(0.0, 0.0, rect.width() / scale, rect.height() / scale))
    EdgePainter(state, theme, geometry, Densities(), is_screen=False).paint(painter)
    ActivePainter(state, theme, geometry, is_screen=False).paint(painter)
    paint_front(painter, state, theme, geometry)
    painter.restore()


def paint_front(
    painter: QPainter, state: CanvasState, theme: Theme, geometry: Geometry, exposed: QRectF | None = None
) -> None:
    """Paint all that lies over the edges; with ``exposed`` only what reaches into that part."""
    frame = FramePainter(painter, state, theme, geometry)
    units = UnitPainter(painter, state, theme, geometry)

    def is_seen(bounds: QRectF) -> bool:
        return exposed is None or exposed.intersects(bounds)

    for edge in state.edges:
        if frame.has_label(edge) and is_seen(frame.label_rect(edge).adjusted(-2.0, -2.0, 2.0, 2.0)):
            frame.label(edge)
    if is_seen(frame.loss_bounds()):
        frame.targets()
        frame.loss()
    if is_seen(QRectF(geometry.rect.left(), geometry.rect.top(), geometry.rect.width(), 64.0)):
        for column in state.columns:
            frame.caption(column)
    for column in state.columns:
        if not column.is_roomy and is_seen(units_rect(geometry, column.layer)):
            units.dense(column, exposed)
            frame.names(column)
    seen = [unit for column in state.columns for unit in column.units if is_seen(units.bounds(unit))]
    for unit in seen:
        column = state.columns[unit.layer]
        has_label = column.layer == 0 and column.is_roomy and 0 <= unit.index < len(column.labels)
        units.disc(unit, column.labels[unit.index] if has_label else "")
    for unit in seen:
        units.notes(unit)
    if is_seen(frame.legend_bounds()):
        frame.legend()


def units_rect(geometry: Geometry, layer: int) -> QRectF:
    """What the units of a large layer cover, with names on the left and strokes for δ on the right."""
    return geometry.layers[layer].rect.adjusted(-130.0, -3.0, 24.0, 3.0)
