"""All that lies over the edges, as items in the order they are painted: what has changed, and what reaches where.

Items know nothing of the state they were made for: those that look the same are handed on from state to state without it.
"""

from collections.abc import Hashable, Iterator
from enum import IntEnum
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.target_painter import TargetPainter
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.model.address import Address
from bpstudio.program.operation import Pass
from bpstudio.records import dataclass
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState, EdgeState, UnitState
from bpstudio.viewstate.numbers import Numbers
from bpstudio.viewstate.theme import Theme

HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
SPARK_ROOM, STRIP_ROOM = 22.0, 9.0
NAME_ROOM = 130.0


class Kind(IntEnum):
    """What an item is."""

    LABEL = 0
    TARGET = 1
    LINES = 2
    WORD = 3
    MANY = 4
    LOSS = 5
    CAPTION = 6
    DENSE = 7
    NAMES = 8
    DISC = 9
    RING = 10
    NOTES = 11
    LEGEND = 12
    HINT = 13


Key = tuple[Kind, *tuple[int, ...]]
"""A kind and the numbers of an item within it."""
Look = tuple[Hashable, ...]
Sides = tuple[float, float, float, float]
MOST_KNOWN = 1024
AROUND, FIRST_DISCS = 3, 4
"""The group of the loss and the large layers, and that of the first discs; then come those of the others, then notes by layer."""


@dataclass(slots=True, eq=False)
class Item:
    """Something painted as one: ``look`` is all that it looks like in one geometry, ``subject`` the unit or edge, if it is one.

    ``index`` is its layer, that of a target its unit. ``sides`` say what it may cover: left, top, right, bottom.
    """

    kind: Kind
    look: Look
    subject: UnitState | EdgeState | None
    index: int
    sides: Sides

    @property
    def box(self) -> QRectF:
        """What it may cover."""
        left, top, right, bottom = self.sides
        return QRectF(left, top, right - left, bottom - top)


class Group(dict[Key, Item]):
    """Items that are painted one after the other, by their keys."""

    @cached_property
    def sides(self) -> Sides:
        """What they may cover together."""
        lefts, tops, rights, bottoms = zip(*(item.sides for item in self.values()), strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


class Front:
    """The items of one state in one geometry; those that look as they did in ``before`` are taken from it."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry, before: "Front | None" = None) -> None:
        self.state = state
        self.geometry = geometry
        self._units = UnitPainter(state, theme, geometry)
        self._frame = FramePainter(state, theme, geometry)
        self._targets = TargetPainter(state, theme, geometry)
        self._old = before
        self._known: dict[Look, Item] = {} if before is None else before._known
        self._targets_look, self._captions_look = self._looks()
        self.groups = tuple(self._collect())
        self._old = None

    @property
    def items(self) -> Iterator[Item]:
        """All items in the order they are painted."""
        for group in self.groups:
            yield from group.values()

    def plates(self) -> Iterator[tuple[QRectF, Address]]:
        """Where numbers stand around units, and what they are the numbers of."""
        return self._units.plates()

    # Collecting.

    def _looks(self) -> tuple[Look, Look]:
        """All that the targets look like, and all captions."""
        state, loss = self.state, self.state.loss
        targets = (loss.targets, loss.target_symbols, loss.target_numbers, state.columns[-1].labels)
        captions: Look = tuple((column.title, column.caption, column.formula) for column in state.columns)
        return (*targets, self.geometry.loss_rect.left()), (*captions, self._frame.has_formulas)

    def _collect(self) -> Iterator[Group]:
        """Always the same groups in the same order: what stands around, discs by layer, notes by layer, words."""
        state, old = self.state, self._old
        yield self._labels()
        are_same = old is not None and old._targets_look == self._targets_look
        yield old.groups[1] if old is not None and are_same else self._all_targets()
        are_same = old is not None and old._captions_look == self._captions_look
        yield old.groups[2] if old is not None and are_same else self._captions()
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
            kind, index = key[0], key[1] if len(key) > 1 else 0
            found = self._made(kind, look, subject, index)
        group[key] = found

    def _made(self, kind: Kind, look: Look, subject: UnitState | EdgeState | None, index: int) -> Item:
        """An item, the same for the same look as long as there are not too many."""
        if subject is None:
            return Item(kind, look, subject, index, self._sides(kind, subject, index))
        known = (kind, index, look)
        found = self._known.get(known)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[known] = Item(kind, look, subject, index, self._sides(kind, subject, index))
        return found

    def _old_group(self, index: int) -> Group:
        return Group() if self._old is None else self._old.groups[index]

    def _labels(self) -> Group:
        state, frame = self.state, self._frame
        group, old = Group(), self._old_group(0)
        for edge in frame.labelled:
            key = (Kind.LABEL, edge.layer, edge.unit, edge.source)
            look = (edge, state.accent if edge.mark else None, frame.label_rect(edge).getRect())
            self._add(group, old, key, look, edge)
        return group

    def _all_targets(self) -> Group:
        loss, last = self.state.loss, self.state.columns[-1]
        group, old = Group(), self._old_group(1)
        if not last.is_roomy:
            self._add(group, old, (Kind.MANY,), self._targets_look)
            return group
        for unit in range(last.size):
            look = (loss.targets[unit], loss.target_symbols[unit], last.labels[unit : unit + 1])
            self._add(group, old, (Kind.TARGET, unit), look)
        self._add(group, old, (Kind.LINES,), (*self._targets.widths, self._targets_look[-1]))
        self._add(group, old, (Kind.WORD,), ())
        return group

    def _captions(self) -> Group:
        group, old = Group(), self._old_group(2)
        for column in self.state.columns:
            caption = (column.title, column.caption, column.formula, self._frame.has_formulas)
            self._add(group, old, (Kind.CAPTION, column.layer), caption)
        return group

    def _around(self) -> Group:
        """The loss, and the layers that are too large for words."""
        state, loss, rect = self.state, self.state.loss, self.geometry.loss_rect
        group, old = Group(), self._old_group(AROUND)
        accent = state.accent if loss.mark else None
        look = (loss.symbol, loss.text, loss.is_done, loss.mark, accent, rect.getRect())
        self._add(group, old, (Kind.LOSS,), look)
        for column in state.columns:
            if column.is_roomy:
                continue
            numbers = (column.numbers, column.deltas, column.scale, column.delta_scale)
            self._add(group, old, (Kind.DENSE, column.layer), (*numbers, column.is_faded, column.labels))
            if column.labels and column.layer == 0:
                self._add(group, old, (Kind.NAMES, column.layer), (column.labels,))
        return group

    def _words(self) -> Group:
        group, old = Group(), self._old_group(-1)
        self._add(group, old, (Kind.LEGEND,), (self.state.legend,))
        self._add(group, old, (Kind.HINT,), (self.state.hint,))
        return group

    def _discs_and_notes(self, column: ColumnState) -> tuple[Group, Group]:
        """The discs of a layer, and what stands around them; those of before where nothing differs."""
        accent, layer = self.state.accent, column.layer
        first, count = FIRST_DISCS + layer, len(self.state.columns)
        old_discs, old_notes = self._old_group(first), self._old_group(first + count)
        scale = None if column.is_roomy else column.scale
        same = self._same_units(column)
        if same and len(same) == len(column.units):
            return old_discs, old_notes
        discs, notes = Group(), Group()
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
        pairs = zip(before.units, column.units, strict=True)
        return {unit.index for old, unit in pairs if old is unit or old == unit}

    @staticmethod
    def _label(unit: UnitState, column: ColumnState) -> str:
        has_label = unit.layer == 0 and column.is_roomy and 0 <= unit.index < len(column.labels)
        return column.labels[unit.index] if has_label else ""

    # Where items are.

    def _sides(self, kind: Kind, subject: UnitState | EdgeState | None, index: int) -> Sides:
        box = self._bounds(kind, subject, index)
        return box.left(), box.top(), box.left() + box.width(), box.top() + box.height()

    def _bounds(self, kind: Kind, subject: UnitState | EdgeState | None, index: int) -> QRectF:
        frame, units, targets = self._frame, self._units, self._targets
        match kind:
            case Kind.LABEL if isinstance(subject, EdgeState):
                return frame.label_rect(subject).adjusted(-2.0, -2.0, 2.0, 2.0)
            case Kind.DISC if isinstance(subject, UnitState):
                return units.disc_bounds(subject)
            case Kind.RING if isinstance(subject, UnitState):
                return units.ring_bounds(subject)
            case Kind.NOTES if isinstance(subject, UnitState):
                return units.notes_bounds(subject)
            case Kind.TARGET:
                return targets.bounds(index)
            case Kind.LINES:
                return targets.lines_bounds()
            case Kind.WORD:
                return targets.word_bounds()
            case Kind.MANY:
                return targets.many_bounds()
            case Kind.LOSS:
                return frame.loss_bounds()
            case Kind.CAPTION:
                return frame.caption_bounds(self.state.columns[index])
            case Kind.DENSE:
                return self.geometry.layers[index].rect.adjusted(-STRIP_ROOM, -4.0, SPARK_ROOM + 4.0, 4.0)
            case Kind.NAMES:
                return self.geometry.layers[index].rect.adjusted(-NAME_ROOM, -4.0, 0.0, 4.0)
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
            if not group:
                continue
            sides = group.sides
            if sides[0] >= right or sides[2] <= left or sides[1] >= bottom or sides[3] <= top:
                continue
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
        frame, units, targets = self._frame, self._units, self._targets
        match item.kind:
            case Kind.DISC if isinstance(item.subject, UnitState):
                column = self.state.columns[item.index]
                units.disc(painter, item.subject, self._label(item.subject, column))
            case Kind.RING if isinstance(item.subject, UnitState):
                units.ring(painter, item.subject)
            case Kind.NOTES if isinstance(item.subject, UnitState):
                units.notes(painter, item.subject)
            case Kind.LABEL if isinstance(item.subject, EdgeState):
                frame.label(painter, item.subject)
            case Kind.TARGET:
                targets.target(painter, item.index)
            case Kind.LINES:
                targets.lines(painter)
            case Kind.WORD:
                targets.word(painter)
            case Kind.MANY:
                targets.many(painter)
            case Kind.LOSS:
                frame.loss(painter)
            case Kind.CAPTION:
                frame.caption(painter, self.state.columns[item.index])
            case Kind.DENSE:
                units.dense(painter, self.state.columns[item.index], exposed)
            case Kind.NAMES:
                frame.names(painter, self.state.columns[item.index])
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
            return self._dots(old.columns[item.index], self.state.columns[item.index], item.box)
        return [item.box] if before.sides == item.sides else [before.box, item.box]

    def large_changes(self, old: "Front") -> Iterator[tuple[Item, Item, list[QRectF]]]:
        """Large layers that look different from ``old``, which has the same geometry: before, now, and in which parts."""
        for key, item in self.groups[AROUND].items():
            before = old.groups[AROUND].get(key)
            if item.kind is Kind.DENSE and before is not None and before is not item:
                yield before, item, self._dots(old.state.columns[item.index], self.state.columns[item.index], item.box)

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
        unit.is_next and bool(unit.bias_text),
        unit.is_selected,
        unit.is_hovered,
        unit.is_faded,
        unit.is_sum_finite,
        accent,
    )


def _changed(old: Numbers, new: Numbers) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.empty(0, dtype=np.intp) if old == new else new.changed_from(old)
