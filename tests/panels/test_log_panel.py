"""The log by real keys: the way back to a row's moment, dimmed rows, and following the newest."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from bpstudio.look.palette import disabled_text
from bpstudio.panels.log_panel import LogPanel
from bpstudio.viewstate.log_state import LogRow, LogState, log_state
from bpstudio.viewstate.theme import LIGHT

Key = Qt.Key
Role = Qt.ItemDataRole
FAR = 2**70


def rows(count: int) -> list[LogRow]:
    return [LogRow(k, FAR + 10 * k, k, f"<b>loss</b> {k}") for k in range(count)]


@pytest.fixture
def panel(qtbot: QtBot) -> LogPanel:
    made = LogPanel()
    qtbot.addWidget(made)
    made.resize(500, 240)
    made.apply(log_state(rows(30), cursor=FAR + 100), LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.table.setFocus()
    return made


def cell(panel: LogPanel, row: int, column: int) -> QModelIndex:
    return panel.table.model().index(row, column)


def is_dimmed(panel: LogPanel, row: int) -> bool:
    return bool(cell(panel, row, 2).data(Role.ForegroundRole) == QColor(disabled_text(LIGHT)))


def is_at_end(panel: LogPanel) -> bool:
    bar = panel.table.verticalScrollBar()
    return bar.value() == bar.maximum() > 0


def test_enter_goes_to_the_moment_of_a_row(qtbot: QtBot, panel: LogPanel) -> None:
    panel.table.choose(7)
    with qtbot.waitSignal(panel.position_requested) as heard:
        qtbot.keyClick(panel.table, Key.Key_Return)
    assert heard.args == [FAR + 70]


def test_a_double_click_goes_to_the_moment_of_a_row(qtbot: QtBot, panel: LogPanel) -> None:
    panel.table.choose(7)
    place = panel.table.visualRect(cell(panel, 7, 2)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(panel.position_requested) as heard:
        qtbot.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == [FAR + 70]


def test_rows_after_the_cursor_are_dimmed_and_say_so(panel: LogPanel) -> None:
    assert [is_dimmed(panel, row) for row in (9, 10, 11)] == [False, False, True]
    assert cell(panel, 11, 2).data(Role.AccessibleTextRole).endswith("ahead of here")


def test_a_moved_cursor_dims_others_without_touching_the_rows(panel: LogPanel) -> None:
    changes: list[object] = []
    panel.table.model().dataChanged.connect(lambda *_: changes.append(1))
    panel.apply(log_state(rows(30), cursor=FAR + 50), LIGHT)
    assert [is_dimmed(panel, row) for row in (5, 6)] == [False, True]
    assert changes == []


def test_text_from_files_stays_plain(panel: LogPanel) -> None:
    assert cell(panel, 3, 2).data() == "<b>loss</b> 3"
    assert "&lt;b&gt;loss" in cell(panel, 3, 2).data(Role.ToolTipRole)


def test_the_newest_row_stays_in_sight(panel: LogPanel) -> None:
    assert is_at_end(panel)
    panel.apply(log_state(rows(60), cursor=FAR), LIGHT)
    assert is_at_end(panel)


def test_who_has_scrolled_away_stays_there(panel: LogPanel) -> None:
    panel.table.verticalScrollBar().setValue(2)
    panel.apply(log_state(rows(60), cursor=FAR), LIGHT)
    assert panel.table.verticalScrollBar().value() == 2


def test_dropped_rows_are_counted(panel: LogPanel) -> None:
    panel.apply(log_state(rows(30), cursor=FAR, most=25), LIGHT)
    assert panel.summary.text() == "25 rows, the 5 before them dropped"
    assert cell(panel, 0, 0).data() == "5"


def test_an_empty_log_has_nothing_to_clear(panel: LogPanel) -> None:
    clear = panel.findChild(QToolButton, "log-clear")
    assert clear is not None
    assert clear.isEnabled()
    panel.apply(LogState(), LIGHT)
    assert not clear.isEnabled()


def test_clearing_is_asked_for(qtbot: QtBot, panel: LogPanel) -> None:
    clear = panel.findChild(QToolButton, "log-clear")
    assert clear is not None
    with qtbot.waitSignal(panel.clear_requested):
        qtbot.mouseClick(clear, Qt.MouseButton.LeftButton)
    assert panel.table.model().rowCount() == 30
