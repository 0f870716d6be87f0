"""The δ of every unit of every example is the slope of the loss when the unit's z is nudged.

The nudged loss comes from a forward pass written here, in extended precision, that shares no code with the engine.
"""

from collections.abc import Callable

import numpy as np
import pytest

from bpstudio.files.examples import example_names
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import RunSpec
from bpstudio.model.tape import Tape
from bpstudio.session.session import Session

Extended = np.longdouble
Vector = np.ndarray[tuple[int, ...], np.dtype[np.longdouble]]

LARGEST_STEP = Extended(2.0**-12)
LARGEST_ERROR = 1e-7
KINKED = ("relu", "leaky_relu")


def softmax(z: Vector) -> Vector:
    powers = np.exp(z - z.max())
    return np.asarray(powers / powers.sum())


ACTIVATIONS: dict[str, Callable[[Vector], Vector]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: np.asarray(1 / (1 + np.exp(-z))),
    "tanh": lambda z: np.asarray(np.tanh(z)),
    "relu": lambda z: np.asarray(np.maximum(z, 0)),
    "softplus": lambda z: np.asarray(np.log1p(np.exp(z))),
    "silu": lambda z: np.asarray(z / (1 + np.exp(-z))),
    "softmax": softmax,
}

LOSSES: dict[str, Callable[[Vector, Vector], np.longdouble]] = {
    "squared_error": lambda a, t: ((a - t) ** 2).sum(),
    "binary_cross_entropy": lambda a, t: -(t * np.log(a) + (1 - t) * np.log1p(-a)).sum(),
    "cross_entropy": lambda a, t: -(t * np.log(a)).sum(),
}


class Nudged:
    """The loss of one sample as a function of a nudge of one z, with the weights of a tape."""

    def __init__(self, spec: RunSpec, tape: Tape, sample: int) -> None:
        row = tape.rows[sample]
        self.spec = spec
        self.input = spec.dataset.inputs[row].astype(Extended)
        self.target = spec.dataset.targets[row].astype(Extended)
        depths = range(1, spec.network.depth + 1)
        self.weights = [tape.array(f"w[{depth}]").astype(Extended) for depth in depths]
        self.biases = [self._bias(tape, depth) for depth in depths]
        self.step = LARGEST_STEP
        while 16 * self.step > self._distance_to_kink():
            self.step /= 2

    def _bias(self, tape: Tape, depth: int) -> Vector:
        if not self.spec.network.layer(depth).bias.present:
            return np.zeros(1, Extended)
        return tape.array(f"b[{depth}]").astype(Extended)

    def _distance_to_kink(self) -> np.longdouble:
        """How far the nearest z of a kinked function lies from its kink at 0, while nothing is nudged."""
        a, nearest = self.input, Extended(np.inf)
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            z = (weight * a).sum(axis=1) + bias
            name = self.spec.network.layer(depth).activation.value
            if name in KINKED:
                nearest = min(nearest, np.abs(z).min())
            a = ACTIVATIONS[name](z)
        return nearest

    def loss(self, layer: int, unit: int, nudge: np.longdouble) -> np.longdouble:
        a = self.input
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            z = (weight * a).sum(axis=1) + bias
            if depth == layer:
                z[unit] += nudge
            name = self.spec.network.layer(depth).activation.value
            assert name not in KINKED or np.abs(z).min() > 2 * self.step, "too near to a kink to take a difference"
            a = ACTIVATIONS[name](z)
        return Extended(self.spec.loss.factor) * LOSSES[self.spec.loss.name.value](a, self.target)

    def slope(self, layer: int, unit: int) -> np.longdouble:
        """The central difference over four points, whose error falls with the fourth power of the step."""
        step = self.step
        near = self.loss(layer, unit, step) - self.loss(layer, unit, -step)
        far = self.loss(layer, unit, 2 * step) - self.loss(layer, unit, -2 * step)
        return (8 * near - far) / (12 * step)


@pytest.mark.parametrize("iteration", [0, 1, 25])
@pytest.mark.parametrize("name", example_names())
def test_delta_is_the_slope_of_the_loss(name: str, iteration: int) -> None:
    spec = open_run(name)
    session = Session(spec)
    session.seek(iteration=iteration)
    tape = session.tape
    for sample in range(tape.batch):
        nudged = Nudged(spec, tape, sample)
        assert float(nudged.loss(0, 0, Extended(0))) == pytest.approx(tape.value("sample_loss", sample), rel=1e-12)
        for layer in range(1, spec.network.depth + 1):
            for unit, delta in enumerate(tape.array(f"delta[{layer}]", sample)):
                slope = nudged.slope(layer, unit)
                assert abs(slope - delta) <= LARGEST_ERROR * abs(slope), (sample, layer, unit, delta, slope)
