"""Goals: run to a row or to what is selected, from write to write, to where two branches part; long steps in slices."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from bpstudio.controller.run_controller import RunController
from bpstudio.intents import Move, Way
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.program.levels import Level
from bpstudio.session.search import Direction
from bpstudio.session.session import Session
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.selection import EdgeMode

Q = Quantity
WEIGHT = parse_address("w[2][0,1]")


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[RunController]:
    made = RunController()
    made.open("xor")
    yield made
    made.stop()
    made.debugger.hold_filling()


def session_of(controller: RunController) -> Session:
    assert controller.session is not None
    return controller.session


def settle(qtbot: QtBot, controller: RunController) -> None:
    qtbot.waitUntil(lambda: not controller.long_move.is_under_way, timeout=20_000)


def train(qtbot: QtBot, controller: RunController, iterations: int) -> None:
    controller.run_to(iterations)
    qtbot.waitUntil(lambda: not controller.is_running, timeout=20_000)


def messages(controller: RunController) -> list[str]:
    said: list[str] = []
    controller.message_shown.connect(said.append)
    return said


def test_run_to_a_row_goes_there_forward_and_back(qtbot: QtBot, controller: RunController) -> None:
    session = session_of(controller)
    there = session.program.iteration_start(30) + 17
    controller.goals.run_to_row(there, Level.OPERATION, Direction.FORWARD)
    settle(qtbot, controller)
    assert session.position == there
    controller.goals.run_to_row(5, Level.OPERATION, Direction.BACK)
    settle(qtbot, controller)
    assert session.position == 5
    controller.go_back()
    settle(qtbot, controller)
    assert session.position == there


def test_run_to_a_row_that_lies_behind_goes_to_the_next_time_it_is_reached(
    qtbot: QtBot, controller: RunController
) -> None:
    session = session_of(controller)
    train(qtbot, controller, 3)
    row = session.program.iteration_start(1) + 4
    controller.goals.run_to_row(row, Level.OPERATION, Direction.FORWARD)
    settle(qtbot, controller)
    first, again = session.program.operation(row), session.operation
    assert (again.kind, again.layer, again.unit, again.entry) == (first.kind, first.layer, first.unit, first.entry)
    assert again.iteration == 3


def test_run_to_here_stops_at_a_breakpoint_on_the_way(qtbot: QtBot, controller: RunController) -> None:
    session, said = session_of(controller), messages(controller)
    assert controller.debugger.accept(BreakpointDraft(kind=BreakpointKind.WRITE, place=str(WEIGHT)))
    controller.goals.run_to_position(session.program.iteration_start(5))
    settle(qtbot, controller)
    assert session.iteration == 0
    assert session.program.operation(session.position - 1).address == WEIGHT
    assert said[-1].startswith("Stopped: w[2][0,1] is written")


def test_run_to_what_is_selected_finds_it_at_work_both_ways(qtbot: QtBot, controller: RunController) -> None:
    session = session_of(controller)
    controller.select(Address(Q.ACTIVATION, 2, (0,)))
    controller.goals.run_to_chosen(Direction.FORWARD)
    settle(qtbot, controller)
    assert (session.operation.layer, session.operation.unit) == (2, 0)
    first = session.position
    controller.goals.run_to_chosen(Direction.FORWARD)
    settle(qtbot, controller)
    assert session.position > first
    controller.goals.run_to_chosen(Direction.BACK)
    settle(qtbot, controller)
    assert session.position == first


def test_where_there_is_nothing_to_run_to_it_is_said(qtbot: QtBot, controller: RunController) -> None:
    said, before = messages(controller), session_of(controller).position
    controller.goals.run_to_chosen(Direction.FORWARD)
    controller.select(Address(Q.ACTIVATION, 0, (1,)))
    controller.goals.run_to_chosen(Direction.FORWARD)
    controller.select(Address(Q.ACTIVATION, 1, (1,)))
    controller.goals.run_to_chosen(Direction.BACK)
    assert len(said) == 3
    assert said[2] == "It is not reached before this position."
    assert session_of(controller).position == before


def test_writes_of_the_selected_weight_follow_each_other(qtbot: QtBot, controller: RunController) -> None:
    session = session_of(controller)
    controller.select(WEIGHT)
    positions = []
    for way in (Way.NEXT, Way.NEXT, Way.NEXT, Way.PREVIOUS, Way.FIRST):
        controller.goals.go_to_write(way)
        settle(qtbot, controller)
        positions.append(session.position)
        assert session.program.operation(session.position - 1).address == WEIGHT
    one, two, three = positions[:3]
    assert one < two < three
    assert positions[3:] == [two, one]


def test_the_first_difference_is_gone_to_and_told(qtbot: QtBot, controller: RunController) -> None:
    session, said = session_of(controller), messages(controller)
    controller.goals.go_to_first_difference()
    assert said[-1].startswith("There is one branch only")
    train(qtbot, controller, 6)
    controller.seek_iteration(4)
    controller.branching.change(WEIGHT, 2.0)
    train(qtbot, controller, 9)
    controller.goals.go_to_first_difference()
    settle(qtbot, controller)
    operation = session.program.operation(session.position - 1)
    assert (operation.iteration, str(operation.address)) == (4, "z[2][0]")
    assert said[-1].startswith("The first number that differs: z[2][0] is ")


def test_comparing_colours_the_edges_and_again_ends_it(qtbot: QtBot, controller: RunController) -> None:
    said = messages(controller)
    controller.compare()
    assert said[-1].startswith("There is one branch only")
    controller.branching.change(WEIGHT, 2.0)
    controller.compare()
    assert (controller.options.edge_mode, controller.branching.compared) == (EdgeMode.DIFFERENCE, 0)
    controller.compare()
    assert controller.options.edge_mode is EdgeMode.WEIGHT
    controller.branching.switch_on()
    assert session_of(controller).branch.key == 0
    assert controller.branching.other == 1


@pytest.mark.parametrize("move", [Move.OVER, Move.BACK_OVER, Move.OUT, Move.BACK_OUT, Move.START])
def test_a_long_step_shows_progress_and_is_cancelled_back_to_where_it_began(
    qtbot: QtBot, controller: RunController, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.open("iris")
    session = session_of(controller)
    session.seek(iteration=session.program.batches.per_epoch * 2 + 3)
    controller.set_level(Level.EPOCH)
    monkeypatch.setattr("bpstudio.controller.long_move.QUICK_SECONDS", 0.0)
    before, said = session.position, messages(controller)
    controller.perform(move)
    if controller.long_move.is_under_way:
        controller.cancel_move()
        assert session.position == before
        assert said == ["Cancelled: back where it began."]
    else:
        assert session.position != before
