"""The density of too many edges to be drawn one by one: for each place how much of which sign passes there."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from bpstudio.canvas.edge_lines import source_places
from bpstudio.canvas.geometry import Geometry
from bpstudio.model.spec import Array
from bpstudio.viewstate.edge_values import EdgeBand
from bpstudio.viewstate.theme import Theme

PIXELS_ACROSS, PIXELS_DOWN = 4.0, 2.0
"""What a cell of the density covers."""
COLUMNS_AT_ONCE = 12
EDGES_AT_ONCE = 32_000
"""Of so many edges the places are known at a time: they take no memory to speak of, which costs time as well."""
MOST_COUNTED = 400_000
"""Of more edges, every second, third … is counted: the picture is the same, and the window answers."""
STRONGEST_TONE = 0.85
TYPICAL_SHARE = 0.35
"""Edges of this share of the full scale, evenly spread, give a density of 1 − 1/e."""


class Density:
    """The picture of one band; made in parts, because it takes longer than a frame."""

    def __init__(self, band: EdgeBand, geometry: Geometry, scale: float, theme: Theme) -> None:
        self._theme = theme
        source, target = geometry.layers[band.layer - 1], geometry.layers[band.layer]
        starts, _ = source_places(geometry, band)
        left, right = source.x + (source.half_width if source.cell else 0.0), target.x - target.half_width
        top = min(starts[:, 1].min(), target.centres[:, 1].min())
        bottom = max(starts[:, 1].max(), target.centres[:, 1].max())
        self.rect = QRectF(left, top - PIXELS_DOWN, right - left, bottom - top + 2 * PIXELS_DOWN)
        self._columns = max(2, round(self.rect.width() / PIXELS_ACROSS))
        self._rows = max(2, round(self.rect.height() / PIXELS_DOWN))
        self._sums = np.zeros((self._columns, 2 * self._rows))
        self._starts, self._ends, self._target_x = starts, target.centres, target.x
        self._stride = 1 + band.numbers.size // MOST_COUNTED
        values = band.numbers.values[:, :: self._stride]
        shares = np.abs(values) / scale
        shares[~np.isfinite(shares)] = 1.0
        self._weights = np.minimum(1.0, shares) * self._stride
        self._offsets = (values < 0.0).astype(np.int32) * np.int32(self._rows)
        self._reference = TYPICAL_SHARE * band.numbers.size / self._rows
        self._image: QImage | None = None

    @property
    def image(self) -> QImage:
        """The picture, to be drawn into ``rect``; makes what is missing."""
        if self._image is None:
            for part in self.parts():
                part()
        if self._image is None:
            raise RuntimeError("a density without parts")
        return self._image

    @property
    def is_made(self) -> bool:
        """Whether the picture is there."""
        return self._image is not None

    def parts(self) -> list[Callable[[], None]]:
        """The work, each part a few milliseconds."""
        firsts = range(0, self._columns, COLUMNS_AT_ONCE)
        return [*(partial(self._count, first) for first in firsts), self._finish]

    def _count(self, first: int) -> None:
        starts, targets = self._starts[:: self._stride], len(self._ends)
        scale = self._rows / self.rect.height()
        others = (self._ends[:, 1] * scale).astype(np.float32)
        at_once = max(1, EDGES_AT_ONCE // len(starts))
        for column in range(first, min(self._columns, first + COLUMNS_AT_ONCE)):
            x = self.rect.left() + (column + 0.5) * self.rect.width() / self._columns
            share = (x - starts[:, 0]) / (self._target_x - starts[:, 0])
            own = ((starts[:, 1] * (1.0 - share) - self.rect.top()) * scale).astype(np.float32)
            share = share.astype(np.float32)
            for some in (slice(unit, unit + at_once) for unit in range(0, targets, at_once)):
                places = np.multiply.outer(others[some], share)
                places += own
                rows = places.astype(np.intp)
                np.clip(rows, 0, self._rows - 1, out=rows)
                rows += self._offsets[some]
                weights = self._weights[some].ravel()
                self._sums[column] += np.bincount(rows.ravel(), weights, minlength=2 * self._rows)

    def _finish(self) -> None:
        positive, negative = self._sums[:, : self._rows].T, self._sums[:, self._rows :].T
        whole = positive + negative
        strength = 1.0 - np.exp(-whole / self._reference)
        balance = np.divide(positive, whole, out=np.full_like(whole, 0.5), where=whole > 0.0)
        opacity = np.rint(STRONGEST_TONE * 255.0 * strength)
        pixels = np.empty((self._rows, self._columns, 4), dtype=np.uint8)
        hues = zip(_channels(self._theme.positive), _channels(self._theme.negative), strict=True)
        for channel, (plus, minus) in enumerate(hues):
            pixels[..., 2 - channel] = np.rint((minus + (plus - minus) * balance) * opacity / 255.0)
        pixels[..., 3] = opacity
        form = QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(pixels.data, self._columns, self._rows, 4 * self._columns, form)
        self._image = image.copy()
        self._sums, self._weights, self._offsets = np.empty((0, 0)), np.empty(0), np.empty((0, 0), dtype=np.intp)


def _channels(colour: str) -> Array:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], dtype=np.float64)


class Densities:
    """The densities of the bands on the screen, kept while the numbers and the places stay the same."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[tuple[object, ...], Geometry, Density]] = {}

    def of(self, band: EdgeBand, geometry: Geometry, scale: float, theme: Theme) -> Density:
        """The density of a band, made already or still to be made."""
        key = (band.numbers.revision, band.numbers.values.shape, scale, theme)
        found = self._kept.get(band.layer)
        if found is not None and found[0] == key and found[1].has_same_places(geometry):
            return found[2]
        made = Density(band, geometry, scale, theme)
        self._kept[band.layer] = (key, geometry, made)
        return made

    def forget(self) -> None:
        """Keep nothing."""
        self._kept.clear()
