"""Numbers that other people printed: every right one is met, every wrong one is not."""

import numpy as np
import pytest

from bpstudio.files.run_file import open_run
from bpstudio.session.session import Session
from tests.support.published_cases import Case, Expected, load_cases

CASES = load_cases()
RUNS = [pytest.param(case, run_id, id=f"{case.name}-{run_id}") for case in CASES for run_id in case.run_ids]


def computed(session: Session, expected: Expected) -> float:
    """The quantity as this session has it, not scaled."""
    session.seek(iteration=expected.iteration)
    tape, sample = session.tape, expected.sample or 0
    if expected.address is not None:
        return tape.value(expected.address, sample)
    targets = session.spec.dataset.targets
    outputs = tape.array(f"a[{session.spec.network.depth}]")
    match expected.quantity:
        case "mean_abs_error":
            return float(np.abs(outputs - targets).mean())
        case "loss_term":
            index = expected.index[0]
            return session.spec.loss.factor * float((outputs - targets)[sample, index]) ** 2
        case "dEk_da":
            assert expected.layer is not None
            layer, unit, through = expected.layer + 1, expected.index[0], expected.through
            return tape.value(f"w[{layer}][{through},{unit}]") * tape.value(f"delta[{layer}][{through}]", sample)
        case other:
            raise AssertionError(f"no way to compute {other}")


@pytest.mark.parametrize(("case", "run_id"), RUNS)
def test_published_numbers(case: Case, run_id: str) -> None:
    session = Session(open_run(case.run_file(run_id)))
    checked = 0
    for expected in sorted(case.expected(run_id), key=lambda entry: entry.iteration):
        difference = abs(expected.scale * computed(session, expected) - expected.value)
        if expected.is_right:
            assert difference <= expected.abs_tol, expected
            checked += 1
        elif expected.is_wrong:
            assert difference > expected.abs_tol, expected
    assert checked >= 4


def test_the_two_orders_of_update_explain_the_two_famous_errors() -> None:
    mazur = next(case for case in CASES if case.name == "mazur_2_2_2")
    losses = {}
    for run_id in mazur.run_ids:
        session = Session(open_run(mazur.run_file(run_id)))
        session.seek(iteration=1)
        losses[run_id] = session.tape.value("loss")
    assert losses["one_update_simultaneous"] == pytest.approx(0.291027774, abs=5e-10)
    assert losses["errors_sequential"] == pytest.approx(0.291027924, abs=5e-10)
