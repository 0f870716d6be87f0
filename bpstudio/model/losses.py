"""Losses of one sample, their derivatives, and the output δ of matched pairs, as calls on preallocated buffers.

A matched pair (identity + squared error, sigmoid + binary cross-entropy, softmax + cross-entropy) is computed in its
stable form from z; any other pair from a, derived honestly. A target of 0 drops its term: 0·ln 0 counts as 0.
"""

from functools import partial

import numpy as np

from bpstudio.model.activations import FEW_NUMBERS, Functions, functions, softplus, sum_of_rows
from bpstudio.model.plan import Plan, constant
from bpstudio.model.spec import ActivationName, Array, LossName, RunSpec

HUBER_THRESHOLD = 1.0


def loss_term_calls(
    spec: RunSpec,
    z: Array,
    a: Array,
    targets: Array,
    terms: Array,
    exact: bool,
    difference: Array | None = None,
    from_activation: bool = False,
) -> Plan:
    """Calls that fill ``terms`` (n_L, m) with each output's share of the sample loss, factor included.

    Squared error leaves a − t in ``difference``, where given, for the backward pass to go on with. ``from_activation``: a does
    not follow from z, so a matched pair must not read z.

    squared f·(a−t)²; absolute f·|a−t|; huber f·(½d² or |d|−½); output_sum f·a;
    binary cross-entropy −f·(t·ln a + (1−t)·ln(1−a)), from z as f·(softplus(z) − t·z);
    cross-entropy −f·t·ln a, from z as f·t·(logsumexp(z) − z).
    """
    f, factor, reads_z = functions(exact), spec.loss.factor, spec.is_matched_pair and not from_activation
    match spec.loss.name:
        case LossName.SQUARED_ERROR:
            apart = terms if difference is None else difference
            plan: Plan = [partial(np.subtract, a, targets, apart), partial(np.multiply, apart, apart, terms)]
        case LossName.ABSOLUTE_ERROR:
            plan = [partial(np.subtract, a, targets, terms), partial(np.absolute, terms, terms)]
        case LossName.HUBER:
            plan = [partial(_huber, a, targets, terms)]
        case LossName.OUTPUT_SUM:
            plan = [partial(np.copyto, terms, a)]
        case LossName.BINARY_CROSS_ENTROPY if reads_z:
            plan = [partial(_binary_from_z, f, z, targets, terms)] if exact else _fast_binary_from_z(z, targets, terms)
        case LossName.BINARY_CROSS_ENTROPY:
            plan = [partial(_binary_from_a, f, a, targets, terms)]
        case LossName.CROSS_ENTROPY if reads_z:
            plan = [partial(_cross_entropy_from_z, f, z, targets, terms)]
        case LossName.CROSS_ENTROPY:
            plan = [partial(_cross_entropy_from_a, f, a, targets, terms)]
    return [*plan, *_scaled(terms, factor)]


def _scaled(values: Array, factor: float) -> Plan:
    return [] if factor == 1.0 else [partial(np.multiply, values, constant(factor, values), values)]


def _huber(a: Array, targets: Array, terms: Array) -> None:
    distance = np.abs(a - targets)
    terms[...] = np.where(distance <= HUBER_THRESHOLD, 0.5 * distance * distance, distance - 0.5)


def _binary_from_z(f: Functions, z: Array, targets: Array, terms: Array) -> None:
    """softplus(z) − t·z, as (max(z, 0) − t·z) + ln(1 + e^−|z|): neither part is large when the loss is small."""
    tail = np.empty_like(z)
    f.exp(-np.abs(z), tail)
    f.log1p(tail, tail)
    linear = np.where(z > 0.0, z * (1.0 - targets), -z * targets)
    np.add(np.where(linear == 0.0, 0.0, linear), tail, terms)


def _fast_binary_from_z(z: Array, targets: Array, terms: Array) -> Plan:
    """softplus(z) − t·z as ln(e^−tz + e^(1−t)z), or as z·([z > 0] − t) + ln(1 + e^−|z|), in calls of one shape."""
    if z.size <= FEW_NUMBERS:
        on, off, opposite = np.empty_like(z), np.empty_like(z), np.empty_like(z)
        return [
            partial(np.multiply, targets, z, on),
            partial(np.subtract, z, on, off),
            partial(np.negative, on, opposite),
            partial(np.logaddexp, opposite, off, terms),
        ]
    zeros, minus = np.zeros_like(z), np.full_like(z, -1.0)
    first, second, third = np.empty_like(z), np.empty_like(z), np.empty_like(z)
    return [
        partial(np.copysign, z, minus, first),
        partial(np.exp, first, second),
        partial(np.log1p, second, first),
        partial(np.heaviside, z, zeros, second),
        partial(np.subtract, second, targets, third),
        partial(np.multiply, z, third, second),
        partial(np.add, second, first, terms),
    ]


def fast_cross_entropy_calls(shifted: Array, sums: Array, targets: Array, terms: Array, factor: float) -> Plan:
    """Calls that set ``terms`` to f·t·(ln Σ e^(z−c) − (z − c)) from what the softmax pass left behind, all (n_L, m)."""
    logarithm, distance = np.empty_like(sums), np.empty_like(sums)
    return [
        partial(np.log, sums, logarithm),
        partial(np.subtract, logarithm, shifted, distance),
        partial(np.multiply, targets, distance, terms),
        *_scaled(terms, factor),
    ]


def _binary_from_a(f: Functions, a: Array, targets: Array, terms: Array) -> None:
    log_a, log_rest = np.empty_like(a), np.empty_like(a)
    f.log(a, log_a)
    f.log1p(-a, log_rest)
    on = np.where(targets == 0.0, 0.0, targets * log_a)
    off = np.where(targets == 1.0, 0.0, (1.0 - targets) * log_rest)
    np.subtract(0.0, on + off, terms)  # not the negative: a loss of nothing is 0, not −0


def _cross_entropy_from_z(f: Functions, z: Array, targets: Array, terms: Array) -> None:
    """t·(ln Σ e^(z−c) − (z − c)) with c the largest z of the sample."""
    shifted = z - np.maximum.reduce(z, axis=0)
    exponentials = np.empty_like(z)
    f.exp(shifted, exponentials)
    log_sum = np.empty(z.shape[1])
    f.log(sum_of_rows(exponentials), log_sum)
    terms[...] = np.where(targets == 0.0, 0.0, targets * (log_sum - shifted))


def _cross_entropy_from_a(f: Functions, a: Array, targets: Array, terms: Array) -> None:
    f.log(a, terms)
    terms[...] = np.where(targets == 0.0, 0.0, 0.0 - targets * terms)


def sample_loss_calls(terms: Array, sample_losses: Array, exact: bool) -> Plan:
    """Calls that sum ``terms`` (n_L, m) over outputs into ``sample_losses`` (m,); exact adds in order."""
    if terms.shape[0] == 1:  # the one term is the loss, and its buffer too
        return [] if np.shares_memory(terms, sample_losses) else [partial(np.copyto, sample_losses, terms[0])]
    if exact:
        return [partial(_sum_terms, terms, sample_losses)]
    return [partial(np.ones(terms.shape[0]).dot, terms, sample_losses)]


def _sum_terms(terms: Array, sample_losses: Array) -> None:
    sample_losses[:] = sum_of_rows(terms)


def error_calls(spec: RunSpec, a: Array, targets: Array, e: Array, exact: bool, holds_difference: bool = False) -> Plan:
    """Calls that set ``e`` to ∂(sample loss)/∂a at the output, (n_L, m); no reduction over the batch.

    ``holds_difference``: the loss of squared error has left a − t in ``e`` already.

    squared 2f·(a−t); absolute f·sign(a−t); huber f·clip(a−t, ±1); output_sum f;
    binary cross-entropy f·(a−t)/(a·(1−a)); cross-entropy −f·t/a, 0 where t = 0.
    """
    factor = spec.loss.factor
    match spec.loss.name:
        case LossName.SQUARED_ERROR:
            difference: Plan = [] if holds_difference else [partial(np.subtract, a, targets, e)]
            return [*difference, *_scaled(e, 2.0 * factor)]
        case LossName.ABSOLUTE_ERROR:
            return [partial(np.subtract, a, targets, e), partial(np.sign, e, e), *_scaled(e, factor)]
        case LossName.HUBER:
            return [
                partial(np.subtract, a, targets, e),
                partial(np.clip, e, -HUBER_THRESHOLD, HUBER_THRESHOLD, e),
                *_scaled(e, factor),
            ]
        case LossName.OUTPUT_SUM:
            return [partial(np.copyto, e, np.full_like(e, factor))]
        case LossName.BINARY_CROSS_ENTROPY:
            return [partial(_binary_error, a, targets, e), *_scaled(e, factor)]
        case LossName.CROSS_ENTROPY:
            return [partial(_cross_entropy_error, a, targets, e), *_scaled(e, factor)]


def _binary_error(a: Array, targets: Array, e: Array) -> None:
    """−t/a + (1−t)/(1−a), a share with weight 0 dropped."""
    on = np.where(targets == 0.0, 0.0, targets / a)
    off = np.where(targets == 1.0, 0.0, (1.0 - targets) / (1.0 - a))
    np.subtract(off, on, e)


def _cross_entropy_error(a: Array, targets: Array, e: Array) -> None:
    e[...] = np.where(targets == 0.0, 0.0, -(targets / a))


def matched_delta_calls(
    spec: RunSpec, a: Array, targets: Array, delta: Array, has_unit_targets: bool, holds_difference: bool = False
) -> Plan:
    """Calls that set the output δ of a matched pair, (n_L, m); ``holds_difference`` as in :func:`error_calls`.

    a − t times 2f (squared error) or f; softmax with targets that do not sum to 1: f·(a·Σt − t).
    """
    doubled = spec.loss.name is LossName.SQUARED_ERROR
    scale = _scaled(delta, 2.0 * spec.loss.factor if doubled else spec.loss.factor)
    is_softmax = spec.network.layers[-1].activation is ActivationName.SOFTMAX
    if is_softmax and not has_unit_targets:
        return [partial(_softmax_delta, a, targets, delta), *scale]
    return scale if doubled and holds_difference else [partial(np.subtract, a, targets, delta), *scale]


def _softmax_delta(a: Array, targets: Array, delta: Array) -> None:
    np.subtract(a * sum_of_rows(targets), targets, delta)


__all__ = [
    "HUBER_THRESHOLD",
    "error_calls",
    "fast_cross_entropy_calls",
    "loss_term_calls",
    "matched_delta_calls",
    "sample_loss_calls",
    "softplus",
]
