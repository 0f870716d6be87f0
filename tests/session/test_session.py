"""Moves through a run: exact inverses, one state per position, whatever way one came."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.errors import AddressError, PositionError
from bpstudio.model.passes import Engine
from bpstudio.model.spec import OptimizerName, OptimizerSpec, RunSpec, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

ADAM = OptimizerSpec(OptimizerName.ADAM, 0.05)


def adam_session(**options: object) -> Session:
    training = TrainingSpec(batch_size=2, shuffle=True)
    return Session(run_spec(samples=5, optimizer=ADAM, training=training), **options)  # type: ignore[arg-type]


def fingerprint(session: Session) -> tuple[object, ...]:
    """Everything a position decides: place, parameters with state, and the tape."""
    tape = session.tape
    layers = [a.tobytes() for layer in tape.layers for a in (layer.pre_activation, layer.activation, layer.delta)]
    return (
        session.position,
        session.operation,
        session.array("w[1]").tobytes(),
        tape.vectors.before.tobytes(),
        tape.vectors.after.tobytes(),
        tape.vectors.gradient.tobytes(),
        tape.rows.tobytes(),
        np.float64(tape.losses.total).tobytes(),
        *layers,
    )


@given(run_specs(most_units=3, most_samples=4), st.integers(0, 10**9))
@settings(max_examples=60)
def test_a_random_walk_returns_to_the_same_bits(spec: RunSpec, seed: int) -> None:
    session = Session(spec)
    walk = random.Random(seed)
    seen: dict[int, tuple[object, ...]] = {}
    for _ in range(40):
        level = walk.choice(list(Level))
        move = walk.choice([session.step, session.step, session.step_back, session.step_out, session.step_back_out])
        move(level)
        if walk.random() < 0.2:
            session.seek(position=walk.randrange(0, 3 * session.program.epoch_size))
        found = fingerprint(session)
        assert seen.setdefault(session.position, found) == found


@given(run_specs(most_units=3, most_samples=4))
@settings(max_examples=40)
def test_step_back_after_step_restores_every_bit(spec: RunSpec) -> None:
    session = Session(spec)
    for level in Level:
        session.seek(position=0)
        for _ in range(3):
            before = fingerprint(session)
            session.step(level)
            session.step_back(level)
            assert fingerprint(session) == before
            session.step(level)


def test_stepping_and_running_at_once_and_afresh_give_the_same_bits() -> None:
    stepped, sought, engine = adam_session(), adam_session(), Engine(adam_session().spec)
    while stepped.iteration < 9:
        stepped.step(Level.OPERATION)
    sought.seek(iteration=9)
    engine.iterate(9)
    assert stepped.engine.state().tobytes() == sought.engine.state().tobytes() == engine.state().tobytes()


def test_losses_are_known_for_every_iteration_passed() -> None:
    session = adam_session()
    session.seek(iteration=50)
    assert session.losses.count == 50
    for iteration in (0, 17, 49):
        session.seek(iteration=iteration)
        assert session.tape.losses.total == session.losses.values[iteration]


def test_a_small_budget_thins_checkpoints_and_changes_no_bit() -> None:
    tight, roomy = adam_session(budget=4_000), adam_session()
    for session in (tight, roomy):
        session.seek(iteration=700)
        session.seek(iteration=123)
    assert tight.history.nbytes <= 4_000 < roomy.history.nbytes
    assert fingerprint(tight) == fingerprint(roomy)


def test_a_cancelled_seek_returns_to_where_it_began() -> None:
    session = adam_session()
    session.seek(position=777)
    before = fingerprint(session)
    asked: list[int] = []

    def is_cancelled(iteration: int) -> bool:
        asked.append(iteration)
        return iteration > 2_000

    assert session.seek(iteration=100_000, is_cancelled=is_cancelled) == 777
    assert asked and fingerprint(session) == before


def test_a_value_exists_from_its_operation_on() -> None:
    session = Session(run_spec())
    while session.operation.kind is not OperationKind.DELTA:
        session.step()
    address = str(session.operation.address)
    assert session.value(address) is None
    session.step()
    assert session.value(address) == session.tape.value(address, 0)
    session.step_back()
    assert session.value(address) is None


def test_an_array_is_nan_where_nothing_is_computed_yet() -> None:
    session = Session(run_spec())
    session.step(Level.UNIT)
    z = session.array("z[1]")
    assert np.isfinite(z[0]) and np.isnan(z[1:]).all()
    with pytest.raises(ValueError, match="read-only"):
        z[0] = 1.0


def test_weights_turn_new_entry_by_entry_during_the_update() -> None:
    session = Session(run_spec())
    while session.operation.kind is not OperationKind.UPDATE:
        session.step()
    old = session.array("w[1]").copy()
    session.step()
    changed = session.array("w[1]") != old
    assert changed.sum() == 1 and changed[0, 0]
    session.seek(iteration=1)
    assert (session.array("w[1]") != old).all()


def test_unfolding_keeps_the_unit_and_every_number() -> None:
    spec = run_spec(activations=None, loss="binary_cross_entropy")  # type: ignore[arg-type]
    session = Session(spec)
    session.step("sample")
    session.step_back("unit")
    before, value = session.operation, session.value("delta[1][0]")
    session.set_unfolded(True)
    assert (session.operation.layer, session.operation.unit) == (before.layer, before.unit)
    assert session.value("delta[1][0]") == value
    session.set_unfolded(False)
    assert session.operation == before


@pytest.mark.parametrize("target", [{"position": -1}, {"iteration": -1}, {}, {"position": 1, "iteration": 1}])
def test_an_impossible_seek_is_refused_and_stays(target: dict[str, int]) -> None:
    session = Session(run_spec())
    session.seek(position=12)
    with pytest.raises(PositionError):
        session.seek(**target)  # type: ignore[arg-type]
    assert session.position == 12


def test_stepping_back_at_the_start_stays() -> None:
    session = Session(run_spec())
    for level in Level:
        assert session.step_back(level) == 0
        assert session.step_back_out(level) == 0


def test_an_unknown_address_says_what_the_run_has() -> None:
    session = Session(run_spec())
    with pytest.raises(AddressError, match="expected 1 to 2"):
        session.value("delta[9][0]")
