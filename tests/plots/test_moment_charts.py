"""The charts of one moment, drawn and pointed at: slope, confusions, boundary, histograms."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from bpstudio.files.run_file import open_run
from bpstudio.look.drawing import text_width
from bpstudio.look.palette import apply_theme
from bpstudio.model.spec import Array, NotationName, OptimizerSpec
from bpstudio.plots.boundary_chart import FINER, BoundaryChart, colours_of, finer
from bpstudio.plots.confusion_chart import ConfusionChart
from bpstudio.plots.histogram_chart import HistogramChart, heat_colours, steps
from bpstudio.plots.plot_panel import PlotKind, PlotPanel
from bpstudio.plots.slope_chart import SlopeChart
from bpstudio.session.looks import Direction, confusions, loss_line, responses
from bpstudio.session.measures import Group, Probe, Spread, values_of
from bpstudio.session.recorder import Measurer
from bpstudio.session.session import Session
from bpstudio.viewstate.boundary_state import Pane, boundary_state, extent_of, no_boundary
from bpstudio.viewstate.confusion_state import confusion_state
from bpstudio.viewstate.histogram_state import histogram_state
from bpstudio.viewstate.slope_state import slope_state
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT

Key = Qt.Key
SLOPE = PlotKind("slope-plot", "Slope", "slope", "slope_chart", "SlopeChart")
CONFUSION = PlotKind("confusion-plot", "Confusion", "confusion", "confusion_chart", "ConfusionChart")
BOUNDARY = PlotKind("boundary-plot", "Boundary", "boundary", "boundary_chart", "BoundaryChart")
HISTOGRAMS = PlotKind("histograms-plot", "Histograms", "histograms", "histogram_chart", "HistogramChart")
Open = Callable[[PlotKind], PlotPanel]


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Open]:
    made: list[PlotPanel] = []

    def show(kind: PlotKind) -> PlotPanel:
        panel = PlotPanel(kind)
        made.append(panel)
        qtbot.addWidget(panel)
        panel.resize(760, 240)
        with qtbot.waitExposed(panel):
            panel.show()
        qtbot.waitUntil(lambda: panel.chart is not None)
        return panel

    yield show
    for panel in made:
        panel.close()


def at(name: str, iteration: int, rate: float | None = None) -> tuple[Session, Probe]:
    spec = open_run(name)
    if rate is not None:
        spec = replace(spec, optimizer=OptimizerSpec(learning_rate=rate))
    session = Session(spec)
    session.seek(iteration=iteration)
    return session, Probe(spec)


def slope(rate: float | None = None) -> Any:
    session, probe = at("xor", 5, rate)
    line = loss_line(probe, 5, session.engine.state(), Direction.GRADIENT)
    return slope_state("XOR", 5, line, 0)


def test_the_slope_is_drawn_with_its_tangent_and_three_spots(shown: Open) -> None:
    panel, state = shown(SLOPE), slope()
    panel.apply(state, LIGHT)
    chart = panel.chart
    assert isinstance(chart, SlopeChart)
    x, y = chart.drawn
    assert x.tolist() == state.line.places.tolist()
    assert y.tolist() == state.line.losses.tolist()
    assert [spot.symbol() for spot in chart.spots.points()] == ["o", "d", "+"]
    chart.place_pointed.emit(1.01)
    assert chart.pointed == pytest.approx(1.0)
    assert panel.bar.strip.text.startswith("1, loss 0.")


def test_a_click_where_the_update_lands_goes_to_the_next_iteration(qtbot: QtBot, shown: Open) -> None:
    panel = shown(SLOPE)
    panel.apply(slope(), LIGHT)
    place = panel.chart.place_of(1.0).toPoint()
    with qtbot.waitSignal(panel.iteration_requested) as wish:
        qtbot.mouseClick(panel.chart.surface, Qt.MouseButton.LeftButton, pos=place)
    assert wish.args == [6]


def test_a_slope_that_explodes_is_drawn_with_marks(shown: Open) -> None:
    panel = shown(SLOPE)
    panel.apply(slope(1e200), DARK)
    panel.grab()
    (_, _), (bottom, top) = panel.chart.ranges
    assert np.isfinite([bottom, top]).all()


def test_confusions_are_read_by_pointer_and_by_keys(qtbot: QtBot, shown: Open) -> None:
    panel = shown(CONFUSION)
    session, probe = at("iris", 40)
    state = confusion_state(session.spec, 40, *confusions(probe, session.engine.state()))
    panel.apply(state, LIGHT)
    chart = panel.chart
    assert isinstance(chart, ConfusionChart)
    assert len(chart.grids()) == 2
    middle = chart.grids()[1].cell(2, 1).center()
    qtbot.mouseMove(chart, middle.toPoint() - QPoint(2, 2))
    qtbot.mouseMove(chart, middle.toPoint())
    assert chart.pointed == (1, 2, 1)
    assert panel.bar.strip.text.startswith("held out, virginica")
    chart.setFocus()
    qtbot.keyClick(chart, Key.Key_Up)
    assert panel.chart.pointed == (1, 1, 1)
    qtbot.keyClick(chart, Key.Key_Escape)
    assert panel.chart.pointed is None
    assert chart.place_at(chart.grids()[0].cell(0, 0).topLeft()) == (0, 0, 0)
    assert all(grid.cell(2, 2).bottom() <= chart.height() for grid in chart.grids())
    panel.apply(state, HIGH_CONTRAST)
    panel.grab()


@pytest.mark.parametrize(("scale", "size"), [(1.0, (760, 75)), (1.5, (680, 92)), (2.0, (612, 100)), (2.0, (612, 300))])
def test_no_class_is_cut_above_its_column(
    qtbot: QtBot, qapp: QApplication, shown: Open, scale: float, size: tuple[int, int]
) -> None:
    apply_theme(qapp, LIGHT, scale)
    panel = shown(CONFUSION)
    session, probe = at("iris", 40)
    panel.apply(confusion_state(session.spec, 40, *confusions(probe, session.engine.state())), LIGHT)
    chart = panel.chart
    chart.resize(*size)
    for grid in chart.grids():
        assert all(text_width(name, grid.text) <= grid.longest for name in panel.state.columns)
        assert grid.cell(2, 2).bottom() <= size[1]
    if size[1] == 300:
        assert grid.text >= 15.0 and grid.is_staggered
    panel.grab()
    apply_theme(qapp, LIGHT)


def test_the_boundary_is_two_maps_with_the_data_on_them(qtbot: QtBot, shown: Open) -> None:
    panel = shown(BOUNDARY)
    session, probe = at("xor", 300)
    found = responses(probe, session.engine.state(), *extent_of(session.spec))
    state = boundary_state(session.spec, 300, found, (1, 1), NotationName.THETA, 0)
    panel.apply(state, LIGHT)
    chart = panel.chart
    assert isinstance(chart, BoundaryChart)
    assert [pane.isVisibleTo(chart) for pane in chart.panes] == [True, True]
    assert sorted({spot.symbol() for spot in chart.panes[0].dots.points()}) == ["o", "s"]
    chart.setFocus()
    qtbot.keyClick(chart, Key.Key_Right)
    qtbot.keyClick(chart, Key.Key_Right)
    assert chart.pointed == (0.0, 1.0)
    assert "row 1: target 1" in panel.bar.strip.text
    alone = boundary_state(session.spec, 300, found, None, NotationName.THETA, 0)
    panel.apply(alone, DARK)
    assert [pane.isVisibleTo(chart) for pane in chart.panes] == [True, False]
    panel.grab()


def test_where_there_is_no_plane_the_reason_stands_in_its_place(shown: Open) -> None:
    panel = shown(BOUNDARY)
    nothing = no_boundary(open_run("iris"), 0)
    assert nothing is not None
    panel.apply(nothing, LIGHT)
    hint = panel.findChild(QLabel, "boundary-plot-hint")
    assert hint is not None
    assert hint.isVisible()
    assert "two inputs" in hint.text()
    assert panel.bar.strip.text == ""
    assert not panel.chart.isVisible()


def pane_of(values: Array) -> Pane:
    return Pane("p", values, 0.0, 0.5, 1.0, (np.empty(0), np.empty(0)))


def test_colours_tell_both_sides_apart_and_what_is_not_finite() -> None:
    values = np.array([[0.0, 0.5, 1.0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0.5, 0.5, np.nan]])
    colours = colours_of(pane_of(values), LIGHT)
    low, high, middle = colours[0, 0], colours[0, -1], colours[-1, 0]
    assert low[0] > low[2] and high[2] > high[0]  # orange and blue
    assert middle.tolist() == [255, 255, 255]
    assert colours[-1, -1].tolist() == [0x79, 0x3E, 0xF0]
    classes = np.zeros((2, 2, 3))
    classes[0, 0, 0] = classes[0, 1, 1] = classes[1, 0, 2] = 1.0
    found = colours_of(pane_of(classes), LIGHT)
    assert len({tuple(found[i, j]) for i, j in ((0, 0), (0, -1), (-1, 0))}) == 3


def test_between_the_points_of_the_grid_maps_are_linear() -> None:
    x = np.arange(5.0)
    found = finer(np.add.outer(2.0 * x, x))
    steps_ = np.arange(4 * FINER + 1) / FINER
    np.testing.assert_allclose(found, np.add.outer(2.0 * steps_, steps_))


def test_histograms_are_a_map_with_marks_and_a_histogram_beside_it(qtbot: QtBot, shown: Open) -> None:
    panel = shown(HISTOGRAMS)
    session, _ = at("iris", 30)
    measurer = Measurer(session)
    for missing in measurer.missing([Group.SPREAD]):
        measurer.measure(*missing)
    now = values_of(session.tape, 1, Spread.WEIGHT)
    table = measurer.table(Group.SPREAD)
    state = histogram_state("t", "weights", (1, Spread.WEIGHT), 30, 30, table, now, (29, now), 0)
    panel.apply(state, LIGHT)
    chart = panel.chart
    assert isinstance(chart, HistogramChart)
    assert chart.image.image.shape[:2] == state.heat.shape
    assert chart.marker.value() == 30
    assert chart.side.outline.isVisible()
    assert chart.side.ranges[1] == pytest.approx(chart.ranges[1])
    chart.place_pointed.emit(12.2)
    assert panel.bar.strip.text.startswith("iteration 12, least −") or "least -" in panel.bar.strip.text
    place = chart.place_of(20.0).toPoint()
    with qtbot.waitSignal(panel.iteration_requested) as wish:
        qtbot.mouseClick(chart.surface, Qt.MouseButton.LeftButton, pos=place)
    assert wish.args == [20]


def test_the_outline_of_a_histogram_closes_at_nought() -> None:
    x, y = steps(np.array([0.0, 1.0, 2.0]), np.array([0.25, 0.75]))
    assert x.tolist() == [0.0, 0.25, 0.25, 0.75, 0.75, 0.0]
    assert y.tolist() == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]


def test_what_is_not_measured_is_transparent() -> None:
    colours = heat_colours(np.array([[0.5, np.nan], [0.0, np.nan]]), LIGHT)
    assert colours[:, 1, 3].tolist() == [0, 0]
    assert colours[0, 0, :3].sum() < colours[1, 0, :3].sum()
