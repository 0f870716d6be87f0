"""A large array as a picture: one dot for each number, or the largest of a block of numbers; negative ones are hatched."""

import numpy as np
from PySide6.QtGui import QImage

from bpstudio.model.spec import Array
from bpstudio.viewstate.matrix_cells import Mask, MatrixState, Numbers
from bpstudio.viewstate.theme import Theme

WEAKEST = 0.12
"""How strong the colour of the smallest number other than 0 is; the largest has all of it."""
HATCH_STEP = 4
HATCH_SHARE = 0.6
MOST_KEPT = 64


class HeatPictures:
    """Makes pictures and keeps the reduced numbers: within an iteration only which of them exist changes."""

    def __init__(self) -> None:
        self._reduced: dict[tuple[int, int, int], tuple[Numbers, Array]] = {}

    def image(self, matrix: MatrixState, width: int, height: int, theme: Theme) -> QImage:
        """The picture of an array, ``width`` × ``height`` pixels."""
        rows, columns = min(matrix.rows, height), min(matrix.columns, width)
        values, exists = self._values(matrix, rows, columns)
        colours = _colours(values, exists, matrix.extent, theme)
        down, across = np.arange(height) * rows // height, np.arange(width) * columns // width
        pixels = colours[down][:, across]
        is_negative = (exists & (values < 0.0))[down][:, across]
        stripes = np.add.outer(np.arange(height), np.arange(width)) % HATCH_STEP == 0
        surface = _rgb(theme.surface)
        striped = pixels + (surface - pixels) * HATCH_SHARE
        pixels = np.where((is_negative & stripes)[:, :, None], striped, pixels)
        packed = np.zeros((height, width), dtype=np.uint32)
        for channel in range(3):
            packed = (packed << np.uint32(8)) | np.round(pixels[:, :, channel]).astype(np.uint32)
        packed |= np.uint32(0xFF000000)
        return QImage(packed.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()

    def _values(self, matrix: MatrixState, rows: int, columns: int) -> tuple[Array, Mask]:
        """Reduced numbers, and which blocks hold any: those whose first entry exists."""
        numbers, before = matrix.numbers, matrix.before
        starts = (_starts(matrix.rows, rows), _starts(matrix.columns, columns))
        is_done = matrix.done_at(*starts)
        if before is None:
            if numbers is None:
                return np.full((rows, columns), np.nan), np.zeros((rows, columns), dtype=np.bool_)
            return self._reduce(numbers, rows, columns), is_done
        old = self._reduce(before, rows, columns)
        everywhere = np.ones((rows, columns), dtype=np.bool_)
        if numbers is None:
            return old, everywhere
        return np.where(is_done, self._reduce(numbers, rows, columns), old), everywhere

    def _reduce(self, numbers: Numbers, rows: int, columns: int) -> Array:
        key = (id(numbers), rows, columns)
        kept = self._reduced.get(key)
        if kept is None or kept[0] is not numbers:
            if len(self._reduced) >= MOST_KEPT:
                self._reduced.clear()
            kept = self._reduced[key] = (numbers, reduced(numbers.array, rows, columns))
        return kept[1]


def _starts(count: int, blocks: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.arange(blocks, dtype=np.int64) * count // blocks


def reduced(values: Array, rows: int, columns: int) -> Array:
    """The number of largest magnitude in each of ``rows`` × ``columns`` blocks; NaN where there is one."""
    if values.shape == (rows, columns):
        return values
    down, across = _starts(values.shape[0], rows), _starts(values.shape[1], columns)
    highest = np.maximum.reduceat(np.maximum.reduceat(values, down, axis=0), across, axis=1)
    lowest = np.minimum.reduceat(np.minimum.reduceat(values, down, axis=0), across, axis=1)
    return np.where(-lowest > highest, lowest, highest)


def _rgb(colour: str) -> Array:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=np.float64)


def _colours(values: Array, exists: Mask, extent: float, theme: Theme) -> Array:
    """Shape (rows, columns, 3), 0 to 255."""
    surface = _rgb(theme.surface)
    is_finite = np.isfinite(values)
    share = np.abs(np.where(is_finite, values, 0.0)) / (extent or 1.0)
    share = np.where(share > 0.0, WEAKEST + (1.0 - WEAKEST) * share, 0.0)
    full = np.where((values < 0.0)[:, :, None], _rgb(theme.negative), _rgb(theme.positive))
    colours = surface + (full - surface) * share[:, :, None]
    colours = np.where(is_finite[:, :, None], colours, _rgb(theme.not_finite))
    return np.where(exists[:, :, None], colours, _rgb(theme.control))
