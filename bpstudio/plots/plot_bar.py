"""The bar above a plot: legend and read-out, the plot's choices, and a menu. In a dock it takes the place of the title."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from bpstudio.look.text_size import as_title
from bpstudio.plots.readout_strip import ReadoutStrip


class PlotBar(QWidget):
    """Holds the read-out and what can be chosen; empty parts of it drag the dock, as a title does."""

    menu_requested = Signal()

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(f"{name}-bar")
        self.title = QLabel(title)
        as_title(self.title)
        self.title.hide()
        self.strip = ReadoutStrip(f"{name}-readout")
        self.button = QToolButton()
        self.button.setObjectName(f"{name}-menu")
        self.button.setText("⋯")
        self.button.setProperty("isDots", True)
        self.button.setAccessibleName(f"Menu of the plot {title}")
        self.button.setToolTip("Whole run, copy, save, float, close")
        self.button.setStatusTip(self.button.toolTip())
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.button)
        self.menu.setObjectName(f"{name}-actions")
        self.menu.setToolTipsVisible(True)
        self.button.setMenu(self.menu)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 2, 6, 2)
        self._row.setSpacing(10)
        self._row.addWidget(self.title)
        self._row.addWidget(self.strip, 1)
        self._row.addWidget(self.button)

    def add_box(self, name: str, text: str, tip: str, is_checked: bool, act: Callable[[bool], object]) -> QCheckBox:
        """A choice between on and off."""
        box = QCheckBox(text)
        box.setObjectName(name)
        box.setAccessibleName(text.replace("&", ""))
        box.setToolTip(tip)
        box.setStatusTip(tip)
        box.setChecked(is_checked)
        box.toggled.connect(act)
        self._row.insertWidget(self._row.count() - 1, box)
        return box

    def add_combo(self, name: str, tip: str, texts: Sequence[str], act: Callable[[int], object]) -> QComboBox:
        """A choice of one of several; ``act`` is told its index."""
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(tip)
        combo.setToolTip(tip)
        combo.setStatusTip(tip)
        combo.addItems(list(texts))
        combo.activated.connect(act)
        self._row.insertWidget(self._row.count() - 1, combo)
        return combo

    def add_action(self, name: str, text: str, tip: str, act: Callable[[], object]) -> QAction:
        """An entry of the menu."""
        action = self.menu.addAction(text)
        action.setObjectName(name)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: act())
        return action
