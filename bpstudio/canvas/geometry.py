"""Where units, captions and labels of a canvas state lie in a rectangle. Pure numbers, in pixels of the painter."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from bpstudio.look.drawing import glyphs_width, text_width
from bpstudio.viewstate.canvas_state import CanvasState, EdgeState

TOP = 64.0
BOTTOM = 54.0
SIDE = 34.0
LARGEST_RADIUS = 36.0
SMALLEST_RADIUS = 8.0
ROOMY_RADIUS = 19.0
"""From this radius on a unit has room for its symbol and its number, and above it for its δ."""
TARGET_WIDTH = 80.0
BADGE_BESIDE = 92.0
CAPTION = 11.5
LOSS_TEXT = 12.5

LEAST_WIDTH = 760.0
LEAST_HEIGHT = 430.0
WIDTH_OF_ENDS = 330.0
WIDTH_PER_LAYER = 84.0

UnitKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Centres and radius of units, the loss node, and the columns' x."""

    rect: QRectF
    centres: dict[UnitKey, QPointF]
    radius: float
    columns: tuple[float, ...]
    target_x: float
    loss_rect: QRectF
    gaps: dict[int, float]
    has_badges_beside: bool
    has_split_captions: bool

    def edge_ends(self, edge: EdgeState) -> tuple[QPointF, QPointF]:
        """From the rim of the source to the rim of the unit."""
        start = self.centres[(edge.layer - 1, edge.source)]
        end = self.centres[(edge.layer, edge.unit)]
        away = end - start
        length = max(1.0, (away.x() ** 2 + away.y() ** 2) ** 0.5)
        direction = away / length
        first = self.radius * (0.72 if edge.source < 0 else 1.0)
        return start + direction * first, end - direction * self.radius


def scale_for(state: CanvasState, width: float, height: float) -> float:
    """How much smaller than life the network must be drawn to fit; 1 where there is room."""
    least = max(LEAST_WIDTH, WIDTH_OF_ENDS + WIDTH_PER_LAYER * len(state.columns))
    return min(1.0, max(0.1, width / least), max(0.1, height / LEAST_HEIGHT))


def lay_out(state: CanvasState, rect: QRectF) -> Geometry:
    """Columns side by side with room for captions, targets and the loss; δ beside the units where above is no room."""
    columns = _columns(state, rect, 0.0)
    step = (columns[-1] - columns[0]) / max(1, len(columns) - 1)
    is_split = any(text_width(column.caption, CAPTION) > step - 8.0 for column in state.columns)
    top, bottom = rect.top() + TOP + (CAPTION if is_split else 0.0), rect.bottom() - BOTTOM
    rows = max(_rows(state, layer) for layer in range(len(state.columns)))
    height = (bottom - top) / max(1, rows)
    radius = _radius(columns, height * 0.33)
    is_beside = height * 0.33 < ROOMY_RADIUS
    if is_beside:
        columns = _columns(state, rect, BADGE_BESIDE)
        radius = _radius(columns, height * 0.4)
    centres: dict[UnitKey, QPointF] = {}
    gaps: dict[int, float] = {}
    for layer in range(len(columns)):
        _place_column(state, layer, columns[layer], (top, bottom), height, radius, centres, gaps)
    target_x = columns[-1] + radius + 18.0 + (BADGE_BESIDE if is_beside else 0.0)
    loss = _loss_rect(state, rect, (top + bottom) / 2)
    return Geometry(rect, centres, radius, columns, target_x, loss, gaps, is_beside, is_split)


def _columns(state: CanvasState, rect: QRectF, badge: float) -> tuple[float, ...]:
    """The x of each layer."""
    first = state.columns[0]
    names = max((text_width(label, CAPTION) for label in first.labels), default=0.0)
    left = rect.left() + max(
        SIDE + min(110.0, rect.width() * 0.12) if names else 0.0,
        SIDE + 10.0,
        text_width(first.caption, CAPTION) / 2 + 10.0,
    )
    right = rect.right() - SIDE - 60.0 - _target_width(state) - 32.0 - badge
    step = (right - left) / max(1, len(state.columns) - 1)
    return tuple(left + step * index for index in range(len(state.columns)))


def _target_width(state: CanvasState) -> float:
    return TARGET_WIDTH + (12.0 if state.columns[-1].labels else 0.0)


def _radius(columns: tuple[float, ...], wished: float) -> float:
    step = (columns[-1] - columns[0]) / max(1, len(columns) - 1)
    return max(SMALLEST_RADIUS, min(LARGEST_RADIUS, wished, step * 0.17))


def _place_column(
    state: CanvasState,
    layer: int,
    x: float,
    span: tuple[float, float],
    height: float,
    radius: float,
    centres: dict[UnitKey, QPointF],
    gaps: dict[int, float],
) -> None:
    """Units of one layer below each other around the middle, the bias unit last, a gap where units are left out."""
    column, slots = state.columns[layer], _rows(state, layer)
    spacing = min(height, (span[1] - span[0]) / max(1, slots))
    spacing = min(max(spacing, radius * 2.2), radius * 4.4)
    y = (span[0] + span[1]) / 2 - spacing * (slots - 1) / 2
    real = [unit for unit in column.units if unit.index >= 0]
    previous = -1
    for unit in real:
        if unit.index > previous + 1:
            gaps.setdefault(layer, y)
            y += spacing * 0.8
        centres[(layer, unit.index)] = QPointF(x, y)
        previous, y = unit.index, y + spacing
    if len(real) < len(column.units):
        centres[(layer, -1)] = QPointF(x, y)


def _loss_rect(state: CanvasState, rect: QRectF, middle: float) -> QRectF:
    """The box of the loss at the right edge, as wide as its symbol and its number."""
    widest = max(text_width(state.loss.text, LOSS_TEXT, True), glyphs_width(state.loss.symbol, LOSS_TEXT))
    width = max(60.0, widest + 14.0)
    right = rect.right() - max(8.0, 44.0 - width / 2)
    return QRectF(right - width, middle - 22.0, width, 44.0)


def _rows(state: CanvasState, layer: int) -> int:
    column = state.columns[layer]
    return len(column.units) + (1 if column.hidden else 0)
