"""What must be painted anew when one state follows another: the edges, and which parts of what lies over them."""

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from bpstudio.canvas.frame_painter import FramePainter
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.layers import Scene
from bpstudio.canvas.painter import units_rect
from bpstudio.canvas.unit_painter import UnitPainter
from bpstudio.viewstate.canvas_state import CanvasState, ColumnState
from bpstudio.viewstate.numbers import Numbers

HEAVY = 1_400
"""From so many edges on, painting them all takes longer than a frame."""
FEW = 0.05
"""A share of changed edges that can wait for a sharp picture: those at work are drawn exactly at once."""
MOST_PATCHES = 24
SPARK_ROOM = 22.0


def is_heavy(state: CanvasState) -> bool:
    """Whether painting all edges takes longer than a frame."""
    return sum(band.numbers.size for band in state.bands) > HEAVY


def have_edges_changed(old: CanvasState, new: CanvasState) -> bool:
    """Whether the edges below everything look different."""
    return old.bands != new.bands or old.edge_scale != new.edge_scale or (old.focus is None) != (new.focus is None)


def are_few_changed(old: CanvasState, new: CanvasState) -> bool:
    """Whether so little of the edges has changed that it need not be seen at once."""
    if old.edge_scale != new.edge_scale or (old.focus is None) != (new.focus is None):
        return False
    pairs = list(zip(old.bands, new.bands, strict=True))
    if any(a.numbers.values.shape != b.numbers.values.shape for a, b in pairs):
        return False
    changed = sum(len(b.numbers.changed_from(a.numbers)) for a, b in pairs if a != b)
    return changed <= FEW * sum(band.numbers.size for band in new.bands)


def front_changes(old: Scene, new: Scene) -> list[QRectF] | None:
    """The parts over the edges that differ, in the geometry both share; None for all of it."""
    before, after = old.state, new.state
    if before.has_all_labels != after.has_all_labels or before.focus != after.focus:
        return None
    found = [*_units(old, new), *_labels(old, new)]
    for first, second in zip(before.columns, after.columns, strict=True):
        found += _dots(first, second, new.geometry)
        if (first.title, first.caption) != (second.title, second.caption):
            return None
    frame = _frame(new)
    if before.loss != after.loss or old.geometry.loss_rect != new.geometry.loss_rect:
        found.append(frame.loss_bounds())
    if (before.legend, before.hint) != (after.legend, after.hint):
        found.append(frame.legend_bounds())
    return None if len(found) > MOST_PATCHES else found


def _frame(scene: Scene) -> FramePainter:
    return FramePainter(QPainter(), scene.state, scene.theme, scene.geometry)


def _units(old: Scene, new: Scene) -> Iterable[QRectF]:
    """Around units that have changed, appeared or gone; all when the accent of those at work is another."""
    painters = [UnitPainter(QPainter(), scene.state, scene.theme, scene.geometry) for scene in (old, new)]
    units = [{(u.layer, u.index): u for column in scene.state.columns for u in column.units} for scene in (old, new)]
    has_other_accent = old.state.accent != new.state.accent
    for key in units[0].keys() | units[1].keys():
        first, second = units[0].get(key), units[1].get(key)
        if first != second or (has_other_accent and second is not None and second.mark):
            for unit, painter in zip((first, second), painters, strict=True):
                if unit is not None:
                    yield painter.bounds(unit)


def _labels(old: Scene, new: Scene) -> Iterable[QRectF]:
    """Around numbers of edges that have changed, appeared or gone."""
    frames = [_frame(scene) for scene in (old, new)]
    edges = [{(e.layer, e.unit, e.source): e for e in scene.state.edges} for scene in (old, new)]
    has_other_accent = old.state.accent != new.state.accent
    for key in edges[0].keys() | edges[1].keys():
        first, second = edges[0].get(key), edges[1].get(key)
        if first != second or (has_other_accent and second is not None and second.mark):
            for edge, frame in zip((first, second), frames, strict=True):
                if edge is not None and frame.has_label(edge):
                    yield frame.label_rect(edge).adjusted(-2.0, -2.0, 2.0, 2.0)


def _dots(old: ColumnState, new: ColumnState, geometry: Geometry) -> list[QRectF]:
    """Around what has changed in a large layer."""
    if new.is_roomy:
        return []
    whole = units_rect(geometry, new.layer)
    if old.scale != new.scale or old.delta_scale != new.delta_scale or old.is_faded != new.is_faded:
        return [whole]
    pairs = [(old.numbers, new.numbers)]
    if old.deltas is not None and new.deltas is not None:
        pairs.append((old.deltas, new.deltas))
    changed = np.concatenate([_changed(*pair) for pair in pairs])
    if not len(changed):
        return []
    column = geometry.layers[new.layer]
    if column.cell:
        return [whole]
    places, reach = column.centres[changed], column.radius + 3.0
    corner = QPointF(float(places[:, 0].min()) - reach, float(places[:, 1].min()) - reach)
    end = QPointF(float(places[:, 0].max()) + reach + SPARK_ROOM, float(places[:, 1].max()) + reach)
    return [QRectF(corner, end)]


def _changed(old: Numbers, new: Numbers) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.empty(0, dtype=np.intp) if old == new else new.changed_from(old)
