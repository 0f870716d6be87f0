"""What exists at a position: per quantity and layer, how many entries are computed."""

from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import ActivationName
from bpstudio.program.layout import IterationLayout, loss_kinds
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.records import dataclass

K = OperationKind
Q = Quantity

_WRITERS: dict[Quantity, tuple[Pass, OperationKind]] = {
    Q.PRE_ACTIVATION: (Pass.FORWARD, K.PRE_ACTIVATION),
    Q.ACTIVATION: (Pass.FORWARD, K.ACTIVATE),
    Q.SLOPE: (Pass.BACKWARD, K.SLOPE),
    Q.ERROR: (Pass.BACKWARD, K.ERROR),
    Q.DELTA: (Pass.BACKWARD, K.DELTA),
    Q.SAMPLE_WEIGHT_GRADIENT: (Pass.BACKWARD, K.GRADIENT),
    Q.SAMPLE_BIAS_GRADIENT: (Pass.BACKWARD, K.BIAS_GRADIENT),
    Q.WEIGHT_GRADIENT: (Pass.REDUCE, K.REDUCE),
    Q.BIAS_GRADIENT: (Pass.REDUCE, K.REDUCE),
    Q.WEIGHT_STEP: (Pass.UPDATE, K.STEP),
    Q.BIAS_STEP: (Pass.UPDATE, K.STEP),
    Q.WEIGHT: (Pass.UPDATE, K.UPDATE),
    Q.BIAS: (Pass.UPDATE, K.UPDATE),
    Q.SAMPLE_LOSS: (Pass.LOSS, K.SAMPLE_LOSS),
    Q.LOSS: (Pass.REDUCE, K.TOTAL_LOSS),
    Q.DATA_LOSS: (Pass.REDUCE, K.DATA_LOSS),
    Q.PENALTY: (Pass.REDUCE, K.PENALTY),
}

_BIAS_QUANTITIES = (Q.BIAS, Q.BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS_STATE)
_BATCH_QUANTITIES = (*_BIAS_QUANTITIES, Q.WEIGHT, Q.WEIGHT_GRADIENT, Q.WEIGHT_STEP, Q.WEIGHT_STATE)


@dataclass(frozen=True, slots=True)
class Writer:
    """The operation that completes a quantity of a layer."""

    pass_: Pass
    layer: int
    kind: OperationKind


class Progress:
    """What is computed when the run stands at ``position``, within its iteration.

    Parameters always exist; asking about `w` or `state` tells whether this iteration has replaced them already.
    """

    def __init__(self, program: Program, position: int) -> None:
        self.program = program
        self.position = position
        self.iteration = program.iteration_at(position)
        self.offset = position - program.iteration_start(self.iteration)
        self.spec = program.spec_at(self.iteration)
        self.layout: IterationLayout = program.layout_of(self.iteration)
        executed = program.sample_at(position - 1) if self.offset > 0 else None
        sample = program.sample_at(position) if executed is None else executed
        self.sample = self.layout.batch - 1 if sample is None else sample
        """The sample of what was just executed; after the batch's passes the last one, whose numbers still stand."""

    def writer(self, quantity: Quantity, layer: int | None, slot: str | None = None) -> Writer | None:
        """The kind of operation that completes it; None for inputs and for what this run never computes."""
        if quantity is Q.ACTIVATION and layer == 0:
            return None
        if quantity in (Q.WEIGHT_STATE, Q.BIAS_STATE):
            return Writer(Pass.UPDATE, layer or 0, K(slot or ""))
        pass_, kind = _WRITERS[quantity]
        if quantity is Q.WEIGHT_GRADIENT and self.spec.penalty.is_active:
            kind = K.PENALIZE
        if pass_ is Pass.LOSS:
            return Writer(pass_, self.spec.network.depth, kind)
        if quantity.is_scalar:
            kinds = loss_kinds(self.spec)
            return Writer(pass_, 0, kind if kind in kinds else K.TOTAL_LOSS)
        number = layer or 0
        if quantity in (Q.SLOPE, Q.ERROR) and not self._is_stepped(number, quantity):
            kind = K.DELTA
        return Writer(pass_, number, kind)

    def _is_stepped(self, layer: int, quantity: Quantity) -> bool:
        """Whether slope or error of a layer are operations of their own (not in a fused δ or a Jacobian)."""
        spec = self.spec
        if layer == spec.network.depth and spec.is_matched_pair and not self.program.is_unfolded:
            return False
        is_softmax = spec.network.layer(layer).activation is ActivationName.SOFTMAX
        return not (is_softmax and quantity is Q.SLOPE)

    def count(self, quantity: Quantity, layer: int | None = None, sample: int | None = None) -> int:
        """How many entries of a per-sample vector or scalar are computed; entries are completed in order."""
        writer = self.writer(quantity, layer)
        if writer is None:
            return self.spec.network.inputs
        at = self.sample if sample is None else sample
        return self.layout.count_done(writer.pass_, writer.layer, writer.kind, at, self.offset)

    def rows(
        self, quantity: Quantity, layer: int, sample: int | None = None, slot: str | None = None
    ) -> tuple[int, int]:
        """(j, i) such that all weight-shaped entries before it, row by row, are done: rows < j, and row j up to i."""
        writer = self.writer(quantity, layer, slot)
        sizes = self.spec.network.sizes
        if writer is None:
            return sizes[layer], 0
        at = self.sample if sample is None else sample
        done = self.layout.count_done(writer.pass_, layer, writer.kind, at, self.offset)
        bias = self.spec.network.layer(layer).bias
        shares_kind = quantity in _BATCH_QUANTITIES and writer.kind is not K.PENALIZE
        per_unit = sizes[layer - 1] + (1 if shares_kind and bias.present and bias.trainable else 0)
        row, column = divmod(done, per_unit)
        return row, min(column, sizes[layer - 1])

    def position_writing(self, address: Address, sample: int | None = None) -> int | None:
        """Position of the operation that completes this number in this iteration; None if there is none."""
        if address.layer is not None and not 0 <= address.layer <= self.spec.network.depth:
            return None
        writer = self.writer(address.quantity, address.layer, address.slot)
        if writer is None:
            return None
        at = self.sample if sample is None else sample
        unit = address.indices[0] if address.indices else 0
        return self.program.position_of(
            self.iteration,
            writer.pass_,
            writer.layer,
            writer.kind,
            sample=at,
            unit=unit,
            entry=self._entry(address),
        )

    def _entry(self, address: Address) -> int | None:
        if address.quantity in _BIAS_QUANTITIES and address.layer is not None:
            return self.spec.network.sizes[address.layer - 1]
        return address.indices[1] if address.quantity.is_weight_shaped and len(address.indices) == 2 else None

    def is_done(self, address: Address, sample: int | None = None) -> bool:
        """Whether the number is computed (or, for a parameter, already replaced) at this position."""
        if address.quantity is Q.ACTIVATION and address.layer == 0:
            return True
        position = self.position_writing(address, sample)
        return position is not None and position < self.position
