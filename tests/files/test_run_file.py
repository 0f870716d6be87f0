"""What a right run file becomes."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from bpstudio.errors import RunFileError
from bpstudio.files.run_file import load_run_file, load_run_text, open_run, parse_run
from bpstudio.model.spec import (
    ActivationName,
    BiasSpec,
    EpsilonPlace,
    GivenParameters,
    InitializerSpec,
    LayerSpec,
    LossName,
    LossSpec,
    MomentumForm,
    NotationName,
    OptimizerName,
    OptimizerSpec,
    Order,
    PenaltySpec,
    Reduction,
    RunSpec,
    ScheduleName,
    ScheduleSpec,
    Summation,
    TrainingSpec,
    UpdateRule,
)
from tests.files.documents import changed, full

HERE = Path()
SHORTEST = {
    "format": "bpstudio-run/1",
    "network": {"inputs": 1, "layers": [{"units": 1, "activation": "identity"}]},
    "optimizer": {"name": "sgd", "learning_rate": 0.25},
    "data": {"inputs": [[1]], "targets": [[2]]},
}


def optimizer_of(**keys: object) -> OptimizerSpec:
    return parse_run({**SHORTEST, "optimizer": keys}, HERE).optimizer


def test_every_section_is_read() -> None:
    spec = parse_run(full(), HERE)
    assert spec.title == "a run"
    assert spec.network.layers == (
        LayerSpec(3, ActivationName.LEAKY_RELU, BiasSpec(False, True), 0.1),
        LayerSpec(2, ActivationName.SIGMOID, BiasSpec(True, False)),
    )
    assert isinstance(spec.start, GivenParameters)
    assert spec.start.weights[0].tolist() == [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
    assert spec.start.biases[0] is None
    assert spec.loss == LossSpec(LossName.BINARY_CROSS_ENTROPY, 1.0, Reduction.SUM)
    assert spec.penalty == PenaltySpec(0.01, 0.001)
    schedule = ScheduleSpec(ScheduleName.STEP, every=10, factor=0.5)
    assert spec.optimizer == OptimizerSpec(
        OptimizerName.RMSPROP,
        0.5,
        gamma=0.8,
        epsilon=1e-6,
        epsilon_place=EpsilonPlace.INSIDE,
        clip_norm=1.5,
        schedule=schedule,
    )
    assert spec.training == TrainingSpec(2, True, Order.LAYER_MAJOR, UpdateRule.SIMULTANEOUS, Summation.EXACT)
    assert (spec.seed, spec.notation) == (7, NotationName.NIELSEN)
    assert spec.dataset.inputs.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert (spec.dataset.input_names, spec.dataset.target_names) == (("p", "q"), ("r", "s"))


def test_what_is_not_written_takes_the_contracts_defaults() -> None:
    spec = parse_run(SHORTEST, HERE)
    assert spec == RunSpec(
        "",
        spec.network,
        InitializerSpec(),
        spec.dataset,
        LossSpec(LossName.SQUARED_ERROR, 0.5, Reduction.MEAN),
        optimizer=OptimizerSpec(OptimizerName.SGD, 0.25),
    )
    assert spec.network.layers == (LayerSpec(1, ActivationName.IDENTITY, BiasSpec(True, True)),)


@pytest.mark.parametrize(("name", "factor"), [(n, 0.5 if n is LossName.SQUARED_ERROR else 1.0) for n in LossName])
def test_only_the_squared_error_has_a_half_by_default(name: LossName, factor: float) -> None:
    document = {**SHORTEST, "loss": {"name": str(name)}, "data": {"inputs": [[1]], "targets": [[1]]}}
    assert parse_run(document, HERE).loss.factor == factor


@pytest.mark.parametrize(("activation", "alpha"), [("leaky_relu", 0.01), ("elu", 1.0), ("gelu", 0.0)])
def test_alpha_defaults_by_activation(activation: str, alpha: float) -> None:
    layers = [{"units": 1, "activation": activation}]
    spec = parse_run({**SHORTEST, "network": {"inputs": 1, "layers": layers}}, HERE)
    assert spec.network.layers[0].alpha == alpha


def test_optimizers_take_their_own_defaults() -> None:
    assert optimizer_of(name="momentum", learning_rate=1).form is MomentumForm.CLASSIC
    assert optimizer_of(name="momentum", learning_rate=1).beta == 0.9
    assert optimizer_of(name="adagrad", learning_rate=1).epsilon == 1e-10
    rmsprop = optimizer_of(name="rmsprop", learning_rate=1)
    assert (rmsprop.gamma, rmsprop.epsilon, rmsprop.epsilon_place) == (0.99, 1e-8, EpsilonPlace.OUTSIDE)
    adam = optimizer_of(name="adam", learning_rate=1)
    assert (adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay) == (0.9, 0.999, 1e-8, 0.0)
    assert optimizer_of(name="adamw", learning_rate=1).weight_decay == 0.01


@pytest.mark.parametrize(
    ("written", "schedule"),
    [
        ("constant", ScheduleSpec()),
        ({"name": "constant"}, ScheduleSpec()),
        ({"name": "step", "every": 3, "factor": 0.1}, ScheduleSpec(ScheduleName.STEP, every=3, factor=0.1)),
        ({"name": "exponential", "factor": 0.9}, ScheduleSpec(ScheduleName.EXPONENTIAL, factor=0.9)),
        ({"name": "cosine", "iterations": 9}, ScheduleSpec(ScheduleName.COSINE, iterations=9)),
    ],
)
def test_schedules(written: object, schedule: ScheduleSpec) -> None:
    assert optimizer_of(name="sgd", learning_rate=1, schedule=written).schedule == schedule


def test_whole_numbers_are_numbers_and_arrays_of_a_program_are_lists() -> None:
    data = {"inputs": np.array([[1, 2], [3, 4]]), "targets": np.array([[0.0, 1.0], [1.0, 0.0]])}
    spec = parse_run(changed("data", data), HERE)
    assert spec.dataset.inputs.dtype == np.float64
    assert spec.dataset.inputs.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_arrays_are_read_only() -> None:
    spec = parse_run(full(), HERE)
    assert isinstance(spec.start, GivenParameters)
    arrays = [spec.dataset.inputs, spec.dataset.targets, *spec.start.weights, spec.start.biases[1]]
    for array in arrays:
        assert array is not None
        assert not array.flags.writeable


def test_held_out_rows_are_a_share_that_the_seed_chooses() -> None:
    rows = {"inputs": [[k, k] for k in range(10)], "targets": [[0, 1]] * 10, "held_out": 0.3}
    spec = parse_run(changed("data", rows), HERE)
    assert (spec.dataset.count, len(spec.dataset.held_out_inputs)) == (7, 3)
    together = sorted([*spec.dataset.inputs[:, 0], *spec.dataset.held_out_inputs[:, 0]])
    assert together == [float(k) for k in range(10)]
    assert parse_run(changed("data", rows), HERE) == spec
    other = parse_run({**changed("data", rows), "seed": 8}, HERE)
    assert other.dataset != spec.dataset


def test_standardise_uses_the_training_rows_only() -> None:
    rows = {
        "inputs": [[1, 5], [3, 5]],
        "targets": [[0, 1], [0, 1]],
        "held_out_inputs": [[5, 6]],
        "held_out_targets": [[0, 1]],
        "standardise": True,
    }
    dataset = parse_run(changed("data", rows), HERE).dataset
    assert dataset.inputs.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert dataset.held_out_inputs[0, 0] == 3.0


def test_a_byte_order_mark_is_harmless() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(full()).encode()
    assert load_run_text(content, HERE) == parse_run(full(), HERE)


def test_a_run_opens_by_path_by_dict_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.dumps(full()).encode()
    path = tmp_path / "run.json"
    path.write_bytes(content)
    expected = parse_run(full(), HERE)
    assert open_run(str(path)) == open_run(path) == load_run_file(path) == open_run(full()) == expected
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert open_run("-") == expected


def test_a_name_that_is_nothing_lists_the_examples() -> None:
    with pytest.raises(RunFileError, match=r'^"mazurr" is neither a file nor an example; .*two-layer-deltas'):
        open_run("mazurr")


def test_titles_may_hold_any_text() -> None:
    title = '<b>δ</b> "quoted" \\ \n\t ‮ 😀'
    assert load_run_text(json.dumps(changed("title", title)), HERE).title == title
