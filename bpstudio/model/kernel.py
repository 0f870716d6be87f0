"""The exact iteration as one compiled loop over numbers: the same order of operations as the NumPy path, so the same bits.

Imported only where the optional compiler is installed; see :mod:`bpstudio.model.accelerator`.
"""

import math
import zlib
from pathlib import Path

import numpy as np
from numba import njit

from bpstudio.model.kernel_batch import (
    batch_forward,
    batch_gradients,
    batch_hidden_deltas,
    batch_loss,
    batch_output_delta,
)
from bpstudio.model.kernel_codes import (
    ADAGRAD,
    ADAMW,
    AVERAGE,
    BINARY,
    CROSS,
    LEAKY_RELU,
    NESTEROV,
    RELU,
    RMSPROP_INSIDE,
    SGD,
    SIGMOID,
    SOFTMAX,
    SQUARED,
    TANH,
    VELOCITY,
)
from bpstudio.model.scalar_functions import exp, log, log1p, sigmoid, tanh
from bpstudio.model.spec import Array

compiled = njit(inline="always", error_model="numpy")  # arrays as arguments cost more than the work
compiled_apart = njit(error_model="numpy")
outermost = njit(cache=True, error_model="numpy")


@compiled
def _forward(sizes, bias, starts, places, acts, alphas, theta, z, a):
    """z and a of a batch of one sample. Sums add in order, the bias last."""
    for l in range(1, sizes.size):
        inputs, outputs = sizes[l - 1], sizes[l]
        below, here, p = places[l - 1], places[l], starts[l]
        for j in range(outputs):
            s = theta[p] * a[below]
            for i in range(1, inputs):
                s += theta[p + i] * a[below + i]
            p += inputs
            if bias[l]:
                s += theta[p]
                p += 1
            z[here + j] = s
            if acts[l] == SIGMOID:
                a[here + j] = sigmoid(s)
            elif acts[l] == TANH:
                a[here + j] = tanh(s)
            elif acts[l] == RELU:
                a[here + j] = s if s > 0.0 or s != s else 0.0
            elif acts[l] == LEAKY_RELU:
                a[here + j] = s if s > 0.0 else s * alphas[l]
            else:
                a[here + j] = s
    if acts[sizes.size - 1] == SOFTMAX:
        _softmax(here, sizes[sizes.size - 1], z, a)


@compiled
def _softmax(here, outputs, z, a):
    largest = z[here]
    for j in range(1, outputs):
        if z[here + j] > largest or z[here + j] != z[here + j]:
            largest = z[here + j]
    total = 0.0
    for j in range(outputs):
        a[here + j] = exp(z[here + j] - largest)
        total = a[here + j] if j == 0 else total + a[here + j]
    for j in range(outputs):
        a[here + j] = a[here + j] / total


@compiled
def _sample_loss(here, row, outputs, loss, factor, targets, z, a):
    """The loss of one sample, its terms added in order."""
    log_total, largest = 0.0, 0.0
    if loss == CROSS:
        largest = z[here]
        for j in range(1, outputs):
            if z[here + j] > largest:
                largest = z[here + j]
        total = 0.0
        for j in range(outputs):
            e = exp(z[here + j] - largest)
            total = e if j == 0 else total + e
        log_total = log(total)
    summed = 0.0
    for j in range(outputs):
        t = targets[row, j]
        if loss == SQUARED:
            distance = a[here + j] - t
            term = distance * distance
        elif loss == BINARY:
            x = z[here + j]
            linear = x * (1.0 - t) if x > 0.0 else -x * t
            if linear == 0.0:
                linear = 0.0
            term = linear + log1p(exp(-abs(x)))
        else:
            term = 0.0 if t == 0.0 else t * (log_total - (z[here + j] - largest))
        if factor != 1.0:
            term = term * factor
        summed = term if j == 0 else summed + term
    return summed


@compiled
def _output_delta(row, sizes, places, acts, alphas, is_matched, unit_sums, scale, targets, z, a, d, e, s):
    last = sizes.size - 1
    here, outputs = places[last], sizes[last]
    weight = 1.0
    if is_matched and acts[last] == SOFTMAX and not unit_sums:
        weight = targets[row, 0]
        for j in range(1, outputs):
            weight += targets[row, j]
    for j in range(outputs):
        prediction = a[here + j]
        if is_matched:
            if acts[last] == SOFTMAX and not unit_sums:
                prediction = prediction * weight
            delta = prediction - targets[row, j]
            d[here + j] = delta if scale == 1.0 else delta * scale
        else:
            error = prediction - targets[row, j]
            e[here + j] = error if scale == 1.0 else error * scale
            s[here + j] = _slope(acts[last], alphas[last], z[here + j], prediction)
            d[here + j] = e[here + j] * s[here + j]


@compiled
def _slope(act, alpha, z, a):
    if act == SIGMOID:
        return a * (1.0 - a)
    if act == TANH:
        return 1.0 - a * a
    if act == RELU:
        return 1.0 if a > 0.0 else a
    if act == LEAKY_RELU:
        return 1.0 if z > 0.0 else alpha
    return 1.0


@compiled
def _hidden_deltas(sizes, bias, starts, places, acts, alphas, theta, z, a, d, e, s):
    for l in range(sizes.size - 2, 0, -1):
        here, above, p = places[l], places[l + 1], starts[l + 1]
        width = sizes[l] + (1 if bias[l + 1] else 0)
        for j in range(sizes[l]):
            error = theta[p + j] * d[above]
            for k in range(1, sizes[l + 1]):
                error += theta[p + k * width + j] * d[above + k]
            e[here + j] = error
            s[here + j] = _slope(acts[l], alphas[l], z[here + j], a[here + j])
            d[here + j] = error * s[here + j]


@compiled
def _set_gradients(sizes, bias, starts, places, a, d, gradient):
    """The gradient of a batch of one sample."""
    for l in range(1, sizes.size):
        here, below, p = places[l], places[l - 1], starts[l]
        for j in range(sizes[l]):
            delta = d[here + j]
            for i in range(sizes[l - 1]):
                gradient[p + i] = delta * a[below + i]
            p += sizes[l - 1]
            if bias[l]:
                gradient[p] = delta
                p += 1


@compiled
def _update(rule, hyper, rate, correction1, correction2, trainable, theta, first, second, gradient, step):
    """One update of every entry; ``hyper`` is (beta, gamma or beta2, epsilon, decay, adds decay to gradient, scale)."""
    beta, beta2, epsilon, decay, decays, scale = hyper[0], hyper[1], hyper[2], hyper[3], hyper[4], hyper[5]
    for p in range(theta.size):
        g = gradient[p] if trainable[p] else 0.0
        if scale != 1.0:
            g = g * scale
        if decays != 0.0 and trainable[p]:
            g = g + decay * theta[p]
        if rule == SGD:
            change = -rate * g
        elif rule <= NESTEROV:
            v = beta * first[p]
            if rule == AVERAGE:
                v = v + (1.0 - beta) * g
            elif rule == VELOCITY:
                v = v - rate * g
            else:
                v = v + g
            first[p] = v
            if rule == VELOCITY:
                change = v
            elif rule == NESTEROV:
                change = -rate * (g + beta * v)
            else:
                change = -rate * v
        elif rule <= RMSPROP_INSIDE:
            square = first[p] + g * g if rule == ADAGRAD else beta2 * first[p] + (1.0 - beta2) * (g * g)
            first[p] = square
            root = math.sqrt(square + epsilon) if rule == RMSPROP_INSIDE else math.sqrt(square) + epsilon
            change = (-rate * g) / root
        else:
            mean = beta * first[p] + (1.0 - beta) * g
            square = beta2 * second[p] + (1.0 - beta2) * (g * g)
            first[p], second[p] = mean, square
            change = (-rate * (mean / correction1)) / (math.sqrt(square / correction2) + epsilon)
            if rule == ADAMW:
                change = (-rate * decay) * theta[p] + change
        step[p] = change if trainable[p] else 0.0
        theta[p] = theta[p] + step[p]


@compiled
def _clip_scale(clip, trainable, gradient):
    total = 0.0
    for p in range(gradient.size):
        g = gradient[p] if trainable[p] else 0.0
        total = g * g if p == 0 else total + g * g
    norm = math.sqrt(total)
    return 1.0 if norm <= clip else clip / norm


@compiled
def _penalise(l1, l2, weight_mask, theta, gradient):
    """Adds the penalty's gradient; returns l2·Σw² + l1·Σ|w|, each sum in order."""
    squares, absolutes, is_first = 0.0, 0.0, True
    for p in range(theta.size):
        w, mask = theta[p], weight_mask[p]
        if mask != 0.0:
            squares = w * w if is_first else squares + w * w
            absolutes = abs(w) if is_first else absolutes + abs(w)
            is_first = False
        gradient[p] += (2.0 * l2 if mask != 0.0 else 0.0) * w + (l1 * mask) * np.sign(w)
    return (l2 * squares if l2 != 0.0 else 0.0) + (l1 * absolutes if l1 != 0.0 else 0.0)


@compiled
def _is_finite(count, z, a, d, e, sample_losses, batch):
    for k in range(count):
        if not (math.isfinite(z[k]) and math.isfinite(a[k]) and math.isfinite(d[k]) and math.isfinite(e[k])):
            return False
    for t in range(batch):  # noqa: SIM110 (a generator would not compile)
        if not math.isfinite(sample_losses[t]):
            return False
    return True


@compiled_apart
def _iterate(
    count, stops, sizes, bias, starts, places, acts, alphas, loss, factor, output_scale, is_matched, unit_sums, is_mean,
    rule, hyper, clip, l1, l2, trainable, weight_mask, rates, corrections1, corrections2,
    inputs, targets, rows, batches, theta, first, second, gradient, step, z, a, d, e, s, t_block, terms, sample_losses, losses,
):  # fmt: skip
    """Make up to ``count`` updates; returns how many. With ``stops``, ends before the update of a tape not finite.

    ``batches`` holds the batch sizes of one epoch and ``rows`` their rows one after the other, of one epoch or of all;
    both begin again at their end. The tape's arrays hold inputs, then each layer, unit by unit with the batch's samples
    side by side.
    """
    width, cursor, turn = places[sizes.size], 0, 0
    output, outputs = places[sizes.size - 1], sizes[sizes.size - 1]
    for n in range(count):
        batch, total = batches[turn], 0.0
        if batch == 1:
            row = rows[cursor]
            for i in range(sizes[0]):
                a[i] = inputs[row, i]
            _forward(sizes, bias, starts, places, acts, alphas, theta, z, a)
            total = _sample_loss(output, row, outputs, loss, factor, targets, z, a)
            sample_losses[0] = total
            _output_delta(row, sizes, places, acts, alphas, is_matched, unit_sums, output_scale, targets, z, a, d, e, s)
            _hidden_deltas(sizes, bias, starts, places, acts, alphas, theta, z, a, d, e, s)
            _set_gradients(sizes, bias, starts, places, a, d, gradient)
        else:
            for t in range(batch):
                row = rows[cursor + t]
                for i in range(sizes[0]):
                    a[i * batch + t] = inputs[row, i]
                for j in range(outputs):
                    t_block[j * batch + t] = targets[row, j]
            batch_forward(batch, sizes, bias, starts, places, acts, alphas, theta, z, a)
            here, act, alpha = output * batch, acts[sizes.size - 1], alphas[sizes.size - 1]
            batch_loss(batch, here, outputs, loss, factor, t_block, z, a, terms, sample_losses)
            total = sample_losses[0]
            for t in range(1, batch):
                total += sample_losses[t]
            batch_output_delta(
                batch, here, outputs, act, alpha, is_matched, unit_sums, output_scale, t_block, z, a, d, e, s
            )
            batch_hidden_deltas(batch, sizes, bias, starts, places, acts, alphas, theta, z, a, d, e, s)
            batch_gradients(batch, sizes, bias, starts, places, a, d, gradient)
        if stops and not _is_finite(batch * width, z, a, d, e, sample_losses, batch):
            return n
        cursor += batch
        cursor = 0 if cursor == rows.size else cursor
        turn = 0 if turn + 1 == batches.size else turn + 1
        if is_mean:
            if batch > 1:
                for p in range(gradient.size):
                    gradient[p] /= batch
            total = total / batch
        if l1 != 0.0 or l2 != 0.0:
            total = total + _penalise(l1, l2, weight_mask, theta, gradient)
        losses[n] = total
        if clip >= 0.0:
            hyper[5] = _clip_scale(clip, trainable, gradient)
        _update(
            rule, hyper, rates[n], corrections1[n], corrections2[n], trainable, theta, first, second, gradient, step
        )
    return count


def _keyed_by_sources(stamp: int):
    """The loop, kept on disk under a key that holds ``stamp``: numba itself looks at the age of this one file only."""

    @outermost
    def run(
        count,
        stops,
        sizes,
        bias,
        starts,
        places,
        acts,
        alphas,
        loss,
        factor,
        output_scale,
        is_matched,
        unit_sums,
        is_mean,
        rule,
        hyper,
        clip,
        l1,
        l2,
        trainable,
        weight_mask,
        rates,
        corrections1,
        corrections2,
        inputs,
        targets,
        rows,
        batches,
        theta,
        first,
        second,
        gradient,
        step,
        z,
        a,
        d,
        e,
        s,
        t_block,
        terms,
        sample_losses,
        losses,
    ):
        if stamp < 0:
            return -1
        return _iterate(
            count,
            stops,
            sizes,
            bias,
            starts,
            places,
            acts,
            alphas,
            loss,
            factor,
            output_scale,
            is_matched,
            unit_sums,
            is_mean,
            rule,
            hyper,
            clip,
            l1,
            l2,
            trainable,
            weight_mask,
            rates,
            corrections1,
            corrections2,
            inputs,
            targets,
            rows,
            batches,
            theta,
            first,
            second,
            gradient,
            step,
            z,
            a,
            d,
            e,
            s,
            t_block,
            terms,
            sample_losses,
            losses,
        )

    return run


SOURCES = ("kernel.py", "kernel_batch.py", "kernel_codes.py", "scalar_functions.py")


def _sources_stamp() -> int:
    """A whole number that is another one whenever a source of the loop changes."""
    folder = Path(__file__).parent
    return zlib.crc32(b"".join((folder / name).read_bytes() for name in SOURCES))


run = _keyed_by_sources(_sources_stamp())


def warm_up() -> Array:
    """Compile, or load what was compiled before; returns the loss of a tiny run."""
    one, none = np.ones(1), np.zeros(1)
    sizes, losses = np.array([1, 1]), np.zeros(1)
    run(
        1, False, sizes, np.array([False, False]), np.array([0, 0]), np.array([0, 1, 2]), np.array([0, 0]),
        np.zeros(2), SQUARED, 0.5, 1.0, True, True, True, SGD, np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), -1.0, 0.0, 0.0,
        np.array([True]), one, one, one, one, np.ones((1, 1)), np.zeros((1, 1)), np.array([0]), np.array([1]),
        one.copy(), none.copy(), none.copy(), none.copy(), none.copy(), np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2),
        np.zeros(2), none.copy(), none.copy(), none.copy(), losses,
    )  # fmt: skip
    return losses
