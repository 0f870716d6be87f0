"""Makes the canvas state of a session's position: reads whole arrays, and words only for what stands out."""

import math
from dataclasses import replace
from functools import cached_property

from bpstudio.explain.expression import Glyphs
from bpstudio.explain.labels import counted, repeats_symbol
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat, NumberStyle
from bpstudio.explain.scripts import script_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import Activity, Fan, Mark, activity_at
from bpstudio.viewstate.canvas_edges import EdgeMaker
from bpstudio.viewstate.canvas_hint import hint_for
from bpstudio.viewstate.canvas_state import MOST_SHOWN, CanvasState, ColumnState, LossState, UnitState
from bpstudio.viewstate.edge_values import BACK
from bpstudio.viewstate.numbers import Numbers, first_known, numbers
from bpstudio.viewstate.selection import Selection, UnitMode, ViewOptions
from bpstudio.viewstate.target_text import longest_target
from bpstudio.viewstate.why_state import on_canvas

Q = Quantity
SMALLEST_IMAGE = 64
"""Inputs that are a square number from here on are laid out as an image."""
MOST_NAMED = 64
MOST_LIT = 64
BRIEFEST, LONGEST_SHORT = NumberFormat(0, NumberStyle.SCIENTIFIC), 6


def build_canvas_state(session: Session, selection: Selection, options: ViewOptions) -> CanvasState:
    """The canvas at the session's position, for what is selected and how it is to be shown."""
    return _Builder(session, selection, options).build()


class _Builder:
    def __init__(self, session: Session, selection: Selection, options: ViewOptions) -> None:
        self.session = session
        self.spec = session.spec
        self.pointed = selection.hovered or selection.selected
        self.selection = on_canvas(selection)
        self.options = options
        self.notation: Notation = notation(options.notation, session.spec)
        self.number_format = options.numbers
        self.progress = session.progress
        self.tape = session.tape
        self.sample = session.progress.sample
        self.activity: Activity = activity_at(session, options.numbers)
        self.next = session.operation
        self.has_bias_units = options.notation is NotationName.THETA
        self.sizes = self.spec.network.sizes
        self.depth = len(self.sizes) - 1
        self.focus = self._focus() if options.is_focused else None

    def build(self) -> CanvasState:
        columns = tuple(self._column(layer) for layer in range(len(self.sizes)))
        edges = EdgeMaker(
            self.session,
            self.selection,
            self.options,
            self.activity,
            self.number_format,
            self.has_bias_units,
            None if self.focus is None else self._fan(*self.focus),
        )
        scale = edges.scale()
        hint = hint_for(self.session, self.pointed, self.options, self.activity.pass_)
        return CanvasState(
            columns,
            edges.bands,
            edges.notable(),
            self.activity.fan,
            self._shown_fans(),
            self.focus,
            self._loss(),
            self.activity.pass_,
            self.options.edge_mode,
            scale,
            self.number_format.format(scale),
            replace(edges.legend(scale), notes=self._notes(columns), has_hint_above=bool(hint)),
            self.has_bias_units,
            self.activity.description,
            hint,
            self.session.position,
        )

    def _notes(self, columns: tuple[ColumnState, ...]) -> tuple[str, ...]:
        """What the numbers of units are where nothing else says it, and the scales of large layers, each of its own."""
        notes = ["units: weighted sum z"] if self.options.unit_mode is UnitMode.PRE_ACTIVATION else []
        large = [column for column in columns if not column.is_roomy]
        if large:
            has_delta = any(column.layer > 0 for column in large)
            words = ("colour, stroke", "value, δ") if has_delta else ("colour", "value")
            notes.append(f"large layers: full {words[0]} = the layer's largest {words[1]}")
        return tuple(notes)

    # Focus, and the edges that stand out together.

    def _focus(self) -> tuple[int, int] | None:
        """The unit selected, or the one a selected edge leads into, else the one at work."""
        selected = self.selection.selected
        if selected is not None and selected.layer is not None and selected.indices:
            return selected.layer, selected.indices[0]
        executed = self.activity.executed
        if executed is None or executed.unit is None or executed.layer == 0:
            return None
        return executed.layer, executed.unit

    def _shown_fans(self) -> tuple[Fan, ...]:
        """All edges of the units in focus, selected and hovered."""
        found: list[Fan] = []
        units = [self.focus] if self.focus is not None else []
        for address in (self.selection.selected, self.selection.hovered):
            if address is not None and address.quantity is Q.ACTIVATION and address.layer is not None:
                units.append((address.layer, address.indices[0]))
        for layer, unit in units:
            fan = self._fan(layer, unit)
            if fan is not None and fan not in found:
                found.append(fan)
        return tuple(found)

    def _fan(self, layer: int, unit: int) -> Fan | None:
        """What a unit reads: going back the edges to the layer above, else those from below; of an input, where it leads."""
        is_back = self.activity.pass_ in BACK and layer < self.depth
        if is_back or layer == 0:
            return Fan(layer + 1, unit, True, self.sizes[layer + 1])
        return Fan(layer, unit, False, self.sizes[layer - 1])

    def _is_faded(self, layer: int, unit: int) -> bool:
        if self.focus is None or (layer, unit) == self.focus:
            return False
        fan = self._fan(*self.focus)
        if fan is None:
            return True
        reads = fan.layer if fan.is_outgoing else fan.layer - 1
        return layer != reads

    # Columns.

    def _column(self, layer: int) -> ColumnState:
        size = self.sizes[layer]
        values = self._values(layer)
        deltas = self._deltas(layer) if layer > 0 else None
        shown = self._shown(layer)
        units = [self._unit(layer, unit, values, deltas) for unit in shown]
        has_bias_unit = self.has_bias_units and layer < self.depth and self._has_bias(layer + 1)
        if has_bias_unit:
            units.append(self._bias_unit(layer))
        return ColumnState(
            layer,
            self.notation.layer_name(layer),
            self._caption(layer),
            tuple(units),
            size - len(shown),
            self._labels(layer),
            size,
            self._side(layer),
            values,
            deltas,
            has_bias_unit,
            values.largest() or 1.0,
            1.0 if deltas is None else deltas.largest() or 1.0,
            self._is_faded(layer, -2),
            self._formula(layer),
        )

    def _formula(self, layer: int) -> str:
        """How a layer's activations follow from its weighted sums; nothing for the input."""
        if layer == 0:
            return ""
        after, before = (
            script_text(self.notation.symbol(Address(quantity, layer))) for quantity in (Q.ACTIVATION, Q.PRE_ACTIVATION)
        )
        return f"{after} = {script_text(self.notation.activation_function(layer))}({before})"

    def _caption(self, layer: int) -> str:
        size = self.sizes[layer]
        kind = "input" if layer == 0 else self.spec.network.layer(layer).activation.value.replace("_", " ")
        side = self._side(layer)
        if side:
            return f"{side} × {side} units · {kind}"
        return f"{counted(size, 'unit')} · {kind}"

    def _side(self, layer: int) -> int:
        side = math.isqrt(self.sizes[layer])
        return side if layer == 0 and side * side == self.sizes[0] and self.sizes[0] >= SMALLEST_IMAGE else 0

    def _labels(self, layer: int) -> tuple[str, ...]:
        """Names of inputs and targets, unless they only repeat the symbol."""
        names = self.spec.dataset.input_names if layer == 0 else ()
        if layer == self.depth:
            names = self.spec.dataset.target_names
        if len(names) != self.sizes[layer] or len(names) > MOST_NAMED or self._side(layer):
            return ()
        has_symbols = layer > 0 or len(names) > MOST_SHOWN
        letter = "y" if layer > 0 else "x"
        return () if has_symbols and all(repeats_symbol(name, letter) for name in names) else tuple(names)

    def _shown(self, layer: int) -> tuple[int, ...]:
        """Which units of a layer are drawn with words: all, or those at work, next, or pointed at."""
        size = self.sizes[layer]
        if size <= MOST_SHOWN:
            return tuple(range(size))
        kept = self.activity.units_at_work(layer)
        if self.next.layer == layer and self.next.unit is not None and self.next.pass_ is not Pass.LOSS:
            kept.add(self.next.unit)
        lit = [address for address in sorted(self.selection.lit, key=str) if address.layer == layer][:MOST_LIT]
        for address in (self.selection.selected, self.selection.hovered, *lit):
            if address is not None and address.layer == layer and address.quantity is Q.ACTIVATION and address.indices:
                kept.add(address.indices[0])
        if self.focus is not None and self.focus[0] == layer:
            kept.add(self.focus[1])
        return tuple(sorted(kept))

    def _has_bias(self, layer: int) -> bool:
        return self.spec.network.layer(layer).bias.present

    # Numbers.

    def _shows_z(self, layer: int) -> bool:
        return self.options.unit_mode is UnitMode.PRE_ACTIVATION and layer > 0

    def _values(self, layer: int) -> Numbers:
        return self._numbers(Q.PRE_ACTIVATION if self._shows_z(layer) else Q.ACTIVATION, layer)

    def _deltas(self, layer: int) -> Numbers:
        return self._numbers(Q.DELTA, layer)

    def _numbers(self, quantity: Quantity, layer: int) -> Numbers:
        values = self.tape.array(Address(quantity, layer), self.sample)
        count = self.progress.count(quantity, layer)
        return numbers(values, None if count >= len(values) else first_known(values.shape, count))

    def _format(self, value: float | None) -> str:
        return "" if value is None else self.number_format.format(value)

    def _unit(self, layer: int, unit: int, values: Numbers, deltas: Numbers | None) -> UnitState:
        address = Address(Q.ACTIVATION, layer, (unit,))
        shown = Address(Q.PRE_ACTIVATION, layer, (unit,)) if self._shows_z(layer) else address
        value = values.at(unit)
        delta = None if deltas is None else deltas.at(unit)
        sum_text = self.activity.running_text(layer, unit, self.number_format)
        return UnitState(
            layer,
            unit,
            self.notation.symbol(shown, self.sample),
            value,
            self._format(value),
            delta,
            self._format(delta),
            None if delta is None else self.notation.symbol(Address(Q.DELTA, layer, (unit,)), self.sample),
            self._mark(layer, unit),
            (self.next.layer, self.next.unit) == (layer, unit) and self.next.pass_ is not Pass.LOSS,
            self.selection.selected == address,
            self.selection.hovered == address,
            "" if value is None else self._short(value),
            self._bias_text(layer, unit),
            sum_text,
            address in self.selection.lit,
            self._is_faded(layer, unit),
            not sum_text or self.activity.is_result_finite,
        )

    def _short(self, value: float) -> str:
        """Two digits, or one with an exponent where zeros after the point would make that too long for a small disc."""
        text = self.options.short_numbers.format(value)
        briefer = BRIEFEST.format(value) if len(text) > LONGEST_SHORT else text
        return briefer if len(briefer) < len(text) else text

    def _mark(self, layer: int, unit: int) -> Mark:
        """What was read earlier is shown on edges only."""
        mark = self.activity.unit_mark(layer, unit)
        return Mark.NONE if mark is Mark.EARLIER else mark

    def _bias_text(self, layer: int, unit: int) -> str:
        if self.has_bias_units or layer == 0 or not self._has_bias(layer):
            return ""
        return self._format(self.session.value(Address(Q.BIAS, layer, (unit,))))

    def _bias_unit(self, layer: int) -> UnitState:
        is_read = any(
            at == layer + 1 and source < 0 and mark is not Mark.NONE
            for (at, _, source), mark in self.activity.edges.items()
        )
        symbol = Glyphs("a", f"({layer + 1})", "0")
        mark = Mark.READ if is_read else Mark.NONE
        is_faded = self._is_faded(layer, -1)
        return UnitState(layer, -1, symbol, 1.0, "1", None, "", None, mark, False, False, False, "1", is_faded=is_faded)

    # The loss.

    @cached_property
    def _target_units(self) -> range:
        return range(self.sizes[-1] if self.sizes[-1] <= MOST_SHOWN else 0)

    def _loss(self) -> LossState:
        own = self.session.value(Address(Q.SAMPLE_LOSS), self.sample)
        whole = self.session.value(Address(Q.LOSS))
        is_whole = whole is not None
        symbol = self.notation.symbol(Address(Q.LOSS if is_whole else Q.SAMPLE_LOSS), self.sample)
        value = whole if is_whole else own
        targets = self.tape.targets[:, self.sample]
        return LossState(
            symbol,
            self._format(value),
            value is not None,
            Mark.WRITTEN if self.activity.is_loss_written else Mark.NONE,
            tuple(self.number_format.format(float(targets[unit])) for unit in self._target_units),
            tuple(self.notation.target(unit, self.sample) for unit in self._target_units),
            numbers(targets),
            longest_target(self.spec.dataset, self.number_format) if self._target_units else "",
        )
