"""What is kept between frames: patched pictures are those painted anew, scaled ones get sharp, and nothing runs unseen."""

import gc
import os
import random
import subprocess
import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.canvas.edge_changes import changed_edges
from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.canvas.painter import paint_network
from bpstudio.canvas.sprites import MOST_BYTES
from bpstudio.canvas.view import View
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import RunSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.numbers import numbers
from bpstudio.viewstate.selection import EdgeMode, Selection, ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT
from tests.support.specs import run_spec

Q = Quantity
ROUNDING = 4
"""Of 255: Qt rounds the rim of a small dot another way when it is clipped, and of letters when layers are joined."""
LARGE = (100, 60, 4)
"""An image of 10 × 10, a layer of dots, 6,000 edges as a density."""


def state_at(session: Session, options: ViewOptions | None = None, selection: Selection | None = None) -> CanvasState:
    return build_canvas_state(session, selection or Selection(), options or ViewOptions())


def settle(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    QApplication.processEvents()
    qtbot.waitUntil(lambda: canvas.is_sharp, timeout=5000)


def made(qtbot: QtBot, state: CanvasState) -> NetworkCanvas:
    canvas = NetworkCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(800, 500)
    canvas.apply(state, LIGHT)
    with qtbot.waitExposed(canvas):
        canvas.show()
    settle(qtbot, canvas)
    return canvas


def moves(canvas: NetworkCanvas) -> bool:
    return canvas.is_moving


def pixels(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4).copy()


def largest_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def picture(qtbot: QtBot, canvas: NetworkCanvas) -> NDArray[np.uint8]:
    settle(qtbot, canvas)
    return pixels(canvas.grab().toImage())


@pytest.fixture
def session() -> Session:
    return Session(run_spec(LARGE, samples=2))


@pytest.fixture
def canvas(qtbot: QtBot, session: Session) -> Iterator[NetworkCanvas]:
    session.seek(position=300)
    found = made(qtbot, state_at(session))
    yield found
    found.close()


RUNS = {
    "iris": lambda: open_run("iris"),
    "two-layer-deltas": lambda: open_run("two-layer-deltas"),
    "dots": lambda: run_spec((6, 30, 20, 3), samples=2),
    "image": lambda: run_spec((100, 14, 3), samples=2),
    "density": lambda: run_spec(LARGE, samples=1),
    "many outputs": lambda: run_spec((5, 8, 40), samples=2),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("mode", [EdgeMode.WEIGHT, EdgeMode.FLOW])
def test_a_walk_of_patches_ends_in_the_picture_painted_at_once(qtbot: QtBot, name: str, mode: EdgeMode) -> None:
    spec: RunSpec = RUNS[name]()
    session, walk = Session(spec), random.Random(3)
    walked = made(qtbot, state_at(session, ViewOptions(edge_mode=mode)))
    size = session.program.iteration_start(1)
    for _ in range(12):
        session.seek(position=walk.randrange(size))
        for _ in range(4):
            session.step(walk.choice([Level.OPERATION, Level.UNIT]))
            hovered = Address(Q.ACTIVATION, 1, (walk.randrange(2),))
            selection = Selection(hovered=hovered if walk.random() < 0.5 else None)
            options = ViewOptions(edge_mode=mode, is_focused=walk.random() < 0.2)
            walked.apply(state_at(session, options, selection), LIGHT)
            QApplication.processEvents()
        assert walked.state is not None
        fresh = made(qtbot, walked.state)
        assert largest_difference(picture(qtbot, walked), picture(qtbot, fresh)) <= ROUNDING
        fresh.close()
    walked.close()


@pytest.mark.parametrize("ratio", ["1.25", "1.5"])
def test_a_walk_ends_in_the_same_picture_on_screens_with_a_fraction_of_a_pixel(ratio: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "walk_of_patches and weight",
        __file__,
    ]
    done = subprocess.run(
        command,
        env=os.environ | {"QT_SCALE_FACTOR": ratio, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "6 passed" in done.stdout


@pytest.mark.parametrize(("name", "zoom"), [("iris", 1.0), ("two-layer-deltas", 1.0), ("two-layer-deltas", 1.9)])
def test_updates_patched_one_by_one_leave_each_pixel_as_painted_at_once(qtbot: QtBot, name: str, zoom: float) -> None:
    session = Session(RUNS[name]())
    first = session.program.position_of(0, Pass.UPDATE, 1, OperationKind.UPDATE, unit=0, entry=0)
    assert first is not None
    session.seek(position=first)
    canvas = made(qtbot, state_at(session))
    canvas.zoom_by(zoom)
    settle(qtbot, canvas)
    patched = 0
    while session.position < session.program.iteration_start(1):
        session.step(Level.OPERATION)
        canvas.apply(state_at(session), LIGHT)
        patched += not canvas.is_sharp
        stepped = picture(qtbot, canvas)
        canvas._repaint_all()
        assert np.array_equal(stepped, picture(qtbot, canvas))
    assert patched > 0
    canvas.close()


def test_numbers_that_change_no_pen_change_no_line(qtbot: QtBot) -> None:
    session = Session(open_run("iris"))
    state = state_at(session)
    canvas = made(qtbot, state)
    before = state.bands[0].numbers
    nearly = replace(state.bands[0], numbers=numbers(before.values + 1e-9))
    changed = changed_edges(state, replace(state, bands=(nearly, *state.bands[1:])))
    assert changed == []
    other = replace(state.bands[0], numbers=numbers(np.where(before.values == before.values.max(), 0.0, before.values)))
    found = changed_edges(state, replace(state, bands=(other, *state.bands[1:])))
    assert found is not None
    assert [len(edges.units) for edges in found] == [1]
    canvas.close()


def test_what_does_not_change_keeps_no_earlier_state_alive(
    qtbot: QtBot, canvas: NetworkCanvas, session: Session
) -> None:
    shown = canvas.state
    assert shown is not None
    alive = weakref.ref(shown.bands[0].numbers.values)
    del shown
    for _ in range(3):
        session.seek(iteration=session.iteration + 1)
        canvas.apply(state_at(session), LIGHT)
        settle(qtbot, canvas)
    gc.collect()
    assert alive() is None


def test_the_screen_shows_what_an_export_paints(qtbot: QtBot) -> None:
    session = Session(open_run("two-layer-deltas"))
    session.seek(position=40)
    state = state_at(session)
    image = QImage(800, 500, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        paint_network(painter, QRectF(0, 0, 800, 500), state, LIGHT)
    shown = picture(qtbot, made(qtbot, state))
    assert largest_difference(shown, pixels(image)) <= ROUNDING


def test_a_step_changes_pixels_at_the_units_it_touches_and_nowhere_else(qtbot: QtBot) -> None:
    session = Session(open_run("iris"))
    position = session.program.position_of(0, Pass.FORWARD, 1, OperationKind.ACTIVATE, unit=3)
    assert position is not None
    session.seek(position=position)
    canvas = made(qtbot, state_at(session))
    before = picture(qtbot, canvas)
    session.step(Level.OPERATION)
    canvas.apply(state_at(session), LIGHT)
    changed = np.argwhere((picture(qtbot, canvas) != before).any(axis=2))
    centre = canvas.unit_centre(1, 3)
    assert len(changed) > 0
    assert np.hypot(changed[:, 1] - centre.x(), changed[:, 0] - centre.y()).min() < 25.0
    legend = 500 - 30
    assert (changed[:, 0] < legend).all()
    loss = canvas.unit_centre(2, 0).x() + 120
    assert (changed[:, 1] < loss).all()
    canvas.close()


def test_zooming_shows_a_scaled_picture_at_once_and_a_sharp_one_soon(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    canvas.zoom_by(1.7, QPointF(300, 200))
    assert not canvas.is_sharp
    scaled = pixels(canvas.grab().toImage())
    sharp = picture(qtbot, canvas)
    assert not np.array_equal(scaled, sharp)
    assert float(np.abs(scaled.astype(int) - sharp.astype(int)).mean()) < 25.0


def test_a_sharp_zoomed_picture_is_the_same_whatever_way_one_came(
    qtbot: QtBot, canvas: NetworkCanvas, session: Session
) -> None:
    other = made(qtbot, state_at(session))
    for target, factors in ((canvas, (2.0,)), (other, (4.0, 0.5))):
        for factor in factors:
            target.zoom_by(factor, QPointF(0.0, 0.0))
    assert np.array_equal(picture(qtbot, canvas), picture(qtbot, other))
    other.close()


def test_panning_shows_the_background_where_nothing_is_painted_yet(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    canvas.apply(state_at(Session(run_spec(LARGE, samples=2))), DARK)
    settle(qtbot, canvas)
    canvas._set_view(1.0, QPointF(200.0, 0.0))
    assert canvas.grab().toImage().pixelColor(5, 5) == DARK.background


def test_a_step_while_the_picture_is_being_made_sharp_is_not_lost(
    qtbot: QtBot, canvas: NetworkCanvas, session: Session
) -> None:
    canvas.zoom_by(2.0, QPointF(0.0, 0.0))
    session.step(Level.UNIT)
    canvas.apply(state_at(session), LIGHT)
    stepped = picture(qtbot, canvas)
    fresh = made(qtbot, state_at(session))
    fresh.zoom_by(2.0, QPointF(0.0, 0.0))
    assert largest_difference(stepped, picture(qtbot, fresh)) <= ROUNDING
    fresh.close()


def test_one_changed_weight_of_many_is_shown_at_once_and_sharp_soon(qtbot: QtBot, session: Session) -> None:
    position = session.program.position_of(0, Pass.UPDATE, 1, OperationKind.UPDATE, unit=7, entry=30)
    assert position is not None
    session.seek(position=position)
    canvas = made(qtbot, state_at(session))
    session.step(Level.OPERATION)
    canvas.apply(state_at(session), LIGHT)
    assert not canvas.is_sharp
    fresh = made(qtbot, state_at(session))
    assert largest_difference(picture(qtbot, canvas), picture(qtbot, fresh)) <= ROUNDING
    for widget in (canvas, fresh):
        widget.close()


def test_nothing_is_made_sharp_where_nobody_looks(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    canvas.zoom_by(1.5)
    canvas.hide()
    QApplication.processEvents()
    assert not canvas._refining.isActive()
    canvas.show()
    settle(qtbot, canvas)


def test_the_kept_pictures_of_a_large_network_stay_small(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    whole = 4 * 800 * 500
    assert whole < canvas.picture_bytes <= whole + MOST_BYTES
    canvas.zoom_by(1.3)
    assert canvas.picture_bytes <= 2 * whole + MOST_BYTES


# Signals.


def at_product(session: Session) -> CanvasState:
    position = session.program.position_of(0, Pass.FORWARD, 2, OperationKind.MULTIPLY_ADD, unit=0, entry=3)
    assert position is not None
    session.seek(position=position + 1)
    return state_at(session)


def test_signals_run_once_for_a_step_and_then_all_is_still(qtbot: QtBot) -> None:
    session = Session(open_run("iris"))
    canvas = made(qtbot, state_at(session))
    canvas.set_travel_time(120)
    canvas.apply(at_product(session), LIGHT)
    assert moves(canvas)
    still = pixels(canvas.grab().toImage())
    qtbot.waitUntil(lambda: not np.array_equal(pixels(canvas.grab().toImage()), still), timeout=2000)
    qtbot.waitUntil(lambda: not moves(canvas), timeout=2000)
    assert np.array_equal(pixels(canvas.grab().toImage()), still)
    canvas.close()


def test_nothing_moves_when_signals_are_off_or_nobody_looks(qtbot: QtBot) -> None:
    session = Session(open_run("iris"))
    canvas = made(qtbot, state_at(session))
    canvas.apply(at_product(session), LIGHT)
    assert not moves(canvas)
    canvas.set_travel_time(5000)
    session.step(Level.OPERATION)
    canvas.apply(state_at(session), LIGHT)
    assert moves(canvas)
    canvas.hide()
    assert not moves(canvas)
    session.step(Level.OPERATION)
    canvas.apply(state_at(session), LIGHT)
    assert not moves(canvas)
    canvas.close()


def test_closing_stops_signals(qtbot: QtBot) -> None:
    session = Session(open_run("iris"))
    canvas = made(qtbot, state_at(session))
    canvas.set_travel_time(5000)
    canvas.apply(at_product(session), LIGHT)
    canvas.close()
    assert not moves(canvas)


def test_looking_at_something_else_starts_no_signal(qtbot: QtBot) -> None:
    session = Session(open_run("iris"))
    canvas = made(qtbot, at_product(session))
    canvas.set_travel_time(5000)
    canvas.apply(state_at(session, selection=Selection(hovered=Address(Q.ACTIVATION, 1, (0,)))), LIGHT)
    assert not moves(canvas)
    canvas.close()


# Pure parts.


def test_a_view_maps_there_and_back() -> None:
    view = View(QRect(0, 0, 800, 500).size(), 1.0, 1.5, QPointF(30.0, -20.0), 0.8)
    place = QPointF(123.0, 45.0)
    assert (view.unmap(view.map(place)) - place).manhattanLength() < 1e-9
    mapped = view.map_rect(QRectF(10.0, 20.0, 30.0, 40.0))
    assert QRectF(mapped).contains(QRectF(view.map(QPointF(10.0, 20.0)), view.map(QPointF(40.0, 60.0))))
