"""The list of breakpoints by real keys and clicks: what it asks for, and that it changes nothing by itself."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QToolButton
from pytestqt.qtbot import QtBot

from bpstudio.panels.breakpoints_panel import BreakpointsPanel
from bpstudio.viewstate.breakpoint_state import (
    BreakpointDraft,
    BreakpointKind,
    BreakpointRow,
    BreakpointState,
    exceptions_with,
)
from bpstudio.viewstate.theme import DARK, LIGHT

Key = Qt.Key
Role = Qt.ItemDataRole
LEFT = Qt.MouseButton.LeftButton
ROWS = (
    BreakpointRow(11, BreakpointDraft(place="delta[2][0]"), "before δ⁽²⁾₁", 12, 2**70),
    BreakpointRow(22, BreakpointDraft(BreakpointKind.WRITE, "w[1][0,0]", is_enabled=False), "Θ⁽¹⁾₁₁ is written"),
    BreakpointRow(
        33, BreakpointDraft(BreakpointKind.CONDITION, "", "<i>loss</i> > 1"), "<i>loss</i> > 1", is_trusted=False
    ),
    BreakpointRow(44, BreakpointDraft(BreakpointKind.CONDITION, "", "los > 1"), "los > 1", problem="no name los"),
)
STATE = BreakpointState(ROWS, exceptions_with(frozenset({"not_finite"})))
Heard = list[tuple[object, ...]]


@pytest.fixture
def panel(qtbot: QtBot) -> BreakpointsPanel:
    made = BreakpointsPanel()
    qtbot.addWidget(made)
    made.resize(760, 320)
    made.apply(STATE, LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.table.setFocus()
    return made


def record(panel: BreakpointsPanel) -> Heard:
    heard: Heard = []
    for name in ("add_requested", "edit_requested", "remove_requested", "breakpoint_switched", "exception_switched",
                 "trust_requested", "last_hit_requested", "hit_requested"):  # fmt: skip
        getattr(panel, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def button(panel: BreakpointsPanel, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, name)
    assert found is not None
    return found


def cell(panel: BreakpointsPanel, row: int, column: int) -> QModelIndex:
    return panel.table.model().index(row, column)


def middle(panel: BreakpointsPanel, row: int, column: int) -> QPoint:
    return panel.table.visualRect(cell(panel, row, column)).center()


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        (Key.Key_Insert, ("add_requested",)),
        (Key.Key_F2, ("edit_requested", 22)),
        (Key.Key_Delete, ("remove_requested", 22)),
        (Key.Key_Space, ("breakpoint_switched", 22, True)),
        (Key.Key_Return, ("last_hit_requested", 22)),
    ],
)
def test_each_key_asks_for_its_change(
    qtbot: QtBot, panel: BreakpointsPanel, key: Key, asked: tuple[object, ...]
) -> None:
    panel.table.choose(22)
    heard = record(panel)
    qtbot.keyClick(panel.table, key)
    assert heard == [asked]


def test_a_double_click_goes_to_the_last_hit(qtbot: QtBot, panel: BreakpointsPanel) -> None:
    heard = record(panel)
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=middle(panel, 0, 2))
    qtbot.mouseDClick(panel.table.viewport(), LEFT, pos=middle(panel, 0, 2))
    assert heard == [("last_hit_requested", 11)]


def test_a_click_on_its_box_switches_a_breakpoint_and_the_box_waits_for_the_state(
    qtbot: QtBot, panel: BreakpointsPanel
) -> None:
    heard = record(panel)
    box = panel.table.visualRect(cell(panel, 0, 0))
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=QPoint(box.left() + 10, box.center().y()))
    assert heard == [("breakpoint_switched", 11, False)]
    assert cell(panel, 0, 0).data(Role.CheckStateRole) == Qt.CheckState.Checked


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("breakpoint-add", ("add_requested",)),
        ("breakpoint-edit", ("edit_requested", 11)),
        ("breakpoint-remove", ("remove_requested", 11)),
        ("breakpoint-previous", ("hit_requested", 11, -1)),
        ("breakpoint-next", ("hit_requested", 11, 1)),
    ],
)
def test_each_button_asks_for_its_change(
    qtbot: QtBot, panel: BreakpointsPanel, name: str, asked: tuple[object, ...]
) -> None:
    panel.table.choose(11)
    heard = record(panel)
    qtbot.mouseClick(button(panel, name), LEFT)
    assert heard == [asked]


def test_only_an_untrusted_condition_can_be_trusted(qtbot: QtBot, panel: BreakpointsPanel) -> None:
    panel.table.choose(11)
    assert not button(panel, "breakpoint-trust").isEnabled()
    panel.table.choose(33)
    heard = record(panel)
    qtbot.mouseClick(button(panel, "breakpoint-trust"), LEFT)
    assert heard == [("trust_requested", 33)]


def test_an_untrusted_condition_says_so_and_its_tags_stay_text(panel: BreakpointsPanel) -> None:
    assert cell(panel, 2, 2).data() == "not yet trusted: <i>loss</i> > 1"
    assert "&lt;i&gt;loss" in cell(panel, 2, 2).data(Role.ToolTipRole)


def test_a_problem_stands_before_the_condition(panel: BreakpointsPanel) -> None:
    assert cell(panel, 3, 2).data() == "⚠ no name los: los > 1"
    assert "no name los" in cell(panel, 3, 2).data(Role.ToolTipRole)


def test_the_last_hit_is_told_exactly(panel: BreakpointsPanel) -> None:
    assert f"{2**70:,}" in cell(panel, 0, 3).data(Role.ToolTipRole)


def test_an_exception_is_switched_by_its_box(qtbot: QtBot, panel: BreakpointsPanel) -> None:
    heard = record(panel)
    box = panel.findChild(QCheckBox, "exception-dead_unit")
    assert box is not None
    qtbot.keyClick(box, Key.Key_Space)
    assert heard == [("exception_switched", "dead_unit", True)]


def test_applying_emits_nothing_and_keeps_the_chosen_row(panel: BreakpointsPanel) -> None:
    panel.table.choose(33)
    heard = record(panel)
    panel.apply(BreakpointState(ROWS[1:], exceptions_with(frozenset())), DARK)
    assert heard == []
    assert panel.table.chosen == 33


def test_applying_the_same_state_touches_no_cell(panel: BreakpointsPanel) -> None:
    changes: list[object] = []
    panel.table.model().dataChanged.connect(lambda *_: changes.append(1))
    panel.apply(STATE, LIGHT)
    assert changes == []


def test_one_changed_row_repaints_one_row(panel: BreakpointsPanel) -> None:
    changed: list[tuple[int, int]] = []
    panel.table.model().dataChanged.connect(lambda a, b, *_: changed.append((a.row(), b.row())))
    panel.apply(replace(STATE, rows=(*ROWS[:2], replace(ROWS[2], hits=5), ROWS[3])), LIGHT)
    assert changed == [(2, 2)]


def test_nothing_chosen_leaves_nothing_to_edit(panel: BreakpointsPanel) -> None:
    panel.apply(BreakpointState(), LIGHT)
    assert not button(panel, "breakpoint-edit").isEnabled()
    assert not button(panel, "breakpoint-remove").isEnabled()


def test_counts_and_what_is_logged_stand_behind_the_place(panel: BreakpointsPanel) -> None:
    draft = BreakpointDraft(place="update", condition="iteration > 3", hit_rule="%10", message="{loss}")
    panel.apply(BreakpointState((BreakpointRow(5, draft, "update"),)), LIGHT)
    assert cell(panel, 0, 2).data() == "update if iteration > 3 · every 10th hit  “{loss}”"


def test_each_cell_speaks_for_itself(panel: BreakpointsPanel) -> None:
    assert cell(panel, 1, 0).data(Role.AccessibleTextRole) == "off"
    assert cell(panel, 1, 1).data(Role.AccessibleTextRole) == "breakpoint, when a number is written"
