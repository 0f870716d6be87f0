"""Symbols of every quantity in every notation."""

import pytest

from bpstudio.explain.expression import Glyphs
from bpstudio.explain.notation import MOST_KEPT, notation
from bpstudio.explain.notation_rules import MOST_REMEMBERED
from bpstudio.explain.scripts import script_text
from bpstudio.explain.text_style import to_text
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import ActivationName, LossName, NotationName, RunSpec
from tests.support.specs import run_spec

N = NotationName
A = ActivationName


@pytest.fixture
def spec() -> RunSpec:
    return run_spec((3, 2, 2), (A.RELU, A.SIGMOID), samples=4)


SYMBOLS = {
    "a[0][2]": ("a⁽¹⁾₃", "X₂₃", "a¹₃", "a[0][2]"),
    "a[1][0]": ("a⁽²⁾₁", "H₂₁", "a²₁", "a[1][0]"),
    "a[2][1]": ("a⁽³⁾₂", "ŷ₂₂", "a³₂", "a[2][1]"),
    "z[1][0]": ("z⁽²⁾₁", "Zₕ,₂₁", "z²₁", "z[1][0]"),
    "slope[1][0]": ("g′⁽²⁾₁", "R′ₕ,₂₁", "σ′²₁", "slope[1][0]"),
    "e[1][0]": ("e⁽²⁾₁", "Dₕ,₂₁", "∂C/∂a²₁", "e[1][0]"),
    "delta[2][1]": ("δ⁽³⁾₂", "Eₒ,₂₂", "δ³₂", "delta[2][1]"),
    "w[1][0,2]": ("Θ⁽¹⁾₁₃", "Wₕ,₃₁", "w²₁₃", "w[1][0, 2]"),
    "b[1][1]": ("Θ⁽¹⁾₂₀", "Bₕ,₂", "b²₂", "b[1][1]"),
    "dw[2][1,0]": ("D⁽²⁾₂₁", "C′_Wo,12", "∂C/∂w³₂₁", "dw[2][1, 0]"),
    "db[2][1]": ("D⁽²⁾₂₀", "C′_Bo,2", "∂C/∂b³₂", "db[2][1]"),
    "sample_dw[1][0,0]": ("d⁽¹⁾₁₁", "C′⁽²⁾_Wh,11", "∂Cₓ/∂w²₁₁", "sample_dw[1][0, 0]"),
    "step_w[1][0,0]": ("ΔΘ⁽¹⁾₁₁", "ΔWₕ,₁₁", "Δw²₁₁", "step_w[1][0, 0]"),
    "state.velocity.w[1][0,0]": ("v⁽¹⁾₁₁", "V_Wh,11", "v²₁₁", "velocity_w[1][0, 0]"),
    "state.mean.b[1][0]": ("m⁽¹⁾₁₀", "M_Bh,1", "m²₁", "mean_b[1][0]"),
    "state.square.w[2][1,1]": ("s⁽²⁾₂₂", "Q_Wo,22", "s³₂₂", "square_w[2][1, 1]"),
    "sample_loss": ("cost⁽²⁾", "C₂", "Cₓ", "sample_loss"),
    "loss": ("J", "C", "C", "loss"),
    "data_loss": ("J_data", "C_data", "C₀", "data_loss"),
    "penalty": ("R", "P", "R", "penalty"),
    "w[1]": ("Θ⁽¹⁾", "Wₕ", "w²", "w[1]"),
    "delta[2]": ("δ⁽³⁾", "Eₒ", "δ³", "delta[2]"),
    "a[0]": ("a⁽¹⁾", "X", "a¹", "a[0]"),
}


@pytest.mark.parametrize("name", list(N))
def test_symbols(spec: RunSpec, name: NotationName) -> None:
    written = notation(name, spec)
    column = (N.THETA, N.MATRIX, N.NIELSEN, N.CODE).index(name)
    for text, symbols in SYMBOLS.items():
        assert script_text(written.symbol(parse_address(text), 1)) == symbols[column], text


def test_every_quantity_has_a_symbol_of_its_own(spec: RunSpec) -> None:
    addresses = {parse_address(text).quantity for text in SYMBOLS}
    assert addresses == set(Quantity) - {
        Quantity.SAMPLE_BIAS_GRADIENT,
        Quantity.BIAS_STEP,
    }
    for column, name in enumerate((N.THETA, N.MATRIX, N.NIELSEN, N.CODE)):
        shown = [symbols[column] for symbols in SYMBOLS.values()]
        assert len(set(shown)) == len(shown), name


def test_a_symbol_knows_its_number(spec: RunSpec) -> None:
    address = Address(Quantity.DELTA, 1, (0,))
    assert notation(N.THETA, spec).symbol(address, 3) == Glyphs("δ", "(2)", "1", Quantity.DELTA, address, 3)
    weight = Address(Quantity.WEIGHT, 1, (0, 1))
    assert notation(N.THETA, spec).symbol(weight, 3).sample is None


def test_a_notation_remembers_its_symbols_and_is_remembered(spec: RunSpec) -> None:
    address, other = Address(Quantity.DELTA, 1, (0,)), run_spec((3, 2, 2), samples=4)
    first = notation(N.THETA, spec).symbol(address, 3)
    assert notation(N.THETA, spec).symbol(Address(Quantity.DELTA, 1, (0,)), 3) is first
    assert notation(N.THETA, spec).symbol(address, 2).sample == 2
    assert notation(N.THETA, other).spec is other, "an equal run is another run"
    assert notation(N.NIELSEN, spec).symbol(address, 3) == Glyphs("δ", "2", "1", Quantity.DELTA, address, 3)


def test_what_is_remembered_stays_small(spec: RunSpec) -> None:
    names = notation(N.THETA, spec)
    address = Address(Quantity.SAMPLE_LOSS)
    shown = [script_text(names.symbol(address, sample)) for sample in range(3 * MOST_REMEMBERED)]
    assert shown[-1] == script_text(names.indexed(address, (), 3 * MOST_REMEMBERED - 1))
    assert len(names._symbols) <= MOST_REMEMBERED
    others = [notation(N.THETA, run_spec((3, 2, 2), samples=4)) for _ in range(2 * MOST_KEPT)]
    assert notation(N.THETA, spec) is not names, "too many others were asked for"
    assert notation(N.THETA, others[-1].spec) is others[-1]


def test_an_index_letter_names_no_number(spec: RunSpec) -> None:
    glyphs = notation(N.NIELSEN, spec).indexed(Address(Quantity.WEIGHT, 2), ("k", "1"))
    assert (script_text(glyphs), glyphs.address) == ("w³ₖ₁", None)


def test_indices_from_10_are_separated() -> None:
    wide = run_spec((12, 11), samples=1)
    address = Address(Quantity.WEIGHT, 1, (9, 11))
    assert script_text(notation(N.THETA, wide).symbol(address)) == "Θ⁽¹⁾₁₀,₁₂"
    assert script_text(notation(N.MATRIX, wide).symbol(address)) == "Wₒ,₁₂,₁₀"


def test_several_hidden_layers_are_numbered() -> None:
    deep = run_spec((2, 2, 2, 1), samples=1)
    written = notation(N.MATRIX, deep)
    symbols = [
        script_text(written.symbol(parse_address(text), 0)) for text in ("a[1][1]", "a[2][0]", "z[2][0]", "w[3]")
    ]
    assert symbols == ["H₁,₁₂", "H₂,₁₁", "Zₕ₂,₁₁", "Wₒ"]


def test_gradients_in_matrix_notation_are_derivatives_of_c(spec: RunSpec) -> None:
    written = notation(N.MATRIX, spec)
    assert to_text(written.expression(parse_address("dw[2][1,0]"))) == "C′(Wₒ,₁₂)"
    assert to_text(written.expression(parse_address("sample_dw[2][1,0]"), 2)) == "C′⁽³⁾(Wₒ,₁₂)"


@pytest.mark.parametrize(
    ("name", "weights", "biases", "activations"),
    [
        (N.THETA, (2, 4), (2,), (2,)),  # Θ has its column of biases
        (N.MATRIX, (3, 2), (1, 2), (4, 2)),  # transposed; rows are samples
        (N.NIELSEN, (2, 3), (2,), (2,)),
        (N.CODE, (2, 3), (2,), (2,)),
    ],
)
def test_shapes(
    spec: RunSpec, name: NotationName, weights: tuple[int, ...], biases: tuple[int, ...], activations: tuple[int, ...]
) -> None:
    written = notation(name, spec)
    assert written.shape(Address(Quantity.WEIGHT, 1)) == weights
    assert written.shape(Address(Quantity.BIAS, 1)) == biases
    assert written.shape(Address(Quantity.ACTIVATION, 1)) == activations
    assert written.shape(Address(Quantity.LOSS)) == ()


def test_names_of_functions_and_rates(spec: RunSpec) -> None:
    functions = [notation(name, spec).activation_function(1).stem for name in (N.THETA, N.MATRIX, N.NIELSEN, N.CODE)]
    slopes = [notation(name, spec).slope_function(1).stem for name in (N.THETA, N.MATRIX, N.NIELSEN, N.CODE)]
    rates = [notation(name, spec).learning_rate().stem for name in (N.THETA, N.MATRIX, N.NIELSEN, N.CODE)]
    assert functions == ["g", "R", "σ", "relu"]
    assert slopes == ["g′", "R′", "σ′", "relu_slope"]
    assert rates == ["α", "α", "η", "learning_rate"]


def test_a_jacobian_entry_is_a_derivative() -> None:
    softmax = run_spec((2, 2), (A.SOFTMAX,), samples=1, loss=LossName.CROSS_ENTROPY)
    address = parse_address("slope[1][0,1]")
    shown = [script_text(notation(name, softmax).symbol(address, 0)) for name in (N.THETA, N.NIELSEN, N.CODE)]
    assert shown == ["∂a/∂z⁽²⁾₁₂", "∂a/∂z²₁₂", "slope[1][0, 1]"]
