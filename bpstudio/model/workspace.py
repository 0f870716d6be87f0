"""The buffers of one batch size, and the plan that fills them: the straight list of calls of one iteration."""

from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.activations import activation_calls, fast_softmax_calls, slope_calls, softmax_delta_calls
from bpstudio.model.losses import (
    error_calls,
    fast_cross_entropy_calls,
    loss_term_calls,
    matched_delta_calls,
    sample_loss_calls,
)
from bpstudio.model.optimizers import Optimizer
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.penalties import penalty_gradient_calls
from bpstudio.model.plan import MOST_REPEATED, Call, Plan, aligned_zeros, divide_calls
from bpstudio.model.spec import ActivationName, Array, LossName, Reduction, RunSpec, UpdateRule
from bpstudio.model.sums import exact_product
from bpstudio.model.tape import LayerArrays, Losses


class Run(Protocol):
    """What the plan works on besides its own buffers: the flat vectors of the engine."""

    spec: RunSpec
    layout: ParameterLayout
    vector: Array
    gradient: Array
    applied: Array
    trainable: NDArray[np.bool_]
    weight_mask: Array
    has_unit_targets: bool
    is_one_batch: bool

    def optimizer_of(self, part: slice) -> Optimizer:
        """The optimizer of one slice of the parameters."""

    def measure_penalty(self) -> None:
        """Set the penalty of the current parameters."""


class Workspace:
    """The buffers of one batch size and the plan that fills them."""

    def __init__(self, engine: Run, batch: int) -> None:
        spec, layout = engine.spec, engine.layout
        self.batch = batch
        self.rows = np.zeros(batch, dtype=np.int64)
        sizes = spec.network.sizes
        self.input_rows = np.ones((batch, sizes[0] + 1))
        self.targets = np.empty((sizes[-1], batch))
        self.numbers = aligned_zeros(batch * (sum(5 * size + 2 for size in sizes[1:]) + sizes[-1] + 1) + 1)
        self.numbers.fill(1.0)
        self._used = 0
        self.errors: dict[int, Array] = {}
        # Where the rows stay the same a second copy pays: BLAS reads columns quicker forward, rows quicker backward.
        has_columns = engine.is_one_batch and not spec.is_exact
        self._columns = np.ones((sizes[0] + 1, batch)) if has_columns else None
        first = self.input_rows.T if self._columns is None else self._columns
        self.augmented = [first, *(self._carve(size + 1, batch) for size in sizes[1:])]
        self._used_by_activations = self._used
        self.alike = _layers_alike(spec, batch)
        self._slopes = [self._carve(size + 1, batch) for size in sizes[1 : self.alike + 1]]
        self.layers = tuple(self._layer_arrays(spec, number) for number in range(1, len(sizes)))
        terms = self._carve(sizes[-1], batch)
        samples = terms[0] if sizes[-1] == 1 else self._carve(1, batch)[0]
        self.losses = Losses(terms, samples)
        self.summed = samples if batch == 1 else self._carve(1, 1)[0]
        planner = _Planner(engine, self, layout)
        self.measure_plan = planner.measure()
        self.plan = [*self.measure_plan, *planner.learn()]
        self._zeros = np.zeros_like(self.numbers)

    def _carve(self, rows: int, columns: int) -> Array:
        """The next (rows, columns) of ``numbers``: all arrays of the tape lie in one buffer of ones."""
        start, self._used = self._used, self._used + rows * columns
        return self.numbers[start : self._used].reshape(rows, columns)

    def of_alike_layers(self) -> tuple[Array, Array]:
        """a and the slope of the layers that are :attr:`alike`, flat, each with a row of ones behind it."""
        size = sum(slope.size for slope in self._slopes)
        return self.numbers[:size], self.numbers[self._used_by_activations : self._used_by_activations + size]

    def take(self, rows: NDArray[np.int64], input_rows: Array, target_columns: Array) -> None:
        """Copy these rows of the data set; ``input_rows`` end with a 1."""
        np.take(input_rows, rows, 0, self.input_rows, "clip")
        np.take(target_columns, rows, 1, self.targets, "clip")
        self.rows[:] = rows
        self._set_columns()

    def set_inputs(self, inputs: Array) -> None:
        """Replace the inputs, (m, n_0)."""
        self.input_rows[:, :-1] = inputs
        self._set_columns()

    def _set_columns(self) -> None:
        if self._columns is not None:
            np.copyto(self._columns, self.input_rows.T)

    def is_finite(self) -> bool:
        """Whether every number of the tape is finite, by one call: 0·∞ and 0·NaN are NaN."""
        return bool(self._zeros.dot(self.numbers) == 0.0)

    def _layer_arrays(self, spec: RunSpec, layer: int) -> LayerArrays:
        shape = (spec.network.sizes[layer], self.batch)

        def carve() -> Array:
            return self._carve(*shape)

        is_matched = layer == spec.network.depth and spec.is_matched_pair
        is_softmax = spec.network.layer(layer).activation is ActivationName.SOFTMAX
        has_bias = spec.network.layer(layer).bias.present
        below = self.augmented[layer - 1]
        return LayerArrays(
            pre_activation=carve(),
            activation=self.augmented[layer][:-1],
            delta=carve(),
            slope=None if is_matched or is_softmax else self._slope_array(layer, shape),
            error=None if is_matched else self._error_array(spec, layer),
            source=below if has_bias else below[:-1],
        )

    def _slope_array(self, layer: int, shape: tuple[int, int]) -> Array:
        return self._slopes[layer - 1][:-1] if layer <= self.alike else self._carve(*shape)

    def _error_array(self, spec: RunSpec, layer: int) -> Array:
        """Fast summation computes a row more below a layer with biases. What is not finite there shows in δ anyway."""
        units = spec.network.sizes[layer]
        if spec.is_exact or layer == spec.network.depth:
            return self._carve(units, self.batch)
        spare = 1 if spec.network.layer(layer + 1).bias.present else 0
        self.errors[layer] = np.ones((units + spare, self.batch))
        return self.errors[layer][:units]

    def forget_derived(self, spec: RunSpec) -> None:
        """Drop what a reader computed on demand from the iteration before."""
        if spec.is_matched_pair:
            self.layers[-1].slope = None
            self.layers[-1].error = None


def _layers_alike(spec: RunSpec, batch: int) -> int:
    """How many layers, from the first, are small and share an activation whose slope comes from a alone; 0 if only one.

    Their slopes are computed by the same calls, for a call costs more than the numbers.
    """
    depth = spec.network.depth - (1 if spec.is_matched_pair else 0)
    names = [layer.activation for layer in spec.network.layers[:depth]]
    count = next((k for k, name in enumerate(names) if name is not names[0]), len(names))
    numbers = sum(size + 1 for size in spec.network.sizes[1 : count + 1]) * batch
    is_worth_it = count > 1 and names[0] in (ActivationName.SIGMOID, ActivationName.TANH) and numbers <= MOST_REPEATED
    return count if is_worth_it else 0


class _Planner:
    """Writes the list of calls of one iteration."""

    def __init__(self, engine: Run, work: Workspace, layout: ParameterLayout) -> None:
        self.engine = engine
        self.spec = engine.spec
        self.work = work
        self.layout = layout
        self.exact = engine.spec.is_exact
        is_pair = engine.spec.is_matched_pair and engine.spec.loss.name is LossName.CROSS_ENTROPY
        shape = work.targets.shape
        # Softmax and cross-entropy need the same exponentials; fast summation computes them once.
        self._shared = (np.empty(shape), np.empty(shape)) if is_pair and not self.exact else None

    def measure(self) -> Plan:
        """Forward pass and loss."""
        plan: Plan = []
        for layer in range(1, self.spec.network.depth + 1):
            plan += self._forward(layer)
        return [*plan, *self._loss()]

    def learn(self) -> Plan:
        """Backward pass, reduction and update."""
        depth = self.spec.network.depth
        plan = self._slopes_alike()
        whole = slice(0, self.layout.size)
        if self.spec.training.update is UpdateRule.OUTPUT_FIRST:
            for layer in range(depth, 0, -1):
                part = self.layout.slice_of(layer)
                plan += [*self._backward(layer), *self._reduce(part), *self.engine.optimizer_of(part).calls]
            return plan
        for layer in range(depth, 0, -1):
            plan += self._backward(layer)
        return [*plan, *self._reduce(whole), *self.engine.optimizer_of(whole).calls]

    def _slopes_alike(self) -> Plan:
        if self.work.alike == 0:
            return []
        a, slope = self.work.of_alike_layers()
        return slope_calls(self.spec.network.layer(1), a, a, slope, self.exact)

    def _product(self, left: Array, right: Array, out: Array) -> Call:
        return exact_product(left, right, out) if self.exact else partial(left.dot, right, out)

    def _forward(self, layer: int) -> Plan:
        arrays = self.work.layers[layer - 1]
        weights = self.layout.augmented(self.engine.vector, layer)
        if layer == self.spec.network.depth and self._shared is not None:
            activate = fast_softmax_calls(arrays.pre_activation, arrays.activation, *self._shared)
        else:
            activate = activation_calls(
                self.spec.network.layer(layer), arrays.pre_activation, arrays.activation, self.exact
            )
        return [self._product(weights, arrays.source, arrays.pre_activation), *activate]

    def _loss(self) -> Plan:
        output, work, losses = self.work.layers[-1], self.work, self.work.losses
        difference = output.delta if output.error is None else output.error
        if self._shared is not None:
            terms = fast_cross_entropy_calls(*self._shared, work.targets, losses.terms, self.spec.loss.factor)
        else:
            terms = loss_term_calls(
                self.spec, output.pre_activation, output.activation, work.targets, losses.terms, self.exact, difference
            )
        plan = [*terms, *sample_loss_calls(losses.terms, losses.samples, self.exact)]
        if work.batch > 1:
            plan.append(self._sum_samples())
        if self.spec.penalty.is_active:
            plan.append(self.engine.measure_penalty)
        return plan

    def _sum_samples(self) -> Call:
        samples, summed = self.work.losses.samples, self.work.summed
        if self.exact:
            return partial(_sum_in_order, samples, summed)
        return partial(np.ones((1, self.work.batch)).dot, samples, summed)

    def _backward(self, layer: int) -> Plan:
        arrays = self.work.layers[layer - 1]
        gradient = self.layout.augmented(self.engine.gradient, layer)
        rows = self.work.input_rows[:, : arrays.source.shape[0]] if layer == 1 else arrays.source.T
        return [*self._delta(layer, arrays), self._product(arrays.delta, rows, gradient)]

    def _delta(self, layer: int, arrays: LayerArrays) -> Plan:
        is_output = layer == self.spec.network.depth
        if arrays.error is None:
            is_unit = self.engine.has_unit_targets
            return matched_delta_calls(self.spec, arrays.activation, self.work.targets, arrays.delta, is_unit, True)
        if is_output:
            error = error_calls(self.spec, arrays.activation, self.work.targets, arrays.error, self.exact, True)
        else:
            error = self._pass_back(layer, arrays.error)
        if arrays.slope is None:
            return [*error, *softmax_delta_calls(arrays.activation, arrays.error, arrays.delta, self.exact)]
        slope: Plan = []
        if layer > self.work.alike:
            slope = slope_calls(
                self.spec.network.layer(layer), arrays.pre_activation, arrays.activation, arrays.slope, self.exact
            )
        return [*error, *slope, partial(np.multiply, arrays.error, arrays.slope, arrays.delta)]

    def _pass_back(self, layer: int, error: Array) -> Plan:
        """e = Wᵀδ of the layer above. BLAS is quicker with the biases' row than it is without, so one is there to spare."""
        delta = self.work.layers[layer].delta
        if self.exact:
            return [exact_product(self.layout.weights(self.engine.vector, layer + 1).T, delta, error)]
        above = self.layout.augmented(self.engine.vector, layer + 1)
        return [self._product(above.T, delta, self.work.errors[layer])]

    def _reduce(self, part: slice) -> Plan:
        gradient = self.engine.gradient[part]
        plan: Plan = []
        if self.spec.loss.reduction is Reduction.MEAN and self.work.batch > 1:
            plan += divide_calls(gradient, self.work.batch)
        if self.spec.penalty.is_active:
            parameters, mask = self.engine.vector[part], self.engine.weight_mask[part]
            plan += penalty_gradient_calls(self.spec.penalty, parameters, gradient, mask)
        if self.engine.applied is not self.engine.gradient:
            applied, fixed = self.engine.applied[part], ~self.engine.trainable[part]
            plan += [partial(np.copyto, applied, gradient), partial(np.putmask, applied, fixed, 0.0)]
        return plan


def _sum_in_order(samples: Array, summed: Array) -> None:
    summed[0] = np.add.accumulate(samples)[-1]
