"""What the edges of each layer show: whole arrays, made again only when something in them has changed."""

from enum import StrEnum
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.address import Address, Quantity
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array, UpdateRule
from bpstudio.program.operation import Pass
from bpstudio.program.progress import Progress
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.numbers import Numbers, first_known, numbers
from bpstudio.viewstate.selection import EdgeMode, ViewOptions

Q = Quantity
MOST_WIDE = 700
MOST_HAIRLINES = 5_000
STRONGEST = 120
"""Of a layer pair with more than MOST_WIDE edges so many are drawn with their width."""

BACK = (Pass.BACKWARD, Pass.REDUCE, Pass.UPDATE)


def has_batch_gradient(progress: Progress, pass_: Pass | None) -> bool:
    """Whether gradients are the batch's: once the first entry is reduced, until a sample is at work again."""
    if pass_ not in (Pass.REDUCE, Pass.UPDATE):
        return False
    layers = range(1, progress.spec.network.depth + 1)
    return any(progress.rows(Q.WEIGHT_GRADIENT, layer) > (0, 0) for layer in layers)


class Detail(StrEnum):
    """How the edges of a layer pair are drawn: all with their width; as hairlines or a density, and the strongest."""

    WIDE = "wide"
    HAIRLINES = "hairlines"
    DENSITY = "density"


def detail_for(count: int) -> Detail:
    """The level of detail for a number of edges."""
    if count <= MOST_WIDE:
        return Detail.WIDE
    return Detail.HAIRLINES if count <= MOST_HAIRLINES else Detail.DENSITY


@dataclass(frozen=True, slots=True)
class EdgeBand:
    """All edges into a layer: ``numbers`` has shape (n_l, n_{l-1}), with the bias as last column if ``has_bias``."""

    layer: int
    numbers: Numbers
    has_bias: bool
    detail: Detail

    def column_of(self, source: int) -> int:
        """The column of a source unit; −1 is the bias unit."""
        return self.numbers.values.shape[1] - 1 if source < 0 else source

    def value(self, unit: int, source: int) -> float | None:
        """What an edge shows; None while it is not computed."""
        return self.numbers.at(unit, self.column_of(source))


_kept: WeakKeyDictionary[Engine, dict[int, tuple[tuple[object, ...], EdgeBand]]] = WeakKeyDictionary()


class BandMaker:
    """Makes the bands of a session's position for one choice of what edges show."""

    def __init__(self, session: Session, options: ViewOptions, pass_: Pass | None, has_bias_units: bool) -> None:
        self.session = session
        self.spec = session.spec
        self.mode = options.edge_mode
        self.compared = options.compared
        self.has_bias_units = has_bias_units
        self.progress = session.progress
        self.tape = session.tape
        self.sample = session.progress.sample
        self.is_back = pass_ in BACK
        self.is_of_batch = has_batch_gradient(self.progress, pass_)

    def bands(self) -> tuple[EdgeBand, ...]:
        """The edges of all layers."""
        return tuple(self._band(layer) for layer in range(1, len(self.spec.network.sizes)))

    def _band(self, layer: int) -> EdgeBand:
        kept = _kept.setdefault(self.session.engine, {})
        key = self._key(layer)
        found = kept.get(layer)
        if found is not None and key is not None and found[0] == key:
            return found[1]
        values, known = self._values(layer)
        made = EdgeBand(layer, numbers(values, known), self._has_bias(layer), detail_for(values.size))
        kept[layer] = (key or (), made)
        return made

    def _has_bias(self, layer: int) -> bool:
        return self.has_bias_units and self.spec.network.layer(layer).bias.present

    def _key(self, layer: int) -> tuple[object, ...] | None:
        """What the values follow from; None where they are to be made anew each time."""
        rows, iteration = self.progress.rows, self.progress.iteration
        key: tuple[object, ...] = (self.mode, self._has_bias(layer), iteration, self.session.program)
        match self.mode:
            case EdgeMode.WEIGHT:
                return (*key, rows(Q.WEIGHT, layer), self._done_biases(Q.BIAS, layer))
            case EdgeMode.FLOW:
                return (*key, self.sample, self.is_back, self._flowing(layer))
            case EdgeMode.GRADIENT:
                whole, bias = self._gradient_quantities()
                return (*key, self.sample, whole, rows(whole, layer), self._done_biases(bias, layer))
            case EdgeMode.UPDATE:
                return (*key, rows(Q.WEIGHT_STEP, layer), self._done_biases(Q.BIAS_STEP, layer))
            case EdgeMode.DIFFERENCE:
                return None

    def _flowing(self, layer: int) -> int:
        """How many activations below, or going back how many δ above, are computed."""
        if self.is_back:
            return self.progress.count(Q.DELTA, layer)
        return self.progress.count(Q.ACTIVATION, layer - 1)

    def _values(self, layer: int) -> tuple[Array, NDArray[np.bool_] | None]:
        match self.mode:
            case EdgeMode.WEIGHT:
                return self._parameters(layer), None
            case EdgeMode.FLOW:
                return self._backward_flow(layer) if self.is_back else self._forward_flow(layer)
            case EdgeMode.GRADIENT:
                return self._joined(layer, *self._gradient_quantities())
            case EdgeMode.UPDATE:
                return self._joined(layer, Q.WEIGHT_STEP, Q.BIAS_STEP)
            case EdgeMode.DIFFERENCE:
                return self._differences(layer)

    def _parameters(self, layer: int) -> Array:
        """Weights, and the bias as last column, old or new entry by entry as the update has reached them."""
        before, known = self._joined(layer, Q.WEIGHT, Q.BIAS)
        if not known.any():
            return before
        after = self._side_by_side(layer, self.tape.after(Address(Q.WEIGHT, layer)), self._after_bias(layer))
        return np.where(known, after, before)

    def _after_bias(self, layer: int) -> Array | None:
        return self.tape.after(Address(Q.BIAS, layer)) if self._has_bias(layer) else None

    def _joined(self, layer: int, whole: Quantity, bias: Quantity) -> tuple[Array, NDArray[np.bool_]]:
        """The array of a weight-shaped quantity with that of its biases, and what of it is done."""
        weights = self.tape.array(Address(whole, layer), self.sample if whole.is_per_sample else None)
        row, column = self.progress.rows(whole, layer)
        mask = first_known(weights.shape, row * weights.shape[1] + column)
        if not self._has_bias(layer):
            return weights, mask
        biases = self.tape.array(Address(bias, layer), self.sample if bias.is_per_sample else None)
        done = first_known(biases.shape, self._done_biases(bias, layer))
        return self._side_by_side(layer, weights, biases), np.column_stack([mask, done])

    def _side_by_side(self, layer: int, weights: Array, biases: Array | None) -> Array:
        return weights if biases is None or not self._has_bias(layer) else np.column_stack([weights, biases])

    def _done_biases(self, quantity: Quantity, layer: int) -> int:
        """How many biases of a layer have been reached: a sample's own one by one, the batch's at the end of each row."""
        bias = self.spec.network.layer(layer).bias
        if not bias.present or not bias.trainable:
            return 0
        if quantity is Q.SAMPLE_BIAS_GRADIENT:
            return self.progress.count(quantity, layer)
        return self.progress.rows(quantity, layer)[0]

    def _forward_flow(self, layer: int) -> tuple[Array, NDArray[np.bool_]]:
        """Weight times input, where the input exists."""
        weights = self._parameters(layer)
        below = self.tape.array(Address(Q.ACTIVATION, layer - 1), self.sample)
        count = self.progress.count(Q.ACTIVATION, layer - 1)
        known = np.zeros(weights.shape, dtype=bool)
        known[:, :count] = True
        if self._has_bias(layer):
            below = np.append(below, 1.0)
            known[:, -1] = True
        with np.errstate(all="ignore"):
            return weights * below, known

    def _backward_flow(self, layer: int) -> tuple[Array, NDArray[np.bool_]]:
        """Weight times the δ above it, where that exists; the input asks for none, and a bias hands nothing on."""
        is_new = self.spec.training.update == UpdateRule.OUTPUT_FIRST
        vector = self.tape.vectors.after if is_new else self.tape.vectors.before
        weights = self.tape.layout.weights(vector, layer)
        delta = self.tape.array(Address(Q.DELTA, layer), self.sample)
        known = np.zeros(weights.shape, dtype=bool)
        if layer > 1:
            known[: self.progress.count(Q.DELTA, layer)] = True
        with np.errstate(all="ignore"):
            flow = weights * delta[:, None]
        if self._has_bias(layer):
            nothing = np.zeros((weights.shape[0], 1))
            return np.column_stack([flow, nothing]), np.column_stack([known, nothing.astype(bool)])
        return flow, known

    def _gradient_quantities(self) -> tuple[Quantity, Quantity]:
        """Of weights and biases: the batch's or the sample's own, in all layers the same, for they share a scale."""
        if self.is_of_batch:
            return Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT
        return Q.SAMPLE_WEIGHT_GRADIENT, Q.SAMPLE_BIAS_GRADIENT

    def _differences(self, layer: int) -> tuple[Array, NDArray[np.bool_] | None]:
        """Parameters less those of the compared branch before the same iteration; nothing without such a branch."""
        weights = self._joined(layer, Q.WEIGHT, Q.BIAS)[0]
        if self.compared is None:
            return weights, np.zeros(weights.shape, dtype=bool)
        others = self.session.parameters_of(self.compared, self.session.iteration)
        if others is None:  # being computed: shown in a moment
            return weights, np.zeros(weights.shape, dtype=bool)
        layout = self.session.engine.layout
        with np.errstate(all="ignore"):
            return weights - self._side_by_side(
                layer, layout.weights(others, layer), layout.biases(others, layer)
            ), None
