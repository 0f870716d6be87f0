"""A number tested on the spot: the loss around it, the slope that the backward pass gave, and what a nudge makes of both."""

import numpy as np

from bpstudio.model.address import Address, Quantity
from bpstudio.model.nudge import nudge, slope_of
from bpstudio.model.spec import Array, Reduction, UpdateRule
from bpstudio.model.tape import Tape
from bpstudio.records import dataclass
from bpstudio.session.looks import LEAST_POINTS, LINE_PRODUCTS, MOST_POINTS
from bpstudio.session.measures import EXACT_COST

AROUND = 2.0
"""How far the loss is looked at to both sides, in nudges."""


@dataclass(frozen=True, slots=True)
class NudgeLine:
    """The loss with ``places`` s added to one number, (n,) each; ``sample`` is None where it is the loss of the batch.

    ``slope`` is what the backward pass gave. ``before`` and ``after`` are the loss at 0 and at ε, ``predicted`` is slope·ε.
    ``kinks`` lie between both. ``share`` is how much the loss of the batch moves when that of the sample moves by 1.
    ``is_delayed``: the update rule passes errors back through weights that are already replaced, so the slope is not quite
    that of this loss.
    """

    address: Address
    sample: int | None
    value: float
    epsilon: float
    places: Array
    losses: Array
    slope: float
    before: float
    after: float
    predicted: float
    kinks: tuple[Address, ...]
    share: float
    batch: int
    is_delayed: bool
    has_penalty: bool


def nudge_line(tape: Tape, address: Address, sample: int, epsilon: float) -> NudgeLine:
    """Nudge one number of a tape by ε; the tape stays as it is. Raises AddressError for what it does not have."""
    is_of_batch = address.quantity in (Quantity.WEIGHT, Quantity.BIAS)
    slope = slope_of(tape, address, sample)
    reach = AROUND * abs(epsilon)
    places = np.linspace(-reach, reach, _points(tape, address))
    found = nudge(tape, address, sample, np.array([0.0, epsilon, *places]))
    spec = tape.spec
    is_output = address.layer == spec.network.depth
    with np.errstate(all="ignore"):
        predicted = float(np.float64(slope) * np.float64(epsilon))
    return NudgeLine(
        address,
        None if is_of_batch else sample,
        tape.value(address, sample),
        epsilon,
        places,
        found.losses[2:],
        slope,
        float(found.losses[0]),
        float(found.losses[1]),
        predicted,
        found.kinks,
        1.0 / tape.batch if spec.loss.reduction is Reduction.MEAN else 1.0,
        tape.batch,
        spec.training.update is UpdateRule.OUTPUT_FIRST and not is_output,
        spec.penalty.is_active,
    )


def _points(tape: Tape, address: Address) -> int:
    """An odd number of places, so that one is 0; fewer where a network or a batch is large."""
    sizes, layer = tape.spec.network.sizes, address.layer or 0
    cost = sum(m * n for m, n in zip(sizes[layer:], sizes[layer + 1 :], strict=False))
    if address.quantity in (Quantity.WEIGHT, Quantity.BIAS):
        cost = (cost + sizes[layer - 1] + 20 * sizes[layer]) * tape.batch
    cost *= EXACT_COST if tape.spec.is_exact else 1
    return int(min(MOST_POINTS, max(LEAST_POINTS, LINE_PRODUCTS // max(1, cost)))) // 2 * 2 + 1
