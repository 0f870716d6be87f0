"""Searches against an oracle that steps through every operation and looks: the same stops, forward and backward."""

import math
import random
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import (
    ActivationName,
    GivenParameters,
    LossName,
    OptimizerName,
    OptimizerSpec,
    Order,
    RunSpec,
    TrainingSpec,
)
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.breakpoints import Breakpoint, Edge, HitRule, Location, StopKind, Trouble
from bpstudio.session.conditions import compile_condition
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.search import Direction, Search
from bpstudio.session.session import Session
from bpstudio.session.writes import Standing
from tests.support.specs import run_spec

A = ActivationName
ITERATIONS = 14
SPECS = {
    "mini-batch": run_spec(
        (2, 3, 1), (A.TANH, A.SIGMOID), samples=5, optimizer=OptimizerSpec(OptimizerName.ADAM, 0.3),
        training=TrainingSpec(batch_size=2, shuffle=True),
    ),
    "softmax": run_spec((2, 3, 2), (A.RELU, A.SOFTMAX), samples=3, loss=LossName.CROSS_ENTROPY),
    "layer by layer": run_spec((2, 2, 2), (A.SIGMOID, A.TANH), samples=3, training=TrainingSpec(order=Order.LAYER_MAJOR)),
    "online": run_spec((2, 2, 1), (A.TANH, A.IDENTITY), samples=3, training=TrainingSpec(batch_size=1)),
}  # fmt: skip
CONDITIONS = [
    "abs(delta[1][0]) > 0.02", "loss < previous(loss)", "a[1][1] > a[1][0]", "sign_changed(delta[2][0])",
    "iteration > 3 and delta[1][0] > 0",
    "w[2][0,1] > 0.9 * previous(w[2][0,1])", "sample == 1", "changed(b[1][0])",
]  # fmt: skip
ADDRESSES = ["w[1][0,1]", "delta[1][1]", "loss", "dw[2][0,1]", "b[2][0]", "a[2][0]"]


@dataclass
class Oracle:
    """All that happens in the first iterations, by stepping through every operation of a session of its own."""

    spec: RunSpec
    writes: list[tuple[int, str, float]] = field(default_factory=list)
    """(position behind the write, address, value) of every number that is asked about, in order."""

    def watch(self, texts: list[str]) -> None:
        """Record the writes of these addresses and counters."""
        session = Session(self.spec)
        end = session.program.iteration_start(ITERATIONS)
        addresses = [parse_address(text) for text in texts if text not in ("iteration", "sample")]
        sample = None
        while session.position < end:
            operation, position = session.operation, session.position
            if position == session.program.iteration_start(session.iteration):
                self.writes.append((position, "iteration", float(session.iteration)))
                sample = None
            begins = operation.pass_ is Pass.FORWARD and operation.layer == 1 and operation.sample != sample
            if begins and operation.sample is not None:
                sample = operation.sample
                self.writes.append((position, "sample", float(sample)))
            at = operation.sample or 0
            undone = [a for a in addresses if not session.progress.is_done(a, at)]
            session.step(Level.OPERATION)
            for address in undone:
                value = self._written(session, address, at, operation.iteration)
                if value is not None:
                    self.writes.append((position + 1, str(address), value))

    def _written(self, session: Session, address: Address, sample: int, iteration: int) -> float | None:
        if session.iteration > iteration:  # the last operation of an iteration: look at it from inside
            inside = Session(self.spec)
            inside.seek(iteration=iteration)
            last = address.quantity.is_parameter and not address.quantity.is_per_sample
            after = float(inside.tape.after(address)) if last else None
            position = inside.program.iteration_start(iteration + 1) - 1
            return after if inside.program.operation(position).address == address else None
        if not session.progress.is_done(address, sample):
            return None
        return session.value(address, sample if address.quantity.is_per_sample else None)


def starting(spec: RunSpec, slots: list[str]) -> list[float]:
    tape = Session(spec).tape
    kept = (Quantity.WEIGHT, Quantity.BIAS)
    return [
        tape.value(s) if s not in ("iteration", "sample") and parse_address(s).quantity in kept else math.nan
        for s in slots
    ]


def condition_stops(spec: RunSpec, text: str) -> list[int]:
    """Positions at which the condition becomes true."""
    condition = compile_condition(text, spec)
    slots = [str(slot) for slot in condition.slots]
    oracle = Oracle(spec)
    oracle.watch(slots)
    standing, held, stops = Standing(starting(spec, slots)), False, []
    held = condition.holds(standing)
    for position in sorted({p for p, _, _ in oracle.writes}):
        for _, name, value in (w for w in oracle.writes if w[0] == position):
            if name in slots:
                slot = slots.index(name)
                standing.before[slot], standing.now[slot] = standing.now[slot], value
        holds = condition.holds(standing)
        if holds and not held:
            stops.append(position)
        held = holds
    return stops


def stops_of(
    session: Session, breakpoints: list[Breakpoint], direction: Direction, index: RangeIndex | None = None
) -> list[int]:
    """Every stop of continuing from here to an end."""
    found: list[int] = []
    while True:
        search = Search(session, breakpoints, direction, limit=ITERATIONS, index=index)
        while not search.advance(1.0):
            pass
        assert search.stop is not None
        assert session.position == search.stop.position
        if search.stop.kind is not StopKind.BREAKPOINT:
            return found
        found.append(search.stop.position)


@pytest.mark.parametrize("text", CONDITIONS)
@pytest.mark.parametrize("name", list(SPECS))
def test_conditions_stop_where_they_become_true_in_both_directions(name: str, text: str) -> None:
    spec = SPECS[name]
    expected = [p for p in condition_stops(spec, text) if 0 < p < Session(spec).program.iteration_start(ITERATIONS)]
    session, breakpoints = Session(spec), [Breakpoint(key=1, where=text)]
    assert stops_of(session, breakpoints, Direction.FORWARD) == expected
    session.seek(iteration=ITERATIONS)
    assert stops_of(session, breakpoints, Direction.BACK) == expected[::-1]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", list(SPECS))
def test_a_write_stops_behind_it_going_forward_and_before_it_going_back(name: str, address: str) -> None:
    spec = SPECS[name]
    oracle = Oracle(spec)
    oracle.watch([address])
    expected = [p for p, written, _ in oracle.writes if written == address]
    session, breakpoints = Session(spec), [Breakpoint(key=1, where=parse_address(address))]
    assert stops_of(session, breakpoints, Direction.FORWARD) == expected
    session.seek(iteration=ITERATIONS)
    assert stops_of(session, breakpoints, Direction.BACK) == [p - 1 for p in expected[::-1]]


PLACES = [
    Location(level=Level.UNIT, layer=1, unit=1, pass_=Pass.BACKWARD),
    Location(level=Level.LAYER, layer=2),
    Location(level=Level.PASS, pass_=Pass.UPDATE),
    Location(pass_=Pass.FORWARD, layer=1, kind=OperationKind.ACTIVATE, unit=0),
    Location(pass_=Pass.FORWARD, layer=1, kind=OperationKind.ACTIVATE, unit=0, sample=0),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.level.name}-{place.kind}-{place.sample}")
@pytest.mark.parametrize("name", list(SPECS))
def test_places_stop_before_each_block_that_matches(name: str, place: Location) -> None:
    spec, program = SPECS[name], Session(SPECS[name]).program
    end, position, expected = program.iteration_start(ITERATIONS), 0, list[int]()
    while position < end:
        if place.matches(program.operation(position)):
            expected.append(position)
        position = program.next_boundary(position, place.level)
    session, breakpoints = Session(spec), [Breakpoint(key=1, where=place)]
    assert stops_of(session, breakpoints, Direction.FORWARD) == [p for p in expected if p > 0]
    session.seek(iteration=ITERATIONS)
    assert stops_of(session, breakpoints, Direction.BACK) == expected[::-1]


def test_an_edge_stops_at_everything_that_reads_or_writes_it() -> None:
    spec = SPECS["mini-batch"]
    session = Session(spec)
    stops = stops_of(session, [Breakpoint(key=1, where=Edge(2, 0, 1))], Direction.FORWARD)
    first = [session.program.operation(p).kind for p in stops if p < session.program.iteration_start(1)]
    assert {OperationKind.MULTIPLY_ADD, OperationKind.ERROR_MULTIPLY_ADD, OperationKind.GRADIENT} < set(first)
    assert first[-1] is OperationKind.UPDATE


def test_hit_rules_count_from_the_start_in_both_directions() -> None:
    spec = SPECS["mini-batch"]
    text = "delta[1][0] > 0"
    every = [p for p in condition_stops(spec, text) if p > 0]
    for rule, expected in (
        (HitRule(">=", 3), every[2:]),
        (HitRule("==", 2), every[1:2]),
        (HitRule("%", 2), every[1::2]),
    ):
        session, breakpoints = Session(spec), [Breakpoint(key=1, where=text, rule=rule)]
        session.seek(iteration=1)
        later = [p for p in expected if p > session.position]
        assert stops_of(session, breakpoints, Direction.FORWARD) == later
        session.seek(iteration=ITERATIONS)
        assert stops_of(session, breakpoints, Direction.BACK) == expected[::-1]


def test_random_continues_land_where_the_oracle_says_with_the_same_bits() -> None:
    rng = random.Random(3)
    for spec in SPECS.values():
        session, plain = Session(spec), Session(spec)
        stops = {text: condition_stops(spec, text) for text in CONDITIONS[:4]}
        end = session.program.iteration_start(ITERATIONS)
        for _ in range(60):
            session.seek(position=rng.randrange(end))
            here, text = session.position, rng.choice(list(stops))
            direction = rng.choice(list(Direction))
            search = Search(session, [Breakpoint(key=1, where=text)], direction, limit=ITERATIONS)
            while not search.advance(1.0):
                pass
            later = [p for p in stops[text] if here < p < end]
            earlier = [p for p in stops[text] if 0 <= p < here]
            expected = min(later, default=end) if direction is Direction.FORWARD else max(earlier, default=0)
            assert session.position == expected
            plain.seek(position=expected)
            assert session.tape.vectors.before.tobytes() == plain.tape.vectors.before.tobytes()


def test_an_index_gives_the_same_stops() -> None:
    spec = SPECS["mini-batch"]
    text = "abs(delta[1][0]) > 0.02"
    plain = Session(spec)
    index = RangeIndex([parse_address("delta[1][0]")])
    for iteration in range(ITERATIONS):
        plain.seek(iteration=iteration)
        index.extend(plain.tape)
    session, breakpoints = Session(spec), [Breakpoint(key=1, where=text)]
    expected = stops_of(session, breakpoints, Direction.FORWARD)
    for direction in Direction:
        session.seek(iteration=0 if direction is Direction.FORWARD else ITERATIONS)
        found = stops_of(session, breakpoints, direction, index)
        assert found == (expected if direction is Direction.FORWARD else expected[::-1])


def test_cancelling_goes_back_to_where_it_began() -> None:
    session = Session(SPECS["mini-batch"])
    session.seek(position=33)
    search = Search(session, [Breakpoint(key=1, where="loss < -1")], Direction.FORWARD)
    assert not search.advance(0.01)
    assert session.iteration > 1
    search.cancel()
    assert session.position == 33
    assert search.stop is not None
    assert search.stop.kind is StopKind.CANCELLED


def test_logpoints_write_rows_and_run_on() -> None:
    session = Session(SPECS["online"])
    logpoint = Breakpoint(
        key=1, where=Location(level=Level.PASS, pass_=Pass.UPDATE), message="loss {loss} at {iteration}"
    )
    search = Search(session, [logpoint], Direction.FORWARD, limit=3)
    while not search.advance(1.0):
        pass
    losses = session.losses.values
    assert [row.text for row in search.rows] == [f"loss {losses[n]:.6g} at {n}" for n in range(3)]
    assert session.iteration == 3


def test_disabled_and_untrusted_breakpoints_do_not_stop() -> None:
    session = Session(SPECS["online"])
    off = [
        Breakpoint(key=1, where="loss > -1", is_enabled=False),
        Breakpoint(key=2, where="loss > -1", is_trusted=False),
    ]
    assert stops_of(session, off, Direction.FORWARD) == []


def test_a_nan_stops_where_it_is_made() -> None:
    spec = run_spec((2, 2, 1), (A.IDENTITY, A.IDENTITY), optimizer=OptimizerSpec(OptimizerName.SGD, 1e6))
    plain = Session(spec)
    found = plain.run_iterations(1000)
    assert found is not None
    session = Session(spec)
    search = Search(session, [Breakpoint(key=1, where=Trouble.NOT_FINITE)], Direction.FORWARD)
    while not search.advance(1.0):
        pass
    assert session.position == found.operation.position + 1


@pytest.mark.parametrize(
    ("trouble", "activation", "words"),
    [
        (Trouble.DEAD_UNIT, A.RELU, "unit 1 of layer 1 has been 0"),
        (Trouble.SATURATED_UNIT, A.SIGMOID, "unit 1 of layer 1 has a slope of almost 0"),
    ],
)
def test_dead_and_saturated_units_are_named(trouble: Trouble, activation: A, words: str) -> None:
    weights = GivenParameters((np.ones((2, 2)), np.ones((1, 2))), (np.array([0.0, -100.0]), np.zeros(1)))
    spec = replace(run_spec((2, 2, 1), (activation, A.IDENTITY), samples=4), start=weights)
    session = Session(spec)
    search = Search(session, [Breakpoint(key=1, where=trouble)], Direction.FORWARD, limit=5)
    while not search.advance(1.0):
        pass
    assert search.stop is not None
    assert search.stop.words.startswith(words)
    assert session.program.operation(session.position - 1).kind is OperationKind.ACTIVATE


@pytest.mark.parametrize("name", list(SPECS))
def test_a_goal_ends_a_search_there_at_the_latest(name: str) -> None:
    rng, spec = random.Random(5), SPECS[name]
    stops = condition_stops(spec, "abs(delta[1][0]) > 0.02")
    session = Session(spec)
    end = session.program.iteration_start(ITERATIONS)
    for _ in range(60):
        origin, goal = rng.randrange(end), rng.randrange(end)
        session.seek(position=origin)
        direction = Direction.FORWARD if goal > origin else Direction.BACK
        search = Search(session, [Breakpoint(key=1, where="abs(delta[1][0]) > 0.02")], direction, goal=goal)
        while not search.advance(0.0):
            pass
        on_the_way = [p for p in stops if (origin < p < goal if goal > origin else goal < p < origin)]
        expected = min(on_the_way, default=goal) if goal > origin else max(on_the_way, default=goal)
        assert session.position == expected
        assert search.stop is not None
        if session.position not in stops:
            assert search.stop.kind is StopKind.GOAL
