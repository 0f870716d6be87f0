"""Small pictures of items that lie on nothing: units and edges at work soon look again as they have looked before."""

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPixmap

from bpstudio.canvas.front import Item

MOST_BYTES = 2 * 2**20
LARGEST = 40_000
"""Pixels of an item that is worth keeping."""


class Sprites:
    """Pictures by item, the longest unused of them given up for others. All are of one view."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Item, tuple[QPoint, QPixmap]] = OrderedDict()
        self.nbytes = 0

    def get(self, item: Item) -> tuple[QPoint, QPixmap] | None:
        """Where an item lies and how it was painted, if it is kept."""
        found = self._kept.get(item)
        if found is not None:
            self._kept.move_to_end(item)
        return found

    def wants(self, item: Item) -> bool:
        """Whether an item is worth keeping and not there."""
        return item.subject is not None and item not in self._kept

    def keep(self, item: Item, place: QRect, picture: QPixmap) -> None:
        """Keep an item, which covers ``place`` of a picture alone; not where pixels of the widget are parts of pixels."""
        ratio = picture.devicePixelRatio()
        if place.width() * place.height() > LARGEST or ratio != round(ratio):
            return
        whole = round(ratio)
        copy = picture.copy(place.left() * whole, place.top() * whole, place.width() * whole, place.height() * whole)
        self._kept[item] = (place.topLeft(), copy)
        self.nbytes += _bytes_of(copy)
        while self.nbytes > MOST_BYTES:
            _, (_, oldest) = self._kept.popitem(last=False)
            self.nbytes -= _bytes_of(oldest)

    def forget(self) -> None:
        """Give the memory back."""
        self._kept.clear()
        self.nbytes = 0


def lies_free(item: Item, others: Sequence[Item]) -> bool:
    """Whether none of the others reaches into what an item may cover."""
    left, top, right, bottom = item.sides
    for other in others:
        sides = other.sides
        if other is not item and sides[0] < right and sides[2] > left and sides[1] < bottom and sides[3] > top:
            return False
    return True


def _bytes_of(picture: QPixmap) -> int:
    return 4 * picture.width() * picture.height()
