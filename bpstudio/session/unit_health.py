"""Units that learn nothing from a batch: dead ones, whose activation is 0 throughout, and saturated ones, whose slope is."""

import numpy as np

from bpstudio.model.spec import ActivationName
from bpstudio.model.tape import Tape

SATURATED_SLOPE = 1e-3
"""A sigmoid or tanh unit whose |g′(z)| lies below this passes next to nothing back."""


def dead_units(tape: Tape, layer: int) -> set[int]:
    """The ReLU units of a layer that are 0 for every sample of the batch."""
    if tape.spec.network.layer(layer).activation is not ActivationName.RELU:
        return set()
    return set(np.flatnonzero((tape.layers[layer - 1].activation == 0.0).all(axis=1)).tolist())


def saturated_units(tape: Tape, layer: int) -> set[int]:
    """The sigmoid and tanh units of a layer whose slope is almost 0 for every sample of the batch."""
    if tape.spec.network.layer(layer).activation not in (ActivationName.SIGMOID, ActivationName.TANH):
        return set()
    with np.errstate(all="ignore"):
        return set(np.flatnonzero((np.abs(tape.slopes(layer)) < SATURATED_SLOPE).all(axis=1)).tolist())
