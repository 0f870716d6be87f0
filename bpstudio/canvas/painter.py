"""Paints a canvas state: the same picture on the screen and in every export. Sign by hue and by line, size by width."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from bpstudio.canvas.active_painter import ActivePainter
from bpstudio.canvas.density import Densities
from bpstudio.canvas.edge_painter import EdgePainter
from bpstudio.canvas.front import HINTS, Front
from bpstudio.canvas.geometry import Geometry, lay_out, scale_for
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme


def paint_network(painter: QPainter, rect: QRectF, state: CanvasState, theme: Theme) -> None:
    """Paint the whole canvas into ``rect``, smaller where it would be too narrow."""
    painter.setRenderHints(HINTS)
    painter.fillRect(rect, QColor(theme.background))
    scale = scale_for(state, rect.width(), rect.height())
    painter.save()
    painter.translate(rect.topLeft())
    painter.scale(scale, scale)
    geometry = lay_out(state, QRectF(0.0, 0.0, rect.width() / scale, rect.height() / scale))
    paint_laid_out(painter, state, theme, geometry)
    painter.restore()


def paint_laid_out(painter: QPainter, state: CanvasState, theme: Theme, geometry: Geometry) -> None:
    """Paint everything where the geometry says, from the back to the front, as lines and text."""
    EdgePainter(state, theme, geometry, Densities(), is_screen=False).paint(painter)
    ActivePainter(state, theme, geometry, is_screen=False).paint(painter)
    Front(state, theme, geometry).paint(painter)
