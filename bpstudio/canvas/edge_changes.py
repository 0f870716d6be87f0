"""Which edges look different when their numbers change, where they lie, and which lines reach there."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from bpstudio.canvas.edge_lines import Edges, all_edges, codes_of, line_ends
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import WIDEST
from bpstudio.model.spec import Array
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.edge_values import Detail, EdgeBand

PIECE = 24.0
"""Length of the parts that a changed line is covered with."""
MARGIN = WIDEST / 2 + 2.0
MOST_PATCHED = 3
"""Around more changed edges of a band nearly all its lines must be painted anyway."""


Changed = list[Edges]


def count_of(changed: Changed) -> int:
    """How many edges there are in all."""
    return sum(len(edges.units) for edges in changed)


def are_all_lines(state: CanvasState) -> bool:
    """Whether each edge is a line of its own in the picture of the edges."""
    return all(band.detail is Detail.WIDE for band in state.bands)


def changed_edges(old: CanvasState, new: CanvasState) -> Changed | None:
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
                units, columns = np.nonzero(differs)
                found.append(Edges(after, units, columns))
    return found


def _codes(band: EdgeBand, scale: float) -> NDArray[np.int64]:
    return codes_of(band.numbers.values, band.numbers.known, scale)


def boxes_along(lines: Array, pixel: float) -> list[QRectF]:
    """Small rectangles that together cover lines (k, 4) with their rims and little else; ``pixel`` is the size of one."""
    margin = margin_of(pixel)
    found = []
    for x1, y1, x2, y2 in lines.tolist():
        count = max(1, math.ceil(max(abs(x2 - x1), abs(y2 - y1)) / PIECE))
        across, down = (x2 - x1) / count, (y2 - y1) / count
        reach, rise = abs(across) + 2 * margin, abs(down) + 2 * margin
        for part in range(count):
            left, top = x1 + across * part + min(0.0, across), y1 + down * part + min(0.0, down)
            found.append(QRectF(left - margin, top - margin, reach, rise))
    return found


def bounds_of(changed: Changed, geometry: Geometry) -> QRectF:
    """What lines cover together, with their rims."""
    lines = np.concatenate([line_ends(edges, geometry) for edges in changed])
    left, right = float(lines[:, [0, 2]].min()), float(lines[:, [0, 2]].max())
    top, bottom = float(lines[:, [1, 3]].min()), float(lines[:, [1, 3]].max())
    return QRectF(left, top, right - left, bottom - top).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def margin_of(pixel: float) -> float:
    """Half of the widest line, its rim, and what rounding adds."""
    return WIDEST / 2 + 2.5 * pixel


def rooms_of(bands: Sequence[EdgeBand], geometry: Geometry) -> list[QRectF]:
    """What all lines of each band together cover."""
    return [bounds_of([all_edges(band)], geometry) for band in bands]


def reaching_lines(band: EdgeBand, geometry: Geometry, others: Array, pixel: float) -> Edges:
    """The edges of a band whose lines may reach into the boxes along others (m, 4)."""
    edges, margin = all_edges(band), margin_of(pixel)
    x1, y1, x2, y2 = line_ends(edges, geometry).T[:, :, None]
    left, top, right, bottom = others.T[:, None, :]
    slope, other_slope = (y2 - y1) / np.maximum(1e-9, x2 - x1), (bottom - top) / np.maximum(1e-9, right - left)
    first, last = np.maximum(x1, left) - 2 * margin, np.minimum(x2, right) + 2 * margin
    at_first = y1 + slope * (first - x1) - (top + other_slope * (first - left))
    at_last = y1 + slope * (last - x1) - (top + other_slope * (last - left))
    steep = np.abs(other_slope)
    reach = margin * (np.hypot(1.0, slope) + 1.0 + steep) + PIECE * np.minimum(1.0, steep)
    do_cross = (at_first <= 0.0) != (at_last <= 0.0)
    are_near = np.minimum(np.abs(at_first), np.abs(at_last)) <= reach
    return edges.take(np.flatnonzero(((first <= last) & (do_cross | are_near)).any(axis=1)))
