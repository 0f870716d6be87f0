"""Forward, loss, backward, update: the one engine, vectorised; it fills the Tape and moves the parameters.

An iteration is a straight list of calls on preallocated buffers, made once per network and batch size: NumPy's cost on
small networks is the call, so constants are arrays, outputs are given, and nothing is allocated on the way.
"""

import numpy as np
from numpy.typing import NDArray

from bpstudio.model import accelerator
from bpstudio.model.batches import Batches
from bpstudio.model.dataset import epoch_order
from bpstudio.model.optimizers import Optimizer, has_constant_rates, slot_names
from bpstudio.model.parameters import ParameterLayout, starting_vector
from bpstudio.model.penalties import penalty_value
from bpstudio.model.plan import aligned_zeros
from bpstudio.model.spec import Array, Reduction, RunSpec
from bpstudio.model.tape import Tape, Vectors
from bpstudio.model.workspace import Workspace


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
        self.vector = aligned_zeros((1 + len(self.slots)) * size)
        self.vector[:size] = starting_vector(spec, self.layout)
        self.gradient, self.step = aligned_zeros(size), aligned_zeros(size)
        self.trainable, self.weight_mask = self.layout.trainable(), self.layout.weight_mask()
        self.applied = self.gradient if self.trainable.all() else aligned_zeros(size)
        self.has_unit_targets = bool(np.all(_column_sums(spec.dataset.targets) == 1.0))
        self.iteration = 0
        self._penalty = 0.0
        self._before = self.vector.copy()
        self._is_computed = False
        self.is_one_batch = self.batches.per_epoch == 1 and not spec.training.shuffle
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

    def rest(self) -> None:
        """Give the buffers of batches back; they are made again when they are needed, and the bits are the same."""
        self.load(self.iteration, self.state())
        self._workspaces.clear()
        self._measuring.clear()

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
            self.iteration, self.vector, self.gradient, self.step, losses, stops, self._order_of
        )
        self.iteration += made
        if made < losses.size:
            self.compute()
        return losses[:made]

    @property
    def _is_steady(self) -> bool:
        """Whether every iteration makes the same calls on the same rows with the same rates."""
        return self.is_one_batch and not self.spec.penalty.is_active and has_constant_rates(self.spec.optimizer)

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
        kept, kept_inputs = self.vector.copy(), work.input_rows[:, :-1].copy()
        self.vector[: self.layout.size] = parameters
        with np.errstate(all="ignore"):
            self._gather(work)
            if inputs is not None:
                work.set_inputs(inputs.T)
            for call in work.measure_plan:
                call()
        self._collect_loss(work)
        self.vector[:] = kept
        work.set_inputs(kept_inputs)
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
        work.set_inputs(inputs)
        work.targets[:] = targets.T
        with np.errstate(all="ignore"):
            for call in work.measure_plan:
                call()
        self.vector[: self.layout.size] = kept
        total = float(work.summed[0])
        loss = total / work.batch if self.spec.loss.reduction is Reduction.MEAN else total
        return loss, work.layers[-1].activation.T.copy()

    def respond(self, parameters: Array, inputs: Array) -> tuple[Array, ...]:
        """Activations (rows, n_l) of the layers 1 to L for any inputs (rows, n_0); changes nothing."""
        rows = inputs.shape[0]
        self.measure_rows(parameters, inputs, np.zeros((rows, self.spec.network.sizes[-1])))
        return tuple(layer.activation.T.copy() for layer in self._measuring[rows].layers)

    @property
    def workspace(self) -> Workspace:
        """The buffers of the current iteration's batch, as the last call left them."""
        return self._workspace()

    def _workspace(self) -> Workspace:
        size = self.batches.size_of(self.iteration)
        work = self._workspaces.get(size)
        if work is None:
            work = self._workspaces[size] = Workspace(self, size)
            if self.is_one_batch:
                self._gather(work)
        return work

    def _execute(self, work: Workspace) -> None:
        if not self.is_one_batch:
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
        work.take(self.rows_of(self.iteration), self._input_rows, self._target_columns)

    def rows_of(self, iteration: int) -> NDArray[np.int64]:
        """The dataset rows of an iteration's batch, in order, shape (m,)."""
        order = self._order_of(self.batches.epoch_of(iteration))
        first, last = self.batches.span_of(iteration)
        return order[first:last]

    def _order_of(self, epoch: int) -> NDArray[np.int64]:
        """All rows in the order of an epoch, shape (N,)."""
        if epoch != self._epoch:
            count = self.spec.dataset.count
            shuffled = self.spec.training.shuffle
            self._order = epoch_order(count, self.spec.seed, epoch) if shuffled else np.arange(count, dtype=np.int64)
            self._epoch = epoch
        return self._order


def _column_sums(targets: Array) -> Array:
    """Σ of each row's targets, added in order, shape (N,)."""
    return np.add.accumulate(targets, axis=1)[:, -1]
