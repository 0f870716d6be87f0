"""The list of branches by real keys and clicks: switching, renaming, deleting, comparing."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from bpstudio.explain.number_format import NumberFormat
from bpstudio.panels.branches_panel import BranchesPanel
from bpstudio.viewstate.branch_state import BranchFact, BranchState, build_branch_state
from bpstudio.viewstate.theme import DARK, LIGHT

Key = Qt.Key
Role = Qt.ItemDataRole
STATE = build_branch_state(
    (
        BranchFact(1, None, "main", loss=0.5),
        BranchFact(2, 1, "larger <b>rate</b>", 900, ("learning rate: 0.1 → 0.5",), float("inf")),
        BranchFact(3, 1, "third", 950),
    ),
    1, 1_000, NumberFormat(3), compared=2,
)  # fmt: skip
Heard = list[tuple[object, ...]]


@pytest.fixture
def panel(qtbot: QtBot) -> BranchesPanel:
    made = BranchesPanel()
    qtbot.addWidget(made)
    made.resize(700, 240)
    made.apply(STATE, LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.table.setFocus()
    return made


def record(panel: BranchesPanel) -> Heard:
    heard: Heard = []
    for name in (
        "switch_requested",
        "branch_renamed",
        "delete_requested",
        "compare_requested",
        "first_difference_requested",
    ):
        getattr(panel, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def cell(panel: BranchesPanel, row: int, column: int) -> QModelIndex:
    return panel.table.model().index(row, column)


def button(panel: BranchesPanel, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, f"branch-{name}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("key", "asked"), [(Key.Key_Return, ("switch_requested", 2)), (Key.Key_Delete, ("delete_requested", 2))]
)
def test_each_key_asks_for_its_change(qtbot: QtBot, panel: BranchesPanel, key: Key, asked: tuple[object, ...]) -> None:
    panel.table.choose(2)
    heard = record(panel)
    qtbot.keyClick(panel.table, key)
    assert heard == [asked]


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Delete])
def test_the_branch_in_sight_is_neither_switched_to_nor_deleted(qtbot: QtBot, panel: BranchesPanel, key: Key) -> None:
    panel.table.choose(1)
    heard = record(panel)
    qtbot.keyClick(panel.table, key)
    assert heard == []


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("switch", ("switch_requested", 2)),
        ("delete", ("delete_requested", 2)),
        ("compare", ("compare_requested", 2)),
        ("difference", ("first_difference_requested", 2)),
    ],
)
def test_each_button_asks_for_its_change(
    qtbot: QtBot, panel: BranchesPanel, name: str, asked: tuple[object, ...]
) -> None:
    panel.table.choose(2)
    heard = record(panel)
    qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)
    assert heard == [asked]


def test_buttons_that_can_do_nothing_are_off(panel: BranchesPanel) -> None:
    panel.table.choose(3)
    assert button(panel, "compare").isEnabled()
    panel.table.choose(1)
    assert not button(panel, "compare").isEnabled()
    assert not button(panel, "difference").isEnabled()


def rename(qtbot: QtBot, panel: BranchesPanel, text: str) -> None:
    qtbot.keyClick(panel.table, Key.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Key.Key_Return)
    QApplication.processEvents()  # an editor closes after the key


def test_f2_renames_in_place(qtbot: QtBot, panel: BranchesPanel) -> None:
    panel.table.choose(2)
    heard = record(panel)
    rename(qtbot, panel, " steep ")
    assert heard == [("branch_renamed", 2, "steep")]


def test_a_name_of_spaces_is_none(qtbot: QtBot, panel: BranchesPanel) -> None:
    panel.table.choose(2)
    heard = record(panel)
    rename(qtbot, panel, "   ")
    assert heard == []


def test_the_tree_is_seen_and_heard(panel: BranchesPanel) -> None:
    assert cell(panel, 1, 1).data() == "└ larger <b>rate</b>"
    assert cell(panel, 1, 1).data(Role.AccessibleTextRole) == "larger <b>rate</b>, level 2"
    assert cell(panel, 0, 0).data(Role.AccessibleTextRole) == "the branch in sight"


def test_names_from_files_stay_plain_text(panel: BranchesPanel) -> None:
    assert "&lt;b&gt;rate" in cell(panel, 1, 1).data(Role.ToolTipRole)


def test_edits_are_told_in_words(panel: BranchesPanel) -> None:
    assert [cell(panel, row, 3).data() for row in range(3)] == [
        "none",
        "learning rate: 0.1 → 0.5",
        "no edit yet",
    ]


def test_applying_emits_nothing_and_keeps_the_chosen_branch(panel: BranchesPanel) -> None:
    panel.table.choose(3)
    heard = record(panel)
    panel.apply(BranchState(STATE.rows[1:], STATE.caption), DARK)
    assert heard == []
    assert panel.table.chosen == 3
