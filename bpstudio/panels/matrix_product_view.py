"""ProductView: the product at work, row × column, term by term in two lines that never change their height."""

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpstudio.look.drawing import draw_plate, draw_text, elided, fitting, text_width
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.panels.matrix_painter import accent_of
from bpstudio.program.operation import Pass
from bpstudio.viewstate.matrix_product import ProductState
from bpstudio.viewstate.theme import Theme

TEXT = 12.5
LINE = 20.0
LINES = 2
MARGIN = 10.0
LEAST = 8.5
"""A title that is too long is written smaller, but no smaller than this at the standard size of text."""
NOTHING = "No product at this operation"


class ProductView(QWidget):
    """Shows a ProductState: the term at work on a plate, those to come quiet, the sum so far."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("matrix-product")
        self.setAccessibleName("Product at work")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._state: ProductState | None = None
        self._accent: Pass | None = None
        self._theme: Theme | None = None

    def apply(self, state: ProductState | None, accent: Pass | None, theme: Theme) -> None:
        """Show ``state``; the same again does nothing."""
        if (state, accent, theme) == (self._state, self._accent, self._theme):
            return
        self._state, self._accent, self._theme = state, accent, theme
        words = product_words(state)
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        """A title and two lines of terms."""
        return QSize(220, int((LINE * (LINES + 1) + 10.0) * text_scale()))

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()
            self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, terms, sum."""
        theme, state = self._theme, self._state
        if theme is None:
            return
        scale = text_scale()
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            painter.fillRect(self.rect(), theme.background)
            baseline = (LINE - 4.0) * scale
            if state is None:
                draw_text(painter, MARGIN, baseline, NOTHING, TEXT * scale, theme.quiet)
                return
            title = state.title if not state.count else f"{state.title}, term {state.count}"
            room = self.width() - 2 * MARGIN
            pixels = max(LEAST * scale, fitting(title, room, TEXT * scale, is_bold=False))
            draw_text(painter, MARGIN, baseline, elided(title, pixels, room), pixels, theme.quiet)
            _Terms(painter, state, accent_of(self._accent, theme), theme, scale, self.width()).paint(baseline)


class _Terms:
    def __init__(
        self, painter: QPainter, state: ProductState, accent: str, theme: Theme, scale: float, width: int
    ) -> None:
        self.painter, self.state, self.accent, self.theme = painter, state, accent, theme
        self.size, self.line = TEXT * scale, LINE * scale
        self.room = width - MARGIN

    def paint(self, baseline: float) -> None:
        """Terms flow over the lines; those that find no place are left out around the one at work."""
        words = self._fitted()
        x, y, used = MARGIN, baseline + self.line, 0
        for text, is_current, colour in words:
            wide = text_width(text, self.size)
            if x + wide > self.room and x > MARGIN and used < LINES - 1:
                x, y, used = MARGIN, y + self.line, used + 1
            if is_current:
                plate = QRectF(x - 3.0, y - self.size, wide + 6.0, self.size * 1.32)
                draw_plate(self.painter, plate, self.accent)
            draw_text(self.painter, x, y, text, self.size, colour)
            x += wide

    def _fitted(self) -> list[tuple[str, bool, str]]:
        """All words, or fewer terms before and after the one at work until two lines hold them."""
        state = self.state
        first, last = 0, len(state.terms)
        middle = last - 1 if state.current is None else state.current
        while True:
            words = self._words(first, last)
            if last - first <= 1 or self._lines(words) <= LINES:
                return words
            if middle - first >= last - 1 - middle:
                first += 1
            else:
                last -= 1

    def _lines(self, words: list[tuple[str, bool, str]]) -> int:
        x, lines = MARGIN, 1
        for text, _, _ in words:
            wide = text_width(text, self.size)
            if x + wide > self.room and x > MARGIN:
                x, lines = MARGIN, lines + 1
            x += wide
        return lines

    def _words(self, first: int, last: int) -> list[tuple[str, bool, str]]:
        state, theme = self.state, self.theme
        before, after = state.before + first, state.after + len(state.terms) - last
        words = [(f"… ({before}) ", False, theme.quiet)] if before else []
        for index in range(first, last):
            is_current = index == state.current
            is_ahead = state.current is not None and index > state.current
            ink = theme.on_accent if is_current else theme.quiet if is_ahead else theme.text
            if index > first or before:
                words.append((" + ", False, theme.quiet if is_ahead else theme.text))
            words.append((state.terms[index], is_current, ink))
        if after:
            words.append((f" + … ({after})", False, theme.quiet))
        sign = " = " if state.current is None else " → "
        return [*words, (f"{sign}{state.total}", False, theme.text)]


def product_words(state: ProductState | None) -> str:
    """The same as text."""
    if state is None:
        return NOTHING
    before = [f"… ({state.before})"] if state.before else []
    after = [f"… ({state.after})"] if state.after else []
    terms = " + ".join([*before, *state.terms, *after])
    where = "" if state.current is None else f"; now {state.terms[state.current]}, the sum so far {state.total}"
    return f"{state.title}: {terms}" + (where or f" = {state.total}")


__all__ = ["ProductView", "product_words"]
