"""Signals that run along the edges at work: forward from the source, backward as δ; once for each step, then all is still."""

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from bpstudio.canvas.edge_lines import fan_edges, line_ends
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import accent_of
from bpstudio.program.operation import Pass
from bpstudio.viewstate.activity import Mark
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme

FRAME_MS = 33
RADIUS = 4.2
MOST = 24
REACH = 8.0


class Pulses(QObject):
    """Runs one pulse along each edge; ``moved`` asks for a frame of what it covers. ``travel_ms`` 0 switches it off."""

    moved = Signal(QRectF)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.travel_ms = 0
        self._paths: list[tuple[QPointF, QPointF]] = []
        self._colour = ""
        self._share = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._advance)

    @property
    def is_running(self) -> bool:
        """Whether anything moves."""
        return self._timer.isActive()

    @property
    def bounds(self) -> QRectF:
        """What the pulses' ways cover."""
        found = QRectF()
        for start, end in self._paths:
            found = found.united(QRectF(start, end).normalized().adjusted(-REACH, -REACH, REACH, REACH))
        return found

    def start(self, state: CanvasState, theme: Theme, geometry: Geometry) -> None:
        """Send pulses along what the operation has read; nothing to read, nothing moves."""
        self.stop()
        if self.travel_ms <= 0:
            return
        self._paths = paths_of(state, geometry)
        if self._paths:
            self._colour, self._share = accent_of(state.accent, theme), 0.0
            self._timer.start()

    def stop(self) -> None:
        """Let nothing move."""
        if self._timer.isActive():
            self._timer.stop()
            self.moved.emit(self.bounds)
        self._paths, self._share = [], 0.0

    def _advance(self) -> None:
        self._share += FRAME_MS / max(FRAME_MS, self.travel_ms)
        if self._share >= 1.0:
            self.stop()
        else:
            self.moved.emit(self.bounds)

    def paint(self, painter: QPainter) -> None:
        """The pulses where they are now; before the first frame there are none."""
        if self._share <= 0.0:
            return
        share = self._share**2 * (3.0 - 2.0 * self._share)
        colour = QColor(self._colour)
        halo = QColor(colour)
        halo.setAlphaF(0.3)
        for start, end in self._paths:
            place = start + (end - start) * share
            painter.setPen(QPen(halo, 4.0))
            painter.setBrush(colour)
            painter.drawEllipse(place, RADIUS, RADIUS)


def paths_of(state: CanvasState, geometry: Geometry) -> list[tuple[QPointF, QPointF]]:
    """From where to where signals run: along what was just read, else along what the unit had read before."""
    if state.accent not in (Pass.FORWARD, Pass.BACKWARD):
        return []
    is_back = state.accent is Pass.BACKWARD
    now = [edge for edge in state.edges if edge.mark is Mark.READ]
    earlier = [edge for edge in state.edges if edge.mark is Mark.EARLIER]
    ends = [geometry.edge_ends(edge) for edge in now or earlier][:MOST]
    if not ends and state.fan is not None:
        edges = fan_edges(state.fan, state.bands[state.fan.layer - 1]).strongest(MOST)
        ends = [(QPointF(a, b), QPointF(c, d)) for a, b, c, d in line_ends(edges, geometry).tolist()]
    return [(end, start) if is_back else (start, end) for start, end in ends]
