"""How large text is, as a share of the standard size: read from the application's font, so that there is one place."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QTableView

STANDARD_PIXELS = 13.0


def text_scale() -> float:
    """1 at 100 %, 2 at 200 %; needs a QGuiApplication."""
    pixels = QGuiApplication.font().pixelSize()
    return pixels / STANDARD_PIXELS if pixels > 0 else 1.0


def tab_icon_pixels(scale: float) -> int:
    """How large the icons of tabs are: they grow half as fast as text, for they are many."""
    return round(16 * (1.0 + 0.5 * (scale - 1.0)))


def grow_rows(table: QTableView, height: int) -> None:
    """Rows as high as the size of text asks for; ``height`` is that at 100 %."""
    table.verticalHeader().setDefaultSectionSize(round(height * text_scale()))


def as_title(label: QLabel) -> None:
    """A bold label: by a rule of the style sheet, so that it still grows with the text."""
    label.setProperty("isTitle", True)


def as_heading(label: QLabel) -> None:
    """A bold label in larger letters."""
    label.setProperty("isHeading", True)
