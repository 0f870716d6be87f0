"""The parts of the compiled iteration for batches of several samples: a unit's samples lie side by side.

Inner loops run over samples or whole blocks, so they become vector code; sums over units keep their order.
"""

from numba import njit

from bpstudio.model.kernel_codes import BINARY, LEAKY_RELU, RELU, SIGMOID, SOFTMAX, SQUARED, TANH
from bpstudio.model.scalar_functions import exp, log, log1p, sigmoid, tanh

compiled = njit(inline="always", error_model="numpy")


@compiled
def batch_forward(m, sizes, bias, starts, places, acts, alphas, theta, z, a):
    """z and a of ``m`` samples at once; unit j of a layer has its samples side by side."""
    for l in range(1, sizes.size):
        inputs, outputs = sizes[l - 1], sizes[l]
        below, here, p = places[l - 1] * m, places[l] * m, starts[l]
        for j in range(outputs):
            row = here + j * m
            w = theta[p]
            for t in range(m):
                z[row + t] = w * a[below + t]
            for i in range(1, inputs):
                w, source = theta[p + i], below + i * m
                for t in range(m):
                    z[row + t] += w * a[source + t]
            p += inputs
            if bias[l]:
                w = theta[p]
                for t in range(m):
                    z[row + t] += w
                p += 1
        _activate_block(here, here + outputs * m, acts[l], alphas[l], z, a)
    if acts[sizes.size - 1] == SOFTMAX:
        for t in range(m):
            _softmax_column(here + t, m, sizes[sizes.size - 1], z, a)


@compiled
def _activate_block(start, end, act, alpha, z, a):
    if act == SIGMOID:
        for k in range(start, end):
            a[k] = sigmoid(z[k])
    elif act == TANH:
        for k in range(start, end):
            a[k] = tanh(z[k])
    elif act == RELU:
        for k in range(start, end):
            a[k] = 0.0 if z[k] <= 0.0 else z[k]
    elif act == LEAKY_RELU:
        for k in range(start, end):
            a[k] = z[k] if z[k] > 0.0 else z[k] * alpha
    else:
        for k in range(start, end):
            a[k] = z[k]


@compiled
def _softmax_column(first, m, outputs, z, a):
    largest = z[first]
    for j in range(1, outputs):
        x = z[first + j * m]
        if x > largest or x != x:
            largest = x
    total = 0.0
    for j in range(outputs):
        e = exp(z[first + j * m] - largest)
        a[first + j * m] = e
        total = e if j == 0 else total + e
    for j in range(outputs):
        a[first + j * m] = a[first + j * m] / total


@compiled
def batch_loss(m, here, outputs, loss, factor, t_block, z, a, terms, sample_losses):
    """Terms of all outputs, then each sample's sum in order."""
    end = outputs * m
    if loss == SQUARED:
        for k in range(end):
            distance = a[here + k] - t_block[k]
            terms[k] = distance * distance
    elif loss == BINARY:
        for k in range(end):
            x, t = z[here + k], t_block[k]
            linear = x * (1.0 - t) if x > 0.0 else -x * t
            terms[k] = (0.0 if linear == 0.0 else linear) + log1p(exp(-abs(x)))
    else:
        for t in range(m):
            largest = z[here + t]
            for j in range(1, outputs):
                x = z[here + j * m + t]
                largest = x if x > largest else largest
            total = 0.0
            for j in range(outputs):
                e = exp(z[here + j * m + t] - largest)
                total = e if j == 0 else total + e
            log_total = log(total)
            for j in range(outputs):
                target = t_block[j * m + t]
                distance = log_total - (z[here + j * m + t] - largest)
                terms[j * m + t] = 0.0 if target == 0.0 else target * distance
    if factor != 1.0:
        for k in range(end):
            terms[k] = terms[k] * factor
    for t in range(m):
        sample_losses[t] = terms[t]
    for j in range(1, outputs):
        for t in range(m):
            sample_losses[t] += terms[j * m + t]


@compiled
def batch_output_delta(m, here, outputs, act, alpha, is_matched, unit_sums, scale, t_block, z, a, d, e, s):
    """δ of the outputs, with error and slope where the pair is not matched."""
    end = outputs * m
    if not is_matched:
        for k in range(end):
            error = a[here + k] - t_block[k]
            e[here + k] = error if scale == 1.0 else error * scale
        _slope_block(here, here + end, act, alpha, z, a, s)
        for k in range(here, here + end):
            d[k] = e[k] * s[k]
        return
    if act == SOFTMAX and not unit_sums:
        for t in range(m):
            weight = t_block[t]
            for j in range(1, outputs):
                weight += t_block[j * m + t]
            for j in range(outputs):
                d[here + j * m + t] = a[here + j * m + t] * weight - t_block[j * m + t]
    else:
        for k in range(end):
            d[here + k] = a[here + k] - t_block[k]
    if scale != 1.0:
        for k in range(here, here + end):
            d[k] = d[k] * scale


@compiled
def _slope_block(start, end, act, alpha, z, a, s):
    if act == SIGMOID:
        for k in range(start, end):
            s[k] = a[k] * (1.0 - a[k])
    elif act == TANH:
        for k in range(start, end):
            s[k] = 1.0 - a[k] * a[k]
    elif act == RELU:
        for k in range(start, end):
            s[k] = 1.0 if a[k] > 0.0 else a[k]
    elif act == LEAKY_RELU:
        for k in range(start, end):
            s[k] = 1.0 if z[k] > 0.0 else alpha
    else:
        for k in range(start, end):
            s[k] = 1.0


@compiled
def batch_hidden_deltas(m, sizes, bias, starts, places, acts, alphas, theta, z, a, d, e, s):
    """Error, slope and δ of each hidden layer, from the last to the first; sums over k in order."""
    for l in range(sizes.size - 2, 0, -1):
        here, above, p = places[l] * m, places[l + 1] * m, starts[l + 1]
        width = sizes[l] + (1 if bias[l + 1] else 0)
        for j in range(sizes[l]):
            row, w = here + j * m, theta[p + j]
            for t in range(m):
                e[row + t] = w * d[above + t]
            for k in range(1, sizes[l + 1]):
                w, source = theta[p + k * width + j], above + k * m
                for t in range(m):
                    e[row + t] += w * d[source + t]
        end = here + sizes[l] * m
        _slope_block(here, end, acts[l], alphas[l], z, a, s)
        for k in range(here, end):
            d[k] = e[k] * s[k]


@compiled
def batch_gradients(m, sizes, bias, starts, places, a, d, gradient):
    """Each entry's sum over the samples, in order; four entries at a time hide the latency of an addition."""
    for l in range(1, sizes.size):
        inputs, p = sizes[l - 1], starts[l]
        for j in range(sizes[l]):
            row, below = (places[l] + j) * m, places[l - 1] * m
            i = 0
            while i + 4 <= inputs:
                r0, r1, r2, r3 = below, below + m, below + 2 * m, below + 3 * m
                delta = d[row]
                g0, g1, g2, g3 = delta * a[r0], delta * a[r1], delta * a[r2], delta * a[r3]
                for t in range(1, m):
                    delta = d[row + t]
                    g0 += delta * a[r0 + t]
                    g1 += delta * a[r1 + t]
                    g2 += delta * a[r2 + t]
                    g3 += delta * a[r3 + t]
                gradient[p + i], gradient[p + i + 1], gradient[p + i + 2], gradient[p + i + 3] = g0, g1, g2, g3
                i, below = i + 4, below + 4 * m
            while i < inputs:
                g = d[row] * a[below]
                for t in range(1, m):
                    g += d[row + t] * a[below + t]
                gradient[p + i] = g
                i, below = i + 1, below + m
            p += inputs
            if bias[l]:
                g = d[row]
                for t in range(1, m):
                    g += d[row + t]
                gradient[p] = g
                p += 1
