"""The plots in the real window: opened by keys, computed only in sight, filled in, clicked, saved, harmless to training."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QMenu
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.export.window_export import copy_panel
from bpstudio.intents import Gauge
from bpstudio.model.address import parse_address
from bpstudio.plots.plot_panel import FIGURE_SIZE, PlotPanel
from bpstudio.session.measures import Group, measure_tape
from bpstudio.session.session import Session
from bpstudio.window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    made = make_window(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.open("iris")
    yield made
    made.close()


def session_of(window: MainWindow) -> Session:
    assert window.controller.session is not None
    return window.controller.session


def run(qtbot: QtBot, window: MainWindow, iteration: int) -> None:
    window.controller.run_to(iteration)
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=20_000)


def count_of(window: MainWindow, group: Group) -> int:
    measurer = window.plots.measuring.measurer
    assert measurer is not None
    return len(measurer.table(group).iterations)


def test_a_plot_opened_late_knows_the_past_and_a_click_goes_there(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, 40)
    assert count_of(window, Group.NORMS) == 0
    position = session_of(window).position
    qtbot.keyClick(window, Key.Key_3, CONTROL)
    qtbot.waitUntil(lambda: count_of(window, Group.NORMS) == 41)
    assert session_of(window).position == position
    panel = window.plots.norms
    qtbot.waitUntil(lambda: panel.chart is not None and len(panel.state.lines[0].y) == 41)
    plain = Session(session_of(window).spec)
    plain.seek(iteration=17)
    expected = measure_tape(Group.NORMS, plain.tape)
    assert [line.y[17] for line in panel.state.lines] == expected[:2].tolist()
    panel.chart.place_pointed.emit(17.0)
    panel.chart.place_chosen.emit(17.0)
    qtbot.waitUntil(lambda: session_of(window).iteration == 17)


def test_only_what_is_in_sight_is_measured_and_measuring_comes_to_rest(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, 10)
    qtbot.keyClick(window, Key.Key_4, CONTROL)
    qtbot.waitUntil(lambda: count_of(window, Group.UNITS) == 11)
    qtbot.waitUntil(lambda: not window.plots.measuring._timer.isActive())
    qtbot.wait(60)
    assert not window.plots.measuring._timer.isActive()
    assert count_of(window, Group.SPREAD) == count_of(window, Group.NORMS) == 0


def test_a_window_that_is_closed_measures_nothing_more(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, 60)
    qtbot.keyClick(window, Key.Key_5, CONTROL)
    window.close()
    assert not window.plots.measuring._timer.isActive()


def test_plots_follow_training_at_full_speed(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_2, CONTROL)
    window.controller.playback.set_gauge(Gauge.FULL_SPEED)
    qtbot.keyClick(window, Key.Key_F5)
    qtbot.waitUntil(lambda: count_of(window, Group.QUALITY) > 15, timeout=20_000)
    assert window.controller.is_running
    qtbot.keyClick(window, Key.Key_F6)
    losses = session_of(window).losses.values
    plain = Session(session_of(window).spec)
    plain.run_iterations(50)
    assert losses[:50].tobytes() == plain.losses.values[:50].tobytes()


def test_d_measures_more_of_what_is_in_sight(qtbot: QtBot, window: MainWindow) -> None:
    session_of(window).budget = 20_000
    run(qtbot, window, 400)
    qtbot.keyClick(window, Key.Key_3, CONTROL)
    panel = window.plots.norms
    qtbot.waitUntil(lambda: panel.chart is not None and not window.plots.measuring._timer.isActive())
    few = count_of(window, Group.NORMS)
    assert few < 200
    panel.chart.setFocus()
    for _ in range(4):
        qtbot.keyClick(panel.chart, Key.Key_Plus)
    (left, right), _ = panel.chart.ranges
    qtbot.keyClick(panel.chart, Key.Key_D)
    qtbot.waitUntil(lambda: not window.plots.measuring._timer.isActive(), timeout=20_000)
    found = set(window.plots.measuring.measurer.table(Group.NORMS).iterations.tolist())  # type: ignore[union-attr]
    assert set(range(max(0, int(left) + 1), min(400, int(right)))) <= found
    assert panel.chart.ranges[0] == (left, right)


def test_every_plot_opens_by_its_key_and_shows_the_run(qtbot: QtBot, window: MainWindow) -> None:
    window.open("xor")
    run(qtbot, window, 60)
    window.controller.select(parse_address("a[1][0]"))
    for number, title in enumerate(window.plots.docks, start=1):
        qtbot.keyClick(window, Key(Key.Key_0 + number), CONTROL)
        dock = window.plots.docks[title]
        panel = dock.widget()
        assert isinstance(panel, PlotPanel)
        qtbot.waitUntil(lambda panel=panel: panel.chart is not None)  # type: ignore[misc]
        qtbot.waitUntil(lambda panel=panel: not panel.state.is_empty)  # type: ignore[misc]
        assert panel.bar.strip.text
        assert not panel.visibleRegion().isEmpty()
    assert len(window.plots.boundary.state.panes) == 2
    histogram = window.plots.histograms.state
    assert (histogram.iteration, histogram.before_iteration) == (60, 59)


def test_another_run_begins_with_empty_plots(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_3, CONTROL)
    run(qtbot, window, 20)
    window.open("mazur")
    qtbot.waitUntil(lambda: "Mazur" in window.plots.norms.state.title or window.plots.norms.state.mark == 0)
    assert count_of(window, Group.NORMS) <= 1
    qtbot.keyClick(window, Key.Key_2, CONTROL)
    hint = window.plots.accuracy.findChild(QLabel, "accuracy-plot-hint")
    assert hint is not None
    qtbot.waitUntil(lambda: "does not classify" in hint.text())


def test_a_plot_is_saved_as_picture_and_floats(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    run(qtbot, window, 15)
    qtbot.waitUntil(lambda: window.plots.loss.chart is not None)
    for suffix, head in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        path = tmp_path / f"loss{suffix}"
        window.plots.save(window.plots.loss, path)
        window.work.document.background.finish()
        assert path.read_bytes().startswith(head)
    copy_panel(window, "Loss")
    assert QGuiApplication.clipboard().image().width() == 2 * FIGURE_SIZE[0]
    dock = window.plots.docks["Loss"]
    window.plots.loss.float_requested.emit()
    assert dock.isFloating()
    assert window.plots.loss.bar.title.isVisibleTo(dock)
    window.plots.loss.float_requested.emit()
    assert not dock.isFloating()


def test_smoothing_and_logarithm_are_chosen_in_the_bar(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, 30)
    panel = window.plots.loss
    qtbot.waitUntil(lambda: panel.chart is not None)
    window.plots.choose(smoothing=10, is_loss_log=True)
    assert panel.state.lines[0].name == "mean of 10"
    assert panel.state.is_log
    mean = panel.state.lines[0].y
    np.testing.assert_allclose(mean[20], session_of(window).losses.values[11:21].mean())


# A narrow bar.


def entries_of(panel: PlotPanel) -> list[str]:
    """The menu of a plot as it opens."""
    panel.bar.menu.aboutToShow.emit()
    return [action.text() for action in panel.bar.menu.actions() if not action.isSeparator()]


def is_narrow(panel: PlotPanel) -> bool:
    return panel.bar.is_folded


def test_a_narrow_bar_leaves_its_room_to_the_legend_and_puts_the_choices_into_its_menu(window: MainWindow) -> None:
    panel = window.plots.loss
    boxes = panel.bar.findChildren(QComboBox) + panel.bar.findChildren(QCheckBox)
    assert not is_narrow(panel)
    assert entries_of(panel)[0] == "&Whole run\t0"
    panel.bar.resize(300, panel.bar.height())
    assert is_narrow(panel)
    assert all(box.isHidden() for box in boxes)
    assert entries_of(panel)[:3] == ["not smoothed", "&log", "&Whole run\t0"]
    menu = panel.bar.menu.findChild(QMenu, "smoothing-choices")
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "mean of 20").trigger()
    panel.bar.menu.actions()[1].trigger()
    assert (window.plots.choices.smoothing, window.plots.choices.is_loss_log) == (20, True)
    assert entries_of(panel)[:2] == ["mean of 20", "&log"]
    assert panel.bar.menu.actions()[1].isChecked()
    panel.bar.resize(900, panel.bar.height())
    assert not any(box.isHidden() for box in boxes)
    assert entries_of(panel)[0] == "&Whole run\t0"
