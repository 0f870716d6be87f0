"""Where things lie: nothing overlaps, nothing leaves the picture, whatever the network."""

import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from bpstudio.canvas.geometry import CAPTION, ROOMY_RADIUS, Geometry, lay_out, scale_for
from bpstudio.look.drawing import text_width
from bpstudio.model.spec import NotationName
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
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
    for column in places.layers:
        found = [*map(tuple, column.centres.tolist())] + ([] if column.bias is None else [column.bias.toTuple()])
        for (x, y), (right, below) in itertools.combinations(found[:200], 2):
            assert math.hypot(right - x, below - y) >= 2 * min(column.radius, column.bias_radius) - 1e-9


def test_units_stay_between_captions_and_legend(geometry: tuple[CanvasState, Geometry]) -> None:
    _, places = geometry
    for column in places.layers:
        bottom = column.centres[:, 1].max() + column.radius
        if column.bias is not None:
            bottom = max(bottom, column.bias.y() + column.bias_radius)
        assert places.rect.top() + 46.0 <= column.centres[:, 1].min() - column.radius
        assert bottom <= places.rect.bottom() - 24.0


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
    theta = laid_out(state_of((2, 2, 1)))
    assert theta.centre(0, -1).y() > theta.centre(0, 1).y()
    with pytest.raises(LookupError):
        laid_out(state_of((2, 2, 1), NotationName.NIELSEN)).centre(0, -1)


def test_every_unit_of_a_large_layer_has_its_place(qtbot: QtBot) -> None:
    places = laid_out(state_of((40, 130, 1)))
    for layer, size in enumerate((40, 130, 1)):
        column = places.layers[layer]
        assert column.centres.shape == (size, 2)
        assert np.ptp(column.centres[:, 0]) == 0.0
        assert (np.diff(column.centres[:, 1]) > 0.0).all()


def test_square_inputs_are_an_image_read_row_by_row(qtbot: QtBot) -> None:
    column = laid_out(state_of((784, 2))).layers[0]
    image = column.centres.reshape(28, 28, 2)
    assert np.allclose(np.diff(image[..., 0], axis=1), column.cell)
    assert np.allclose(np.diff(image[..., 1], axis=0), column.cell)


def test_a_layer_too_large_for_a_column_is_a_grid_of_its_size(qtbot: QtBot) -> None:
    state = state_of((3, 700, 2))
    column = laid_out(state).layers[1]
    assert column.cell > 0.0
    assert len(np.unique(column.centres.round(6), axis=0)) == 700
    assert state.columns[1].caption.startswith("700 units")


def test_layers_keep_their_order_from_left_to_right(geometry: tuple[CanvasState, Geometry]) -> None:
    _, places = geometry
    rects = [column.rect for column in places.layers]
    assert all(before.right() < after.left() for before, after in itertools.pairwise(rects))
