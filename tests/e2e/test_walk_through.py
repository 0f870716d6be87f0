"""The walk-through of the guide and the hunt for NaN, by the keyboard alone: every key goes to whatever has the focus."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from bpstudio import resources
from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.model.address import parse_address
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from bpstudio.viewstate.card import operation_card
from bpstudio.viewstate.selection import EdgeMode, ViewOptions
from bpstudio.viewstate.why_state import WhyMode
from bpstudio.window import MainWindow

Key = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Keyboard:
    """Hands that know keys only."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window

    @property
    def session(self) -> Session:
        assert self.window.controller.session is not None
        return self.window.controller.session

    @property
    def said(self) -> str:
        return self.window.status.currentMessage()

    def focused(self) -> QWidget:
        """What has the focus; without a window manager the main window must be asked to come back."""
        if QApplication.activeWindow() is None:
            with self.qtbot.waitActive(self.window):
                self.window.activateWindow()
        return QApplication.focusWidget() or self.window

    def press(self, key: Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            self.qtbot.keyClick(self.focused(), key, modifiers)
            QApplication.processEvents()
            self.wait()

    def type(self, text: str) -> None:
        self.qtbot.keyClicks(self.focused(), text)

    def wait(self) -> None:
        controller = self.window.controller
        self.qtbot.waitUntil(
            lambda: not controller.long_move.is_under_way and not controller.is_running, timeout=20_000
        )


@pytest.fixture
def keyboard(qtbot: QtBot, tmp_path: Path) -> Iterator[Keyboard]:
    made = make_window(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.open("xor")
    yield Keyboard(qtbot, made)
    made.close()


def chosen_symbol(keyboard: Keyboard) -> str:
    row = keyboard.window.debug.why.table.chosen_row
    return "" if row is None else row.symbol


def go_to_row(keyboard: Keyboard, symbol: str) -> None:
    """Down, until the row is current."""
    for _ in range(40):
        if chosen_symbol(keyboard) == symbol:
            return
        keyboard.press(Key.Key_Down)
    raise AssertionError(f"no row {symbol}")


def test_from_a_hidden_delta_to_its_cause_and_to_another_future(keyboard: Keyboard) -> None:
    window, session = keyboard.window, keyboard.session
    # a conditional breakpoint on a hidden δ, and on to it
    keyboard.press(Key.Key_F9, CONTROL)
    keyboard.type("abs(delta[1][0]) > 0.2")
    keyboard.press(Key.Key_Return)
    keyboard.press(Key.Key_F5)
    delta = session.value("delta[1][0]")
    assert (session.iteration, keyboard.said) == (134, "Stopped: abs(delta[1][0]) > 0.2 became true")
    assert delta is not None and abs(delta) > 0.2
    # why?
    keyboard.press(Key.Key_F4)
    go_to_row(keyboard, "e⁽²⁾₁")
    keyboard.press(Key.Key_Right)
    go_to_row(keyboard, "Θ⁽²⁾₁₁·δ⁽³⁾₁")
    keyboard.press(Key.Key_Right)
    go_to_row(keyboard, "Θ⁽²⁾₁₁")
    # which updates made this weight? back to the one of iteration 133
    keyboard.press(Key.Key_Space)
    keyboard.press(Key.Key_U)
    keyboard.qtbot.waitUntil(lambda: len(window.controller.view().debug.why.rows) > 10)
    assert window.controller.asking.question.mode is WhyMode.UPDATES
    go_to_row(keyboard, "ΔΘ⁽²⁾₁₁ in 133")
    keyboard.press(Key.Key_Return)
    update = session.program.operation(session.position - 1)
    assert (update.iteration, update.kind, str(update.address)) == (133, OperationKind.UPDATE, "w[2][0,0]")
    # another weight instead, and on
    keyboard.press(Key.Key_F2)
    keyboard.type("0.5")
    keyboard.press(Key.Key_Return)
    assert [branch.fork for branch in session.branches] == [0, 133]
    assert session.value("w[2][0,0]") == 0.5
    keyboard.press(Key.Key_G, CONTROL)
    keyboard.type("400")
    keyboard.press(Key.Key_Return)
    assert (session.iteration, session.branch.key) == (400, 1)
    # the two branches side by side
    keyboard.press(Key.Key_M, CONTROL)
    canvas = window.controller.view().canvas
    assert window.controller.options.edge_mode is EdgeMode.DIFFERENCE
    plain = Session(session.spec)
    plain.seek(iteration=400)
    here, there = session.value("w[2][0,0]"), plain.value("w[2][0,0]")
    assert here is not None and there is not None
    shown = next(edge.value for edge in canvas.edges if (edge.layer, edge.unit, edge.source) == (2, 0, 0))
    assert shown == here - there
    (other,) = window.controller.branching.overlays
    assert len(other) >= 400  # the other future was run on to the same iteration
    keyboard.press(Key.Key_M, CONTROL | SHIFT)
    first = session.program.operation(session.position - 1)
    assert (first.iteration, str(first.address)) == (133, "z[2][0]")
    # and back to the future that was
    keyboard.press(Key.Key_B, CONTROL | SHIFT)
    assert session.branch.key == 0
    assert session.value("w[2][0,0]") != 0.5


def test_from_nan_to_what_made_it_and_to_what_grew_too_large(keyboard: Keyboard, tmp_path: Path) -> None:
    file = tmp_path / "exploding.json"
    told = resources.path("help", "why.md").read_text(encoding="utf-8")
    file.write_text(told.partition("```json\n")[2].partition("```")[0], encoding="utf-8")
    keyboard.window.open(str(file))
    session = keyboard.session
    keyboard.press(Key.Key_G, CONTROL)
    keyboard.type("60")
    keyboard.press(Key.Key_Return)
    assert session.iteration == 60
    assert not math.isfinite(session.tape.value("w[1][0,0]"))
    # from NaN to the operation that made the first number that is not finite
    keyboard.press(Key.Key_F4, SHIFT)
    made = session.program.operation(session.position - 1)
    assert keyboard.said.startswith("Made here: ")
    assert bool(np.isfinite(session.tape.vectors.before).all())
    result = float(
        operation_card(session, made, ViewOptions()).full_result.replace("\N{MINUS SIGN}", "-").replace("∞", "inf")
    )
    assert not math.isfinite(result)
    # from there to the first operand that grew past a million
    keyboard.press(Key.Key_F4, SHIFT)
    grown = session.program.operation(session.position - 1)
    assert keyboard.said.startswith("The first operand beyond 1,000,000: ")
    assert 100 < made.position - grown.position < 1000  # "hundreds of operations earlier"
    large = float(
        operation_card(session, grown, ViewOptions()).full_result.replace("\N{MINUS SIGN}", "-").replace("∞", "inf")
    )
    assert 1e6 < abs(large) < math.inf
    keyboard.press(Key.Key_BracketLeft, ALT)
    assert session.position == made.position + 1


def test_a_flipped_bit_is_named_in_the_window_and_the_run_rebuilt(keyboard: Keyboard) -> None:
    session = keyboard.session
    keyboard.window.controller.run_to(300)
    keyboard.wait()
    said: list[str] = []
    keyboard.window.status.messageChanged.connect(said.append)
    kept = session.history._states[200].state
    kept.view("uint8")[3] ^= 64
    keyboard.press(Key.Key_G, CONTROL)
    keyboard.type("200")
    keyboard.press(Key.Key_Return)
    assert any(words.startswith("Checkpoint of iteration 200: the stored state was damaged") for words in said)
    assert keyboard.window.status.labels["history"].text().endswith("⚠ 1 made anew")
    plain = Session(session.spec)
    plain.seek(iteration=200)
    assert session.engine.state().tobytes() == plain.engine.state().tobytes()


@pytest.mark.parametrize("name", ["w[1][0,1]", "b[2][0]"])
def test_every_number_of_the_story_of_a_weight_leads_to_its_update(keyboard: Keyboard, name: str) -> None:
    window, session = keyboard.window, keyboard.session
    window.controller.run_to(12)
    keyboard.wait()
    window.controller.select(parse_address(name))
    keyboard.press(Key.Key_F4)
    keyboard.press(Key.Key_U)
    keyboard.qtbot.waitUntil(lambda: len(window.controller.view().debug.why.rows) == 14)
    for row in window.controller.view().debug.why.rows[2:]:
        window.debug.why.table.choose(row.path)
        keyboard.press(Key.Key_Return)
        update = session.program.operation(session.position - 1)
        assert (update.kind, str(update.address)) == (OperationKind.UPDATE, name)
        assert update.iteration == int(row.words.split()[1].rstrip(","))
