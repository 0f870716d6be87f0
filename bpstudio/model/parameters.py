"""Parameters: one flat vector, named views into it."""

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.initializers import draw_weights
from bpstudio.model.spec import Array, GivenParameters, NetworkSpec, RunSpec


class ParameterLayout:
    """Where each layer's weights lie in a flat vector of ``size`` numbers.

    Layer l occupies (n_l, n_{l-1} + 1) numbers, row by row with the bias as last column, or (n_l, n_{l-1}) without
    bias. The same layout serves gradients, changes and optimizer state.
    """

    def __init__(self, network: NetworkSpec) -> None:
        self.network = network
        self._shapes: list[tuple[int, int]] = []
        self._slices: list[slice] = []
        start = 0
        sizes = network.sizes
        for number, layer in enumerate(network.layers, start=1):
            shape = (layer.units, sizes[number - 1] + (1 if layer.bias.present else 0))
            self._shapes.append(shape)
            self._slices.append(slice(start, start + shape[0] * shape[1]))
            start += shape[0] * shape[1]
        self.size = start

    def slice_of(self, layer: int) -> slice:
        """The share of layer l in the flat vector."""
        return self._slices[layer - 1]

    def augmented(self, vector: Array, layer: int) -> Array:
        """View (n_l, n_{l-1} + 1): weights and, as last column, biases; without bias (n_l, n_{l-1})."""
        return vector[self._slices[layer - 1]].reshape(self._shapes[layer - 1])

    def weights(self, vector: Array, layer: int) -> Array:
        """View (n_l, n_{l-1})."""
        return self.augmented(vector, layer)[:, : self.network.sizes[layer - 1]]

    def biases(self, vector: Array, layer: int) -> Array | None:
        """View (n_l,), or None for a layer without bias."""
        if not self.network.layer(layer).bias.present:
            return None
        return self.augmented(vector, layer)[:, -1]

    def weight_mask(self) -> Array:
        """1.0 at weights, 0.0 at biases, shape (size,)."""
        mask = np.zeros(self.size)
        for layer in range(1, self.network.depth + 1):
            self.weights(mask, layer)[:] = 1.0
        return mask

    def trainable(self) -> NDArray[np.bool_]:
        """False at biases that training leaves alone, shape (size,)."""
        mask = np.ones(self.size)
        for number, layer in enumerate(self.network.layers, start=1):
            biases = self.biases(mask, number)
            if biases is not None and not layer.bias.trainable:
                biases[:] = 0.0
        return np.asarray(mask != 0.0)


def starting_vector(spec: RunSpec, layout: ParameterLayout) -> Array:
    """The flat parameters before the first update: as given, or drawn from the seed with biases at 0."""
    vector = np.zeros(layout.size)
    start = spec.start
    drawn = start.weights if isinstance(start, GivenParameters) else draw_weights(start, spec.network.sizes, spec.seed)
    for layer, weights in enumerate(drawn, start=1):
        layout.weights(vector, layer)[:] = weights
    if isinstance(start, GivenParameters):
        for layer, given in enumerate(start.biases, start=1):
            biases = layout.biases(vector, layer)
            if given is not None and biases is not None:
                biases[:] = given
    return vector
