"""The form that builds a run, by real keys and clicks: what it tells, what it shows, and that showing tells nothing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from bpstudio.controller.run_controller import RunController
from bpstudio.panels.build_panel import BuildPanel
from bpstudio.panels.form_fields import LineField
from bpstudio.viewstate.build_state import BuildState, LayerWish, StartWish
from bpstudio.viewstate.theme import DARK, LIGHT

Key = Qt.Key


@pytest.fixture
def panel(qtbot: QtBot) -> BuildPanel:
    made = BuildPanel()
    qtbot.addWidget(made)
    made.resize(320, 600)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def state_of(name: str = "iris", *changes: tuple[str, str]) -> BuildState:
    controller = RunController()
    controller.open(name)
    for place, text in changes:
        controller.building.set_field(place, text)
    state = controller.building.state()
    assert state is not None
    return state


def line(panel: BuildPanel, name: str) -> QLineEdit:
    found = panel.findChild(QLineEdit, name)
    assert found is not None
    return found


def type_into(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def test_it_shows_layers_and_the_fields_that_matter(panel: BuildPanel) -> None:
    panel.apply(state_of(), LIGHT)
    assert [card.title.text() for card in panel.shown_cards] == ["hidden 1", "output"]
    assert panel.summary.text() == "4-8-3"
    assert not panel.fields["optimizer.beta1"].isVisible()
    panel.apply(state_of("iris", ("optimizer.name", "adam")), LIGHT)
    assert panel.fields["optimizer.beta1"].isVisible()


def test_showing_tells_nothing(qtbot: QtBot, panel: BuildPanel) -> None:
    told: list[object] = []
    for signal in (panel.field_changed, panel.layer_changed, panel.layer_added, panel.start_requested):
        signal.connect(lambda *args: told.append(args))
    panel.apply(state_of(), LIGHT)
    panel.apply(state_of("mazur"), DARK)
    qtbot.wait(250)
    assert told == []


def test_typing_tells_once_when_it_rests(qtbot: QtBot, panel: BuildPanel) -> None:
    panel.apply(state_of(), LIGHT)
    told: list[tuple[int, object]] = []
    panel.layer_changed.connect(lambda index, wish: told.append((index, wish)))
    with qtbot.waitSignal(panel.layer_changed):
        type_into(qtbot, line(panel, "layer-0-units"), "12")
    assert told == [(0, LayerWish("units", "12"))]


def test_leaving_a_field_tells_at_once(qtbot: QtBot, panel: BuildPanel) -> None:
    panel.apply(state_of(), LIGHT)
    told: list[tuple[str, str]] = []
    panel.field_changed.connect(lambda place, text: told.append((place, text)))
    field = line(panel, "field-optimizer.learning_rate")
    type_into(qtbot, field, "0.3")
    qtbot.keyClick(field, Key.Key_Tab)
    assert told == [("optimizer.learning_rate", "0.3")]


def test_what_is_wrong_stands_below_its_field(panel: BuildPanel) -> None:
    panel.apply(state_of("iris", ("optimizer.learning_rate", "fast")), LIGHT)
    field = panel.fields["optimizer.learning_rate"]
    assert isinstance(field, LineField)
    assert field.problem.isVisible()
    assert field.problem.text() == 'Expected a finite number ≥ 0, got "fast"'
    assert panel.note.text() == "The run stays as it is until this is mended."
    panel.apply(state_of(), LIGHT)
    assert not field.problem.isVisible()


def test_layers_are_added_moved_and_removed(qtbot: QtBot, panel: BuildPanel) -> None:
    controller = RunController()
    controller.open("iris")
    building = controller.building
    panel.layer_added.connect(building.add_layer)
    panel.layer_moved.connect(building.move_layer)
    panel.layer_removed.connect(building.remove_layer)
    panel.layer_changed.connect(building.change_layer)

    def show() -> None:
        state = building.state()
        assert state is not None
        panel.apply(state, LIGHT)

    show()
    controller.view_changed.connect(lambda _state: show())
    add = panel.findChild(QPushButton, "build-add")
    assert add is not None
    qtbot.mouseClick(add, Qt.MouseButton.LeftButton)
    type_into(qtbot, line(panel, "layer-1-units"), "2")
    qtbot.keyClick(line(panel, "layer-1-units"), Key.Key_Return)
    assert panel.summary.text() == "4-8-2-3"
    rise = panel.findChild(QToolButton, "layer-1-rise")
    assert rise is not None
    qtbot.mouseClick(rise, Qt.MouseButton.LeftButton)
    assert panel.summary.text() == "4-2-8-3"
    remove = panel.findChild(QToolButton, "layer-0-remove")
    assert remove is not None
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert panel.summary.text() == "4-8-3"
    assert len(panel.shown_cards) == 2


def test_choices_boxes_and_buttons_tell_what_they_are(qtbot: QtBot, panel: BuildPanel) -> None:
    panel.apply(state_of(), LIGHT)
    told: list[object] = []
    panel.layer_changed.connect(lambda index, wish: told.append(wish))
    panel.start_requested.connect(told.append)
    choice = panel.findChild(QComboBox, "layer-0-activation")
    assert choice is not None
    choice.setFocus()
    qtbot.keyClicks(choice, "r")  # the first that begins with it
    qtbot.keyClick(choice, Key.Key_Return)
    box = panel.findChild(QCheckBox, "layer-0-trained")
    assert box is not None
    qtbot.keyClick(box, Key.Key_Space)
    zero = panel.findChild(QPushButton, "start-zero")
    assert zero is not None
    qtbot.keyClick(zero, Key.Key_Space)
    assert LayerWish("activation", "relu") in told
    assert LayerWish("trains_bias", False) in told
    assert told[-1] is StartWish.ZERO
