"""The six networks all measurements use, as run specs with random data."""

import numpy as np

from bpstudio.model.spec import (
    ActivationName,
    Dataset,
    InitializerSpec,
    LayerSpec,
    LossName,
    LossSpec,
    NetworkSpec,
    OptimizerSpec,
    RunSpec,
    Summation,
    TrainingSpec,
)

A = ActivationName

WORKLOADS = {
    "W1": ((2, 2, 1), (A.SIGMOID, A.SIGMOID), LossName.BINARY_CROSS_ENTROPY, 4),
    "W2": ((2, 4, 2, 1), (A.TANH, A.TANH, A.TANH), LossName.SQUARED_ERROR, 10),
    "W3": ((2, 2, 2, 1), (A.SIGMOID, A.SIGMOID, A.SIGMOID), LossName.BINARY_CROSS_ENTROPY, 1),
    "W4": ((4, 8, 3), (A.TANH, A.SOFTMAX), LossName.CROSS_ENTROPY, 16),
    "W5": ((784, 128, 64, 10), (A.RELU, A.RELU, A.SOFTMAX), LossName.CROSS_ENTROPY, 64),
    "W6": ((784, 512, 512, 10), (A.RELU, A.RELU, A.SOFTMAX), LossName.CROSS_ENTROPY, 128),
}


def spec_of(name: str, summation: Summation = Summation.FAST, optimizer: OptimizerSpec | None = None) -> RunSpec:
    """One workload: a full batch of random rows, SGD with rate 0.01 unless given."""
    sizes, activations, loss, batch = WORKLOADS[name]
    random = np.random.default_rng(1)
    inputs = random.normal(size=(batch, sizes[0]))
    if loss is LossName.CROSS_ENTROPY:
        targets = np.eye(sizes[-1])[random.integers(0, sizes[-1], batch)]
    else:
        targets = random.integers(0, 2, size=(batch, sizes[-1])).astype(float)
    layers = tuple(LayerSpec(n, a) for n, a in zip(sizes[1:], activations, strict=True))
    return RunSpec(
        name,
        NetworkSpec(sizes[0], layers),
        InitializerSpec(),
        Dataset(inputs, targets, np.empty((0, sizes[0])), np.empty((0, sizes[-1]))),
        LossSpec(loss, 0.5 if loss is LossName.SQUARED_ERROR else 1.0),
        optimizer=optimizer or OptimizerSpec(learning_rate=0.01),
        training=TrainingSpec(summation=summation),
    )
