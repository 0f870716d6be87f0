"""Ten thousand moves at random, of every kind in one run, against a record of everything: same positions, same bits.

Steps of all levels both ways, seeks, continues and reverse-continues with random breakpoints, edits and branches. What is
expected comes from :mod:`tests.support.record_everything`, made once for each branch by looking at every operation.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bpstudio.model.address import parse_address
from bpstudio.model.spec import ActivationName, LossName, OptimizerName, OptimizerSpec, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.branches import DataEdit, Edit, NumberEdit, OptimizerEdit
from bpstudio.session.breakpoints import Breakpoint, HitRule, Location
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.search import Direction, Search
from bpstudio.session.session import Session
from tests.support.record_everything import Numbers, Record, ruled
from tests.support.record_everything import Written as RecordedWrite
from tests.support.specs import run_spec

A = ActivationName
ITERATIONS = 10
MOVES = 10_000
MOST_BRANCHES = 7
SPEC = run_spec(
    (2, 2, 1),
    (A.TANH, A.SIGMOID),
    samples=3,
    loss=LossName.BINARY_CROSS_ENTROPY,
    optimizer=OptimizerSpec(OptimizerName.MOMENTUM, 0.4),
    training=TrainingSpec(batch_size=2, shuffle=True),
)
EDITS: list[Edit] = [
    NumberEdit(parse_address("w[1][0,1]"), 0.75),
    NumberEdit(parse_address("b[2][0]"), -0.5),
    NumberEdit(parse_address("state.velocity.w[2][0,0]"), 0.25),
    DataEdit(2, 1, 2.5),
    OptimizerEdit(OptimizerSpec(OptimizerName.MOMENTUM, 0.9)),
]
CONDITIONS: dict[str, Callable[[Numbers, Numbers], bool]] = {
    "abs(delta[1][0]) > 0.05": lambda v, b: abs(v["delta[1][0]"]) > 0.05,
    "loss > 1.01 * previous(loss)": lambda v, b: v["loss"] > 1.01 * b["loss"],
    "a[1][1] > a[1][0] and iteration > 2": lambda v, b: v["a[1][1]"] > v["a[1][0]"] and v["iteration"] > 2,
    "w[2][0,1] > 0.98 * previous(w[2][0,1])": lambda v, b: v["w[2][0,1]"] > 0.98 * b["w[2][0,1]"],
}
PLACES = [
    Location(level=Level.UNIT, layer=1, unit=1, pass_=Pass.BACKWARD),
    Location(level=Level.PASS, pass_=Pass.UPDATE),
    Location(kind=OperationKind.DELTA, layer=2),
    Location(level=Level.EPOCH),
]
RULES = [None, None, HitRule(">=", 4), HitRule("==", 3), HitRule("%", 3)]


@dataclass
class Written:
    """A branch in full: every operation and number, where each level's blocks begin, and the bits around each update."""

    record: Record
    boundaries: dict[Level, list[int]]
    bits: list[bytes]
    lineage: list[tuple[int, Edit]]
    index: RangeIndex = field(default_factory=RangeIndex)
    hits: dict[str, list[int]] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.record.end

    def written_of(self, name: str) -> list[RecordedWrite]:
        """The writes of one number, in order."""
        return [write for write in self.record.writes if write.name == name]


def written(lineage: list[tuple[int, Edit]]) -> Written:
    """Record a branch: a session of its own makes its edits, in order, and is moved through once."""
    session = Session(SPEC)
    for fork, edit in lineage:
        session.seek(iteration=fork)
        session.edit(edit)
    record = Record(session.spec, ITERATIONS, session=session)
    bits = []
    for iteration in range(ITERATIONS):
        session.seek(iteration=iteration)
        bits.append(bits_of(session))
    boundaries = {level: blocks(record, level) for level in Level}
    return Written(record, boundaries, bits, lineage)


def bits_of(session: Session) -> bytes:
    return session.tape.vectors.before.tobytes() + session.tape.vectors.after.tobytes()


def blocks(record: Record, level: Level) -> list[int]:
    """Where the blocks of a level begin: wherever one of the names of an operation, down to that level, changes."""
    names = [
        (o.epoch, o.iteration, o.sample, o.pass_, o.layer, o.unit, o.position)[: int(level) + 1]
        for o in record.operations
    ]
    return [p for p, name in enumerate(names) if p == 0 or name != names[p - 1]] + [record.end]


def after(positions: list[int], here: int) -> int | None:
    return next((p for p in positions if p > here), None)


def before(positions: list[int], here: int) -> int | None:
    return next((p for p in reversed(positions) if p < here), None)


def stepped(branch: Written, here: int, move: str, level: Level) -> int | None:
    """Where a step must lead; None where it leaves the record."""
    reach = {"into": level.finer, "over": level, "out": level.coarser}[move.removeprefix("back ")]
    positions = branch.boundaries[reach]
    if move.startswith("back"):
        return 0 if here == 0 else before(positions, here)
    return after(positions, here)


STEPS: dict[str, Callable[[Session, Level], int]] = {
    "over": Session.step,
    "into": Session.step_into,
    "out": Session.step_out,
    "back over": Session.step_back,
    "back into": Session.step_back_into,
    "back out": Session.step_back_out,
}


def breakpoint_at_random(branch: Written, rng: random.Random, key: int) -> tuple[Breakpoint, list[int], list[int]]:
    """A breakpoint with all the positions where it must stop, forward and back."""
    rule, record = rng.choice(RULES), branch.record
    kind = rng.randrange(3)
    if kind == 0:
        place = rng.choice(PLACES)
        if str(place) not in branch.hits:
            starts = branch.boundaries[place.level][:-1]
            branch.hits[str(place)] = [p for p in starts if place.matches(record.operations[p])]
        found = ruled(branch.hits[str(place)], rule)
        return Breakpoint(key=key, where=place, rule=rule), found, found
    if kind == 1:
        text = rng.choice(list(CONDITIONS))
        if text not in branch.hits:
            branch.hits[text] = record.becoming_true(CONDITIONS[text])
        found = ruled(branch.hits[text], rule)
        return Breakpoint(key=key, where=text, rule=rule), found, found
    name = rng.choice([name for name in record.names() if "[" in name])
    found = ruled(record.writes_of(name), rule)
    return Breakpoint(key=key, where=parse_address(name), rule=rule), found, [p - 1 for p in found]


def continued(session: Session, branch: Written, rng: random.Random) -> int:
    """Continue, forward or back, with one to three breakpoints; returns where the record says that it must stop."""
    some = [breakpoint_at_random(branch, rng, key) for key in range(rng.choice([1, 1, 2, 3]))]
    here, direction = session.position, rng.choice(list(Direction))
    index = branch.index if rng.random() < 0.5 else RangeIndex()
    search = Search(session, [one[0] for one in some], direction, limit=ITERATIONS, index=index)
    if rng.random() < 0.05:
        search.advance(0.0)
        search.cancel()
        return here
    while not search.advance(0.01):
        pass
    if direction is Direction.FORWARD:
        return min([p for _, found, _ in some for p in found if here < p < branch.end], default=branch.end)
    return max([p for _, _, found in some for p in found if p < here], default=0)


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is short: so are the stretches that are scanned or ruled out at once, and few states are kept."""
    monkeypatch.setattr("bpstudio.session.search.CHUNK", 1)
    monkeypatch.setattr("bpstudio.session.search.LONGEST_CHUNK", 2)
    monkeypatch.setattr("bpstudio.session.screen.BLOCKS", (3, 1))
    monkeypatch.setattr("bpstudio.session.history.MOST_CHECKPOINTS", 4)


def test_ten_thousand_moves_of_every_kind_land_where_the_record_says_with_the_same_bits() -> None:
    rng, session = random.Random(20), Session(SPEC)
    branches = {0: written([])}
    counts: dict[str, int] = {}
    for _ in range(MOVES):
        branch, here, chance = branches[session.branch.key], session.position, rng.random()
        expected: int | None = here
        if chance < 0.55:
            kind, level = rng.choice(list(STEPS)), rng.choice(list(Level))
            expected = stepped(branch, here, kind, level)
            if expected is None:
                continue
            STEPS[kind](session, level)
        elif chance < 0.75:
            kind, expected = "seek", rng.randrange(branch.end)
            session.seek(position=expected)
        elif chance < 0.95:
            kind, expected = "continue", continued(session, branch, rng)
        elif chance < 0.985 or len(branches) >= MOST_BRANCHES:
            kind, key = "switch", rng.choice(list(branches))
            expected = session.switch_branch(key)
            branch = branches[key]
        else:
            kind, edit = "edit", rng.choice(EDITS)
            fork = session.iteration
            made = session.edit(edit)
            shared = [] if made.parent is None else branches[made.parent].lineage
            branch = branches[made.key] = written([*shared, (fork, edit)])
            expected = session.program.iteration_start(fork)
        counts[kind] = counts.get(kind, 0) + 1
        assert session.position == expected, (kind, here, session.branch)
        if session.position >= branch.end:
            session.seek(position=rng.randrange(branch.end))
        check(session, branch, rng)
    assert sum(counts.values()) > 0.95 * MOVES
    assert min(counts[kind] for kind in ("edit", "switch", "seek", "continue", *STEPS)) >= MOST_BRANCHES - 1


def check(session: Session, branch: Written, rng: random.Random) -> None:
    """The next operation, the bits around the update, and one weight as it stands here."""
    assert session.operation == branch.record.operations[session.position]
    assert bits_of(session) == branch.bits[session.iteration]
    name = rng.choice(["w[1][0,1]", "w[2][0,0]", "b[1][1]", "state.velocity.w[2][0,1]"])
    iteration_start = session.program.iteration_start(session.iteration)
    last = [w for w in branch.written_of(name) if w.position <= session.position]
    if last and last[-1].position > iteration_start:
        assert session.value(name) == last[-1].value
