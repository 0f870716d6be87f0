"""The numbers of edges: all where there is room, and where they would hide one another only those at work."""

import itertools

import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import lay_out
from bpstudio.explain.number_format import NumberStyle
from bpstudio.files.run_file import open_run
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import EdgeState
from bpstudio.viewstate.selection import EdgeMode, Selection, ViewOptions
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


def plates(mode: EdgeMode, style: NumberStyle, position: int) -> tuple[FramePainter, list[EdgeState]]:
    session = Session(open_run("two-layer-deltas"))
    session.seek(position=position)
    state = build_canvas_state(session, Selection(), ViewOptions(edge_mode=mode, number_style=style))
    painter = FramePainter(state, LIGHT, lay_out(state, QRectF(0.0, 0.0, 1100.0, 500.0)))
    return painter, [edge for edge in state.edges if painter.has_label(edge)]


@pytest.mark.parametrize("mode", list(EdgeMode))
@pytest.mark.parametrize("position", [20, 46, 57, 120])
def test_no_number_covers_another(qtbot: QtBot, mode: EdgeMode, position: int) -> None:
    painter, edges = plates(mode, NumberStyle.AUTO, position)
    rects = [(edge.layer, painter.label_rect(edge)) for edge in edges]
    for (layer, first), (other, second) in itertools.combinations(rects, 2):
        assert layer != other or not first.intersects(second)


def test_numbers_in_full_are_written_at_work_only_and_fit_their_edge(qtbot: QtBot) -> None:
    painter, edges = plates(EdgeMode.GRADIENT, NumberStyle.FULL, 46)
    assert [(edge.layer, edge.unit, edge.source) for edge in edges] == [(2, 0, 0)]
    start, end = painter.geometry.edge_ends(edges[0])
    assert painter.label_rect(edges[0]).width() <= end.x() - start.x()
