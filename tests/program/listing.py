"""The operations of an iteration written out by plain nested loops: what the index must agree with."""

from collections.abc import Iterator
from dataclasses import dataclass

from bpstudio.model.spec import ActivationName, Order, RunSpec, UpdateRule
from bpstudio.program.layout import optimizer_kinds
from bpstudio.program.operation import OperationKind as K
from bpstudio.program.operation import Pass


@dataclass(frozen=True)
class Listed:
    """One operation of the listing."""

    pass_: Pass
    layer: int
    sample: int | None
    kind: K
    unit: int | None
    entry: int | None


def list_iteration(spec: RunSpec, batch: int, is_unfolded: bool) -> list[Listed]:
    """Every operation of one iteration, in order."""
    return list(_iteration(spec, batch, is_unfolded))


def _iteration(spec: RunSpec, batch: int, is_unfolded: bool) -> Iterator[Listed]:
    depth, samples = spec.network.depth, range(batch)
    output_first = spec.training.update is UpdateRule.OUTPUT_FIRST
    if spec.training.order is Order.SAMPLE_MAJOR:
        for t in samples:
            for l in range(1, depth + 1):
                yield from _forward(spec, l, t)
            yield from _loss(spec, t)
            if not output_first:
                for l in range(depth, 0, -1):
                    yield from _backward(spec, l, t, is_unfolded)
    else:
        for l in range(1, depth + 1):
            for t in samples:
                yield from _forward(spec, l, t)
        for t in samples:
            yield from _loss(spec, t)
        if not output_first:
            for l in range(depth, 0, -1):
                for t in samples:
                    yield from _backward(spec, l, t, is_unfolded)
    kinds = [K.DATA_LOSS, K.PENALTY, K.TOTAL_LOSS] if spec.penalty.is_active else [K.TOTAL_LOSS]
    for kind in kinds:
        yield Listed(Pass.REDUCE, 0, None, kind, None, None)
    if output_first:
        for l in range(depth, 0, -1):
            for t in samples:
                yield from _backward(spec, l, t, is_unfolded)
            yield from _reduce(spec, l)
            yield from _update(spec, l)
        return
    for l in range(1, depth + 1):
        yield from _reduce(spec, l)
    if spec.optimizer.clip_norm is not None:
        yield Listed(Pass.UPDATE, 0, None, K.CLIP_NORM, None, None)
    for l in range(1, depth + 1):
        yield from _update(spec, l)


def _forward(spec: RunSpec, l: int, t: int) -> Iterator[Listed]:
    sizes, layer = spec.network.sizes, spec.network.layer(l)
    is_softmax = layer.activation is ActivationName.SOFTMAX
    for j in range(sizes[l]):
        for i in range(sizes[l - 1]):
            yield Listed(Pass.FORWARD, l, t, K.MULTIPLY_ADD, j, i)
        if layer.bias.present:
            yield Listed(Pass.FORWARD, l, t, K.ADD_BIAS, j, None)
        yield Listed(Pass.FORWARD, l, t, K.PRE_ACTIVATION, j, None)
        if not is_softmax:
            yield Listed(Pass.FORWARD, l, t, K.ACTIVATE, j, None)
    if is_softmax:
        yield Listed(Pass.FORWARD, l, t, K.SOFTMAX_SHIFT, None, None)
        for kind in (K.SOFTMAX_EXPONENTIAL, K.SOFTMAX_SUM):
            for k in range(sizes[l]):
                yield Listed(Pass.FORWARD, l, t, kind, None, k)
        for j in range(sizes[l]):
            yield Listed(Pass.FORWARD, l, t, K.ACTIVATE, j, None)


def _loss(spec: RunSpec, t: int) -> Iterator[Listed]:
    depth = spec.network.depth
    for k in range(spec.network.sizes[-1]):
        yield Listed(Pass.LOSS, depth, t, K.LOSS_TERM, k, None)
    yield Listed(Pass.LOSS, depth, t, K.SAMPLE_LOSS, None, None)


def _backward(spec: RunSpec, l: int, t: int, is_unfolded: bool) -> Iterator[Listed]:
    sizes, layer = spec.network.sizes, spec.network.layer(l)
    is_output = l == spec.network.depth
    is_matched = is_output and spec.is_matched_pair
    is_fused = is_matched and not is_unfolded
    is_softmax = layer.activation is ActivationName.SOFTMAX

    def one(kind: K, j: int, entry: int | None = None) -> Listed:
        return Listed(Pass.BACKWARD, l, t, kind, j, entry)

    def errors(j: int) -> Iterator[Listed]:
        if not is_output:
            for k in range(sizes[l + 1]):
                yield one(K.ERROR_MULTIPLY_ADD, j, k)
        yield one(K.ERROR, j)

    if is_softmax and not is_fused:
        for j in range(sizes[l]):
            yield from errors(j)
    for j in range(sizes[l]):
        if is_softmax and not is_fused:
            for k in range(sizes[l]):
                yield one(K.JACOBIAN_MULTIPLY_ADD, j, k)
        elif not is_fused:
            yield from errors(j)
            yield one(K.SLOPE, j)
            if is_matched:
                yield one(K.DELTA_PRODUCT, j)
        yield one(K.DELTA, j)
        for i in range(sizes[l - 1]):
            yield one(K.GRADIENT, j, i)
        if layer.bias.present and layer.bias.trainable:
            yield one(K.BIAS_GRADIENT, j)


def _reduce(spec: RunSpec, l: int) -> Iterator[Listed]:
    for j, i, is_bias in _parameters(spec, l):
        yield Listed(Pass.REDUCE, l, None, K.REDUCE, j, i)
        if spec.penalty.is_active and not is_bias:
            yield Listed(Pass.REDUCE, l, None, K.PENALIZE, j, i)


def _update(spec: RunSpec, l: int) -> Iterator[Listed]:
    for j, i, _ in _parameters(spec, l):
        for kind in optimizer_kinds(spec.optimizer):
            yield Listed(Pass.UPDATE, l, None, kind, j, i)


def _parameters(spec: RunSpec, l: int) -> Iterator[tuple[int, int, bool]]:
    bias = spec.network.layer(l).bias
    for j in range(spec.network.sizes[l]):
        for i in range(spec.network.sizes[l - 1]):
            yield j, i, False
        if bias.present and bias.trainable:
            yield j, spec.network.sizes[l - 1], True
