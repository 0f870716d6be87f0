"""The pens of edges: hue and pattern tell the sign, width and strength the size; the same for one edge and for a thousand.

Pens are kept: to be used, never changed.
"""

import math
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from bpstudio.program.operation import Pass
from bpstudio.viewstate.theme import Theme, mixed

WIDEST = 5.0
THINNEST = 0.9
LEVELS = 32
"""Steps from the thinnest to the widest line: edges of one step and sign are drawn together."""
CROWD = 150
"""From so many edges in a band on, their lines are thinner the more there are."""
NARROWEST = 2.2
"""Width at the full scale in the largest bands."""
RECEDING = 0.10
FADED = 0.80
UNKNOWN_WIDTH = 1.2
PALE = 0.45
"""How far the strongest of many hairlines goes to the background: there are so many that they cover it."""


def accent_of(pass_: Pass | None, theme: Theme) -> str:
    """The colour of the pass at work: forward and loss, or backward and what follows."""
    return theme.backward if pass_ in (Pass.BACKWARD, Pass.REDUCE, Pass.UPDATE) else theme.forward


def signed(value: float, theme: Theme) -> str:
    """The colour of a value's sign."""
    if not math.isfinite(value):
        return theme.not_finite
    return theme.negative if value < 0.0 else theme.positive


def level_of(share: float) -> int:
    """The step of a share of the full scale, 0 to 1."""
    return round(min(1.0, share) * (LEVELS - 1))


def receding(share: float, is_faded: bool = False) -> float:
    """How far an edge that does not take part goes towards the background: weak ones further."""
    return FADED + (1.0 - FADED) * 0.5 * (1.0 - share) if is_faded else 0.45 * (1.0 - share) + RECEDING


def widest_for(count: int) -> float:
    """The width at the full scale in a band of ``count`` edges."""
    return max(NARROWEST, min(WIDEST, WIDEST * math.sqrt(CROWD / max(1, count))))


@lru_cache(maxsize=1024)
def edge_pen(level: int, is_negative: bool, theme: Theme, fade: float, widest: float = WIDEST) -> QPen:
    """The pen of finite edges of one step and sign, ``fade`` of the way to the background; opaque."""
    share = level / (LEVELS - 1)
    colour = mixed(theme.negative if is_negative else theme.positive, theme.background, fade)
    pen = QPen(QColor(colour), THINNEST + (widest - THINNEST) * share)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if is_negative:
        pen.setDashPattern(dashes(pen.widthF()))
    return pen


@lru_cache(maxsize=32)
def receding_pens(theme: Theme, is_faded: bool, widest: float) -> tuple[tuple[QPen, ...], tuple[QPen, ...]]:
    """The pens of edges that take no part, by step: of positive ones, and of negative ones."""
    fades = [receding(level / (LEVELS - 1), is_faded) for level in range(LEVELS)]
    positive, negative = (
        tuple(edge_pen(level, sign, theme, fade, widest) for level, fade in enumerate(fades)) for sign in (False, True)
    )
    return positive, negative


def dashes(width: float) -> list[float]:
    """Dash and gap of a negative edge, in units of its width."""
    return [max(2.2, 9.0 / width), max(1.1, 4.5 / width)]


def value_pen(
    value: float | None, scale: float, theme: Theme, fade: float | None = None, widest: float = WIDEST
) -> QPen:
    """The pen of one edge; ``fade`` None lets it recede as its size says."""
    if value is None:
        return QPen(QColor(theme.line), UNKNOWN_WIDTH)
    if not math.isfinite(value):
        return not_finite_pen(theme, fade or 0.0)
    level = level_of(abs(value) / scale)
    return edge_pen(level, value < 0.0, theme, receding(level / (LEVELS - 1)) if fade is None else fade, widest)


@lru_cache(maxsize=16)
def halo_pen(accent: str, background: str, is_now: bool) -> QPen:
    """What lies behind an edge that is read now, or was read earlier for the same unit."""
    colour, width = mixed(accent, background, 0.55 if is_now else 0.82), 12.0 if is_now else 9.0
    return QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def not_finite_pen(theme: Theme, fade: float = 0.0) -> QPen:
    """NaN and infinity: wide, in their own colour, dash and dot."""
    pen = QPen(QColor(mixed(theme.not_finite, theme.background, fade)), WIDEST)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setStyle(Qt.PenStyle.DashDotLine)
    return pen


@lru_cache(maxsize=1024)
def hairline_pen(level: int, is_negative: bool, theme: Theme, fade: float, is_screen: bool) -> QPen:
    """A thin line: on a screen one pixel at any zoom, which is painted many times quicker."""
    share = level / (LEVELS - 1)
    towards = fade if fade < PALE else max(fade, PALE + (1.0 - PALE) * 0.9 * (1.0 - share))
    pen = QPen(QColor(mixed(theme.negative if is_negative else theme.positive, theme.background, towards)), 1.0)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setCosmetic(is_screen)
    return pen
