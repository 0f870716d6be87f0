"""The bundled font: the same glyphs, with Greek and scripts, on every machine."""

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from bpstudio import resources

FAMILY = "DejaVu Sans"
HAT = "\u0302"
"""Combining: it belongs to the letter before it."""
_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


@lru_cache(maxsize=1)
def load_fonts() -> str:
    """Register the bundled fonts with the application; returns the family. Needs a QGuiApplication."""
    for name in _FILES:
        QFontDatabase.addApplicationFont(str(resources.path("fonts", name)))
    return FAMILY


@lru_cache(maxsize=256)
def font(pixels: float, is_bold: bool = False) -> QFont:
    """The bundled font at a size in pixels, without hinting: the same shapes at any scale. To be copied, never changed.

    Marks are left to Qt, which centres them: DejaVu places the hat of m̂ by a point of an outline, and Qt looks for that point
    more than an em above the letter. Above a capital Qt sets marks too low; see :func:`font_for`.
    """
    made = _plain(pixels, is_bold)
    made.setFeature(QFont.Tag("mark"), 0)
    return made


def font_for(text: str, pixels: float, is_bold: bool = False) -> QFont:
    """The font for a text: where a hat stands on a capital, as in M̂, DejaVu's own places are right. Never to be changed."""
    letter, hat, _ = text.partition(HAT)
    return _font_with_marks(pixels, is_bold) if hat and letter[-1:].isupper() else font(pixels, is_bold)


@lru_cache(maxsize=64)
def _font_with_marks(pixels: float, is_bold: bool) -> QFont:
    return _plain(pixels, is_bold)


def _plain(pixels: float, is_bold: bool) -> QFont:
    made = QFont(load_fonts())
    made.setPixelSize(max(1, round(pixels)))
    made.setBold(is_bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
