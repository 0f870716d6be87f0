"""What the canvas shows at a position: units, edges, badges and the operation just executed. Pure and comparable.

The lit operation is the last one *executed* (position − 1), so that stepping forward lights what was just read and written, and
stepping back takes it away again. The next operation's unit carries a quiet mark.
"""

import math
from dataclasses import dataclass, field

from bpstudio.explain.expression import Glyphs
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import Activity, Mark, activity_at
from bpstudio.viewstate.selection import EdgeMode, Selection, UnitMode, ViewOptions

Q = Quantity
MOST_SHOWN = 12
"""Most units of a layer that are drawn as circles; of larger layers the ends and the unit at work."""


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit: its symbol, its value if computed, its δ if computed, and how it takes part. ``index`` −1 is the bias unit."""

    layer: int
    index: int
    symbol: Glyphs
    value: float | None
    text: str
    delta: float | None
    delta_text: str
    delta_symbol: Glyphs | None
    mark: Mark
    is_next: bool
    is_selected: bool
    is_hovered: bool
    short_text: str = ""
    bias_text: str = ""
    sum_text: str = ""
    is_lit: bool = False


@dataclass(frozen=True, slots=True)
class EdgeState:
    """An edge from unit ``source`` (−1: bias) of the layer below; ``value`` is what the edge mode shows, None if not computed."""

    layer: int
    unit: int
    source: int
    value: float | None
    text: str
    mark: Mark
    is_selected: bool
    is_hovered: bool
    is_lit: bool = False


@dataclass(frozen=True, slots=True)
class ColumnState:
    """One layer: captions and the units drawn; ``hidden`` is how many are not."""

    layer: int
    title: str
    caption: str
    units: tuple[UnitState, ...]
    hidden: int
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LossState:
    """The loss node: its symbol, its number if computed, and the targets next to the outputs shown."""

    symbol: Glyphs
    text: str
    is_done: bool
    mark: Mark
    targets: tuple[str, ...]
    target_symbols: tuple[Glyphs, ...]


@dataclass(frozen=True, slots=True)
class CanvasState:
    """Everything the canvas paints. Equal states paint equal pictures."""

    columns: tuple[ColumnState, ...]
    edges: tuple[EdgeState, ...]
    loss: LossState
    accent: Pass | None
    edge_mode: EdgeMode
    edge_scale: float
    edge_scale_text: str
    has_bias_units: bool
    description: str
    position: int = field(default=0)


def nice_ceiling(value: float) -> float:
    """The smallest 1, 2 or 5 times a power of ten that is not below ``value``; 1 for 0 and what is not finite."""
    if not (math.isfinite(value) and value > 0.0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value), 10.0 * power)


def build_canvas_state(session: Session, selection: Selection, options: ViewOptions) -> CanvasState:
    """The canvas at the session's position, for what is selected and how it is to be shown."""
    return _Builder(session, selection, options).build()


class _Builder:
    def __init__(self, session: Session, selection: Selection, options: ViewOptions) -> None:
        self.session = session
        self.spec = session.spec
        self.selection = selection
        self.options = options
        self.notation: Notation = notation(options.notation, session.spec)
        self.numbers = options.numbers
        self.sample = session.progress.sample
        is_difference = options.edge_mode is EdgeMode.DIFFERENCE and options.compared is not None
        self.others = session.parameters_of(options.compared or 0, session.iteration) if is_difference else None
        self.activity: Activity = activity_at(session)
        self.next = session.operation
        self.has_bias_units = options.notation is NotationName.THETA
        self.sizes = self.spec.network.sizes
        self.shown = [self._shown(layer) for layer in range(len(self.sizes))]

    def build(self) -> CanvasState:
        columns = tuple(self._column(layer) for layer in range(len(self.sizes)))
        edges = tuple(edge for layer in range(1, len(self.sizes)) for edge in self._edges(layer))
        largest = max((abs(e.value) for e in edges if e.value is not None and math.isfinite(e.value)), default=0.0)
        scale = nice_ceiling(largest)
        return CanvasState(
            columns,
            edges,
            self._loss(),
            self.activity.pass_,
            self.options.edge_mode,
            scale,
            self.numbers.format(scale),
            self.has_bias_units,
            self.activity.description,
            self.session.position,
        )

    def _shown(self, layer: int) -> tuple[int, ...]:
        """Which units of a layer are drawn: all, or both ends and those at work."""
        size = self.sizes[layer]
        if size <= MOST_SHOWN:
            return tuple(range(size))
        kept = {*range(MOST_SHOWN // 2), *range(size - MOST_SHOWN // 2, size)}
        kept |= self.activity.units_at_work(layer)
        selected = self.selection.selected
        if selected is not None and selected.layer == layer and selected.indices:
            kept.add(selected.indices[0])
        return tuple(sorted(kept))

    def _column(self, layer: int) -> ColumnState:
        units = [self._unit(layer, unit) for unit in self.shown[layer]]
        if self.has_bias_units and layer < len(self.sizes) - 1 and self._has_bias(layer + 1):
            units.append(self._bias_unit(layer))
        size = self.sizes[layer]
        kind = "input" if layer == 0 else self.spec.network.layer(layer).activation.value.replace("_", " ")
        caption = f"{size} {'unit' if size == 1 else 'units'} · {kind}"
        names = self.spec.dataset.input_names if layer == 0 else ()
        if layer == len(self.sizes) - 1:
            names = self.spec.dataset.target_names
        labels = tuple(names[unit] for unit in self.shown[layer]) if len(names) == size else ()
        if layer > 0 and all(name.rstrip("0123456789") in ("", "y") for name in labels):
            labels = ()  # the target's symbol says as much
        return ColumnState(
            layer, self.notation.layer_name(layer), caption, tuple(units), size - len(self.shown[layer]), labels
        )

    def _has_bias(self, layer: int) -> bool:
        return self.spec.network.layer(layer).bias.present

    def _value(self, address: Address) -> float | None:
        return self.session.value(address, self.sample if address.quantity.is_per_sample else None)

    def _format(self, value: float | None) -> str:
        return "" if value is None else self.numbers.format(value)

    def _unit(self, layer: int, unit: int) -> UnitState:
        address = Address(Q.ACTIVATION, layer, (unit,))
        shows_z = self.options.unit_mode is UnitMode.PRE_ACTIVATION and layer > 0
        shown = Address(Q.PRE_ACTIVATION, layer, (unit,)) if shows_z else address
        value = self._value(shown)
        delta_address = Address(Q.DELTA, layer, (unit,))
        delta = self._value(delta_address) if layer > 0 else None
        return UnitState(
            layer,
            unit,
            self.notation.symbol(shown, self.sample),
            value,
            self._format(value),
            delta,
            self._format(delta),
            self.notation.symbol(delta_address, self.sample) if layer > 0 else None,
            self.activity.unit_mark(layer, unit),
            (self.next.layer, self.next.unit) == (layer, unit) and self.next.pass_ is not Pass.LOSS,
            self.selection.selected == address,
            self.selection.hovered == address,
            "" if value is None else self.options.short_numbers.format(value),
            self._bias_text(layer, unit),
            self.activity.running_text(layer, unit, self.numbers),
            address in self.selection.lit,
        )

    def _bias_text(self, layer: int, unit: int) -> str:
        if self.has_bias_units or layer == 0 or not self._has_bias(layer):
            return ""
        return self._format(self._value(Address(Q.BIAS, layer, (unit,))))

    def _bias_unit(self, layer: int) -> UnitState:
        is_read = any(self.activity.edge_mark(layer + 1, unit, -1) is not Mark.NONE for unit in self.shown[layer + 1])
        symbol = Glyphs("a", f"({layer + 1})", "0")
        mark = Mark.READ if is_read else Mark.NONE
        return UnitState(layer, -1, symbol, 1.0, "1", None, "", None, mark, False, False, False, "1")

    def _edges(self, layer: int) -> list[EdgeState]:
        edges = [self._edge(layer, unit, source) for unit in self.shown[layer] for source in self.shown[layer - 1]]
        if self.has_bias_units and self._has_bias(layer):
            edges += [self._edge(layer, unit, -1) for unit in self.shown[layer]]
        return edges

    def _edge(self, layer: int, unit: int, source: int) -> EdgeState:
        address = Address(Q.BIAS, layer, (unit,)) if source < 0 else Address(Q.WEIGHT, layer, (unit, source))
        value = self._edge_value(address, layer, source)
        return EdgeState(
            layer,
            unit,
            source,
            value,
            self._format(value),
            self.activity.edge_mark(layer, unit, source),
            self.selection.selected == address,
            self.selection.hovered == address,
            address in self.selection.lit,
        )

    def _edge_value(self, address: Address, layer: int, source: int) -> float | None:
        is_bias = source < 0
        match self.options.edge_mode:
            case EdgeMode.WEIGHT:
                return self._value(address)
            case EdgeMode.FLOW:
                weight = self._value(address)
                below = 1.0 if is_bias else self._value(Address(Q.ACTIVATION, layer - 1, (source,)))
                return None if weight is None or below is None else weight * below
            case EdgeMode.GRADIENT:
                whole, own = (
                    (Q.BIAS_GRADIENT, Q.SAMPLE_BIAS_GRADIENT)
                    if is_bias
                    else (Q.WEIGHT_GRADIENT, Q.SAMPLE_WEIGHT_GRADIENT)
                )
                reduced = self._value(Address(whole, layer, address.indices))
                return self._value(Address(own, layer, address.indices)) if reduced is None else reduced
            case EdgeMode.DIFFERENCE:
                return self._difference(address)
            case EdgeMode.UPDATE:
                return self._value(Address(Q.BIAS_STEP if is_bias else Q.WEIGHT_STEP, layer, address.indices))

    def _difference(self, address: Address) -> float | None:
        """A parameter less the one of the compared branch before the same iteration; None without such a branch."""
        if self.others is None:
            return None
        layout, layer = self.session.engine.layout, address.layer or 1
        values = (
            layout.weights(self.others, layer) if address.quantity is Q.WEIGHT else layout.biases(self.others, layer)
        )
        if values is None:
            return None
        return self.session.tape.value(address) - float(values[address.indices])

    def _loss(self) -> LossState:
        last = len(self.sizes) - 1
        own = self._value(Address(Q.SAMPLE_LOSS))
        whole = self._value(Address(Q.LOSS))
        is_whole = whole is not None
        symbol = self.notation.symbol(Address(Q.LOSS if is_whole else Q.SAMPLE_LOSS), self.sample)
        value = whole if is_whole else own
        targets = self.session.tape.targets[:, self.sample]
        is_loss_work = self.activity.is_loss_written
        return LossState(
            symbol,
            self._format(value),
            value is not None,
            Mark.WRITTEN if is_loss_work else Mark.NONE,
            tuple(self.numbers.format(float(targets[unit])) for unit in self.shown[last]),
            tuple(self.notation.target(unit, self.sample) for unit in self.shown[last]),
        )
