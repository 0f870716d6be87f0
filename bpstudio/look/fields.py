"""Fields for numbers with room before their text, which Qt's style sheets do not give once the arrows are styled."""

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

TEXT_MARGIN = 4


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
