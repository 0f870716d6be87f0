"""Transport bar and status line: they show the options and tell the user's choices, and never echo."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from bpstudio.intents import Gauge
from bpstudio.look.steady_label import SteadyLabel
from bpstudio.model.spec import NotationName
from bpstudio.panels.status_line import FIELDS, StatusLine
from bpstudio.panels.transport_bar import TransportBar
from bpstudio.program.levels import Level
from bpstudio.viewstate.selection import ViewOptions
from tests.panels.states import session_of, view_of

Key = Qt.Key


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[TransportBar]:
    made = TransportBar()
    qtbot.addWidget(made)
    made.fill([[QAction("step", made)], [QAction("play", made)]])
    made.show()
    yield made
    made.close()


def test_an_arrow_on_the_level_chooses_it(qtbot: QtBot, bar: TransportBar) -> None:
    bar.apply(ViewOptions(level=Level.UNIT))
    with qtbot.waitSignal(bar.level_chosen) as choice:
        qtbot.keyClick(bar.level, Key.Key_Up)
    assert choice.args == [Level.LAYER]


def test_an_arrow_on_the_notation_chooses_it(qtbot: QtBot, bar: TransportBar) -> None:
    bar.apply(ViewOptions(notation=NotationName.THETA))
    with qtbot.waitSignal(bar.notation_chosen) as choice:
        qtbot.keyClick(bar.notation, Key.Key_Down)
    assert choice.args == [list(NotationName)[1]]


def test_the_speed_has_the_decimal_sign_that_was_chosen(bar: TransportBar) -> None:
    bar.apply(ViewOptions(decimal_comma=True))
    assert bar.speed.text() == "4,0 /s"
    bar.apply(ViewOptions())
    assert bar.speed.text() == "4.0 /s"


def test_full_speed_needs_no_speed(qtbot: QtBot, bar: TransportBar) -> None:
    with qtbot.waitSignal(bar.gauge_chosen) as choice:
        qtbot.keyClick(bar.gauge, Key.Key_Down)
    assert choice.args == [Gauge.FULL_SPEED]
    assert not bar.speed.isEnabled()


def test_a_speed_typed_is_told(qtbot: QtBot, bar: TransportBar) -> None:
    bar.speed.selectAll()
    with qtbot.waitSignal(bar.speed_chosen) as choice:
        qtbot.keyClicks(bar.speed, "9")
    assert choice.args == [9.0]


def test_showing_options_tells_nothing(qtbot: QtBot, bar: TransportBar) -> None:
    with qtbot.assertNotEmitted(bar.level_chosen), qtbot.assertNotEmitted(bar.notation_chosen):
        bar.apply(ViewOptions(level=Level.EPOCH, notation=NotationName.CODE))
    assert bar.level.currentText() == Level.EPOCH.label
    assert bar.notation.currentText() == "code"


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[StatusLine]:
    made = StatusLine()
    qtbot.addWidget(made)
    made.resize(1300, 26)
    made.show()
    yield made
    made.close()


def test_every_fact_is_shown_where_there_is_one(line: StatusLine) -> None:
    state = view_of(session_of("two-layer-deltas", 12)).status
    line.apply(state)
    for name in FIELDS:
        assert line.labels[name].text() == getattr(state, name)
        assert line.labels[name].isVisible() == bool(getattr(state, name))


def has_room(label: SteadyLabel) -> bool:
    return not label.isVisible() or label.width() >= label.fontMetrics().horizontalAdvance(label.text())


def test_every_fact_has_room_for_all_of_its_words(qtbot: QtBot, line: StatusLine) -> None:
    line.apply(view_of(session_of("iris", 4000)).status)
    qtbot.waitUntil(lambda: all(has_room(label) for label in line.labels.values()))
    assert line.labels["quality"].isVisible()


def layouts_asked_for(qtbot: QtBot, label: SteadyLabel, words: list[str]) -> list[int]:
    """The widths a label hints after each text."""
    widths = []
    for text in words:
        label.show_text(text)
        widths.append(label.sizeHint().width())
    return widths


def test_a_label_keeps_its_width_while_numbers_run(qtbot: QtBot) -> None:
    label = SteadyLabel("label")
    qtbot.addWidget(label)
    widths = layouts_asked_for(qtbot, label, ["loss 0.8888", "loss 0.1111", "loss 0.5", "loss 0.9"])
    assert len(set(widths)) == 1


def test_a_label_grows_at_once_and_gives_much_room_back(qtbot: QtBot) -> None:
    label = SteadyLabel("label")
    qtbot.addWidget(label)
    short, long, again = layouts_asked_for(qtbot, label, ["loss", "held out 0.1234, 97% right", "loss"])
    assert short < long
    assert again == short


def test_an_elastic_label_asks_for_no_width(qtbot: QtBot) -> None:
    label = SteadyLabel("label", is_elastic=True)
    qtbot.addWidget(label)
    label.show_text("a very long line " * 20)
    assert label.minimumSizeHint().width() == 0


def test_a_label_is_read_out(qtbot: QtBot) -> None:
    label = SteadyLabel("label")
    qtbot.addWidget(label)
    label.show_text("epoch 3")
    assert label.accessibleName() == "epoch 3"


def test_applying_the_same_status_changes_no_text(line: StatusLine) -> None:
    state = view_of(session_of("two-layer-deltas", 12)).status
    line.apply(state)
    line.labels["loss"].show_text("changed from outside")
    line.apply(replace(state))
    assert line.labels["loss"].text() == "changed from outside"
