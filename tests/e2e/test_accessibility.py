"""Every control of window and dialogs has a name, a tip and keyboard reach, and no text is cut, at 100 to 200 %."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabWidget,
    QToolBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from bpstudio.controller.settings import Settings
from bpstudio.look.palette import apply_theme
from bpstudio.look.text_size import text_scale
from bpstudio.model.address import Address, Quantity
from bpstudio.panels.outline_panel import row_width
from bpstudio.plots.readout_strip import ReadoutStrip
from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import LIGHT
from bpstudio.window import MainWindow
from tests.support.accessibility import actions_in, audit, audit_actions, faint
from tests.support.windows import shown_window

PERCENTS = (100, 125, 150, 200)
LEAST_LEGEND = 0.7
"""How small the text of a legend may be, as a share of other text."""


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    with shown_window(qtbot, Settings(tmp_path / "settings.ini")) as made:
        made.resize(1366, 768)
        yield made
    apply_theme(qapp, LIGHT)


def settle() -> None:
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QApplication.processEvents()


def grow(window: MainWindow, percent: int) -> None:
    window.look.choose(replace(window.look.preferences, text_percent=percent))
    settle()


def docks_of(window: MainWindow) -> list[QDockWidget]:
    return sorted(window.findChildren(QDockWidget), key=lambda dock: dock.windowTitle())


def pages_of(panel: QWidget) -> Iterator[int]:
    """Turns to each page of a panel with tabs; a panel without any is one page."""
    tabs = panel.findChild(QTabWidget)
    for page in range(1 if tabs is None else tabs.count()):
        if tabs is not None:
            tabs.setCurrentIndex(page)
            settle()
        yield page


def test_every_action_is_in_a_menu_and_says_what_it_does(window: MainWindow) -> None:
    assert audit_actions(window) == []


@pytest.mark.parametrize("percent", PERCENTS)
def test_every_panel_at_every_size_of_text(window: MainWindow, percent: int) -> None:
    grow(window, percent)
    window.controller.seek_position(47)
    window.controller.select(Address(Quantity.ACTIVATION, 2, (0,)))
    found: list[str] = []
    seen = set()
    for dock in docks_of(window):
        dock.show()
        dock.raise_()
        settle()
        seen.add(dock.windowTitle())
        for _page in pages_of(dock):
            found += audit(window)
    assert {"Program", "Inspector", "Matrices", "Why", "Breakpoints", "Watches"} <= seen
    assert (window.width(), window.height()) == (1366, 768)
    assert sorted(set(found)) == []


@pytest.mark.parametrize("theme", [ThemeName.DARK, ThemeName.HIGH_CONTRAST])
def test_every_panel_in_every_theme(window: MainWindow, theme: ThemeName) -> None:
    window.set_theme(theme)
    found: list[str] = []
    for dock in docks_of(window):
        dock.show()
        dock.raise_()
        settle()
        for _page in pages_of(dock):
            found += audit(window)
    assert sorted(set(found)) == []


def test_the_marks_of_docks_grow_with_the_text(window: MainWindow) -> None:
    marks = [b for b in window.findChildren(QAbstractButton) if b.objectName().startswith("qt_dockwidget")]
    marks = [mark for mark in marks if mark.isVisible()]
    assert len(marks) >= 4
    for percent in (200, 150, 100):
        grow(window, percent)
        for mark in marks:
            assert (mark.width(), mark.height()) == (round(18 * text_scale()), round(14 * text_scale()))
            dock = mark.parentWidget()
            assert dock is not None and dock.rect().contains(mark.geometry())
            others = [m for m in marks if m is not mark and m.parent() is mark.parent()]
            assert not any(mark.geometry().intersects(other.geometry()) for other in others)
            mark.grab()


def has_numbers(strip: ReadoutStrip) -> bool:
    return "," in strip.text


@pytest.mark.parametrize("percent", [100, 200])
def test_legends_of_plots_and_the_row_at_work_are_whole(qtbot: QtBot, window: MainWindow, percent: int) -> None:
    """Painted text, of which Qt knows nothing."""
    grow(window, percent)
    window.reset_layout()
    window.open("iris")
    window.controller.run_to(20)
    qtbot.waitUntil(lambda: not window.controller.is_running)
    session = window.controller.session
    assert session is not None
    window.controller.seek_position(session.position + 330)
    plots = window.plots
    for panel in (plots.loss, plots.accuracy, plots.norms, plots.units, plots.histograms, plots.slope):
        title = panel.kind.title
        plots.docks[title].raise_()
        strip = panel.bar.strip
        qtbot.waitUntil(partial(has_numbers, strip))
        settle()
        assert strip.needed(strip.way) <= strip.width(), title
        assert strip.way.size >= LEAST_LEGEND, title
    row, bar = window.outline.current_row, window.outline.horizontalScrollBar()
    assert row is not None
    assert row_width(row) - bar.value() <= window.outline.viewport().width()


def openers(window: MainWindow) -> dict[str, QAction]:
    """The actions that open a dialog: those whose words end in an ellipsis, the guide, and what the app is."""
    actions = actions_in(window.menuBar())
    return {a.objectName(): a for a in actions if a.text().endswith("…") or a.objectName() in ("guide", "about")}


@pytest.mark.parametrize("percent", PERCENTS)
def test_every_dialog_at_every_size_of_text(window: MainWindow, percent: int) -> None:
    grow(window, percent)
    window.controller.seek_position(47)
    window.controller.select(Address(Quantity.WEIGHT, 2, (0, 0)))
    found: list[str] = []
    opened = set()
    for name, action in openers(window).items():
        before = QApplication.topLevelWidgets()
        action.trigger()
        settle()
        for dialog in QApplication.topLevelWidgets():
            if dialog in before or not isValid(dialog) or isinstance(dialog, QMenu) or not dialog.isVisible():
                continue
            if not isinstance(dialog, QFileDialog):
                opened.add(name)
                assert dialog.width() <= 1366, name
                assert dialog.height() <= 768, name
                found += [f"{name}: {problem}" for problem in audit(dialog)]
            dialog.close()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            settle()
    assert {"preferences", "go-to", "new-breakpoint", "guide", "about", "change"} <= opened
    assert sorted(set(found)) == []


# The audit itself finds what it is for.


def test_the_audit_finds_what_is_wrong(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    root.resize(200, 100)
    button = QPushButton("", root)
    button.setObjectName("nameless")
    narrow = QLabel("much too long for its room", root)
    narrow.setObjectName("narrow")
    narrow.setGeometry(0, 40, 30, 20)
    with qtbot.waitExposed(root):
        root.show()
    found = audit(root)
    assert any("nameless" in line and "no accessible name" in line for line in found)
    assert any("nameless" in line and "no tooltip" in line for line in found)
    assert any("narrow" in line and "cuts" in line for line in found)
    button.setAccessibleName("a name")
    button.setToolTip("a tip")
    narrow.adjustSize()
    assert audit(root) == []
    root.close()


def test_the_audit_finds_text_too_near_its_ground(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, LIGHT)
    field = QLineEdit()
    qtbot.addWidget(field)
    field.setAccessibleName("a name")
    field.setToolTip("a tip")
    with qtbot.waitExposed(field):
        field.show()
    assert list(faint(field)) == []
    field.setStyleSheet("color: #1F2328; placeholder-text-color: #8F9193")
    assert [line.lower() for line in faint(field)] == ["has placeholdertext #8f9193 on #ffffff: 3.16:1"]


def test_the_audit_finds_what_lies_behind_the_arrow_of_a_tool_bar(qtbot: QtBot) -> None:
    bar = QToolBar()
    qtbot.addWidget(bar)
    for word in ("first", "second"):
        bar.addAction(word).setToolTip(word)
    bar.resize(60, 40)
    with qtbot.waitExposed(bar):
        bar.show()
    assert any("hides 'second' behind its arrow" in line for line in audit(bar))
    bar.resize(300, 40)
    settle()
    assert audit(bar) == []
