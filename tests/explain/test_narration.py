"""Sentences: what and why, with the four ideas and the corrections of what is often printed."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.ideas import Idea, idea_of
from bpstudio.explain.labels import block_label, operation_label
from bpstudio.explain.narration import Depth, narrate
from bpstudio.explain.notation import notation
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import ActivationName, NotationName, Order, RunSpec, TrainingSpec, UpdateRule
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from tests.explain.tools import position, sentence
from tests.support.specs import run_spec, run_specs

K = OperationKind


@pytest.fixture
def deltas() -> Session:
    return Session(open_run("two-layer-deltas"))


def test_the_slope_belongs_in_a_hidden_delta(deltas: Session) -> None:
    for layer in (1, 2):
        text = sentence(deltas, position(deltas, Pass.BACKWARD, layer, K.DELTA))
        assert "sum × slope" in text
        assert "leave out the factor g′(z)" in text
        assert Idea.MODULATED in text


def test_the_leading_minus_belongs_in_the_cost(deltas: Session) -> None:
    assert "leading minus belongs there" in sentence(deltas, position(deltas, Pass.LOSS, 3, K.LOSS_TERM))


def test_the_bias_column_takes_no_part_in_the_way_back(deltas: Session) -> None:
    text = sentence(deltas, position(deltas, Pass.BACKWARD, 1, K.ERROR))
    assert "bias column of Θ takes no part in Θᵀδ" in text


def test_a_running_sum_is_told_with_its_numbers(deltas: Session) -> None:
    text = sentence(deltas, position(deltas, Pass.FORWARD, 1, K.MULTIPLY_ADD, entry=1))
    assert text == (
        "Input 2 enters the weighted sum of unit 1 of layer 2: weight −0.3 times activation 0.5 adds −0.15, "
        "the sum is now 0.35."
    )


def test_a_dead_unit_is_said_to_pass_nothing_back() -> None:
    names = (ActivationName.RELU, ActivationName.IDENTITY)
    session = Session(run_spec((1, 4, 1), names, samples=1, seed=3))
    slopes = session.tape.array("slope[1]", 0)
    dead = int((slopes == 0.0).argmax())
    assert slopes[dead] == 0.0
    assert "nothing passes back" in sentence(session, position(session, Pass.BACKWARD, 1, K.SLOPE, unit=dead))


def test_a_result_that_is_not_finite_is_named() -> None:
    session = Session(open_run("mazur"))
    session.engine.vector[:] = math.inf
    assert "not a finite number" in sentence(session, position(session, Pass.FORWARD, 1, K.MULTIPLY_ADD, entry=0))


def test_weights_already_replaced_are_named() -> None:
    session = Session(run_spec((1, 1, 1), samples=1, training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST)))
    text = sentence(session, position(session, Pass.BACKWARD, 1, K.ERROR_MULTIPLY_ADD, entry=0))
    assert "already the new one" in text


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_specs(most_units=3, most_samples=2), st.booleans(), st.sampled_from(list(NotationName)))
def test_every_operation_is_told_and_backward_ones_name_their_idea(
    spec: RunSpec, is_unfolded: bool, name: NotationName
) -> None:
    session = Session(spec, is_unfolded=is_unfolded)
    written = notation(name, spec)
    for at in range(session.program.iteration_start(1)):
        operation = session.program.operation(at)
        evaluation = evaluate(operation, session.tape, session.program)
        idea = idea_of(operation, spec)
        assert (idea is not None) == (operation.pass_ is Pass.BACKWARD)
        for depth in Depth:
            text = narrate(evaluation, session.tape, written, depth)
            assert text
            assert depth is Depth.CODE or idea is None or idea in text
        assert operation_label(operation, written)
        assert all(block_label(level, operation, written) for level in Level)


def test_labels_of_blocks(deltas: Session) -> None:
    theta = notation(NotationName.THETA, deltas.spec)
    operation = deltas.program.operation(position(deltas, Pass.BACKWARD, 2, K.DELTA, unit=1, sample=1))
    assert [block_label(level, operation, theta) for level in Level] == [
        "epoch 0",
        "iteration 0",
        "sample 2",
        "backward pass",
        "layer 3 (hidden, sigmoid)",
        "unit 2",
        "sum × slope δ⁽³⁾₂",
    ]
    update = deltas.program.operation(position(deltas, Pass.UPDATE, 1, K.UPDATE, entry=2))
    assert [block_label(level, update, theta) for level in list(Level)[2:]] == [
        "reduction and update",
        "update",
        "layer 2 (hidden, sigmoid)",
        "unit 1",
        "new Θ⁽¹⁾₁₀",
    ]


def test_labels_of_a_layer_major_run_in_matrix_notation() -> None:
    session = Session(open_run("matrix-form"))
    assert session.spec.training.order is Order.LAYER_MAJOR
    matrix = notation(NotationName.MATRIX, session.spec)
    operation = session.program.operation(position(session, Pass.FORWARD, 1, K.MULTIPLY_ADD, unit=1, entry=0, sample=2))
    assert [block_label(level, operation, matrix) for level in list(Level)[2:]] == [
        "all samples",
        "forward pass",
        "hidden layer h (ReLU)",
        "column 2",
        "add X₃₁·Wₕ,₁₂",
    ]


@pytest.mark.parametrize(
    ("pass_", "layer", "kind", "label"),
    [
        (Pass.FORWARD, 1, K.ADD_BIAS, "add bias Θ⁽¹⁾₁₀"),
        (Pass.FORWARD, 1, K.ACTIVATE, "activation a⁽²⁾₁"),
        (Pass.LOSS, 3, K.LOSS_TERM, "loss at output 1"),
        (Pass.BACKWARD, 3, K.DELTA, "answer − target δ⁽⁴⁾₁"),
        (Pass.BACKWARD, 1, K.SLOPE, "slope g′(z⁽²⁾₁)"),
        (Pass.REDUCE, 0, K.TOTAL_LOSS, "loss J"),
    ],
)
def test_labels_of_operations(deltas: Session, pass_: Pass, layer: int, kind: OperationKind, label: str) -> None:
    operation = deltas.program.operation(position(deltas, pass_, layer, kind))
    assert operation_label(operation, notation(NotationName.THETA, deltas.spec)) == label


def test_the_line_of_code(deltas: Session) -> None:
    at = position(deltas, Pass.FORWARD, 1, K.ADD_BIAS)
    evaluation = evaluate(deltas.program.operation(at), deltas.tape, deltas.program)
    theta = notation(NotationName.THETA, deltas.spec)
    assert narrate(evaluation, deltas.tape, theta, Depth.CODE) == "z[1][0] += b[1][0]  # 0.45"
    assert narrate(evaluation, deltas.tape, theta, "formal") == "z⁽²⁾₁ ← z⁽²⁾₁ + Θ⁽¹⁾₁₀, here 0.35 + 0.1 = 0.45."
