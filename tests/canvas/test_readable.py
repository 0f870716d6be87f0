"""What is written on the canvas can be read: nothing hides a number, and nothing is left of what was painted elsewhere."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.front import Front
from bpstudio.canvas.geometry import NUMBERED, ROOMY_RADIUS, Geometry, lay_out, scale_for
from bpstudio.canvas.painter import paint_laid_out
from bpstudio.canvas.picking import Picker
from bpstudio.canvas.sprites import Sprites
from bpstudio.canvas.target_painter import TargetPainter
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.canvas.view import View
from bpstudio.files.run_file import open_run
from bpstudio.look.drawing import text_width
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Dataset, NotationName, RunSpec
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme, contrast
from tests.support.specs import run_spec

Q = Quantity


def state_of(session: Session, selection: Selection | None = None, **options: Any) -> CanvasState:
    return build_canvas_state(session, selection or Selection(), ViewOptions(**options))


def laid_out(state: CanvasState, width: float = 762.0, height: float = 441.0) -> Geometry:
    scale = scale_for(state, width, height)
    return lay_out(state, QRectF(0.0, 0.0, width / scale, height / scale))


def painted(state: CanvasState, places: Geometry, theme: Theme = LIGHT) -> QImage:
    image = QImage(places.rect.size().toSize(), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.background))
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_laid_out(painter, state, theme, places)
    return image


def with_targets(spec: RunSpec, values: list[list[float]]) -> RunSpec:
    inputs = np.zeros((len(values), spec.network.inputs))
    data = Dataset(inputs, np.array(values), np.empty((0, spec.network.inputs)), np.empty((0, len(values[0]))))
    return replace(spec, dataset=data)


def at(session: Session, kind: OperationKind, layer: int, unit: int) -> None:
    """Go behind the first such operation."""
    for position in range(session.program.iteration_start(1)):
        operation = session.program.operation(position)
        if (operation.kind, operation.layer, operation.unit) == (kind, layer, unit):
            session.seek(position=position + 1)
            return
    raise LookupError(f"no {kind} of unit {unit} in layer {layer}")


@pytest.mark.parametrize("notation", list(NotationName))
@pytest.mark.parametrize("target", [0.5, -3.142, 1234.0, 250000.0, -1.235e6, 0.001234, -1.2345e-7])
def test_a_target_ends_before_the_loss(qapp: QApplication, notation: NotationName, target: float) -> None:
    session = Session(with_targets(run_spec((2, 2, 1)), [[1.0], [target]]))
    rooms = []
    for sample in (0, 1):
        session.seek(position=session.program.iteration_start(1) - 1 if sample else 0)
        state = state_of(session, notation=notation)
        state = replace(state, loss=replace(state.loss, text="−1.235e−10"))
        places = laid_out(state)
        painter = TargetPainter(state, LIGHT, places)
        rooms.append(places.loss_rect.left() - places.target_x - max(painter.widths))
        assert painter.lines_bounds().width() > 0.0
    assert min(rooms) > 4.0
    longest = {state_of(Session(session.spec), notation=notation).loss.longest_target}
    assert max(longest, key=len) == max((state.loss.longest_target, *longest), key=len)


def test_room_for_targets_is_the_same_for_all_samples(qapp: QApplication) -> None:
    session = Session(with_targets(run_spec((2, 2, 1)), [[1.0], [-250000.0], [0.5]]))
    xs = set()
    for position in range(0, session.program.iteration_start(1), 7):
        session.seek(position=position)
        xs.add(laid_out(state_of(session)).columns)
    assert len(xs) == 1


def test_an_item_that_covers_nothing_leaves_nothing(qapp: QApplication) -> None:
    """Qt copies a whole picture where it is asked for an empty part of it."""
    state = state_of(Session(run_spec((2, 2, 1))))
    front = Front(state, LIGHT, laid_out(state))
    view = View(QSize(762, 441), 1.0, 1.0, front.geometry.rect.topLeft(), 1.0)
    sprites, picture = Sprites(), QPixmap(762, 441)
    picture.fill(QColor(LIGHT.background))
    for item in front.items:
        left, top, _, bottom = item.sides
        item.sides = (left, top, left - 12.0, bottom)
    with QPainter(picture) as painter:
        sprites._make(front, list(front.items), view)
        assert painter.isActive()
    assert not sprites._kept


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda theme: theme.name)
def test_the_number_of_a_small_bias_unit_stands_out_from_its_disc(qapp: QApplication, theme: Theme) -> None:
    state = state_of(Session(run_spec((12, 12, 12))))
    places = laid_out(state)
    column = places.layers[0]
    assert column.bias is not None
    image = painted(state, places, theme)
    beside = column.bias.toPoint().x() - round(column.bias_radius * 0.6), column.bias.toPoint().y()
    assert contrast(theme.text, image.pixelColor(*beside).name()) > 7.0


def test_a_dot_at_work_keeps_the_colour_of_its_number(qapp: QApplication) -> None:
    session = Session(run_spec((13, 13, 13), samples=1))
    at(session, OperationKind.ACTIVATE, 1, 5)
    state = state_of(session)
    places = laid_out(state)
    session.step()
    later = state_of(session)
    centre = places.centre(1, 5).toPoint()
    one, other = (painted(shown, places).pixelColor(centre) for shown in (state, later))
    assert abs(one.lightness() - other.lightness()) <= 6


def test_the_number_of_an_edge_lies_beside_the_image_it_comes_from(qapp: QApplication) -> None:
    session = Session(run_spec((100, 20, 2), samples=1))
    edge = Address(Q.WEIGHT, 1, (7, 44))
    state = state_of(session, Selection(selected=edge))
    places = laid_out(state)
    painter = FramePainter(state, LIGHT, places)
    chosen = next(edge for edge in state.edges if edge.is_selected)
    assert places.layers[0].cell > 0.0
    assert painter.has_label(chosen)
    assert painter.label_rect(chosen).left() >= places.layers[0].rect.right()
    assert painter.label_rect(chosen).right() <= places.layers[1].x


@pytest.mark.parametrize("selected", [None, Address(Q.ACTIVATION, 2, (1,))])
def test_in_focus_no_number_lies_under_a_delta_or_another_number(qapp: QApplication, selected: Address | None) -> None:
    session = Session(open_run("iris"))
    at(session, OperationKind.DELTA, 1, 5)
    state = state_of(session, Selection(selected=selected), is_focused=True)
    places = laid_out(state)
    painter, units = FramePainter(state, LIGHT, places), UnitPainter(state, LIGHT, places)
    plates = [painter.label_rect(edge) for edge in painter.labelled]
    assert len(plates) >= 3
    assert not any(one.intersects(other) for one, other in itertools.combinations(plates, 2))
    assert not any(plate.intersects(badge) for plate in plates for badge, _ in units.plates())


@pytest.mark.parametrize("name", ["two-layer-deltas", "xor", "iris"])
@pytest.mark.parametrize("size", [(1166.0, 557.0), (762.0, 441.0), (1900.0, 900.0)])
def test_larger_text_takes_neither_symbols_nor_numbers_away(
    qapp: QApplication, name: str, size: tuple[float, float]
) -> None:
    state = state_of(Session(open_run(name)))
    radii, has_symbols = [], False
    for largest in (1.0, 1.25, 1.5, 2.0):
        scale = scale_for(state, *size, largest)
        assert scale <= largest
        places = lay_out(state, QRectF(0.0, 0.0, size[0] / scale, size[1] / scale))
        radii.append(places.radius)
        has_symbols = not places.has_badges_beside if largest == 1.0 else has_symbols
    for least in (ROOMY_RADIUS, NUMBERED):
        if radii[0] >= least and (has_symbols or least == NUMBERED):
            assert min(radii) >= least - 1e-9


def test_a_bias_is_told_beside_a_unit_pointed_at_and_beside_outputs(qapp: QApplication) -> None:
    session, chosen = Session(open_run("iris")), Address(Q.ACTIVATION, 1, (3,))
    state = state_of(session, Selection(selected=chosen), notation=NotationName.MATRIX)
    places = laid_out(state)
    assert places.has_badges_beside
    columns = tuple(replace(c, units=tuple(replace(u, bias_text="") for u in c.units)) for c in state.columns)
    told = set()
    for unit in (unit for column in state.columns for unit in column.units if unit.bias_text):
        notes = UnitPainter(state, LIGHT, places).notes_bounds(unit).toRect()
        shown, hidden = (painted(drawn, places).copy(notes) for drawn in (state, replace(state, columns=columns)))
        if shown != hidden:
            told.add((unit.layer, unit.index))
    assert told == {(1, 0), (1, 3), (2, 0), (2, 1), (2, 2)}, "the next one, the selected one, and the outputs"


def test_a_number_on_a_plate_is_found_by_pointing_at_it(qapp: QApplication) -> None:
    for name in ("two-layer-deltas", "iris"):
        session = Session(open_run(name))
        at(session, OperationKind.DELTA, 1, 0)
        state = state_of(session)
        places = laid_out(state)
        plates = tuple(UnitPainter(state, LIGHT, places).plates())
        picker = Picker(state, places, plates)
        found = {picker.address_at(rect.center(), 1.0) for rect, _ in plates}
        assert found == {address for _, address in plates} >= {Address(Q.DELTA, 1, (0,)), Address(Q.DELTA, 2, (0,))}
        assert picker.address_at(places.centre(1, 0), 1.0) == Address(Q.ACTIVATION, 1, (0,))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.94, "0.94"),
        (-0.071, "−0.071"),
        (0.00043, "4e−4"),
        (-0.0023, "−2e−3"),
        (-123456.0, "−1e5"),
        (12345.0, "12345"),
    ],
)
def test_a_number_for_a_small_disc_is_short(qapp: QApplication, value: float, shown: str) -> None:
    spec = run_spec((1, 12, 1), samples=1)
    data = replace(spec.dataset, inputs=np.array([[value]]))
    state = state_of(Session(replace(spec, dataset=data)))
    assert state.columns[0].units[0].short_text == shown
    assert text_width(shown, 6.0, True) <= 1.9 * NUMBERED
