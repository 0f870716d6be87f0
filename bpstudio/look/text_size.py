"""How large text is, as a share of the standard size: read from the application's font, so that there is one place."""

from PySide6.QtGui import QGuiApplication

STANDARD_PIXELS = 13.0


def text_scale() -> float:
    """1 at 100 %, 2 at 200 %; needs a QGuiApplication."""
    pixels = QGuiApplication.font().pixelSize()
    return pixels / STANDARD_PIXELS if pixels > 0 else 1.0
