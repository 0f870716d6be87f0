"""Tape: every array of one iteration, read by Address. Its arrays are views, valid until the engine moves on."""

import numpy as np
from numpy.typing import NDArray

from bpstudio.errors import AddressError
from bpstudio.model.activations import slope_calls, softmax_jacobian
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.losses import error_calls
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.spec import ActivationName, Array, RunSpec
from bpstudio.model.sums import running_sum
from bpstudio.records import dataclass

Q = Quantity


@dataclass(slots=True)
class LayerArrays:
    """The arrays of one layer for the batch, shape (n_l, m) each; ``slope`` and ``error`` may be left to the reader.

    ``activation`` is the view without the row of ones. ``source`` is what the layer reads: the activations below with
    a last row of ones, or without it if the layer has no bias.
    """

    pre_activation: Array
    activation: Array
    delta: Array
    slope: Array | None
    error: Array | None
    source: Array


@dataclass(slots=True)
class Losses:
    """Loss terms (n_L, m), sample losses (m,), and the scalars of the batch."""

    terms: Array
    samples: Array
    data: float = 0.0
    penalty: float = 0.0
    total: float = 0.0


@dataclass(slots=True)
class Vectors:
    """The flat vectors: parameters and state before and after the update, gradient and change.

    ``before`` and ``after`` hold the parameters, then each optimizer slot, all in the parameter layout.
    """

    before: Array
    after: Array
    gradient: Array
    step: Array
    slot_names: tuple[str, ...]


class Tape:
    """One iteration's numbers. ``array`` and ``value`` take an Address or its text (contract, section 1).

    Parameters and optimizer state are read as they stood before this iteration's update; ``after`` reads the new ones.
    """

    def __init__(
        self,
        spec: RunSpec,
        layout: ParameterLayout,
        iteration: int,
        rows: NDArray[np.int64],
        inputs: Array,
        targets: Array,
        layers: tuple[LayerArrays, ...],
        losses: Losses,
        vectors: Vectors,
    ) -> None:
        self.spec = spec
        self.layout = layout
        self.iteration = iteration
        self.rows = rows
        self.inputs = inputs
        self.targets = targets
        self.layers = layers
        self.losses = losses
        self.vectors = vectors

    @property
    def batch(self) -> int:
        """m, the number of samples in this iteration's batch."""
        return int(self.inputs.shape[1])

    def array(self, address: Address | str, sample: int | None = None) -> Array:
        """Return a read-only array; per-sample quantities have the sample as first axis unless one is given.

        Shapes are those of contract section 1. Raises AddressError for what this run does not have.
        """
        parsed = parse_address(address) if isinstance(address, str) else address
        self._require(parsed, sample)
        whole = Address(parsed.quantity, parsed.layer, (), parsed.slot)
        values = self._per_sample(whole, sample) if parsed.quantity.is_per_sample else self._batch_wide(whole)
        view = _pick(values, parsed.indices).view()
        view.flags.writeable = False
        return view

    def value(self, address: Address | str, sample: int = 0) -> float:
        """Return one number of one sample; raises AddressError if the address names a whole array."""
        parsed = parse_address(address) if isinstance(address, str) else address
        found = self.array(parsed, sample if parsed.quantity.is_per_sample else None)
        if found.ndim != 0:
            raise AddressError(f"{parsed} is an array of shape {found.shape}; name one number of it")
        return float(found)

    def after(self, address: Address | str) -> Array:
        """Like :meth:`array`, for parameters and optimizer state after this iteration's update."""
        parsed = parse_address(address) if isinstance(address, str) else address
        self._require(parsed, None)
        values = self._flat_view(self.vectors.after, parsed)
        return _pick(values, parsed.indices)

    def _per_sample(self, address: Address, sample: int | None) -> Array:
        if sample is not None:
            return self._of_sample(address, sample)
        if address.quantity is Q.SAMPLE_LOSS:
            return self.losses.samples
        return np.stack([self._of_sample(address, t) for t in range(self.batch)])

    def _of_sample(self, address: Address, sample: int) -> Array:
        """One sample's numbers, read in the shape training computed them in."""
        quantity, layer = address.quantity, address.layer or 0
        if quantity is Q.SAMPLE_LOSS:
            return np.asarray(self.losses.samples[sample])
        if quantity is Q.ACTIVATION:
            return self._activations(layer)[:, sample]
        arrays = self.layers[layer - 1]
        if quantity is Q.PRE_ACTIVATION:
            return arrays.pre_activation[:, sample]
        if quantity is Q.SLOPE:
            return self._slope(layer, sample)
        if quantity is Q.ERROR:
            return self.errors(layer)[:, sample]
        if quantity is Q.SAMPLE_WEIGHT_GRADIENT:
            with np.errstate(invalid="ignore", over="ignore"):  # ∞ · 0 is NaN, and is shown as such
                return np.multiply.outer(arrays.delta[:, sample], self._activations(layer - 1)[:, sample])
        return arrays.delta[:, sample]  # δ itself, and the bias gradient, which is δ·1

    def _activations(self, layer: int) -> Array:
        return self.inputs if layer == 0 else self.layers[layer - 1].activation

    def _slope(self, layer: int, sample: int) -> Array:
        if self.spec.network.layer(layer).activation is ActivationName.SOFTMAX:
            return softmax_jacobian(np.ascontiguousarray(self.layers[layer - 1].activation[:, sample]))
        return self.slopes(layer)[:, sample]

    def slopes(self, layer: int) -> Array:
        """g′(z) of an element-wise layer, (n_l, m); a matched pair's are computed now, training has no need of them."""
        arrays = self.layers[layer - 1]
        if arrays.slope is None:
            slope = np.empty_like(arrays.pre_activation)
            with np.errstate(all="ignore"):
                for call in slope_calls(
                    self.spec.network.layer(layer), arrays.pre_activation, arrays.activation, slope, self.spec.is_exact
                ):
                    call()
            arrays.slope = slope
        return arrays.slope

    def errors(self, layer: int) -> Array:
        """∂loss/∂a, (n_l, m); at a matched output computed now, training has no need of it."""
        arrays = self.layers[layer - 1]
        if arrays.error is None:
            error = np.empty_like(arrays.pre_activation)
            with np.errstate(all="ignore"):
                for call in error_calls(self.spec, arrays.activation, self.targets, error, self.spec.is_exact):
                    call()
            arrays.error = error
        return arrays.error

    def _batch_wide(self, address: Address) -> Array:
        match address.quantity:
            case Q.LOSS:
                return np.asarray(self.losses.total)
            case Q.DATA_LOSS:
                return np.asarray(self.losses.data)
            case Q.PENALTY:
                return np.asarray(self.losses.penalty)
            case Q.WEIGHT_GRADIENT | Q.BIAS_GRADIENT:
                return self._flat_view(self.vectors.gradient, address)
            case Q.WEIGHT_STEP | Q.BIAS_STEP:
                return self._flat_view(self.vectors.step, address)
            case _:
                return self._flat_view(self.vectors.before, address)

    def _flat_view(self, vector: Array, address: Address) -> Array:
        size, layer = self.layout.size, address.layer or 0
        if address.slot is not None:
            if address.slot not in self.vectors.slot_names:
                known = ", ".join(self.vectors.slot_names) or "none"
                raise AddressError(f"{address}: this optimizer has no state {address.slot!r} (it has {known})")
            start = (1 + self.vectors.slot_names.index(address.slot)) * size
            vector = vector[start : start + size]
        else:
            vector = vector[:size]
        if address.quantity.is_weight_shaped:
            return self.layout.weights(vector, layer)
        biases = self.layout.biases(vector, layer)
        if biases is None:
            raise AddressError(f"{address}: layer {layer} has no bias")
        return biases

    def _require(self, address: Address, sample: int | None) -> None:
        """Raise AddressError unless layer, indices and sample exist in this run."""
        if sample is not None and not 0 <= sample < self.batch:
            raise AddressError(f"sample {sample} is not in this batch; expected 0 to {self.batch - 1}")
        if address.quantity.is_scalar:
            return
        sizes, layer = self.spec.network.sizes, address.layer
        lowest = 0 if address.quantity is Q.ACTIVATION else 1
        if layer is None or not lowest <= layer < len(sizes):
            raise AddressError(f"{address}: there is no such layer; expected {lowest} to {len(sizes) - 1}")
        shape = (sizes[layer], sizes[layer - 1]) if address.quantity.is_weight_shaped else (sizes[layer],)
        if address.quantity is Q.SLOPE and len(address.indices) == 2:
            if self.spec.network.layer(layer).activation is not ActivationName.SOFTMAX:
                raise AddressError(f"{address}: only softmax has a slope for each pair of units; expected slope[l][j]")
            shape = (sizes[layer], sizes[layer])
        for index, limit in zip(address.indices, shape, strict=False):
            if index >= limit:
                raise AddressError(f"{address}: index {index} is too large; expected 0 to {limit - 1}")

    # Running sums: what the operations between the arrays show.

    def z_products(self, layer: int, unit: int, sample: int) -> Array:
        """w[l][j,i]·a[l−1][i] for each i, then the bias if there is one; (n_{l-1} (+1),)."""
        row = self.layout.augmented(self.vectors.before, layer)[unit]
        return np.asarray(row * self.layers[layer - 1].source[:, sample])

    def error_products(self, layer: int, unit: int, sample: int) -> Array:
        """w[l+1][k,j]·delta[l+1][k] for each k, (n_{l+1},); with output-first updates the new weights."""
        output_first = self.spec.training.update == "output_first"
        vector = self.vectors.after if output_first else self.vectors.before
        return np.asarray(self.layout.weights(vector, layer + 1)[:, unit] * self.layers[layer].delta[:, sample])

    def jacobian_products(self, layer: int, unit: int, sample: int) -> Array:
        """slope[l][j,k]·e[l][k] for each k of a softmax layer, (n_l,)."""
        return np.asarray(self._slope(layer, sample)[unit] * self.errors(layer)[:, sample])

    def gradient_products(self, layer: int, unit: int, entry: int) -> Array:
        """delta[l][j]·a[l−1][i] of each sample, (m,): the terms of the batch's sum; entry n_{l-1} is the bias."""
        arrays = self.layers[layer - 1]
        return np.asarray(arrays.delta[unit] * arrays.source[entry])

    def running(self, products: Array) -> Array:
        """The running sums of ``products``, added in order."""
        with np.errstate(all="ignore"):
            return running_sum(products)


def _pick(values: Array, indices: tuple[int, ...]) -> Array:
    """The entries at ``indices`` of the last axes; everything without indices."""
    for index in indices:
        values = np.take(values, index, axis=values.ndim - len(indices))
        indices = indices[1:]
    return np.asarray(values)
