"""The NaN hunt: from a number that is not finite to its operation, and to the first large operand behind it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.nan_hunt import LIMIT, NanHunt
from bpstudio.explain.notation import notation
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import ActivationName, Dataset, OptimizerName, OptimizerSpec, RunSpec
from bpstudio.session.session import Session
from tests.support.specs import run_spec

A = ActivationName
TOO_FAST = OptimizerSpec(OptimizerName.SGD, 5.0)


def exploding(optimizer: OptimizerSpec = TOO_FAST, seed: int = 0) -> RunSpec:
    return run_spec((2, 3, 1), (A.IDENTITY, A.IDENTITY), samples=3, optimizer=optimizer, seed=seed)


def at_end_of(spec: RunSpec, iteration: int) -> Session:
    session = Session(spec)
    session.seek(position=session.program.iteration_start(iteration + 1) - 1)
    return session


def hunted(session: Session, text: str, sample: int | None = None, limit: float = LIMIT) -> NanHunt:
    hunt = NanHunt(session, notation(session.spec.notation, session.spec), parse_address(text), sample, limit)
    while not hunt.advance(0.01):
        pass
    return hunt


def first_made(spec: RunSpec) -> int:
    """Where running from the start stops."""
    found = Session(spec).run_iterations(10_000)
    assert found is not None
    return found.operation.position


@pytest.mark.parametrize("text", ["z[2][0]", "w[1][0,1]", "loss", "delta[1][2]", "dw[2][0,0]", "step_w[1][1,1]"])
def test_a_number_of_long_after_leads_to_the_operation_that_made_it(text: str) -> None:
    spec = exploding()
    hunt = hunted(at_end_of(spec, 300), text)
    assert hunt.made is not None
    assert hunt.made.position == first_made(spec)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(40, 300))
def test_the_operation_makes_it_from_finite_numbers(seed: int, iteration: int) -> None:
    session = at_end_of(exploding(seed=seed), iteration)
    if math.isfinite(session.tape.value("w[1][0,0]")):
        return
    hunt = hunted(session, "w[1][0,0]")
    assert hunt.made is not None
    assert hunt.made.position is not None
    operation = session.program.operation(hunt.made.position)
    session.seek(iteration=operation.iteration)
    evaluation = evaluate(operation, session.tape, session.program)
    assert not math.isfinite(evaluation.result)
    assert math.isfinite(evaluation.parts.get("previous", 0.0))
    assert all(math.isfinite(parent.value) for parent in evaluation.parents)


def test_the_first_large_operand_is_the_earliest_number_beyond_the_limit() -> None:
    spec = exploding()
    hunt = hunted(at_end_of(spec, 300), "z[2][0]")
    assert hunt.grown is not None
    assert abs(hunt.grown.value) > LIMIT
    session = Session(spec)
    session.seek(position=hunt.grown.position)
    before = [np.abs(session.tape.vectors.before).max(), *(np.abs(layer.delta).max() for layer in session.tape.layers)]
    assert max(before) < LIMIT


def test_every_limit_has_its_own_first_operand() -> None:
    session = at_end_of(exploding(), 300)
    positions = [hunted(session, "loss", limit=limit).grown for limit in (1e3, 1e6, 1e100)]
    found = [find.position for find in positions if find is not None and find.position is not None]
    assert found == sorted(set(found))
    assert len(found) == 3


def test_an_optimizer_with_state_is_followed_through_its_state() -> None:
    hunt = hunted(at_end_of(exploding(OptimizerSpec(OptimizerName.MOMENTUM, 5.0)), 100), "w[1][0,0]")
    assert hunt.made is not None
    assert hunt.grown is not None
    assert hunt.grown.position is not None
    assert hunt.made.position is not None
    assert hunt.grown.position < hunt.made.position


def test_the_chain_leads_from_the_number_to_its_maker_back_in_time() -> None:
    hunt = hunted(at_end_of(exploding(), 300), "z[2][0]")
    positions = [reason.position for reason in hunt.chain if reason.position is not None]
    assert str(hunt.chain[0].address) == "z[2][0]"
    assert positions == sorted(positions, reverse=True)
    assert not any(math.isfinite(reason.value) for reason in hunt.chain)


def test_a_logarithm_of_zero_has_no_large_operand() -> None:
    spec = run_spec((1, 1), (A.IDENTITY,), samples=1)
    session = at_end_of(spec, 0)
    session.tape.losses.terms[0, 0] = session.tape.losses.samples[0] = math.inf
    hunt = hunted(session, "sample_loss", 0)
    assert hunt.made is not None
    assert hunt.grown is None
    assert hunt.words == "no number behind it was ever larger than 1,000,000"


def test_an_input_that_was_large_from_the_start_is_named() -> None:
    none = np.empty((0, 1))
    dataset = Dataset(np.array([[1e200]]), np.array([[1.0]]), none, none)
    base = run_spec((1, 1, 1), (A.IDENTITY, A.IDENTITY), samples=1, optimizer=TOO_FAST)
    spec = RunSpec(
        base.title, base.network, base.start, dataset, base.loss, base.penalty, base.optimizer, base.training, base.seed
    )
    hunt = hunted(at_end_of(spec, 3), "loss")
    assert hunt.given is not None
    assert str(hunt.given.reason.address) == "a[0][0]"


def test_a_finite_number_is_not_hunted() -> None:
    session = at_end_of(run_spec(), 3)
    hunt = hunted(session, "z[1][0]")
    assert (hunt.made, hunt.grown, hunt.words) == (None, None, "this number is finite")


def test_the_session_comes_back() -> None:
    session = at_end_of(exploding(), 300)
    before = session.position
    hunted(session, "loss")
    assert session.position == before


def test_cancelling_comes_back_too() -> None:
    session = at_end_of(exploding(), 300)
    before = session.position
    names = notation(session.spec.notation, session.spec)
    hunt = NanHunt(session, names, Address(Quantity.LOSS))
    hunt.advance(0.0)
    hunt.cancel()
    assert session.position == before
