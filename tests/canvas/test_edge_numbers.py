"""The numbers of edges: all where there is room, and where they would hide one another only those at work."""

import pytest
from pytestqt.qtbot import QtBot

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.viewstate.theme import LIGHT
from tests.canvas.test_geometry import laid_out, state_of


def labelled(sizes: tuple[int, ...], layer: int) -> tuple[int, int]:
    """How many edges into a layer carry their number, and how many there are."""
    state = state_of(sizes)
    painter = FramePainter(state, LIGHT, laid_out(state))
    edges = [edge for edge in state.edges if edge.layer == layer]
    return sum(painter.has_label(edge) for edge in edges), len(edges)


@pytest.mark.parametrize(("sizes", "layer"), [((2, 2, 1), 1), ((2, 2, 1), 2), ((2, 2, 2, 1), 2), ((2, 6, 1), 2)])
def test_every_edge_with_room_has_its_number(qtbot: QtBot, sizes: tuple[int, ...], layer: int) -> None:
    written, count = labelled(sizes, layer)
    assert written == count > 0


def test_edges_that_fan_out_from_close_units_are_not_covered_with_numbers(qtbot: QtBot) -> None:
    written, count = labelled((2, 6, 1), 1)
    assert count >= 12
    assert written == 0
