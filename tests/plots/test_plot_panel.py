"""The frame of all plots with lines in it: what is drawn, the crosshair, clicks, keys, copies; loaded only when painted."""

import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from bpstudio.explain.number_format import NumberFormat, NumberStyle
from bpstudio.export.widget_picture import widget_bytes
from bpstudio.look.fonts import font
from bpstudio.model.spec import Array
from bpstudio.plots.line_chart import LineChart
from bpstudio.plots.plot_panel import PlotKind, PlotPanel
from bpstudio.plots.readout_strip import ReadoutStrip
from bpstudio.plots.scales import linear_ticks, log_ticks, rounded_up, scale_of, words
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.plots_state import Entry, Line, LinesState, LineStyle, Readout, Stroke
from bpstudio.viewstate.theme import DARK, LIGHT

LOSSES = 1.0 / np.arange(1.0, 201.0)
KIND = PlotKind("loss-plot", "Loss", "Loss of each iteration", "line_chart", "LineChart")
Key = Qt.Key


def lines(values: Array, mark: int = 0, *more: Line, is_log: bool = False) -> LinesState:
    line = Line("loss", "loss", LineStyle(), (0, len(values)), None, values)
    return LinesState(
        "Loss: a run", "iteration", "loss", (line, *more), mark, max(mark, len(values)), is_log, has_zero=True
    )


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[PlotPanel]:
    made = PlotPanel(KIND)
    qtbot.addWidget(made)
    made.resize(760, 220)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: made.chart is not None)
    yield made
    made.close()


def chart_of(panel: PlotPanel) -> LineChart:
    assert isinstance(panel.chart, LineChart)
    return panel.chart


def at(panel: PlotPanel, iteration: float) -> QPoint:
    place: QPoint = chart_of(panel).place_of(iteration).toPoint()
    return place


def test_the_line_is_the_losses(panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES, 150), LIGHT)
    x, y = chart_of(panel).drawn["loss"]
    assert x.tolist() == list(range(200))
    assert y.tolist() == LOSSES.tolist()
    assert chart_of(panel).marked == 150


def test_the_whole_run_is_in_sight_as_it_grows(panel: PlotPanel) -> None:
    for count in (5, 60, 200):
        panel.apply(lines(LOSSES[:count], count), LIGHT)
        (left, right), (bottom, top) = chart_of(panel).ranges
        assert left <= 0 and count <= right
        assert bottom <= LOSSES[count - 1] and LOSSES[0] <= top


def test_the_axis_grows_in_steps(panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES[:52]), LIGHT)
    before = chart_of(panel).ranges[0]
    panel.apply(lines(LOSSES[:53]), LIGHT)
    assert chart_of(panel).ranges[0] == before


def test_who_has_zoomed_keeps_the_view_until_the_whole_run_is_wanted_again(qtbot: QtBot, panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES[:50]), LIGHT)
    qtbot.keyClick(chart_of(panel), Key.Key_Plus)
    before = chart_of(panel).ranges[0]
    panel.apply(lines(LOSSES, 200), LIGHT)
    assert chart_of(panel).ranges[0] == before
    qtbot.keyClick(chart_of(panel), Key.Key_0)
    assert chart_of(panel).ranges[0][1] >= 200


def test_the_logarithmic_axis_shows_powers_of_ten(panel: PlotPanel) -> None:
    panel.apply(lines(np.array([100.0, 10.0, 0.0, 1.0]), 4, is_log=True), LIGHT)
    _, y = chart_of(panel).drawn["loss"]
    np.testing.assert_array_equal(y, [2.0, 1.0, np.nan, 0.0])


def test_numbers_that_are_not_finite_are_marked_at_the_edge_and_leave_the_scale_alone(panel: PlotPanel) -> None:
    panel.apply(lines(np.array([1.0, np.nan, np.inf, -np.inf, 2.0]), 4), LIGHT)
    chart = chart_of(panel)
    _, y = chart.drawn["loss"]
    assert np.isnan(y[[1, 2, 3]]).all()
    assert chart.broken_places == [(1.0, "x"), (2.0, "t1"), (3.0, "t")]
    assert chart.ranges[1][1] < 3.0
    chart.place_pointed.emit(2.0)
    assert panel.bar.strip.text == "iteration 2, loss ∞"


@pytest.mark.parametrize("size", [1e300, 1e-300, 1e9])
def test_huge_and_tiny_numbers_can_be_drawn(panel: PlotPanel, size: float) -> None:
    panel.apply(lines(LOSSES[:20] * size), LIGHT)
    _, y = chart_of(panel).drawn["loss"]
    assert 0.01 < y.max() <= 10.0
    np.testing.assert_allclose(y * scale_of(LOSSES * size), LOSSES[:20] * size)
    panel.grab()


def test_a_click_on_the_chart_asks_for_its_iteration(qtbot: QtBot, panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES), LIGHT)
    with qtbot.waitSignal(panel.iteration_requested) as wish:
        qtbot.mouseClick(chart_of(panel).surface, Qt.MouseButton.LeftButton, pos=at(panel, 100))
    assert wish.args is not None
    assert abs(wish.args[0] - 100) <= 1


def test_a_click_outside_the_run_asks_for_nothing(qtbot: QtBot, panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES[:105]), LIGHT)
    with qtbot.assertNotEmitted(panel.iteration_requested, wait=50):
        qtbot.mouseClick(chart_of(panel).surface, Qt.MouseButton.LeftButton, pos=at(panel, 118))


def test_the_read_out_is_exact_under_the_pointer(panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES, 199), LIGHT)
    chart_of(panel).place_pointed.emit(2.2)
    assert panel.bar.strip.text == f"iteration 2, loss {float(LOSSES[2])!r}"
    assert chart_of(panel).pointed == 2
    chart_of(panel).place_pointed.emit(None)
    assert panel.bar.strip.text == "iteration 199, loss 0.005"


def test_arrows_move_the_crosshair_and_enter_goes_there(qtbot: QtBot, panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES, 50), LIGHT)
    chart = chart_of(panel)
    chart.setFocus()
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Left):
        qtbot.keyClick(chart, key)
    qtbot.keyClick(chart, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert chart.pointed == 61
    with qtbot.waitSignal(panel.iteration_requested) as wish:
        qtbot.keyClick(chart, Key.Key_Return)
    assert wish.args == [61]
    qtbot.keyClick(chart, Key.Key_End)
    assert chart.pointed == 199
    qtbot.keyClick(chart, Key.Key_Escape)
    assert chart.pointed is None


def test_lines_with_gaps_are_read_at_the_nearest_number(panel: PlotPanel) -> None:
    sparse = Line("held_out", "held out", LineStyle(index=1), (1,), np.array([0.0, 64.0]), np.array([0.5, 0.25]))
    panel.apply(lines(LOSSES, 60, sparse), LIGHT)
    chart_of(panel).place_pointed.emit(60.0)
    assert panel.bar.strip.text.endswith("held out 0.25 at 64")


def test_a_line_that_goes_away_is_drawn_no_longer(panel: PlotPanel) -> None:
    other = Line("branch 1", "branch 1", LineStyle(Stroke.OTHER, 1), (1, 200), None, LOSSES * 2)
    panel.apply(lines(LOSSES, 0, other), LIGHT)
    assert set(chart_of(panel).drawn) == {"loss", "branch 1"}
    panel.apply(lines(LOSSES, 1), LIGHT)
    assert set(chart_of(panel).drawn) == {"loss"}


def test_another_run_begins_with_another_line(panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES, 100), LIGHT)
    other = Line("loss", "loss", LineStyle(), (7, 3), None, LOSSES[:3] * 7)
    panel.apply(LinesState("Loss", "iteration", "loss", (other,), 3, 3), LIGHT)
    assert chart_of(panel).drawn["loss"][1].tolist() == (LOSSES[:3] * 7).tolist()


def test_applying_the_same_again_draws_nothing(panel: PlotPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.apply(lines(LOSSES, 100), LIGHT)
    drawn: list[int] = []
    monkeypatch.setattr(chart_of(panel), "apply", lambda *_: drawn.append(1))
    panel.apply(lines(LOSSES, 100), LIGHT)
    assert drawn == []
    panel.apply(lines(LOSSES, 100), DARK)
    assert drawn == [1]


def test_what_was_applied_before_the_first_paint_is_drawn_after_it(qtbot: QtBot) -> None:
    panel = PlotPanel(KIND)
    qtbot.addWidget(panel)
    panel.apply(lines(LOSSES, 10), DARK)
    assert panel.chart is None
    assert panel.bar.strip.text == "iteration 10, loss 0.09091"
    panel.load_chart()
    assert chart_of(panel).drawn["loss"][1].tolist() == LOSSES.tolist()


def test_one_number_is_a_dot(panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES[:1]), LIGHT)
    assert len(chart_of(panel)._dots.data) == 1
    panel.apply(lines(LOSSES), LIGHT)
    assert len(chart_of(panel)._dots.data) == 0


def test_the_numbers_are_copied_in_full_with_tabs(panel: PlotPanel) -> None:
    sparse = Line("held_out", "held out", LineStyle(index=1), (1,), np.array([1.0]), np.array([math.nan]))
    panel.apply(lines(LOSSES[:3], 0, sparse), LIGHT)
    panel.copy_numbers()
    rows = [row.split("\t") for row in QGuiApplication.clipboard().text().splitlines()]
    assert rows == [["iteration", "loss", "held out"], ["0", "1.0", ""], ["1", "0.5", "NaN"], ["2", repr(1 / 3), ""]]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_figure_is_a_picture_with_title_and_lines(
    qtbot: QtBot, panel: PlotPanel, theme: object, tmp_path: Path
) -> None:
    panel.apply(lines(LOSSES), LIGHT if theme is LIGHT else DARK)
    figure = panel.figure()
    assert figure is not None
    qtbot.addWidget(figure)
    label = figure.findChild(QLabel)
    assert label is not None and label.text() == "Loss: a run"
    svg = widget_bytes(figure, ExportFormat.SVG)
    assert b"Loss: a run" in svg
    assert b"<polyline" in svg
    assert widget_bytes(figure, ExportFormat.PNG, 2)[:4] == b"\x89PNG"


@pytest.mark.parametrize(("count", "end"), [(1, 1), (3, 3), (11, 12), (51, 60), (260, 300), (999_999, 1_000_000)])
def test_ends_are_round_numbers(count: int, end: int) -> None:
    assert rounded_up(count) == end


def test_logarithmic_ticks_are_round_numbers_with_room_between() -> None:
    assert log_ticks(-3.2, 2.9, 10) == [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0]
    assert log_ticks(-300.0, 300.0, 4) == [-200.0, 0.0, 200.0]
    found = [10**tick for tick in log_ticks(-0.95, -0.05, 5)]
    np.testing.assert_allclose(found, [0.2, 0.5])
    assert len(log_ticks(0.30, 0.32, 5)) <= 5


def test_ticks_are_round_numbers_with_room_between() -> None:
    assert linear_ticks(0.0, 1.06, 6)[1] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert linear_ticks(-0.06, 1.06, 2)[1] == pytest.approx([0.0, 1.0])
    assert linear_ticks(0.0, 7.0, 20, least=1.0)[1] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert linear_ticks(0.0, 50.0, 20, least=1.0)[0] == 3.0
    assert linear_ticks(1.0, 1.0, 5)[1] == []
    for low, high in ((0.0, 123.4), (-5e-7, 3e-7), (1e9, 1.2e9)):
        step, ticks = linear_ticks(low, high, 5)
        assert 2 <= len(ticks) <= 6
        np.testing.assert_allclose(np.array(ticks) / step, np.round(np.array(ticks) / step), atol=1e-6)


def test_importing_the_application_does_not_import_pyqtgraph() -> None:
    code = "import bpstudio.app, sys; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_legend_without_room_leaves_out_what_the_window_says_and_writes_smaller(qtbot: QtBot) -> None:
    readout = Readout("iteration 120", (Entry(LineStyle(), "loss", "0.2955"), Entry(LineStyle(), "held out", "0.2274")))
    images = []
    for width in (600, 200):
        strip = ReadoutStrip("strip")
        qtbot.addWidget(strip)
        strip.setFont(font(13.0))
        strip.resize(width, 24)
        strip.show_readout(readout, LIGHT)
        way = strip.way
        images.append((way.has_head, way.size, strip.needed(way) <= width))
    assert images[0] == (True, 1.0, True)
    assert images[1][0] is False
    assert images[1][1] < 1.0
    assert images[1][2]


def test_a_number_without_room_is_left_out_as_a_whole(qtbot: QtBot) -> None:
    strip = ReadoutStrip("strip")
    qtbot.addWidget(strip)
    strip.setFont(font(26.0))
    strip.show_readout(
        Readout("", tuple(Entry(None, name, "0.123456789") for name in ("loss", "change", "next"))), LIGHT
    )
    shown = {}
    for width in (60, 260, 3000):
        strip.resize(width, 40)
        rows = [strip.with_room(row, strip.way) for row in strip._rows(strip.way)]
        shown[width] = [part.name for row in rows for part in row]
    assert shown == {60: ["loss", "…"], 260: ["loss", "…"], 3000: ["loss", "change", "next"]}


def test_in_a_saved_plot_the_names_of_the_axes_have_room_beside_their_numbers(qtbot: QtBot, panel: PlotPanel) -> None:
    panel.apply(lines(LOSSES), LIGHT)
    figure = panel.figure((720, 300))
    assert figure is not None
    qtbot.addWidget(figure)
    chart = figure.findChild(LineChart)
    assert isinstance(chart, LineChart)
    for side, least in (("bottom", 30.0), ("left", 45.0)):
        axis = chart.axes[side]
        assert axis.label.isVisible()
        extent = axis.geometry().height() if side == "bottom" else axis.geometry().width()
        assert extent >= least, side


def test_the_axes_are_written_as_the_numbers_of_the_window(qtbot: QtBot, panel: PlotPanel) -> None:
    state = replace(lines(LOSSES, 10), numbers=NumberFormat(3, decimal_comma=True))
    panel.apply(lines(LOSSES, 10), LIGHT)
    with_points = panel.grab().toImage()
    panel.apply(state, LIGHT)
    axis = chart_of(panel).axes["left"]
    assert axis.tickStrings([0.25, 0.5], 1.0, 0.25) == ["0,25", "0,5"]
    with_commas = panel.grab().toImage()
    assert with_commas != with_points
    panel.apply(lines(LOSSES, 10), LIGHT)
    assert panel.grab().toImage() == with_points


def test_percentages_and_logarithmic_axes_take_the_decimal_comma() -> None:
    comma = NumberFormat(2, NumberStyle.SCIENTIFIC, decimal_comma=True)
    assert words([0.125], 1.0, False, True, False, comma) == ["12,5 %"]
    assert words([-2.0, math.log10(2.5)], 1.0, True, False, False, comma) == ["0,01", "2,5"]
    assert words([1500.0], 1.0, False, False, True, comma) == ["1\u2009500"]
