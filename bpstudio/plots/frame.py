"""Where in a chart its axes lie: the same for the chart and for the still that stands in its place until it is loaded."""

import math

from PySide6.QtGui import QFont, QFontMetricsF

from bpstudio.look.fonts import font
from bpstudio.look.text_size import text_scale

TEXT_HEIGHT = 0.8
"""What digits need of the height of a line."""
LEAST_SIZE = (120, 50)
"""Of what lies within a line of one pixel."""
LEFT_WIDTH = 58
LOW = 118
"""A chart that is lower than this leaves the names of its axes out."""
NUMBERS_HEIGHT, NAME_HEIGHT = 20.0, 16.8


def has_names(height: float) -> bool:
    """Whether a chart of this height has room for the names of its axes."""
    return height >= LOW * text_scale()


def axis_scale(is_named: bool) -> float:
    """How large the numbers of the axes are: in a low chart they grow half as fast as other text, to leave room for the plot."""
    return text_scale() if is_named else 1.0 + 0.5 * (text_scale() - 1.0)


def axis_font(is_named: bool) -> QFont:
    """What the numbers are written in."""
    return font(11.0 * axis_scale(is_named))


def top_room(is_named: bool) -> int:
    """Pixels above and below an axis for half a number at its very end."""
    return math.ceil(TEXT_HEIGHT / 2 * QFontMetricsF(axis_font(is_named)).height()) + 1


def right_room(is_named: bool) -> int:
    """Pixels left and right of the axis below for half a number at its very end."""
    return round(14 * axis_scale(is_named))


def left_width(is_named: bool) -> int:
    """How wide the axis left is."""
    return round(LEFT_WIDTH * axis_scale(is_named))


def bottom_height(name: str, is_named: bool) -> float:
    """How high the axis below is, with its name if it has one."""
    return axis_scale(is_named) * (NUMBERS_HEIGHT + (NAME_HEIGHT if name and is_named else 0.0))
