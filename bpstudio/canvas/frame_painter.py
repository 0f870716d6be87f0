"""Paints what stands around the network: captions, labels of edges, the loss, the legend; and says where each lies."""

import itertools
import math
from functools import cached_property, lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from bpstudio.canvas.geometry import CAPTION, LOSS_TEXT, Geometry
from bpstudio.canvas.pens import accent_of, signed
from bpstudio.canvas.unit_painter import LARGEST_BADGE, SMALLEST_TEXT
from bpstudio.look.drawing import (
    draw_centred,
    draw_glyphs_centred,
    draw_plate,
    draw_text,
    fitting,
    text_width,
)
from bpstudio.viewstate.activity import Mark
from bpstudio.viewstate.canvas_state import MOST_LABELLED_EDGES, CanvasState, ColumnState, EdgeState
from bpstudio.viewstate.theme import Theme

LEGEND = 11.0
TAPER = 44.0
BEYOND_CROSSING = 0.64
"""How far along an edge a number is clear of those half-way, where edges cross."""
USUAL_NUMBER = "−0.0000"
"""As wide as the number of an edge usually is: whether there is room for numbers does not change with each step."""
WIDEST_SHARE = 0.85
"""A number wider than this share of the way from layer to layer has no room on its edge."""
CROWDED_SHARE, CLEAR = 0.1, 7.0
"""More of a layer's edges than this with numbers that hide one another, and only those at work are written."""
SHARES = (0.62, 0.72, 0.78, 0.3, 0.2, 0.5, 0.84, 0.12)
"""Where along an edge its number goes when another has its usual place."""
BADGE_WIDTH = 9.8
"""Width of a usual δ with its symbol, in sizes of its text."""


class FramePainter:
    """Paints what is no unit and no line, for one state in one geometry."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry) -> None:
        self.state = state
        self.theme = theme
        self.geometry = geometry
        self.accent = accent_of(state.accent, theme)
        self._beside: dict[int, list[QRectF]] = {}

    # Labels of edges.

    @cached_property
    def labelled(self) -> tuple[EdgeState, ...]:
        """The edges whose numbers are written."""
        return tuple(edge for edge in self.state.edges if self.has_label(edge))

    @cached_property
    def _are_few(self) -> bool:
        return self.state.has_all_labels

    def has_label(self, edge: EdgeState) -> bool:
        """Whether an edge's number is written: of few edges all, of many those at work and pointed at."""
        if not edge.text:
            return False
        is_told = edge.is_hovered or edge.is_selected
        if self.state.focus is not None:
            return is_told or self.state.is_in_focus(edge.layer, edge.unit, edge.source)
        has_room = self._are_few and edge.layer not in self._crowded_layers
        return is_told or has_room or edge.mark >= Mark.READ

    @cached_property
    def _crowded_layers(self) -> frozenset[int]:
        """Layers whose edges lie too close for all their numbers to be read."""
        if not self._are_few:
            return frozenset()
        layers: dict[int, list[EdgeState]] = {}
        for edge in self.state.edges:
            layers.setdefault(edge.layer, []).append(edge)
        return frozenset(layer for layer, edges in layers.items() if self._is_crowded(edges))

    def _is_crowded(self, edges: list[EdgeState]) -> bool:
        pixels = self._label_pixels()
        longest = max((edge.text for edge in edges), key=len)
        width = max(text_width(text, pixels) for text in (USUAL_NUMBER, longest)) + 8.0
        return _hidden_share(self.geometry, tuple(map(_place_of, edges)), width, pixels * 1.44) > CROWDED_SHARE

    def label_rect(self, edge: EdgeState) -> QRectF:
        """The plate of an edge's number; beside those of its layer where all have one."""
        found = self._apart.get((edge.layer, edge.unit, edge.source))
        return self._wished_rect(edge) if found is None else found

    @cached_property
    def _apart(self) -> dict[tuple[int, int, int], QRectF]:
        """The plates of small networks, and in focus, moved along their edges as far as they would cover each other or a δ."""
        found: dict[tuple[int, int, int], QRectF] = {}
        if not self._are_few and (self.state.focus is None or len(self.labelled) > MOST_LABELLED_EDGES):
            return found
        placed: dict[int, list[QRectF]] = {}
        for edge in self.labelled:
            others = placed.setdefault(edge.layer, [])
            rect = self._free_rect(edge, others)
            others.append(rect)
            found[edge.layer, edge.unit, edge.source] = rect
        return found

    def _free_rect(self, edge: EdgeState, others: list[QRectF]) -> QRectF:
        """The first of some places that covers none of ``others`` and no δ; where there is none, the usual."""
        usual, badges = self._wished_rect(edge), self._badges(edge)
        taken = [*others, *badges]
        if not any(usual.intersects(other) for other in taken):
            return usual
        start, end = self.geometry.shown_ends(edge)
        for share in SHARES:
            rect = _around(start + (end - start) * share, usual.width(), usual.height())
            if not any(rect.intersects(other) for other in taken):
                return rect
        return usual

    def _badges(self, edge: EdgeState) -> list[QRectF]:
        """Where δ stand or will stand near an edge: beside the units it comes from, or above those at its ends."""
        if self.geometry.has_badges_beside:
            return self._badges_beside(edge.layer - 1) if edge.layer > 1 else []
        above = self._badge_above(edge), self._badge_over(edge.layer, edge.unit)
        return [badge for badge in above if badge is not None]

    def _badges_beside(self, layer: int) -> list[QRectF]:
        found = self._beside.get(layer)
        if found is None:
            column = self.geometry.layers[layer]
            pixels = max(SMALLEST_TEXT, min(LARGEST_BADGE, column.radius * 0.42))
            size = BADGE_WIDTH * pixels, pixels * 1.9
            x = column.x + column.radius + size[0] / 2 - 2.0
            found = self._beside[layer] = [_around(QPointF(x, float(y)), *size) for y in column.centres[:, 1]]
        return found

    def _wished_rect(self, edge: EdgeState) -> QRectF:
        pixels = self._pixels_of(edge)
        start, end = self.geometry.shown_ends(edge)
        share = 0.24 if edge.unit % 2 == 0 else 0.40
        if self.state.focus == (edge.layer - 1, edge.source):
            share = 0.66
        elif edge.mark >= Mark.READ and not self._are_few:
            share = 0.5
        width = text_width(edge.text, pixels) + 8.0
        share = share if share > 0.5 else max(share, _clear_share(end - start, width, pixels * 1.44))
        rect = _around(start + (end - start) * share, width, pixels * 1.44)
        badge = self._badge_above(edge)
        if badge is None or not badge.intersects(rect):
            return rect
        clear = (badge.right() + 3.0 + width / 2 - start.x()) / max(1.0, end.x() - start.x())
        return _around(start + (end - start) * max(BEYOND_CROSSING, min(0.7, clear)), width, pixels * 1.44)

    def _badge_above(self, edge: EdgeState) -> QRectF | None:
        """Where the δ of the unit an edge comes from stands or will stand, at its usual width: numbers do not move for it."""
        if edge.layer == 1 or edge.source < 0:
            return None
        return self._badge_over(edge.layer - 1, edge.source)

    def _badge_over(self, layer: int, unit: int) -> QRectF | None:
        if self.geometry.has_badges_beside:
            return None
        radius = self.geometry.radius_of(layer, unit)
        centre = self.geometry.centre(layer, unit)
        pixels = max(SMALLEST_TEXT, min(LARGEST_BADGE, radius * 0.42))
        place = QPointF(centre.x() + radius * 0.15, centre.y() - radius - pixels * 0.72)
        return _around(place, BADGE_WIDTH * pixels, pixels * 1.9)

    def _pixels_of(self, edge: EdgeState) -> float:
        """The size of an edge's number: smaller where its edge is short for it."""
        start, end = self.geometry.shown_ends(edge)
        room = max(60.0, WIDEST_SHARE * abs(end.x() - start.x()))
        return fitting(edge.text, room, self._label_pixels())

    def _label_pixels(self) -> float:
        return max(SMALLEST_TEXT, min(13.5, self.geometry.radius * 0.38))

    def label(self, painter: QPainter, edge: EdgeState) -> None:
        """An edge's number on a plate; of one at work framed."""
        rect = self.label_rect(edge)
        is_active = edge.mark >= Mark.READ
        fill = self.theme.surface if is_active else self.theme.background
        draw_plate(painter, rect, fill, self.accent if is_active else None)
        colour = signed(0.0 if edge.value is None else edge.value, self.theme)
        draw_centred(painter, rect.center(), edge.text, self._pixels_of(edge), colour, is_active)

    # Captions.

    @cached_property
    def has_formulas(self) -> bool:
        """Whether there is room for the formula of every layer below its caption, and above its first δ."""
        return _is_room_for(tuple(column.formula for column in self.state.columns), self.geometry)

    def caption(self, painter: QPainter, column: ColumnState) -> None:
        """Name, size and activation of a layer, and its formula."""
        x, top = self.geometry.layers[column.layer].x, self.geometry.rect.top()
        draw_centred(painter, QPointF(x, top + 20.0), column.title, 13.5, self.theme.text, True)
        lines = column.caption.split(" · ") if self.geometry.has_split_captions else [column.caption]
        if self.has_formulas and column.formula:
            lines = [*lines, column.formula]
        for index, line in enumerate(lines):
            draw_centred(painter, QPointF(x, top + 38.0 + 14.0 * index), line, CAPTION, self.theme.quiet)

    def names(self, painter: QPainter, column: ColumnState) -> None:
        """The names of the inputs of a large layer, where there is room for one at each dot."""
        places = self.geometry.layers[column.layer]
        if column.is_roomy or column.layer > 0 or not column.labels or places.radius < 4.5:
            return
        for name, (x, y) in zip(column.labels, places.centres.tolist(), strict=True):
            width = text_width(name, SMALLEST_TEXT)
            draw_text(painter, x - places.radius - 6.0 - width, y + 3.2, name, SMALLEST_TEXT, self.theme.quiet)

    # The loss.

    def loss_bounds(self) -> QRectF:
        """The loss node and the word below it."""
        return self.geometry.loss_rect.adjusted(-3.0, -3.0, 3.0, 18.0)

    def caption_bounds(self, column: ColumnState) -> QRectF:
        """The caption of a layer."""
        lines = text_width(column.caption, CAPTION), text_width(column.formula, CAPTION)
        width = max(*lines, text_width(column.title, 13.5, True)) + 8.0
        height = 74.0 if self.geometry.has_split_captions else 60.0
        return QRectF(self.geometry.layers[column.layer].x - width / 2, self.geometry.rect.top(), width, height)

    def loss(self, painter: QPainter) -> None:
        """The loss node with its number once it is computed."""
        loss, rect = self.state.loss, self.geometry.loss_rect
        is_active = loss.mark is Mark.WRITTEN
        line = self.accent if is_active else (self.theme.quiet if loss.is_done else self.theme.faded)
        painter.setPen(QPen(QColor(line), 3.0 if is_active else 1.3))
        painter.setBrush(QColor(self.theme.surface))
        painter.drawRoundedRect(rect, 7.0, 7.0)
        colour = self.theme.text if loss.is_done else self.theme.quiet
        middle = rect.center()
        if loss.text:
            draw_glyphs_centred(painter, middle - QPointF(0.0, 9.0), loss.symbol, 12.0, self.theme.quiet)
            pixels = fitting(loss.text, rect.width() - 10.0, LOSS_TEXT)
            draw_centred(painter, middle + QPointF(0.0, 9.0), loss.text, pixels, colour, True)
        else:
            draw_glyphs_centred(painter, middle, loss.symbol, 13.0, colour)
        draw_centred(painter, QPointF(middle.x(), rect.bottom() + 12.0), "loss", 11.0, self.theme.quiet)

    # Legend.

    def legend_bounds(self) -> QRectF:
        """The strip at the bottom, and the line above where it is too long for one."""
        rect = self.geometry.rect
        return QRectF(rect.left(), rect.bottom() - 47.0, rect.width(), 47.0)

    def hint_bounds(self) -> QRectF:
        """The line above the legend."""
        rect = self.geometry.rect
        return QRectF(rect.left(), rect.bottom() - 47.0, rect.width(), 20.0)

    def hint(self, painter: QPainter) -> None:
        """What is under the pointer."""
        if self.state.hint:
            rect = self.geometry.rect
            draw_text(painter, rect.left() + 18.0, rect.bottom() - 35.0, self.state.hint, 11.5, self.theme.text)

    def legend(self, painter: QPainter) -> None:
        """What pattern and width mean, with the scale."""
        y, x = self.geometry.rect.bottom() - 17.0, self.geometry.rect.left() + 18.0
        for word, colour, is_dashed in (
            ("positive", self.theme.positive, False),
            ("negative", self.theme.negative, True),
        ):
            pen = QPen(QColor(colour), 3.0)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if is_dashed:
                pen.setDashPattern([3.0, 1.5])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, y), QPointF(x + 30.0, y))
            x = self._word(painter, x + 36.0, y, word) + 14.0
        legend = self.state.legend
        x = self._word(painter, x, y, f"{legend.quantity}: 0") + 5.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.quiet))
        painter.drawPolygon([QPointF(x, y), QPointF(x + TAPER, y - 2.5), QPointF(x + TAPER, y + 2.5)])
        x = self._word(painter, x + TAPER + 5.0, y, legend.full)
        right = self.geometry.rect.right() - 12.0
        above: list[str] = []
        for words in sorted(filter(None, (*legend.notes, legend.detail)), key=len, reverse=True):
            if x + 14.0 + text_width(words, LEGEND) <= right:
                x = self._word(painter, x + 14.0, y, words)
            else:
                above.insert(0, words)
        if above and not legend.has_hint_above:
            left, line = self.geometry.rect.left() + 18.0, "    ".join(above)
            room = (self.geometry.target_x if self.state.loss.targets else right) - 12.0 - left
            pixels = fitting(line, room, LEGEND, is_bold=False)
            draw_text(painter, left, y - 18.0, line, pixels, self.theme.quiet)

    def _word(self, painter: QPainter, x: float, y: float, words: str) -> float:
        """Words on the legend's line; returns where they end."""
        draw_text(painter, x, y + 4.0, words, LEGEND, self.theme.quiet)
        return x + text_width(words, LEGEND)


def _place_of(edge: EdgeState) -> tuple[int, int, int]:
    return edge.layer, edge.unit, edge.source


@lru_cache(maxsize=32)
def _hidden_share(geometry: Geometry, places: tuple[tuple[int, int, int], ...], width: float, height: float) -> float:
    """The share of some edges' numbers, so wide and high, that would hide another or be too wide for their edge."""
    placed: list[tuple[float, float]] = []
    hidden = 0
    for layer, unit, source in places:
        start, end = geometry.ends_of(layer, unit, source)
        usual = max(0.24 if unit % 2 == 0 else 0.40, _clear_share(end - start, width, height))
        tried = [start + (end - start) * share for share in (usual, *SHARES)]
        free = next((place for place in tried if _is_apart(place, placed, width + CLEAR, height + CLEAR)), None)
        hidden += free is None or width > WIDEST_SHARE * abs(end.x() - start.x())
        placed.append((free or tried[0]).toTuple())
    return hidden / max(1, len(places))


def _is_apart(place: QPointF, others: list[tuple[float, float]], across: float, down: float) -> bool:
    return not any(abs(place.x() - x) < across and abs(place.y() - y) < down for x, y in others)


@lru_cache(maxsize=4)
def _is_room_for(formulas: tuple[str, ...], geometry: Geometry) -> bool:
    layers = geometry.layers[1:]
    pixels = max(SMALLEST_TEXT, min(LARGEST_BADGE, geometry.radius * 0.42))
    badge = 0.0 if geometry.has_badges_beside else pixels * 1.67 + 2.0
    first = min(float(column.centres[0, 1]) - column.radius - badge for column in layers)
    if first < geometry.rect.top() + (72.0 if geometry.has_split_captions else 58.0):
        return False
    halves = [text_width(formula, CAPTION) / 2 + 4.0 for formula in formulas]
    pairs = zip(itertools.pairwise(halves), itertools.pairwise(geometry.columns), strict=True)
    return all(before + after <= right - left for (before, after), (left, right) in pairs)


def _around(middle: QPointF, width: float, height: float) -> QRectF:
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)


def _clear_share(away: QPointF, width: float, height: float) -> float:
    """How far along a line, at most half-way, a plate must lie so that it does not reach back over the line's start."""
    length = max(1.0, math.hypot(away.x(), away.y()))
    across = math.inf if away.x() == 0.0 else width / 2 * length / abs(away.x())
    down = math.inf if away.y() == 0.0 else height / 2 * length / abs(away.y())
    return min(0.5, (min(across, down) + 3.0) / length)
