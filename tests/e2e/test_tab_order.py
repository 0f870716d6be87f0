"""Tab and Shift+Tab, by real keys, go through what can be seen and takes them: all of it, once each, in reading order."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QDockWidget, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.plots.plot_panel import PlotPanel
from bpstudio.viewstate.selection import ThemeName
from bpstudio.window import MainWindow

EXAMPLE = "moons"
MOST = 200
"""After so many keys a walk that has not come back goes nowhere."""


def settle() -> None:
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QApplication.processEvents()


def dock_of(window: MainWindow, title: str) -> QDockWidget:
    return next(dock for dock in window.findChildren(QDockWidget) if dock.windowTitle() == title)


def bring(window: MainWindow, *titles: str) -> None:
    for title in titles:
        dock = dock_of(window, title)
        dock.show()
        dock.raise_()
        settle()


def activate(qtbot: QtBot, top: QWidget) -> None:
    """Whose controls get the keys; a dock that leaves the window takes them with it."""
    with qtbot.waitActive(top):
        top.activateWindow()
    settle()


def can_be_seen(widget: QWidget) -> bool:
    """The viewport of an area may cover all of the area itself."""
    parts = [widget, widget.viewport()] if isinstance(widget, QAbstractScrollArea) else [widget]
    return any(not part.visibleRegion().isEmpty() for part in parts)


def in_sight(root: QWidget) -> set[QWidget]:
    """All that can be seen in a window and takes Tab, by asking each widget."""
    return {
        widget
        for widget in root.findChildren(QWidget)
        if widget.window() is root
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.focusProxy() is None
        and widget.isEnabled()
        and widget.isVisible()
        and can_be_seen(widget)
    }


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(qtbot: QtBot, is_forward: bool) -> QWidget:
    shift = Qt.KeyboardModifier.NoModifier if is_forward else Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(focused(), Qt.Key.Key_Tab if is_forward else Qt.Key.Key_Backtab, shift)
    return focused()


def walk(qtbot: QtBot, start: QWidget, is_forward: bool) -> list[QWidget]:
    """From a widget once round to it again."""
    start.setFocus()
    met = [start]
    while (at := press(qtbot, is_forward)) is not start:
        assert can_be_seen(at), at.objectName()
        assert at not in met, at.objectName()
        met.append(at)
        assert len(met) < MOST
    return met


def walked(qtbot: QtBot, root: QWidget, start: QWidget) -> list[str]:
    """The names of what Tab goes through; Shift+Tab must go the same way back, and nothing in sight may be left out."""
    forward, back = walk(qtbot, start, True), walk(qtbot, start, False)
    assert back == [start, *reversed(forward[1:])]
    left_out = in_sight(root) - set(forward)
    assert sorted(widget.objectName() for widget in left_out) == []
    return ["tabs" if isinstance(widget, QTabBar) else widget.objectName() for widget in forward]


BAR = ["level", "gauge", "speed", "notation"]
LOSS = ["smoothing", "log-axis", "loss-plot-menu", "loss-plot-chart", "tabs"]
MATRICES = ["matrix-layer", "matrix-sheet", "tabs"]


def test_tab_reads_the_window_and_goes_on_doing_so(qtbot: QtBot, window: MainWindow) -> None:
    """Charts loaded late, panels raised, closed and shown again, taken out and put back."""
    window.resize(1366, 768)
    bring(window, *window.plots.docks, "Matrices", "Loss")
    for panel in window.findChildren(PlotPanel):
        panel.load_chart()
    expected = ["canvas", *LOSS, *MATRICES, "timeline", *BAR, "outline"]
    assert walked(qtbot, window, window.canvas) == expected
    program, loss = dock_of(window, "Program"), window.plots.docks["Loss"]
    program.close()
    settle()
    assert walked(qtbot, window, window.canvas) == expected[:-1]
    program.show()
    settle()
    assert walked(qtbot, window, window.canvas) == expected
    loss.setFloating(True)
    activate(qtbot, window)
    names = walked(qtbot, window, window.canvas)
    assert "loss-plot-chart" not in names
    assert names[-5:] == [*BAR, "outline"]
    activate(qtbot, loss)
    loss.widget().setFocus()
    assert walked(qtbot, loss, focused()) == ["loss-plot-chart", *LOSS[:3]]
    loss.setFloating(False)
    activate(qtbot, window)
    bring(window, "Loss")
    assert walked(qtbot, window, window.canvas) == expected


def test_tab_reads_a_form_that_scrolls_in_large_text(qtbot: QtBot, window: MainWindow) -> None:
    """What lies below the edge of a form comes into sight when it gets the focus."""
    window.resize(1366, 768)
    bring(window, "Build", "Histograms")
    window.set_theme(ThemeName.DARK)
    window.look.choose(replace(window.look.preferences, text_percent=200))
    settle()
    for panel in window.findChildren(PlotPanel):
        panel.load_chart()
    settle()
    names = walked(qtbot, window, window.canvas)
    assert names[1:4] == ["histograms-plot-menu", "histograms-plot-chart", "histogram-now"]
    form = names[names.index("build") : -6]
    assert {"layer-0-units", "build-add", "field-title", "field-training.summation"} <= set(form)
    assert names[-6:] == ["timeline", *BAR, "outline"]


@pytest.mark.parametrize("is_forward", [True, False])
def test_tab_from_behind_another_panel_enters_that_one(qtbot: QtBot, window: MainWindow, is_forward: bool) -> None:
    bring(window, "Matrices")
    dock_of(window, "Matrices").widget().setFocus()
    bring(window, "Breakpoints")
    assert focused().objectName() == "matrix-sheet"
    assert press(qtbot, is_forward).objectName() == ("breakpoint-add" if is_forward else "breakpoints-table")


def test_who_closes_the_panel_in_focus_goes_on_from_there(qtbot: QtBot, window: MainWindow) -> None:
    program = dock_of(window, "Program")
    program.widget().setFocus()
    program.close()
    assert focused() is window.canvas
    focused().clearFocus()
    qtbot.keyClick(window, Qt.Key.Key_Tab)
    assert focused().objectName() == "level"


def test_tool_bars_docks_and_tabs_that_line_up_stay_apart(qtbot: QtBot, window: MainWindow) -> None:
    """Without the program the tabs below plots and panels lie in one row; with a dock above, across the window, as well."""
    window.resize(1366, 768)
    dock_of(window, "Program").close()
    bring(window, "Matrices", "Loss")
    window.plots.loss.load_chart()
    assert walked(qtbot, window, window.canvas) == ["canvas", *LOSS, *MATRICES, "timeline", *BAR]
    watches = dock_of(window, "Watches")
    window.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, watches)
    bring(window, "Watches")
    names = walked(qtbot, window, window.canvas)
    assert names == ["canvas", *LOSS, *MATRICES, "timeline", *BAR, "watch-line", "watch-add", "watches-table"]
