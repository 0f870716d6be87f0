"""Names and shapes find their places: PyTorch, Keras, JAX, scikit-learn, notebooks; a person may change each."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bpstudio.errors import WeightsError
from bpstudio.files.model_import import start_of, with_weights
from bpstudio.files.weight_file import TensorInfo
from bpstudio.files.weight_mapping import (
    guess_mapping,
    natural_order,
    open_weights,
    problems_of,
    read_parameters,
)
from bpstudio.files.weights_npz import npz_bytes
from bpstudio.model.spec import ActivationName, Array, BiasSpec, GivenParameters, LayerSpec, NetworkSpec, RunSpec
from tests.support.specs import run_spec

SIZES = (2, 3, 3, 1)


def network(*sizes: int, bias: bool = True) -> NetworkSpec:
    return NetworkSpec(sizes[0], tuple(LayerSpec(n, ActivationName.TANH, BiasSpec(bias)) for n in sizes[1:]))


def guessed(shapes: Mapping[str, tuple[int, ...]], *sizes: int) -> list[tuple[str, str | None, bool]]:
    tensors = [TensorInfo(name, shape, "float32") for name, shape in shapes.items()]
    mapping = guess_mapping(network(*(sizes or SIZES)), tensors)
    assert set(problems_of(mapping, tensors)) == {None}
    return [(str(a.place), a.tensor, a.is_turned) for a in mapping.assignments]


UPRIGHT = ((3, 2), (3,), (3, 3), (3,), (1, 3), (1,))
TURNED = ((2, 3), (3,), (3, 3), (3,), (3, 1), (1,))
CONVENTIONS = {
    "sequential of PyTorch": (["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"], UPRIGHT, False),
    "module of PyTorch": (
        ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "out.weight", "out.bias"],
        UPRIGHT,
        False,
    ),
    "Keras by name": (
        ["dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0", "dense_2/kernel:0", "dense_2/bias:0"],
        TURNED,
        True,
    ),
    "get_weights of Keras": ([f"arr_{k}" for k in range(6)], TURNED, True),
    "scikit-learn": (["coefs_0", "intercepts_0", "coefs_1", "intercepts_1", "coefs_2", "intercepts_2"], TURNED, True),
    "notebook": (["W1", "b1", "W2", "b2", "W3", "b3"], UPRIGHT, False),
    "gradients": (["dW1", "db1", "dW2", "db2", "dW3", "db3"], UPRIGHT, False),
    "gradients in words": (["grad_W1", "grad_b1", "grad_W2", "grad_b2", "grad_W3", "grad_b3"], UPRIGHT, False),
}


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("is_shuffled", [False, True])
def test_a_convention_is_understood(convention: str, is_shuffled: bool) -> None:
    names, shapes, is_turned = CONVENTIONS[convention]
    listed = list(zip(names, shapes, strict=True))
    if is_shuffled:
        listed = listed[::-1] if not names[0].startswith("arr") else listed
    found = guessed(dict(listed))
    assert [tensor for _, tensor, _ in found] == names
    assert [turned for place, _, turned in found if place.startswith("w")] == [is_turned] * 3


def test_layer_10_comes_after_layer_9() -> None:
    assert sorted(["l10.w", "l9.w", "l1.w"], key=natural_order) == ["l1.w", "l9.w", "l10.w"]
    shapes = {f"layers.{k}.weight": (2, 2) for k in (10, 2, 9)} | {f"layers.{k}.bias": (2,) for k in (9, 10, 2)}
    assert [tensor for _, tensor, _ in guessed(shapes, 2, 2, 2, 2)] == [
        f"layers.{k}.{word}" for k in (2, 9, 10) for word in ("weight", "bias")
    ]


def test_square_arrays_follow_the_others_or_their_name() -> None:
    assert guessed({"kernel_1": (3, 3), "bias_1": (3,)}, 3, 3)[0] == ("w[1]", "kernel_1", True)
    assert guessed({"W1": (3, 3), "b1": (3,)}, 3, 3)[0] == ("w[1]", "W1", False)
    assert guessed({"W1": (2, 3), "b1": (3,), "W2": (3, 3), "b2": (3,)}, 2, 3, 3)[2] == ("w[2]", "W2", True)


def test_what_an_optimizer_remembers_is_passed_over() -> None:
    shapes = {"exp_avg.0.weight": (3, 2), "0.weight": (3, 2), "0.bias": (3,), "state.momentum": (3,)}
    assert [tensor for _, tensor, _ in guessed(shapes, 2, 3)] == ["0.weight", "0.bias"]


def test_biases_may_be_rows_or_columns() -> None:
    assert [t for _, t, _ in guessed({"W1": (3, 2), "b1": (3, 1), "W2": (1, 3), "b2": (1, 1)}, 2, 3, 1)] == [
        "W1", "b1", "W2", "b2",
    ]  # fmt: skip


# Reading them in.


def saved(folder: Path, **arrays: Array) -> Path:
    path = folder / "weights.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def arrays_of(spec: RunSpec) -> tuple[list[Array], list[Array]]:
    assert isinstance(spec.start, GivenParameters)
    return list(spec.start.weights), [b for b in spec.start.biases if b is not None]


def test_turned_weights_are_turned_back_bit_for_bit(tmp_path: Path) -> None:
    spec, random = run_spec((2, 3, 1)), np.random.default_rng(0)
    kernels = [random.normal(size=shape) for shape in ((2, 3), (3, 1))]
    biases = [random.normal(size=n) for n in (3, 1)]
    path = saved(tmp_path, coefs_0=kernels[0], coefs_1=kernels[1], intercepts_0=biases[0], intercepts_1=biases[1])
    weights, found = arrays_of(with_weights(spec, path))
    assert [w.tobytes() for w in weights] == [np.ascontiguousarray(k.T).tobytes() for k in kernels]
    assert [b.tobytes() for b in found] == [b.tobytes() for b in biases]


def test_fortran_order_and_small_types_are_read(tmp_path: Path) -> None:
    spec, values = run_spec((2, 3, 1)), np.arange(6.0).reshape(3, 2)
    path = saved(
        tmp_path, W1=np.asfortranarray(values), b1=np.arange(3, dtype=np.int8), W2=np.ones((1, 3), np.float16),
        b2=np.array([True]),
    )  # fmt: skip
    weights, biases = arrays_of(with_weights(spec, path))
    assert weights[0].tolist() == values.tolist()
    assert biases[0].tolist() == [0.0, 1.0, 2.0]
    assert biases[1].tolist() == [1.0]


def test_a_person_may_leave_a_place_as_it_is_and_swap_two(tmp_path: Path) -> None:
    spec = run_spec((2, 2, 2))
    path = saved(
        tmp_path, W1=np.full((2, 2), 1.0), b1=np.ones(2), W2=np.array([[1.0, 2.0], [3.0, 4.0]]), b2=np.zeros(2)
    )
    file = open_weights(path)
    mapping = guess_mapping(spec.network, file.tensors)
    mapping = mapping.with_assignment(0, "W2", True).with_assignment(2, None, False)
    found = read_parameters(file, mapping, start_of(spec))
    assert found.weights[0].tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert found.weights[1].tolist() == start_of(spec).weights[1].tolist()


def test_a_layer_without_bias_needs_none(tmp_path: Path) -> None:
    spec = run_spec((2, 1), biases=(BiasSpec(False, False),))
    changed = with_weights(spec, saved(tmp_path, W=np.array([[1.0, 2.0]])))
    assert isinstance(changed.start, GivenParameters)
    assert changed.start.biases == (None,)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"W1": np.ones((5, 5))}, r"no array fits w\[1\], which is 3 × 2; there is \"W1\" 5 × 5"),
        ({"W1": np.ones((3, 2)), "W2": np.ones((1, 3)), "b2": np.ones(1)}, r"no array fits b\[1\], which is 3"),
        ({"W1": np.full((3, 2), np.nan), "b1": np.ones(3), "W2": np.ones((1, 3)), "b2": np.ones(1)}, "not finite"),
    ],
    ids=["shape", "missing", "nan"],
)
def test_what_does_not_fit_is_said(arrays: dict[str, Array], words: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=words):
        with_weights(run_spec((2, 3, 1)), saved(tmp_path, **arrays))


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".pkl", ".joblib"])
def test_a_pickle_is_never_opened(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(WeightsError, match="is a pickle, which can run any program"):
        open_weights(path)


@pytest.mark.parametrize("name", ["nothing.npz", "folder.npz", "weights.txt"])
def test_what_is_no_file_of_weights_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "weights.txt").write_text("1 2 3")
    with pytest.raises(WeightsError):
        open_weights(tmp_path / name)


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.asfortranarray(np.arange(6.0).reshape(2, 3))}
    assert npz_bytes(arrays) == npz_bytes(dict(arrays))
    (tmp_path / "x.npz").write_bytes(npz_bytes(arrays))
    with np.load(tmp_path / "x.npz", allow_pickle=False) as loaded:
        assert {name: loaded[name].tolist() for name in loaded} == {name: a.tolist() for name, a in arrays.items()}


def test_a_mapping_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    spec = run_spec((2, 1))
    file = open_weights(saved(tmp_path, W1=np.ones((1, 2)), b1=np.ones(1)))
    mapping = guess_mapping(spec.network, file.tensors).with_assignment(0, "W7", False)
    with pytest.raises(WeightsError, match="is not in the file"):
        read_parameters(file, mapping, start_of(spec))
    nothing = mapping.with_assignment(0, None, False).with_assignment(1, None, False)
    with pytest.raises(WeightsError, match="none of its arrays fits"):
        read_parameters(file, replace(nothing), start_of(spec))
