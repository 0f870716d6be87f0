"""Test this δ: by key and by the menu of the right button, with another ε, following what is selected; the run stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QComboBox, QMenu
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.model.address import parse_address
from bpstudio.window import MainWindow

Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    made = make_window(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.open("mazur")
    yield made
    made.close()


def put_to_test(qtbot: QtBot, window: MainWindow) -> Any:
    """Select a unit, press the key; returns what the plot shows."""
    qtbot.keyClick(window, Key.Key_F4, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.plots.slope.state is not None and window.plots.slope.isVisible())
    return window.plots.slope.state


def test_the_key_nudges_z_of_the_selected_unit_and_the_loss_moves_by_delta_times_epsilon(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.controller.session
    assert session is not None
    window.controller.select(parse_address("a[1][0]"))
    position, digest = session.position, session.tape.array("delta[1]").tobytes()
    state = put_to_test(qtbot, window)
    line = state.line
    assert str(line.address) == "z[1][0]"
    assert line.slope == session.tape.value("delta[1][0]")
    assert line.after - line.before == pytest.approx(line.slope * 0.1, rel=0.05)
    assert (session.position, session.tape.array("delta[1]").tobytes()) == (position, digest)
    assert "loss of this sample" in state.read(None).note


def test_a_typed_epsilon_brings_change_and_prediction_together(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.select(parse_address("a[1][0]"))
    put_to_test(qtbot, window)
    field = window.findChild(QComboBox, "epsilon")
    assert field is not None and field.isVisible()
    field.setFocus()
    words = field.lineEdit()
    assert words is not None
    words.selectAll()
    qtbot.keyClicks(field, "1e-4")
    qtbot.keyClick(field, Key.Key_Return)
    line = window.plots.slope.state.line
    assert line.epsilon == 1e-4
    assert line.after - line.before == pytest.approx(line.predicted, rel=1e-4)
    words.selectAll()
    qtbot.keyClicks(field, "nan")
    qtbot.keyClick(field, Key.Key_Return)
    assert window.plots.slope.state.line.epsilon == 1e-4
    assert "0.0001" in field.currentText()


def test_epsilon_is_offered_only_where_it_has_an_effect(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.select(parse_address("a[1][0]"))
    put_to_test(qtbot, window)
    bar = window.plots.slope.bar
    along, field = window.findChild(QComboBox, "direction"), window.findChild(QComboBox, "epsilon")
    assert along is not None and field is not None and field.isVisible()
    along.setCurrentIndex(0)
    along.activated.emit(0)
    for width in (bar.width(), 200, bar.width()):
        bar.resize(width, bar.height())
        assert not field.isVisible()
        assert "nudged" not in bar.button.toolTip()
        bar.menu.aboutToShow.emit()
        assert "epsilon-choices" not in [menu.objectName() for menu in bar.menu.findChildren(QMenu)]


def test_it_follows_what_is_selected_and_says_whose_loss_moves(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.select(parse_address("a[1][0]"))
    put_to_test(qtbot, window)
    window.controller.select(parse_address("w[2][0,1]"))
    state = window.plots.slope.state
    assert str(state.line.address) == "w[2][0,1]"
    assert "loss of the batch" in state.read(None).note
    window.controller.select(parse_address("a[0][1]"))
    assert str(window.plots.slope.state.line.address) == "a[0][1]"


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_the_menu_of_a_unit_tests_it(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.select(parse_address("a[2][1]"))
    place = window.canvas.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, window.canvas.mapToGlobal(place))
    QApplication.sendEvent(window.canvas, event)
    menu = window.findChild(QMenu, "canvas-menu")
    assert menu is not None
    next(action for action in menu.actions() if action.objectName() == "test-delta").trigger()
    menu.close()
    assert str(window.plots.slope.state.line.address) == "z[2][1]"


def test_without_anything_to_nudge_it_says_what_to_do(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.controller.message_shown) as said:
        window.actions_.by_name["test-delta"].trigger()
    assert said.args is not None and "Select a unit" in said.args[0]


def test_the_plot_is_a_picture_like_the_others(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.controller.select(parse_address("a[1][1]"))
    put_to_test(qtbot, window)
    window.plots.save(window.plots.slope, tmp_path / "nudge.png")
    qtbot.waitUntil(lambda: (tmp_path / "nudge.png").exists() and (tmp_path / "nudge.png").stat().st_size > 1000)
