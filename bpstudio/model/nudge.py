"""Nudges: the loss as a function of one number, everything else as it was. A δ or a gradient is the slope of it.

The forward pass goes on from the nudged number to the loss, on buffers of its own: the tape is read and stays as it is.
"""

import numpy as np

from bpstudio.errors import AddressError
from bpstudio.model.activations import activation_calls, kinks
from bpstudio.model.address import Address, Quantity
from bpstudio.model.losses import loss_term_calls, sample_loss_calls
from bpstudio.model.penalties import penalty_value
from bpstudio.model.plan import execute
from bpstudio.model.spec import Array, LossName, Reduction
from bpstudio.model.sums import exact_product
from bpstudio.model.tape import Tape
from bpstudio.records import dataclass

Q = Quantity
NUDGED = (Q.PRE_ACTIVATION, Q.ACTIVATION, Q.WEIGHT, Q.BIAS)
"""What can be nudged: z, an activation or an input of one sample, a weight, a bias."""


@dataclass(frozen=True, slots=True)
class Nudged:
    """The loss at each offset, (k,), and what lies on another side of a kink at the second offset than at the first.

    A kink is one of z, or, with absolute error, one of an output where it meets its target.
    """

    losses: Array
    kinks: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class _Passed:
    """A pass that went on: sample losses (m,), and the side of its kinks that every unit lies on, by place, (n_l, m) each."""

    losses: Array
    sides: dict[Address, Array]


def nudge(tape: Tape, address: Address, sample: int, offsets: Array) -> Nudged:
    """The loss with ``offsets`` (k,), at least two, added to one number.

    Of z, an activation or an input it is the loss of this sample alone, without 1/m and penalty; softmax gets the other z of its
    layer unchanged, and an activation is changed alone. Of a weight or a bias it is the loss of the batch, penalty included.
    Raises AddressError for what cannot be nudged.
    """
    if address.quantity not in NUDGED:
        raise AddressError(f"{address} cannot be nudged; expected z, a, w or b")
    tape.value(address, sample)
    rest = _Rest(tape)
    with np.errstate(all="ignore"):
        if address.quantity in (Q.WEIGHT, Q.BIAS):
            return rest.of_parameter(address, offsets)
        return rest.of_sample(address, sample, offsets)


def slope_of(tape: Tape, address: Address, sample: int) -> float:
    """What the backward pass gave as the slope: δ for z, e for an activation, Σ_j w·δ for an input, dw, db."""
    layer, indices = address.layer, address.indices
    match address.quantity:
        case Q.PRE_ACTIVATION:
            return tape.value(Address(Q.DELTA, layer, indices), sample)
        case Q.WEIGHT:
            return tape.value(Address(Q.WEIGHT_GRADIENT, layer, indices))
        case Q.BIAS:
            return tape.value(Address(Q.BIAS_GRADIENT, layer, indices))
        case Q.ACTIVATION if layer:
            return tape.value(Address(Q.ERROR, layer, indices), sample)
        case Q.ACTIVATION:
            weights = tape.layout.weights(tape.vectors.before, 1)[:, indices[0]]
            with np.errstate(all="ignore"):
                return float(tape.running(weights * tape.layers[0].delta[:, sample])[-1])
        case _:
            raise AddressError(f"{address} cannot be nudged; expected z, a, w or b")


class _Rest:
    """What follows a layer, up to the loss, with the weights of a tape."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.spec, self.layout = tape.spec, tape.layout
        self.exact = tape.spec.is_exact
        self.parameters = tape.vectors.before[: tape.layout.size]

    def of_sample(self, address: Address, sample: int, offsets: Array) -> Nudged:
        """Each offset is a column of one pass."""
        layer, (unit,) = address.layer or 0, address.indices
        targets = np.repeat(self.tape.targets[:, sample : sample + 1], offsets.size, axis=1)
        start = np.repeat(self.tape.array(Address(address.quantity, layer), sample)[:, None], offsets.size, axis=1)
        start[unit] += offsets
        if address.quantity is Q.PRE_ACTIVATION:
            passed = self._from_pre_activation(layer, start, targets)
        else:
            passed = self._from_activation(layer, start, targets, {})
        return Nudged(passed.losses, _changed({at: (side[:, :1], side[:, 1:2]) for at, side in passed.sides.items()}))

    def of_parameter(self, address: Address, offsets: Array) -> Nudged:
        """Each offset is a pass of the batch, which begins with the one z that the parameter is part of."""
        layer, unit = address.layer or 0, address.indices[0]
        entry = address.indices[1] if address.quantity is Q.WEIGHT else -1
        losses, passes = np.empty(offsets.size), list[_Passed]()
        for index, offset in enumerate(offsets.tolist()):
            parameters = self.parameters.copy()
            row = self.layout.augmented(parameters, layer)[unit : unit + 1]
            row[0, entry] += offset
            z = self.tape.layers[layer - 1].pre_activation.copy()
            z[unit] = self._product(row, self.tape.layers[layer - 1].source)[0]
            passed = self._from_pre_activation(layer, z, self.tape.targets)
            losses[index] = self._reduced(passed.losses, parameters)
            if index < 2:
                passes.append(passed)
        before, after = passes
        return Nudged(losses, _changed({at: (side, after.sides[at]) for at, side in before.sides.items()}))

    def _product(self, left: Array, right: Array) -> Array:
        if not self.exact:
            return np.asarray(left.dot(right))
        out = np.empty((left.shape[0], right.shape[1]))
        exact_product(left, right, out)()
        return out

    def _from_pre_activation(
        self, layer: int, z: Array, targets: Array, sides: dict[Address, Array] | None = None
    ) -> _Passed:
        """Go on from z of a layer, (n_l, m)."""
        found, of_layer = {} if sides is None else sides, self.spec.network.layer(layer)
        for kink in kinks(of_layer):
            found[Address(Q.PRE_ACTIVATION, layer)] = np.sign(z - kink)
        a = np.empty_like(z)
        execute(activation_calls(of_layer, z, a, self.exact))
        return self._from_activation(layer, a, targets, found, z)

    def _from_activation(
        self, layer: int, a: Array, targets: Array, sides: dict[Address, Array], z: Array | None = None
    ) -> _Passed:
        """Go on from the activations of a layer, (n_l, m); without ``z`` they were set by hand."""
        if layer < self.spec.network.depth:
            weights = self.layout.augmented(self.parameters, layer + 1)
            has_bias = self.spec.network.layer(layer + 1).bias.present
            source = np.vstack([a, np.ones((1, a.shape[1]))]) if has_bias else a
            return self._from_pre_activation(layer + 1, self._product(weights, source), targets, sides)
        terms, losses = np.empty_like(a), np.empty(a.shape[1])
        is_by_hand = z is None
        execute(
            loss_term_calls(self.spec, a if z is None else z, a, targets, terms, self.exact, from_activation=is_by_hand)
        )
        execute(sample_loss_calls(terms, losses, self.exact))
        if self.spec.loss.name is LossName.ABSOLUTE_ERROR:
            sides[Address(Q.ACTIVATION, layer)] = np.sign(a - targets)
        return _Passed(losses, sides)

    def _reduced(self, samples: Array, parameters: Array) -> float:
        """The loss of the batch from those of its samples, penalty included."""
        total = float(np.add.accumulate(samples)[-1] if self.exact else samples.sum())
        data = total / samples.size if self.spec.loss.reduction is Reduction.MEAN else total
        if not self.spec.penalty.is_active:
            return data
        weights = [self.layout.weights(parameters, number) for number in range(1, self.spec.network.depth + 1)]
        return data + penalty_value(self.spec.penalty, weights, self.exact)


def _changed(sides: dict[Address, tuple[Array, Array]]) -> tuple[Address, ...]:
    """The units whose side is another one, for any sample; NaN is on none."""
    found = list[Address]()
    for whole, (before, after) in sides.items():
        moved = ((before != after) & ~np.isnan(before) & ~np.isnan(after)).any(axis=1)
        found += [whole.at(int(unit)) for unit in np.flatnonzero(moved)]
    return tuple(found)
