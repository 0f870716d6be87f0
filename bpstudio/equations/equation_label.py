"""EquationLabel: a widget that shows equations one below the other, wrapped to its width, never clipped."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpstudio.equations.equation_painter import Box, EquationLayout, height_of, line_width, paint_lines
from bpstudio.explain.pieces import Piece
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.viewstate.theme import Theme

MARGIN = 4.0
SMALLEST_PIXELS = 9.0


class EquationLabel(QWidget):
    """Shows pieces; ``plain`` is the same in words for screen readers and the tooltip."""

    def __init__(self, name: str, parent: QWidget | None = None, pixels: float = 15.0) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pieces: tuple[Piece, ...] = ()
        self._theme: Theme | None = None
        self._pixels = pixels
        self.plain = ""

    def apply(self, pieces: tuple[Piece, ...], plain: str, theme: Theme) -> None:
        """Show these equations; the same again does nothing."""
        if pieces == self._pieces and theme == self._theme:
            return
        self._pieces, self._theme, self.plain = pieces, theme, plain
        self.setAccessibleName(plain)
        self.setToolTip(plain)
        self.setMinimumHeight(self.heightForWidth(max(60, self.width())))
        self.updateGeometry()
        self.update()

    def _lines(self, width: float) -> list[list[Box]]:
        if self._theme is None:
            return []
        room = width - 2 * MARGIN
        pixels = self._pixels * text_scale()
        while True:
            layout = EquationLayout(self._theme, pixels)
            found = [layout.lines(piece, room) for piece in self._pieces]
            widest = max((line_width(lines) for lines in found), default=0.0)
            if widest <= room or pixels <= SMALLEST_PIXELS:
                return found
            pixels -= 1.0

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
            y = MARGIN
            for lines in self._lines(self.width()):
                y = paint_lines(painter, MARGIN, y, lines)
