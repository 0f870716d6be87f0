"""ONNX, by the optional package of that name: a chain of Gemm, MatMul, Add and activations is a network, and back."""

import importlib
import importlib.util
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bpstudio.errors import ExportError, WeightsError
from bpstudio.files.limits import MOST_LAYERS, MOST_PARAMETERS, MOST_UNITS
from bpstudio.files.shown import escaped, shown_name
from bpstudio.files.weight_file import MOST_WEIGHT_FILE_BYTES, require_different, require_readable
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.spec import ActivationName, Array, BiasSpec, GivenParameters, LayerSpec, NetworkSpec, RunSpec
from bpstudio.records import dataclass

A = ActivationName
OPERATORS = {
    A.IDENTITY: "Identity",
    A.SIGMOID: "Sigmoid",
    A.TANH: "Tanh",
    A.RELU: "Relu",
    A.LEAKY_RELU: "LeakyRelu",
    A.ELU: "Elu",
    A.SOFTPLUS: "Softplus",
    A.GELU: "Gelu",
    A.SOFTMAX: "Softmax",
}
"""SiLU has none: it is written as z·Sigmoid(z)."""
ACTIVATIONS = {name: activation for activation, name in OPERATORS.items()}
PASSED_OVER = ("Identity", "Flatten", "Dropout")
USUAL_ALPHA = {"LeakyRelu": 0.01, "Elu": 1.0}
OPSET = 20
MOST_NODES = 1_000
INSTALL = "ONNX needs the extra: pip install 'bpstudio[onnx]'"


def is_installed() -> bool:
    """Whether the package is there."""
    return importlib.util.find_spec("onnx") is not None


@dataclass(slots=True)
class _Layer:
    weights: Array
    biases: Array | None = None
    activation: ActivationName | None = None
    alpha: float = 0.0


@dataclass(slots=True)
class _Reader:
    """Walks the graph from its input to its output."""

    name: str
    onnx: Any
    graph: Any
    constants: dict[str, Any]
    layers: list[_Layer] = field(default_factory=list)

    def refuse(self, problem: str) -> WeightsError:
        """An error about this file."""
        return WeightsError(f"{self.name}: {problem}")

    def array(self, name: str) -> Array:
        """A constant of the graph as float64."""
        tensor = self.constants.get(name)
        if tensor is None:
            raise self.refuse(f'"{escaped(name)}" is not a constant of the file; only a chain of layers is read')
        size = 1
        for length in tensor.dims:
            size *= max(0, int(length))
        if size > MOST_PARAMETERS or tensor.data_location == self.onnx.TensorProto.EXTERNAL:
            raise self.refuse(f'"{escaped(name)}" is too large, or lies in another file, which is not opened')
        try:
            values = np.asarray(self.onnx.numpy_helper.to_array(tensor))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, MemoryError):
            raise self.refuse(f'"{escaped(name)}" is damaged') from None
        if values.dtype.kind not in "fiu":
            raise self.refuse(f'"{escaped(name)}" holds {values.dtype}, not numbers')
        return values.astype(np.float64)

    def walk(self) -> None:
        """Read all nodes on the way; anything but one chain is refused."""
        inputs = [value.name for value in self.graph.input if value.name not in self.constants]
        if len(inputs) != 1 or len(self.graph.output) != 1:
            raise self.refuse(f"expected one input and one output, got {len(inputs)} and {len(self.graph.output)}")
        here, end = inputs[0], self.graph.output[0].name
        rest = list(self.graph.node)
        while here != end:
            takers = [node for node in rest if here in node.input]
            if len(takers) == 2:
                here = self._silu(here, takers)
            elif len(takers) == 1 and takers[0].output:
                here = self._take(here, takers[0])
            else:
                raise self.refuse(f'{len(takers)} nodes read "{escaped(here)}"; only a chain of layers is read')
            rest = [node for node in rest if not any(node is taken for taken in takers)]

    def _take(self, here: str, node: Any) -> str:
        kind, others = node.op_type, [name for name in node.input if name and name != here]
        if kind == "Gemm":
            self._gemm(here, node)
        elif kind == "MatMul":
            if node.input[0] != here or len(others) != 1:
                raise self.refuse("a MatMul does not have the values on the left and constants on the right")
            self._add_layer(self.array(others[0]).T)
        elif kind == "Add" and len(others) == 1:
            self._add_bias(self.array(others[0]))
        elif kind in ACTIVATIONS and (kind not in PASSED_OVER):
            self._activate(ACTIVATIONS[kind], self._number(node, "alpha", USUAL_ALPHA.get(kind, 0.0)))
            self._require_plain(node)
        elif kind not in PASSED_OVER:
            known = "Gemm, MatMul, Add and activations"
            raise self.refuse(f"the operator {escaped(kind)} is not among those that are read: {known}")
        return str(node.output[0])

    def _silu(self, here: str, takers: list[Any]) -> str:
        by_kind = {node.op_type: node for node in takers}
        if by_kind.keys() != {"Sigmoid", "Mul"} or not by_kind["Sigmoid"].output or not by_kind["Mul"].output:
            raise self.refuse(f'several nodes read "{escaped(here)}"; only a chain of layers is read')
        if set(by_kind["Mul"].input) != {here, by_kind["Sigmoid"].output[0]}:
            raise self.refuse("a Mul has other factors than z and Sigmoid(z)")
        self._activate(A.SILU, 0.0)
        return str(by_kind["Mul"].output[0])

    def _gemm(self, here: str, node: Any) -> None:
        if node.input[0] != here or len(node.input) < 2 or self._number(node, "transA", 0.0) != 0.0:
            raise self.refuse("a Gemm does not have the values on the left")
        weights = self.array(node.input[1])
        turned = weights if self._number(node, "transB", 0.0) else weights.T
        self._add_layer(turned * self._number(node, "alpha", 1.0))
        if len(node.input) > 2 and node.input[2]:
            self._add_bias(self.array(node.input[2]) * self._number(node, "beta", 1.0))

    def _add_layer(self, weights: Array) -> None:
        if weights.ndim != 2 or not 0 < min(weights.shape) <= max(weights.shape) <= MOST_UNITS:
            raise self.refuse(f"a layer's weights have the shape {weights.shape}; expected two dimensions")
        if self.layers and weights.shape[1] != self.layers[-1].weights.shape[0]:
            raise self.refuse("two layers do not fit together")
        if len(self.layers) == MOST_LAYERS:
            raise self.refuse(f"more than {MOST_LAYERS} layers")
        self.layers.append(_Layer(weights))

    def _add_bias(self, biases: Array) -> None:
        layer = self.layers[-1] if self.layers else None
        if layer is None or layer.biases is not None or layer.activation is not None:
            raise self.refuse("an Add does not stand right behind a layer's product")
        units = layer.weights.shape[0]
        if biases.size not in (1, units) or max(biases.shape, default=1) not in (1, units):
            raise self.refuse(f"{biases.size} biases for {units} units")
        layer.biases = np.full(units, biases.reshape(-1)[0]) if biases.size == 1 else biases.reshape(-1)

    def _activate(self, activation: ActivationName, alpha: float) -> None:
        if not self.layers or self.layers[-1].activation is not None:
            raise self.refuse(f"{activation} does not stand behind a layer")
        if not 0.0 <= alpha < float("inf"):
            raise self.refuse(f"{activation} with alpha {alpha}; expected a number ≥ 0")
        self.layers[-1].activation, self.layers[-1].alpha = activation, alpha

    def _require_plain(self, node: Any) -> None:
        """Gelu by its tanh formula and softmax over samples are other functions."""
        if node.op_type == "Gelu" and any(a.name == "approximate" and a.s != b"none" for a in node.attribute):
            raise self.refuse("Gelu by the tanh formula is not among the activations")
        if node.op_type == "Softmax" and self._number(node, "axis", -1.0) not in (-1.0, 1.0):
            raise self.refuse("Softmax over samples is not among the activations")

    def _number(self, node: Any, name: str, usual: float) -> float:
        for attribute in node.attribute:
            if attribute.name == name:
                is_whole = attribute.type == self.onnx.AttributeProto.INT
                # ONNX keeps these in 32 bits: the shortest decimal that rounds to it is what somebody wrote.
                return float(attribute.i) if is_whole else float(str(np.float32(attribute.f)))
        return usual


def read_onnx(path: Path) -> tuple[NetworkSpec, GivenParameters]:
    """The network of an ONNX file and its parameters; raises WeightsError for anything but a chain of layers."""
    if not is_installed():
        raise WeightsError(INSTALL)
    require_readable(path)
    onnx = importlib.import_module("onnx")
    importlib.import_module("onnx.numpy_helper")
    message = importlib.import_module("google.protobuf.message")
    name = shown_name(path)
    try:
        content = path.read_bytes()[:MOST_WEIGHT_FILE_BYTES]
        model = onnx.load_model_from_string(content)
        graph = model.graph
        named = [(tensor.name, tensor) for tensor in graph.initializer]
        for node in graph.node:
            if node.op_type == "Constant" and node.output and node.attribute and node.attribute[0].name == "value":
                named.append((node.output[0], node.attribute[0].t))
    except (message.DecodeError, OSError, ValueError, TypeError, RecursionError, MemoryError):
        raise WeightsError(f"{name} is not an ONNX file") from None
    if len(graph.node) > MOST_NODES:
        raise WeightsError(f"{name} has {len(graph.node):,} nodes; at most {MOST_NODES:,} are read")
    if not _is_text(graph):
        raise WeightsError(f"{name} is not a whole ONNX file")
    require_different(name, (constant for constant, _ in named))
    reader = _Reader(name, onnx, graph, dict(named))
    reader.walk()
    if not reader.layers:
        raise WeightsError(f"{name} holds no layers")
    return _network(name, reader.layers)


def _is_text(graph: Any) -> bool:
    """Whether all names are text: of broken ones the reader makes bytes."""
    names = [value.name for values in (graph.input, graph.output, graph.initializer) for value in values]
    for node in graph.node:
        names += [node.op_type, *node.input, *node.output, *(attribute.name for attribute in node.attribute)]
    return all(isinstance(name, str) for name in names)


def _network(name: str, layers: list[_Layer]) -> tuple[NetworkSpec, GivenParameters]:
    count = sum(layer.weights.size + layer.weights.shape[0] for layer in layers)
    if count > MOST_PARAMETERS:
        raise WeightsError(f"{name} has {count:,} weights and biases; at most {MOST_PARAMETERS:,} are read")
    for number, layer in enumerate(layers, start=1):
        for values in (layer.weights, layer.biases):
            if values is not None and not np.isfinite(values).all():
                raise WeightsError(f"{name}: layer {number} holds a number that is not finite")
    specs = tuple(
        LayerSpec(len(l.weights), l.activation or A.IDENTITY, BiasSpec(l.biases is not None), l.alpha) for l in layers
    )
    weights = tuple(_frozen(layer.weights) for layer in layers)
    biases = tuple(None if layer.biases is None else _frozen(layer.biases) for layer in layers)
    return NetworkSpec(weights[0].shape[1], specs), GivenParameters(weights, biases)


def _frozen(values: Array) -> Array:
    own = np.array(values, dtype=np.float64, order="C")
    own.flags.writeable = False
    return own


def with_onnx(spec: RunSpec, path: Path) -> RunSpec:
    """The run with the network of an ONNX file in place of its own; raises WeightsError where the data does not fit."""
    network, start = read_onnx(path)
    wanted, there = (spec.network.inputs, spec.network.sizes[-1]), (network.inputs, network.sizes[-1])
    if wanted != there:
        problem = f"has {there[0]} inputs and {there[1]} outputs, but the run's data has {wanted[0]} and {wanted[1]}"
        raise WeightsError(f"{shown_name(path)} {problem}")
    return replace(spec, network=network, start=start)


def onnx_bytes(spec: RunSpec, parameters: Array) -> bytes:
    """The network as ONNX in float64: one Gemm and one activation per layer; raises ExportError without the extra."""
    if not is_installed():
        raise ExportError(INSTALL)
    onnx = importlib.import_module("onnx")
    helper = importlib.import_module("onnx.helper")
    to_tensor = importlib.import_module("onnx.numpy_helper").from_array
    layout, nodes, constants = ParameterLayout(spec.network), [], []
    here = "inputs"
    for number, layer in enumerate(spec.network.layers, start=1):
        names = [f"layers.{number - 1}.weight"]
        constants.append(to_tensor(np.ascontiguousarray(layout.weights(parameters, number)), names[0]))
        biases = layout.biases(parameters, number)
        if biases is not None:
            names.append(f"layers.{number - 1}.bias")
            constants.append(to_tensor(np.ascontiguousarray(biases), names[1]))
        nodes.append(helper.make_node("Gemm", [here, *names], [f"z{number}"], transB=1))
        here = "outputs" if number == spec.network.depth else f"a{number}"
        nodes += _activation_nodes(helper, layer, f"z{number}", here)
    shape = {"inputs": spec.network.inputs, "outputs": spec.network.sizes[-1]}
    ends = {
        name: helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, ["samples", n]) for name, n in shape.items()
    }
    graph = helper.make_graph(nodes, "network", [ends["inputs"]], [ends["outputs"]], constants)
    model = helper.make_model(
        graph, producer_name="bpstudio", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9
    )
    return bytes(model.SerializeToString(deterministic=True))


def _activation_nodes(helper: Any, layer: LayerSpec, z: str, a: str) -> list[Any]:
    if layer.activation is A.SILU:
        return [helper.make_node("Sigmoid", [z], [f"{z}s"]), helper.make_node("Mul", [z, f"{z}s"], [a])]
    extra: dict[str, object] = {}
    if layer.activation in (A.LEAKY_RELU, A.ELU):
        extra["alpha"] = layer.alpha
    if layer.activation is A.SOFTMAX:
        extra["axis"] = 1
    return [helper.make_node(OPERATORS[layer.activation], [z], [a], **extra)]
