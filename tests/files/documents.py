"""A run file with every section written out, to be changed in one place by each test."""

import copy
from typing import Any

FULL: dict[str, Any] = {
    "format": "bpstudio-run/1",
    "title": "a run",
    "network": {
        "inputs": 2,
        "layers": [
            {"units": 3, "activation": "leaky_relu", "alpha": 0.1, "bias": {"present": False}},
            {"units": 2, "activation": "sigmoid", "bias": {"present": True, "trainable": False}},
        ],
    },
    "parameters": {
        "weights": [[[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]],
        "biases": [None, [0.5, -0.5]],
    },
    "loss": {"name": "binary_cross_entropy", "factor": 1.0, "reduction": "sum"},
    "penalty": {"l2": 0.01, "l1": 0.001},
    "optimizer": {
        "name": "rmsprop",
        "learning_rate": 0.5,
        "gamma": 0.8,
        "epsilon": 1e-6,
        "epsilon_place": "inside",
        "clip_norm": 1.5,
        "schedule": {"name": "step", "every": 10, "factor": 0.5},
    },
    "data": {
        "inputs": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
        "targets": [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]],
        "input_names": ["p", "q"],
        "target_names": ["r", "s"],
    },
    "training": {
        "batch_size": 2,
        "shuffle": True,
        "order": "layer_major",
        "update": "simultaneous",
        "summation": "exact",
    },
    "seed": 7,
    "notation": "nielsen",
}

ABSENT = object()
"""As a value of ``changed``: the key is taken out."""


def full() -> dict[str, Any]:
    """A fresh copy of the full run file."""
    return copy.deepcopy(FULL)


def changed(path: str, value: object) -> dict[str, Any]:
    """The full run file with the value at ``path`` (`network.layers.0.units`) replaced, added or taken out."""
    document = full()
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = document
    for part in way:
        place = place[part]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return document
