"""A run with somebody else's weights, or somebody else's network, without being asked anything."""

from dataclasses import replace
from pathlib import Path

from bpstudio.files.model_export import given_parameters
from bpstudio.files.onnx_chain import with_onnx
from bpstudio.files.weight_mapping import guess_mapping, open_weights, read_parameters, require_complete
from bpstudio.model.parameters import ParameterLayout, starting_vector
from bpstudio.model.spec import GivenParameters, RunSpec


def start_of(spec: RunSpec) -> GivenParameters:
    """The parameters a run starts from, written out."""
    return given_parameters(spec, starting_vector(spec, ParameterLayout(spec.network)))


def with_weights(spec: RunSpec, path: Path) -> RunSpec:
    """The run that starts from the weights in a file (npz, safetensors), or with the network in it (onnx).

    Arrays are found by name and shape; raises WeightsError when one is missing or does not fit.
    """
    if path.suffix.lower() == ".onnx":
        return with_onnx(spec, path)
    file = open_weights(path)
    mapping = guess_mapping(spec.network, file.tensors)
    require_complete(mapping, file)
    return replace(spec, start=read_parameters(file, mapping, start_of(spec)))
