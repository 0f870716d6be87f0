"""The pictures that the canvas keeps: edges below, units above; blitted, patched, scaled at once and made sharp in slices."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import field

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion, QTransform

from bpstudio.canvas.density import Densities
from bpstudio.canvas.edge_changes import (
    MOST_CHANGED,
    Changed,
    are_all_lines,
    boxes_along,
    changed_edges,
    count_of,
    reaching_lines,
    room_of_lines,
)
from bpstudio.canvas.edge_lines import draw_lines, line_ends
from bpstudio.canvas.edge_painter import EdgePainter, Part
from bpstudio.canvas.front import HINTS, Front, Item, Kind
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.sprites import LARGEST, Sprites, can_be_sprite, paint_sprite, part_of
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme

THIN = 1.05
"""Lines of up to one pixel are painted by another part of Qt."""


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the network is seen: the widget's size and pixel ratio, zoom, offset, and the scale of the fitted network."""

    size: QSize
    ratio: float
    zoom: float
    offset: QPointF
    scale: float
    transform: QTransform = field(init=False, compare=False)

    def __post_init__(self) -> None:
        factor = self.zoom * self.scale
        made = QTransform(factor, 0.0, 0.0, factor, self.offset.x(), self.offset.y())
        object.__setattr__(self, "transform", made)

    @property
    def factor(self) -> float:
        """Widget pixels for one of the geometry."""
        return self.zoom * self.scale

    def map(self, place: QPointF) -> QPointF:
        """From the geometry to the widget."""
        return place * self.factor + self.offset

    def unmap(self, place: QPointF) -> QPointF:
        """From the widget to the geometry."""
        return (place - self.offset) / self.factor

    def map_rect(self, rect: QRectF) -> QRect:
        """A rectangle of the geometry as whole pixels of the widget, a little larger."""
        factor, x, y = self.factor, self.offset.x(), self.offset.y()
        left, top = rect.left(), rect.top()
        first, upper = math.floor(left * factor + x) - 1, math.floor(top * factor + y) - 1
        last = math.ceil((left + rect.width()) * factor + x) + 1
        return QRect(first, upper, last - first, math.ceil((top + rect.height()) * factor + y) + 1 - upper)

    def unmap_rect(self, rect: QRectF) -> QRectF:
        """A rectangle of the widget in the geometry."""
        factor = self.factor
        left, top = (rect.left() - self.offset.x()) / factor, (rect.top() - self.offset.y()) / factor
        return QRectF(left, top, rect.width() / factor, rect.height() / factor)

    def set_up(self, painter: QPainter) -> None:
        """Let a painter of the widget paint in the geometry."""
        painter.setRenderHints(HINTS)
        painter.translate(self.offset)
        painter.scale(self.factor, self.factor)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is painted: a state in a theme, laid out."""

    state: CanvasState
    theme: Theme
    geometry: Geometry
    front: Front


class Layers:
    """The picture of the edges, opaque, and that of all that lies over them, transparent elsewhere."""

    def __init__(self) -> None:
        self.view: View | None = None
        self._edges = QPixmap()
        self._front = QPixmap()
        self._is_flat = False
        self._densities = Densities()
        self._sprites = Sprites()
        self._refining: tuple[View, QPixmap, Iterator[Part]] | None = None
        self._aside = QPixmap()
        self._lines_of: CanvasState | None = None
        self._compared: tuple[CanvasState, CanvasState, Changed | None] | None = None

    @property
    def is_sharp(self) -> bool:
        """Whether nothing is left to be made sharp."""
        return self.view is not None and not self._is_flat and self._refining is None

    @property
    def is_flat(self) -> bool:
        """Whether there is one picture only, to be scaled."""
        return self._is_flat

    @property
    def nbytes(self) -> int:
        """Bytes that the pictures take."""
        pictures = [self._edges, self._front, self._aside, *([self._refining[1]] if self._refining else [])]
        return sum(4 * picture.width() * picture.height() for picture in pictures) + self._sprites.nbytes

    # Making.

    def paint(self, scene: Scene, view: View) -> None:
        """Make both pictures now."""
        self.paint_edges(scene, view)
        self.view, self._is_flat = view, False
        self._paint_front(scene, view)

    def paint_edges(self, scene: Scene, view: View) -> None:
        """Make the picture of the edges now."""
        self._refining = None
        if self._edges.size() != view.size * view.ratio:
            self._edges = QPixmap(view.size * view.ratio)
            self._edges.setDevicePixelRatio(view.ratio)
        self._edges.fill(QColor(scene.theme.background))
        self._draw_edges(scene, view)

    def _draw_edges(self, scene: Scene, view: View) -> None:
        with QPainter(self._edges) as painter:
            _prepare(painter, view)
            for part in self._parts(scene):
                part(painter)
        self._lines_of = scene.state if are_all_lines(scene.state) else None

    def changed_edges(self, old: CanvasState, new: CanvasState) -> Changed | None:
        """What :func:`edge_changes.changed_edges` says; kept, for it is asked when a state comes and when it is painted."""
        if self._compared is None or self._compared[0] is not old or self._compared[1] is not new:
            self._compared = (old, new, changed_edges(old, new))
        return self._compared[2]

    def renew_edges(self, scene: Scene) -> None:
        """Bring the picture of the edges up to date: only around those that look different, where they are few."""
        view, before = self.view, self._lines_of
        if view is None:
            return
        changed = None if before is None or self._is_flat else self.changed_edges(before, scene.state)
        if changed is None:
            self.paint_edges(scene, view)
        elif count_of(changed) > MOST_CHANGED or view.ratio != round(view.ratio):
            with QPainter(self._edges) as painter:
                painter.fillRect(view.map_rect(room_of_lines(scene.geometry)), QColor(scene.theme.background))
            self._draw_edges(scene, view)
        else:
            self._patch_edges(scene, view, changed)
        self._compared = None
        if changed is not None:
            self._lines_of = scene.state

    def _patch_edges(self, scene: Scene, view: View, changed: Changed) -> None:
        """Paint in a picture aside, whole lines without a clip: a clipped one has other pixels at its rims."""
        if not changed:
            return
        lines = np.concatenate([line_ends(edges, scene.geometry) for edges in changed])
        boxes = [view.map_rect(box) for box in boxes_along(lines, 1.0 / view.factor)]
        region = QRegion()
        for box in boxes:
            region += box
        if self._aside.size() != self._edges.size():
            self._aside = QPixmap(self._edges.size())
            self._aside.setDevicePixelRatio(view.ratio)
        with QPainter(self._aside) as painter:
            painter.fillRect(region.boundingRect().adjusted(-2, -2, 2, 2), QColor(scene.theme.background))
            self._draw_lines(painter, scene, view, lines, region)
        # Without a clip: Qt would hand the work to other threads and wait for them.
        with QPainter(self._edges) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            ratio = round(view.ratio)
            for box in boxes:
                painter.drawPixmap(box.topLeft(), self._aside, QRect(box.topLeft() * ratio, box.size() * ratio))

    def _draw_lines(self, painter: QPainter, scene: Scene, view: View, others: Array, region: QRegion) -> None:
        """The lines that reach into the boxes along others, with the pixels they have in the whole picture.

        A clip takes time off wide lines and changes none of their pixels, if its outer bounds are those of the picture; lines of
        one pixel, which Qt paints another way, go without.
        """
        whole = QRect(QPoint(0, 0), view.size)
        around = region.united(QRect(0, 0, 1, 1)).united(QRect(whole.bottomRight(), QSize(1, 1)))
        edge_painter = EdgePainter(scene.state, scene.theme, scene.geometry, self._densities, is_screen=True)
        clip = QRegion()
        painter.setRenderHints(HINTS)
        for band in scene.state.bands:
            for pen, ends in edge_painter.strokes(reaching_lines(band, scene.geometry, others, 1.0 / view.factor)):
                wanted = around if pen.widthF() * view.factor * view.ratio > THIN else QRegion(whole)
                if clip != wanted:
                    clip = wanted
                    painter.resetTransform()
                    painter.setClipRegion(clip)
                    painter.setTransform(view.transform)
                painter.setPen(pen)
                draw_lines(painter, ends)

    def _parts(self, scene: Scene) -> Iterator[Part]:
        return EdgePainter(scene.state, scene.theme, scene.geometry, self._densities, is_screen=True).parts()

    def _paint_front(self, scene: Scene, view: View) -> None:
        """Make the upper picture now."""
        self._front = _blank(view)
        with QPainter(self._front) as painter:
            view.set_up(painter)
            scene.front.paint(painter)

    def patch_front(self, scene: Scene, rects: Iterable[QRect]) -> None:
        """Paint parts of the upper picture anew, given in pixels of the widget."""
        if self.view is None or self._is_flat:
            return
        whole = QRect(0, 0, self.view.size.width(), self.view.size.height())
        parts = joined([rect & whole for rect in rects])
        with QPainter(self._front) as painter:
            painter.setRenderHints(HINTS)
            for part in parts:
                self._patch(painter, scene.front, part, self.view)

    def _patch(self, painter: QPainter, front: Front, part: QRect, view: View) -> None:
        """Paint a part anew; units that have looked like that before, as they were kept."""
        # Nothing is copied over it: clearing would wait for other threads.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(part, Qt.GlobalColor.transparent)
        exposed = view.unmap_rect(QRectF(part))
        items = front.reaching(exposed)
        if not items:
            return
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setClipRect(part)
        for index, item in enumerate(items):
            can_keep = view.ratio == round(view.ratio) and can_be_sprite(item, items[:index])
            sprite = self._sprites.get(item) if can_keep else None
            if sprite is not None:
                painter.drawPixmap(*sprite)
                continue
            painter.setTransform(view.transform)
            front.draw(painter, item, exposed)
            painter.resetTransform()
            if can_keep:
                self._keep(item, part, view, front)
        painter.setClipping(False)

    def _keep(self, item: Item, part: QRect, view: View, front: Front) -> None:
        """Keep an item just painted; a ring is painted again without its unit."""
        place = view.map_rect(item.box)
        if not part.contains(place) or place.width() * place.height() > LARGEST:
            return
        if item.kind is Kind.RING:
            self._sprites.keep(item, place, paint_sprite(front, item, place, view.transform, view.ratio))
        else:
            self._sprites.keep(item, place, part_of(self._front, place))

    def discard(self) -> None:
        """Nothing that is kept is true any more."""
        self.view, self._refining, self._lines_of, self._compared = None, None, None, None
        self._sprites.forget()

    def forget(self) -> None:
        """Give the memory back."""
        self.discard()
        self._edges, self._front, self._aside = QPixmap(), QPixmap(), QPixmap()
        self._densities.forget()

    # Scaled at once, sharp in slices.

    def flatten(self, paint_between: Part) -> None:
        """Make one picture of all, which can be scaled quickly; ``paint_between`` adds what lies between edges and units."""
        if self._is_flat or self.view is None:
            return
        with QPainter(self._edges) as painter:
            painter.save()
            self.view.set_up(painter)
            paint_between(painter)
            painter.restore()
            painter.drawPixmap(0, 0, self._front)
        self._front = QPixmap()
        self._is_flat = True

    def refine(self, scene: Scene, view: View) -> None:
        """Begin to make sharp pictures of ``view``; ``advance`` does the work."""
        picture = QPixmap(view.size * view.ratio)
        picture.setDevicePixelRatio(view.ratio)
        picture.fill(QColor(scene.theme.background))
        self._refining = (view, picture, self._parts(scene))

    def advance(self, scene: Scene, seconds: float) -> bool:
        """Work for about this long; True when the sharp pictures have taken the place of the others."""
        if self._refining is None:
            return True
        view, picture, parts = self._refining
        until = time.perf_counter() + seconds
        with QPainter(picture) as painter:
            _prepare(painter, view)
            for part in parts:
                part(painter)
                if time.perf_counter() >= until:
                    return False
        is_moved = self._is_flat or self.view != view
        self._edges, self._refining, self._lines_of = picture, None, None
        self.view, self._is_flat = view, False
        if is_moved:
            self._sprites.forget()
            self._paint_front(scene, view)
        return True

    # Showing.

    def draw_edges(self, painter: QPainter, rect: QRect, view: View) -> bool:
        """Blit the lower picture; True when the upper one and what lies between is in it already, because it is scaled."""
        if self.view is None:
            return True
        if self._is_flat or self.view != view:
            self._draw_scaled(painter, rect, view)
            return True
        _blit(painter, self._edges, rect, view.ratio)
        return False

    def draw_front(self, painter: QPainter, rect: QRect, view: View) -> None:
        """Blit the upper picture."""
        _blit(painter, self._front, rect, view.ratio)

    def _draw_scaled(self, painter: QPainter, rect: QRect, view: View) -> None:
        """The picture of another view, moved and scaled to this one."""
        old = self.view
        if old is None:
            return
        share = view.factor / old.factor
        corner = view.offset - old.offset * share
        target = QRectF(corner.x(), corner.y(), old.size.width() * share, old.size.height() * share)
        if not target.contains(QRectF(rect)):
            painter.fillRect(rect, self._edges.toImage().pixelColor(0, 0))
        if math.isclose(share, 1.0):
            painter.drawPixmap(corner, self._edges)
        else:
            painter.drawPixmap(target, self._edges, QRectF(self._edges.rect()))


def joined(rects: Iterable[QRect]) -> list[QRect]:
    """Rectangles that cover the same and do not overlap."""
    found: list[QRect] = []
    for rect in rects:
        if rect.isEmpty():
            continue
        grown = rect
        while touching := [other for other in found if other.intersects(grown)]:
            found = [other for other in found if other not in touching]
            for other in touching:
                grown = grown.united(other)
        found.append(grown)
    return found


def _blank(view: View) -> QPixmap:
    picture = QPixmap(view.size * view.ratio)
    picture.setDevicePixelRatio(view.ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _prepare(painter: QPainter, view: View) -> None:
    """A clip of the whole picture lets thin lines be painted several times quicker."""
    painter.setClipRect(QRect(0, 0, view.size.width(), view.size.height()))
    view.set_up(painter)


def _blit(painter: QPainter, picture: QPixmap, rect: QRect, ratio: float) -> None:
    source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
    painter.drawPixmap(QRectF(rect), picture, source)
