"""Plots as SVG: marks are shapes of their own, what the axes enclose stays within them, and the plot on screen is as before."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtWidgets import QGraphicsItem, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.export.widget_picture import widget_bytes, widget_image
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import NotationName
from bpstudio.plots.boundary_chart import BoundaryChart
from bpstudio.plots.chart import Chart
from bpstudio.plots.line_chart import LineChart
from bpstudio.plots.plot_face import PlotFace
from bpstudio.plots.slope_chart import SlopeChart
from bpstudio.session.looks import Direction, loss_line, responses
from bpstudio.session.measures import Probe
from bpstudio.session.session import Session
from bpstudio.viewstate.boundary_state import boundary_state, extent_of
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.plots_state import Line, LinesState, LineStyle
from bpstudio.viewstate.slope_state import slope_state
from bpstudio.viewstate.theme import LIGHT

SVG = "{http://www.w3.org/2000/svg}"


def shown(qtbot: QtBot, chart: PlotFace) -> QWidget:
    """A chart with something around it, as in a figure."""
    around = QWidget()
    qtbot.addWidget(around)
    around.resize(640, 400)
    chart.setParent(around)
    chart.setGeometry(20, 30, 600, 350)
    with qtbot.waitExposed(around):
        around.show()
    return around


def enclosed_in(root: ElementTree.Element) -> ElementTree.Element:
    """What the axes of the only plot enclose."""
    (view,) = root.findall(f"{SVG}svg")
    (found,) = view.findall(f"{SVG}g/{SVG}svg")
    assert found.attrib["overflow"] == "hidden"
    return found


def assert_encloses(element: ElementTree.Element, chart: Chart) -> None:
    """The nested picture stands where the axes are, in the coordinates of what is around it."""
    place = chart.widget.viewportTransform().mapRect(chart.box.mapRectToScene(chart.box.shape().boundingRect()))
    sides = [float(element.attrib[name]) for name in ("x", "y", "width", "height")]
    assert sides == pytest.approx([place.x(), place.y(), place.width(), place.height()], abs=0.01)
    assert [float(side) for side in element.attrib["viewBox"].split()] == sides


def test_the_classes_of_a_boundary_have_marks_that_differ(qtbot: QtBot) -> None:
    session, spec = Session(open_run("xor")), open_run("xor")
    session.seek(iteration=60)
    found = responses(Probe(spec), session.engine.state(), *extent_of(spec))
    chart = BoundaryChart("boundary", "a boundary")
    around = shown(qtbot, chart)
    chart.apply(boundary_state(spec, 60, found, None, NotationName.THETA, 0), LIGHT)
    before = widget_image(around)
    root = ElementTree.fromstring(widget_bytes(around, ExportFormat.SVG))
    enclosed = enclosed_in(root)
    assert_encloses(enclosed, chart.panes[0])
    assert len(list(enclosed.iter(f"{SVG}image"))) == 1, "the map alone is a picture of pixels"
    marks = [
        (group.attrib["fill"], path.attrib["d"])
        for group in enclosed.findall(f"{SVG}g")
        for path in group.findall(f"{SVG}path")
        if group.attrib["fill"] != "none"
    ]
    assert len(marks) == 4
    assert sorted(marks.count(mark) for mark in set(marks)) == [2, 2], "two classes of two rows each"
    assert not [text for text in root.itertext() if "enclosed" in text], "the marks around it are taken out"
    assert widget_image(around) == before, "on the screen it is painted as before"


def test_the_spots_of_a_slope_are_shapes_and_their_names_text(qtbot: QtBot) -> None:
    session, spec = Session(open_run("xor")), open_run("xor")
    session.seek(iteration=5)
    line = loss_line(Probe(spec), 5, session.engine.state(), Direction.GRADIENT)
    chart = SlopeChart("slope", "a slope")
    around = shown(qtbot, chart)
    chart.apply(slope_state("XOR", 5, line, 0), LIGHT)
    root = ElementTree.fromstring(widget_bytes(around, ExportFormat.SVG))
    enclosed = enclosed_in(root)
    assert_encloses(enclosed, chart)
    assert not list(enclosed.iter(f"{SVG}image"))
    assert "now" in ["".join(text.itertext()) for text in enclosed.iter(f"{SVG}text")]


def test_a_curve_that_goes_on_is_cut_at_the_axes(qtbot: QtBot) -> None:
    losses = np.linspace(1.0, 0.1, 30)
    line = Line("loss", "loss", LineStyle(), (0, len(losses)), None, losses)
    state = LinesState("Loss", "iteration", "loss", (line,), 29, 29)
    chart = LineChart("loss", "losses")
    around = shown(qtbot, chart)
    chart.apply(state, LIGHT)
    chart.is_following = False
    chart.box.setXRange(10, 20, padding=0)
    items: list[QGraphicsItem] = chart.widget.scene().items()
    root = ElementTree.fromstring(widget_bytes(around, ExportFormat.SVG))
    enclosed = enclosed_in(root)
    assert_encloses(enclosed, chart)
    (view,) = root.findall(f"{SVG}svg")
    curves = [line for line in root.iter(f"{SVG}polyline") if "28,0.131034" in line.attrib["points"]]
    assert curves, "all of it is in the file"
    assert set(curves) <= set(enclosed.iter(f"{SVG}polyline"))
    outside = [
        "".join(text.itertext()).strip()
        for group in view.findall(f"{SVG}g/{SVG}g")
        for text in group.iter(f"{SVG}text")
    ]
    assert "iteration" in outside and "12" in outside, "axes and their numbers are not cut"
    assert chart.widget.scene().items() == items, "nothing of it is left in the plot"
