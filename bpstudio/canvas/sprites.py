"""Small pictures of what lies over the edges: most of it stays from step to step, or soon looks again as it has looked before."""

from collections import OrderedDict

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from bpstudio.canvas.front import HINTS, Front, Item
from bpstudio.canvas.view import View

MOST_BYTES = 2 * 2**20
"""Pictures of what is not in sight any more are kept up to so many bytes in all."""
LARGEST = 300_000
"""Pixels of an item that is worth keeping; a larger one, zoomed in, is nearly all that is seen."""

Sprite = tuple[QPoint, QPixmap]
"""Where a picture lies, in pixels of the widget, and what is painted there."""


class Sprites:
    """Pictures by item, the longest unused of them given up for others. All are of one view."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Item, Sprite] = OrderedDict()
        self.nbytes = 0

    def draw(self, painter: QPainter, front: Front, rect: QRect, view: View) -> None:
        """Paint all items that reach into a rectangle of the widget, from the back to the front."""
        kept = self._kept
        items = front.reaching(view.unmap_rect(QRectF(rect)))
        for item in items:
            sprite = kept.get(item)
            if sprite is not None:
                kept.move_to_end(item)
                painter.drawPixmap(*sprite)
                continue
            place = view.snapped(item.box)
            if not view.grid or place.width() * place.height() > LARGEST:
                _draw_plainly(painter, front, item, view)
                continue
            sprite = kept[item] = (place.topLeft(), _painted(front, item, place, view))
            self.nbytes += _bytes_of(sprite)
            painter.drawPixmap(*sprite)
        while self.nbytes > MOST_BYTES and len(kept) > len(items):
            _, oldest = kept.popitem(last=False)
            self.nbytes -= _bytes_of(oldest)

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


def _painted(front: Front, item: Item, place: QRect, view: View) -> QPixmap:
    """An item alone on nothing, with the pixels it has in the whole picture."""
    picture = QPixmap(place.size() * view.ratio)
    picture.setDevicePixelRatio(view.ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHints(HINTS)
        painter.setTransform(view.transform * QTransform.fromTranslate(-place.left(), -place.top()))
        front.draw(painter, item, None)
    return picture


def _patch(sprite: Sprite, front: Front, item: Item, parts: list[QRectF], view: View) -> None:
    """Paint parts of an item anew."""
    corner, picture = sprite
    with QPainter(picture) as painter:
        painter.setRenderHints(HINTS)
        for part in parts:
            exposed = view.snapped(part)
            place = exposed.translated(-corner)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.fillRect(place, Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            painter.setClipRect(place)
            painter.setTransform(view.transform * QTransform.fromTranslate(-corner.x(), -corner.y()))
            front.draw(painter, item, view.unmap_rect(QRectF(exposed)))
            painter.resetTransform()
            painter.setClipping(False)


def _bytes_of(sprite: Sprite) -> int:
    return 4 * sprite[1].width() * sprite[1].height()
