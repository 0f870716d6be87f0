"""Where in a chart its axes lie: the same for the chart and for the still that stands in its place until it is loaded."""

from bpstudio.look.text_size import text_scale

RIGHT_ROOM, TOP_ROOM = 14, 6
"""Pixels right of the axis, so that the last number below it is not cut; and above."""
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


def left_width(is_named: bool) -> int:
    """How wide the axis left is."""
    return round(LEFT_WIDTH * axis_scale(is_named))


def bottom_height(name: str, is_named: bool) -> float:
    """How high the axis below is, with its name if it has one."""
    return axis_scale(is_named) * (NUMBERS_HEIGHT + (NAME_HEIGHT if name and is_named else 0.0))
