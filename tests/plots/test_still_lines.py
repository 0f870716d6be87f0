"""What stands in the place of a chart until pyqtgraph is loaded is the chart's picture, pixel by pixel."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.look.palette import apply_theme
from bpstudio.plots.line_chart import LineChart
from bpstudio.plots.still_lines import StillLines
from bpstudio.viewstate.plots_state import Line, LinesState, LineStyle, Stroke
from bpstudio.viewstate.theme import DARK, LIGHT, Theme


def line(
    key: str, values: list[float], index: int = 0, stroke: Stroke = Stroke.OWN, x: list[float] | None = None
) -> Line:
    places = None if x is None else np.array(x)
    return Line(key, key, LineStyle(stroke, index), (len(values),), places, np.array(values))


FALLING = [0.7 * 0.97**k + 0.05 for k in range(200)]
STATES = {
    "one number": LinesState("t", "iteration", "loss", (line("a", [0.7]),), 0, 1, has_zero=True),
    "a few": LinesState("t", "iteration", "loss", (line("a", FALLING[:7]),), 7, 7, has_zero=True),
    "many": LinesState("t", "iteration", "loss", (line("a", FALLING),), 133, 200, has_zero=True),
    "two": LinesState(
        "t", "iteration", "loss", (line("a", FALLING), line("b", [0.8, 0.5, 0.4], 1, x=[0.0, 64.0, 128.0])), 20, 200
    ),
    "logarithmic": LinesState("t", "iteration", "norm", (line("a", [10.0**-k for k in range(9)]),), 3, 9, is_log=True),
    "shares": LinesState(
        "t", "iteration", "right", (line("a", [0.25, 0.5, 1.0]),), 2, 3, bounds=(0.0, 1.0), is_percent=True
    ),
    "tiny": LinesState("t", "iteration", "loss", (line("a", [3e-12, 2e-12, 1e-12]),), 2, 3, has_zero=True),
    "beside another branch": LinesState(
        "t", "iteration", "loss", (line("a", FALLING[:50]), line("b", FALLING[20:60], 1, Stroke.OTHER)), 9, 60
    ),
}


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, LIGHT)


def pictures(qtbot: QtBot, state: LinesState, theme: Theme, size: tuple[int, int]) -> tuple[QImage, QImage]:
    """The still and the chart."""
    still, chart = StillLines(), LineChart("chart", "chart")
    for widget in (still, chart):
        qtbot.addWidget(widget)
        widget.resize(*size)
        with qtbot.waitExposed(widget):
            widget.show()
        widget.apply(state, theme)
    chart.clearFocus()
    for _ in range(3):
        qtbot.wait(5)
        chart.apply(state, theme)
    return still.grab().toImage(), chart.grab().toImage()


def differing(one: QImage, other: QImage) -> int:
    """How many pixels differ by more than a sixth."""
    assert one.size() == other.size()
    found = [
        np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), dtype=np.uint8).astype(int)
        for image in (one, other)
    ]
    return int((np.abs(found[0] - found[1]).reshape(-1, 4).max(axis=1) > 40).sum())


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("size", [(762, 74), (801, 94), (500, 240)])
def test_the_still_is_the_chart(qtbot: QtBot, qapp: QApplication, name: str, size: tuple[int, int]) -> None:
    apply_theme(qapp, LIGHT)
    still, chart = pictures(qtbot, STATES[name], LIGHT, size)
    assert differing(still, chart) <= 30


@pytest.mark.parametrize(("theme", "scale"), [(DARK, 1.0), (LIGHT, 1.5), (DARK, 2.0)])
def test_the_still_is_the_chart_in_every_dress(qtbot: QtBot, qapp: QApplication, theme: Theme, scale: float) -> None:
    apply_theme(qapp, theme, scale)
    still, chart = pictures(qtbot, STATES["a few"], theme, (700, 300))
    assert differing(still, chart) <= 30


def test_what_only_the_chart_can_draw_is_left_to_it(qtbot: QtBot) -> None:
    still = StillLines()
    qtbot.addWidget(still)
    for values in ([0.5, math.nan], [math.inf], [0.0] * 5000):
        still.apply(LinesState("t", "iteration", "loss", (line("a", values),), 0, len(values)), LIGHT)
        assert still.state is None


@pytest.mark.parametrize("values", [[0.0, 0.5], [1.0, -1.0], [0.0]])
def test_what_a_log_axis_does_not_show_is_left_to_the_chart(qtbot: QtBot, values: list[float]) -> None:
    still = StillLines()
    qtbot.addWidget(still)
    still.apply(LinesState("t", "iteration", "loss", (line("a", values),), 0, len(values), is_log=True), LIGHT)
    assert still.state is None


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308], [1.7e308], [5e-324], [0.0], [-0.0, 0.0]])
@pytest.mark.parametrize("is_log", [False, True])
def test_extreme_numbers_are_painted_or_left_to_the_chart(qtbot: QtBot, values: list[float], is_log: bool) -> None:
    still = StillLines()
    qtbot.addWidget(still)
    still.resize(400, 200)
    still.apply(LinesState("t", "iteration", "loss", (line("a", values),), 0, len(values), is_log=is_log), LIGHT)
    still.grab()
