"""Lists of hits: the same positions as a search finds, whenever the breakpoint is set."""

import pytest

from bpstudio.model.address import parse_address
from bpstudio.model.spec import ActivationName, OptimizerName, OptimizerSpec, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.branches import NumberEdit
from bpstudio.session.breakpoints import Breakpoint, HitRule, Location, StopKind
from bpstudio.session.hit_list import MOST_PLACES, HitList, is_listed, place_positions
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.search import Direction, Search
from bpstudio.session.session import Session
from bpstudio.session.watching import FillJob
from tests.support.specs import run_spec

A = ActivationName
ITERATIONS = 25
SPEC = run_spec(
    (2, 3, 1),
    (A.TANH, A.SIGMOID),
    samples=5,
    optimizer=OptimizerSpec(OptimizerName.ADAM, 0.3),
    training=TrainingSpec(batch_size=2, shuffle=True),
)
RULES = [None, HitRule(">=", 4), HitRule("==", 3), HitRule("%", 5)]


def trained() -> Session:
    session = Session(SPEC)
    session.run_iterations(ITERATIONS)
    return session


def stops(breakpoint: Breakpoint) -> list[int]:
    session, found = Session(SPEC), list[int]()
    while True:
        search = Search(session, [breakpoint], Direction.FORWARD, limit=ITERATIONS)
        while not search.advance(1.0):
            pass
        assert search.stop is not None
        if search.stop.kind is not StopKind.BREAKPOINT:
            return found
        found.append(search.stop.position)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize(
    "where", ["abs(delta[1][0]) > 0.02", "loss > previous(loss)", parse_address("w[2][0,1]")], ids=str
)
def test_a_list_holds_what_a_search_finds(where: str, rule: HitRule | None) -> None:
    session, breakpoint = trained(), Breakpoint(key=1, where=where, rule=rule)
    position, listed = session.position, HitList(breakpoint)
    job = FillJob(session, (listed,), RangeIndex(), ITERATIONS)
    while not job.advance(0.0):
        pass
    assert (listed.iterations, session.position) == (ITERATIONS, position)
    assert listed.positions == stops(breakpoint)
    assert listed.count == len(listed.positions)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_hits_of_a_place_follow_by_arithmetic(rule: HitRule | None) -> None:
    session = trained()
    place = Location(level=Level.PASS, pass_=Pass.UPDATE)
    breakpoint = Breakpoint(key=1, where=place, rule=rule)
    assert not is_listed(breakpoint)
    end = session.program.iteration_start(ITERATIONS)
    number, positions = place_positions(breakpoint, session.program, end)
    assert positions == stops(breakpoint)
    assert number == len(positions)


def test_of_a_place_that_is_hit_all_the_time_only_the_number_is_told() -> None:
    session = trained()
    breakpoint = Breakpoint(key=1, where=Location(kind=OperationKind.MULTIPLY_ADD))
    number, positions = place_positions(breakpoint, session.program, session.program.iteration_start(ITERATIONS))
    assert number > MOST_PLACES
    assert positions == []


def test_the_checkpoints_of_a_branch_are_those_of_its_past_and_its_own() -> None:
    session = trained()
    session.seek(iteration=10)
    session.edit(NumberEdit(parse_address("w[1][0,0]"), 2.0))
    session.run_iterations(5)
    assert session.checkpoints == list(range(16))
    session.switch_branch(0)
    assert session.checkpoints == list(range(ITERATIONS + 1))
