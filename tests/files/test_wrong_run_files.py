"""Wrong run files: each gets one sentence that names the place."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from bpstudio.errors import RunFileError
from bpstudio.files.run_file import load_run_text, parse_run
from tests.files.documents import ABSENT, changed, full

HERE = Path()
NUMBERS = [[1.0]]

# What is changed (`a.b.0.c`), to what, and the whole sentence that must come.
WRONG: list[tuple[str, object, str]] = [
    ("format", ABSENT, 'format: missing; expected "bpstudio-run/1"'),
    ("format", "bpstudio-run/2", 'format: "bpstudio-run/2" is newer than this version of bpstudio reads; expected'),
    ("format", "bpstudio-session/1", 'format: expected "bpstudio-run/1", got "bpstudio-session/1"'),
    ("format", 1, 'format: expected "bpstudio-run/1", got 1'),
    ("title", 5, "title: expected a text, got 5"),
    ("title", "x" * 10_001, "title: expected at most 10,000 characters, got 10,001"),
    ("title", "\ud800", 'title: expected a text in Unicode, got half a surrogate pair in "\\ud800"'),
    ("titel", "x", "titel: unknown key; did you mean title?"),
    ("anything", 1, "anything: unknown key; known here: format,"),
    ("seed", -1, "seed: expected a whole number ≥ 0, got -1"),
    ("seed", 2**63, "seed: expected at most 9,223,372,036,854,775,807, got 9223372036854775808"),
    ("seed", 1.0, "seed: expected a whole number ≥ 0, got 1.0"),
    ("seed", True, "seed: expected a whole number ≥ 0, got true"),
    ("seed", 10**300, "seed: expected at most 9,223,372,036,854,775,807, got a whole number of more than 40 digits"),
    ("notation", "greek", 'notation: expected one of theta, matrix, nielsen, code, got "greek"'),
    ("network", ABSENT, "network: missing; expected an object with inputs and layers"),
    ("network", [], "network: expected an object, got a list of 0"),
    ("network.inputs", ABSENT, "network.inputs: missing; expected a whole number ≥ 1"),
    ("network.inputs", 0, "network.inputs: expected a whole number ≥ 1, got 0"),
    ("network.inputs", 100_001, "network.inputs: expected at most 100,000, got 100001"),
    ("network.layers", [], "network.layers: expected at least one layer, got none"),
    ("network.layers", {}, "network.layers: expected a list of layers, got an object"),
    (
        "network.layers",
        [{"units": 1, "activation": "tanh"}] * 65,
        "network.layers: expected at most 64 entries, got 65",
    ),
    ("network.layers.1", "sigmoid", 'network.layers[1]: expected an object, got "sigmoid"'),
    ("network.layers.1.units", "two", 'network.layers[1].units: expected a whole number ≥ 1, got "two"'),
    ("network.layers.1.units", 0, "network.layers[1].units: expected a whole number ≥ 1, got 0"),
    ("network.layers.1.units", 2.5, "network.layers[1].units: expected a whole number ≥ 1, got 2.5"),
    ("network.layers.1.units", None, "network.layers[1].units: expected a whole number ≥ 1, got null"),
    ("network.layers.1.unit", 2, "network.layers[1].unit: unknown key; did you mean units?"),
    (
        "network.layers.0.activation",
        "swish",
        "network.layers[0].activation: expected one of identity, sigmoid, tanh, relu, leaky_relu, elu, softplus, gelu, silu, "
        'softmax, got "swish"',
    ),
    (
        "network.layers.0.activation",
        ABSENT,
        "network.layers[0].activation: missing; expected one of identity, sigmoid,",
    ),
    ("network.layers.0.activation", ["relu"], "network.layers[0].activation: expected one of identity,"),
    ("network.layers.0.alpha", -1, "network.layers[0].alpha: expected a finite number ≥ 0, got -1"),
    ("network.layers.1.alpha", 0.1, "network.layers[1].alpha: only leaky_relu and elu take alpha, not sigmoid"),
    ("network.layers.1.bias", True, "network.layers[1].bias: expected an object, got true"),
    ("network.layers.1.bias.present", "yes", 'network.layers[1].bias.present: expected true or false, got "yes"'),
    ("network.layers.1.bias.trainable", 1, "network.layers[1].bias.trainable: expected true or false, got 1"),
    ("network.layers.1.bias.trained", True, "network.layers[1].bias.trained: unknown key; did you mean trainable?"),
    ("initializer", {}, "initializer: parameters already says where to start; leave one of them out"),
    ("parameters.weights", ABSENT, "parameters.weights: missing; expected a list of 2, one for each layer"),
    ("parameters.weights", [NUMBERS], "parameters.weights: expected 2 entries, one for each layer, got 1"),
    ("parameters.biases", [None] * 3, "parameters.biases: expected 2 entries, one for each layer, got 3"),
    ("parameters.weights.0", [[1, 2], [3, 4]], "parameters.weights[0]: expected 3 rows of 2 numbers, got 2"),
    ("parameters.weights.0.1", [1, 2, 3], "parameters.weights[0][1]: expected a row of 2 numbers, got 3"),
    ("parameters.weights.0.1", 7, "parameters.weights[0][1]: expected a row of 2 numbers, got 7"),
    ("parameters.weights.1.0.2", "0.3", 'parameters.weights[1][0][2]: expected a finite number, got "0.3"'),
    ("parameters.weights.1.0.2", None, "parameters.weights[1][0][2]: expected a finite number, got null"),
    ("parameters.weights.1.0.2", True, "parameters.weights[1][0][2]: expected a finite number, got true"),
    ("parameters.weights.1.0.2", math.nan, "parameters.weights[1][0][2]: expected a finite number, got nan"),
    ("parameters.weights.1.0.2", [1], "parameters.weights[1][0][2]: expected a finite number, got a list of 1"),
    (
        "parameters.weights.1.0.2",
        10**309,
        "parameters.weights[1][0][2]: expected a finite number, got a whole number of",
    ),
    (
        "parameters.biases.0",
        [0, 0, 0],
        "parameters.biases[0]: expected null (network.layers[0] has no bias), got a list of 3",
    ),
    ("parameters.biases.1", None, "parameters.biases[1]: expected a list of 2 numbers, got null"),
    ("parameters.biases.1", [1], "parameters.biases[1]: expected a list of 2 numbers, got 1"),
    ("parameters.bias", [], "parameters.bias: unknown key; did you mean biases?"),
    ("loss", "huber", 'loss: expected an object, got "huber"'),
    (
        "loss.name",
        "mse",
        "loss.name: expected one of squared_error, absolute_error, huber, binary_cross_entropy, cross_entropy,",
    ),
    ("loss.factor", math.inf, "loss.factor: expected a finite number, got inf"),
    ("loss.factor", "half", 'loss.factor: expected a finite number, got "half"'),
    ("loss.reduction", "average", 'loss.reduction: expected one of mean, sum, got "average"'),
    ("penalty.l2", -0.1, "penalty.l2: expected a finite number ≥ 0, got -0.1"),
    ("penalty.l1", math.nan, "penalty.l1: expected a finite number ≥ 0, got nan"),
    ("penalty.lambda", 1, "penalty.lambda: unknown key; known here: l2, l1"),
    ("optimizer", ABSENT, "optimizer: missing; expected an object with name and learning_rate"),
    ("optimizer.name", "lbfgs", "optimizer.name: expected one of sgd, momentum, adagrad, rmsprop, adam, adamw, got"),
    ("optimizer.learning_rate", ABSENT, "optimizer.learning_rate: missing; expected a finite number ≥ 0"),
    ("optimizer.learning_rate", -0.1, "optimizer.learning_rate: expected a finite number ≥ 0, got -0.1"),
    ("optimizer.learning_rate", math.inf, "optimizer.learning_rate: expected a finite number ≥ 0, got inf"),
    (
        "optimizer.beta",
        0.9,
        "optimizer.beta: unknown key for rmsprop; known here: name, learning_rate, gamma, epsilon,",
    ),
    ("optimizer.lr", 0.9, "optimizer.lr: unknown key for rmsprop;"),
    ("optimizer.gamma", 1.0, "optimizer.gamma: expected a finite number ≥ 0 and < 1, got 1.0"),
    ("optimizer.epsilon", -1e-8, "optimizer.epsilon: expected a finite number ≥ 0, got -1e-08"),
    ("optimizer.epsilon_place", "under", 'optimizer.epsilon_place: expected one of outside, inside, got "under"'),
    ("optimizer.clip_norm", 0, "optimizer.clip_norm: expected a finite number > 0, got 0"),
    ("optimizer.schedule", "step", "optimizer.schedule: step needs its numbers; write an object like"),
    (
        "optimizer.schedule",
        "linear",
        "optimizer.schedule.name: expected one of constant, step, exponential, cosine, got",
    ),
    ("optimizer.schedule.every", 0, "optimizer.schedule.every: expected a whole number ≥ 1, got 0"),
    ("optimizer.schedule.factor", ABSENT, "optimizer.schedule.factor: missing; expected a finite number ≥ 0"),
    ("optimizer.schedule.minimum", 0.1, "optimizer.schedule.minimum: unknown key for step;"),
    ("training.batch_size", 0, "training.batch_size: expected a whole number ≥ 1, got 0"),
    ("training.batch_size", "all", 'training.batch_size: expected a whole number ≥ 1, got "all"'),
    ("training.shuffle", "no", 'training.shuffle: expected true or false, got "no"'),
    ("training.order", "columns", "training.order: expected one of sample_major, layer_major, got"),
    ("training.summation", "kahan", "training.summation: expected one of exact, fast, auto, got"),
    ("training.update", "output_first", "optimizer.clip_norm: the norm needs all gradients before any update;"),
    ("training.epochs", 3, "training.epochs: unknown key;"),
    ("data", ABSENT, "data: missing; expected an object with inputs and targets, a dataset or a csv"),
    ("data.inputs", ABSENT, "data.inputs: missing; expected a list of rows of numbers"),
    ("data.inputs", [], "data.inputs: expected at least one row, got none"),
    ("data.inputs", 3, "data.inputs: expected a list of rows of 2 numbers (the network has 2 inputs), got 3"),
    ("data.inputs.1", [1], "data.inputs[1]: expected a row of 2 numbers (the network has 2 inputs), got 1"),
    ("data.inputs.2", [1, 2, 3], "data.inputs[2]: expected a row of 2 numbers (the network has 2 inputs), got 3"),
    ("data.inputs.2.1", "x", 'data.inputs[2][1]: expected a finite number, got "x"'),
    ("data.targets", [[0, 1]], "data.targets: expected 3 rows, one for each row of inputs, got 1"),
    ("data.targets.1", [0.5], "data.targets[1]: expected a row of 2 numbers (the output layer has 2 units), got 1"),
    ("data.targets.1.0", 1.5, "data.targets[1][0]: binary_cross_entropy expects targets from 0 to 1, got 1.5"),
    ("data.input_names", ["p"], "data.input_names: expected 2 names, got 1"),
    ("data.input_names.1", 4, "data.input_names[1]: expected a text, got 4"),
    ("data.held_out", 0.95, "data.held_out: expected a share from 0 to 0.9, got 0.95"),
    ("data.held_out_targets", [], "data.held_out_targets: held_out_inputs is missing beside it"),
    ("data.one_hot", True, "data.one_hot: unknown key;"),
    ("data", {"dataset": "mnist"}, "data.dataset: expected one of xor,"),
    ("data", {"dataset": "xor", "samples": 3}, "data.samples: unknown key for data by dataset;"),
    ("data", {"dataset": "xor"}, "data.dataset: the output layer has 2 units, the data 1 target column"),
    ("data", {"dataset": "iris"}, "data.dataset: the network has 2 inputs, the data 4 input columns"),
    ("data", {"dataset": "xor", "csv": "x.csv"}, "data.csv: a data section names either a csv or a dataset, not both"),
]


@pytest.mark.parametrize(("path", "value", "sentence"), WRONG, ids=[f"{k}-{row[0]}" for k, row in enumerate(WRONG)])
def test_one_sentence_names_the_place(path: str, value: object, sentence: str) -> None:
    with pytest.raises(RunFileError) as caught:
        parse_run(changed(path, value), HERE)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


TEXTS: list[tuple[bytes, str]] = [
    (b"", "the file is empty; expected a run file in JSON"),
    (b" \n\t ", "the file is empty; expected a run file in JSON"),
    (b"network:\n  inputs: 2", "line 1, column 1: not JSON: expecting value"),
    (b'{\n  "a": 1,\n  "b" 2}', "line 3, column 7: not JSON: expecting ':' delimiter"),
    (b'{"a": 1} {', "line 1, column 10: not JSON: extra data"),
    (b'{"a": [1, 2', "line 1, column 12: not JSON: expecting ',' delimiter"),
    (b'{"a": "open', "line 1, column 7: not JSON: unterminated string starting at"),
    (b'{"a": "\\', "line 1, column 7: not JSON: unterminated string starting at"),
    (b"[1, 2]", "expected an object, got a list of 2"),
    (b'"run"', 'expected an object, got "run"'),
    (b"null", "expected an object, got null"),
    (b"12", "expected an object, got 12"),
    (b"NaN", "expected an object, got NaN"),
    (b'{"title": "\xff"}', "line 1: byte 0xff is not UTF-8; save the file as UTF-8"),
    ('{"format": 1}'.encode("utf-16"), "line 1: byte 0xff is not UTF-8; save the file as UTF-8"),
    (b'{"format": 1, "format": 2}', "format: this key is written twice"),
    (b"\xef\xbb\xbf\xef\xbb\xbf{}", "line 1, column 1: not JSON: unexpected UTF-8 BOM"),
    (b'{"format": ' + b"[" * 100_000, "line 1: lists and objects are nested more than 32 deep"),
    (b'{"a":' * 100_000, "line 1: lists and objects are nested more than 32 deep"),
    (b'{"a\x00": 1}', "line 1, column 4: not JSON: invalid control character at"),
    (b'{"a": 01}', "line 1, column 8: not JSON: expecting ',' delimiter"),
    (b'{"a": +1}', "line 1, column 7: not JSON: expecting value"),
]


@pytest.mark.parametrize(("content", "sentence"), TEXTS, ids=[str(k) for k in range(len(TEXTS))])
def test_what_is_no_run_file_at_all(content: bytes, sentence: str) -> None:
    with pytest.raises(RunFileError) as caught:
        load_run_text(content, HERE)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 401, "9" * 100_000])
def test_numbers_that_no_float_holds_are_named_where_they_stand(number: str) -> None:
    text = json.dumps(full()).replace("0.25", number).replace("[2.0, 3.0]", f"[2.0, {number}]")
    with pytest.raises(RunFileError, match=r"^data\.inputs\[1\]\[1\]: expected a finite number, got ") as caught:
        load_run_text(text, HERE)
    assert len(str(caught.value)) < 200


def test_a_key_twice_deep_inside_is_named() -> None:
    text = json.dumps(full()).replace('"units": 2,', '"units": 2, "units": 2,')
    with pytest.raises(RunFileError, match=r"^network\.layers\[1\]\.units: this key is written twice$"):
        load_run_text(text, HERE)


def test_brackets_inside_strings_are_not_depth() -> None:
    title = "[" * 1000 + '"' + "{" * 1000 + "\\"
    assert load_run_text(json.dumps(changed("title", title)), HERE).title == title


def test_a_wrong_value_cannot_write_to_the_terminal() -> None:
    with pytest.raises(RunFileError) as caught:
        parse_run(changed("notation", "\x1b[2J\nevil\u2028‮"), HERE)
    assert str(caught.value).isprintable()


def test_too_many_parameters_are_refused_before_they_are_made() -> None:
    layers = [{"units": 100_000, "activation": "relu"}] * 64
    document = {**full(), "network": {"inputs": 100_000, "layers": layers}}
    del document["parameters"]
    with pytest.raises(
        RunFileError, match=r"^network\.layers: expected at most 50,000,000 weights and biases, got 640,"
    ):
        parse_run(document, HERE)


def test_a_batch_too_large_for_memory_is_refused() -> None:
    document = changed("network", {"inputs": 1, "layers": [{"units": 50_000, "activation": "relu"}] * 1})
    del document["parameters"]
    document["network"]["layers"].append({"units": 1, "activation": "sigmoid"})
    document["data"] = {"inputs": np.zeros((2000, 1)), "targets": np.zeros((2000, 1))}
    document["training"]["batch_size"] = None
    with pytest.raises(RunFileError, match=r"^training\.batch_size: a batch of 2,000 samples needs 500,012,000"):
        parse_run(document, HERE)


def test_cross_entropy_refuses_negative_targets() -> None:
    document = changed("loss.name", "cross_entropy")
    document["data"]["targets"][2] = [-0.5, 1.5]
    with pytest.raises(RunFileError, match=r"^data\.targets\[2\]\[0\]: cross_entropy expects targets ≥ 0, got -0.5"):
        parse_run(document, HERE)


def test_no_rows_at_all_are_refused() -> None:
    document = full()
    document["data"] = {"inputs": [], "targets": []}
    with pytest.raises(RunFileError, match=r"^data\.inputs: expected at least one row, got none"):
        parse_run(document, HERE)


def test_inputs_too_large_to_standardise_are_refused() -> None:
    document = changed("data.inputs", [[1e308, 1], [-1e308, 2], [1e308, 3]])
    document["data"]["standardise"] = True
    with pytest.raises(
        RunFileError, match=r"^data\.standardise: the numbers of input 0 are too large to be standardised"
    ):
        parse_run(document, HERE)


def test_rows_held_aside_are_named_once_only() -> None:
    document = full()
    document["data"].update(held_out=0.5, held_out_inputs=[[0, 0]], held_out_targets=[[0, 0]])
    with pytest.raises(RunFileError, match=r"^data\.held_out: held_out_inputs already says which rows"):
        parse_run(document, HERE)
