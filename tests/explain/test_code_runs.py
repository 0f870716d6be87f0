"""The lines of notation `code` are a program: run one after the other they give what the engine computes."""

import ast
import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.formulas import formula
from bpstudio.explain.notation import notation
from bpstudio.explain.text_style import to_code
from bpstudio.model.address import Address, Quantity
from bpstudio.model.optimizers import learning_rate_at, slot_names
from bpstudio.model.spec import NotationName, RunSpec, UpdateRule
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from tests.support.specs import run_specs

K = OperationKind
Q = Quantity

FIRST = 2  # the iteration told: optimizer state has been through two updates


def normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def normal_pdf(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def surroundings(session: Session) -> dict[str, Any]:
    """The arrays and constants that the lines read and write, before the iteration."""
    spec, tape = session.spec, session.tape
    sizes = spec.network.sizes
    names: dict[str, Any] = {"np": np, "normal_cdf": normal_cdf, "normal_pdf": normal_pdf, "sigmoid": sigmoid}
    for name in ("a", "z", "e", "delta", "slope", "sample_db", "db", "step_b"):
        names[name] = [np.zeros(size) for size in sizes]
    for layer, activation in enumerate((layer.activation for layer in spec.network.layers), start=1):
        if activation == "softmax":
            names["slope"][layer] = np.zeros((sizes[layer], sizes[layer]))
    for name in ("sample_dw", "dw", "step_w"):
        names[name] = [None, *(np.zeros((n, m)) for m, n in itertools.pairwise(sizes))]
    names["w"] = [None, *(tape.array(Address(Q.WEIGHT, layer)).copy() for layer in range(1, len(sizes)))]
    has_bias = [layer.bias.present for layer in spec.network.layers]
    biases = [tape.array(Address(Q.BIAS, layer)).copy() if has else None for layer, has in enumerate(has_bias, start=1)]
    names["b"] = [None, *biases]
    for slot in slot_names(spec.optimizer):
        weights = [tape.array(f"state.{slot}.w[{layer}]").copy() for layer in range(1, len(sizes))]
        states = [
            tape.array(f"state.{slot}.b[{layer}]").copy() if has else None
            for layer, has in enumerate(has_bias, start=1)
        ]
        names |= {f"{slot}_w": [None, *weights], f"{slot}_b": [None, *states]}
    return names | constants(spec, tape.iteration, tape.batch)


def constants(spec: RunSpec, iteration: int, batch: int) -> dict[str, Any]:
    optimizer = spec.optimizer
    names = ("beta", "beta1", "beta2", "gamma", "epsilon", "weight_decay", "clip_norm")
    found: dict[str, Any] = {name: getattr(optimizer, name) for name in names}
    return found | {
        "learning_rate": learning_rate_at(optimizer, iteration),
        "l1": spec.penalty.l1,
        "l2": spec.penalty.l2,
        "batch_size": batch,
        "exponentials": [0.0] * max(spec.network.sizes),
        "sample_losses": [],
    }


def fill_jacobian(names: dict[str, Any], layer: int) -> None:
    a = names["a"][layer]
    names["slope"][layer] = np.diag(a) - np.outer(a, a)


def assigned(line: str) -> str:
    statement = ast.parse(line).body[0]
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.AugAssign):
        target = statement.target
    assert target is not None, line
    return ast.unparse(target)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(run_specs(most_units=3, most_samples=3))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_lines_of_code_compute_the_iteration(spec: RunSpec) -> None:
    assume(spec.training.order == "sample_major" and spec.training.update is UpdateRule.SIMULTANEOUS)
    session = Session(spec)
    session.seek(iteration=FIRST)
    tape, names = session.tape, surroundings(session)
    assume(math.isfinite(tape.losses.total) and np.isfinite(tape.vectors.after).all())
    answers = tape.layers[-1].activation
    assume("entropy" not in spec.loss.name or (answers.min() > 0.0 and answers.max() < 1.0))  # else 0·ln 0 counts as 0
    written = notation(NotationName.CODE, spec)
    at = -1
    for position in range(session.position, session.program.iteration_start(FIRST + 1)):
        operation = session.program.operation(position)
        if operation.sample is not None and operation.sample != at:
            at = operation.sample
            names["a"][0], names["y"] = tape.inputs[:, at].copy(), tape.targets[:, at].copy()
        if operation.kind is K.JACOBIAN_MULTIPLY_ADD:
            fill_jacobian(names, operation.layer)
        evaluation = evaluate(operation, tape, session.program)
        found = formula(evaluation, tape, written)
        for told in (found, found.landing):
            if told is not None:
                line = to_code(told.symbols)
                exec(line, names)
                target = assigned(line)
                np.testing.assert_allclose(eval(target, names), told.result.value, rtol=1e-9, atol=1e-12, err_msg=line)
                exec(f"{target} = {told.result.value!r}", names | {"nan": math.nan})  # rounding must not add up
        if operation.kind is K.SAMPLE_LOSS:
            names["sample_losses"].append(names["sample_loss"])
