"""Checkpoints: verified on every crossing, damage found, named and mended; a budget that holds."""

import numpy as np
import pytest

from bpstudio.model.spec import OptimizerName, OptimizerSpec
from bpstudio.session.history import History, checksum_of
from bpstudio.session.session import Session
from tests.support.specs import run_spec

SPEC = run_spec((2, 3, 1), optimizer=OptimizerSpec(OptimizerName.ADAM, 0.05))
ITERATIONS = 40


def trained() -> Session:
    session = Session(SPEC)
    session.run_iterations(ITERATIONS)
    return session


def state_at(iteration: int) -> bytes:
    session = Session(SPEC)
    session.seek(iteration=iteration)
    return session.engine.state().tobytes()


def test_a_replay_that_comes_by_checkpoints_verifies_them() -> None:
    session = Session(SPEC, budget=6 * 3 * 8 * 13)
    session.run_iterations(ITERATIONS)
    assert session.history.stride > 1
    session.seek(iteration=3)
    session.run_iterations(30)
    assert session.history.verified >= 2
    assert session.history.damages == []


@pytest.mark.parametrize("iteration", range(0, ITERATIONS + 1, 3))
def test_a_flipped_bit_is_found_named_and_mended(iteration: int) -> None:
    session = trained()
    stored = session.history._states[iteration].state
    stored.view(np.uint8)[5] ^= 16
    if iteration < ITERATIONS:
        session.seek(iteration=min(ITERATIONS, iteration + 1))
        session.seek(iteration=0)
    session.seek(iteration=iteration)
    assert session.engine.state().tobytes() == state_at(iteration)
    session.seek(iteration=0)
    session.run_iterations(ITERATIONS)
    assert session.engine.state().tobytes() == state_at(ITERATIONS)
    assert [damage.iteration for damage in session.history.damages] == [iteration]
    assert "damaged" in session.history.damages[0].words
    assert all(checkpoint.is_whole for checkpoint in session.history._states.values())


def test_a_state_that_comes_out_otherwise_is_reported() -> None:
    session = trained()
    wrong = session.history._states[8].state + 1e-9
    session.history._states[8] = type(session.history._states[8])(wrong, checksum_of(wrong))
    session.seek(iteration=7)
    session.run_iterations(3)
    assert [damage.iteration for damage in session.history.damages] == [8]
    assert "differs" in session.history.damages[0].words
    session.seek(iteration=8)
    assert session.engine.state().tobytes() == state_at(8)


def test_every_nan_has_the_same_checksum() -> None:
    one, other = np.array([1.0, np.nan]), np.array([1.0, np.nan])
    other.view(np.uint64)[1] ^= 1 << 63
    assert checksum_of(one) == checksum_of(other)


def test_checkpoints_stay_within_the_budget_and_the_stride_doubles() -> None:
    state = np.zeros(100)
    history = History(state.copy, budget=20_000)
    for iteration in range(1, 5000):
        history.pass_by(iteration, state.copy)
    assert history.nbytes <= 20_000
    assert history.stride == 512
    assert history.iterations[0] == 0
    assert set(np.diff(history.iterations)) == {history.stride}
