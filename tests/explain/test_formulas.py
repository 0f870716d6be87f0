"""Formulas as a textbook prints them, worked out by hand."""

import pytest

from bpstudio.files.run_file import open_run
from bpstudio.model.spec import (
    ActivationName,
    LossName,
    MomentumForm,
    NotationName,
    OptimizerName,
    OptimizerSpec,
    PenaltySpec,
    TrainingSpec,
    UpdateRule,
)
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from tests.explain.tools import formula_at, position, told
from tests.support.specs import run_spec

A = ActivationName
K = OperationKind
N = NotationName


@pytest.fixture
def mazur() -> Session:
    return Session(open_run("mazur"))


@pytest.fixture
def deltas() -> Session:
    return Session(open_run("two-layer-deltas"))


@pytest.fixture
def matrix() -> Session:
    return Session(open_run("matrix-form"))


# 0.15·0.05 = 0.0075; + 0.20·0.10 = 0.0275; + 0.35 = 0.3775
@pytest.mark.parametrize(
    ("name", "symbols", "numbers"),
    [
        (N.THETA, "z⁽²⁾₁ ← z⁽²⁾₁ + Θ⁽¹⁾₁₂·a⁽¹⁾₂", "0.0075 + 0.2·0.1 = 0.0275"),
        (N.MATRIX, "Zₕ,₁₁ ← Zₕ,₁₁ + X₁₂·Wₕ,₂₁", "0.0075 + 0.1·0.2 = 0.0275"),
        (N.NIELSEN, "z²₁ ← z²₁ + w²₁₂·a¹₂", "0.0075 + 0.2·0.1 = 0.0275"),
        (N.CODE, "z[1][0] += w[1][0, 1] * a[0][1]", "0.0075 + 0.2 * 0.1 = 0.0275"),
    ],
)
def test_a_product_joins_the_sum(mazur: Session, name: NotationName, symbols: str, numbers: str) -> None:
    at = position(mazur, Pass.FORWARD, 1, K.MULTIPLY_ADD, entry=1)
    assert told(mazur, at, name) == (symbols, numbers)


def test_the_first_product_starts_the_sum(mazur: Session) -> None:
    at = position(mazur, Pass.FORWARD, 1, K.MULTIPLY_ADD, entry=0)
    assert told(mazur, at) == ("z⁽²⁾₁ ← Θ⁽¹⁾₁₁·a⁽¹⁾₁", "0.15·0.05 = 0.0075")


def test_the_bias_is_column_0_of_theta(mazur: Session) -> None:
    at = position(mazur, Pass.FORWARD, 1, K.ADD_BIAS)
    assert told(mazur, at) == ("z⁽²⁾₁ ← z⁽²⁾₁ + Θ⁽¹⁾₁₀", "0.0275 + 0.35 = 0.3775")


def test_a_complete_sum_is_written_out(mazur: Session) -> None:
    at = position(mazur, Pass.FORWARD, 1, K.PRE_ACTIVATION)
    symbols, numbers = told(mazur, at)
    assert symbols == "z⁽²⁾₁ = Θ⁽¹⁾₁₁·a⁽¹⁾₁ + Θ⁽¹⁾₁₂·a⁽¹⁾₂ + Θ⁽¹⁾₁₀"
    assert numbers == "0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775"


@pytest.mark.parametrize(
    ("name", "symbols", "numbers"),
    [
        (N.THETA, "a⁽²⁾₁ = g(z⁽²⁾₁)", "1 / (1 + exp(−0.3775)) = 0.5933"),
        (N.MATRIX, "H₁₁ = S(Zₕ,₁₁)", "1 / (1 + exp(−0.3775)) = 0.5933"),
        (N.NIELSEN, "a²₁ = σ(z²₁)", "1 / (1 + exp(−0.3775)) = 0.5933"),
        (N.CODE, "a[1][0] = 1 / (1 + np.exp(-z[1][0]))", "1 / (1 + np.exp(-0.3775)) = 0.5933"),
    ],
)
def test_an_activation(mazur: Session, name: NotationName, symbols: str, numbers: str) -> None:
    assert told(mazur, position(mazur, Pass.FORWARD, 1, K.ACTIVATE), name) == (symbols, numbers)


# Mazur: a = 0.75136507, y = 0.01, ½(y − a)² = 0.274811083
def test_half_a_squared_error(mazur: Session) -> None:
    at = position(mazur, Pass.LOSS, 2, K.LOSS_TERM)
    assert told(mazur, at) == ("cost ← 0.5·(a⁽³⁾₁ − y₁)²", "0.5·(0.7514 − 0.01)² = 0.2748")


# Mazur: ∂E/∂out₁ = 0.74136507, out(1 − out) = 0.186815602, δ = 0.138498562
@pytest.mark.parametrize(
    ("kind", "symbols", "numbers"),
    [
        (K.ERROR, "e⁽³⁾₁ = a⁽³⁾₁ − y₁", "0.7514 − 0.01 = 0.7414"),
        (K.SLOPE, "g′(z⁽³⁾₁) = a⁽³⁾₁·(1 − a⁽³⁾₁)", "0.7514·(1 − 0.7514) = 0.1868"),
        (K.DELTA, "δ⁽³⁾₁ = e⁽³⁾₁·g′(z⁽³⁾₁)", "0.7414 × 0.1868 = 0.1385"),
    ],
)
def test_an_output_delta_is_error_times_slope(mazur: Session, kind: OperationKind, symbols: str, numbers: str) -> None:
    assert told(mazur, position(mazur, Pass.BACKWARD, 2, kind)) == (symbols, numbers)


@pytest.mark.parametrize(
    ("name", "symbols"),
    [
        (N.THETA, "δ⁽²⁾₁ = (Θ⁽²⁾₁₁·δ⁽³⁾₁ + Θ⁽²⁾₂₁·δ⁽³⁾₂)·g′(z⁽²⁾₁)"),
        (N.MATRIX, "Eₕ₁,₁₁ = (Eₕ₂,₁₁·Wₕ₂,₁₁ + Eₕ₂,₁₂·Wₕ₂,₁₂)·S′(Zₕ₁,₁₁)"),
        (N.NIELSEN, "δ²₁ = (w³₁₁·δ³₁ + w³₂₁·δ³₂)·σ′(z²₁)"),
        (N.CODE, "delta[1][0] = e[1][0] * slope[1][0]"),
    ],
)
def test_a_hidden_delta_is_sum_times_slope(deltas: Session, name: NotationName, symbols: str) -> None:
    at = position(deltas, Pass.BACKWARD, 1, K.DELTA)
    tape = deltas.tape
    e, slope, delta = (tape.value(f"{q}[1][0]") for q in ("e", "slope", "delta"))
    assert told(deltas, at, name)[0] == symbols
    assert told(deltas, at, name)[1].replace("-", "−").replace("*", "×") == f"{e:.4} × {slope:.4} = {delta:.4}".replace(
        "-", "−"
    )


def test_the_delta_of_a_matched_pair_is_answer_minus_target(deltas: Session) -> None:
    at = position(deltas, Pass.BACKWARD, 3, K.DELTA)
    assert told(deltas, at) == ("δ⁽⁴⁾₁ = a⁽⁴⁾₁ − y₁", "0.6133 − 1 = −0.3867")


def test_a_matched_pair_unfolds_into_error_slope_product_and_cancellation() -> None:
    session = Session(open_run("two-layer-deltas"), is_unfolded=True)
    kinds = (K.ERROR, K.SLOPE, K.DELTA_PRODUCT, K.DELTA)
    symbols = [told(session, position(session, Pass.BACKWARD, 3, kind))[0] for kind in kinds]
    assert symbols == [
        "e⁽⁴⁾₁ = (1 − y₁) / (1 − a⁽⁴⁾₁) − y₁ / a⁽⁴⁾₁",
        "g′(z⁽⁴⁾₁) = a⁽⁴⁾₁·(1 − a⁽⁴⁾₁)",
        "δ⁽⁴⁾₁ = e⁽⁴⁾₁·g′(z⁽⁴⁾₁)",
        "δ⁽⁴⁾₁ = a⁽⁴⁾₁ − y₁",
    ]


def test_the_cross_entropy_keeps_its_leading_minus(deltas: Session) -> None:
    at = position(deltas, Pass.LOSS, 3, K.LOSS_TERM)
    symbols, numbers = told(deltas, at)
    assert symbols == "cost⁽¹⁾ ← −(y₁·ln(a⁽⁴⁾₁) + (1 − y₁)·ln(1 − a⁽⁴⁾₁))"
    assert numbers == "−(1·ln(0.6133) + (1 − 1)·ln(1 − 0.6133)) = 0.4889"


def test_a_samples_gradient_lands_in_the_sum_of_the_batch(deltas: Session) -> None:
    at = position(deltas, Pass.BACKWARD, 1, K.GRADIENT, unit=0, entry=1, sample=1)
    found = formula_at(deltas, at)
    assert told(deltas, at)[0] == "d⁽¹⁾₁₂ = δ⁽²⁾₁·a⁽¹⁾₂"
    assert found.landing is not None
    total = deltas.tape.value("sample_dw[1][0,1]", 0) + deltas.tape.value("sample_dw[1][0,1]", 1)
    assert found.landing.result.value == total
    assert total / 2 == deltas.tape.value("dw[1][0,1]")


def test_the_gradient_in_matrix_form_is_input_times_error(matrix: Session) -> None:
    at = position(matrix, Pass.BACKWARD, 2, K.GRADIENT, unit=1, entry=0, sample=2)
    assert told(matrix, at, N.MATRIX)[0] == "C′⁽³⁾(Wₒ,₁₂) = H₃₁·Eₒ,₃₂"


def test_the_derivative_of_relu_in_matrix_form(matrix: Session) -> None:
    at = position(matrix, Pass.BACKWARD, 2, K.DELTA)
    assert told(matrix, at, N.MATRIX)[0] == "Eₒ,₁₁ = Dₒ,₁₁·R′(Zₒ,₁₁)"


def test_with_output_first_updates_the_new_weight_is_read() -> None:
    spec = run_spec((1, 1, 1), samples=1, training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST))
    session = Session(spec)
    at = position(session, Pass.BACKWARD, 1, K.ERROR_MULTIPLY_ADD, entry=0)
    new, old = float(session.tape.after("w[2][0,0]")), session.tape.value("w[2][0,0]")
    numbers = told(session, at)[1]
    assert f"{new:.4}".replace("-", "−") in numbers
    assert f"{old:.4}".replace("-", "−") not in numbers


def test_a_long_sum_is_shortened() -> None:
    session = Session(run_spec((9, 1), samples=1))
    at = position(session, Pass.FORWARD, 1, K.PRE_ACTIVATION)
    expected = "z⁽²⁾₁ = Θ⁽¹⁾₁₁·a⁽¹⁾₁ + Θ⁽¹⁾₁₂·a⁽¹⁾₂ + Θ⁽¹⁾₁₃·a⁽¹⁾₃ + … + Θ⁽¹⁾₁₀"
    assert told(session, at)[0] == expected
    assert told(session, at, N.CODE)[0] == "z[1][0] = w[1][0] @ a[0] + b[1][0]"


def test_many_outgoing_connections_are_summed_over_k() -> None:
    session = Session(run_spec((1, 1, 5), samples=1))
    at = position(session, Pass.BACKWARD, 1, K.DELTA)
    assert told(session, at)[0] == "δ⁽²⁾₁ = (Σₖ Θ⁽²⁾ₖ₁·δ⁽³⁾ₖ)·g′(z⁽²⁾₁)"
    assert told(session, at, N.MATRIX)[0] == "Eₕ,₁₁ = (Σₖ Eₒ,₁ₖ·Wₒ,₁ₖ)·S′(Zₕ,₁₁)"
    assert told(session, at, N.NIELSEN)[0] == "δ²₁ = (Σₖ w³ₖ₁·δ³ₖ)·σ′(z²₁)"


def test_adam_goes_through_its_states_one_by_one() -> None:
    session = Session(run_spec((1, 1), samples=1, optimizer=OptimizerSpec(OptimizerName.ADAM, 0.1)))
    kinds = (K.MEAN, K.SQUARE, K.MEAN_CORRECTED, K.SQUARE_CORRECTED, K.STEP, K.UPDATE)
    symbols = [told(session, position(session, Pass.UPDATE, 1, kind, entry=0))[0] for kind in kinds]
    assert symbols == [
        "m⁽¹⁾₁₁ ← β₁·m⁽¹⁾₁₁ + (1 − β₁)·D⁽¹⁾₁₁",
        "s⁽¹⁾₁₁ ← β₂·s⁽¹⁾₁₁ + (1 − β₂)·(D⁽¹⁾₁₁)²",
        "m̂⁽¹⁾₁₁ = m⁽¹⁾₁₁ / (1 − β₁¹)",
        "ŝ⁽¹⁾₁₁ = s⁽¹⁾₁₁ / (1 − β₂¹)",
        "ΔΘ⁽¹⁾₁₁ = −α·m̂⁽¹⁾₁₁ / (√ŝ⁽¹⁾₁₁ + ε)",
        "Θ⁽¹⁾₁₁ ← Θ⁽¹⁾₁₁ + ΔΘ⁽¹⁾₁₁",
    ]


@pytest.mark.parametrize(
    ("form", "velocity", "step"),
    [
        (MomentumForm.CLASSIC, "v²₁₁ ← β·v²₁₁ + ∂C/∂w²₁₁", "Δw²₁₁ = −η·v²₁₁"),
        (MomentumForm.AVERAGE, "v²₁₁ ← β·v²₁₁ + (1 − β)·∂C/∂w²₁₁", "Δw²₁₁ = −η·v²₁₁"),
        (MomentumForm.VELOCITY, "v²₁₁ ← β·v²₁₁ − η·∂C/∂w²₁₁", "Δw²₁₁ = v²₁₁"),
        (MomentumForm.NESTEROV, "v²₁₁ ← β·v²₁₁ + ∂C/∂w²₁₁", "Δw²₁₁ = −η·(∂C/∂w²₁₁ + β·v²₁₁)"),
    ],
)
def test_momentum_as_each_book_writes_it(form: MomentumForm, velocity: str, step: str) -> None:
    optimizer = OptimizerSpec(OptimizerName.MOMENTUM, 0.1, form=form)
    session = Session(run_spec((1, 1), samples=1, optimizer=optimizer))
    assert told(session, position(session, Pass.UPDATE, 1, K.VELOCITY, entry=0), N.NIELSEN)[0] == velocity
    assert told(session, position(session, Pass.UPDATE, 1, K.STEP, entry=0), N.NIELSEN)[0] == step


def test_softmax_goes_through_shift_exponentials_sum_and_quotient() -> None:
    names = (A.SOFTMAX,)
    session = Session(run_spec((1, 2), names, samples=1, loss=LossName.CROSS_ENTROPY))
    symbols = [
        told(session, position(session, Pass.FORWARD, 1, kind, entry=entry))[0]
        for kind, entry in ((K.SOFTMAX_SHIFT, None), (K.SOFTMAX_EXPONENTIAL, 1), (K.SOFTMAX_SUM, 1), (K.ACTIVATE, None))
    ]
    assert symbols == [
        "c = max(z⁽²⁾₁, z⁽²⁾₂)", "u⁽²⁾₂ = exp(z⁽²⁾₂ − c)", "S ← S + u⁽²⁾₂", "a⁽²⁾₁ = exp(z⁽²⁾₁ − c) / S"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "quotient", "exponential"),
    [
        (N.THETA, "a⁽²⁾₂ = exp(z⁽²⁾₂ − c) / S", "u⁽²⁾₂ = exp(z⁽²⁾₂ − c)"),
        (N.MATRIX, "ŷ₁₂ = exp(Zₒ,₁₂ − c) / S", "u₁₂ = exp(Zₒ,₁₂ − c)"),
        (N.NIELSEN, "a²₂ = exp(z²₂ − c) / S", "u²₂ = exp(z²₂ − c)"),
        (N.CODE, "a[1][1] = exponentials[1] / total", "exponentials[1] = np.exp(z[1][1] - shift)"),
    ],
)
def test_no_notation_calls_the_exponential_of_softmax_like_an_input(
    name: NotationName, quotient: str, exponential: str
) -> None:
    session = Session(run_spec((1, 2), (A.SOFTMAX,), samples=1, loss=LossName.CROSS_ENTROPY))
    assert told(session, position(session, Pass.FORWARD, 1, K.ACTIVATE, unit=1), name)[0] == quotient
    assert told(session, position(session, Pass.FORWARD, 1, K.SOFTMAX_EXPONENTIAL, entry=1), name)[0] == exponential


def test_a_penalty_joins_loss_and_gradient() -> None:
    session = Session(run_spec((1, 1), samples=1, penalty=PenaltySpec(l2=0.5, l1=0.25)))
    assert told(session, position(session, Pass.REDUCE, 0, K.PENALTY))[0] == "R = λ₂·(Σ Θ²) + λ₁·(Σ |Θ|)"
    assert told(session, position(session, Pass.REDUCE, 0, K.TOTAL_LOSS))[0] == "J = J_data + R"
    at = position(session, Pass.REDUCE, 1, K.PENALIZE, entry=0)
    assert told(session, at)[0] == "D⁽¹⁾₁₁ ← D⁽¹⁾₁₁ + 2·λ₂·Θ⁽¹⁾₁₁ + λ₁·sign(Θ⁽¹⁾₁₁)"


def test_clipping_shows_norm_and_factor() -> None:
    session = Session(run_spec((1, 1), optimizer=OptimizerSpec(learning_rate=0.1, clip_norm=1e-3)))
    found = formula_at(session, position(session, Pass.UPDATE, 0, K.CLIP_NORM))
    assert found.landing is not None
    assert found.landing.result.value == 1e-3 / found.result.value
