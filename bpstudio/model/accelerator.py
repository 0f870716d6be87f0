"""The optional compiled loop for exact summation: loaded on request, never needed, the same bits as without.

``enable`` imports the compiler (slow, and absent from a plain installation); until it has been called and has succeeded,
every engine uses NumPy.
"""

import importlib
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from bpstudio.model import kernel_codes as codes
from bpstudio.model.batches import Batches
from bpstudio.model.optimizers import has_gradient_decay, learning_rate_at
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.rates import whole_power
from bpstudio.model.spec import (
    ActivationName,
    Array,
    EpsilonPlace,
    LossName,
    MomentumForm,
    OptimizerName,
    OptimizerSpec,
    Reduction,
    RunSpec,
    ScheduleName,
    UpdateRule,
)

A = ActivationName
O = OptimizerName

_ACTIVATIONS = {
    A.IDENTITY: codes.IDENTITY,
    A.SIGMOID: codes.SIGMOID,
    A.TANH: codes.TANH,
    A.RELU: codes.RELU,
    A.LEAKY_RELU: codes.LEAKY_RELU,
    A.SOFTMAX: codes.SOFTMAX,
}
_LOSSES = {
    LossName.SQUARED_ERROR: codes.SQUARED,
    LossName.BINARY_CROSS_ENTROPY: codes.BINARY,
    LossName.CROSS_ENTROPY: codes.CROSS,
}
_FORMS = {
    MomentumForm.CLASSIC: codes.CLASSIC,
    MomentumForm.AVERAGE: codes.AVERAGE,
    MomentumForm.VELOCITY: codes.VELOCITY,
    MomentumForm.NESTEROV: codes.NESTEROV,
}
_RULES = {O.SGD: codes.SGD, O.ADAGRAD: codes.ADAGRAD, O.ADAM: codes.ADAM, O.ADAMW: codes.ADAMW}

_kernel: Any = None
_is_on = False


def is_installed() -> bool:
    """Whether the compiler can be imported."""
    return importlib.util.find_spec("numba") is not None


def enable() -> bool:
    """Import and compile; True when ready. Takes seconds the first time, and may run in a background thread."""
    global _kernel, _is_on
    if _kernel is None and is_installed():
        kernel = importlib.import_module("bpstudio.model.kernel")
        kernel.warm_up()
        _kernel = kernel
    _is_on = _kernel is not None
    return _is_on


def disable() -> None:
    """Go back to NumPy alone; what was compiled is kept for the next time."""
    global _is_on
    _is_on = False


def is_ready() -> bool:
    """Whether runs made of common parts are computed by the compiled loop."""
    return _is_on


@lru_cache(maxsize=4)
def supports(spec: RunSpec) -> bool:
    """Whether the compiled loop covers this run: exact summation, common activations, squared error or a matched pair."""
    hidden = [layer.activation for layer in spec.network.layers[:-1]]
    output = spec.network.layers[-1].activation
    is_common = all(name in _ACTIVATIONS and name is not A.SOFTMAX for name in hidden) and output in _ACTIVATIONS
    is_paired = spec.is_matched_pair or (spec.loss.name is LossName.SQUARED_ERROR and output is not A.SOFTMAX)
    return spec.is_exact and is_common and is_paired and spec.training.update is UpdateRule.SIMULTANEOUS


def _rule(optimizer: OptimizerSpec) -> int:
    if optimizer.name is O.MOMENTUM:
        return _FORMS[optimizer.form]
    if optimizer.name is O.RMSPROP:
        is_inside = optimizer.epsilon_place is EpsilonPlace.INSIDE
        return codes.RMSPROP_INSIDE if is_inside else codes.RMSPROP_OUTSIDE
    return _RULES[optimizer.name]


class CompiledRun:
    """The compiled loop for one run: buffers packed into few arrays. Only made when :func:`supports` says so."""

    def __init__(self, spec: RunSpec, layout: ParameterLayout, has_unit_targets: bool) -> None:
        self.spec = spec
        sizes = spec.network.sizes
        self._batches = Batches(spec.dataset.count, spec.batch_size)
        width = sum(sizes)
        places = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        starts = np.array([0, *(layout.slice_of(l).start for l in range(1, len(sizes)))], dtype=np.int64)
        bias = np.array([False, *(layer.bias.present for layer in spec.network.layers)])
        acts = np.array([0, *(_ACTIVATIONS[layer.activation] for layer in spec.network.layers)], dtype=np.int64)
        alphas = np.array([0.0, *(layer.alpha for layer in spec.network.layers)])
        optimizer = spec.optimizer
        beta2 = optimizer.gamma if optimizer.name is O.RMSPROP else optimizer.beta2
        beta = optimizer.beta if optimizer.name is O.MOMENTUM else optimizer.beta1
        decays = 1.0 if has_gradient_decay(optimizer) else 0.0
        hyper = np.array([beta, beta2, optimizer.epsilon, optimizer.weight_decay, decays, 1.0])
        clip = -1.0 if optimizer.clip_norm is None else optimizer.clip_norm
        scale = (2.0 if spec.loss.name is LossName.SQUARED_ERROR else 1.0) * spec.loss.factor
        self._shape = (np.array(sizes, dtype=np.int64), bias, starts, places, acts, alphas)
        self._loss = (_LOSSES[spec.loss.name], float(spec.loss.factor), scale, spec.is_matched_pair, has_unit_targets)
        self._rule = (
            spec.loss.reduction is Reduction.MEAN, _rule(optimizer), hyper, clip, spec.penalty.l1, spec.penalty.l2,
            layout.trainable(), layout.weight_mask(),
        )  # fmt: skip
        self._data = (np.array(spec.dataset.inputs), np.array(spec.dataset.targets))
        batch = spec.batch_size
        self._tape = tuple(np.zeros(batch * width) for _ in range(5))
        self._tape += (np.zeros(batch * sizes[-1]), np.zeros(batch * sizes[-1]))
        self._sample_losses = np.zeros(batch)
        self._unused = np.zeros(layout.size)

    def iterate(
        self,
        first: int,
        vector: Array,
        gradient: Array,
        step: Array,
        losses: Array,
        stops: bool,
        order_of: Callable[[int], Any],
    ) -> int:
        """Make up to ``losses.size`` updates from iteration ``first`` in place; returns how many were made."""
        count, size = losses.size, gradient.size
        slots = [vector[k * size : (k + 1) * size] for k in range(1, vector.size // size)]
        slots += [self._unused] * (2 - len(slots))
        batches, rows = self._rows(first, count, order_of)
        made = _kernel.run(
            count, stops, *self._shape, *self._loss, *self._rule, *self._rates(first, count), *self._data, rows, batches,
            vector[:size], slots[0], slots[1], gradient, step, *self._tape, self._sample_losses, losses,
        )  # fmt: skip
        return int(made)

    def _rows(self, first: int, count: int, order_of: Callable[[int], Any]) -> tuple[Any, Any]:
        """Batch sizes of one epoch from iteration ``first`` on, and their rows; shuffled ones of all epochs there are."""
        batches = self._batches
        start = batches.span_of(first)[0]
        if self.spec.training.shuffle:
            epochs = range(batches.epoch_of(first), batches.epoch_of(first + count - 1) + 1)
            rows = np.concatenate([order_of(epoch) for epoch in epochs])[start:]
        else:
            rows = np.roll(np.arange(batches.count), -start)
        return np.array([batches.size_of(n) for n in range(first, first + batches.per_epoch)]), rows

    def _rates(self, first: int, count: int) -> tuple[Array, Array, Array]:
        """Learning rate and Adam's corrections of each iteration, with the bits of the NumPy path."""
        optimizer = self.spec.optimizer
        if optimizer.schedule.name is ScheduleName.CONSTANT:
            rates = np.full(count, optimizer.learning_rate)
        else:
            rates = np.array([learning_rate_at(optimizer, n) for n in range(first, first + count)])
        if optimizer.name not in (O.ADAM, O.ADAMW):
            return rates, np.ones(count), np.ones(count)
        return rates, _corrections(optimizer.beta1, first, count), _corrections(optimizer.beta2, first, count)


def _corrections(beta: float, first: int, count: int) -> Array:
    """1 − βᵗ for t = n + 1; once βᵗ no longer shows next to 1, all further ones are 1."""
    corrections = np.ones(count)
    for index in range(count):
        corrections[index] = 1.0 - whole_power(beta, first + index + 1)
        if corrections[index] == 1.0:
            break
    return corrections
