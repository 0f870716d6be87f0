"""Which edges look different when their numbers change, where they lie, and which lines reach there."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from bpstudio.canvas.edge_lines import Edges, all_edges, codes_of, line_ends
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import WIDEST
from bpstudio.model.spec import Array
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.edge_values import Detail, EdgeBand

PIECE = 60.0
"""Length of the parts that a changed line is covered with."""
MARGIN = WIDEST / 2 + 2.0
MOST_CHANGED = 12
"""Of more changed edges nearly all lines must be painted anyway."""


def are_all_lines(state: CanvasState) -> bool:
    """Whether each edge is a line of its own in the picture of the edges."""
    return all(band.detail is Detail.WIDE for band in state.bands)


def changed_edges(old: CanvasState, new: CanvasState) -> list[Edges] | None:
    """The edges of two states in one geometry that are painted with another pen; None where that is not known edge by edge."""
    is_same_focus = (old.focus is None) == (new.focus is None)
    if not (is_same_focus and are_all_lines(old) and are_all_lines(new)):
        return None
    found = []
    for before, after in zip(old.bands, new.bands, strict=True):
        if before.numbers.values.shape != after.numbers.values.shape:
            return None
        if before.numbers != after.numbers or old.edge_scale != new.edge_scale:
            differs = _codes(before, old.edge_scale) != _codes(after, new.edge_scale)
            if differs.any():
                found.append(Edges(after, *np.nonzero(differs)))
    return found


def _codes(band: EdgeBand, scale: float) -> NDArray[np.int64]:
    return codes_of(band.numbers.values, band.numbers.known, scale)


def boxes_along(edges: Edges, geometry: Geometry) -> list[QRectF]:
    """Small rectangles that together cover lines and little else."""
    found = []
    for x1, y1, x2, y2 in line_ends(edges, geometry).tolist():
        count = max(1, math.ceil(max(abs(x2 - x1), abs(y2 - y1)) / PIECE))
        across, down = (x2 - x1) / count, (y2 - y1) / count
        reach, rise = abs(across) + 2 * MARGIN, abs(down) + 2 * MARGIN
        for part in range(count):
            left, top = x1 + across * part + min(0.0, across), y1 + down * part + min(0.0, down)
            found.append(QRectF(left - MARGIN, top - MARGIN, reach, rise))
    return found


def reaching_lines(band: EdgeBand, geometry: Geometry, boxes: list[QRectF]) -> Edges:
    """The edges of a band whose lines may reach into one of the rectangles."""
    edges = all_edges(band)
    x1, y1, x2, y2 = line_ends(edges, geometry).T[:, :, None]
    sides = np.array([box.getCoords() for box in boxes])
    left, top, right, bottom = sides.T[:, None, :] + np.array([-MARGIN, -MARGIN, MARGIN, MARGIN])[:, None, None]
    return edges.take(np.flatnonzero(_meet((x1, y1, x2, y2), (left, top, right, bottom)).any(axis=1)))


def _meet(lines: tuple[Array, Array, Array, Array], sides: tuple[Array, Array, Array, Array]) -> NDArray[np.bool_]:
    """Whether the part of each line (k, 1) between two x reaches between two y of each rectangle (1, m); (k, m)."""
    (x1, y1, x2, y2), (left, top, right, bottom) = lines, sides
    slope = (y2 - y1) / np.maximum(1e-9, x2 - x1)
    first = y1 + (np.clip(left, x1, x2) - x1) * slope
    last = y1 + (np.clip(right, x1, x2) - x1) * slope
    is_beside = (right >= x1) & (left <= x2)
    return np.asarray(is_beside & (np.maximum(first, last) >= top) & (np.minimum(first, last) <= bottom))
