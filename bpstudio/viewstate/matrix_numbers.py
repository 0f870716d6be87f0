"""The numbers behind the matrices: copied from the tape once for each iteration, and how many of them exist."""

import numpy as np

from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName, Array, RunSpec
from bpstudio.program.progress import Progress
from bpstudio.session.session import Session
from bpstudio.viewstate.matrix_cells import Axis, CellLayout, Lead, Numbers
from bpstudio.viewstate.matrix_marks import TARGETS

Q = Quantity
_Key = tuple[Address | None, int | None, Lead, Axis, bool]


class Snapshot:
    """Copies of one iteration's arrays, made when first asked for; the tape's own change when the run moves on."""

    def __init__(self, session: Session) -> None:
        self.spec: RunSpec = session.spec
        self.iteration = session.iteration
        self.parameters: Array = session.tape.vectors.before.copy()
        self._numbers: dict[_Key, Numbers] = {}

    def is_of(self, session: Session) -> bool:
        """Whether the session stands in the same iteration of the same run: all that is on the tape follows from that."""
        if self.spec is not session.spec or self.iteration != session.iteration:
            return False
        before = session.tape.vectors.before
        return bool(np.array_equal(self.parameters.view(np.int64), before.view(np.int64)))

    def numbers(self, session: Session, layout: CellLayout, is_old: bool = False) -> Numbers:
        """The whole array as the layout has it; ``is_old``: parameters as they were before the update."""
        key = (layout.address, layout.sample, layout.lead, layout.row_axis, is_old)
        if key not in self._numbers:
            self._numbers[key] = Numbers(self._laid_out(session, layout, is_old))
        return self._numbers[key]

    def _laid_out(self, session: Session, layout: CellLayout, is_old: bool) -> Array:
        """Entries of the array in the place of their cells; a view where the rows and columns are already so."""
        address = layout.address
        if address is None:
            raise ValueError("a table without an address has no numbers")
        if layout.row_axis is Axis.SAMPLE:
            return self._batch(session, address)
        values = self._read(session, address, layout, is_old)
        if layout.lead is Lead.BIAS_COLUMN and layout.lead_address is not None:
            biases = self._read(session, layout.lead_address, layout, is_old)
            return np.concatenate((biases[:, None], values), axis=1)
        if layout.lead is Lead.ONE_ROW:
            return np.concatenate(([1.0], values))[:, None]
        if values.ndim == 1:
            return values[None, :] if layout.row_axis is Axis.ONE else values[:, None]
        return values.T if layout.row_axis is Axis.SOURCE else values

    def _read(self, session: Session, address: Address, layout: CellLayout, is_old: bool) -> Array:
        """The array in the shape an address has, cut loose from the engine's buffers."""
        tape = session.tape
        if address == TARGETS:
            return tape.targets[:, layout.sample or 0].copy()
        if address.quantity.is_parameter:
            return self._old(session, address) if is_old else tape.after(address).copy()
        values = tape.array(address, (layout.sample or 0) if address.quantity.is_per_sample else None)
        is_fresh = address.quantity is Q.SAMPLE_WEIGHT_GRADIENT or (values.ndim == 2 and address.quantity is Q.SLOPE)
        return values if is_fresh else values.copy()

    def _old(self, session: Session, address: Address) -> Array:
        """A view of the copied parameters."""
        layout, layer = session.engine.layout, address.layer or 1
        start = 0 if address.slot is None else (1 + session.engine.slots.index(address.slot)) * layout.size
        vector = self.parameters[start : start + layout.size]
        if address.quantity.is_weight_shaped:
            return layout.weights(vector, layer)
        biases = layout.biases(vector, layer)
        return np.zeros(0) if biases is None else biases

    def _batch(self, session: Session, address: Address) -> Array:
        """Rows are samples."""
        tape, layer = session.tape, address.layer or 0
        if address == TARGETS:
            return tape.targets.T.copy()
        if address.quantity is Q.ACTIVATION and layer == 0:
            dataset, training = self.spec.dataset, self.spec.training
            is_all = tape.batch == dataset.count and not training.shuffle
            return dataset.inputs if is_all else tape.inputs.T.copy()
        arrays = tape.layers[layer - 1]
        match address.quantity:
            case Q.ACTIVATION:
                return arrays.activation.T.copy()
            case Q.PRE_ACTIVATION:
                return arrays.pre_activation.T.copy()
            case Q.DELTA:
                return arrays.delta.T.copy()
            case Q.ERROR:
                return tape.errors(layer).T.copy()
            case _:
                return tape.slopes(layer).T.copy()


def done_entries(progress: Progress, layout: CellLayout) -> int:
    """How many entries of the array exist, in their order; for parameters, how many are replaced."""
    address = layout.address
    if address is None or address == TARGETS:
        return layout.shape[0] * layout.shape[1]
    quantity, layer = address.quantity, address.layer or 0
    network = progress.program.spec.network
    size = network.sizes[layer]
    if layout.row_axis is Axis.SAMPLE:
        return _done_in_batch(progress, quantity, layer, size)
    if quantity.is_weight_shaped:
        row, column = progress.rows(quantity, layer, layout.sample, address.slot)
        return row * network.sizes[layer - 1] + column
    if quantity.is_per_sample:
        count = progress.count(quantity, layer, layout.sample)
        is_jacobian = quantity is Q.SLOPE and network.layer(layer).activation is ActivationName.SOFTMAX
        return _jacobian_rows(progress, layer, count, layout) * size if is_jacobian else count
    return done_biases(progress, address, layout.sample)


def _done_in_batch(progress: Progress, quantity: Quantity, layer: int, size: int) -> int:
    """Samples are worked on in order: those before the first unfinished one are complete."""
    low, high = 0, progress.layout.batch
    while low < high:
        middle = (low + high) // 2
        if progress.count(quantity, layer, middle) >= size:
            low = middle + 1
        else:
            high = middle
    partial = progress.count(quantity, layer, low) if low < progress.layout.batch else 0
    return low * size + partial


def _jacobian_rows(progress: Progress, layer: int, count: int, layout: CellLayout) -> int:
    """Rows of ∂a/∂z shown: up to that of the δ being summed, for nothing computes them on their own."""
    errors = progress.count(Q.ERROR, layer, layout.sample)
    return max(count, min(count + 1, layout.shape[0])) if errors == layout.shape[0] else count


def done_biases(progress: Progress, address: Address, sample: int | None) -> int:
    """How many biases, or what belongs to them, exist or are replaced; none of those that are not learned ever is."""
    layer = address.layer or 1
    if not progress.program.spec.network.layer(layer).bias.trainable:
        return 0
    if address.quantity is Q.SAMPLE_BIAS_GRADIENT:
        return progress.count(address.quantity, layer, sample)
    return progress.rows(address.quantity, layer, sample, address.slot)[0]
