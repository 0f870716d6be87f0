"""Where things lie: nothing overlaps, nothing leaves the picture, whatever the network."""

import itertools

import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from bpstudio.canvas.geometry import CAPTION, ROOMY_RADIUS, Geometry, lay_out, scale_for
from bpstudio.look.drawing import text_width
from bpstudio.model.spec import NotationName
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_state import CanvasState, build_canvas_state
from bpstudio.viewstate.selection import Selection, ViewOptions
from tests.support.specs import run_spec

SHAPES = [(1, 1), (2, 2, 2, 1), (4, 8, 3), (784, 32, 10), (3, 5, 5, 5, 5, 2), (2,) * 12, (40, 40, 40)]


def state_of(sizes: tuple[int, ...], notation: NotationName = NotationName.THETA) -> CanvasState:
    session = Session(run_spec(sizes, samples=2))
    return build_canvas_state(session, Selection(), ViewOptions(notation=notation))


def laid_out(state: CanvasState, width: float = 786.0, height: float = 488.0) -> Geometry:
    scale = scale_for(state, width, height)
    return lay_out(state, QRectF(0.0, 0.0, width / scale, height / scale))


@pytest.fixture(params=SHAPES, ids=str)
def geometry(request: pytest.FixtureRequest, qapp: object) -> tuple[CanvasState, Geometry]:
    state = state_of(request.param)
    return state, laid_out(state)


def test_units_of_a_layer_keep_apart(geometry: tuple[CanvasState, Geometry]) -> None:
    _, places = geometry
    for layer in range(len(places.columns)):
        ys = sorted(at.y() for (column, _), at in places.centres.items() if column == layer)
        assert all(below - above >= 2 * places.radius for above, below in itertools.pairwise(ys))


def test_units_stay_between_captions_and_legend(geometry: tuple[CanvasState, Geometry]) -> None:
    _, places = geometry
    for centre in places.centres.values():
        assert places.rect.top() + 46.0 <= centre.y() - places.radius
        assert centre.y() + places.radius <= places.rect.bottom() - 24.0


def test_captions_neither_collide_nor_leave_the_picture(geometry: tuple[CanvasState, Geometry]) -> None:
    state, places = geometry
    lines = [
        max(text_width(part, CAPTION) for part in column.caption.split(" · "))
        if places.has_split_captions
        else text_width(column.caption, CAPTION)
        for column in state.columns
    ]
    assert places.columns[0] - lines[0] / 2 >= places.rect.left()
    for (x, width), (after, next_width) in itertools.pairwise(zip(places.columns, lines, strict=True)):
        assert x + width / 2 <= after - next_width / 2


def test_targets_and_loss_stand_right_of_the_network(geometry: tuple[CanvasState, Geometry]) -> None:
    _, places = geometry
    assert places.columns[-1] + places.radius < places.target_x
    assert places.target_x < places.loss_rect.left()
    assert places.loss_rect.right() <= places.rect.right() - 8.0


def test_badges_stand_beside_only_where_rows_are_close(qtbot: QtBot) -> None:
    assert laid_out(state_of((4, 8, 3))).has_badges_beside
    assert not laid_out(state_of((2, 2, 2, 1))).has_badges_beside
    assert not laid_out(state_of((3, 5, 5, 5, 5, 2))).has_badges_beside


def test_a_large_picture_is_not_blown_up(qtbot: QtBot) -> None:
    assert scale_for(state_of((2, 2, 1)), 4000.0, 3000.0) == 1.0


def test_a_small_picture_is_scaled_by_its_tighter_side(qtbot: QtBot) -> None:
    state = state_of((2, 2, 1))
    assert scale_for(state, 380.0, 3000.0) == 0.5
    assert scale_for(state, 4000.0, 215.0) == 0.5


def test_room_for_two_lines_in_a_disc_means_badges_above(qtbot: QtBot) -> None:
    for sizes in SHAPES:
        places = laid_out(state_of(sizes), 1400.0, 800.0)
        assert not (places.radius >= 1.3 * ROOMY_RADIUS and places.has_badges_beside)


def test_the_bias_unit_is_shown_in_theta_only(qtbot: QtBot) -> None:
    assert (0, -1) in laid_out(state_of((2, 2, 1))).centres
    assert (0, -1) not in laid_out(state_of((2, 2, 1), NotationName.NIELSEN)).centres


def test_left_out_units_leave_a_gap(qtbot: QtBot) -> None:
    places = laid_out(state_of((40, 2, 1)))
    assert set(places.gaps) == {0}
    ys = sorted(at.y() for (layer, unit), at in places.centres.items() if layer == 0 and unit >= 0)
    assert any(above < places.gaps[0] < below for above, below in itertools.pairwise(ys))
