"""Paints units: discs with words in small layers, dots and cells in large ones, and what stands around those at work."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from bpstudio.canvas.cells import cell_image
from bpstudio.canvas.geometry import NUMBERED, ROOMY_RADIUS, SMALLEST_RADIUS, Geometry
from bpstudio.canvas.pens import accent_of, signed
from bpstudio.look.drawing import (
    brush_of,
    draw_centred,
    draw_glyphs,
    draw_glyphs_centred,
    draw_plate,
    draw_text,
    elided,
    fitting,
    glyphs_width,
    lines_of,
    text_width,
)
from bpstudio.model.address import Address, Quantity
from bpstudio.program.operation import Pass
from bpstudio.viewstate.activity import Mark
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState, UnitState
from bpstudio.viewstate.theme import Theme, mixed

SMALLEST_TEXT = 9.0
WIDEST_TEXT = 1.7
"""Of the radius: the chord at the number's lower edge, within the rim."""
TAG, BIAS = 10.5, 11.0
NAME, TWO_LINES = 11.5, 31.0
"""The size of an input's name, and how far rows must lie apart for names in two lines."""
FAINT = 0.22
"""Opacity of what is not in focus."""
LARGEST_BADGE = 14.5
RING = 4.5
"""How far from a disc lies the ring around the unit that is next."""
STRIP = 5.0
"""Half of the least width of what a column of dots lies on."""


class UnitPainter:
    """Paints the units of one state into one geometry."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry) -> None:
        self.state = state
        self.theme = theme
        self.geometry = geometry
        self.accent = accent_of(state.accent, theme)
        self.number_size = max(SMALLEST_TEXT, min(17.0, geometry.radius * 0.42))

    def radius(self, unit: UnitState) -> float:
        """The radius a unit is drawn with: those with words in large layers are drawn larger than the dots."""
        radius = self.geometry.radius_of(unit.layer, unit.index)
        if unit.index >= 0 and not self.state.columns[unit.layer].is_roomy:
            return max(radius, 5.0)
        return radius

    def is_beside(self, unit: UnitState) -> bool:
        """Whether δ and the running sum stand beside the unit, because above and below it is no room."""
        return self.geometry.has_badges_beside or not self.state.columns[unit.layer].is_roomy

    # Discs.

    def disc(self, painter: QPainter, unit: UnitState, label: str) -> None:
        """A unit with its halos, symbol, number, and name."""
        centre, radius = self.geometry.centre(unit.layer, unit.index), self.radius(unit)
        if unit.is_faded:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.background))
            painter.drawEllipse(centre, radius + 0.7, radius + 0.7)
            painter.setOpacity(FAINT)
        if unit.is_lit:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.selection), 4.0, Qt.PenStyle.DotLine, Qt.PenCapStyle.FlatCap))
            painter.drawEllipse(centre, radius + 6.0, radius + 6.0)
        if unit.is_selected or unit.is_hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.selection if unit.is_selected else self.theme.hover))
            painter.drawEllipse(centre, radius + 7.0, radius + 7.0)
        self._circle(painter, unit, centre, radius)
        self._words(painter, unit, centre, radius)
        if label:
            self._label(painter, label, centre.x() - radius - 10.0, centre.y())
        painter.setOpacity(1.0)

    def _label(self, painter: QPainter, label: str, right: float, middle: float) -> None:
        """The name of an input left of its unit, in two lines where it is long and rows are far enough apart."""
        room = right - self.geometry.rect.left() - 6.0
        has_two = self.geometry.rows_apart(0) >= TWO_LINES
        lines = lines_of(label, NAME, room) if has_two else (elided(label, NAME, room),)
        for number, line in enumerate(lines):
            baseline = middle + 4.0 + NAME * 1.2 * (number - (len(lines) - 1) / 2)
            draw_text(painter, right - text_width(line, NAME), baseline, line, NAME, self.theme.quiet)

    def _circle(self, painter: QPainter, unit: UnitState, centre: QPointF, radius: float) -> None:
        fill, line, width = self.theme.surface, self.theme.quiet, 1.4
        if unit.value is None:
            line = self.theme.faded
        elif math.isfinite(unit.value):
            column = self.state.columns[unit.layer]
            is_dot = unit.index >= 0 and (radius < SMALLEST_RADIUS or not column.is_roomy)
            share = min(1.0, abs(unit.value) / column.scale) if is_dot else 0.26 * min(1.0, abs(unit.value))
            fill = mixed(self.theme.surface, signed(unit.value, self.theme), share)
        else:
            fill, line = mixed(self.theme.surface, self.theme.not_finite, 0.3), self.theme.not_finite
        if unit.mark is Mark.WRITTEN:
            line, width = self.accent, 3.6
        elif unit.mark is Mark.READ:
            line, width = self.accent, 2.2
        width = min(width, radius * 0.6)
        if unit.index < 0 or unit.is_faded:
            style = Qt.PenStyle.DotLine if unit.index < 0 else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(line), width, style))
            painter.setBrush(QColor(fill))
            painter.drawEllipse(centre, radius, radius)
        else:
            _draw_rimmed(painter, centre, radius, width, line, fill)

    def ring(self, painter: QPainter, unit: UnitState) -> None:
        """A dashed ring around the unit that is next; it touches nothing but halos."""
        centre, radius = self.geometry.centre(unit.layer, unit.index), self.radius(unit)
        painter.setOpacity(FAINT if unit.is_faded else 1.0)
        painter.setPen(QPen(QColor(self.theme.quiet), 1.3, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius + RING, radius + RING)
        painter.setOpacity(1.0)

    def _words(self, painter: QPainter, unit: UnitState, centre: QPointF, radius: float) -> None:
        if unit.index < 0 and radius < ROOMY_RADIUS:
            draw_centred(painter, centre, unit.text, min(12.0, radius), self.theme.text, True)
            return
        if radius < NUMBERED:
            return
        colour = self.theme.text if unit.text else self.theme.quiet
        size = max(SMALLEST_TEXT, min(16.0, radius * 0.44))
        if not unit.text:
            draw_glyphs_centred(painter, centre, unit.symbol, size, colour)
            return
        if radius < ROOMY_RADIUS:
            pixels = fitting(unit.short_text, radius * 1.7, 11.0, least=6.0)
            draw_centred(painter, centre, unit.short_text, pixels, colour, True)
            return
        upper, lower = centre - QPointF(0.0, radius * 0.34), centre + QPointF(0.0, radius * 0.36)
        draw_glyphs_centred(painter, upper, unit.symbol, size * 0.92, self.theme.quiet)
        pixels, text = fitting(unit.text, radius * 1.62, self.number_size), unit.text
        if text_width(text, pixels, True) > radius * WIDEST_TEXT:
            pixels, text = fitting(unit.short_text, radius * 1.62, self.number_size), unit.short_text
        draw_centred(painter, lower, text, pixels, colour, True)

    # What stands around a unit.

    def notes(self, painter: QPainter, unit: UnitState) -> None:
        """Over all discs: bias or running sum, δ, and its number where the disc is too small."""
        painter.setOpacity(FAINT if unit.is_faded else 1.0)
        centre, radius = self.geometry.centre(unit.layer, unit.index), self.radius(unit)
        if unit.bias_text and not unit.sum_text:
            self._bias(painter, unit, centre, radius)
        if unit.sum_text:
            self._badge(painter, unit)
        if self._has_delta(unit):
            self._delta(painter, unit, radius)
        if unit.text and self._has_tag(unit):
            self._tag(painter, unit, centre, radius)
        painter.setOpacity(1.0)

    def _bias(self, painter: QPainter, unit: UnitState, centre: QPointF, radius: float) -> None:
        """Below the unit; beside it, over the edges that begin there, only of the one that is at work or pointed at."""
        words = f"− {unit.bias_text[1:]}" if unit.bias_text.startswith("−") else f"+ {unit.bias_text}"
        if not self.is_beside(unit):
            draw_centred(painter, QPointF(centre.x(), centre.y() + radius + 11.0), words, BIAS, self.theme.quiet)
        elif not unit.delta_text and self._tells_bias(unit):
            width = text_width(words, BIAS) + 6.0
            plate = QRectF(centre.x() + radius + 3.0, centre.y() - 7.5, width, 15.0)
            draw_plate(painter, plate, self.theme.background)
            draw_centred(painter, plate.center(), words, BIAS, self.theme.quiet)

    def _tells_bias(self, unit: UnitState) -> bool:
        is_told = unit.is_next or unit.mark is Mark.WRITTEN or unit.is_hovered or unit.is_selected
        column = self.state.columns[unit.layer]
        return column.is_roomy and (is_told or column is self.state.columns[-1])

    def _tag_rect(self, unit: UnitState, centre: QPointF, radius: float) -> QRectF:
        number, symbol = self._tag_words(unit)
        width = symbol + text_width(number, TAG) + 8.0
        column = self.geometry.layers[unit.layer]
        least = self.geometry.rect.left() + 2.0
        if column.cell:
            return QRectF(max(least, centre.x() - width / 2), column.rect.top() - 21.0, width, 17.0)
        if unit.layer == 0 and self.state.columns[0].labels:  # on its left stands its name
            return QRectF(centre.x() + radius + 6.0, centre.y() - 8.5, width, 17.0)
        return QRectF(max(least, centre.x() - radius - 6.0 - width), centre.y() - 8.5, width, 17.0)

    def _tag_words(self, unit: UnitState) -> tuple[str, float]:
        """The number, and the width of the symbol before it; none in small layers, which is 0."""
        if self.state.columns[unit.layer].is_roomy:
            return unit.text, 0.0
        return f" = {unit.text}", glyphs_width(unit.symbol, TAG)

    def _tag(self, painter: QPainter, unit: UnitState, centre: QPointF, radius: float) -> None:
        """The number of a unit that is too small for it, on its left, or above the grid it is in."""
        number, symbol = self._tag_words(unit)
        plate = self._tag_rect(unit, centre, radius)
        line = self.accent if unit.mark >= Mark.READ else self.theme.quiet
        draw_plate(painter, plate, self.theme.surface, line)
        if symbol:
            draw_glyphs(painter, plate.left() + 4.0, plate.center().y() + 3.6, unit.symbol, TAG, self.theme.quiet)
        draw_text(painter, plate.left() + 4.0 + symbol, plate.center().y() + 3.8, number, TAG, self.theme.text)

    def _delta(self, painter: QPainter, unit: UnitState, radius: float) -> None:
        """The badge above the unit, or beside it: δ with its symbol, kept as long as the sample is at work."""
        symbol, pixels = unit.delta_symbol, _badge_pixels(radius)
        text, rect = f" = {unit.delta_text}", self.delta_rect(unit)
        is_new = unit.mark is Mark.WRITTEN and self.state.accent is Pass.BACKWARD
        fill = self.theme.backward if is_new else mixed(self.theme.surface, self.theme.backward, 0.16)
        ink = self.theme.on_accent if is_new else self.theme.text
        draw_plate(painter, rect, fill, self.theme.backward, rect.height() / 2)
        middle = rect.center().y()
        if symbol is not None:
            draw_glyphs(painter, rect.left() + 6.0, middle + pixels * 0.34, symbol, pixels, ink)
        place = QPointF(rect.right() - 6.0 - text_width(text, pixels, True) / 2, middle)
        draw_centred(painter, place, text, pixels, ink, True)

    def delta_rect(self, unit: UnitState) -> QRectF:
        """The plate of a unit's δ."""
        centre, radius = self.geometry.centre(unit.layer, unit.index), self.radius(unit)
        pixels = _badge_pixels(radius)
        symbol = 0.0 if unit.delta_symbol is None else glyphs_width(unit.delta_symbol, pixels)
        width = symbol + text_width(f" = {unit.delta_text}", pixels, True) + 12.0
        place = QPointF(centre.x() + radius * 0.15, centre.y() - radius - pixels * 0.72)
        if self.is_beside(unit):
            place = QPointF(centre.x() + radius + width / 2 - 2.0, centre.y())
        return QRectF(place.x() - width / 2, place.y() - pixels * 0.95, width, pixels * 1.9)

    def _badge(self, painter: QPainter, unit: UnitState) -> None:
        """The running sum, below the unit or, where units stand close, beside it."""
        pixels, text = self._sum_pixels(), unit.sum_text
        rect = self.sum_rect(unit)
        place = rect.center()
        draw_plate(painter, rect, self.theme.surface, self.accent, rect.height() / 2)
        colour = self.theme.text if unit.is_sum_finite else self.theme.not_finite
        draw_centred(painter, place, text, pixels, colour, True)

    def sum_rect(self, unit: UnitState) -> QRectF:
        """The plate of a unit's running sum."""
        centre, radius = self.geometry.centre(unit.layer, unit.index), self.radius(unit)
        pixels = self._sum_pixels()
        width = text_width(unit.sum_text, pixels, True) + 12.0
        place = QPointF(centre.x(), centre.y() + radius + 13.0)
        if self.is_beside(unit):
            place = QPointF(centre.x() + radius + 3.0 + width / 2, centre.y())
        return QRectF(place.x() - width / 2, place.y() - pixels * 0.85, width, pixels * 1.7)

    def plates(self) -> Iterator[tuple[QRectF, Address]]:
        """The plates of numbers that stand around units, and what they are the numbers of."""
        for unit in itertools.chain.from_iterable(column.units for column in self.state.columns):
            if unit.sum_text:
                yield self.sum_rect(unit), Address(Quantity.PRE_ACTIVATION, unit.layer, (unit.index,))
            if self._has_delta(unit):
                yield self.delta_rect(unit), Address(Quantity.DELTA, unit.layer, (unit.index,))

    def _has_delta(self, unit: UnitState) -> bool:
        """Whether δ is written: not where the running sum stands in its place."""
        return bool(unit.delta_text) and not (unit.sum_text and self.is_beside(unit))

    def has_notes(self, unit: UnitState) -> bool:
        """Whether anything stands around a unit."""
        return bool(unit.bias_text or unit.sum_text or unit.delta_text or (unit.text and self._has_tag(unit)))

    def _has_tag(self, unit: UnitState) -> bool:
        is_told = unit.mark >= Mark.READ or unit.is_hovered or unit.is_selected
        return unit.index >= 0 and is_told and self.radius(unit) < NUMBERED

    def disc_bounds(self, unit: UnitState) -> QRectF:
        """What a unit covers with its halos, and its name if it is an input."""
        halo = 9.0 if unit.is_selected or unit.is_hovered or unit.is_lit else 3.0
        centre, reach = self.geometry.centre(unit.layer, unit.index), self.radius(unit) + halo
        found = QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)
        if unit.layer == 0 and self.state.columns[0].labels:
            found.setLeft(self.geometry.rect.left())
        return found

    def ring_bounds(self, unit: UnitState) -> QRectF:
        """What the ring around the unit that is next covers."""
        centre, reach = self.geometry.centre(unit.layer, unit.index), self.radius(unit) + RING + 2.0
        return QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)

    def notes_bounds(self, unit: UnitState) -> QRectF:
        """What stands around a unit, generously."""
        centre, radius = self.geometry.centre(unit.layer, unit.index), self.radius(unit)
        width = self._notes_width(unit, radius)
        if self.is_beside(unit):
            found = QRectF(centre.x() + radius - 4.0, centre.y() - 14.0, width + 8.0, 28.0)
        else:
            found = self._above_and_below(unit, centre, radius, width + 3.0)
        if unit.text and self._has_tag(unit):
            found = found.united(self._tag_rect(unit, centre, radius).adjusted(-2.0, -2.0, 2.0, 2.0))
        return found

    def _above_and_below(self, unit: UnitState, centre: QPointF, radius: float, width: float) -> QRectF:
        """The plates of δ above and of the running sum or the bias below."""
        found = QRectF()
        if unit.delta_text:
            pixels = _badge_pixels(radius)
            top = centre.y() - radius - pixels * 1.67
            found = QRectF(centre.x() + radius * 0.15 - width / 2, top - 1.5, width, pixels * 1.9 + 3.0)
        if unit.sum_text or unit.bias_text:
            reach = self._sum_pixels() * 0.85 + 1.5 if unit.sum_text else 10.0
            middle = centre.y() + radius + 13.0
            found = found.united(QRectF(centre.x() - width / 2, middle - reach, width, 2 * reach))
        return found

    def _sum_pixels(self) -> float:
        return max(SMALLEST_TEXT, min(13.5, self.geometry.radius * 0.4))

    def _notes_width(self, unit: UnitState, radius: float) -> float:
        """The width of the widest plate or word at a unit, at least."""
        pixels = _badge_pixels(radius)
        symbol = 0.0 if unit.delta_symbol is None else glyphs_width(unit.delta_symbol, pixels)
        delta = symbol + text_width(f" = {unit.delta_text}", pixels, True) if unit.delta_text else 0.0
        words = text_width(unit.sum_text, 13.5, True), text_width(f"+ {unit.bias_text}", 11.0)
        return max(delta, *words) + 14.0

    # Large layers.

    def dense(self, painter: QPainter, column: ColumnState, exposed: QRectF | None) -> None:
        """All units of a large layer as dots, or as the cells of a grid."""
        if column.is_faded:
            painter.fillRect(self.geometry.layers[column.layer].rect, QColor(self.theme.background))
            painter.setOpacity(FAINT)
        if self.geometry.layers[column.layer].cell:
            self._cells(painter, column)
        else:
            self._dots(painter, column, exposed)
        painter.setOpacity(1.0)

    def _dots(self, painter: QPainter, column: ColumnState, exposed: QRectF | None) -> None:
        places = self.geometry.layers[column.layer]
        radius = places.radius
        shown = np.arange(column.size)
        if exposed is not None:
            ys = places.centres[:, 1]
            shown = np.flatnonzero((ys >= exposed.top() - radius - 3.0) & (ys <= exposed.bottom() + radius + 3.0))
        self._strip(painter, places.rect)
        line = QPen(QColor(self.theme.quiet), min(1.0, radius * 0.3))
        empty = QPen(QColor(self.theme.faded), min(1.0, radius * 0.3))
        for unit in shown.tolist():
            value = column.numbers.at(unit)
            centre = QPointF(float(places.centres[unit, 0]), float(places.centres[unit, 1]))
            painter.setPen(empty if value is None else line)
            painter.setBrush(QColor(self._tint(value, column.scale)))
            painter.drawEllipse(centre, radius, radius)
            delta = None if column.deltas is None else column.deltas.at(unit)
            if delta is not None:
                self._spark(painter, centre, radius, delta, column.delta_scale)

    def _strip(self, painter: QPainter, rect: QRectF) -> None:
        """What the dots lie on, so that they stand out from the lines that end there."""
        painter.setPen(QPen(QColor(self.theme.line), 1.0))
        painter.setBrush(QColor(self.theme.surface))
        margin = STRIP - rect.width() / 2 if rect.width() / 2 < STRIP - 2.0 else 2.0
        strip = rect.adjusted(-margin, -2.0, margin, 2.0)
        painter.drawRoundedRect(strip, 3.0, 3.0)

    def _tint(self, value: float | None, scale: float) -> str:
        if value is None:
            return self.theme.surface
        if not math.isfinite(value):
            return self.theme.not_finite
        share = min(1.0, abs(value) / scale)
        return mixed(self.theme.surface, signed(value, self.theme), share)

    def _spark(self, painter: QPainter, centre: QPointF, radius: float, delta: float, scale: float) -> None:
        """δ of a dot: a stroke on its right, as long as it is large, double where it is negative."""
        share = 1.0 if not math.isfinite(delta) else min(1.0, abs(delta) / scale)
        left, length = centre.x() + radius + 2.0, 2.0 + 16.0 * share
        painter.setPen(QPen(QColor(self.theme.backward), max(1.0, radius * 0.45)))
        pieces = ((0.0, 0.42), (0.58, 1.0)) if delta < 0.0 else ((0.0, 1.0),)
        for first, last in pieces:
            painter.drawLine(QPointF(left + first * length, centre.y()), QPointF(left + last * length, centre.y()))

    def _cells(self, painter: QPainter, column: ColumnState) -> None:
        """An image without smoothing; inputs without a sign in ink, all others in the colours of their sign."""
        places = self.geometry.layers[column.layer]
        image = cell_image(column, places, self.theme)
        painter.drawImage(places.rect, image, QRectF(0, 0, image.width(), image.height()))
        painter.setPen(QPen(QColor(self.theme.faded), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(places.rect.adjusted(-1.0, -1.0, 1.0, 1.0))


def _draw_rimmed(painter: QPainter, centre: QPointF, radius: float, width: float, line: str, fill: str) -> None:
    """An opaque disc with a rim around ``radius``, as one disc upon another: half the time of a stroked circle."""
    painter.setPen(Qt.PenStyle.NoPen)
    for reach, colour in ((radius + width / 2, line), (radius - width / 2, fill)):
        painter.setBrush(brush_of(colour))
        painter.drawEllipse(centre, reach, reach)


def _badge_pixels(radius: float) -> float:
    return max(SMALLEST_TEXT, min(LARGEST_BADGE, radius * 0.42))
