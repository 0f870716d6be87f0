"""Networks go out and come back the same: safetensors, npz, ONNX, run files; and PyTorch's gradients are ours."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bpstudio.cli import main
from bpstudio.errors import ExportError, WeightsError
from bpstudio.files.model_export import given_parameters, model_bytes, named_arrays
from bpstudio.files.model_import import with_weights
from bpstudio.files.run_document import spec_to_document
from bpstudio.files.run_file import load_run_file
from bpstudio.files.weights_safetensors import SafetensorsFile, safetensors_bytes
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, BiasSpec, LayerSpec, LossName, NetworkSpec, RunSpec
from tests.support.specs import ALPHAS, run_spec

A = ActivationName


def parameters_of(spec: RunSpec) -> np.ndarray:
    engine = Engine(spec)
    return engine.state()[: engine.layout.size]


def with_every_activation() -> RunSpec:
    names = tuple(A)
    biases = tuple(BiasSpec(k % 3 != 2) for k in range(len(names)))
    return run_spec((3, *range(2, 2 + len(names))), names, biases=biases, loss=LossName.CROSS_ENTROPY)


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".onnx", ".json"])
def test_what_is_written_comes_back_bit_for_bit(suffix: str, tmp_path: Path) -> None:
    if suffix == ".onnx":
        pytest.importorskip("onnx")
    spec = with_every_activation()
    parameters = parameters_of(spec)
    path = tmp_path / f"model{suffix}"
    path.write_bytes(model_bytes(spec, parameters, suffix))
    other = replace(spec, seed=99)
    found = load_run_file(path) if suffix == ".json" else with_weights(other, path)
    assert found.start == given_parameters(spec, parameters)
    assert found.network == spec.network
    assert model_bytes(spec, parameters, suffix) == path.read_bytes()


def test_safetensors_of_fortran_order_are_what_they_were(tmp_path: Path) -> None:
    """safetensors 0.8.0 by itself writes such an array in the wrong order without a word."""
    values = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    path = tmp_path / "x.safetensors"
    path.write_bytes(safetensors_bytes({"x": values, "y": values.T}))
    file = SafetensorsFile(path)
    assert file.read("x").tolist() == values.tolist()
    assert file.read("y").tolist() == values.T.tolist()


def test_numbers_that_are_not_finite_are_not_written() -> None:
    spec = run_spec((2, 1))
    with pytest.raises(ExportError, match="not finite"):
        model_bytes(spec, np.full(3, np.nan), ".npz")
    with pytest.raises(ExportError, match="ends in one of"):
        model_bytes(spec, np.zeros(3), ".txt")


# ONNX.


@pytest.mark.parametrize("activation", list(A))
def test_onnx_computes_what_we_compute(activation: ActivationName, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    spec = run_spec((3, 4, 2), (activation, A.IDENTITY), samples=5)
    path = tmp_path / "model.onnx"
    path.write_bytes(model_bytes(spec, parameters_of(spec), ".onnx"))
    outputs, *_ = ReferenceEvaluator(str(path)).run(None, {"inputs": np.array(spec.dataset.inputs)})
    # ONNX keeps alpha in 32 bits, and this evaluator's erf is one of 32 bits.
    tolerance = 1e-6 if activation in (A.GELU, A.LEAKY_RELU) else 1e-12
    assert outputs == pytest.approx(np.array(Engine(spec).compute().array("a[2]")), rel=tolerance, abs=tolerance)


def test_a_chain_of_matmul_add_and_silu_is_read(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper, to_tensor = onnx.helper, onnx.numpy_helper.from_array
    kernel, bias = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(3, dtype=np.float32)
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("MatMul", ["f", "k"], ["m"]),
        helper.make_node("Add", ["b", "m"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["s"]),
        helper.make_node("Mul", ["s", "z"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, ["n", k]) for n, k in (("x", 2), ("y", 3))]
    graph = helper.make_graph(nodes, "g", [ends[0]], [ends[1]], [to_tensor(kernel, "k"), to_tensor(bias, "b")])
    (tmp_path / "m.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    found = with_weights(run_spec((2, 3)), tmp_path / "m.onnx")
    assert found.network == NetworkSpec(2, (LayerSpec(3, A.SILU),))
    assert np.array(found.start.weights[0]).tolist() == kernel.T.tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("Conv", "the operator Conv is not among those"), ("Relu", "relu does not stand behind a layer")],
)
def test_another_graph_is_refused(kind: str, words: str, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    ends = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, ["n", 2]) for n in ("x", "y")]
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"])], "g", [ends[0]], [ends[1]])
    (tmp_path / "m.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(WeightsError, match=words):
        with_weights(run_spec((2, 2)), tmp_path / "m.onnx")


def test_a_network_for_other_data_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    spec = run_spec((3, 2))
    (tmp_path / "m.onnx").write_bytes(model_bytes(spec, parameters_of(spec), ".onnx"))
    with pytest.raises(WeightsError, match="has 3 inputs and 2 outputs, but the run's data has 2 and 2"):
        with_weights(run_spec((2, 2)), tmp_path / "m.onnx")


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bpstudio.files.onnx_chain.is_installed", lambda: False)
    (tmp_path / "m.onnx").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"pip install 'bpstudio\[onnx\]'"):
        with_weights(run_spec((2, 2)), tmp_path / "m.onnx")
    with pytest.raises(ExportError, match=r"pip install"):
        model_bytes(run_spec((2, 2)), np.zeros(6), ".onnx")


# PyTorch's own.

PYTORCH = """
import json, sys
import numpy as np
import torch
from safetensors.torch import save_file
torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
torch.set_num_threads(1)
model = torch.nn.Sequential(
    torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 6), torch.nn.SiLU(), torch.nn.Linear(6, 3))
data = json.load(open("run.json"))["data"]
x, t = torch.tensor(data["inputs"]), torch.tensor(data["targets"])
loss = torch.nn.functional.cross_entropy(model(x), t)
loss.backward()
save_file(model.state_dict(), "weights.safetensors")
np.savez("gradients.npz", **{name: p.grad.numpy() for name, p in model.named_parameters()})
print(loss.item())
"""


def test_an_mlp_of_pytorch_has_the_same_gradients_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    spec = run_spec((4, 6, 6, 3), (A.TANH, A.SILU, A.SOFTMAX), samples=8, loss=LossName.CROSS_ENTROPY)
    monkeypatch.chdir(tmp_path)
    Path("run.json").write_text(json.dumps(spec_to_document(spec)), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", PYTORCH], capture_output=True, text=True, check=True, timeout=120)
    assert main(["convert", "run.json", "--weights", "weights.safetensors", "--output", "mine.json"]) == 0
    assert Engine(load_run_file(Path("mine.json"))).compute().losses.total == pytest.approx(
        float(done.stdout), rel=1e-12
    )
    assert main(["compare", "mine.json", "gradients.npz", "--tolerance", "1e-12"]) == 0
    assert capsys.readouterr().out.endswith("passed: the same, to a relative difference of 1e-12\n")


def test_names_are_those_of_pytorch() -> None:
    spec = run_spec((2, 3, 1), biases=(BiasSpec(), BiasSpec(False)))
    shapes = {name: values.shape for name, values in named_arrays(spec, parameters_of(spec)).items()}
    assert shapes == {"layers.0.weight": (3, 2), "layers.0.bias": (3,), "layers.1.weight": (1, 3)}
    assert set(ALPHAS) == {A.LEAKY_RELU, A.ELU}


def test_a_session_is_converted_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "xor", "--iterations", "30", "--every", "30", "--output", "run.bps"]) == 0
    assert main(["convert", "run.bps", "--output", "a.npz"]) == 0
    assert main(["convert", "xor", "--iterations", "30", "--output", "b.npz"]) == 0
    assert main(["convert", "xor", "--output", "c.npz"]) == 0
    first, second, start = (Path(f"{name}.npz").read_bytes() for name in "abc")
    assert first == second != start
