"""Excursions into the past: all updates of a weight give its present value bit for bit, and the session comes back."""

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.errors import AddressError
from bpstudio.model.address import parse_address
from bpstudio.model.spec import OptimizerName, OptimizerSpec, RunSpec
from bpstudio.session.origins import ExactSum, UpdateHistory, Updates, visit
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

WEIGHT = parse_address("w[1][0,1]")
FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


def replayed(session: Session, text: str = "w[1][0,1]", most: int = 100) -> Updates:
    history = UpdateHistory(session, parse_address(text), most)
    while not history.advance(0.01):
        pass
    return history.found


def bits(value: float) -> bytes:
    """The eight bytes; any NaN counts as the same."""
    return struct.pack("<d", math.nan if math.isnan(value) else value)


@settings(max_examples=25, deadline=None)
@given(run_specs(), st.integers(0, 12))
def test_initial_value_and_all_changes_give_the_present_value_to_the_bit(spec: RunSpec, iteration: int) -> None:
    session = Session(spec)
    session.seek(iteration=iteration)
    found = replayed(session, "w[1][0,0]")
    assert bits(found.replayed) == bits(found.present)


@settings(max_examples=15, deadline=None)
@given(run_specs(), st.integers(1, 12), st.integers(1, 5))
def test_largest_and_rest_add_up_to_the_total(spec: RunSpec, iteration: int, most: int) -> None:
    session = Session(spec)
    session.seek(iteration=iteration)
    found = replayed(session, "w[1][0,0]", most)
    if math.isfinite(found.total):
        rounding = 2.0**-52 * (
            abs(found.rest) + abs(found.total)
        )  # each is rounded once, and may be much larger than the other
        added = math.fsum([*(c.change for c in found.largest), found.rest])
        assert added == pytest.approx(found.total, rel=0.0, abs=max(rounding, 1e-300))


def test_the_largest_updates_are_kept() -> None:
    session = Session(run_spec())
    session.seek(iteration=30)
    steps = []
    for iteration in range(30):
        session.seek(iteration=iteration)
        steps.append(session.tape.value("step_w[1][0,1]"))
    session.seek(iteration=30)
    found = replayed(session, most=5)
    assert [c.change for c in found.largest] == sorted(steps, key=abs, reverse=True)[:5]


def test_each_update_points_to_its_operation() -> None:
    session = Session(run_spec())
    session.seek(iteration=4)
    change = replayed(session).largest[0]
    operation = session.program.operation(change.position)
    assert (operation.kind, str(operation.address), operation.iteration) == ("update", "w[1][0,1]", change.iteration)


def test_an_update_names_the_sample_that_contributed_most() -> None:
    session = Session(run_spec(samples=4))
    session.seek(iteration=3)
    change = replayed(session).largest[0]
    session.seek(iteration=change.iteration)
    own = [session.tape.value("sample_dw[1][0,1]", sample) for sample in range(4)]
    assert change.sample == int(np.argmax(np.abs(own)))
    assert change.sample_share == pytest.approx(own[change.sample] / sum(map(abs, own)))


def test_rounding_is_what_the_additions_lost() -> None:
    session = Session(run_spec(optimizer=OptimizerSpec(OptimizerName.ADAM, 0.01)))
    session.seek(iteration=40)
    found = replayed(session)
    exact = Fraction(found.initial) + Fraction(found.total) + Fraction(found.rounding)
    assert float(exact) == found.present


def test_the_update_of_this_iteration_counts_once_it_is_done() -> None:
    session = Session(run_spec())
    session.seek(position=session.program.iteration_start(1) - 1)
    assert replayed(session).count == 1


def test_at_the_start_there_are_no_changes() -> None:
    found = replayed(Session(run_spec()))
    assert (found.count, found.largest, found.initial) == (0, (), found.present)


def test_the_session_stands_where_it_stood() -> None:
    session = Session(run_spec())
    session.seek(position=session.program.iteration_start(7) + 5)
    before = session.position
    replayed(session)
    assert session.position == before


def test_cancelling_returns_to_where_it_began() -> None:
    session = Session(run_spec())
    session.seek(iteration=500)
    history = UpdateHistory(session, WEIGHT)
    history.advance(0.0)
    history.cancel()
    assert (session.iteration, history.is_done) == (500, True)


def test_progress_counts_iterations() -> None:
    session = Session(run_spec())
    session.seek(iteration=500)
    history = UpdateHistory(session, WEIGHT)
    history.advance(0.0)
    assert history.progress == (1, 500)
    history.cancel()


def test_only_a_single_weight_or_bias_has_updates() -> None:
    with pytest.raises(AddressError, match="expected one weight or bias"):
        UpdateHistory(Session(run_spec()), parse_address("delta[1][0]"))


def test_a_visit_reads_another_iteration_and_comes_back() -> None:
    session = Session(run_spec())
    session.seek(iteration=9)
    found = visit(session, 4, lambda tape: tape.iteration)
    assert (found, session.iteration) == (4, 9)


def test_a_cancelled_visit_reads_nothing_and_stays() -> None:
    session = Session(run_spec())
    assert visit(session, 10_000, lambda tape: tape.iteration, lambda _: True) is None
    assert session.position == 0


@given(st.lists(FLOATS, max_size=30))
def test_the_exact_sum_is_rounded_once(values: list[float]) -> None:
    total = ExactSum()
    for value in values:
        total.add(value)
    assert total.value == math.fsum(values)


def test_a_sum_with_an_infinity_is_infinite() -> None:
    total = ExactSum()
    for value in (1.0, math.inf, 2.0):
        total.add(value)
    assert total.value == math.inf
