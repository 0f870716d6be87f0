"""The list of watches by real keys and clicks: adding, editing, removing, and the way from a course to its iteration."""

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from bpstudio.explain.number_format import NumberFormat
from bpstudio.panels.condition_field import Language
from bpstudio.panels.watches_panel import COURSE, WatchesPanel, course_rect
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme
from bpstudio.viewstate.watch_state import WatchState, spark_curve, watch_row

Key = Qt.Key
Role = Qt.ItemDataRole
LEFT = Qt.MouseButton.LeftButton
SHORT = NumberFormat(4)
BROKEN = np.where(np.arange(100) // 10 == 5, np.nan, np.linspace(1.0, 0.0, 100))
STATE = WatchState(
    (
        watch_row(11, "delta[1][0]", -0.5, -0.25, SHORT, spark_curve(np.linspace(0.0, 1.0, 1000), 1), 300),
        watch_row(22, "<b>los</b>", None, None, SHORT, problem="there is no name los"),
        watch_row(33, "z[1][0]", float("nan"), float("nan"), SHORT, spark_curve(BROKEN, 1), 10, progress=0.4),
    )
)
Heard = list[tuple[object, ...]]


@pytest.fixture
def panel(qtbot: QtBot) -> WatchesPanel:
    made = WatchesPanel(Language(lambda text: "wrong" if "?" in text else None, lambda _text, _cursor: ("loss",)))
    qtbot.addWidget(made)
    made.resize(700, 240)
    made.apply(STATE, LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.table.setFocus()
    return made


def record(panel: WatchesPanel) -> Heard:
    heard: Heard = []
    for name in ("watch_added", "watch_edited", "watch_removed", "iteration_requested"):
        getattr(panel, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def cell(panel: WatchesPanel, row: int, column: int) -> QModelIndex:
    return panel.table.model().index(row, column)


def test_enter_adds_what_was_typed_and_empties_the_line(qtbot: QtBot, panel: WatchesPanel) -> None:
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Insert)
    qtbot.keyClicks(panel.field.line, "abs(w[1][0,0])")
    qtbot.keyClick(panel.field.line, Key.Key_Return)
    assert heard == [("watch_added", "abs(w[1][0,0])")]
    assert panel.field.text == ""


def test_what_is_wrong_is_not_added(qtbot: QtBot, panel: WatchesPanel) -> None:
    heard = record(panel)
    qtbot.keyClicks(panel.field.line, "?")
    qtbot.keyClick(panel.field.line, Key.Key_Return)
    assert heard == []
    assert panel.field.problem_label.isVisible()


def test_f2_edits_in_place_and_the_row_waits_for_the_state(qtbot: QtBot, panel: WatchesPanel) -> None:
    panel.table.choose(11)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, "loss")
    qtbot.keyClick(editor, Key.Key_Return)
    QApplication.processEvents()  # an editor closes after the key
    assert heard == [("watch_edited", 11, "loss")]
    assert cell(panel, 0, 0).data() == "delta[1][0]"


def test_an_edit_that_changes_nothing_says_nothing(qtbot: QtBot, panel: WatchesPanel) -> None:
    panel.table.choose(11)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClick(editor, Key.Key_Return)
    QApplication.processEvents()  # an editor closes after the key
    assert heard == []


def test_delete_removes(qtbot: QtBot, panel: WatchesPanel) -> None:
    panel.table.choose(22)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Delete)
    assert heard == [("watch_removed", 22)]


@pytest.mark.parametrize(("share", "iteration"), [(0.5, 500), (0.999, 998), (0.0, 0)])
def test_a_click_on_a_course_goes_to_its_iteration(
    qtbot: QtBot, panel: WatchesPanel, share: float, iteration: int
) -> None:
    heard = record(panel)
    rect = course_rect(panel.table.visualRect(cell(panel, 0, COURSE)).toRectF())
    place = QPoint(round(rect.left() + share * (rect.width() - 1)), round(rect.center().y()))
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=place)
    assert [name for name, *_ in heard] == ["iteration_requested"]
    assert heard[0][1] == pytest.approx(iteration, abs=1000 / rect.width() + 1)


def test_a_click_where_nothing_is_known_goes_nowhere(qtbot: QtBot, panel: WatchesPanel) -> None:
    heard = record(panel)
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=panel.table.visualRect(cell(panel, 1, COURSE)).center())
    assert heard == []


def test_a_changed_value_is_marked_and_spoken(panel: WatchesPanel) -> None:
    assert cell(panel, 0, 1).data() == "● −0.5"
    assert cell(panel, 0, 1).data(Role.AccessibleTextRole) == "−0.5, changed"
    assert cell(panel, 0, 1).data(Role.FontRole).bold()


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda t: t.name)
def test_nan_has_the_colour_of_what_is_not_finite(panel: WatchesPanel, theme: Theme) -> None:
    panel.apply(STATE, theme)
    assert cell(panel, 2, 1).data(Role.ForegroundRole) == QColor(theme.not_finite)


def test_a_wrong_expression_says_what_is_wrong_as_plain_text(panel: WatchesPanel) -> None:
    assert cell(panel, 1, 0).data(Role.AccessibleTextRole) == "<b>los</b>, there is no name los"
    assert "&lt;b&gt;los" in cell(panel, 1, 0).data(Role.ToolTipRole)


def test_a_course_that_is_being_filled_says_how_far(panel: WatchesPanel) -> None:
    assert cell(panel, 2, COURSE).data(Role.AccessibleTextRole) == "40% filled"


def test_applying_emits_nothing_and_the_same_again_touches_no_cell(panel: WatchesPanel) -> None:
    heard, changes = record(panel), []
    panel.table.model().dataChanged.connect(lambda *_: changes.append(1))
    panel.apply(STATE, LIGHT)
    assert (heard, changes) == ([], [])


def test_an_added_row_leaves_an_open_editor_open(qtbot: QtBot, panel: WatchesPanel) -> None:
    panel.table.choose(11)
    qtbot.keyClick(panel.table, Key.Key_F2)
    panel.apply(WatchState((*STATE.rows, watch_row(44, "loss", 1.0, 1.0, SHORT))), LIGHT)
    assert panel.table.findChild(QLineEdit) is not None
    assert panel.table.model().rowCount() == 4
