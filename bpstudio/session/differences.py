"""Where do two iterations differ first? The earliest completed number whose bits are not the same."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress

Q = Quantity
_PER_UNIT = (Q.PRE_ACTIVATION, Q.ACTIVATION, Q.DELTA)
_OF_BATCH = (Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT, Q.WEIGHT_STEP, Q.BIAS_STEP)


def first_differing_position(one: Program, other: Program, first: Tape, second: Tape) -> tuple[int, int] | None:
    """Positions, on each program, of the operation that completes the earliest number that differs; None if none does."""
    found: list[tuple[int, int]] = []
    progress = [Progress(p, p.iteration_start(t.iteration)) for p, t in ((one, first), (other, second))]
    for address, sample, values, others in _pairs(first, second):
        for flat in np.flatnonzero(_different(values, others))[:1]:
            indices = tuple(int(k) for k in np.unravel_index(int(flat), values.shape)) if values.ndim else ()
            places = [p.position_writing(address.at(*indices) if indices else address, sample) for p in progress]
            if places[0] is not None and places[1] is not None:
                found.append((places[0], places[1]))
    return min(found, default=None)


def _different(one: Array, other: Array) -> NDArray[np.bool_]:
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))


def _pairs(first: Tape, second: Tape) -> Iterator[tuple[Address, int | None, Array, Array]]:
    depth = first.spec.network.depth
    for sample in range(min(first.batch, second.batch)):
        for layer in range(1, depth + 1):
            for quantity in _PER_UNIT:
                address = Address(quantity, layer)
                yield address, sample, first.array(address, sample), second.array(address, sample)
        loss = Address(Q.SAMPLE_LOSS)
        yield loss, sample, first.array(loss, sample), second.array(loss, sample)
    total = Address(Q.LOSS)
    yield total, None, first.array(total), second.array(total)
    for layer in range(1, depth + 1):
        for quantity in _OF_BATCH:
            if quantity in (Q.BIAS_GRADIENT, Q.BIAS_STEP) and not first.spec.network.layer(layer).bias.present:
                continue
            address = Address(quantity, layer)
            yield address, None, first.array(address), second.array(address)
