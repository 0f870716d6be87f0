"""Reads a run file (format "bpstudio-run/1") into a RunSpec; every error names the place in one sentence."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from bpstudio.errors import RunFileError
from bpstudio.files import limits
from bpstudio.files.arrays import read_matrix, read_vector
from bpstudio.files.bounded_file import read_bounded, read_standard_input
from bpstudio.files.data_section import read_dataset, require_dataset_fit
from bpstudio.files.examples import example_names, example_path
from bpstudio.files.json_reader import read_json
from bpstudio.files.optimizer_section import read_optimizer
from bpstudio.files.section import Section, list_of
from bpstudio.files.shown import shown, shown_name
from bpstudio.model.spec import (
    ActivationName,
    Array,
    BiasSpec,
    Dataset,
    GivenParameters,
    InitializerName,
    InitializerSpec,
    LayerSpec,
    LossName,
    LossSpec,
    NetworkSpec,
    NotationName,
    Order,
    PenaltySpec,
    Reduction,
    RunSpec,
    Summation,
    TrainingSpec,
    UpdateRule,
)

FORMAT = "bpstudio-run/1"
USUAL_ALPHA = {ActivationName.LEAKY_RELU: 0.01, ActivationName.ELU: 1.0}
"""Activations that take "alpha", with its default."""
_NONE = np.empty((0, 0))
_NO_DATA = Dataset(_NONE, _NONE, _NONE, _NONE)


def open_run(source: str | Path | Mapping[str, object]) -> RunSpec:
    """Return the run that ``source`` names: an example, a path, "-" for standard input, or a run file as a dict.

    An example's name wins over a file of the same name; write ./xor for the file. Raises RunFileError.
    """
    if isinstance(source, Mapping):
        return parse_run(source, Path.cwd())
    if source == "-":
        return load_run_text(read_standard_input(), Path.cwd())
    if isinstance(source, str) and source in example_names():
        return load_run_file(example_path(source))
    path = Path(source)
    if isinstance(source, str) and not os.path.exists(source) and re.fullmatch(r"[\w-]+", source):
        listed = ", ".join(example_names())
        raise RunFileError("", f"{shown_name(source)} is neither a file nor an example; the examples are {listed}")
    return load_run_file(path)


def load_run_file(path: Path) -> RunSpec:
    """Return the run in a file; raises RunFileError when it cannot be read or is wrong."""
    return load_run_text(read_bounded(path), path.parent)


def load_run_text(content: bytes | str, folder: Path) -> RunSpec:
    """Return the run in JSON text; ``folder`` is where CSV files are looked for."""
    return parse_run(read_json(content), folder)


def parse_run(document: object, folder: Path) -> RunSpec:
    """Return the run that a decoded run file describes, complete and checked (contract, section 2)."""
    section = Section(document, "")
    settings = _read_settings(section)
    section.required("data", "an object with inputs and targets, a dataset or a csv")
    data = section.section("data")
    section.finish()
    _require_order(settings)
    dataset = read_dataset(data, settings.network, settings.loss.name, settings.seed, folder)
    spec = replace(settings, dataset=dataset)
    _require_room(spec)
    return spec


def parse_settings(document: object, dataset: Dataset) -> RunSpec:
    """Return the run that a document without data describes, trained on ``dataset``; checked as in a run file."""
    section = Section(document, "")
    spec = replace(_read_settings(section), dataset=dataset)
    section.finish()
    _require_order(spec)
    require_dataset_fit(dataset, spec.network, spec.loss.name)
    _require_room(spec)
    return spec


def _read_settings(section: Section) -> RunSpec:
    """Everything but the data, which is empty in the result."""
    _require_format(section)
    title = section.text("title", "")
    seed = section.whole("seed", 0, 0, limits.MOST_SEED)
    notation = section.choice("notation", NotationName, NotationName.THETA)
    network = _read_network(section)
    start = _read_start(section, network)
    loss = read_loss(section.section("loss"))
    penalty = _read_penalty(section.section("penalty"))
    section.required("optimizer", "an object with name and learning_rate")
    optimizer = read_optimizer(section.section("optimizer"))
    training = _read_training(section.section("training"))
    return RunSpec(title, network, start, _NO_DATA, loss, penalty, optimizer, training, seed, notation)


def _require_order(spec: RunSpec) -> None:
    if spec.training.update is UpdateRule.OUTPUT_FIRST and spec.optimizer.clip_norm is not None:
        raise RunFileError(
            "optimizer.clip_norm", 'the norm needs all gradients before any update; not possible with "output_first"'
        )


def _require_format(section: Section) -> None:
    value = section.value("format")
    if value == FORMAT:
        return
    if value is None:
        section.fail("format", f'missing; expected "{FORMAT}"')
    match = re.fullmatch(r"bpstudio-run/([0-9]{1,6})", value) if isinstance(value, str) else None
    if match and int(match[1]) > 1:
        section.fail("format", f'{shown(value)} is newer than this version of bpstudio reads; expected "{FORMAT}"')
    section.fail("format", f'expected "{FORMAT}", got {shown(value)}')


def _read_network(document: Section) -> NetworkSpec:
    document.required("network", "an object with inputs and layers")
    section = document.section("network")
    inputs = section.whole("inputs", None, 1, limits.MOST_UNITS)
    listed = section.items("layers", "a list of layers", limits.MOST_LAYERS)
    section.finish()
    if not listed:
        section.fail("layers", "expected at least one layer, got none")
    layers = tuple(_read_layer(Section(value, f"{section.at('layers')}[{k}]")) for k, value in enumerate(listed))
    network = NetworkSpec(inputs, layers)
    sizes = network.sizes
    total = sum(n * m + m for n, m in pairwise(sizes))
    if total > limits.MOST_PARAMETERS:
        problem = f"expected at most {limits.MOST_PARAMETERS:,} weights and biases, got {total:,}"
        section.fail("layers", problem)
    return network


def _read_layer(section: Section) -> LayerSpec:
    units = section.whole("units", None, 1, limits.MOST_UNITS)
    activation = section.choice("activation", ActivationName, None)
    alpha = 0.0
    if activation in USUAL_ALPHA:
        alpha = section.number("alpha", USUAL_ALPHA[activation], low=0.0)
    elif section.has("alpha"):
        section.fail("alpha", f"only leaky_relu and elu take alpha, not {activation}")
    bias = section.section("bias")
    result = BiasSpec(bias.truth("present", True), bias.truth("trainable", True))
    bias.finish()
    section.finish()
    return LayerSpec(units, activation, result, alpha)


def _read_start(document: Section, network: NetworkSpec) -> GivenParameters | InitializerSpec:
    has_parameters, has_initializer = document.has("parameters"), document.has("initializer")
    if has_parameters and has_initializer:
        document.fail("initializer", "parameters already says where to start; leave one of them out")
    if has_parameters:
        return _read_parameters(document.section("parameters"), network)
    section = document.section("initializer")
    name = section.choice("name", InitializerName, InitializerName.GLOROT_UNIFORM)
    result = InitializerSpec(name, section.number("scale", 1.0))
    section.finish()
    return result


def _read_parameters(section: Section, network: NetworkSpec) -> GivenParameters:
    sizes, depth = network.sizes, network.depth
    listed = {
        key: list_of(section.required(key, f"a list of {depth}, one for each layer"), section.at(key), "a list", 2**31)
        for key in ("weights", "biases")
    }
    section.finish()
    for key, values in listed.items():
        if len(values) != depth:
            section.fail(key, f"expected {depth} entries, one for each layer, got {len(values)}")
    weights = tuple(
        read_matrix(value, f"{section.at('weights')}[{k}]", (sizes[k + 1], sizes[k]))
        for k, value in enumerate(listed["weights"])
    )
    biases: list[Array | None] = []
    for k, value in enumerate(listed["biases"]):
        place = f"{section.at('biases')}[{k}]"
        if network.layers[k].bias.present:
            biases.append(read_vector(value, place, sizes[k + 1]))
        elif value is None:
            biases.append(None)
        else:
            raise RunFileError(place, f"expected null (network.layers[{k}] has no bias), got {shown(value)}")
    return GivenParameters(weights, tuple(biases))


def read_loss(section: Section) -> LossSpec:
    """Return the loss of a loss section."""
    name = section.choice("name", LossName, LossName.SQUARED_ERROR)
    factor = section.number("factor", 0.5 if name is LossName.SQUARED_ERROR else 1.0)
    result = LossSpec(name, factor, section.choice("reduction", Reduction, Reduction.MEAN))
    section.finish()
    return result


def _read_penalty(section: Section) -> PenaltySpec:
    result = PenaltySpec(section.number("l2", 0.0, low=0.0), section.number("l1", 0.0, low=0.0))
    section.finish()
    return result


def _read_training(section: Section) -> TrainingSpec:
    size = None
    if section.value("batch_size") is not None:
        size = section.whole("batch_size", None, 1, 2**31 - 1)
    result = TrainingSpec(
        size,
        section.truth("shuffle", False),
        section.choice("order", Order, Order.SAMPLE_MAJOR),
        section.choice("update", UpdateRule, UpdateRule.SIMULTANEOUS),
        section.choice("summation", Summation, Summation.AUTO),
    )
    section.finish()
    return result


def _require_room(spec: RunSpec) -> None:
    """All numbers of a batch are kept: the inputs, and of each unit z, a, the slope, e and δ."""
    numbers = spec.batch_size * (spec.network.inputs + 5 * sum(spec.network.sizes[1:]))
    if numbers > limits.MOST_TAPE_NUMBERS:
        problem = f"a batch of {spec.batch_size:,} samples needs {numbers:,} numbers; at most "
        raise RunFileError("training.batch_size", f"{problem}{limits.MOST_TAPE_NUMBERS:,} are kept")
