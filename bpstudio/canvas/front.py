"""All that lies over the edges, as items in the order they are painted: what has changed, and what reaches where."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState, UnitState
from bpstudio.viewstate.numbers import Numbers
from bpstudio.viewstate.theme import Theme

Draw = Callable[[QPainter, QRectF | None], None]
SPARK_ROOM = 22.0
NAME_ROOM = 130.0


@dataclass(slots=True)
class Item:
    """Something painted as one: ``content`` is all that it looks like; equal contents look the same in the same geometry."""

    content: object
    find_bounds: Callable[[], QRectF]
    draw: Draw
    _bounds: QRectF | None = field(default=None)

    @property
    def bounds(self) -> QRectF:
        """What it may cover."""
        if self._bounds is None:
            self._bounds = self.find_bounds()
        return self._bounds


class Front:
    """The items of one state in one geometry; those that look as they did in ``before`` are taken from it."""

    def __init__(self, state: CanvasState, theme: Theme, geometry: Geometry, before: "Front | None" = None) -> None:
        self.state = state
        self.geometry = geometry
        self._units = UnitPainter(state, theme, geometry)
        self._frame = FramePainter(state, theme, geometry)
        self._before = {} if before is None else before.items
        self.items: dict[tuple[object, ...], Item] = {}
        self._collect()
        self._before = {}

    def _add(self, key: tuple[object, ...], content: object, bounds: Callable[[], QRectF], draw: Draw) -> None:
        old = self._before.get(key)
        self.items[key] = old if old is not None and old.content == content else Item(content, bounds, draw)

    def _collect(self) -> None:
        state, frame, units = self.state, self._frame, self._units
        accent = state.accent
        for edge in state.edges:
            if frame.has_label(edge):
                self._add(
                    ("label", edge.layer, edge.unit, edge.source),
                    (edge, accent if edge.mark else None, frame.label_rect(edge).getRect()),
                    lambda e=edge: frame.label_rect(e).adjusted(-2.0, -2.0, 2.0, 2.0),  # type: ignore[misc]
                    lambda painter, _, e=edge: frame.label(painter, e),  # type: ignore[misc]
                )
        loss = state.loss
        rect = self.geometry.loss_rect
        targets = (loss.targets, loss.target_symbols, loss.target_numbers, state.columns[-1].labels, rect.left())
        self._add(("targets",), targets, frame.targets_bounds, frame.targets)
        node = (loss.symbol, loss.text, loss.is_done, loss.mark, accent if loss.mark else None, rect.getRect())
        self._add(("loss",), node, frame.loss_bounds, lambda painter, _: frame.loss(painter))
        for column in state.columns:
            self._add_column(column)
        shown = [unit for column in state.columns for unit in column.units]
        for unit in shown:
            label = self._label(unit)
            column = state.columns[unit.layer]
            scale = None if column.is_roomy else column.scale
            self._add(
                ("disc", unit.layer, unit.index),
                (unit, label, accent if unit.mark else None, scale),
                lambda u=unit: units.disc_bounds(u),  # type: ignore[misc]
                lambda painter, _, u=unit, w=label: units.disc(painter, u, w),  # type: ignore[misc]
            )
        for unit in shown:
            if units.has_notes(unit):
                self._add(
                    ("notes", unit.layer, unit.index),
                    (unit, accent),
                    lambda u=unit: units.notes_bounds(u),  # type: ignore[misc]
                    lambda painter, _, u=unit: units.notes(painter, u),  # type: ignore[misc]
                )
        self._add(("legend",), state.legend, frame.legend_bounds, lambda painter, _: frame.legend(painter))
        self._add(("hint",), state.hint, frame.hint_bounds, lambda painter, _: frame.hint(painter))

    def _label(self, unit: UnitState) -> str:
        column = self.state.columns[unit.layer]
        has_label = unit.layer == 0 and column.is_roomy and 0 <= unit.index < len(column.labels)
        return column.labels[unit.index] if has_label else ""

    def _add_column(self, column: ColumnState) -> None:
        frame, units = self._frame, self._units
        self._add(
            ("caption", column.layer),
            (column.title, column.caption, column.formula, frame.has_formulas),
            lambda: frame.caption_bounds(column),
            lambda painter, _: frame.caption(painter, column),
        )
        if column.is_roomy:
            return
        self._add(
            ("dense", column.layer),
            (column.numbers, column.deltas, column.scale, column.delta_scale, column.is_faded, column.labels),
            lambda: self.geometry.layers[column.layer].rect.adjusted(-NAME_ROOM, -4.0, SPARK_ROOM + 4.0, 4.0),
            lambda painter, exposed: units.dense(painter, column, exposed),
        )
        self._add(
            ("names", column.layer),
            column.labels,
            lambda: self.geometry.layers[column.layer].rect.adjusted(-NAME_ROOM, -4.0, 0.0, 4.0),
            lambda painter, _: frame.names(painter, column),
        )

    def paint(self, painter: QPainter, exposed: QRectF | None = None) -> None:
        """Paint everything; with ``exposed`` only what reaches into that part."""
        items = list(self.items.values())
        for item in items if exposed is None else [item for item in items if exposed.intersects(item.bounds)]:
            item.draw(painter, exposed)

    def changes_from(self, old: "Front") -> list[QRectF]:
        """The parts that look different from ``old``, which has the same geometry."""
        found: list[QRectF] = []
        gone = [(key, None) for key in old.items if key not in self.items]
        for key, second in (*self.items.items(), *gone):
            first = old.items.get(key)
            if first is second:
                continue
            if key[0] == "dense" and first is not None and second is not None:
                layer = key[1]
                if isinstance(layer, int):
                    found += self._dots(old.state.columns[layer], self.state.columns[layer], second.bounds)
                continue
            found += [item.bounds for item in (first, second) if item is not None]
        return found

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


def _changed(old: Numbers, new: Numbers) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.empty(0, dtype=np.intp) if old == new else new.changed_from(old)
