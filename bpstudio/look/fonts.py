"""The bundled font: the same glyphs, with Greek and scripts, on every machine."""

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from bpstudio import resources

FAMILY = "DejaVu Sans"
_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


@lru_cache(maxsize=1)
def load_fonts() -> str:
    """Register the bundled fonts with the application; returns the family. Needs a QGuiApplication."""
    for name in _FILES:
        QFontDatabase.addApplicationFont(str(resources.path("fonts", name)))
    return FAMILY


@lru_cache(maxsize=256)
def font(pixels: float, is_bold: bool = False) -> QFont:
    """The bundled font at a size in pixels, without hinting: the same shapes at any scale. To be copied, never changed."""
    made = QFont(load_fonts())
    made.setPixelSize(max(1, round(pixels)))
    made.setBold(is_bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
