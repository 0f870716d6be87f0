"""The lines of many edges as arrays: their ends, which are strongest, and which are drawn with one pen."""

import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter
from shiboken6 import Shiboken

from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.pens import LEVELS
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.viewstate.activity import Fan
from bpstudio.viewstate.edge_values import MOST_WIDE, EdgeBand

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Edges:
    """Some edges of a band: the units they lead into and the columns of the band they come from, shape (k,) each.

    ``are_all`` says that they are the whole band, row by row.
    """

    band: EdgeBand
    units: Indices
    columns: Indices
    are_all: bool = False

    @property
    def values(self) -> Array:
        """What they show, (k,); 0 where it is not computed."""
        return np.asarray(self.band.numbers.values[self.units, self.columns])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which are computed, (k,)."""
        mask = self.band.numbers.known
        return np.ones(len(self.units), dtype=bool) if mask is None else mask[self.units, self.columns]

    def take(self, which: Indices) -> "Edges":
        """Some of them."""
        return Edges(self.band, self.units[which], self.columns[which])

    def strongest(self, count: int) -> "Edges":
        """The ``count`` largest of those computed, numbers that are not finite first."""
        sizes = np.abs(self.values)
        sizes[~np.isfinite(sizes)] = np.inf
        sizes[~self.known] = -1.0
        most = min(count, int(np.count_nonzero(self.known)))
        if most == 0:
            return self.take(np.empty(0, dtype=np.intp))
        chosen = np.argpartition(-sizes, most - 1)[:most]
        return self.take(np.sort(chosen))


def all_edges(band: EdgeBand) -> Edges:
    """Every edge of a band."""
    return Edges(band, *_indices_of(*band.numbers.values.shape), are_all=True)


@lru_cache(maxsize=4)
def _indices_of(rows: int, columns: int) -> tuple[Indices, Indices]:
    found = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
    for indices in found:
        indices.setflags(write=False)
    return found


def strongest_of(band: EdgeBand, count: int) -> Edges:
    """The strongest edges of a band, without listing all of it."""
    sizes = np.abs(band.numbers.values).ravel()
    sizes[~np.isfinite(sizes)] = np.inf
    if band.numbers.known is not None:
        sizes[~band.numbers.known.ravel()] = -1.0
    most = min(count, band.numbers.known_count)
    if most == 0:
        return Edges(band, np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))
    chosen = np.sort(np.argpartition(-sizes, most - 1)[:most])
    return Edges(band, *np.divmod(chosen, band.numbers.values.shape[1]))


def fan_edges(fan: Fan, band: EdgeBand) -> Edges:
    """The edges of a fan."""
    others = np.arange(fan.count)
    own = np.full(fan.count, fan.unit)
    return Edges(band, others, own) if fan.is_outgoing else Edges(band, own, others)


def line_ends(edges: Edges, geometry: Geometry) -> Array:
    """x1, y1, x2, y2 of each edge from rim to rim, (k, 4); from the middle of a grid's cells, which cover them.

    Not to be changed: those of whole bands are kept.
    """
    if not edges.are_all or len(edges.units) > MOST_WIDE:
        return _ends_of(edges, geometry)
    key = (edges.band.layer, *edges.band.numbers.values.shape)
    found = geometry.band_ends.get(key)
    if found is None:
        found = geometry.band_ends[key] = _ends_of(edges, geometry)
    return found


def _ends_of(edges: Edges, geometry: Geometry) -> Array:
    layer = edges.band.layer
    starts, first = source_places(geometry, edges.band)
    target = geometry.layers[layer]
    start, end = starts[edges.columns], target.centres[edges.units]
    away = end - start
    length = np.maximum(1.0, np.hypot(away[:, 0], away[:, 1]))[:, None]
    direction = away / length
    last = 0.0 if target.cell else target.radius
    return np.ascontiguousarray(
        np.hstack([start + direction * first[edges.columns][:, None], end - direction * last]), dtype=np.float64
    )


def source_places(geometry: Geometry, band: EdgeBand) -> tuple[Array, Array]:
    """Centres and radii of the units that a band's columns stand for, the bias unit last."""
    column = geometry.layers[band.layer - 1]
    radii = np.full(len(column.centres), 0.0 if column.cell else column.radius)
    if not band.has_bias or column.bias is None:
        return column.centres, radii
    bias = np.array([[column.bias.x(), column.bias.y()]])
    return np.vstack([column.centres, bias]), np.append(radii, column.bias_radius)


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one pen: their step and sign, or that they are not finite, or not computed (``level`` −1)."""

    level: int
    is_negative: bool
    is_finite: bool
    ends: Array


UNKNOWN, STRANGE = -1, 2 * LEVELS
"""What stands for the pen of edges that are not computed, and of those that are not finite."""


def codes_of(values: Array, known: NDArray[np.bool_] | None, scale: float) -> NDArray[np.int64]:
    """A number for the pen of each edge, in the order they are drawn: the weakest first.

    At each step the signs take turns in being first.
    """
    levels = np.rint(np.minimum(1.0, np.abs(values) / scale) * (LEVELS - 1))
    finite = np.isfinite(levels) & np.isfinite(values)
    if not finite.all():
        levels[~finite] = 0.0
    steps = levels.astype(np.int64)
    codes = steps * 2 + ((values < 0.0) != (steps % 2 == 1))
    if not finite.all():
        codes[~finite] = STRANGE
    if known is not None:
        codes[~known] = UNKNOWN
    return np.asarray(codes, dtype=np.int64)


def runs(edges: Edges, ends: Array, scale: float) -> Iterator[tuple[int, Array]]:
    """Lines by the number of their pen, in the order they are drawn."""
    known = None if edges.band.numbers.known is None else edges.known
    codes = codes_of(edges.values, known, scale)
    order = np.argsort(codes, kind="stable")
    ordered, lines = codes[order], ends[order]
    bounds = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(ordered)]
    numbers = ordered[bounds[:-1]].tolist() if len(ordered) else []
    for code, (first, end) in zip(numbers, itertools.pairwise(bounds), strict=False):
        yield code, lines[first:end]


def batches(edges: Edges, ends: Array, scale: float) -> Iterator[Batch]:
    """Lines by step and sign in the order they are drawn: those not computed, weak to strong, those that are not finite."""
    for code, lines in runs(edges, ends, scale):
        yield batch_of(code, lines)


def batch_of(code: int, ends: Array) -> Batch:
    """What the number of a pen says of its lines."""
    if code == UNKNOWN:
        return Batch(-1, False, True, ends)
    if code == STRANGE:
        return Batch(LEVELS - 1, False, False, ends)
    return Batch(code // 2, is_code_negative(code), True, ends)


def is_code_negative(code: int) -> bool:
    """The sign of edges that are computed and finite."""
    return (code % 2 == 1) != (code // 2 % 2 == 1)


def draw_lines(painter: QPainter, ends: Array) -> None:
    """Draw lines straight from the memory of a contiguous (k, 4) float64 array."""
    if len(ends):
        address: int = ends.__array_interface__["data"][0]  # ``ends.ctypes`` takes twice the time
        painter.drawLines(cast(QLineF, Shiboken.wrapInstance(address, QLineF)), len(ends))
