"""A network as a file that others read: run file, safetensors, npz, ONNX, or a script that computes its iteration."""

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from bpstudio.errors import ExportError
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.files.code_numpy import numpy_script
from bpstudio.files.code_torch import torch_script
from bpstudio.files.onnx_chain import onnx_bytes
from bpstudio.files.run_document import spec_to_document
from bpstudio.files.shown import shown_name
from bpstudio.files.weights_npz import npz_bytes
from bpstudio.files.weights_safetensors import safetensors_bytes
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.spec import Array, GivenParameters, RunSpec


class Framework(StrEnum):
    """What a script is written in."""

    NUMPY = "numpy"
    PYTORCH = "pytorch"


SUFFIXES = (".json", ".safetensors", ".npz", ".onnx", ".py")


def given_parameters(spec: RunSpec, parameters: Array) -> GivenParameters:
    """A flat vector (size,) as the parameters of a run file; read-only copies."""
    layout, weights, biases = ParameterLayout(spec.network), [], []
    for number in range(1, spec.network.depth + 1):
        weights.append(np.array(layout.weights(parameters, number)))
        given = layout.biases(parameters, number)
        biases.append(None if given is None else np.array(given))
    for values in (*weights, *biases):
        if values is not None:
            values.flags.writeable = False
    return GivenParameters(tuple(weights), tuple(biases))


def named_arrays(spec: RunSpec, parameters: Array) -> dict[str, Array]:
    """The parameters by the names that PyTorch gives them: `layers.0.weight` (units, inputs), `layers.0.bias`."""
    given, found = given_parameters(spec, parameters), dict[str, Array]()
    for number, (weights, biases) in enumerate(zip(given.weights, given.biases, strict=True)):
        found[f"layers.{number}.weight"] = weights
        if biases is not None:
            found[f"layers.{number}.bias"] = biases
    return found


def model_bytes(spec: RunSpec, parameters: Array, suffix: str, framework: Framework = Framework.NUMPY) -> bytes:
    """The file's content; ``parameters`` (size,) are those to write.

    Raises ExportError for an unknown suffix, numbers that are not finite, and what the format cannot say.
    """
    if suffix not in SUFFIXES:
        raise ExportError(f"expected a name that ends in one of {', '.join(SUFFIXES)}")
    if not np.isfinite(parameters).all():
        raise ExportError("not written, for the weights are not finite")
    match suffix:
        case ".json":
            document = spec_to_document(replace(spec, start=given_parameters(spec, parameters)))
            return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
        case ".safetensors":
            return safetensors_bytes(named_arrays(spec, parameters))
        case ".npz":
            return npz_bytes(named_arrays(spec, parameters))
        case ".onnx":
            return onnx_bytes(spec, parameters)
        case _:
            script = torch_script if framework is Framework.PYTORCH else numpy_script
            return script(spec, parameters).encode()


def write_model(path: Path, spec: RunSpec, parameters: Array, framework: Framework = Framework.NUMPY) -> None:
    """Write the file whole or not at all; raises ExportError."""
    try:
        write_bytes_atomically(path, model_bytes(spec, parameters, path.suffix.lower(), framework))
    except OSError as error:
        raise ExportError(f"{shown_name(path)} could not be written ({error.strerror or error})") from error
