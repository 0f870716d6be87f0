"""A large layer as an image: one square of pixels for each unit, so that no viewer blurs one into the next."""

import numpy as np
from PySide6.QtGui import QImage

from bpstudio.canvas.geometry import Column
from bpstudio.model.spec import Array
from bpstudio.viewstate.canvas_state import ColumnState
from bpstudio.viewstate.theme import Theme

PIXELS_PER_CELL = 8


def cell_image(column: ColumnState, places: Column, theme: Theme) -> QImage:
    """The numbers of a layer as squares. Inputs without a sign are ink on paper, everything else has the colour of its sign."""
    columns, rows = places.grid
    pixels = np.full((rows * columns, 4), 255, dtype=np.uint8)
    pixels[:, :3] = _channels(theme.background)
    pixels[: column.size, :3] = np.rint(_colours(column, theme))
    square = pixels.reshape(rows, columns, 4)[..., [2, 1, 0, 3]]
    large = np.ascontiguousarray(square.repeat(PIXELS_PER_CELL, axis=0).repeat(PIXELS_PER_CELL, axis=1))
    height, width = large.shape[:2]
    return QImage(large.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def _colours(column: ColumnState, theme: Theme) -> Array:
    values = column.numbers.values
    finite = np.where(np.isfinite(values), values, 0.0)
    shares = np.minimum(1.0, np.abs(finite) / column.scale)[:, None]
    paper = _channels(theme.surface)
    if column.layer == 0 and finite.min() >= 0.0:
        found = paper + (_channels(theme.text) - paper) * shares
    else:
        ink = np.where(finite[:, None] < 0.0, _channels(theme.negative), _channels(theme.positive))
        found = paper + (ink - paper) * shares
    found[~np.isfinite(values)] = _channels(theme.not_finite)
    if column.numbers.known is not None:
        found[~column.numbers.known] = _channels(theme.control)
    return np.asarray(found)


def _channels(colour: str) -> Array:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], dtype=np.float64)
