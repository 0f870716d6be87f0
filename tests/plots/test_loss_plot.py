"""The loss plot: the curve as it grows, the mark, the read-out, a click; loaded only when it is painted."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from bpstudio.plots.curve_view import CurveView, stepped
from bpstudio.plots.loss_plot import LossPlot
from bpstudio.viewstate.theme import DARK, LIGHT

LOSSES = 1.0 / np.arange(1.0, 201.0)


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[LossPlot]:
    made = LossPlot()
    qtbot.addWidget(made)
    made.resize(760, 220)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: made.curve is not None)
    yield made
    made.close()


def curve_of(plot: LossPlot) -> CurveView:
    assert isinstance(plot.curve, CurveView)
    return plot.curve


def place(plot: LossPlot, iteration: int) -> QPointF:
    return curve_of(plot).place_of(iteration)


def test_the_curve_is_the_losses(plot: LossPlot) -> None:
    plot.apply(LOSSES, 150, LIGHT)
    x, y = curve_of(plot).points
    assert x.tolist() == list(range(200))
    assert y.tolist() == LOSSES.tolist()
    assert curve_of(plot).marked == 150


def test_the_whole_run_is_in_sight_as_it_grows(plot: LossPlot) -> None:
    for count in (5, 60, 200):
        plot.apply(LOSSES[:count], count, LIGHT)
        (left, right), (bottom, top) = curve_of(plot).ranges
        assert left <= 0 and count <= right
        assert bottom <= LOSSES[count - 1] and LOSSES[0] <= top


def test_the_axis_grows_in_steps(plot: LossPlot) -> None:
    plot.apply(LOSSES[:60], 60, LIGHT)
    before = curve_of(plot).ranges[0]
    plot.apply(LOSSES[:61], 61, LIGHT)
    assert curve_of(plot).ranges[0] == before


def test_without_whole_run_the_view_stays(qtbot: QtBot, plot: LossPlot) -> None:
    plot.apply(LOSSES[:50], 50, LIGHT)
    plot.follow.click()
    before = curve_of(plot).ranges[0]
    plot.apply(LOSSES, 200, LIGHT)
    assert curve_of(plot).ranges[0] == before


def test_the_logarithmic_axis_shows_powers_of_ten(plot: LossPlot) -> None:
    plot.apply(np.array([100.0, 10.0, 0.0, 1.0]), 4, LIGHT)
    plot.log_axis.click()
    _, y = curve_of(plot).points
    np.testing.assert_array_equal(y, [2.0, 1.0, np.nan, 0.0])


def test_numbers_that_are_not_finite_are_counted_and_leave_a_gap(plot: LossPlot) -> None:
    plot.apply(np.array([1.0, np.nan, np.inf, 2.0]), 4, LIGHT)
    _, y = curve_of(plot).points
    assert np.isnan(y[[1, 2]]).all()
    assert plot.readout.text() == "4 iterations, last loss 2, 2 not finite"


def test_a_click_on_the_curve_asks_for_its_iteration(qtbot: QtBot, plot: LossPlot) -> None:
    plot.apply(LOSSES, 0, LIGHT)
    at = place(plot, 100).toPoint()
    with qtbot.waitSignal(plot.iteration_requested) as wish:
        qtbot.mouseClick(curve_of(plot).surface, Qt.MouseButton.LeftButton, pos=at)
    assert wish.args is not None
    assert abs(wish.args[0] - 100) <= 1


def test_a_click_outside_the_run_asks_for_nothing(qtbot: QtBot, plot: LossPlot) -> None:
    plot.apply(LOSSES[:101], 0, LIGHT)
    at = place(plot, 180).toPoint()
    with qtbot.assertNotEmitted(plot.iteration_requested, wait=50):
        qtbot.mouseClick(curve_of(plot).surface, Qt.MouseButton.LeftButton, pos=at)


def test_the_read_out_is_exact_under_the_pointer(plot: LossPlot) -> None:
    plot.apply(LOSSES, 0, LIGHT)
    curve_of(plot).place_pointed.emit(2)
    assert plot.readout.text() == f"iteration 2: loss {LOSSES[2]!r}".replace("np.float64(", "").rstrip(")")
    curve_of(plot).place_pointed.emit(None)
    assert plot.readout.text().startswith("200 iterations, ")


def test_another_run_begins_with_an_empty_curve(plot: LossPlot) -> None:
    plot.apply(LOSSES, 100, LIGHT)
    plot.reset()
    assert curve_of(plot).points[0].size == 0
    plot.apply(LOSSES[:3] * 7, 3, LIGHT)
    assert curve_of(plot).points[1].tolist() == (LOSSES[:3] * 7).tolist()


def test_applying_the_same_again_draws_nothing(plot: LossPlot, monkeypatch: pytest.MonkeyPatch) -> None:
    plot.apply(LOSSES, 100, LIGHT)
    drawn: list[int] = []
    monkeypatch.setattr(curve_of(plot), "show_curve", lambda *_: drawn.append(1))
    plot.apply(LOSSES, 100, LIGHT)
    assert drawn == []
    plot.apply(LOSSES, 100, DARK)
    assert drawn == [1]


def test_what_was_applied_before_the_first_paint_is_drawn_after_it(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.apply(LOSSES, 10, DARK)
    assert plot.curve is None
    assert plot.readout.text().startswith("200 iterations")
    plot.load_curve()
    assert curve_of(plot).points[1].tolist() == LOSSES.tolist()


def test_one_loss_is_a_dot(plot: LossPlot) -> None:
    plot.apply(LOSSES[:1], 0, LIGHT)
    assert len(curve_of(plot)._dots.data) == 1
    plot.apply(LOSSES, 0, LIGHT)
    assert len(curve_of(plot)._dots.data) == 0


@pytest.mark.parametrize(("count", "end"), [(1, 1), (3, 5), (10, 10), (11, 20), (51, 100), (999_999, 1_000_000)])
def test_steps_are_one_two_five(count: int, end: int) -> None:
    assert stepped(count) == end


def test_importing_the_application_does_not_import_pyqtgraph() -> None:
    code = "import bpstudio.app, sys; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
