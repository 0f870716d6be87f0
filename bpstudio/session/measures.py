"""What is measured of an iteration for the plots: norms, idle units, spreads of values, quality; functions of a tape or a state.

A measure is a flat row of float64, so that a run's measures are a table: one row for each iteration looked at.
"""

from enum import StrEnum
from itertools import pairwise

import numpy as np

from bpstudio.model.passes import Engine
from bpstudio.model.quality import accuracy_of, is_classifier, measure_quality
from bpstudio.model.spec import ActivationName, Array, RunSpec
from bpstudio.model.tape import Tape
from bpstudio.session.unit_health import dead_units, saturated_units

QUANTILES = 33
"""Order statistics kept of each array: the least, the greatest, and 31 between."""
SPREAD_WIDTH = QUANTILES + 1
"""The order statistics, then the share of values that are not finite."""
MOST_SORTED = 20_000
MOST_PRODUCTS = 50_000_000
"""Multiplications that measuring the quality of one state may cost; of more rows an evenly spaced part is taken."""
EXACT_COST = 20
"""How much dearer a multiplication is where sums are added in order."""
UNIT_COST, EXACT_UNIT_COST = 20, 400
"""What a unit's activation costs, in products: built from + − × / it takes 450 ns."""


class Group(StrEnum):
    """What is measured together, because one panel shows it."""

    QUALITY = "quality"
    NORMS = "norms"
    UNITS = "units"
    SPREAD = "spread"


class Spread(StrEnum):
    """Arrays of a layer whose values are spread out: its weights, gradients, activations and δ."""

    WEIGHT = "weights"
    GRADIENT = "gradients"
    ACTIVATION = "activations"
    DELTA = "deltas"


QUALITY_COLUMNS = ("training_loss", "training_accuracy", "batch_accuracy", "held_out_loss", "held_out_accuracy")
"""NaN where it does not exist: no held-out rows, or nothing is classified. Losses are without penalty."""


def width(group: Group, spec: RunSpec) -> int:
    """How many numbers a measure of the group has."""
    depth = spec.network.depth
    match group:
        case Group.QUALITY:
            return len(QUALITY_COLUMNS)
        case Group.NORMS:
            return 2 * depth
        case Group.UNITS:
            return depth
        case Group.SPREAD:
            return depth * len(Spread) * SPREAD_WIDTH


def measure_tape(group: Group, tape: Tape) -> Array:
    """The measure of an iteration of every group but QUALITY, (width,).

    NORMS: ‖∂loss/∂(w, b)‖₂ of each layer, then ‖change of w‖₂ / ‖w‖₂ of each. UNITS: the number of idle units of each layer (dead
    or saturated). SPREAD: layer by layer, quantity by quantity, what ``spread_of`` gives.
    """
    depth = tape.spec.network.depth
    with np.errstate(all="ignore"):
        match group:
            case Group.NORMS:
                layers = range(1, depth + 1)
                return np.array(
                    [*(_gradient_norm(tape, n) for n in layers), *(_relative_step(tape, n) for n in layers)]
                )
            case Group.UNITS:
                return np.array([float(len(idle_units(tape, n))) for n in range(1, depth + 1)])
            case Group.SPREAD:
                return np.concatenate([spread_of(tape, n, s) for n in range(1, depth + 1) for s in Spread])
            case Group.QUALITY:
                raise ValueError("quality is measured on a state, by a Probe")


def _norm(values: Array) -> float:
    """‖values‖₂ without overflow on the way: 1e200 squared would be infinite."""
    flat = values.ravel()
    largest = float(np.max(np.abs(flat), initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    scaled = flat / largest
    return largest * float(np.sqrt(scaled.dot(scaled)))


def _gradient_norm(tape: Tape, layer: int) -> float:
    return _norm(tape.vectors.gradient[tape.layout.slice_of(layer)])


def _relative_step(tape: Tape, layer: int) -> float:
    step = _norm(tape.layout.weights(tape.vectors.step, layer))
    before = _norm(tape.layout.weights(tape.vectors.before, layer))
    return float(np.float64(step) / np.float64(before))


def idle_units(tape: Tape, layer: int) -> set[int]:
    """The dead or saturated units of a layer."""
    return dead_units(tape, layer) | saturated_units(tape, layer)


def can_idle(spec: RunSpec, layer: int) -> bool:
    """Whether units of the layer can be dead or saturated at all."""
    return spec.network.layer(layer).activation in (ActivationName.RELU, ActivationName.SIGMOID, ActivationName.TANH)


def values_of(tape: Tape, layer: int, spread: Spread) -> Array:
    """All values of a layer's array, flat: over units, and over the samples of the batch where there is one for each."""
    match spread:
        case Spread.WEIGHT:
            return tape.layout.weights(tape.vectors.before, layer).ravel()
        case Spread.GRADIENT:
            return tape.layout.weights(tape.vectors.gradient, layer).ravel()
        case Spread.ACTIVATION:
            return tape.layers[layer - 1].activation.ravel()
        case Spread.DELTA:
            return tape.layers[layer - 1].delta.ravel()


def spread_of(tape: Tape, layer: int, spread: Spread) -> Array:
    """Order statistics of a layer's finite values at QUANTILES evenly spaced ranks, then the share that is not finite.

    Between two ranks lies the same share of the values; where there are fewer values than ranks, values repeat. NaN without
    any finite value. Of more than MOST_SORTED values evenly spaced ones are ranked, the least and the greatest are those of
    all. Shape (SPREAD_WIDTH,).
    """
    values = values_of(tape, layer, spread)
    finite = values[np.isfinite(values)]
    found = np.full(SPREAD_WIDTH, np.nan)
    found[-1] = 1.0 - finite.size / values.size
    if finite.size:
        part = np.sort(finite[:: -(-finite.size // MOST_SORTED)])
        ranks = np.round(np.linspace(0, part.size - 1, QUANTILES)).astype(np.int64)
        found[:-1] = part[ranks]
        found[0], found[QUANTILES - 1] = finite.min(), finite.max()
    return found


def spread_columns(layer: int, spread: Spread) -> slice:
    """Where in a measure of SPREAD a layer's quantity stands."""
    first = ((layer - 1) * len(Spread) + list(Spread).index(spread)) * SPREAD_WIDTH
    return slice(first, first + SPREAD_WIDTH)


class Probe:
    """Measures states of a run on an engine of its own: the session stays as it is."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self._engine = Engine(spec)
        data = spec.dataset
        self._rows = _spaced(data.count, most_rows(spec))
        self._held_out_rows = _spaced(data.held_out_inputs.shape[0], most_rows(spec))

    def tape(self, iteration: int, state: Array) -> Tape:
        """The tape of the iteration that follows from a flat state; valid until the next call."""
        self._engine.load(iteration, state)
        return self._engine.compute()

    @property
    def engine(self) -> Engine:
        """The engine; whoever uses it says first where it is to stand."""
        return self._engine

    def measure(self, group: Group, iteration: int, state: Array) -> Array:
        """The measure of an iteration, (width,)."""
        tape = self.tape(iteration, state)
        return self._quality(tape) if group is Group.QUALITY else measure_tape(group, tape)

    def _quality(self, tape: Tape) -> Array:
        data, size = self.spec.dataset, tape.layout.size
        parameters = tape.vectors.before[:size].copy()
        batch = np.nan
        if is_classifier(self.spec):
            batch = accuracy_of(tape.layers[-1].activation.T, tape.targets.T)
        parts = []
        for inputs, targets, rows in (
            (data.inputs, data.targets, self._rows),
            (data.held_out_inputs, data.held_out_targets, self._held_out_rows),
        ):
            found = measure_quality(self._engine, parameters, inputs[rows], targets[rows])
            loss = np.nan if found is None else found.loss
            parts.append((loss, np.nan if found is None or found.accuracy is None else found.accuracy))
        (training_loss, training_accuracy), (held_out_loss, held_out_accuracy) = parts
        return np.array([training_loss, training_accuracy, batch, held_out_loss, held_out_accuracy])


def most_rows(spec: RunSpec) -> int:
    """How many rows quality is measured on at most."""
    sizes = spec.network.sizes
    weights = sum(m * n for m, n in pairwise(sizes))
    of_product, of_unit = (EXACT_COST, EXACT_UNIT_COST) if spec.is_exact else (1, UNIT_COST)
    return max(100, MOST_PRODUCTS // (weights * of_product + sum(sizes[1:]) * of_unit))


def _spaced(count: int, most: int) -> slice:
    """All rows, or evenly spaced ones."""
    return slice(None, None, max(1, -(-count // most)))
