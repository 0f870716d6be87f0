"""What the dialog of weights shows for a mapping; its snippets are those of the guide."""

import pytest

from bpstudio import resources
from bpstudio.files.weight_file import TensorInfo
from bpstudio.files.weight_mapping import guess_mapping
from bpstudio.model.spec import ActivationName, LayerSpec, NetworkSpec
from bpstudio.viewstate.weights_state import SNIPPETS, mapping_state, network_state, problem_state

NETWORK = NetworkSpec(2, (LayerSpec(3, ActivationName.TANH), LayerSpec(1, ActivationName.SIGMOID)))
TENSORS = tuple(
    TensorInfo(name, shape, "float64")
    for name, shape in {
        "coefs_0": (2, 3),
        "intercepts_0": (3,),
        "coefs_1": (3, 1),
        "intercepts_1": (1,),
        "x": (9, 9),
    }.items()
)


def test_rows_say_what_is_needed_and_what_fits() -> None:
    state = mapping_state("w.npz", guess_mapping(NETWORK, TENSORS), TENSORS)
    assert [(row.place, row.needs, row.chosen) for row in state.rows] == [
        ("w[1]", "3 × 2", "coefs_0"), ("b[1]", "3", "intercepts_0"), ("w[2]", "1 × 3", "coefs_1"), ("b[2]", "1", "intercepts_1"),
    ]  # fmt: skip
    assert [row.words for row in state.rows] == ["fits, turned to 3 × 2", "fits", "fits, turned to 1 × 3", "fits"]
    assert [choice.name for choice in state.rows[0].choices] == ["coefs_0"]
    assert state.summary == "4 of 4 places get an array. Not used: x"
    assert state.can_import


def test_an_array_that_does_not_fit_blocks_and_is_named() -> None:
    mapping = guess_mapping(NETWORK, TENSORS).with_assignment(0, "coefs_0", False)
    state = mapping_state("w.npz", mapping, TENSORS)
    assert not state.can_import
    assert state.is_problem
    assert state.summary.startswith("w[1] gets an array of another shape")
    assert state.rows[0].words == "is 2 × 3, needed is 3 × 2"


def test_nothing_mapped_cannot_be_imported() -> None:
    state = mapping_state("w.npz", guess_mapping(NETWORK, TENSORS[-1:]), TENSORS[-1:])
    assert not state.can_import
    assert {row.words for row in state.rows} == {"stays as it is"}


def test_a_problem_and_a_network_have_no_rows() -> None:
    assert problem_state("w.pt", "no").rows == network_state("m.onnx", NETWORK).rows == ()
    assert network_state("m.onnx", NETWORK).summary.startswith("A network 2-3-1 with tanh, sigmoid")


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_lines_are_those_of_the_guide(name: str) -> None:
    page = (resources.path("help") / "models.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in SNIPPETS[name] if line not in page] == []
