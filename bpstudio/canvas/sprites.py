"""Small pictures of units: those at work take turns, and soon look again as they have looked before."""

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from bpstudio.canvas.front import HINTS, Front, Item, Kind

MOST_BYTES = 2 * 2**20
LARGEST = 40_000
"""Pixels of a unit that is worth keeping."""

Sprite = tuple[QPoint, QPixmap]
"""Where a picture lies, in pixels of the widget, and what is painted there."""


class Sprites:
    """Pictures by item, the longest unused of them given up for others. All are of one view."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Item, Sprite] = OrderedDict()
        self.nbytes = 0

    def get(self, item: Item) -> Sprite | None:
        """An item as it was painted before."""
        found = self._kept.get(item)
        if found is not None:
            self._kept.move_to_end(item)
        return found

    def keep(self, item: Item, place: QRect, picture: QPixmap) -> None:
        """Keep how an item is painted."""
        self._kept[item] = (place.topLeft(), picture)
        self.nbytes += _bytes_of(picture)
        while self.nbytes > MOST_BYTES and len(self._kept) > 1:
            _, (_, oldest) = self._kept.popitem(last=False)
            self.nbytes -= _bytes_of(oldest)

    def forget(self) -> None:
        """Give the memory back."""
        self._kept.clear()
        self.nbytes = 0


def can_be_sprite(item: Item, below: Sequence[Item]) -> bool:
    """Whether an item looks the same painted aside, because it lies on nothing, and comes back often enough."""
    return item.kind in (Kind.DISC, Kind.RING) and _lies_free(item, below)


def _lies_free(item: Item, below: Sequence[Item]) -> bool:
    """Whether none of the items below reaches into what an item may cover; a ring has its own unit inside."""
    left, top, right, bottom = item.sides
    for other in below:
        sides = other.sides
        if (
            sides[0] < right
            and sides[2] > left
            and sides[1] < bottom
            and sides[3] > top
            and not _is_inside(other, item)
        ):
            return False
    return True


def _is_inside(disc: Item, ring: Item) -> bool:
    """Whether a ring goes around a disc without touching it, which it does where the unit has no halo."""
    is_pair = ring.kind is Kind.RING and disc.kind is Kind.DISC and ring.index == disc.index
    return is_pair and ring.look[0] == disc.look[0] and not ring.look[-1]


def paint_sprite(front: Front, item: Item, place: QRect, transform: QTransform, ratio: float) -> QPixmap:
    """Paint an item alone on nothing, with the pixels it has in the whole picture."""
    picture = QPixmap(place.size() * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHints(HINTS)
        painter.setTransform(transform * QTransform.fromTranslate(-place.left(), -place.top()))
        front.draw(painter, item, None)
    return picture


def part_of(picture: QPixmap, place: QRect) -> QPixmap:
    """What is painted in a part of a picture; its pixels are a whole number to one of the widget."""
    ratio = round(picture.devicePixelRatio())
    return picture.copy(place.left() * ratio, place.top() * ratio, place.width() * ratio, place.height() * ratio)


def _bytes_of(picture: QPixmap) -> int:
    return 4 * picture.width() * picture.height()
