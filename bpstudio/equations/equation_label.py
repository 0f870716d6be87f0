"""EquationLabel: a widget that shows equations one below the other, wrapped to its width, never clipped."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpstudio.equations.equation_painter import (
    Box,
    EquationLayout,
    Spot,
    height_of,
    line_width,
    paint_lines,
    set_in_lines,
    spots_of,
)
from bpstudio.explain.pieces import Piece
from bpstudio.look.drawing import draw_plate
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.model.address import Address
from bpstudio.viewstate.theme import Theme, mixed
from bpstudio.viewstate.why_state import canvas_address

MARGIN = 4.0
SMALLEST_PIXELS = 9.0


class EquationLabel(QWidget):
    """Shows pieces; ``plain`` is the same in words for screen readers and the tooltip.

    A symbol or number under the pointer is told by its address; those of what is hovered elsewhere stand on a plate.
    """

    address_hovered = Signal(object)
    address_clicked = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None, pixels: float = 15.0) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self._pieces: tuple[Piece, ...] = ()
        self._theme: Theme | None = None
        self._pixels = pixels
        self._lit: frozenset[Address] = frozenset()
        self._told: Address | None = None
        self._kept: dict[float, list[list[Box]]] = {}
        self._parts: dict[float, list[list[Box]]] = {}
        self.plain = ""

    def light(self, addresses: frozenset[Address]) -> None:
        """Put what belongs to these units, edges and biases on a plate; the same again does nothing."""
        if addresses != self._lit:
            self._lit = addresses
            self.update()

    def apply(self, pieces: tuple[Piece, ...], plain: str, theme: Theme) -> None:
        """Show these equations; the same again does nothing."""
        if pieces == self._pieces and theme == self._theme:
            return
        self._told = None
        self._forget()
        self._pieces, self._theme, self.plain = pieces, theme, plain
        self.setAccessibleName(plain)
        self.setToolTip(plain)
        self.setMinimumHeight(self.heightForWidth(max(60, self.width())))
        self.updateGeometry()
        self.update()

    def _lines(self, width: float) -> list[list[Box]]:
        if self._theme is None:
            return []
        if width not in self._kept:
            self._kept[width] = self._set(self._theme, width - 2 * MARGIN)
        return self._kept[width]

    def _set(self, theme: Theme, room: float) -> list[list[Box]]:
        """Lines that fit, in smaller letters where they do not; a layout asks for many widths, parts are laid out once."""
        pixels = self._pixels * text_scale()
        while True:
            if pixels not in self._parts:
                layout = EquationLayout(theme, pixels)
                self._parts[pixels] = [layout.parts(piece) for piece in self._pieces]
            found = [set_in_lines(parts, room) for parts in self._parts[pixels]]
            widest = max((line_width(lines) for lines in found), default=0.0)
            if widest <= room or pixels <= SMALLEST_PIXELS:
                return found
            pixels -= 1.0

    def _forget(self) -> None:
        """Lay out anew."""
        self._kept.clear()
        self._parts.clear()

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines at this width."""
        return int(sum(height_of(lines) for lines in self._lines(width)) + 2 * MARGIN) + 1

    def sizeHint(self) -> QSize:
        """As high as the lines need."""
        return QSize(220, self.heightForWidth(max(220, self.width())))

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._forget()
            self.setMinimumHeight(self.heightForWidth(max(60, self.width())))
            self.updateGeometry()
            self.update()

    def resizeEvent(self, event: object) -> None:
        """A narrower label may need more lines."""
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the equations."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            self._paint_plates(painter)
            y = MARGIN
            for lines in self._lines(self.width()):
                y = paint_lines(painter, MARGIN, y, lines)
            self._paint_rings(painter)

    def _lit_spots(self) -> list[QRectF]:
        """Where what is hovered or selected elsewhere stands."""
        if not self._lit:
            return []
        return [
            spot.rect.adjusted(-1.5, -1.0, 1.5, 1.0)
            for spot in self.spots()
            if canvas_address(spot.address) in self._lit
        ]

    def _paint_plates(self, painter: QPainter) -> None:
        if self._theme is not None:
            ground = mixed(self._theme.surface, self._theme.selection, 0.2 if self._theme.is_dark else 0.4)
            for rect in self._lit_spots():
                draw_plate(painter, rect, ground, None, 3.0)

    def _paint_rings(self, painter: QPainter) -> None:
        """Over the plate of the term at work, too."""
        if self._theme is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.selection if self._theme.is_dark else self._theme.quiet), 1.4))
            for rect in self._lit_spots():
                painter.drawRoundedRect(rect, 3.0, 3.0)

    def spots(self) -> list[Spot]:
        """Where the symbols and numbers stand that are numbers of the run."""
        found: list[Spot] = []
        y = MARGIN
        for lines in self._lines(self.width()):
            found += spots_of(MARGIN, y, lines)
            y += height_of(lines)
        return found

    def _address_at(self, place: QPointF) -> Address | None:
        return next((spot.address for spot in self.spots() if spot.rect.contains(place)), None)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the quantity under the pointer."""
        self._tell(self._address_at(event.position()))

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._tell(None)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a quantity selects it."""
        found = self._address_at(event.position())
        if found is not None and event.button() is Qt.MouseButton.LeftButton:
            self.address_clicked.emit(found)

    def _tell(self, address: Address | None) -> None:
        if address != self._told:
            self._told = address
            self.setCursor(Qt.CursorShape.PointingHandCursor if address else Qt.CursorShape.ArrowCursor)
            self.address_hovered.emit(address)
