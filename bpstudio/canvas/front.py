"""All that lies over the edges, as items in the order they are painted: what has changed, and what reaches where.

Items know nothing of the state they were made for: those that look the same are handed on from state to state without it.
"""

from collections.abc import Hashable, Iterator
from enum import IntEnum

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.program.operation import Pass
from bpstudio.records import dataclass
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState, EdgeState, UnitState
from bpstudio.viewstate.numbers import Numbers
from bpstudio.viewstate.theme import Theme

HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
SPARK_ROOM = 22.0
NAME_ROOM = 130.0


class Kind(IntEnum):
    """What an item is."""

    LABEL = 0
    TARGETS = 1
    LOSS = 2
    CAPTION = 3
    DENSE = 4
    NAMES = 5
    DISC = 6
    RING = 7
    NOTES = 8
    LEGEND = 9
    HINT = 10


Key = tuple[Kind, *tuple[int, ...]]
"""A kind and the numbers of an item within it."""
Group = dict[Key, "Item"]
Look = tuple[Hashable, ...]
Sides = tuple[float, float, float, float]
MOST_KNOWN = 1024


@dataclass(slots=True, eq=False)
class Item:
    """Something painted as one: ``look`` is all that it looks like in one geometry, ``subject`` the unit or edge, if it is one.

    ``sides`` say what it may cover: left, top, right, bottom.
    """

    kind: Kind
    look: Look
    subject: UnitState | EdgeState | None
    layer: int
    sides: Sides

    @property
    def box(self) -> QRectF:
        """What it may cover."""
        left, top, right, bottom = self.sides
        return QRectF(left, top, right - left, bottom - top)


class Front:
    """The items of one state in one geometry; those that look as they did in ``before`` are taken from it."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry, before: "Front | None" = None) -> None:
        self.state = state
        self.geometry = geometry
        self._units = UnitPainter(state, theme, geometry)
        self._frame = FramePainter(state, theme, geometry)
        self._old = before
        self._known: dict[Look, Item] = {} if before is None else before._known
        self.groups = tuple(self._collect())
        self._old = None

    @property
    def items(self) -> Iterator[Item]:
        """All items in the order they are painted."""
        for group in self.groups:
            yield from group.values()

    # Collecting.

    def _collect(self) -> Iterator[Group]:
        """Always the same groups in the same order: what stands around, discs by layer, notes by layer, words."""
        state = self.state
        yield self._around()
        units = [self._discs_and_notes(column) for column in state.columns]
        for discs, _ in units:
            yield discs
        for _, notes in units:
            yield notes
        yield self._words()

    def _add(
        self, group: Group, old: Group, key: Key, look: Look, subject: UnitState | EdgeState | None = None
    ) -> None:
        found = old.get(key)
        if found is None or found.look != look:
            kind, layer = key[0], key[1] if len(key) > 1 else 0
            found = self._made(kind, look, subject, layer)
        group[key] = found

    def _made(self, kind: Kind, look: Look, subject: UnitState | EdgeState | None, layer: int) -> Item:
        """An item, the same for the same look as long as there are not too many."""
        if subject is None:
            return Item(kind, look, subject, layer, self._sides(kind, subject, layer))
        known = (kind, layer, look)
        found = self._known.get(known)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[known] = Item(kind, look, subject, layer, self._sides(kind, subject, layer))
        return found

    def _old_group(self, index: int) -> Group:
        return {} if self._old is None else self._old.groups[index]

    def _around(self) -> Group:
        state, frame = self.state, self._frame
        group: Group = {}
        old = self._old_group(0)
        for edge in state.edges:
            if frame.has_label(edge):
                key = (Kind.LABEL, edge.layer, edge.unit, edge.source)
                look = (edge, state.accent if edge.mark else None, frame.label_rect(edge).getRect())
                self._add(group, old, key, look, edge)
        loss = state.loss
        rect = self.geometry.loss_rect
        targets = (loss.targets, loss.target_symbols, loss.target_numbers, state.columns[-1].labels, rect.left())
        self._add(group, old, (Kind.TARGETS,), targets)
        accent = state.accent if loss.mark else None
        place = (rect.left(), rect.top(), rect.width(), rect.height())
        self._add(group, old, (Kind.LOSS,), (loss.symbol, loss.text, loss.is_done, loss.mark, accent, place))
        for column in state.columns:
            layer = column.layer
            caption = (column.title, column.caption, column.formula, frame.has_formulas)
            self._add(group, old, (Kind.CAPTION, layer), caption)
            if not column.is_roomy:
                dense = (
                    column.numbers,
                    column.deltas,
                    column.scale,
                    column.delta_scale,
                    column.is_faded,
                    column.labels,
                )
                self._add(group, old, (Kind.DENSE, layer), dense)
                self._add(group, old, (Kind.NAMES, layer), (column.labels,))
        return group

    def _words(self) -> Group:
        group: Group = {}
        old = self._old_group(-1)
        self._add(group, old, (Kind.LEGEND,), (self.state.legend,))
        self._add(group, old, (Kind.HINT,), (self.state.hint,))
        return group

    def _discs_and_notes(self, column: ColumnState) -> tuple[Group, Group]:
        """The discs of a layer, and what stands around them; those of before where nothing differs."""
        accent, layer = self.state.accent, column.layer
        count = len(self.state.columns)
        old_discs, old_notes = self._old_group(1 + layer), self._old_group(1 + count + layer)
        discs: Group = {}
        notes: Group = {}
        scale = None if column.is_roomy else column.scale
        same = self._same_units(column)
        for unit in column.units:
            index = unit.index
            disc, ring, note = (Kind.DISC, layer, index), (Kind.RING, layer, index), (Kind.NOTES, layer, index)
            if index in same:
                discs[disc] = old_discs[disc]
                if ring in old_discs:
                    discs[ring] = old_discs[ring]
                if note in old_notes:
                    notes[note] = old_notes[note]
                continue
            look = _disc_look(unit, self._label(unit, column), accent if unit.mark else None, scale)
            self._add(discs, old_discs, disc, look, unit)
            if unit.is_next and index >= 0:
                has_halo = unit.is_selected or unit.is_hovered or unit.is_lit
                self._add(discs, old_discs, ring, (index, unit.is_faded, has_halo), unit)
            if self._units.has_notes(unit):
                self._add(notes, old_notes, note, _notes_look(unit, accent), unit)
        return discs, notes

    def _same_units(self, column: ColumnState) -> set[int]:
        """The units of a layer that look as they did; none where something has changed for all of them."""
        if self._old is None or self._old.state.accent != self.state.accent:
            return set()
        before = self._old.state.columns[column.layer]
        if column.scale != before.scale or column.labels != before.labels or len(before.units) != len(column.units):
            return set()
        return {unit.index for old, unit in zip(before.units, column.units, strict=True) if old == unit}

    @staticmethod
    def _label(unit: UnitState, column: ColumnState) -> str:
        has_label = unit.layer == 0 and column.is_roomy and 0 <= unit.index < len(column.labels)
        return column.labels[unit.index] if has_label else ""

    # Where items are.

    def _sides(self, kind: Kind, subject: UnitState | EdgeState | None, layer: int) -> Sides:
        box = self._bounds(kind, subject, layer)
        return box.left(), box.top(), box.left() + box.width(), box.top() + box.height()

    def _bounds(self, kind: Kind, subject: UnitState | EdgeState | None, layer: int) -> QRectF:
        frame, units = self._frame, self._units
        match kind:
            case Kind.LABEL if isinstance(subject, EdgeState):
                return frame.label_rect(subject).adjusted(-2.0, -2.0, 2.0, 2.0)
            case Kind.DISC if isinstance(subject, UnitState):
                return units.disc_bounds(subject)
            case Kind.RING if isinstance(subject, UnitState):
                return units.ring_bounds(subject)
            case Kind.NOTES if isinstance(subject, UnitState):
                return units.notes_bounds(subject)
            case Kind.TARGETS:
                return frame.targets_bounds()
            case Kind.LOSS:
                return frame.loss_bounds()
            case Kind.CAPTION:
                return frame.caption_bounds(self.state.columns[layer])
            case Kind.DENSE:
                return self.geometry.layers[layer].rect.adjusted(-NAME_ROOM, -4.0, SPARK_ROOM + 4.0, 4.0)
            case Kind.NAMES:
                return self.geometry.layers[layer].rect.adjusted(-NAME_ROOM, -4.0, 0.0, 4.0)
            case Kind.LEGEND:
                return frame.legend_bounds()
            case Kind.HINT:
                return frame.hint_bounds()
        raise ValueError(f"no bounds for {kind} and {subject}")

    def reaching(self, rect: QRectF) -> tuple[Item, ...]:
        """The items that reach into a rectangle, in the order they are painted."""
        left, top = rect.left(), rect.top()
        right, bottom = left + rect.width(), top + rect.height()
        found = []
        for group in self.groups:
            for item in group.values():
                sides = item.sides
                if sides[0] < right and sides[2] > left and sides[1] < bottom and sides[3] > top:
                    found.append(item)
        return tuple(found)

    # Painting.

    def paint(self, painter: QPainter) -> None:
        """Paint everything."""
        for item in self.items:
            self.draw(painter, item, None)

    def draw(self, painter: QPainter, item: Item, exposed: QRectF | None) -> None:
        """Paint one item; of what goes far, only what reaches into ``exposed``."""
        frame, units = self._frame, self._units
        match item.kind:
            case Kind.DISC if isinstance(item.subject, UnitState):
                column = self.state.columns[item.layer]
                units.disc(painter, item.subject, self._label(item.subject, column))
            case Kind.RING if isinstance(item.subject, UnitState):
                units.ring(painter, item.subject)
            case Kind.NOTES if isinstance(item.subject, UnitState):
                units.notes(painter, item.subject)
            case Kind.LABEL if isinstance(item.subject, EdgeState):
                frame.label(painter, item.subject)
            case Kind.TARGETS:
                frame.targets(painter, exposed)
            case Kind.LOSS:
                frame.loss(painter)
            case Kind.CAPTION:
                frame.caption(painter, self.state.columns[item.layer])
            case Kind.DENSE:
                units.dense(painter, self.state.columns[item.layer], exposed)
            case Kind.NAMES:
                frame.names(painter, self.state.columns[item.layer])
            case Kind.LEGEND:
                frame.legend(painter)
            case Kind.HINT:
                frame.hint(painter)

    # Changes.

    def changes_from(self, old: "Front") -> list[QRectF]:
        """The parts that look different from ``old``, which has the same geometry."""
        found: list[QRectF] = []
        for mine, others in zip(self.groups, old.groups, strict=True):
            if mine is others:
                continue
            for key, item in mine.items():
                before = others.get(key)
                if before is not item:
                    found += self._differing(before, item, old.state)
            found += [item.box for key, item in others.items() if key not in mine]
        return found

    def _differing(self, before: Item | None, item: Item, old: CanvasState) -> list[QRectF]:
        if before is None:
            return [item.box]
        if item.kind is Kind.DENSE:
            return self._dots(old.columns[item.layer], self.state.columns[item.layer], item.box)
        return [item.box] if before.sides == item.sides else [before.box, item.box]

    def _dots(self, old: ColumnState, new: ColumnState, whole: QRectF) -> list[QRectF]:
        """Around what has changed in a large layer."""
        column = self.geometry.layers[new.layer]
        is_other = old.scale != new.scale or old.delta_scale != new.delta_scale or old.is_faded != new.is_faded
        if is_other or column.cell:
            return [whole]
        changed = _changed(old.numbers, new.numbers)
        if old.deltas is not None and new.deltas is not None:
            changed = np.concatenate([changed, _changed(old.deltas, new.deltas)])
        if not len(changed):
            return []
        places, reach = column.centres[changed], column.radius + 3.0
        left, right = column.x - max(8.0, reach), column.x + reach + SPARK_ROOM
        top, bottom = float(places[:, 1].min()) - reach, float(places[:, 1].max()) + reach
        return [QRectF(left, top, right - left, bottom - top)]


def _disc_look(unit: UnitState, label: str, accent: Pass | None, scale: float | None) -> Look:
    """What of a unit its disc shows."""
    symbol = unit.symbol
    return (
        unit.index,
        symbol.stem,
        symbol.superscript,
        symbol.subscript,
        unit.value,
        unit.text,
        unit.short_text,
        unit.mark,
        unit.is_selected,
        unit.is_hovered,
        unit.is_lit,
        unit.is_faded,
        label,
        accent,
        scale,
    )


def _notes_look(unit: UnitState, accent: Pass | None) -> Look:
    """What of a unit stands around it."""
    symbol, delta = unit.symbol, unit.delta_symbol
    return (
        unit.index,
        (symbol.stem, symbol.superscript, symbol.subscript),
        None if delta is None else (delta.stem, delta.superscript, delta.subscript),
        unit.text,
        unit.bias_text,
        unit.sum_text,
        unit.delta_text,
        unit.mark,
        unit.is_selected,
        unit.is_hovered,
        unit.is_faded,
        accent,
    )


def _changed(old: Numbers, new: Numbers) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.empty(0, dtype=np.intp) if old == new else new.changed_from(old)
