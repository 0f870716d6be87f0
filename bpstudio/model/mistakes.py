"""Known mistakes in a backward pass, made on purpose: what gradients come out when somebody makes one.

Each is made on the numbers of a tape, with everything else right, so that somebody's wrong gradients can be recognised.
"""

from collections.abc import Iterator
from enum import Enum

import numpy as np

from bpstudio.model.activations import activation_calls, slope_calls
from bpstudio.model.spec import ActivationName, Array, Reduction, UpdateRule
from bpstudio.model.tape import Tape
from bpstudio.records import dataclass


class MistakeKind(Enum):
    """What somebody does; the value is how it is told, `{l}` being a layer."""

    SIGN = "the sign is wrong (t − a instead of a − t, or added instead of subtracted)"
    SUM_FOR_MEAN = "the sum over the batch was taken where the run takes the mean"
    MEAN_FOR_SUM = "the mean over the batch was taken where the run takes the sum"
    TWICE_DIVIDED = "it was divided by the number of samples twice"
    NO_PENALTY = "the gradient of the penalty is missing"
    HALF_PENALTY = "the penalty of λ·w² was derived as λ·w, without its 2"
    PENALTY_ON_BIASES = "the penalty was applied to the biases too"
    TRANSPOSED = "it is transposed"
    NO_SLOPE = "the slope g′(z) of layer {l} is missing (δ = e instead of e·g′)"
    SLOPE_OF_ACTIVATION = "the slope of layer {l} was taken at a instead of at z"
    EXTRA_SLOPE = "the output δ was multiplied with a slope that the loss has cancelled already"
    OTHER_WEIGHTS = "the error was passed back into layer {l} through weights that are already updated"
    STALE_WEIGHTS = (
        "the error was passed back into layer {l} through the old weights, where this run uses the updated ones"
    )
    WEIGHTS_TURNED = "the error was passed back into layer {l} through W instead of its transpose"
    PRE_ACTIVATION_READ = "the gradient into layer {l} was made with z of the layer below instead of its a"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake at one layer; ``layer`` is None for those made everywhere."""

    kind: MistakeKind
    layer: int | None = None

    def __str__(self) -> str:
        """In words."""
        return self.kind.value.format(l=self.layer)


@dataclass(frozen=True, slots=True)
class LayerGradients:
    """∂J/∂w (n_l, n_{l-1}) and ∂J/∂b (n_l,), penalty included."""

    weights: Array
    biases: Array


K = MistakeKind
EVERYWHERE = (
    K.SIGN, K.SUM_FOR_MEAN, K.MEAN_FOR_SUM, K.TWICE_DIVIDED, K.NO_PENALTY, K.HALF_PENALTY, K.PENALTY_ON_BIASES, K.TRANSPOSED,
    K.EXTRA_SLOPE,
)  # fmt: skip
AT_A_LAYER = (
    K.NO_SLOPE,
    K.SLOPE_OF_ACTIVATION,
    K.OTHER_WEIGHTS,
    K.STALE_WEIGHTS,
    K.WEIGHTS_TURNED,
    K.PRE_ACTIVATION_READ,
)


def possible_mistakes(tape: Tape) -> Iterator[Mistake]:
    """Those that would change something in this run, everywhere first, then layer by layer from the output."""
    spec, depth = tape.spec, tape.spec.network.depth
    is_mean, has_penalty = spec.loss.reduction is Reduction.MEAN, spec.penalty.is_active
    is_output_first = spec.training.update is UpdateRule.OUTPUT_FIRST
    possible = {
        K.SUM_FOR_MEAN: is_mean and tape.batch > 1,
        K.TWICE_DIVIDED: is_mean and tape.batch > 1,
        K.MEAN_FOR_SUM: not is_mean and tape.batch > 1,
        K.NO_PENALTY: has_penalty,
        K.HALF_PENALTY: spec.penalty.l2 != 0.0,
        K.PENALTY_ON_BIASES: has_penalty,
        K.EXTRA_SLOPE: spec.is_matched_pair,
        K.OTHER_WEIGHTS: not is_output_first,
        K.STALE_WEIGHTS: is_output_first,
    }
    for kind in EVERYWHERE:
        if possible.get(kind, True):
            yield Mistake(kind)
    for layer in range(depth, 0, -1):
        for kind in AT_A_LAYER:
            if possible.get(kind, True) and _is_possible_at(tape, kind, layer):
                yield Mistake(kind, layer)
    if depth > 2:
        yield from (Mistake(kind) for kind in (K.OTHER_WEIGHTS, K.STALE_WEIGHTS) if possible[kind])


def local_mistakes(tape: Tape, layer: int) -> Iterator[Mistake]:
    """Those that somebody may have made with the gradient of one layer alone."""
    local = (K.SIGN, K.SUM_FOR_MEAN, K.MEAN_FOR_SUM, K.TWICE_DIVIDED, K.NO_PENALTY, K.HALF_PENALTY, K.TRANSPOSED)
    possible = {mistake.kind for mistake in possible_mistakes(tape)}
    yield from (Mistake(kind, layer) for kind in (*local, K.PENALTY_ON_BIASES) if kind in possible)


def _is_possible_at(tape: Tape, kind: MistakeKind, layer: int) -> bool:
    network, depth = tape.spec.network, tape.spec.network.depth
    if kind is K.PRE_ACTIVATION_READ:
        return layer > 1
    if kind in (K.NO_SLOPE, K.SLOPE_OF_ACTIVATION):
        is_softmax = network.layer(layer).activation is ActivationName.SOFTMAX
        return not is_softmax and not (layer == depth and tape.spec.is_matched_pair)
    if kind is K.WEIGHTS_TURNED:
        return layer < depth and network.sizes[layer] == network.sizes[layer + 1]
    return layer < depth


def gradients_with(tape: Tape, mistake: Mistake | None) -> dict[int, LayerGradients]:
    """All gradients of the tape's iteration, by layer, computed with this mistake (none: right ones)."""
    with np.errstate(all="ignore"):
        return _Backward(tape, mistake).gradients()


class _Backward:
    """A backward pass in plain NumPy, rows are units as in the tape."""

    def __init__(self, tape: Tape, mistake: Mistake | None) -> None:
        self.tape = tape
        self.kind = None if mistake is None else mistake.kind
        self.at = None if mistake is None else mistake.layer

    def _makes(self, kind: MistakeKind, layer: int) -> bool:
        return self.kind is kind and self.at in (None, layer)

    def gradients(self) -> dict[int, LayerGradients]:
        tape, found = self.tape, dict[int, LayerGradients]()
        delta = self._output_delta()
        for layer in range(tape.spec.network.depth, 0, -1):
            if layer < tape.spec.network.depth:
                delta = self._times_slope(layer, self._weights_back(layer) @ delta)
            found[layer] = self._reduced(layer, delta)
        return found

    def _output_delta(self) -> Array:
        tape, depth = self.tape, self.tape.spec.network.depth
        if not tape.spec.is_matched_pair:
            return self._times_slope(depth, tape.errors(depth))
        delta = np.asarray(tape.layers[-1].delta)
        return self._times_slope(depth, delta) if self.kind is K.EXTRA_SLOPE else delta

    def _weights_back(self, layer: int) -> Array:
        """What the error of ``layer`` is Σ with: (n_l, n_{l+1})."""
        tape = self.tape
        is_new = tape.spec.training.update is UpdateRule.OUTPUT_FIRST
        if self._makes(K.OTHER_WEIGHTS, layer) or self._makes(K.STALE_WEIGHTS, layer):
            is_new = not is_new
        vector = tape.vectors.after if is_new else tape.vectors.before
        weights = tape.layout.weights(vector[: tape.layout.size], layer + 1)
        return weights if self._makes(K.WEIGHTS_TURNED, layer) else weights.T

    def _times_slope(self, layer: int, error: Array) -> Array:
        spec, arrays = self.tape.spec.network.layer(layer), self.tape.layers[layer - 1]
        if self._makes(K.NO_SLOPE, layer):
            return error
        if spec.activation is ActivationName.SOFTMAX:
            a = arrays.activation
            return np.asarray(a * (error - (a * error).sum(axis=0)))
        if not self._makes(K.SLOPE_OF_ACTIVATION, layer):
            return np.asarray(error * self.tape.slopes(layer))
        z, a, slope = (np.empty_like(arrays.pre_activation) for _ in range(3))
        z[:] = arrays.activation
        is_exact = self.tape.spec.is_exact
        for call in (*activation_calls(spec, z, a, is_exact), *slope_calls(spec, z, a, slope, is_exact)):
            call()
        return np.asarray(error * slope)

    def _reduced(self, layer: int, delta: Array) -> LayerGradients:
        tape, spec = self.tape, self.tape.spec
        below = tape.inputs if layer == 1 else tape.layers[layer - 2].activation
        if self._makes(K.PRE_ACTIVATION_READ, layer):
            below = tape.layers[layer - 2].pre_activation
        divisor = float(tape.batch) if spec.loss.reduction is Reduction.MEAN else 1.0
        if self._makes(K.SUM_FOR_MEAN, layer):
            divisor = 1.0
        elif self._makes(K.MEAN_FOR_SUM, layer) or self._makes(K.TWICE_DIVIDED, layer):
            divisor *= tape.batch
        weights, biases = delta @ below.T / divisor, delta.sum(axis=1) / divisor
        parameters = tape.vectors.before[: tape.layout.size]
        weights = weights + self._penalty(tape.layout.weights(parameters, layer), layer)
        old = tape.layout.biases(parameters, layer)
        if self._makes(K.PENALTY_ON_BIASES, layer) and old is not None:
            biases = biases + self._penalty(old, layer)
        sign = -1.0 if self._makes(K.SIGN, layer) else 1.0
        weights = weights.T if self._makes(K.TRANSPOSED, layer) else weights
        return LayerGradients(sign * weights, sign * biases)

    def _penalty(self, values: Array, layer: int) -> Array:
        penalty = self.tape.spec.penalty
        if self._makes(K.NO_PENALTY, layer):
            return np.zeros_like(values)
        times = 1.0 if self._makes(K.HALF_PENALTY, layer) else 2.0
        return np.asarray(times * penalty.l2 * values + penalty.l1 * np.sign(values))
