"""How lines look: a colour and a dash pattern for each, so that they can be told apart without colours as well."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from bpstudio.model.spec import Array
from bpstudio.viewstate.plots_state import STYLES, LineStyle, Stroke
from bpstudio.viewstate.theme import Theme, mixed

DASHES: tuple[tuple[float, ...], ...] = ((), (7.0, 3.0), (2.0, 2.5), (10.0, 3.0, 2.0, 3.0), (4.0, 2.0))
OTHER_DASHES = ((5.0, 4.0), (1.5, 3.0), (9.0, 3.0, 1.5, 3.0), (3.0, 2.0))


def colour_of(style: LineStyle, theme: Theme) -> QColor:
    """The colour of a line."""
    if style.stroke is Stroke.FAINT:
        return QColor(mixed(theme.forward, theme.background, 0.5))
    if style.stroke is Stroke.OTHER:
        return QColor(theme.quiet)
    turn = (theme.forward, theme.backward, theme.positive, theme.negative, theme.text)
    return QColor(turn[style.index % STYLES])


def pen_of(style: LineStyle, theme: Theme, width: float = 1.0) -> QPen:
    """A cosmetic pen of a line."""
    pen = QPen(colour_of(style, theme), width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    dashes: tuple[float, ...] = OTHER_DASHES[style.index % len(OTHER_DASHES)] if style.stroke is Stroke.OTHER else ()
    if style.stroke is Stroke.OWN:
        dashes = DASHES[style.index % STYLES]
    if dashes:
        pen.setDashPattern([length / max(1.0, width) for length in dashes])
    return pen


def channels(colour: str) -> Array:
    """Red, green and blue of a colour, 0 to 255, (3,)."""
    found = QColor(colour)
    return np.array([found.red(), found.green(), found.blue()], dtype=np.float64)
