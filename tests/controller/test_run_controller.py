"""The controller without any window: opening, moves, long moves with progress and cancel, playing, and what is shown."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from bpstudio.controller.run_controller import RunController
from bpstudio.intents import Gauge, Move
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import ActivationName, NotationName, OptimizerSpec
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.preferences import Preferences
from bpstudio.viewstate.selection import EdgeMode, UnitMode
from bpstudio.viewstate.view_state import ViewState
from tests.support.specs import run_spec

Q = Quantity


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[RunController]:
    made = RunController()
    made.open("two-layer-deltas")
    yield made
    made.stop()


def session_of(controller: RunController) -> Session:
    assert controller.session is not None
    return controller.session


def shown(controller: RunController) -> list[ViewState]:
    views: list[ViewState] = []
    controller.view_changed.connect(views.append)
    return views


def messages(controller: RunController) -> list[str]:
    said: list[str] = []
    controller.message_shown.connect(said.append)
    return said


# Opening.


def test_nothing_is_shown_before_a_run_is_open(qtbot: QtBot) -> None:
    empty = RunController()
    views = shown(empty)
    empty.show()
    empty.perform(Move.OVER)
    empty.seek_position(3)
    assert views == []
    with pytest.raises(RuntimeError):
        empty.view()


def test_opening_shows_the_run_in_its_own_notation(controller: RunController) -> None:
    views = shown(controller)
    assert controller.open("matrix-form")
    assert views[-1].options.notation is NotationName.MATRIX
    assert views[-1].title == session_of(controller).spec.title


def test_a_failed_open_says_why_and_keeps_what_is_open(controller: RunController, tmp_path: Path) -> None:
    controller.perform(Move.OVER)
    kept, before, failures = controller.session, controller.view(), list[str]()
    controller.failed.connect(failures.append)
    assert not controller.open(str(tmp_path / "missing.json"))
    assert len(failures) == 1 and "missing.json" in failures[0]
    assert controller.session is kept
    assert controller.view() == before


def test_opening_ends_what_was_running(controller: RunController) -> None:
    controller.play()
    controller.open("xor")
    assert not controller.is_running
    assert session_of(controller).position == 0


def test_opening_forgets_the_selection(controller: RunController) -> None:
    controller.select(Address(Q.ACTIVATION, 1, (0,)))
    controller.open("xor")
    assert controller.selection.selected is None


# Moves.

TWINS = [(Move.OVER, Move.BACK_OVER), (Move.INTO, Move.BACK_INTO), (Move.OUT, Move.BACK_OUT)]


@pytest.mark.parametrize(("ahead", "back"), TWINS)
@pytest.mark.parametrize("level", list(Level))
def test_a_move_and_its_twin_return(controller: RunController, ahead: Move, back: Move, level: Level) -> None:
    controller.set_level(level)
    before = controller.view()
    controller.perform(ahead)
    assert session_of(controller).position > 0
    controller.perform(back)
    after = controller.view()
    assert (after.canvas, after.outline, after.inspector) == (before.canvas, before.outline, before.inspector)


def test_each_move_shows_one_view(controller: RunController) -> None:
    views = shown(controller)
    for move in (Move.OVER, Move.INTO, Move.OUT, Move.BACK_OVER, Move.START):
        controller.perform(move)
    assert len(views) == 5


def test_at_the_start_a_move_back_says_so_and_stays(controller: RunController) -> None:
    said = messages(controller)
    controller.perform(Move.BACK_OVER)
    assert session_of(controller).position == 0
    assert said == ["This is the start of the run: nothing lies before it."]


def test_the_start_of_the_iteration_is_a_move(controller: RunController) -> None:
    controller.seek_iteration(2)
    start = session_of(controller).position
    controller.perform(Move.OVER)
    controller.perform(Move.ITERATION_START)
    assert session_of(controller).position == start


def test_a_move_pauses_what_plays(controller: RunController) -> None:
    controller.play()
    controller.perform(Move.OVER)
    assert not controller.is_running


# Long moves.


def test_a_short_seek_is_made_at_once(controller: RunController) -> None:
    progress: list[tuple[int, int]] = []
    controller.progressed.connect(lambda done, total: progress.append((done, total)))
    controller.seek_position(17)
    assert session_of(controller).position == 17
    assert progress == []


def test_a_negative_position_is_told_and_nothing_moves(controller: RunController) -> None:
    said = messages(controller)
    controller.seek_position(-1)
    assert session_of(controller).position == 0
    assert len(said) == 1


def test_a_long_seek_shows_growing_progress_and_arrives(qtbot: QtBot, controller: RunController) -> None:
    controller.open("iris")
    progress: list[int] = []
    controller.progressed.connect(lambda done, _total: progress.append(done))
    with qtbot.waitSignal(controller.progress_ended, timeout=60_000):
        controller.seek_iteration(5000)
    assert session_of(controller).iteration == 5000
    assert len(progress) > 3
    assert progress == sorted(progress)


def test_cancelling_a_long_seek_returns_to_where_it_began(qtbot: QtBot, controller: RunController) -> None:
    controller.open("iris")
    controller.seek_position(5)
    before, said = controller.view().canvas, messages(controller)
    controller.seek_iteration(10_000_000)
    qtbot.waitUntil(lambda: session_of(controller).iteration > 50, timeout=20_000)
    controller.cancel_move()
    assert session_of(controller).position == 5
    assert controller.view().canvas == before
    assert said == ["Cancelled: back where it began."]


def test_another_move_waits_while_a_long_one_is_under_way(qtbot: QtBot, controller: RunController) -> None:
    controller.open("iris")
    controller.seek_iteration(10_000_000)
    qtbot.waitUntil(lambda: session_of(controller).iteration > 50, timeout=20_000)
    at = session_of(controller).position
    controller.perform(Move.OVER)
    assert session_of(controller).position == at
    assert controller.long_move.is_under_way


def test_stop_ends_a_long_seek(qtbot: QtBot, controller: RunController) -> None:
    controller.open("iris")
    controller.seek_iteration(10_000_000)
    controller.stop()
    assert not controller.long_move.is_under_way
    assert session_of(controller).position == 0


# Playing.


def test_playing_steps_by_the_level_until_paused(qtbot: QtBot, controller: RunController) -> None:
    controller.set_level(Level.OPERATION)
    controller.playback.set_speed(60.0)
    controller.toggle()
    qtbot.waitUntil(lambda: session_of(controller).position >= 4, timeout=10_000)
    controller.toggle()
    at = session_of(controller).position
    qtbot.wait(50)
    assert session_of(controller).position == at


def test_starting_and_pausing_are_announced_once_each(controller: RunController) -> None:
    announced: list[bool] = []
    controller.running_changed.connect(announced.append)
    controller.play()
    controller.play()
    controller.pause()
    controller.pause()
    assert announced == [True, False]


def test_full_speed_goes_on_without_an_end_and_stops(qtbot: QtBot, controller: RunController) -> None:
    controller.playback.set_gauge(Gauge.FULL_SPEED)
    controller.play()
    qtbot.waitUntil(lambda: session_of(controller).iteration > 500, timeout=20_000)
    controller.stop()
    at = session_of(controller).iteration
    qtbot.wait(50)
    assert session_of(controller).iteration == at


def test_changing_the_gauge_while_playing_goes_on_in_the_new_one(qtbot: QtBot, controller: RunController) -> None:
    controller.play()
    controller.playback.set_gauge(Gauge.FULL_SPEED)
    assert controller.is_running
    qtbot.waitUntil(lambda: session_of(controller).iteration > 100, timeout=20_000)
    controller.stop()


def test_a_wish_while_training_is_shown_before_more_is_computed(qtbot: QtBot, controller: RunController) -> None:
    controller.playback.set_gauge(Gauge.FULL_SPEED)
    controller.play()
    qtbot.waitUntil(lambda: session_of(controller).iteration > 100, timeout=20_000)
    at, views = session_of(controller).iteration, shown(controller)
    controller.set_level(Level.LAYER)
    assert views[-1].options.level is Level.LAYER
    assert controller.playback._slice_timer.interval() > 0
    assert session_of(controller).iteration == at
    qtbot.waitUntil(lambda: session_of(controller).iteration > at, timeout=20_000)
    assert controller.playback._slice_timer.interval() == 0


def test_the_end_of_the_epoch_is_reached_exactly(qtbot: QtBot, controller: RunController) -> None:
    controller.open("iris")
    controller.perform(Move.EPOCH_END)
    qtbot.waitUntil(lambda: not controller.is_running, timeout=20_000)
    assert session_of(controller).iteration == session_of(controller).program.batches.per_epoch


def test_training_pauses_where_a_number_goes_bad_and_says_where(qtbot: QtBot, controller: RunController) -> None:
    linear = (ActivationName.IDENTITY, ActivationName.IDENTITY)
    spec = run_spec((2, 3, 1), linear, samples=2, optimizer=OptimizerSpec(learning_rate=1e6))
    controller.open_spec(spec, "exploding")
    controller.playback.set_gauge(Gauge.FULL_SPEED)
    said = messages(controller)
    controller.play()
    qtbot.waitUntil(lambda: not controller.is_running, timeout=20_000)
    assert len(said) == 1
    assert said[0].startswith("Paused where the first number that is not finite was made: ")
    match = re.search(r"position (\d+)\)", said[0])
    assert match is not None
    session = session_of(controller)
    session.seek(position=int(match[1]))
    operation = session.operation
    assert operation.address is not None
    assert np.isfinite(session.tape.vectors.before).all()
    session.step(Level.OPERATION)
    found = session.value(operation.address, operation.sample)
    assert found is None or not math.isfinite(found)  # None: a running sum, which has no address of its own


# What is shown.


def test_how_things_are_shown_changes_no_position_and_no_bits(controller: RunController) -> None:
    controller.seek_position(20)
    session = session_of(controller)
    before = (session.position, session.tape.vectors.before.tobytes(), session.tape.vectors.after.tobytes())
    controller.set_notation(NotationName.NIELSEN)
    controller.set_edge_mode(EdgeMode.FLOW)
    controller.set_unit_mode(UnitMode.PRE_ACTIVATION)
    controller.set_preferences(Preferences(digits=8))
    assert (session.position, session.tape.vectors.before.tobytes(), session.tape.vectors.after.tobytes()) == before
    options = controller.view().options
    assert (options.notation, options.edge_mode) == (NotationName.NIELSEN, EdgeMode.FLOW)
    assert (options.unit_mode, options.digits) == (UnitMode.PRE_ACTIVATION, 8)


def test_hovering_the_same_thing_twice_shows_once(controller: RunController) -> None:
    views = shown(controller)
    for _ in range(2):
        controller.hover(Address(Q.ACTIVATION, 1, (0,)))
    assert len(views) == 1


@pytest.mark.parametrize("text", ["w[1][9,0]", "a[1][9]", "b[9][0]", "delta[0][0]"])
def test_what_this_network_does_not_have_is_neither_selected_nor_hovered(controller: RunController, text: str) -> None:
    controller.select(Address(Q.ACTIVATION, 1, (0,)))
    address = parse_address(text)
    controller.hover(address)
    assert controller.selection.hovered is None
    controller.select(address)
    assert controller.selection.selected is None
    assert controller.view().canvas is not None


def test_a_sample_that_is_not_in_the_batch_is_not_selected(controller: RunController) -> None:
    size = session_of(controller).spec.batch_size
    controller.select(Address(Q.ACTIVATION, 1, (0,)), size)
    assert controller.selection.sample is None
    controller.select(Address(Q.ACTIVATION, 1, (0,)), size - 1)
    assert controller.selection.sample == size - 1


def test_neighbours_start_at_the_first_unit_and_stay_inside(controller: RunController) -> None:
    found = []
    for step in ((0, 0), (1, 0), (0, 1), (0, 1), (1, 0), (1, 0), (1, 0), (0, -1)):
        controller.select_neighbour(*step)
        selected = controller.selection.selected
        assert selected is not None
        found.append((selected.layer, selected.indices[0]))
    assert found == [(0, 0), (1, 0), (1, 1), (1, 1), (2, 1), (3, 0), (3, 0), (3, 0)]


def test_unfolding_shows_more_operations_for_the_output_delta(controller: RunController) -> None:
    size = session_of(controller).program.iteration_start(1)
    controller.set_unfolded(True)
    assert session_of(controller).program.iteration_start(1) > size
