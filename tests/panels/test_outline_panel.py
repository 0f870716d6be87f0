"""The outline by mouse and keys: rows, the mark, where a click goes."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from bpstudio.panels.outline_panel import OutlinePanel, beginning, row_width
from bpstudio.viewstate.theme import DARK, LIGHT
from tests.panels.states import session_of, view_of

Role = Qt.ItemDataRole


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[OutlinePanel]:
    made = OutlinePanel()
    qtbot.addWidget(made)
    made.resize(260, 600)
    made.apply(view_of(session_of("two-layer-deltas", 12)).outline, LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def index_of(panel: OutlinePanel, label: str) -> QModelIndex:
    outline = panel.outline
    assert outline is not None
    row = next(number for number, row in enumerate(outline.rows) if row.label == label)
    return panel.model().index(row, 0)


def asked(panel: OutlinePanel) -> list[int]:
    positions: list[int] = []
    panel.position_requested.connect(positions.append)
    return positions


def test_it_has_a_row_for_each_of_the_state(panel: OutlinePanel) -> None:
    assert panel.outline is not None
    labels = [panel.model().index(row, 0).data() for row in range(panel.model().rowCount())]
    assert labels == [row.label for row in panel.outline.rows]


def test_the_next_operation_is_current_and_in_sight(panel: OutlinePanel) -> None:
    assert panel.outline is not None
    assert panel.currentIndex().row() == panel.outline.marked
    assert panel.viewport().rect().contains(panel.visualRect(panel.currentIndex()))


def test_a_click_asks_for_the_start_of_the_row(qtbot: QtBot, panel: OutlinePanel) -> None:
    positions, index = asked(panel), index_of(panel, "backward pass")
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=panel.visualRect(index).center())
    assert panel.outline is not None
    assert positions == [panel.outline.rows[index.row()].start]


def test_enter_asks_for_the_row_chosen_with_the_arrows(qtbot: QtBot, panel: OutlinePanel) -> None:
    positions = asked(panel)
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert panel.outline is not None
    assert positions == [panel.outline.rows[panel.outline.marked + 1].start]


def test_a_screen_reader_hears_where_a_row_stands(panel: OutlinePanel) -> None:
    assert panel.currentIndex().data(Role.AccessibleTextRole).endswith(", next, position 12")
    assert ", ahead, " in index_of(panel, "backward pass").data(Role.AccessibleTextRole)


def test_the_tip_says_the_positions(panel: OutlinePanel) -> None:
    index = index_of(panel, "backward pass")
    assert panel.outline is not None
    row = panel.outline.rows[index.row()]
    assert f"positions {row.start} to {row.end}" in index.data(Role.ToolTipRole)


def test_applying_the_same_state_asks_for_nothing_and_keeps_the_rows(panel: OutlinePanel) -> None:
    positions, resets = asked(panel), list[int]()
    panel.model().modelReset.connect(lambda: resets.append(1))
    panel.apply(view_of(session_of("two-layer-deltas", 12)).outline, LIGHT)
    assert (positions, resets) == ([], [])


def test_a_step_within_the_same_rows_moves_only_the_mark(panel: OutlinePanel) -> None:
    before = panel.currentIndex().row()
    panel.apply(view_of(session_of("two-layer-deltas", 13)).outline, LIGHT)
    assert panel.currentIndex().row() != before


def test_another_theme_paints_other_colours(panel: OutlinePanel) -> None:
    before = panel.viewport().grab().toImage()
    panel.apply(view_of(session_of("two-layer-deltas", 12)).outline, DARK)
    assert panel.viewport().grab().toImage() != before


def test_a_run_of_any_length_has_few_rows(qtbot: QtBot) -> None:
    panel = OutlinePanel()
    qtbot.addWidget(panel)
    session = session_of("iris")
    session.seek(iteration=300)
    panel.apply(view_of(session).outline, LIGHT)
    assert panel.model().rowCount() < 200


def test_a_narrow_panel_scrolls_to_the_words_of_the_marked_row_and_cuts_none(panel: OutlinePanel) -> None:
    panel.resize(195, 600)
    outline = panel.outline
    assert outline is not None
    row = outline.rows[outline.marked]
    assert panel.columnWidth(0) > panel.viewport().width()
    assert panel.horizontalScrollBar().maximum() > 0
    end = row_width(row) - panel.horizontalScrollBar().value()
    assert end <= panel.viewport().width() or panel.horizontalScrollBar().value() == beginning(row) - 2
    panel.resize(500, 600)
    assert panel.columnWidth(0) == panel.viewport().width()
    assert panel.horizontalScrollBar().value() == 0
