"""Central differences against the tape: is every gradient the slope of the loss?

For each parameter and each input, the loss is measured a little above and below; half the difference over ε must be
the gradient. Where a unit's z crosses a kink of its activation (ReLU at 0) in between, no slope exists there: such
entries are counted apart.
"""

from collections.abc import Iterator

import numpy as np

from bpstudio.model.activations import kinks
from bpstudio.model.address import Address, Quantity
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array, LossName, Reduction, RunSpec
from bpstudio.records import dataclass

DEFAULT_EPSILON = 1e-5
DEFAULT_TOLERANCE = 1e-6
ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""Of the loss: what rounding alone may move one of its two measurements by."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One checked number: the gradient from the tape and the one from differences.

    ``error`` is |gradient − difference| beyond what rounding of the loss explains, relative to the larger of both and
    of 10⁻³ times the layer's largest gradient.
    """

    address: Address
    sample: int | None
    gradient: float
    difference: float
    error: float


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """The result for one layer's parameters, or for the inputs (``name`` is `w[1]`, `b[1]` or `a[0]`)."""

    name: str
    entries: int
    kinks: int
    worst: Entry | None

    @property
    def error(self) -> float:
        """The worst relative error; 0 where nothing could be compared."""
        return 0.0 if self.worst is None else self.worst.error


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All layers; ``has_passed`` when no error exceeds the tolerance."""

    iteration: int
    epsilon: float
    tolerance: float
    layers: tuple[LayerCheck, ...]

    @property
    def has_passed(self) -> bool:
        """Whether every gradient agrees with its difference; a NaN does not."""
        return all(layer.error <= self.tolerance for layer in self.layers)


def check_gradients(
    spec: RunSpec,
    iteration: int = 0,
    epsilon: float = DEFAULT_EPSILON,
    tolerance: float = DEFAULT_TOLERANCE,
    *,
    start: tuple[int, Array] | None = None,
) -> CheckReport:
    """Compare every gradient of ``iteration`` with central differences of width 2ε.

    ``start`` is an iteration and the flat state before it to begin with; by default the run's start.

    Inputs are checked too: ∂loss/∂a[0] of each sample is Σ_j w[1][j,i]·δ[1][j], reduced over the batch.
    """
    engine = Engine(spec)
    if start is not None:
        engine.load(*start)
    engine.iterate(iteration - engine.iteration)
    checker = _Checker(engine, epsilon)
    return CheckReport(iteration, epsilon, tolerance, tuple(checker.layers()))


class _Checker:
    def __init__(self, engine: Engine, epsilon: float) -> None:
        self.engine = engine
        self.epsilon = epsilon
        self.spec = engine.spec
        tape = engine.compute()
        size = engine.layout.size
        self.parameters = tape.vectors.before[:size].copy()
        self.gradient = tape.vectors.gradient.copy()
        self.inputs = tape.inputs.copy()
        self.input_gradient = self._input_gradient(tape.layers[0].delta)
        self.loss = tape.losses.total

    def _input_gradient(self, delta: Array) -> Array:
        weights = self.engine.layout.weights(self.parameters, 1)
        scale = delta.shape[1] if self.spec.loss.reduction is Reduction.MEAN else 1
        return (weights.T @ delta) / scale

    def layers(self) -> Iterator[LayerCheck]:
        depth = self.spec.network.depth
        for layer in range(1, depth + 1):
            yield self._check_parameters(layer, Quantity.WEIGHT)
            if self.spec.network.layer(layer).bias.present:
                yield self._check_parameters(layer, Quantity.BIAS)
        yield self._check_inputs()

    def _check_parameters(self, layer: int, quantity: Quantity) -> LayerCheck:
        layout, places = self.engine.layout, np.arange(self.parameters.size, dtype=np.float64)
        where = layout.weights(places, layer) if quantity is Quantity.WEIGHT else layout.biases(places, layer)
        indices = np.asarray(where).astype(np.int64)
        gradient = self.gradient[indices]
        compared: list[Entry | None] = []
        for index in np.ndindex(indices.shape):
            nudged = self.parameters.copy()
            address = Address(quantity, layer, index)
            compared.append(self._compare_parameter(nudged, int(indices[index]), address, gradient))
        return _summarise(str(Address(quantity, layer)), compared)

    def _compare_parameter(self, nudged: Array, place: int, address: Address, gradient: Array) -> Entry | None:
        width = self._width(float(nudged[place]))
        measured = []
        for sign in (1.0, -1.0):
            nudged[place] = self.parameters[place] + sign * width
            measured.append((float(nudged[place]), self.engine.measure(nudged), self._kink_sides()))
        return self._entry(address, None, float(gradient[address.indices]), measured, gradient)

    def _check_inputs(self) -> LayerCheck:
        compared: list[Entry | None] = []
        gradient = self.input_gradient
        for unit, sample in np.ndindex(self.inputs.shape):
            measured: list[tuple[float, float, bytes]] = []
            width = self._width(float(self.inputs[unit, sample]))
            for sign in (1.0, -1.0):
                inputs = self.inputs.copy()
                inputs[unit, sample] += sign * width
                loss = self.engine.measure(self.parameters, inputs)
                measured.append((float(inputs[unit, sample]), loss, self._kink_sides()))
            address = Address(Quantity.ACTIVATION, 0, (unit,))
            compared.append(self._entry(address, sample, float(gradient[unit, sample]), measured, gradient))
        return _summarise("a[0]", compared)

    def _width(self, value: float) -> float:
        return self.epsilon * max(1.0, abs(value))

    def _entry(
        self,
        address: Address,
        sample: int | None,
        gradient: float,
        measured: list[tuple[float, float, bytes]],
        layer_gradient: Array,
    ) -> Entry | None:
        """The comparison; None where the two measurements lie on different sides of a kink."""
        (above, loss_above, sides_above), (below, loss_below, sides_below) = measured
        if sides_above != sides_below:
            return None
        width = float(above - below)
        difference = float(loss_above - loss_below) / width
        rounding = 2 * ROUNDING * max(abs(loss_above), abs(loss_below)) / width
        largest = float(np.max(np.abs(layer_gradient)))
        scale = max(abs(gradient), abs(difference), 1e-3 * largest)
        distance = max(0.0, abs(gradient - difference) - rounding) if np.isfinite(difference) else np.nan
        error = distance / scale if scale > 0 else distance
        return Entry(address, sample, float(gradient), difference, float(error))

    def _kink_sides(self) -> bytes:
        """On which side of each kink every unit lies, for the last measured forward pass."""
        sides = []
        arrays = self.engine.workspace
        for layer_spec, layer in zip(self.spec.network.layers, arrays.layers, strict=True):
            sides += [np.sign(layer.pre_activation - kink).tobytes() for kink in kinks(layer_spec)]
        if self.spec.loss.name is LossName.ABSOLUTE_ERROR:
            sides.append(np.sign(arrays.layers[-1].activation - arrays.targets).tobytes())
        return b"".join(sides)


def _summarise(name: str, compared: list[Entry | None]) -> LayerCheck:
    entries = [entry for entry in compared if entry is not None]
    worst = max(entries, key=lambda entry: (np.isnan(entry.error), entry.error), default=None)
    return LayerCheck(name, len(entries), len(compared) - len(entries), worst)
