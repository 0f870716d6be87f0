"""Parents: every number an operation names as read is on the tape with that value, and sums name all of their terms."""

from hypothesis import HealthCheck, given, settings

from bpstudio.explain.evaluation import evaluate
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import RunSpec, TrainingSpec, UpdateRule
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from tests.explain.test_every_kind import same
from tests.explain.tools import position
from tests.support.specs import run_spec, run_specs

K = OperationKind
Q = Quantity


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_specs(most_units=3, most_samples=2))
def test_parents_have_the_values_of_the_tape(spec: RunSpec) -> None:
    session = Session(spec)
    session.seek(iteration=1)
    for at in range(session.position, session.program.iteration_start(2)):
        operation = session.program.operation(at)
        for address, value, sample in evaluate(operation, session.tape, session.program).parents:
            assert (sample is not None) == address.quantity.is_per_sample
            is_new = address.quantity is Q.WEIGHT and operation.pass_ is Pass.BACKWARD
            if is_new and spec.training.update is UpdateRule.OUTPUT_FIRST:
                assert same(value, float(session.tape.after(address)))
            else:
                assert same(value, session.tape.value(address, sample or 0))


def test_a_complete_sum_names_all_of_its_terms() -> None:
    session = Session(open_run("mazur"))
    operation = session.program.operation(position(session, Pass.FORWARD, 2, K.PRE_ACTIVATION, unit=1))
    parents = evaluate(operation, session.tape, session.program).parents
    assert [str(parent.address) for parent in parents] == ["w[2][1,0]", "a[1][0]", "w[2][1,1]", "a[1][1]", "b[2][1]"]


def test_the_way_back_names_the_connections_that_go_forward() -> None:
    session = Session(open_run("mazur"))
    operation = session.program.operation(position(session, Pass.BACKWARD, 1, K.ERROR, unit=1))
    parents = evaluate(operation, session.tape, session.program).parents
    assert [str(parent.address) for parent in parents] == ["w[2][0,1]", "delta[2][0]", "w[2][1,1]", "delta[2][1]"]


def test_replaced_weights_are_read_where_the_output_is_updated_first() -> None:
    session = Session(run_spec((1, 1, 1), samples=1, training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST)))
    operation = session.program.operation(position(session, Pass.BACKWARD, 1, K.ERROR_MULTIPLY_ADD, entry=0))
    weight = evaluate(operation, session.tape, session.program).parents[0]
    assert weight.address == Address(Q.WEIGHT, 2, (0, 0))
    assert weight.value == float(session.tape.after(weight.address)) != session.tape.value(weight.address)


def test_parents_outlive_the_tape() -> None:
    session = Session(open_run("mazur"))
    at = position(session, Pass.FORWARD, 1, K.PRE_ACTIVATION)
    evaluation = evaluate(session.program.operation(at), session.tape, session.program)
    expected = session.tape.value("w[1][0,0]")
    session.seek(iteration=5)
    assert session.tape.value("w[1][0,0]") != expected
    assert evaluation.parents[0].value == expected


def test_the_first_parents_are_those_of_the_whole_list() -> None:
    session = Session(open_run("mazur"))
    operation = session.program.operation(position(session, Pass.FORWARD, 2, K.PRE_ACTIVATION, unit=1))
    evaluation = evaluate(operation, session.tape, session.program)
    assert evaluation.first_parents(3) == evaluation.parents[:3]
    assert evaluation.first_parents(99) == evaluation.parents
