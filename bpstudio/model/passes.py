"""Forward, loss, backward, update: the one engine, vectorised; it fills the Tape and moves the parameters.

An iteration is a straight list of calls on preallocated buffers, made once per network and batch size: NumPy's cost on
small networks is the call, so constants are arrays, outputs are given, and nothing is allocated on the way.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from bpstudio.model import accelerator
from bpstudio.model.activations import activation_calls, fast_softmax_calls, slope_calls, softmax_delta_calls
from bpstudio.model.batches import Batches
from bpstudio.model.dataset import epoch_order
from bpstudio.model.losses import (
    error_calls,
    fast_cross_entropy_calls,
    loss_term_calls,
    matched_delta_calls,
    sample_loss_calls,
)
from bpstudio.model.optimizers import Optimizer, has_constant_rates, slot_names
from bpstudio.model.parameters import ParameterLayout, starting_vector
from bpstudio.model.penalties import penalty_gradient_calls, penalty_value
from bpstudio.model.plan import Call, Plan
from bpstudio.model.spec import ActivationName, Array, LossName, Reduction, RunSpec, UpdateRule
from bpstudio.model.sums import exact_product
from bpstudio.model.tape import LayerArrays, Losses, Tape, Vectors


class Workspace:
    """The buffers of one batch size and the plan that fills them."""

    def __init__(self, engine: "Engine", batch: int) -> None:
        spec, layout = engine.spec, engine.layout
        self.batch = batch
        self.rows = np.zeros(batch, dtype=np.int64)
        sizes = spec.network.sizes
        self.input_rows = np.ones((batch, sizes[0] + 1))
        self.targets = np.empty((sizes[-1], batch))
        self.numbers = np.ones(batch * (sum(5 * size + 1 for size in sizes[1:]) + sizes[-1] + 1) + 1)
        self._used = 0
        self.errors: dict[int, Array] = {}
        self.augmented = [self.input_rows.T, *(self._carve(size + 1, batch) for size in sizes[1:])]
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
            slope=None if is_matched or is_softmax else carve(),
            error=None if is_matched else self._error_array(spec, layer),
            source=below if has_bias else below[:-1],
        )

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


class _Planner:
    """Writes the list of calls of one iteration."""

    def __init__(self, engine: "Engine", work: Workspace, layout: ParameterLayout) -> None:
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
        plan: Plan = []
        whole = slice(0, self.layout.size)
        if self.spec.training.update is UpdateRule.OUTPUT_FIRST:
            for layer in range(depth, 0, -1):
                part = self.layout.slice_of(layer)
                plan += [*self._backward(layer), *self._reduce(part), *self.engine.optimizer_of(part).calls]
            return plan
        for layer in range(depth, 0, -1):
            plan += self._backward(layer)
        return [*plan, *self._reduce(whole), *self.engine.optimizer_of(whole).calls]

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
        if self._shared is not None:
            terms = fast_cross_entropy_calls(*self._shared, work.targets, losses.terms, self.spec.loss.factor)
        else:
            terms = loss_term_calls(
                self.spec, output.pre_activation, output.activation, work.targets, losses.terms, self.exact
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
        return [*self._delta(layer, arrays), self._product(arrays.delta, arrays.source.T, gradient)]

    def _delta(self, layer: int, arrays: LayerArrays) -> Plan:
        is_output = layer == self.spec.network.depth
        if arrays.error is None:
            is_unit = self.engine.has_unit_targets
            return matched_delta_calls(self.spec, arrays.activation, self.work.targets, arrays.delta, is_unit)
        if is_output:
            error = error_calls(self.spec, arrays.activation, self.work.targets, arrays.error, self.exact)
        else:
            error = self._pass_back(layer, arrays.error)
        if arrays.slope is None:
            return [*error, *softmax_delta_calls(arrays.activation, arrays.error, arrays.delta, self.exact)]
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
            plan.append(partial(np.divide, gradient, np.full_like(gradient, self.work.batch), gradient))
        if self.spec.penalty.is_active:
            parameters, mask = self.engine.vector[part], self.engine.weight_mask[part]
            plan += penalty_gradient_calls(self.spec.penalty, parameters, gradient, mask)
        if self.engine.applied is not self.engine.gradient:
            applied, fixed = self.engine.applied[part], ~self.engine.trainable[part]
            plan += [partial(np.copyto, applied, gradient), partial(np.putmask, applied, fixed, 0.0)]
        return plan


def _sum_in_order(samples: Array, summed: Array) -> None:
    summed[0] = np.add.accumulate(samples)[-1]


class Engine:
    """Computes iterations of one run. State is the flat ``vector`` (parameters, then optimizer slots) and ``iteration``.

    :meth:`compute` fills the tape of the current iteration and keeps both ends of its update; :meth:`advance` takes the
    update; :meth:`iterate` does both at once without keeping the start. All three give the same bits.
    """

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self.layout = ParameterLayout(spec.network)
        self.batches = Batches(spec.dataset.count, spec.batch_size)
        self.slots = slot_names(spec.optimizer)
        size = self.layout.size
        self.vector = np.zeros((1 + len(self.slots)) * size)
        self.vector[:size] = starting_vector(spec, self.layout)
        self.gradient, self.step = np.zeros(size), np.zeros(size)
        self.trainable, self.weight_mask = self.layout.trainable(), self.layout.weight_mask()
        self.applied = self.gradient if self.trainable.all() else np.zeros(size)
        self.has_unit_targets = bool(np.all(_column_sums(spec.dataset.targets) == 1.0))
        self.iteration = 0
        self._penalty = 0.0
        self._before = self.vector.copy()
        self._is_computed = False
        self._is_one_batch = self.batches.per_epoch == 1 and not spec.training.shuffle
        self._epoch, self._order = -1, np.zeros(0, dtype=np.int64)
        self._optimizers: dict[tuple[int, int], Optimizer] = {}
        self._input_rows = np.ones((spec.dataset.count, spec.network.inputs + 1))
        self._input_rows[:, :-1] = spec.dataset.inputs
        self._target_columns = np.ascontiguousarray(spec.dataset.targets.T)
        self._workspaces: dict[int, Workspace] = {}
        self._measuring: dict[int, Workspace] = {}
        self._compiled: accelerator.CompiledRun | None = None

    def optimizer_of(self, part: slice) -> Optimizer:
        """The optimizer of one slice of the parameters; the same object for every batch size."""
        key = (part.start, part.stop)
        if key not in self._optimizers:
            size = self.layout.size
            slots = {name: self.vector[(1 + k) * size : (2 + k) * size][part] for k, name in enumerate(self.slots)}
            trainable = None if self.trainable[part].all() else self.trainable[part]
            self._optimizers[key] = Optimizer(
                self.spec.optimizer,
                self.vector[:size][part],
                self.applied[part],
                self.step[part],
                slots,
                trainable,
                self.spec.is_exact,
            )
        return self._optimizers[key]

    def measure_penalty(self) -> None:
        """Set the penalty of the current parameters (a call of the plan, before the update)."""
        weights = [self.layout.weights(self.vector, number) for number in range(1, self.spec.network.depth + 1)]
        self._penalty = penalty_value(self.spec.penalty, weights, self.spec.is_exact)

    def load(self, iteration: int, vector: Array) -> None:
        """Stand before ``iteration`` with these parameters and optimizer state (copied)."""
        self.iteration = iteration
        np.copyto(self.vector, vector)
        self._is_computed = False

    def state(self) -> Array:
        """A copy of parameters and optimizer state before the current iteration's update."""
        return (self._before if self._is_computed else self.vector).copy()

    def compute(self) -> Tape:
        """Fill and return the tape of the current iteration; calling it again costs nothing."""
        work = self._workspace()
        if not self._is_computed:
            np.copyto(self._before, self.vector)
            with np.errstate(all="ignore"):
                self._execute(work)
            work.forget_derived(self.spec)
            self._is_computed = True
        inputs = work.augmented[0][:-1]
        vectors = Vectors(self._before, self.vector, self.gradient, self.step, self.slots)
        return Tape(
            self.spec, self.layout, self.iteration, work.rows, inputs, work.targets, work.layers, work.losses, vectors
        )

    def advance(self) -> None:
        """Make the current iteration's update and stand before the next one."""
        if not self._is_computed:
            with np.errstate(all="ignore"):
                self._execute(self._workspace())
        self._is_computed = False
        self.iteration += 1

    def iterate(self, count: int, stops_at_non_finite: bool = False) -> Array:
        """Make up to ``count`` updates and return the loss of each, shape (done,).

        On request it stops *before* the update of the first iteration whose tape holds a number that is not finite.
        """
        losses = np.empty(count)
        if accelerator.is_ready() and not self._is_computed and count and accelerator.supports(self.spec):
            return self._iterate_compiled(losses, stops_at_non_finite)
        with np.errstate(all="ignore"):
            if self._is_steady and not stops_at_non_finite and not self._is_computed and count:
                return self._iterate_steadily(losses)
            for index in range(count):
                work = self._workspace()
                if not self._is_computed:
                    if stops_at_non_finite:
                        np.copyto(self._before, self.vector)
                    self._execute(work)
                if stops_at_non_finite and not work.is_finite():
                    work.forget_derived(self.spec)
                    self._is_computed = True
                    return losses[:index]
                self._is_computed = False
                self.iteration += 1
                losses[index] = work.losses.total
        return losses

    def _iterate_compiled(self, losses: Array, stops: bool) -> Array:
        if self._compiled is None:
            self._compiled = accelerator.CompiledRun(self.spec, self.layout, self.has_unit_targets)
        made = self._compiled.iterate(
            self.iteration, self.vector, self.gradient, self.step, losses, stops, self.rows_of
        )
        self.iteration += made
        if made < losses.size:
            self.compute()
        return losses[:made]

    @property
    def _is_steady(self) -> bool:
        """Whether every iteration makes the same calls on the same rows with the same rates."""
        return self._is_one_batch and not self.spec.penalty.is_active and has_constant_rates(self.spec.optimizer)

    def _iterate_steadily(self, losses: Array) -> Array:
        """The calls and nothing else; fills and returns ``losses``."""
        work = self._workspace()
        plan, summed, sums = work.plan, work.summed.item, list[float]()
        for _ in range(losses.size):
            for call in plan:
                call()
            sums.append(summed())
        losses[:] = sums
        self.iteration += losses.size
        if self.spec.loss.reduction is Reduction.MEAN:
            losses /= work.batch
        self._collect_loss(work)
        return losses

    def measure(self, parameters: Array, inputs: Array | None = None) -> float:
        """The loss of the current batch, penalty included, with other ``parameters`` (size,) and ``inputs`` (n_0, m).

        Neither iteration nor state change, but the forward arrays of the tape are overwritten until the next compute.
        """
        work = self._workspace()
        if self._is_computed:
            np.copyto(self.vector, self._before)
            self._is_computed = False
        kept, kept_inputs = self.vector.copy(), work.input_rows.copy()
        self.vector[: self.layout.size] = parameters
        with np.errstate(all="ignore"):
            self._gather(work)
            if inputs is not None:
                work.input_rows[:, :-1] = inputs.T
            for call in work.measure_plan:
                call()
        self._collect_loss(work)
        self.vector[:] = kept
        work.input_rows[:] = kept_inputs
        return work.losses.total

    def measure_rows(self, parameters: Array, inputs: Array, targets: Array) -> tuple[float, Array]:
        """Reduced data loss and predictions (rows, n_L) for any rows, by the same forward pass; changes nothing.

        ``inputs`` (rows, n_0) and ``targets`` (rows, n_L) need not belong to the training data; at least one row.
        """
        work = self._measuring.get(inputs.shape[0])
        if work is None:
            work = self._measuring[inputs.shape[0]] = Workspace(self, inputs.shape[0])
        kept = self.vector[: self.layout.size].copy()
        self.vector[: self.layout.size] = parameters
        work.input_rows[:, :-1] = inputs
        work.targets[:] = targets.T
        with np.errstate(all="ignore"):
            for call in work.measure_plan:
                call()
        self.vector[: self.layout.size] = kept
        total = float(work.summed[0])
        loss = total / work.batch if self.spec.loss.reduction is Reduction.MEAN else total
        return loss, work.layers[-1].activation.T.copy()

    @property
    def workspace(self) -> "Workspace":
        """The buffers of the current iteration's batch, as the last call left them."""
        return self._workspace()

    def _workspace(self) -> Workspace:
        size = self.batches.size_of(self.iteration)
        work = self._workspaces.get(size)
        if work is None:
            work = self._workspaces[size] = Workspace(self, size)
            if self._is_one_batch:
                self._gather(work)
        return work

    def _execute(self, work: Workspace) -> None:
        if not self._is_one_batch:
            self._gather(work)
        for optimizer in self._optimizers.values():
            optimizer.prepare(self.iteration)
        for call in work.plan:
            call()
        self._collect_loss(work)

    def _collect_loss(self, work: Workspace) -> None:
        losses = work.losses
        total = float(work.summed[0])
        losses.data = total / work.batch if self.spec.loss.reduction is Reduction.MEAN else total
        losses.penalty = self._penalty
        losses.total = losses.data + self._penalty if self.spec.penalty.is_active else losses.data

    def _gather(self, work: Workspace) -> None:
        """Copy the rows of this iteration's batch."""
        rows = self.rows_of(self.iteration)
        np.take(self._input_rows, rows, 0, work.input_rows, "clip")
        np.take(self._target_columns, rows, 1, work.targets, "clip")
        work.rows[:] = rows

    def rows_of(self, iteration: int) -> NDArray[np.int64]:
        """The dataset rows of an iteration's batch, in order, shape (m,)."""
        epoch = self.batches.epoch_of(iteration)
        if epoch != self._epoch:
            count = self.spec.dataset.count
            shuffled = self.spec.training.shuffle
            self._order = epoch_order(count, self.spec.seed, epoch) if shuffled else np.arange(count, dtype=np.int64)
            self._epoch = epoch
        first, last = self.batches.span_of(iteration)
        return self._order[first:last]


def _column_sums(targets: Array) -> Array:
    """Σ of each row's targets, added in order, shape (N,)."""
    return np.add.accumulate(targets, axis=1)[:, -1]
