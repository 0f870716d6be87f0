"""The formula of any number of a run, as a click on a unit or an edge shows it."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpstudio.errors import AddressError
from bpstudio.explain.notation import notation
from bpstudio.explain.quantities import quantity_evaluation, quantity_formula
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.optimizers import slot_names
from bpstudio.model.spec import ActivationName, LossName, NotationName, RunSpec
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

Q = Quantity


def addresses(spec: RunSpec) -> list[Address]:
    """The first number of every quantity of every layer."""
    found = [Address(quantity) for quantity in Quantity if quantity.is_scalar]
    found.append(Address(Q.ACTIVATION, 0, (0,)))
    for layer, layer_spec in enumerate(spec.network.layers, start=1):
        is_softmax = layer_spec.activation is ActivationName.SOFTMAX
        found.append(Address(Q.SLOPE, layer, (0, 0) if is_softmax else (0,)))
        found += [Address(quantity, layer, (0,)) for quantity in (Q.PRE_ACTIVATION, Q.ACTIVATION, Q.ERROR, Q.DELTA)]
        weights = (Q.WEIGHT, Q.WEIGHT_GRADIENT, Q.SAMPLE_WEIGHT_GRADIENT, Q.WEIGHT_STEP)
        found += [Address(quantity, layer, (0, 0)) for quantity in weights]
        found += [Address(Q.WEIGHT_STATE, layer, (0, 0), slot) for slot in slot_names(spec.optimizer)]
        if layer_spec.bias.present:
            biases = (Q.BIAS, Q.BIAS_GRADIENT, Q.SAMPLE_BIAS_GRADIENT, Q.BIAS_STEP)
            found += [Address(quantity, layer, (0,)) for quantity in biases]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_specs(most_units=3, most_samples=3), st.sampled_from(list(NotationName)))
def test_every_number_has_a_formula_with_its_own_value(spec: RunSpec, name: NotationName) -> None:
    session = Session(spec)
    session.seek(iteration=1)
    tape, written = session.tape, notation(name, spec)
    for address in addresses(spec):
        found = quantity_formula(address, 0, tape, session.program, written)
        assert (to_code if written.is_code else to_text)(found.symbols)
        is_state = address.quantity in (Q.WEIGHT_STATE, Q.BIAS_STATE)
        expected = float(tape.after(address)) if is_state else tape.value(address, 0)
        np.testing.assert_equal(found.result.value, expected, err_msg=str(address))


def shown(session: Session, text: str) -> tuple[str, str]:
    theta = notation(NotationName.THETA, session.spec)
    found = quantity_formula(parse_address(text), 0, session.tape, session.program, theta)
    return to_text(found.symbols), to_text(found.equation)


def test_a_weight_is_its_value_and_then_its_update() -> None:
    session = Session(open_run("mazur"))
    theta = notation(NotationName.THETA, session.spec)
    found = quantity_formula(parse_address("w[2][0,0]"), 0, session.tape, session.program, theta)
    assert to_text(found.symbols) == "Θ⁽²⁾₁₁ = 0.4"
    assert found.landing is not None
    assert found.landing.result.value == pytest.approx(0.35891647971788465, abs=1e-15)  # Mazur's w5⁺


def test_an_untrained_bias_has_no_update() -> None:
    session = Session(open_run("mazur"))
    assert not session.spec.network.layer(1).bias.trainable
    assert quantity_evaluation(parse_address("b[1][0]"), 0, session.tape, session.program) is None
    assert shown(session, "b[1][0]") == ("Θ⁽¹⁾₁₀ = 0.35", "0.35")


def test_an_input_is_given() -> None:
    assert shown(Session(open_run("mazur")), "a[0][1]") == ("a⁽¹⁾₂ = 0.1", "0.1")


def test_a_jacobian_entry() -> None:
    session = Session(run_spec((2, 2), (ActivationName.SOFTMAX,), samples=1, loss=LossName.SQUARED_ERROR))
    assert shown(session, "slope[1][0,0]")[0] == "∂a/∂z⁽²⁾₁₁ = a⁽²⁾₁·(1 − a⁽²⁾₁)"
    assert shown(session, "slope[1][0,1]")[0] == "∂a/∂z⁽²⁾₁₂ = −a⁽²⁾₁·a⁽²⁾₂"


def test_the_error_of_a_fused_output_is_still_known() -> None:
    session = Session(open_run("two-layer-deltas"))
    assert shown(session, "e[3][0]")[0] == "e⁽⁴⁾₁ = (1 − y₁) / (1 − a⁽⁴⁾₁) − y₁ / a⁽⁴⁾₁"


@pytest.mark.parametrize("text", ["w[1]", "delta[9][0]", "w[1][7,0]", "state.mean.w[1][0,0]"])
def test_what_the_run_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        shown(Session(open_run("mazur")), text)


def test_the_evaluation_leads_to_the_operation() -> None:
    session = Session(open_run("two-layer-deltas"))
    session.seek(iteration=3)
    evaluation = quantity_evaluation(parse_address("delta[1][1]"), 1, session.tape, session.program)
    assert evaluation is not None
    assert session.program.operation(evaluation.operation.position) == evaluation.operation
