"""Continue and reverse-continue, at random, in many kinds of runs: always where a record of everything says, same bits."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bpstudio.model.address import parse_address
from bpstudio.model.spec import (
    ActivationName,
    BiasSpec,
    LossName,
    OptimizerName,
    OptimizerSpec,
    Order,
    PenaltySpec,
    TrainingSpec,
    UpdateRule,
)
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.breakpoints import Breakpoint, HitRule, Location, StopKind
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.search import Direction, Search
from bpstudio.session.session import Session
from tests.support.record_everything import Numbers, Record, ruled
from tests.support.specs import run_spec

A = ActivationName
ITERATIONS = 11
ADAM = OptimizerSpec(OptimizerName.ADAM, 0.3)
MOMENTUM = OptimizerSpec(OptimizerName.MOMENTUM, 0.2, clip_norm=0.5)
PLAIN_SGD = OptimizerSpec(OptimizerName.SGD, 0.5)
SPECS = {
    "shuffled mini-batches with a remainder": (
        run_spec(
            (2, 2, 1), (A.TANH, A.SIGMOID), samples=5, optimizer=ADAM, training=TrainingSpec(batch_size=2, shuffle=True)
        ),
        False,
    ),
    "softmax with cross-entropy": (
        run_spec((2, 2, 2), (A.RELU, A.SOFTMAX), samples=3, loss=LossName.CROSS_ENTROPY, optimizer=PLAIN_SGD),
        False,
    ),
    "a matched pair unfolded": (
        run_spec((2, 2, 1), (A.SIGMOID, A.SIGMOID), samples=2, loss=LossName.BINARY_CROSS_ENTROPY, optimizer=ADAM),
        True,
    ),
    "softmax below, layer by layer": (
        run_spec(
            (2, 2, 2),
            (A.SOFTMAX, A.TANH),
            samples=3,
            optimizer=MOMENTUM,
            training=TrainingSpec(order=Order.LAYER_MAJOR, batch_size=2),
        ),
        False,
    ),
    "output first, with penalty": (
        run_spec(
            (2, 2, 1),
            (A.TANH, A.IDENTITY),
            samples=3,
            penalty=PenaltySpec(l2=0.1),
            optimizer=PLAIN_SGD,
            training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST),
        ),
        False,
    ),
    "online, a fixed bias": (
        run_spec(
            (2, 2, 1),
            (A.TANH, A.IDENTITY),
            samples=3,
            biases=(BiasSpec(True, False), BiasSpec()),
            training=TrainingSpec(batch_size=1),
        ),
        False,
    ),
}
CONDITIONS: dict[str, Callable[[Numbers, Numbers], bool]] = {
    "abs(delta[1][0]) > 0.02": lambda v, b: abs(v["delta[1][0]"]) > 0.02,
    "loss < previous(loss)": lambda v, b: v["loss"] < b["loss"],
    "loss < previous(loss) and iteration >= 0": lambda v, b: v["loss"] < b["loss"] and v["iteration"] >= 0,
    "changed(iteration) and previous(dw[1][0,1]) > dw[1][0,1]": lambda v, b: (
        v["iteration"] != b["iteration"] and b["dw[1][0,1]"] > v["dw[1][0,1]"]
    ),
    "a[1][1] > a[1][0]": lambda v, b: v["a[1][1]"] > v["a[1][0]"],
    "w[2][0,1] > 0.98 * previous(w[2][0,1])": lambda v, b: v["w[2][0,1]"] > 0.98 * b["w[2][0,1]"],
    "sample == 1 or not z[1][0] >= 0": lambda v, b: v["sample"] == 1 or not v["z[1][0]"] >= 0,
    "iteration % 3 == 1 and dw[1][0,1] * dw[1][1,1] < 0": lambda v, b: (
        v["iteration"] % 3 == 1 and v["dw[1][0,1]"] * v["dw[1][1,1]"] < 0
    ),
    "0.1 < abs(sample_dw[1][0,0]) <= 0.3": lambda v, b: 0.1 < abs(v["sample_dw[1][0,0]"]) <= 0.3,
    "step_w[2][0,0] < 0 and sample_loss > loss": lambda v, b: v["step_w[2][0,0]"] < 0 and v["sample_loss"] > v["loss"],
}
PLACES = [
    Location(level=Level.UNIT, layer=1, unit=1, pass_=Pass.BACKWARD),
    Location(level=Level.LAYER, layer=2),
    Location(level=Level.PASS, pass_=Pass.UPDATE),
    Location(kind=OperationKind.DELTA),
    Location(level=Level.EPOCH),
    Location(kind=OperationKind.ACTIVATE, sample=1),
]
RULES = [None, None, None, HitRule(">=", 5), HitRule("==", 3), HitRule("%", 4)]


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of these tests are short: so are the stretches that are scanned or ruled out at once."""
    monkeypatch.setattr("bpstudio.session.search.CHUNK", 1)
    monkeypatch.setattr("bpstudio.session.search.LONGEST_CHUNK", 2)
    monkeypatch.setattr("bpstudio.session.screen.BLOCKS", (3, 1))


@dataclass
class Expected:
    """A breakpoint with the positions where it must stop, forward and back."""

    breakpoint: Breakpoint
    forward: list[int]
    back: list[int]


@pytest.fixture(scope="module", params=list(SPECS))
def record(request: pytest.FixtureRequest) -> Record:
    spec, is_unfolded = SPECS[request.param]
    return Record(spec, ITERATIONS, is_unfolded)


def session_of(record: Record) -> Session:
    return Session(record.program.spec, is_unfolded=record.program.is_unfolded)


def expected_of(record: Record, rng: random.Random, key: int) -> Expected:
    rule = rng.choice(RULES)
    match rng.randrange(3):
        case 0:
            place = rng.choice(PLACES)
            positions, position = [], 0
            while position < record.end:
                if place.matches(record.operations[position]):
                    positions.append(position)
                position = record.program.next_boundary(position, place.level)
            found = ruled(positions, rule)
            return Expected(Breakpoint(key=key, where=place, rule=rule), found, found)
        case 1:
            text = rng.choice(list(CONDITIONS))
            found = ruled(record.becoming_true(CONDITIONS[text]), rule)
            return Expected(Breakpoint(key=key, where=text, rule=rule), found, found)
        case _:
            name = rng.choice([name for name in record.names() if "[" in name])
            found = ruled(record.writes_of(name), rule)
            made = Breakpoint(key=key, where=parse_address(name), rule=rule)
            return Expected(made, found, [position - 1 for position in found])


def search(
    session: Session, breakpoints: list[Breakpoint], direction: Direction, index: RangeIndex | None = None
) -> StopKind:
    found = Search(session, breakpoints, direction, limit=ITERATIONS, index=index)
    while not found.advance(0.0):
        pass
    assert found.stop is not None
    assert found.stop.position == session.position
    return found.stop.kind


def test_random_continues_with_several_breakpoints_stop_where_the_record_says(record: Record) -> None:
    rng = random.Random(11)
    session, plain = session_of(record), session_of(record)
    for _ in range(60):
        some = [expected_of(record, rng, key) for key in range(rng.choice([1, 1, 2, 3]))]
        session.seek(position=rng.randrange(record.end))
        for _ in range(4):
            here, direction = session.position, rng.choice(list(Direction))
            search(session, [one.breakpoint for one in some], direction)
            if direction is Direction.FORWARD:
                later = [p for one in some for p in one.forward if here < p < record.end]
                assert session.position == min(later, default=max(here, record.end)), (some, here)
            else:
                earlier = [p for one in some for p in one.back if p < here]
                assert session.position == max(earlier, default=0), (some, here)
            plain.seek(position=session.position)
            assert session.engine.state().tobytes() == plain.engine.state().tobytes()


@pytest.mark.parametrize("text", list(CONDITIONS))
def test_what_is_recorded_rules_out_nothing_that_is_hit(record: Record, text: str) -> None:
    session, index = session_of(record), RangeIndex()
    expected = [p for p in record.becoming_true(CONDITIONS[text]) if 0 < p < record.end]
    breakpoints = [Breakpoint(key=1, where=text)]
    while search(session, breakpoints, Direction.FORWARD, index) is StopKind.BREAKPOINT:
        pass  # the first time through, everything that the condition reads is recorded
    back = []
    while search(session, breakpoints, Direction.BACK, index) is StopKind.BREAKPOINT:
        back.append(session.position)
    forward = []
    while search(session, breakpoints, Direction.FORWARD, index) is StopKind.BREAKPOINT:
        forward.append(session.position)
    assert forward == back[::-1] == expected


def test_every_number_that_is_written_can_be_stopped_at(record: Record) -> None:
    session = session_of(record)
    for name in record.names():
        if "[" not in name:
            continue
        session.seek(iteration=3)
        search(session, [Breakpoint(key=1, where=parse_address(name))], Direction.FORWARD)
        assert session.position == min(p for p in record.writes_of(name) if p > record.program.iteration_start(3)), name
