"""Branches: edits fork the run, the past is shared, the old future stays, bits are those of a run of its own."""

import random
from dataclasses import replace

import numpy as np
import pytest

from bpstudio.model.address import parse_address
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, LossName, LossSpec, OptimizerName, OptimizerSpec, RunSpec, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.session.branches import DataEdit, Edit, EditError, LossEdit, NumberEdit, OptimizerEdit
from bpstudio.session.session import Session
from tests.support.specs import run_spec

A = ActivationName
SPEC = run_spec(
    (2, 3, 2),
    (A.TANH, A.SIGMOID),
    samples=5,
    loss=LossName.BINARY_CROSS_ENTROPY,
    optimizer=OptimizerSpec(OptimizerName.MOMENTUM, 0.1),
    training=TrainingSpec(batch_size=2, shuffle=True),
)
EDITS: list[Edit] = [
    NumberEdit(parse_address("w[1][0,1]"), 0.75),
    NumberEdit(parse_address("b[2][1]"), -0.5),
    NumberEdit(parse_address("state.velocity.w[2][0,0]"), 0.25),
    DataEdit(3, 1, 2.5),
    DataEdit(0, 0, 0.9, is_target=True),
    OptimizerEdit(OptimizerSpec(OptimizerName.MOMENTUM, 0.9)),
    OptimizerEdit(OptimizerSpec(OptimizerName.ADAM, 0.01)),
    LossEdit(LossSpec(LossName.SQUARED_ERROR, 0.5)),
]


def state(session: Session) -> bytes:
    return session.tape.vectors.before.tobytes() + session.tape.vectors.after.tobytes()


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.words)
def test_an_edit_takes_effect_at_the_start_of_its_iteration_and_the_past_is_shared(edit: Edit) -> None:
    session, plain = Session(SPEC), Session(SPEC)
    session.run_iterations(12)
    session.seek(iteration=7)
    session.step(Level.UNIT)
    if isinstance(edit, DataEdit):  # a row that this iteration uses
        edit = replace(edit, row=int(session.tape.rows[0]))
    branch = session.edit(edit)
    assert (branch.fork, branch.parent, session.iteration) == (7, 0, 7)
    assert session.position == session.program.iteration_start(7)
    changed = state(session)
    plain.seek(iteration=7)
    assert changed != state(plain)
    session.step_back(Level.OPERATION)
    plain.seek(iteration=6)
    assert state(session) == state(plain)
    session.step(Level.OPERATION)
    assert state(session) == changed


def test_the_old_future_stays_and_can_be_gone_back_to() -> None:
    session, plain = Session(SPEC), Session(SPEC)
    session.run_iterations(12)
    session.seek(iteration=7)
    session.edit(NumberEdit(parse_address("w[1][0,0]"), 3.0))
    session.run_iterations(5)
    session.switch_branch(0)
    plain.seek(iteration=12)
    assert session.iteration == 12
    assert state(session) == state(plain)
    assert session.losses.values[:12].tobytes() == plain.losses.values[:12].tobytes()


def test_a_branch_has_the_bits_of_a_run_that_starts_there() -> None:
    session = Session(SPEC)
    session.seek(iteration=9)
    session.edit(NumberEdit(parse_address("w[2][1,2]"), -1.0))
    vector = session.engine.state()
    session.run_iterations(20)
    engine = Engine(SPEC)
    engine.load(9, vector)
    engine.iterate(20)
    assert session.engine.state().tobytes() == engine.state().tobytes()


def test_another_optimizer_changes_how_long_iterations_are_from_the_fork_on() -> None:
    session = Session(SPEC)
    session.seek(iteration=4)
    session.edit(OptimizerEdit(OptimizerSpec(OptimizerName.ADAM, 0.01)))
    program, old = session.program, Session(SPEC).program
    assert [program.iteration_start(n) for n in range(5)] == [old.iteration_start(n) for n in range(5)]
    assert program.iteration_start(6) - program.iteration_start(5) > old.iteration_start(6) - old.iteration_start(5)
    position = 0
    while position < program.iteration_start(7):
        assert program.iteration_start(program.iteration_at(position)) <= position
        assert program.operation(position).position == position
        assert program.previous_boundary(program.next_boundary(position, Level.UNIT), Level.UNIT) <= position
        position += 1


def test_velocity_is_kept_where_both_rules_have_it_and_new_state_starts_at_zero() -> None:
    session = Session(SPEC)
    session.seek(iteration=5)
    velocity = session.array("state.velocity.w[1]").copy()
    session.edit(OptimizerEdit(OptimizerSpec(OptimizerName.MOMENTUM, 0.5)))
    assert session.array("state.velocity.w[1]").tobytes() == velocity.tobytes()
    session.edit(OptimizerEdit(OptimizerSpec(OptimizerName.ADAM, 0.5)))
    assert not session.array("state.mean.w[1]").any()


def test_branches_are_named_and_deleted_with_all_that_grew_on_them() -> None:
    session = Session(SPEC)
    session.seek(iteration=3)
    first = session.edit(NumberEdit(parse_address("w[1][0,0]"), 1.0))
    session.run_iterations(4)
    second = session.edit(NumberEdit(parse_address("w[1][0,0]"), 2.0))
    assert second.parent == first.key
    session.rename_branch(first.key, "higher")
    assert [branch.name for branch in session.branches][1] == "higher"
    session.delete_branch(first.key)
    assert [branch.key for branch in session.branches] == [0]
    assert session.branch.key == 0
    assert session.iteration == 3
    with pytest.raises(EditError):
        session.delete_branch(0)


def test_an_edit_before_the_fork_grows_on_the_shared_past() -> None:
    session = Session(SPEC)
    session.seek(iteration=6)
    session.edit(NumberEdit(parse_address("w[1][0,0]"), 1.0))
    session.seek(iteration=2)
    branch = session.edit(NumberEdit(parse_address("w[1][0,0]"), 2.0))
    assert (branch.parent, branch.fork) == (0, 2)


def test_the_first_difference_of_two_branches_is_the_first_number_the_edit_reaches() -> None:
    session = Session(SPEC)
    session.seek(iteration=3)
    branch = session.edit(NumberEdit(parse_address("w[2][1,0]"), 0.3))
    session.step(Level.UNIT)
    here, comparison = session.position, session.comparison(0, branch.key)
    while not comparison.advance(0.0):
        pass
    found = comparison.found
    assert found is not None
    assert session.position == here
    operation = session.program.operation(found.other_position)
    assert (operation.iteration, str(operation.address), found.sample) == (3, "z[2][1]", 0)
    assert (found.address, found.other_value) == (operation.address, session.tape.value("z[2][1]", 0))
    plain = Session(SPEC)
    plain.seek(iteration=3)
    assert found.value == plain.tape.value("z[2][1]", 0) != found.other_value
    alone = session.comparison(branch.key, branch.key)
    assert alone.advance(0.0)
    assert alone.found is None


def test_branches_that_are_alike_have_no_difference() -> None:
    session = Session(SPEC)
    session.seek(iteration=3)
    weight = session.tape.value("w[2][1,0]")
    branch = session.edit(NumberEdit(parse_address("w[2][1,0]"), weight))
    comparison = session.comparison(0, branch.key)
    assert not comparison.advance(0.0)
    assert comparison.advance(60.0)
    assert comparison.found is None


def parameters(session: Session, key: int, iteration: int) -> bytes:
    found = session.parameters_of(key, iteration)
    assert found is not None
    return found.tobytes()


def test_the_parameters_of_another_branch_are_those_it_has_there() -> None:
    session, plain = Session(SPEC), Session(SPEC)
    session.seek(iteration=3)
    branch = session.edit(NumberEdit(parse_address("w[2][1,0]"), 0.3))
    session.run_iterations(9)
    size = plain.engine.layout.size
    for iteration in (7, 8, 2, 11, 3):
        plain.seek(iteration=iteration)
        assert parameters(session, 0, iteration) == plain.engine.state()[:size].tobytes()
        session.switch_branch(branch.key, session.program.iteration_start(iteration))
        assert parameters(session, branch.key, iteration) == session.engine.state()[:size].tobytes()


def test_what_is_far_is_approached_in_short_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpstudio.session.differences.MOST_PRODUCTS", 0)
    session, plain = Session(SPEC), Session(SPEC)
    session.run_iterations(3)
    session.edit(NumberEdit(parse_address("w[2][1,0]"), 0.3))
    session.run_iterations(60)
    here = session.position
    assert session.parameters_of(0, 50) is None
    assert sum(1 for _ in session.approach(0, 50)) > 1
    plain.seek(iteration=50)
    assert parameters(session, 0, 50) == plain.engine.state()[: plain.engine.layout.size].tobytes()
    assert session.position == here
    assert session.losses_of(0)[:50].tobytes() == plain.losses.values[:50].tobytes()


@pytest.mark.parametrize(
    "edit",
    [
        NumberEdit(parse_address("delta[1][0]"), 1.0),
        NumberEdit(parse_address("w[9][0,0]"), 1.0),
        NumberEdit(parse_address("w[1][9,0]"), 1.0),
        NumberEdit(parse_address("state.mean.w[1][0,0]"), 1.0),
        DataEdit(99, 0, 1.0),
    ],
)
def test_what_cannot_be_edited_is_said_and_nothing_changes(edit: Edit) -> None:
    session = Session(SPEC)
    session.seek(iteration=2)
    with pytest.raises(EditError):
        session.edit(edit)
    assert len(session.branches) == 1


class Record:
    """Every branch recorded by plain stepping of engines of its own: state before each iteration."""

    def __init__(self, spec: RunSpec) -> None:
        self.states: dict[int, list[bytes]] = {0: self._run(spec, 0, None, [])}

    def _run(self, spec: RunSpec, fork: int, start: np.ndarray | None, past: list[bytes]) -> list[bytes]:
        engine = Engine(spec)
        if start is not None:
            engine.load(fork, start)
        states = past[:fork]
        for _ in range(fork, 30):
            states.append(engine.state().tobytes())
            engine.advance()
        return states

    def fork(self, key: int, parent: int, spec: RunSpec, fork: int, start: np.ndarray) -> None:
        """Record a new branch."""
        self.states[key] = self._run(spec, fork, start, self.states[parent])


def test_ten_thousand_random_moves_land_with_the_bits_of_the_record() -> None:
    rng = random.Random(11)
    session, record = Session(SPEC), Record(SPEC)
    moves = [
        session.step,
        session.step_back,
        session.step_into,
        session.step_back_into,
        session.step_out,
        session.step_back_out,
    ]
    for count in range(10_000):
        kind = rng.random()
        before = session.position
        if kind < 0.7:
            move = rng.choice(moves)
            move(rng.choice(list(Level)))
        elif kind < 0.9:
            session.seek(position=rng.randrange(session.program.iteration_start(28)))
        elif kind < 0.97 or len(session.branches) > 12:
            session.switch_branch(rng.choice(session.branches).key)
        else:
            edit = rng.choice(EDITS[:2] + EDITS[3:7])
            parent_spec, fork = session.spec, session.iteration
            branch = session.edit(edit)
            assert branch.fork == fork
            assert parent_spec.network == session.spec.network
            record.fork(branch.key, branch.parent or 0, session.spec, fork, session.engine.state())
        if session.iteration >= 28:
            session.seek(iteration=rng.randrange(28))
        assert session.tape.vectors.before.tobytes() == record.states[session.branch.key][session.iteration], (
            count,
            before,
        )
        assert session.program.operation(session.position).iteration == session.iteration


def test_a_spec_is_replaced_never_changed() -> None:
    session = Session(SPEC)
    session.edit(DataEdit(1, 0, 9.0))
    assert SPEC.dataset.inputs[1, 0] != 9.0
    assert session.spec == replace(SPEC, dataset=session.spec.dataset)


def test_a_branch_is_computed_in_short_moves_before_it_is_switched_to() -> None:
    session, plain = Session(SPEC), Session(SPEC)
    session.run_iterations(3)
    branch = session.edit(NumberEdit(parse_address("w[2][1,0]"), 0.3))
    session.run_iterations(60)
    here, before = session.position, state(session)
    assert sum(1 for _ in session.approach_branch(0)) > 1
    assert (session.position, session.branch.key, state(session)) == (here, branch.key, before)
    session.switch_branch(0)
    plain.seek(iteration=63)
    assert session.iteration == 63
    assert state(session) == state(plain)
    assert session.losses.values[:63].tobytes() == plain.losses.values[:63].tobytes()
