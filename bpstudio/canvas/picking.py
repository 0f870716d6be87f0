"""What lies at a place of the picture: a number on its plate, a unit, else the nearest of those edges that are drawn as lines."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from bpstudio.canvas.edge_lines import Edges, all_edges, fan_edges, line_ends, strongest_of
from bpstudio.canvas.geometry import Geometry
from bpstudio.model.address import Address, Quantity
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.edge_values import STRONGEST, Detail

PICK_DISTANCE = 9.0
UNIT_MARGIN = 2.0


class Picker:
    """Finds addresses in one state and geometry; lines are looked up in arrays made once.

    ``plates`` are the numbers that stand around units, the uppermost last.
    """

    def __init__(self, state: CanvasState, geometry: Geometry, plates: Sequence[tuple[QRectF, Address]] = ()) -> None:
        self._state = state
        self._geometry = geometry
        self._plates = tuple(reversed(plates))
        self._lines: list[tuple[Edges, np.ndarray[tuple[int, int], np.dtype[np.float64]]]] | None = None

    def address_at(self, at: QPointF, factor: float) -> Address | None:
        """The address at a place of the geometry, which is shown ``factor`` times larger; units win over edges."""
        for rect, address in self._plates:
            if rect.contains(at):
                return address
        for layer, column in enumerate(self._geometry.layers):
            if column.bias is not None and _length(column.bias - at) <= column.bias_radius + UNIT_MARGIN:
                return None
            unit = self._unit_at(layer, at, factor)
            if unit is not None:
                return Address(Quantity.ACTIVATION, layer, (unit,))
        return self._edge_at(at, PICK_DISTANCE / factor)

    def _unit_at(self, layer: int, at: QPointF, factor: float) -> int | None:
        column = self._geometry.layers[layer]
        reach = column.radius + (0.5 if column.cell else UNIT_MARGIN)
        if not self._state.columns[layer].is_roomy and not column.cell:
            reach = max(reach, 6.0 / factor)
        away = column.centres - (at.x(), at.y())
        sizes = np.abs(away).max(axis=1) if column.cell else np.hypot(away[:, 0], away[:, 1])
        nearest = int(sizes.argmin())
        return nearest if sizes[nearest] <= reach else None

    def _edge_at(self, at: QPointF, reach: float) -> Address | None:
        best, found = reach, None
        for edges, ends in self._drawn_lines():
            if not len(ends):
                continue
            distances = _distances(at, ends)
            nearest = int(distances.argmin())
            if distances[nearest] <= best:
                best, found = float(distances[nearest]), _address(edges, nearest)
        return found

    def _drawn_lines(self) -> list[tuple[Edges, np.ndarray[tuple[int, int], np.dtype[np.float64]]]]:
        """The edges that can be told apart on the picture: those drawn with their width, and those of units pointed at."""
        if self._lines is None:
            kinds = [
                all_edges(band) if band.detail is Detail.WIDE else strongest_of(band, STRONGEST)
                for band in self._state.bands
            ]
            kinds += [fan_edges(fan, self._state.bands[fan.layer - 1]) for fan in self._state.shown_fans]
            self._lines = [(edges, line_ends(edges, self._geometry)) for edges in kinds]
        return self._lines


def _address(edges: Edges, index: int) -> Address:
    layer, unit, column = edges.band.layer, int(edges.units[index]), int(edges.columns[index])
    if edges.band.has_bias and column == edges.band.numbers.values.shape[1] - 1:
        return Address(Quantity.BIAS, layer, (unit,))
    return Address(Quantity.WEIGHT, layer, (unit, column))


def _length(away: QPointF) -> float:
    return math.hypot(away.x(), away.y())


def _distances(
    at: QPointF, ends: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """From a point to each line segment."""
    start, along = ends[:, :2], ends[:, 2:] - ends[:, :2]
    away = np.array([at.x(), at.y()]) - start
    lengths = np.maximum(1e-12, (along**2).sum(axis=1))
    shares = np.clip((away * along).sum(axis=1) / lengths, 0.0, 1.0)
    rest = away - along * shares[:, None]
    return np.asarray(np.hypot(rest[:, 0], rest[:, 1]))
