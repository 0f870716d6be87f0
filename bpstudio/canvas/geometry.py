"""Where units, captions and labels of a canvas state lie in a rectangle. Pure numbers, in pixels of the painter."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from bpstudio.viewstate.canvas_state import CanvasState, EdgeState

TOP = 64.0
BOTTOM = 54.0
SIDE = 34.0
LARGEST_RADIUS = 32.0
SMALLEST_RADIUS = 8.0
TARGET_WIDTH = 62.0
CROWDED_BADGE = 76.0
MOST_ROOMY_ROWS = 7

UnitKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Centres and radius of units, the loss node, and the columns' x."""

    rect: QRectF
    centres: dict[UnitKey, QPointF]
    radius: float
    columns: tuple[float, ...]
    target_x: float
    target_width: float
    loss_centre: QPointF
    gaps: dict[int, float]

    def edge_ends(self, edge: EdgeState) -> tuple[QPointF, QPointF]:
        """From the rim of the source to the rim of the unit."""
        start = self.centres[(edge.layer - 1, edge.source)]
        end = self.centres[(edge.layer, edge.unit)]
        away = end - start
        length = max(1.0, (away.x() ** 2 + away.y() ** 2) ** 0.5)
        direction = away / length
        first = self.radius * (0.72 if edge.source < 0 else 1.0)
        return start + direction * first, end - direction * self.radius


def lay_out(state: CanvasState, rect: QRectF) -> Geometry:
    """Columns side by side with room for captions, targets and the loss."""
    has_labels = bool(state.columns[0].labels)
    left = rect.left() + SIDE + (min(110.0, rect.width() * 0.12) if has_labels else 10.0)
    crowded = max(_rows(state, layer) for layer in range(len(state.columns))) > MOST_ROOMY_ROWS
    badge = CROWDED_BADGE if crowded else 0.0
    target_width = TARGET_WIDTH + (24.0 if state.columns[-1].labels else 0.0)
    right = rect.right() - SIDE - 60.0 - target_width - LARGEST_RADIUS - badge
    count = len(state.columns)
    step = (right - left) / max(1, count - 1)
    columns = tuple(left + step * index for index in range(count))
    top, bottom = rect.top() + TOP, rect.bottom() - BOTTOM
    rows = max(_rows(state, layer) for layer in range(count))
    height = (bottom - top) / max(1, rows)
    radius = max(SMALLEST_RADIUS, min(LARGEST_RADIUS, height * 0.33, step * 0.17))
    centres: dict[UnitKey, QPointF] = {}
    gaps: dict[int, float] = {}
    for layer, column in enumerate(state.columns):
        spacing = min(height, (bottom - top) / max(1, _rows(state, layer)))
        spacing = min(max(spacing, radius * 2.2), radius * 4.4)
        real = [unit for unit in column.units if unit.index >= 0]
        slots = _rows(state, layer)
        y = (top + bottom) / 2 - spacing * (slots - 1) / 2
        previous = -1
        for unit in real:
            if unit.index > previous + 1:
                gaps.setdefault(layer, y)
                y += spacing * 0.8
            centres[(layer, unit.index)] = QPointF(columns[layer], y)
            previous, y = unit.index, y + spacing
        if len(real) < len(column.units):
            centres[(layer, -1)] = QPointF(columns[layer], y)
    target_x = columns[-1] + radius + 18.0 + badge
    loss = QPointF(rect.right() - 44.0, (top + bottom) / 2)
    return Geometry(rect, centres, radius, columns, target_x, target_width, loss, gaps)


def _rows(state: CanvasState, layer: int) -> int:
    column = state.columns[layer]
    return len(column.units) + (1 if column.hidden else 0)
