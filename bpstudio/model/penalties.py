"""The penalty l2·Σw² + l1·Σ|w| and its gradient; biases never take part."""

from functools import partial

import numpy as np

from bpstudio.model.plan import Plan
from bpstudio.model.spec import Array, PenaltySpec


def penalty_value(penalty: PenaltySpec, weights: list[Array], exact: bool = True) -> float:
    """l2·Σw² + l1·Σ|w| over all weights, each sum added in order, layer by layer and row by row.

    Fast summation leaves the order to BLAS.
    """
    flat = np.concatenate([w.reshape(-1) for w in weights])
    # a share that is switched off must not turn an overflow of its sum into 0·∞
    if not exact:
        squares = float(flat.dot(flat)) if penalty.l2 else 0.0
        return penalty.l2 * squares + penalty.l1 * (float(np.abs(flat).sum()) if penalty.l1 else 0.0)
    squares = float(np.add.accumulate(flat * flat)[-1]) if penalty.l2 else 0.0
    sizes = float(np.add.accumulate(np.abs(flat))[-1]) if penalty.l1 else 0.0
    return penalty.l2 * squares + penalty.l1 * sizes


def penalty_gradient_calls(penalty: PenaltySpec, parameters: Array, gradient: Array, weight_mask: Array) -> Plan:
    """Calls that add 2·l2·w + l1·sign(w) to ``gradient`` at weights; flat vectors (P,), mask 1 at weights."""
    doubled = np.where(weight_mask != 0.0, 2.0 * penalty.l2, 0.0)  # 2·l2 may overflow, and ∞·0 would reach the biases
    sized = penalty.l1 * weight_mask
    return [partial(_add_penalty, parameters, gradient, doubled, sized)]


def _add_penalty(parameters: Array, gradient: Array, doubled: Array, sized: Array) -> None:
    gradient += doubled * parameters + sized * np.sign(parameters)


def penalty_entry(penalty: PenaltySpec, weight: float) -> float:
    """2·l2·w + l1·sign(w), the bits that training adds."""
    return (2.0 * penalty.l2) * weight + penalty.l1 * float(np.sign(weight))
