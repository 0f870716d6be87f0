"""Names of inputs and classes, however long: they stay in their room and cover nothing."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from bpstudio.canvas.geometry import Geometry, lay_out
from bpstudio.canvas.target_painter import TargetPainter
from bpstudio.canvas.unit_painter import NAME, UnitPainter
from bpstudio.files.run_file import open_run
from bpstudio.look.drawing import elided, lines_of, text_width
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import LIGHT

pytestmark = pytest.mark.usefixtures("qapp")
LONG = "the first of all measurements in millimetres"


def named(example: str, name: str, width: float, height: float) -> tuple[CanvasState, Geometry]:
    spec = open_run(example)
    inputs, classes = ((name,) * count for count in (spec.network.inputs, spec.network.layers[-1].units))
    dataset = replace(spec.dataset, input_names=inputs, target_names=classes)
    state = build_canvas_state(Session(replace(spec, dataset=dataset)), Selection(), ViewOptions())
    return state, lay_out(state, QRectF(0.0, 0.0, width, height))


def inked(state: CanvasState, places: Geometry, rect: QRectF) -> QRectF:
    """What of ``rect`` the first input with its name covers, on nothing."""
    image = QImage(round(places.rect.width()), round(places.rect.height()), QImage.Format.Format_ARGB32)
    image.fill(0)
    unit = state.columns[0].units[0]
    with QPainter(image) as painter:
        UnitPainter(state, LIGHT, places).disc(painter, unit, state.columns[0].labels[0])
    left, top, right, bottom = (round(v) for v in (rect.left(), rect.top(), rect.right(), rect.bottom()))
    columns = [x for x in range(left, right) if any(image.pixelColor(x, y).alpha() for y in range(top, bottom))]
    return QRectF(columns[0], top, columns[-1] - columns[0], bottom - top) if columns else QRectF()


@pytest.mark.parametrize("size", [(1100.0, 500.0), (600.0, 300.0)])
@pytest.mark.parametrize("example", ["two-layer-deltas", "iris"])
def test_a_long_name_ends_before_its_unit_and_begins_inside_the_picture(
    example: str, size: tuple[float, float]
) -> None:
    state, places = named(example, LONG, *size)
    centre, radius = places.centre(0, 0), places.radius_of(0, 0)
    rim = centre.x() - radius - 2.0
    strip = QRectF(0.0, centre.y() - 16.0, rim, 32.0)
    found = inked(state, places, strip)
    assert found.left() >= 4.0
    assert found.right() <= centre.x() - radius - 8.0
    assert found.width() > 50.0


@pytest.mark.parametrize("size", [(1100.0, 500.0), (600.0, 300.0)])
def test_targets_with_names_end_before_the_loss(qapp: QApplication, size: tuple[float, float]) -> None:
    state, places = named("iris", LONG, *size)
    painter = TargetPainter(state, LIGHT, places)
    for unit in range(3):
        assert places.target_x + painter.width(unit) < places.loss_rect.left()


def test_a_short_name_is_one_line_and_a_long_one_two() -> None:
    assert lines_of("petal width", NAME, 100.0) == ("petal width",)
    assert " ".join(lines_of(LONG, NAME, 180.0)) == LONG
    assert len(lines_of(LONG, NAME, 180.0)) == 2
    assert all(text_width(line, NAME) <= 160.0 for line in lines_of(LONG, NAME, 160.0))
    assert lines_of("unbreakable" * 5, NAME, 80.0) == (elided("unbreakable" * 5, NAME, 80.0),)
    assert elided(LONG, NAME, 80.0).endswith("…")
