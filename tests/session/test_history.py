"""Checkpoints: verified on every crossing, damage found, named and mended; a budget that holds."""

import numpy as np
import pytest

from bpstudio.model.address import parse_address
from bpstudio.model.spec import OptimizerName, OptimizerSpec
from bpstudio.session.branches import NumberEdit
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


def test_pinned_states_stay_whatever_the_stride_and_are_the_way_back() -> None:
    session = Session(SPEC, budget=12 * 3 * 8 * 13)
    session.seek(iteration=5)
    session.pin(session.position)
    session.run_iterations(400)
    assert session.history.stride > 5
    assert 5 in session.history.pinned
    session.seek(iteration=0)
    assert session.replay_start(7) == 5
    session.seek(iteration=7)
    assert session.engine.state().tobytes() == state_at(7)
    session.unpin(session.program.iteration_start(5))
    assert session.history.pinned == (405,)


def test_a_pin_where_the_run_is_not_waits_until_it_comes_by() -> None:
    session = Session(SPEC, budget=12 * 3 * 8 * 13)
    session.run_iterations(400)
    session.pin(session.program.iteration_start(37))
    session.seek(iteration=36)
    session.seek(iteration=50)
    session.seek(iteration=0)
    assert session.replay_start(38) == 37
    assert session.history.nearest(37)[1].tobytes() == state_at(37)


def test_the_furthest_point_is_kept_when_it_is_left() -> None:
    session = Session(SPEC, budget=12 * 3 * 8 * 13)
    session.run_iterations(399)
    assert 399 % session.history.stride
    session.seek(iteration=2)
    assert session.replay_start(399) == 399
    session.seek(iteration=399)
    assert session.engine.state().tobytes() == state_at(399)


@pytest.mark.parametrize("name", ["_trail", "_live", "_pinned"])
def test_a_flipped_bit_in_any_kept_state_is_found_named_and_mended(name: str) -> None:
    session = Session(SPEC, budget=24 * 3 * 8 * 13)
    session.run_iterations(395)
    session.pin(session.position)
    session.run_iterations(4)
    session.seek(iteration=390)
    kept = getattr(session.history, name)
    iteration = max(kept)
    kept[iteration].state.view(np.uint8)[9] ^= 1
    session.seek(iteration=0)
    session.seek(iteration=iteration)
    assert session.engine.state().tobytes() == state_at(iteration)
    assert iteration in [damage.iteration for damage in session.history.damages]
    assert {damage.iteration for damage in session.history.damages} == {iteration}


def test_the_budget_covers_pins_and_trail_and_all_branches() -> None:
    session = Session(SPEC, budget=60_000)
    for iteration in range(50):
        session.seek(iteration=iteration * 11)
        session.pin(session.position)
    session.run_iterations(2000)
    session.seek(iteration=77)
    for value in (0.1, 0.2, 0.3):
        session.edit(NumberEdit(parse_address("w[1][0,0]"), value))
        session.run_iterations(1000)
        session.seek(iteration=500)
        assert session.history_bytes <= 60_000
