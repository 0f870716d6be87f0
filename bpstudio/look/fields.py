"""Fields for numbers with room before their text, which Qt's style sheets do not give once the arrows are styled."""

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

TEXT_MARGIN = 4
POINT, COMMA = QLocale.c(), QLocale(QLocale.Language.German)
for _locale in (POINT, COMMA):
    _locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)


def whole_number_field(parent: QWidget | None = None) -> QSpinBox:
    """A field for whole numbers."""
    box = QSpinBox(parent)
    box.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
    return box


def number_field(parent: QWidget | None = None) -> QDoubleSpinBox:
    """A field for decimal numbers."""
    box = QDoubleSpinBox(parent)
    box.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
    return box


def write_decimals(box: QDoubleSpinBox, decimal_comma: bool) -> None:
    """Write the number of a field, and read what is typed, with the decimal sign of the window instead of the system's."""
    box.setLocale(COMMA if decimal_comma else POINT)
