"""The context menus of canvas and outline, with the right button and with the menu key."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.panels.breakpoint_editor import BreakpointEditor
from bpstudio.window import MainWindow
from tests.support.windows import session_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
Q = Quantity
UNIT = Address(Q.ACTIVATION, 1, (1,))
WEIGHT = parse_address("w[2][0,1]")
EXAMPLE = "xor"


def menu_of(window: QWidget, name: str) -> QMenu:
    found = [menu for menu in window.findChildren(QMenu) if menu.objectName() == name and menu.isVisible()]
    assert len(found) == 1
    return found[0]


def ask_menu(view: QWidget, place: QPoint | None) -> None:
    """As Qt does for the right button, or for the menu key."""
    reason = QContextMenuEvent.Reason.Keyboard if place is None else QContextMenuEvent.Reason.Mouse
    at = QPoint() if place is None else place
    QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))


def entries(menu: QMenu) -> dict[str, QAction]:
    found = {}
    for action in menu.actions():
        found[action.text().replace("&", "").partition("\t")[0]] = action
        inner = action.menu()
        if isinstance(inner, QMenu):
            found |= entries(inner)
    return found


def choose(window: MainWindow, view: QWidget, place: QPoint | None, name: str, entry: str) -> None:
    ask_menu(view, place)
    menu = menu_of(window, name)
    entries(menu)[entry].trigger()
    menu.close()
    QApplication.processEvents()


def place_of(window: MainWindow, address: Address) -> QPoint:
    if address.quantity is Q.WEIGHT:
        return window.canvas.edge_middle(address.layer or 1, *address.indices).toPoint()
    return window.canvas.unit_centre(address.layer or 0, address.indices[0]).toPoint()


def test_the_right_button_selects_and_sets_a_breakpoint_on_a_unit(window: MainWindow) -> None:
    place = place_of(window, UNIT)
    choose(window, window.canvas, place, "canvas-menu", "whenever it is at work")
    assert window.controller.selection.selected == UNIT
    (draft,) = window.controller.debugger.drafts.values()
    assert draft.place == "layer 1 unit 1"
    ask_menu(window.canvas, place)
    menu = menu_of(window, "canvas-menu")
    assert entries(menu)["whenever it is at work"].isChecked()
    menu.close()
    QApplication.processEvents()
    choose(window, window.canvas, place, "canvas-menu", "whenever it is at work")
    assert window.controller.debugger.drafts == {}


def test_an_edge_is_stopped_at_and_its_writes_too(window: MainWindow) -> None:
    place = place_of(window, WEIGHT)
    choose(window, window.canvas, place, "canvas-menu", "whenever it is at work")
    choose(window, window.canvas, place, "canvas-menu", "when Θ⁽²⁾₁₂ is written")
    assert [d.place for d in window.controller.debugger.drafts.values()] == ["edge w[2][0,1]", "w[2][0,1]"]


def test_the_menu_key_opens_the_menu_of_what_is_selected(window: MainWindow) -> None:
    window.controller.select(UNIT)
    choose(window, window.canvas, None, "canvas-menu", "δ⁽²⁾₂")
    assert [watch.text for watch in window.controller.debugger.watches.values()] == ["delta[1][1]"]


def test_why_is_asked_about_the_number_that_is_named(window: MainWindow) -> None:
    choose(window, window.canvas, place_of(window, UNIT), "canvas-menu", "Why δ⁽²⁾₂?")
    assert window.controller.asking.question.address == parse_address("delta[1][1]")
    assert window._docks["Why"].isVisible()


def test_a_condition_on_a_unit_is_begun_for_the_user(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, window.canvas, place_of(window, UNIT), "canvas-menu", "at a condition…")
    editor = window.findChild(BreakpointEditor)
    assert editor is not None
    assert editor.condition.line.text() == "abs(delta[1][1]) > "
    editor.close()


def test_beside_the_network_the_menu_is_about_the_picture(window: MainWindow) -> None:
    ask_menu(window.canvas, QPoint(3, 3))
    menu = menu_of(window, "canvas-menu")
    assert [action.objectName() for action in menu.actions()] == ["fit", "copy", "export"]
    menu.close()
    QApplication.processEvents()


def test_a_row_of_the_outline_is_run_to_and_stopped_at(qtbot: QtBot, window: MainWindow) -> None:
    outline, session = window.outline, session_of(window)
    rows = window.controller.view().outline.rows
    number = next(k for k, row in enumerate(rows) if row.start > 0 and row.start < rows[-1].start)
    place = QPoint(40, outline.rowViewportPosition(number) + 5)
    choose(window, outline.viewport(), place, "outline-menu", "Run to here")
    qtbot.waitUntil(lambda: not window.controller.long_move.is_under_way)
    assert session.position == rows[number].start
    choose(window, outline, None, "outline-menu", "Set a breakpoint here")
    assert len(window.controller.debugger.breakpoints) == 1


def test_ctrl_f10_in_the_outline_runs_to_its_row_and_back(qtbot: QtBot, window: MainWindow) -> None:
    outline, session = window.outline, session_of(window)
    outline.setFocus()
    qtbot.keyClick(outline, Qt.Key.Key_Down)
    qtbot.keyClick(outline, Qt.Key.Key_Down)
    row = outline.current_row
    assert row is not None and row.start > 0
    qtbot.keyClick(outline, Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.controller.long_move.is_under_way)
    assert session.position == row.start
    qtbot.keyClick(outline, Qt.Key.Key_Up)
    back = outline.current_row
    assert back is not None and back.start < row.start
    qtbot.keyClick(outline, Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: not window.controller.long_move.is_under_way)
    assert session.position == back.start
