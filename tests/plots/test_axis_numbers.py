"""Each axis says how large things are: at least two numbers, different and whole, however low the plot and large the text."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.look.palette import apply_theme
from bpstudio.plots.line_chart import LineChart
from bpstudio.plots.scales import ticks, whole, words
from bpstudio.viewstate.plots_state import LinesState
from bpstudio.viewstate.theme import LIGHT
from tests.plots.test_still_lines import STATES, line

RUNS = {
    **STATES,
    "far beyond": LinesState(
        "t", "iteration", "norm", (line("a", [10.0 ** (k * 14) for k in range(19)]),), 3, 19, is_log=True
    ),
    "hardly changing": LinesState("t", "iteration", "norm", (line("a", [1.2345, 1.2346, 1.2344]),), 2, 3, is_log=True),
    "within a decade": LinesState("t", "iteration", "norm", (line("a", [4.2, 5.1, 6.3]),), 2, 3, is_log=True),
    "diverged": LinesState("t", "iteration", "loss", (line("a", [1.0, 1e9, 3e154]),), 2, 3, has_zero=True),
}


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, LIGHT)


def written(chart: LineChart, side: str) -> list[tuple[QRectF, str]]:
    """The numbers of an axis with their places in the chart's picture."""
    picture, axis = QPicture(), chart.axes[side]
    with QPainter(picture) as painter:
        _, _, found = axis.generateDrawSpecs(painter)
    return [(axis.mapRectToScene(rect), text) for rect, _, text in found]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(
    ("size", "scale"), [((760, 74), 1.0), ((680, 86), 1.5), ((612, 94), 2.0), ((500, 240), 1.0), ((900, 300), 2.0)]
)
def test_two_numbers_at_least_are_whole_on_each_axis(
    qtbot: QtBot, qapp: QApplication, name: str, size: tuple[int, int], scale: float
) -> None:
    apply_theme(qapp, LIGHT, scale)
    chart = LineChart("chart", "chart")
    qtbot.addWidget(chart)
    chart.resize(*size)
    with qtbot.waitExposed(chart):
        chart.show()
    for _ in range(3):
        chart.apply(RUNS[name], LIGHT)
        qtbot.wait(5)
    for side in ("left", "bottom"):
        found = written(chart, side)
        assert len({text for _, text in found}) == len(found) >= 2, side
        for rect, text in found:
            assert QRectF(chart.widget.viewport().rect()).contains(rect), text
        for (one, _), (other, _) in pairwise(found):
            assert not one.intersects(other)


@pytest.mark.parametrize(("low", "high"), [(-0.2, 1.9), (0.34, 0.47), (0.62, 0.7), (-2.0, 253.0), (0.0, 1.0)])
@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("size", [12, 30, 52, 90, 400])
def test_an_axis_has_two_ticks_whatever_it_shows(low: float, high: float, is_log: bool, size: int) -> None:
    _, places = ticks("left", low, high, size, is_log, False, 1.0)
    assert len(places) >= 2
    assert all(low <= place <= high for place in places)


def test_a_norm_that_hardly_changes_has_room_enough_for_numbers_that_differ() -> None:
    state = RUNS["hardly changing"]
    _, (low, high) = whole(state, [state.lines[0].y * 0.0 + 0.0915])
    _, places = ticks("left", low, high, 50, True, False, 1.0)
    texts = words(places, 1.0, True, False, False, state.numbers)
    assert len(set(texts)) == len(texts) >= 2
