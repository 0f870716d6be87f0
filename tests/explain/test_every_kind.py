"""Every operation of any run a file can describe has numbers and a formula, in every notation."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.formulas import formula
from bpstudio.explain.notation import notation
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, NotationName, RunSpec
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

K = OperationKind
Q = Quantity


def same(left: float, right: float) -> bool:
    return np.float64(left).tobytes() == np.float64(right).tobytes() or (np.isnan(left) and np.isnan(right))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_specs(most_units=4, most_samples=3), st.booleans(), st.sampled_from(list(NotationName)))
def test_every_operation_has_a_formula(spec: RunSpec, is_unfolded: bool, name: NotationName) -> None:
    session = Session(spec, is_unfolded=is_unfolded)
    session.seek(iteration=1)
    written = notation(name, spec)
    show = to_code if name is NotationName.CODE else to_text
    start = session.position
    for position in range(start, session.program.iteration_start(2)):
        operation = session.program.operation(position)
        evaluation = evaluate(operation, session.tape, session.program)
        found = formula(evaluation, session.tape, written)
        assert show(found.symbols)
        assert show(found.equation)
        assert same(found.result.value, evaluation.result)


COMPLETING = {
    K.ADD_BIAS: Q.PRE_ACTIVATION,
    K.PRE_ACTIVATION: Q.PRE_ACTIVATION,
    K.ACTIVATE: Q.ACTIVATION,
    K.SAMPLE_LOSS: Q.SAMPLE_LOSS,
    K.ERROR: Q.ERROR,
    K.SLOPE: Q.SLOPE,
    K.DELTA: Q.DELTA,
    K.TOTAL_LOSS: Q.LOSS,
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_specs(most_units=4, most_samples=3))
def test_results_have_the_bits_of_the_tape(spec: RunSpec) -> None:
    session = Session(spec)
    session.seek(iteration=1)
    tape = session.tape
    before: tuple[OperationKind, float] | None = None
    for position in range(session.position, session.program.iteration_start(2)):
        operation = session.program.operation(position)
        address, result = operation.address, evaluate(operation, tape, session.program).result
        if operation.kind is K.UPDATE:
            assert address is not None
            assert same(result, float(tape.after(address)))
        if operation.kind is K.STEP:
            assert address is not None
            assert same(result, tape.value(address))
        is_running = operation.kind is K.ADD_BIAS
        if operation.kind in COMPLETING and not (is_running and not spec.is_exact):
            assert address is not None
            assert same(result, tape.value(address, operation.sample or 0))
        if spec.is_exact and before is not None and (before[0], operation.kind) in LAST_OF_SUM:
            assert same(before[1], result)
        before = (operation.kind, result)


LAST_OF_SUM = {
    (K.MULTIPLY_ADD, K.PRE_ACTIVATION),
    (K.ADD_BIAS, K.PRE_ACTIVATION),
    (K.ERROR_MULTIPLY_ADD, K.ERROR),
    (K.JACOBIAN_MULTIPLY_ADD, K.DELTA),
    (K.LOSS_TERM, K.SAMPLE_LOSS),
}


@pytest.mark.parametrize("unit", [0, 1])
def test_parents_are_what_is_read(unit: int) -> None:
    session = Session(run_spec((2, 2, 2)))
    operation = session.program.operation(unit * 5 + 1)
    parents = evaluate(operation, session.tape, session.program).parents
    assert [parent.address for parent in parents] == [
        Address(Q.WEIGHT, 1, (unit, 1)),
        Address(Q.ACTIVATION, 0, (1,)),
    ]


def test_a_dead_unit_keeps_the_sign_of_its_zeros() -> None:
    names = (ActivationName.IDENTITY, ActivationName.RELU)
    session = Session(run_spec((2, 2, 1), names, samples=1))
    tape = session.tape
    for unit in (0, 1):
        last = tape.running(tape.error_products(1, unit, 0))[-1]
        assert same(last, tape.value(Address(Q.ERROR, 1, (unit,))))
    assert tape.value("delta[2][0]") == 0.0
