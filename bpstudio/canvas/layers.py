"""The pictures that the canvas keeps: one of the edges, and small ones of what lies over them.

That of the edges is blitted, patched, scaled at once and made sharp in slices.
"""

import itertools
import math
import time
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from bpstudio.canvas.density import Densities
from bpstudio.canvas.edge_changes import (
    MOST_PATCHED,
    Changed,
    are_all_lines,
    boxes_along,
    changed_edges,
    count_of,
    reaching_lines,
    rooms_of,
)
from bpstudio.canvas.edge_lines import draw_lines, line_ends
from bpstudio.canvas.edge_painter import EdgePainter, Part
from bpstudio.canvas.front import HINTS, Front
from bpstudio.canvas.geometry import Geometry
from bpstudio.canvas.sprites import Sprites
from bpstudio.canvas.view import View
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.theme import Theme

THIN = 1.05
"""Lines of up to one pixel are painted by another part of Qt."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is painted: a state in a theme, laid out."""

    state: CanvasState
    theme: Theme
    geometry: Geometry
    front: Front


class Layers:
    """The picture of the edges, and sprites of what lies over them."""

    def __init__(self) -> None:
        self.view: View | None = None
        self._edges = QPixmap()
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
        pictures = [self._edges, self._aside, *([self._refining[1]] if self._refining else [])]
        return sum(4 * picture.width() * picture.height() for picture in pictures) + self._sprites.nbytes

    # Making.

    def paint(self, scene: Scene, view: View) -> None:
        """Make the picture of the edges now, in another view."""
        self.paint_edges(scene, view)
        self.view, self._is_flat = view, False
        self._sprites.forget()

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
        elif count_of(changed) > MOST_PATCHED or view.ratio != round(view.ratio):
            self._renew_bands(scene, view, changed)
        else:
            self._patch_edges(scene, view, changed)
        self._compared = None
        if changed is not None:
            self._lines_of = scene.state

    def _renew_bands(self, scene: Scene, view: View, changed: Changed) -> None:
        """Paint the bands anew that have changed, or all where bands reach into each other."""
        bands = scene.state.bands
        rooms = [view.snapped(room) for room in rooms_of(bands, scene.geometry)]
        if any(one.intersects(other) for one, other in itertools.pairwise(rooms)):
            chosen = list(range(len(bands)))
        else:
            chosen = [edges.band.layer - 1 for edges in changed]
        with QPainter(self._edges) as painter:
            for index in chosen:
                painter.fillRect(rooms[index], QColor(scene.theme.background))
            _prepare(painter, view)
            edge_painter = EdgePainter(scene.state, scene.theme, scene.geometry, self._densities, is_screen=True)
            edge_painter.paint_lines(painter, [bands[index] for index in chosen])

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

    def discard(self) -> None:
        """Nothing that is kept is true any more."""
        self.view, self._refining, self._lines_of, self._compared = None, None, None, None
        self._sprites.forget()

    def forget(self) -> None:
        """Give the memory back."""
        self.discard()
        self._edges, self._aside = QPixmap(), QPixmap()
        self._densities.forget()

    # Scaled at once, sharp in slices.

    def flatten(self, front: Front, paint_between: Part) -> None:
        """Make one picture of all, which can be scaled quickly; ``paint_between`` adds what lies between edges and units."""
        view = self.view
        if self._is_flat or view is None:
            return
        with QPainter(self._edges) as painter:
            painter.save()
            view.set_up(painter)
            paint_between(painter)
            painter.restore()
            self._sprites.draw(painter, front, QRect(QPoint(0, 0), view.size), view)
        self._sprites.forget()
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

    def draw_front(self, painter: QPainter, rect: QRect, view: View, front: Front) -> None:
        """What lies over the edges, from the back to the front."""
        self._sprites.draw(painter, front, rect, view)

    def follow(self, old: Front, new: Front) -> None:
        """Bring up to date what is too large to be painted anew for each small change; both have the same geometry."""
        if self.view is not None and not self._is_flat:
            self._sprites.follow(old, new, self.view)

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


def _prepare(painter: QPainter, view: View) -> None:
    """A clip of the whole picture lets thin lines be painted several times quicker."""
    painter.setClipRect(QRect(0, 0, view.size.width(), view.size.height()))
    view.set_up(painter)


def _blit(painter: QPainter, picture: QPixmap, rect: QRect, ratio: float) -> None:
    source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
    painter.drawPixmap(QRectF(rect), picture, source)
