"""Small pictures of what lies over the edges: most of it stays from step to step, or soon looks again as it has looked before."""

from collections import OrderedDict

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from bpstudio.canvas.front import HINTS, Front, Item
from bpstudio.canvas.view import View

MOST_BYTES = 2 * 2**20
"""Pictures of what is not in sight any more are kept up to so many bytes in all."""
LARGEST = 300_000
"""Pixels of an item that is worth keeping; a larger one, zoomed in, is nearly all that is seen."""

SCRATCH = QSize(256, 128)
"""Where small items are painted before they are copied: Qt takes longer to begin with a new picture than to paint a unit."""

Sprite = tuple[QPoint, QPixmap]
"""Where a picture lies, in pixels of the widget, and what is painted there."""


class Sprites:
    """Pictures by item, the longest unused of them given up for others. All are of one view."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Item, Sprite] = OrderedDict()
        self._scratch = QPixmap()
        self.nbytes = 0

    def draw(self, painter: QPainter, front: Front, rect: QRect, view: View) -> None:
        """Paint all items that reach into a rectangle of the widget, from the back to the front."""
        kept = self._kept
        items = front.reaching(view.unmap_rect(QRectF(rect)))
        missing = [item for item in items if item not in kept]
        if missing and view.grid:
            self._make(front, missing, view)
        for item in items:
            sprite = kept.get(item)
            if sprite is None:
                _draw_plainly(painter, front, item, view)
            else:
                kept.move_to_end(item)
                painter.drawPixmap(*sprite)
        while self.nbytes > MOST_BYTES and len(kept) > len(items):
            _, oldest = kept.popitem(last=False)
            self.nbytes -= _bytes_of(oldest)

    def _make(self, front: Front, items: list[Item], view: View) -> None:
        """Pictures of items that have none, with the pixels they have in the whole picture."""
        if self._scratch.isNull() or self._scratch.devicePixelRatio() != view.ratio:
            self._scratch = _blank(SCRATCH, view.ratio)
        with QPainter(self._scratch) as painter:
            painter.setRenderHints(HINTS)
            for item in items:
                place = view.snapped(item.box)
                area = QRect(QPoint(0, 0), place.size())
                if place.isEmpty():  # of nothing, Qt would copy everything
                    continue
                if place.width() <= SCRATCH.width() and place.height() <= SCRATCH.height():
                    _paint(painter, front, item, area, view, place.topLeft())
                    ratio = view.ratio
                    picture = self._scratch.copy(0, 0, round(area.width() * ratio), round(area.height() * ratio))
                elif place.width() * place.height() <= LARGEST:
                    picture = _blank(place.size(), view.ratio)
                    with QPainter(picture) as other:
                        other.setRenderHints(HINTS)
                        _paint(other, front, item, area, view, place.topLeft())
                else:
                    continue
                sprite = self._kept[item] = (place.topLeft(), picture)
                self.nbytes += _bytes_of(sprite)

    def follow(self, old: Front, new: Front, view: View) -> None:
        """Patch the pictures of large layers, which take long to be painted as a whole."""
        for before, item, parts in new.large_changes(old):
            sprite = self._kept.pop(before, None)
            if sprite is None:
                continue
            if before.sides != item.sides or item in self._kept:
                self.nbytes -= _bytes_of(sprite)
                continue
            _patch(sprite, new, item, parts, view)
            self._kept[item] = sprite

    def forget(self) -> None:
        """Give the memory back."""
        self._kept.clear()
        self.nbytes = 0


def _draw_plainly(painter: QPainter, front: Front, item: Item, view: View) -> None:
    painter.save()
    view.set_up(painter)
    front.draw(painter, item, None)
    painter.restore()


def _blank(size: QSize, ratio: float) -> QPixmap:
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _patch(sprite: Sprite, front: Front, item: Item, parts: list[QRectF], view: View) -> None:
    """Paint parts of an item anew."""
    corner, picture = sprite
    with QPainter(picture) as painter:
        painter.setRenderHints(HINTS)
        for part in parts:
            area = view.snapped(part).translated(-corner)
            painter.setClipRect(area)
            _paint(painter, front, item, area, view, corner)
            painter.setClipping(False)


def _paint(painter: QPainter, front: Front, item: Item, area: QRect, view: View, corner: QPoint) -> None:
    """Paint an item in place of what is in ``area``; ``corner`` is where the picture lies in the widget."""
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.fillRect(area, Qt.GlobalColor.transparent)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    painter.setTransform(view.transform * QTransform.fromTranslate(-corner.x(), -corner.y()))
    front.draw(painter, item, view.unmap_rect(QRectF(area.translated(corner))))
    painter.resetTransform()


def _bytes_of(sprite: Sprite) -> int:
    return 4 * sprite[1].width() * sprite[1].height()
