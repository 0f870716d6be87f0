"""A row of small buttons above a list, dressed in the icons of a theme."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from bpstudio.look.icons import IconName, icon
from bpstudio.viewstate.theme import Theme

ICON = 18


class ToolRow(QWidget):
    """Buttons from left to right; each has a name, a tip that tells its key, and an icon or a word."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(6, 3, 6, 3)
        self.row.setSpacing(2)
        self._icons: dict[QToolButton, IconName] = {}
        self._theme: Theme | None = None
        pixmap = QPixmap(ICON, ICON)
        pixmap.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(pixmap)

    def add(self, name: str, text: str, tip: str, act: Callable[[], object], icon_name: IconName | None) -> QToolButton:
        """Add a button; without an icon it shows its text."""
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setStatusTip(tip)
        button.setIconSize(QSize(ICON, ICON))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: act())
        if icon_name is None:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        else:
            self._icons[button] = icon_name
            button.setIcon(self._blank)  # until it is dressed; without, it would be as wide as its text
        self.row.addWidget(button)
        return button

    def dress(self, theme: Theme) -> None:
        """Icons in the colours of the theme."""
        if theme == self._theme:
            return
        self._theme = theme
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme))
