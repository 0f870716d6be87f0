"""The sum a multiply-add belongs to: all terms in the order they are added, the one at work and those ahead marked."""

import math
from pathlib import Path

import pytest

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import Dots, Emphasis, Expression, Marked, Number, Product, Sum
from bpstudio.explain.notation import notation
from bpstudio.explain.sum_in_progress import MOST_TERMS, sum_in_progress
from bpstudio.files.run_file import open_run, parse_run
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session

K = OperationKind
SUMS = (K.MULTIPLY_ADD, K.ADD_BIAS, K.ERROR_MULTIPLY_ADD, K.JACOBIAN_MULTIPLY_ADD)


def value_of(expression: Expression) -> float:
    """A term's number, by arithmetic of our own."""
    match expression:
        case Marked(inner, _):
            return value_of(inner)
        case Number(value):
            return value
        case Product(factors):
            return math.prod(value_of(factor) for factor in factors)
        case _:
            raise AssertionError(expression)


def terms_of(expression: Expression) -> tuple[Expression, ...]:
    assert isinstance(expression, Sum)
    return expression.terms


@pytest.mark.parametrize("name", list(NotationName))
@pytest.mark.parametrize("example", ["two-layer-deltas", "mazur", "xor"])
def test_terms_up_to_the_one_at_work_add_up_to_the_running_sum(example: str, name: NotationName) -> None:
    session = Session(open_run(example))
    tape, program, names = session.tape, session.program, notation(name, session.spec)
    seen = set()
    for position in range(program.iteration_start(1)):
        operation = program.operation(position)
        evaluation = evaluate(operation, tape, program)
        found = sum_in_progress(evaluation, tape, names)
        if operation.kind not in SUMS:
            assert found is None
            continue
        if found is None:
            continue
        seen.add(operation.kind)
        terms = terms_of(found[1])
        assert terms == terms_of(found[1])
        assert len(terms_of(found[0].right)) == len(terms)
        marks = [term.emphasis if isinstance(term, Marked) else None for term in terms]
        now = marks.index(Emphasis.NOW)
        assert marks == [None] * now + [Emphasis.NOW] + [Emphasis.AHEAD] * (len(marks) - now - 1)
        if not any(isinstance(term, Dots) for term in terms):
            added = math.fsum(value_of(term) for term in terms[: now + 1])
            assert added == pytest.approx(evaluation.result, abs=1e-14)
    assert K.MULTIPLY_ADD in seen


def test_a_long_sum_shows_its_ends_and_what_is_at_work() -> None:
    size = 40
    session = Session(
        parse_run(
            {
                "format": "bpstudio-run/1",
                "network": {"inputs": size, "layers": [{"units": 2, "activation": "sigmoid"}]},
                "initializer": {"name": "glorot_uniform"},
                "loss": {"name": "squared_error"},
                "optimizer": {"name": "sgd", "learning_rate": 0.1},
                "data": {"inputs": [[0.5] * size], "targets": [[0.0, 1.0]]},
            },
            Path(),
        )
    )
    names = notation(NotationName.NIELSEN, session.spec)
    for entry in (0, 1, 20, size - 1):
        operation = session.program.operation(entry)
        assert operation.entry == entry
        found = sum_in_progress(evaluate(operation, session.tape, session.program), session.tape, names)
        assert found is not None
        terms = terms_of(found[1])
        assert len(terms) <= MOST_TERMS + 2
        now = next(term for term in terms if isinstance(term, Marked) and term.emphasis is Emphasis.NOW)
        assert value_of(now) == pytest.approx(evaluate(operation, session.tape, session.program).parts["product"])
