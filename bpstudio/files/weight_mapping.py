"""Which array of a file goes where: guessed from names and shapes, changed by a person, then read into parameters.

Weights are (units, inputs) here and in PyTorch; Keras, JAX and scikit-learn store (inputs, units), which is turned round.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bpstudio.errors import WeightsError
from bpstudio.files.shown import escaped, shown_name
from bpstudio.files.weight_file import TensorInfo, WeightFile, require_readable
from bpstudio.files.weights_npz import NpzFile
from bpstudio.files.weights_safetensors import SafetensorsFile
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array, GivenParameters, NetworkSpec
from bpstudio.records import dataclass

W, B = Quantity.WEIGHT, Quantity.BIAS
MOST_DIMENSIONS_SHOWN = 8
_BIAS = re.compile(r"bias|intercept|(^|[._/])d?b_?[0-9]*$|grad_b", re.IGNORECASE)
_WEIGHT = re.compile(r"weight|kernel|coef|theta|(^|[._/])d?w_?[0-9]*$|grad_w", re.IGNORECASE)
_INPUTS_FIRST = re.compile(r"kernel|coef", re.IGNORECASE)
_STATE = re.compile(r"exp_avg|momentum|running_|num_batches|velocity|optimizer|moment", re.IGNORECASE)
_SUFFIXES = ".npz, .safetensors, .onnx"


def open_weights(path: Path) -> WeightFile:
    """The file of weights at ``path``, by the end of its name; raises WeightsError."""
    require_readable(path)
    match path.suffix.lower():
        case ".npz":
            return NpzFile(path)
        case ".safetensors":
            return SafetensorsFile(path)
        case ".pt" | ".pth" | ".pkl" | ".pickle" | ".joblib":
            problem = "is a pickle, which can run any program when it is read; save the weights as safetensors or npz"
            raise WeightsError(f"{shown_name(path)} {problem}")
        case _:
            raise WeightsError(f"{shown_name(path)}: expected a name that ends in one of {_SUFFIXES}")


@dataclass(frozen=True, slots=True)
class Assignment:
    """The array that one place of the network gets: ``tensor`` is its name, None where the place keeps its numbers."""

    place: Address
    shape: tuple[int, ...]
    tensor: str | None
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """All places of a network in order, each with its array or none."""

    assignments: tuple[Assignment, ...]

    def with_assignment(self, row: int, tensor: str | None, is_turned: bool) -> "Mapping":
        """The same with another array at one place."""
        changed = replace(self.assignments[row], tensor=tensor, is_turned=is_turned)
        return Mapping((*self.assignments[:row], changed, *self.assignments[row + 1 :]))


def places_of(network: NetworkSpec) -> list[tuple[Address, tuple[int, ...]]]:
    """Every array of parameters with its shape: w[1], b[1], w[2]…"""
    found: list[tuple[Address, tuple[int, ...]]] = []
    for number, layer in enumerate(network.layers, start=1):
        found.append((Address(W, number), (layer.units, network.sizes[number - 1])))
        if layer.bias.present:
            found.append((Address(B, number), (layer.units,)))
    return found


def guess_mapping(network: NetworkSpec, tensors: Sequence[TensorInfo]) -> Mapping:
    """The most likely mapping: weights in the order of the numbers in their names, biases beside their weights.

    A name that says `kernel` or `coef` holds (inputs, units); square arrays of other names follow the arrays whose shape
    decides. Places that nothing fits stay empty.
    """
    ordered = sorted(tensors, key=lambda tensor: natural_order(tensor.name))
    usable = [tensor for tensor in ordered if not _STATE.search(tensor.name)] or ordered
    weights = [t for t in usable if len(t.shape) == 2 and min(t.shape) > 0 and not _is_bias(t)]
    chosen = _weights_of(network, weights)
    turned = _orientation(network, chosen)
    assignments: list[Assignment] = []
    used = {tensor.name for tensor in chosen.values()}
    for place, shape in places_of(network):
        number = place.layer or 0
        if place.quantity is W:
            tensor = chosen.get(number)
            assignments.append(Assignment(place, shape, tensor.name if tensor else None, number in turned))
        else:
            bias = _bias_of(shape[0], chosen.get(number), usable, used)
            used |= {bias.name} if bias else set()
            assignments.append(Assignment(place, shape, bias.name if bias else None))
    return Mapping(tuple(assignments))


def natural_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key in which `layer10` comes after `layer9`."""
    return tuple((1, int(part[:18])) if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", name) if part)


def _is_bias(tensor: TensorInfo) -> bool:
    return bool(_BIAS.search(tensor.name)) and not _WEIGHT.search(tensor.name)


def _weights_of(network: NetworkSpec, weights: list[TensorInfo]) -> dict[int, TensorInfo]:
    """Layer by layer the next array that fits, in either orientation."""
    found: dict[int, TensorInfo] = {}
    rest = list(weights)
    for number, layer in enumerate(network.layers, start=1):
        shape = (layer.units, network.sizes[number - 1])
        index = next((k for k, t in enumerate(rest) if t.shape in (shape, shape[::-1])), None)
        if index is not None:
            found[number] = rest[index]
            del rest[: index + 1]
    return found


def _orientation(network: NetworkSpec, chosen: dict[int, TensorInfo]) -> set[int]:
    """The layers whose array is (inputs, units)."""
    turned: set[int] = set()
    undecided: list[int] = []
    for number, tensor in chosen.items():
        shape = (network.sizes[number], network.sizes[number - 1])
        if shape[0] == shape[1]:
            undecided.append(number)
        elif tensor.shape != shape:
            turned.add(number)
    upright = len(chosen) - len(undecided) - len(turned)
    for number in undecided:
        says_so = bool(_INPUTS_FIRST.search(chosen[number].name))
        if len(turned) > upright or (upright == 0 and says_so):
            turned.add(number)
    return turned


def _bias_of(
    units: int, weights: TensorInfo | None, tensors: Sequence[TensorInfo], used: Iterable[str]
) -> TensorInfo | None:
    """The array of biases: that with the weights' name but for the word, else the next one of its size."""
    free = [t for t in tensors if t.name not in used and t.size == units and _is_line(t.shape)]
    named = [t for t in free if _is_bias(t)] or free
    if weights is not None:
        stem = _stem(weights.name)
        for tensor in named:
            if _stem(tensor.name) == stem:
                return tensor
    return named[0] if named else None


def _is_line(shape: tuple[int, ...]) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and 1 in shape)


def _stem(name: str) -> str:
    """A name without its word for weights or biases: `layers.0.weight` and `layers.0.bias` have the same."""
    word = r"weights?|biases|bias|kernel|coefs?_?|intercepts?_?|grad_?[wb]|(?<![a-z])d?[wb](?=_?[0-9]*$)"
    return re.sub(word, "*", name, flags=re.IGNORECASE)


def problems_of(mapping: Mapping, tensors: Sequence[TensorInfo]) -> list[str | None]:
    """For each place what is wrong with its array, in a few words; None where it fits or is left alone."""
    shapes = {tensor.name: tensor.shape for tensor in tensors}
    return [_problem(assignment, shapes) for assignment in mapping.assignments]


def _problem(assignment: Assignment, shapes: dict[str, tuple[int, ...]]) -> str | None:
    if assignment.tensor is None:
        return None
    shape = shapes.get(assignment.tensor)
    if shape is None:
        return "is not in the file"
    if len(assignment.shape) == 1:
        fits = _is_line(shape) and max(shape, default=0) == assignment.shape[0]
    else:
        fits = (shape[::-1] if assignment.is_turned else shape) == assignment.shape
    return None if fits else f"is {in_words(shape)}, needed is {in_words(assignment.shape)}"


def in_words(shape: tuple[int, ...]) -> str:
    """A shape as `128 × 784`."""
    if len(shape) > MOST_DIMENSIONS_SHOWN:
        return f"an array of {len(shape)} dimensions"
    return " × ".join(map(str, shape)) or "a single number"


def read_arrays(file: WeightFile, mapping: Mapping) -> dict[Address, Array]:
    """The arrays of all places that have one, in the shape the place needs; raises WeightsError for what does not fit."""
    found: dict[Address, Array] = {}
    for assignment, problem in zip(mapping.assignments, problems_of(mapping, file.tensors), strict=True):
        if assignment.tensor is None:
            continue
        name = f'{shown_name(file.path)}: "{escaped(assignment.tensor)}" for {assignment.place}'
        if problem is not None:
            raise WeightsError(f"{name} {problem}")
        values = file.read(assignment.tensor)
        values = values.T if assignment.is_turned else values
        found[assignment.place] = np.ascontiguousarray(values).reshape(assignment.shape)
    return found


def read_parameters(file: WeightFile, mapping: Mapping, kept: GivenParameters) -> GivenParameters:
    """The parameters with the file's arrays in their places, and ``kept`` where the mapping names none.

    Raises WeightsError when nothing is mapped, something does not fit, or a number is not finite.
    """
    arrays = read_arrays(file, mapping)
    if not arrays:
        raise WeightsError(f"{shown_name(file.path)}: none of its arrays fits this network")
    for place, values in arrays.items():
        if not np.isfinite(values).all():
            raise WeightsError(f"{shown_name(file.path)}: {place} holds a number that is not finite")
        values.flags.writeable = False
    weights = tuple(arrays.get(Address(W, l), old) for l, old in enumerate(kept.weights, start=1))
    biases = tuple(
        None if old is None else arrays.get(Address(B, l), old) for l, old in enumerate(kept.biases, start=1)
    )
    return GivenParameters(weights, biases)


def require_complete(mapping: Mapping, file: WeightFile) -> None:
    """Raise WeightsError naming the first place without an array: what the command line does where a dialog would ask."""
    missing = [a for a in mapping.assignments if a.tensor is None]
    if missing:
        there = ", ".join(f'"{escaped(t.name)}" {in_words(t.shape)}' for t in file.tensors[:6])
        more = "…" if len(file.tensors) > 6 else ""
        place = f"{missing[0].place}, which is {in_words(missing[0].shape)}"
        raise WeightsError(f"{shown_name(file.path)}: no array fits {place}; there is {there}{more}")
