"""Where units, captions and labels of a canvas state lie in a rectangle. Pure numbers, in pixels of the painter.

Small layers are columns of discs, larger ones columns of dots; an image, and what would not fit below each other, is a grid.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import field, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from bpstudio.look.drawing import glyphs_width, text_width
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState, EdgeState

TOP = 64.0
BOTTOM = 54.0
SIDE = 34.0
LARGEST_RADIUS = 36.0
SMALLEST_RADIUS = 8.0
NAME_GAP, NAMES_SHARE = 18.0, 0.21
"""Beside the names of inputs, and the most of the width that they may take with their units."""
MOST_LOSS_WIDTH, LOSS_MARGIN = 88.0, 8.0
LARGEST_DOT = 9.0
RADIUS_SHARE = 0.17
"""Most of the way from layer to layer that is a unit's radius."""
NUMBERED = 13.0
"""From this radius on a number fits into the disc."""
ROOMY_RADIUS = 19.0
"""From this radius on a unit has room for its symbol and its number, and above it for its δ."""
TARGET_WIDTH, FRACTION_WIDTH = 80.0, 22.0
TARGET_TEXT, TARGET_GAP = 12.0, 30.0
"""The size of a target's text, and the room behind it for its line to the loss, which a wide loss takes some of."""
BADGE_BESIDE, BADGE_RADIUS = 92.0, 22.0
"""The room for a δ beside an output, up to this radius; of larger units it is written larger."""
CAPTION = 11.5
LOSS_TEXT = 12.5

LEAST_WIDTH = 760.0
LEAST_HEIGHT = 430.0
WIDTH_OF_ENDS = 330.0
WIDTH_PER_LAYER = 84.0

MOST_IN_COLUMN = 160
"""Units of a layer that lie below each other; more form a grid."""
GRID_WIDTH, GRID_HEIGHT = 0.22, 0.86
"""Share of the width and the height that a grid may take."""
PLATE_ROOM = 6.0
"""Above a column of dots, for the plates beside the first one to stay below the formula."""
LARGEST_CELL, GRID_RIM = 24.0, 4.0
BIAS_SHARE = 0.72
"""The radius of a bias unit as a share of that of a unit."""
HALO = 10.0
"""Half of the widest halo of an edge, and a little."""
MOST_ENDS = 2048
"""Edges whose ends are kept."""

UnitKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Column:
    """Where the units of a layer lie: centres (n, 2), their radius, and half of the column's width.

    ``cell`` is the side of a grid's cells, 0 in a column of units.
    """

    x: float
    centres: Array
    radius: float
    half_width: float
    cell: float
    bias: QPointF | None
    bias_radius: float

    @property
    def grid(self) -> tuple[int, int]:
        """How many units lie side by side, and how many rows there are."""
        count = len(self.centres)
        across = round(2 * self.half_width / self.cell) if self.cell else 1
        return across, -(-count // across)

    @property
    def rect(self) -> QRectF:
        """What the units cover, the bias unit aside."""
        first, last = self.centres.min(axis=0) - self.radius, self.centres.max(axis=0) + self.radius
        return QRectF(QPointF(*first), QPointF(*last))


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """The columns, the radius of units in small layers, and the loss node."""

    rect: QRectF
    layers: tuple[Column, ...]
    radius: float
    target_x: float
    loss_rect: QRectF
    has_badges_beside: bool
    has_split_captions: bool
    _ends: dict[tuple[int, int, int], tuple[QPointF, QPointF]] = field(default_factory=dict, repr=False)
    band_ends: dict[tuple[int, int, int], Array] = field(default_factory=dict, repr=False)
    """The lines of whole bands where each is drawn with its width, by layer, rows and columns: kept for the next state."""

    @property
    def columns(self) -> tuple[float, ...]:
        """The x of each layer."""
        return tuple(column.x for column in self.layers)

    @property
    def least_loss_left(self) -> float:
        """Where the loss begins when its number is at its widest: what stands before it does not move with the number."""
        return self.rect.right() - LOSS_MARGIN - MOST_LOSS_WIDTH

    def centre(self, layer: int, unit: int) -> QPointF:
        """The centre of a unit; −1 is the bias unit. Raises LookupError for a bias unit that is not drawn."""
        column = self.layers[layer]
        if unit >= 0:
            return QPointF(float(column.centres[unit, 0]), float(column.centres[unit, 1]))
        if column.bias is None:
            raise LookupError(f"layer {layer} has no bias unit")
        return column.bias

    def rows_apart(self, layer: int) -> float:
        """How far the rows of a layer in one column lie apart; infinite of one row."""
        ys = self.layers[layer].centres[:2, 1]
        return float(ys[1] - ys[0]) if len(ys) > 1 else math.inf

    def radius_of(self, layer: int, unit: int) -> float:
        """The radius of a unit; −1 is the bias unit."""
        column = self.layers[layer]
        return column.radius if unit >= 0 else column.bias_radius

    def edge_ends(self, edge: EdgeState) -> tuple[QPointF, QPointF]:
        """From the rim of the source to the rim of the unit; not to be changed, as they are kept for the next step."""
        return self.ends_of(edge.layer, edge.unit, edge.source)

    def ends_of(self, layer: int, unit: int, source: int) -> tuple[QPointF, QPointF]:
        """The same of an edge into a unit of a layer, named by its numbers."""
        key = (layer, unit, source)
        found = self._ends.get(key)
        if found is None:
            if len(self._ends) >= MOST_ENDS:
                self._ends.clear()
            found = self._ends[key] = self._rim_to_rim(layer, unit, source)
        return found

    def shown_ends(self, edge: EdgeState) -> tuple[QPointF, QPointF]:
        """The part of an edge that no grid of units covers: where its number can be read."""
        start, end = self.edge_ends(edge)
        source, target = self.layers[edge.layer - 1], self.layers[edge.layer]
        first, last = source.x + source.half_width + GRID_RIM, target.x - target.half_width - GRID_RIM
        across, way = end.x() - start.x(), end - start
        begin = start + way * ((first - start.x()) / across) if source.cell and start.x() < first < end.x() else start
        stop = start + way * ((last - start.x()) / across) if target.cell and start.x() < last < end.x() else end
        return begin, stop

    def edge_bounds(self, edge: EdgeState) -> QRectF:
        """What an edge covers with its widest halo."""
        start, end = self.edge_ends(edge)
        return QRectF(start, end).normalized().adjusted(-HALO, -HALO, HALO, HALO)

    def _rim_to_rim(self, layer: int, unit: int, source: int) -> tuple[QPointF, QPointF]:
        start, end = self.centre(layer - 1, source), self.centre(layer, unit)
        away = end - start
        length = max(1.0, math.hypot(away.x(), away.y()))
        direction = away / length
        first, last = self.radius_of(layer - 1, source), self.radius_of(layer, unit)
        return start + direction * first, end - direction * last

    def has_same_places(self, other: "Geometry") -> bool:
        """Whether all units and captions lie where they do in ``other``."""
        if self is other:
            return True
        mine, theirs = (
            (g.rect, g.target_x, g.radius, g.has_badges_beside, g.has_split_captions) for g in (self, other)
        )
        return (
            mine == theirs
            and len(self.layers) == len(other.layers)
            and all(
                a.x == b.x and a.bias == b.bias and a.cell == b.cell and np.array_equal(a.centres, b.centres)
                for a, b in zip(self.layers, other.layers, strict=True)
            )
        )


def scale_for(state: CanvasState, width: float, height: float, largest: float = 1.0) -> float:
    """How much smaller than life the network must be drawn to fit; ``largest`` where there is room.

    Who wants larger letters gives up some of the white space between units for them, but neither the symbols and numbers in the
    units nor, where there was no room for symbols anyway, the numbers.
    """
    least = max(LEAST_WIDTH, WIDTH_OF_ENDS + WIDTH_PER_LAYER * len(state.columns))
    spared = math.sqrt(largest)
    wanted = min(largest, max(0.1, spared * width / least), max(0.1, spared * height / LEAST_HEIGHT))
    if wanted <= 1.0:
        return wanted
    return min(wanted, next((most for most in _scales_with_words(state, width, height) if most >= 1.0), wanted))


def _scales_with_words(state: CanvasState, width: float, height: float) -> Iterator[float]:
    """The largest scales at which there is room for symbols and numbers in the units, and for numbers alone."""
    rows = max((_rows(column) for column in state.columns if column.is_roomy), default=0)
    gaps = max(1, len(state.columns) - 1)
    for radius, share in ((ROOMY_RADIUS, 0.33), (NUMBERED, 0.4)):
        across = WIDTH_OF_ENDS + (BADGE_BESIDE if radius < ROOMY_RADIUS else 0.0) + gaps * radius / RADIUS_SHARE
        down = TOP + BOTTOM + rows * radius / share
        yield min(width / across, height / down)


def lay_out(state: CanvasState, rect: QRectF) -> Geometry:
    """Columns side by side with room for captions, targets and the loss; δ beside the units where above is no room."""
    found = _laid_out(state, rect, is_split=False)
    return _laid_out(state, rect, is_split=True) if _do_captions_meet(state, found.columns) else found


def _laid_out(state: CanvasState, rect: QRectF, is_split: bool) -> Geometry:
    xs = _xs(state, rect, 0.0)
    top, bottom = rect.top() + TOP + (CAPTION if is_split else 0.0), rect.bottom() - BOTTOM
    rows = max((_rows(column) for column in state.columns if column.is_roomy), default=1)
    height = (bottom - top) / max(1, rows)
    radius = _radius(xs, height * 0.33)
    is_beside = height * 0.33 < ROOMY_RADIUS or not state.columns[-1].is_roomy
    badge = 0.0
    if is_beside:
        badge = BADGE_BESIDE * max(1.0, _radius(xs, height * 0.4) / BADGE_RADIUS)
        xs = _xs(state, rect, badge)
        radius = _radius(xs, height * 0.4)
    if not any(column.is_roomy for column in state.columns):
        radius = SMALLEST_RADIUS
    span = (top, bottom)
    layers = tuple(
        _roomy(column, x, span, height, radius) if column.is_roomy else _dense(column, x, span, rect.width())
        for column, x in zip(state.columns, xs, strict=True)
    )
    last = layers[-1]
    target_x = last.x + max(last.half_width, last.radius) + 18.0 + badge
    return Geometry(rect, layers, radius, target_x, _loss_rect(state, rect, (top + bottom) / 2), is_beside, is_split)


class Layout:
    """Lays out one state after the other; what does not move keeps its geometry."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._geometry: Geometry | None = None
        self._targets: tuple[tuple[object, ...], float] = ((), 0.0)

    def of(self, state: CanvasState, rect: QRectF) -> Geometry:
        """The geometry of a state, the same object as long as nothing has moved."""
        columns = tuple((c.size, c.side, c.caption, c.labels, c.has_bias_unit) for c in state.columns)
        key = (rect.getRect(), columns, state.loss.text, state.loss.symbol, self._width_of_targets(state))
        if self._geometry is None or key != self._key:
            made, before = lay_out(state, rect), self._geometry
            if before is not None and made.has_same_places(before):  # the loss only has another width
                made = replace(made, _ends=before._ends, band_ends=before.band_ends)
            self._key, self._geometry = key, made
        return self._geometry

    def _width_of_targets(self, state: CanvasState) -> float:
        """What :func:`_target_width` says, worked out when targets are others: it is asked for with every step."""
        loss = state.loss
        key = (loss.targets, loss.target_symbols, loss.longest_target, state.columns[-1].labels)
        if key != self._targets[0]:
            self._targets = (key, _target_width(state))
        return self._targets[1]


def _xs(state: CanvasState, rect: QRectF, badge: float) -> tuple[float, ...]:
    """The x of each layer: as much room between any two as between any other two."""
    first = state.columns[0]
    names = max((text_width(label, CAPTION) for label in first.labels), default=0.0)
    halves = [0.0 if column.is_roomy else _half_width(column, rect) for column in state.columns]
    left = rect.left() + max(
        SIDE + min(110.0, rect.width() * 0.12) if names else 0.0,
        min(names + LARGEST_RADIUS + NAME_GAP, rect.width() * NAMES_SHARE) if names else 0.0,
        SIDE + 10.0 + halves[0],
        text_width(first.caption, CAPTION) / 2 + 10.0,
    )
    right = rect.right() - SIDE - 60.0 - _target_width(state) - 32.0 - badge - halves[-1]
    gaps = max(1, len(halves) - 1)
    inner = 2 * sum(halves) - halves[0] - halves[-1]
    gap = (right - left - inner) / gaps
    xs = [left]
    for before, half in itertools.pairwise(halves):
        xs.append(xs[-1] + before + gap + half)
    return tuple(xs)


def _step(xs: tuple[float, ...]) -> float:
    return (xs[-1] - xs[0]) / max(1, len(xs) - 1)


def _do_captions_meet(state: CanvasState, xs: tuple[float, ...]) -> bool:
    """Whether any two captions side by side have no room on one line."""
    halves = [text_width(column.caption, CAPTION) / 2 for column in state.columns]
    pairs = zip(itertools.pairwise(halves), itertools.pairwise(xs), strict=True)
    return any(before + after + 8.0 > right - left for (before, after), (left, right) in pairs)


def _target_width(state: CanvasState) -> float:
    """More for targets with a fraction, which are longer: the same for all samples, so that nothing moves between them.

    More still where the longest, with its symbol in this notation, would reach to the loss at its widest.
    """
    loss = state.loss
    is_whole = all(text.isdigit() for text in loss.targets)
    usual = TARGET_WIDTH + (12.0 if state.columns[-1].labels else 0.0) + (0.0 if is_whole else FRACTION_WIDTH)
    if not loss.targets:
        return usual
    symbol = max(glyphs_width(symbol, TARGET_TEXT) for symbol in loss.target_symbols)
    longest = max(text_width(f" = {text}", TARGET_TEXT) for text in (*loss.targets, loss.longest_target))
    wanted = symbol + longest + TARGET_GAP
    return usual if wanted <= usual else math.ceil(wanted / 8.0) * 8.0


def _radius(xs: tuple[float, ...], wished: float) -> float:
    return max(SMALLEST_RADIUS, min(LARGEST_RADIUS, wished, _step(xs) * RADIUS_SHARE))


def _roomy(column: ColumnState, x: float, span: tuple[float, float], height: float, radius: float) -> Column:
    """Units of one layer below each other around the middle, the bias unit last."""
    slots = _rows(column)
    spacing = min(height, (span[1] - span[0]) / max(1, slots))
    spacing = min(max(spacing, radius * 2.2), radius * 4.4)
    y = (span[0] + span[1]) / 2 - spacing * (slots - 1) / 2
    centres = np.column_stack([np.full(column.size, x), y + spacing * np.arange(column.size)])
    bias = QPointF(x, y + spacing * column.size) if column.has_bias_unit else None
    return Column(x, centres, radius, radius, 0.0, bias, radius * BIAS_SHARE)


def _dense(column: ColumnState, x: float, span: tuple[float, float], width: float) -> Column:
    """Dots below each other, or a grid; the bias unit stands below."""
    bias_room = 2.8 * SMALLEST_RADIUS if column.has_bias_unit else 0.0
    columns, rows = _grid(column)
    top = span[0] + (PLATE_ROOM if columns == 1 else 0.0)
    room = span[1] - top - bias_room
    if columns == 1:
        spacing = min(room / rows, 2.6 * LARGEST_DOT)
        radius, cell = min(LARGEST_DOT, max(0.9, spacing * 0.41)), 0.0
        across, down = spacing, spacing
    else:
        cell = _cell(column, width, room)
        radius, across, down = cell / 2, cell, cell
    y = (top + span[1] - bias_room) / 2 - down * (rows - 1) / 2
    index = np.arange(column.size)
    xs = x + across * (index % columns - (columns - 1) / 2)
    centres = np.column_stack([xs, y + down * (index // columns)])
    bias = QPointF(x, y + down * rows + SMALLEST_RADIUS + 2.0) if column.has_bias_unit else None
    return Column(x, centres, radius, columns * cell / 2 or radius, cell, bias, SMALLEST_RADIUS)


def _grid(column: ColumnState) -> tuple[int, int]:
    """Columns and rows of a large layer: the image of square inputs, one column, or a grid taller than wide."""
    if column.side:
        return column.side, column.side
    if column.size <= MOST_IN_COLUMN:
        return 1, column.size
    columns = math.ceil(math.sqrt(column.size / 2.5))
    return columns, math.ceil(column.size / columns)


def _cell(column: ColumnState, width: float, room: float) -> float:
    columns, rows = _grid(column)
    return min(LARGEST_CELL, width * GRID_WIDTH / columns, room * GRID_HEIGHT / rows)


def _half_width(column: ColumnState, rect: QRectF) -> float:
    """Half of what a large layer takes of the width."""
    columns, _ = _grid(column)
    if columns == 1:
        return 0.0
    return columns * _cell(column, rect.width(), rect.height() - TOP - BOTTOM - 2.8 * SMALLEST_RADIUS) / 2


def _loss_rect(state: CanvasState, rect: QRectF, middle: float) -> QRectF:
    """The box of the loss at the right edge, as wide as its symbol and its number."""
    widest = max(text_width(state.loss.text, LOSS_TEXT, True), glyphs_width(state.loss.symbol, LOSS_TEXT))
    width = min(MOST_LOSS_WIDTH, max(60.0, widest + 14.0))
    right = rect.right() - max(LOSS_MARGIN, 44.0 - width / 2)
    return QRectF(right - width, middle - 22.0, width, 44.0)


def _rows(column: ColumnState) -> int:
    return column.size + (1 if column.has_bias_unit else 0)
