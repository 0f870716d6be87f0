"""The legend and the sums on the canvas: every word in its room, and what is not finite in its own colour."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from bpstudio.canvas import frame_painter
from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import lay_out, scale_for
from bpstudio.canvas.target_painter import TargetPainter
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.files.run_file import open_run
from bpstudio.look.drawing import text_width
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import GivenParameters
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.selection import EdgeMode, Selection, UnitMode, ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme
from tests.support.specs import run_spec

pytestmark = pytest.mark.usefixtures("qapp")
SIZES = ((64, 20, 10), (100, 90, 3), (13, 13, 13), (3, 4, 2))


def painted(
    state: CanvasState, width: float, height: float, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, QRectF]]:
    """The words that legend and hint write in a canvas so large, with their places."""
    scale = scale_for(state, width, height)
    rect = QRectF(0.0, 0.0, width / scale, height / scale)
    found = [("the canvas", rect)]

    def write(painter: QPainter, left: float, baseline: float, text: str, pixels: float, colour: str) -> None:
        found.append((text, QRectF(left, baseline - 0.8 * pixels, text_width(text, pixels), pixels)))

    monkeypatch.setattr(frame_painter, "draw_text", write)
    places = lay_out(state, rect)
    frame = FramePainter(state, LIGHT, places)
    image = QImage(1, 1, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        frame.legend(painter)
        frame.hint(painter)
    if state.loss.targets:
        found.append(("target", TargetPainter(state, LIGHT, places).word_bounds()))
    return found


@pytest.mark.parametrize("size", [(480, 320), (760, 430), (1366, 768)])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("mode", EdgeMode)
@pytest.mark.parametrize("unit_mode", UnitMode)
@pytest.mark.parametrize("hovered", [None, Address(Quantity.ACTIVATION, 1, (0,))], ids=["nothing", "a unit"])
def test_the_words_of_the_legend_are_whole_and_cover_nothing(
    sizes: tuple[int, ...],
    size: tuple[int, int],
    mode: EdgeMode,
    unit_mode: UnitMode,
    hovered: Address | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ViewOptions(edge_mode=mode, unit_mode=unit_mode)
    state = build_canvas_state(Session(run_spec(sizes, samples=2)), Selection(hovered=hovered), options)
    (_, rect), *words = painted(state, *size, monkeypatch)
    assert all(rect.contains(place) for text, place in words if text != "target"), words
    assert not [(a[0], b[0]) for a, b in itertools.combinations(words, 2) if a[1].intersects(b[1])]
    told = "    ".join(text for text, _ in words)
    if hovered is None:
        assert all(note in told for note in (*state.legend.notes, state.legend.detail))


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda theme: theme.name.value)
def test_a_running_sum_that_is_not_finite_has_its_own_colour(theme: Theme) -> None:
    spec = open_run("two-layer-deltas")
    assert isinstance(spec.start, GivenParameters)
    for factor, is_finite in ((1.0, True), (1.7e308, False)):
        inputs = np.full_like(spec.dataset.inputs, factor)
        weights = tuple(np.full_like(weight, 2.0) for weight in spec.start.weights)
        start = replace(spec.start, weights=weights)
        made = replace(spec, dataset=replace(spec.dataset, inputs=inputs), start=start)
        session = Session(made)
        position = session.program.position_of(0, Pass.FORWARD, 1, OperationKind.ADD_BIAS)
        assert position is not None
        session.seek(position=position + 1)
        state = build_canvas_state(session, Selection(), ViewOptions())
        assert state.columns[1].units[0].is_sum_finite == is_finite
        assert state.columns[1].units[1].is_sum_finite
        assert (QColor(theme.not_finite).name() in notes_colours(state, theme)) == (not is_finite)


def notes_colours(state: CanvasState, theme: Theme) -> set[str]:
    """The colours around the first hidden unit, eight times as large as life."""
    places = lay_out(state, QRectF(0.0, 0.0, 800.0, 500.0))
    units = UnitPainter(state, theme, places)
    rect = units.sum_rect(state.columns[1].units[0])
    image = QImage(int(rect.width() * 8), int(rect.height() * 8), QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        painter.scale(8.0, 8.0)
        painter.translate(-rect.topLeft())
        units.notes(painter, state.columns[1].units[0])
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
