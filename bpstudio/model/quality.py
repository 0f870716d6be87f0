"""How good a network is: loss and accuracy on rows, training or held out."""

import numpy as np

from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, Array, LossName, RunSpec
from bpstudio.records import dataclass

_PROBABILITIES = (ActivationName.SIGMOID, ActivationName.SOFTMAX)
_CLASSIFYING = (LossName.BINARY_CROSS_ENTROPY, LossName.CROSS_ENTROPY)


@dataclass(frozen=True, slots=True)
class Quality:
    """The reduced loss without penalty, and the share of rows classified right (None where nothing is classified)."""

    loss: float
    accuracy: float | None


def is_classifier(spec: RunSpec) -> bool:
    """Whether outputs mean classes: a cross-entropy, or outputs between 0 and 1 with targets that are all 0 or 1."""
    if spec.loss.name in _CLASSIFYING:
        return True
    targets = spec.dataset.targets
    is_binary = bool(np.all((targets == 0.0) | (targets == 1.0)))
    return is_binary and spec.network.layers[-1].activation in _PROBABILITIES


def accuracy_of(predictions: Array, targets: Array) -> float:
    """Share of rows whose largest output is the largest target; with one output, whose side of ½ is the target's."""
    if targets.shape[1] == 1:
        hits = (predictions[:, 0] >= 0.5) == (targets[:, 0] >= 0.5)
    else:
        hits = np.argmax(predictions, axis=1) == np.argmax(targets, axis=1)
    return float(np.mean(hits))


def measure_quality(engine: Engine, parameters: Array, inputs: Array, targets: Array) -> Quality | None:
    """Loss and accuracy of ``parameters`` (size,) on rows (N, n_0), (N, n_L); None without rows."""
    if inputs.shape[0] == 0:
        return None
    loss, predictions = engine.measure_rows(parameters, inputs, targets)
    return Quality(loss, accuracy_of(predictions, targets) if is_classifier(engine.spec) else None)


def held_out_quality(engine: Engine) -> Quality | None:
    """Quality on the held-out rows before the current iteration's update; None without such rows."""
    data = engine.spec.dataset
    parameters = engine.state()[: engine.layout.size]
    return measure_quality(engine, parameters, data.held_out_inputs, data.held_out_targets)


def training_quality(engine: Engine) -> Quality | None:
    """Quality on all training rows before the current iteration's update."""
    data = engine.spec.dataset
    return measure_quality(engine, engine.state()[: engine.layout.size], data.inputs, data.targets)
