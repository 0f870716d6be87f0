"""What is recorded of a run, and what follows from it: ranges by blocks, stretches, and what can't be hit."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.model.address import parse_address
from bpstudio.model.spec import ActivationName, BiasSpec, OptimizerName, OptimizerSpec, TrainingSpec
from bpstudio.session import range_index
from bpstudio.session.conditions import compile_condition
from bpstudio.session.expression import Range
from bpstudio.session.range_index import RangeIndex, Recorded
from bpstudio.session.screen import Screen
from bpstudio.session.session import Session
from bpstudio.session.stretches import Stretches
from bpstudio.session.watching import FillJob
from tests.support.specs import run_spec

A = ActivationName
SPEC = run_spec(
    (2, 2, 1),
    (A.TANH, A.SIGMOID),
    samples=5,
    optimizer=OptimizerSpec(OptimizerName.ADAM, 0.1),
    training=TrainingSpec(batch_size=2, shuffle=True),
)
STRETCHES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12)


@given(STRETCHES, st.integers(0, 30), st.integers(0, 30))
def test_stretches_hold_what_was_added_and_nothing_else(added: list[tuple[int, int]], first: int, end: int) -> None:
    stretches, plain = Stretches(), set[int]()
    for low, high in added:
        stretches.add(low, high)
        plain |= set(range(low, high))
    assert stretches.covers(first, end) == (set(range(first, end)) <= plain)
    assert all(a < b for a, b in stretches.pairs)
    assert all(b < c for (_, b), (c, _) in zip(stretches.pairs, stretches.pairs[1:], strict=False))


@given(st.lists(st.lists(st.floats(-9, 9), min_size=1, max_size=3), min_size=1, max_size=40), st.data())
@settings(deadline=None)
def test_ranges_by_blocks_are_those_of_the_iterations(values: list[list[float]], data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(range_index, "BLOCK", 4)
        recorded = Recorded()
        for several in values:
            recorded.add(several)
        first = data.draw(st.integers(0, len(values) - 1))
        end = data.draw(st.integers(first + 1, len(values)))
        inside = [value for several in values[first:end] for value in several]
        assert recorded.range(first, end) == Range(min(inside), max(inside))


def test_nan_in_an_iteration_makes_its_range_unknown() -> None:
    recorded = Recorded()
    recorded.add([1.0])
    recorded.add([0.5, math.nan])
    assert recorded.range(0, 1) == Range(1.0, 1.0)
    assert recorded.range(0, 2) == Range(-math.inf, math.inf, True)


def filled(addresses: list[str], iterations: int) -> tuple[Session, RangeIndex]:
    session, index = Session(SPEC), RangeIndex(parse_address(address) for address in addresses)
    session.run_iterations(iterations)
    job = FillJob(session, (), index, iterations)
    while not job.advance(1.0):
        pass
    return session, index


def test_parameters_range_over_what_they_are_before_and_after_the_update() -> None:
    session, index = filled(["w[1][0,1]"], 6)
    session.seek(iteration=2)
    tape = session.tape
    low, high = sorted([tape.value("w[1][0,1]"), float(tape.after("w[1][0,1]"))])
    assert index.range(parse_address("w[1][0,1]"), 2, 3, session.program.batches) == Range(low, high)


def test_a_number_watched_later_leaves_what_is_recorded_of_others() -> None:
    session, index = filled(["loss"], 5)
    index.watch([parse_address("delta[1][0]"), parse_address("loss")])
    assert index.covers([parse_address("loss")], 0, 5)
    assert not index.covers([parse_address("delta[1][0]")], 0, 1)
    assert index.count == 0
    assert session.iteration == 5


def test_filling_knows_which_iterations_made_finite_numbers_only() -> None:
    _, index = filled(["loss"], 5)
    assert index.finite.pairs == ((0, 5),)


def test_filling_goes_back_to_where_it_began() -> None:
    session, index = Session(SPEC), RangeIndex([parse_address("loss")])
    session.run_iterations(9)
    session.seek(position=77)
    job = FillJob(session, (), index, 9)
    assert not job.advance(0.0)
    job.cancel()
    assert session.position == 77
    while not job.advance(1.0):
        pass
    assert session.position == 77
    assert index.count == 9


def test_recorded_losses_need_no_index() -> None:
    session = Session(SPEC)
    session.run_iterations(40)
    above = float(np.max(session.losses.values)) + 1.0
    condition = compile_condition(f"loss > {above}", SPEC)
    assert Screen(session, RangeIndex(), [condition]).is_clear(2, 40)
    assert not Screen(session, RangeIndex(), [condition]).is_clear(2, 41)


def test_what_stood_before_a_stretch_is_not_forgotten() -> None:
    session = Session(SPEC)
    session.run_iterations(40)
    losses = session.losses.values
    for number in range(2, 40):
        lower, upper = sorted(losses[number - 2 : number].tolist())
        condition = compile_condition(f"previous(loss) > {(lower + upper) / 2:.17g}", SPEC)
        becomes_true = losses[number - 2] < losses[number - 1]
        assert not (becomes_true and Screen(session, RangeIndex(), [condition]).is_clear(number, number + 1)), number


def test_the_first_iterations_are_never_ruled_out() -> None:
    session, index = filled(["loss"], 5)
    condition = compile_condition("loss > 1e9", SPEC)
    assert not Screen(session, index, [condition]).is_clear(1, 5)


def test_a_number_that_is_never_written_is_not_taken_from_the_tape() -> None:
    spec = run_spec((2, 2, 1), biases=(BiasSpec(True, False), SPEC.network.layer(2).bias))
    session, index = Session(spec), RangeIndex([parse_address("db[1][0]")])
    session.run_iterations(9)
    job = FillJob(session, (), index, 9)
    while not job.advance(1.0):
        pass
    condition = compile_condition("isnan(db[1][0]) and iteration >= 5", spec)
    assert not Screen(session, index, [condition]).is_clear(4, 8)


def test_counters_are_always_known() -> None:
    session = Session(SPEC)
    condition = compile_condition("iteration >= 500 and epoch < 400", SPEC)
    screen = Screen(session, RangeIndex(), [condition])
    assert screen.is_clear(10, 499)
    assert not screen.is_clear(499, 501)
    assert screen.is_clear(510, 1000)
    assert screen.is_clear(1300, 10**6)
