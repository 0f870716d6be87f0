"""The bar above a plot: legend and read-out, the plot's choices, and a menu. In a dock it takes the place of the title."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from bpstudio.look.guard import guarded
from bpstudio.look.text_size import as_title
from bpstudio.plots.readout_strip import ReadoutStrip

LEGEND_DIGITS = 22
"""A legend with less room than so many digits has it to itself: the choices go into the menu."""
TIP = "Whole run, copy, save, float, close"


class PlotBar(QWidget):
    """Holds the read-out and what can be chosen; empty parts of it drag the dock, as a title does.

    In a narrow bar the legend comes first, and what can be chosen stands at the top of the menu.
    """

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
        self.button.setToolTip(TIP)
        self.button.setStatusTip(TIP)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.button)
        self.menu.setObjectName(f"{name}-actions")
        self.menu.setToolTipsVisible(True)
        self.button.setMenu(self.menu)
        self.menu.aboutToShow.connect(self._fill_choices)
        self._choices: list[QComboBox | QCheckBox] = []
        self._idle: set[QComboBox | QCheckBox] = set()
        self._folded: list[QAction | QMenu] = []
        self.is_folded = False
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
        self._add_choice(box)
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
        self._add_choice(combo)
        return combo

    def add_action(self, name: str, text: str, tip: str, act: Callable[[], object]) -> QAction:
        """An entry of the menu."""
        action = self.menu.addAction(text)
        action.setObjectName(name)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def offer(self, widget: QComboBox | QCheckBox, is_offered: bool) -> None:
        """Show a choice where it has an effect, and nowhere else: neither in the bar nor in its menu."""
        if is_offered == (widget in self._idle):
            (self._idle.discard if is_offered else self._idle.add)(widget)
            self._fold()

    # A narrow bar.

    @property
    def _offered(self) -> list[QComboBox | QCheckBox]:
        return [widget for widget in self._choices if widget not in self._idle]

    def _add_choice(self, widget: QComboBox | QCheckBox) -> None:
        self._choices.append(widget)
        self._row.insertWidget(self._row.count() - 1, widget)
        self._fold()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width."""
        super().resizeEvent(event)
        self._fold()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fold()

    def _fold(self) -> None:
        """Put the choices beside the legend, or into the menu where they would leave it too little room."""
        margins = self._row.contentsMargins()
        offered = self._offered
        beside = [*offered, self.button]
        taken = sum(self._row.spacing() + widget.sizeHint().width() for widget in beside)
        room = self.width() - margins.left() - margins.right() - taken
        self.is_folded = bool(offered) and room < LEGEND_DIGITS * self.fontMetrics().horizontalAdvance("0")
        for widget in self._choices:
            widget.setVisible(widget in offered and not self.is_folded)
        names = [f"{widget.accessibleName()}, " for widget in offered if self.is_folded]
        tip = "".join(names) + (TIP[0].lower() + TIP[1:] if names else TIP)
        self.button.setToolTip(tip)
        self.button.setStatusTip(tip)

    def _fill_choices(self) -> None:
        """The choices that have no room in the bar, before the other entries of the menu; those of a moment ago go."""
        for old in self._folded:
            self.menu.removeAction(old.menuAction() if isinstance(old, QMenu) else old)
            old.deleteLater()
        self._folded = []
        if not self.is_folded:
            return
        first = self.menu.actions()[0]
        for widget in self._offered:
            made = self._menu_of(widget) if isinstance(widget, QComboBox) else self._switch_of(widget)
            self._folded.append(made)
            self.menu.insertAction(first, made.menuAction() if isinstance(made, QMenu) else made)
        self._folded.append(self.menu.insertSeparator(first))

    def _menu_of(self, combo: QComboBox) -> QMenu:
        """The entries of a list; its title says which is chosen."""
        menu = QMenu(combo.currentText(), self.menu)
        menu.setObjectName(f"{combo.objectName()}-choices")
        group = QActionGroup(menu)
        for index in range(combo.count()):
            action = menu.addAction(combo.itemText(index))
            action.setCheckable(True)
            action.setChecked(index == combo.currentIndex())
            action.setStatusTip(f"{combo.toolTip()}: {combo.itemText(index)}")
            action.setToolTip(action.statusTip())
            group.addAction(action)
            action.triggered.connect(partial(_choose, combo, index))
        menu.menuAction().setToolTip(combo.toolTip())
        menu.menuAction().setStatusTip(combo.toolTip())
        menu.setEnabled(combo.isEnabled())
        return menu

    def _switch_of(self, box: QCheckBox) -> QAction:
        action = QAction(box.text(), self.menu)
        action.setObjectName(f"{box.objectName()}-choice")
        action.setCheckable(True)
        action.setChecked(box.isChecked())
        action.setEnabled(box.isEnabled())
        action.setToolTip(box.toolTip())
        action.setStatusTip(box.toolTip())
        action.toggled.connect(box.setChecked)
        return action


def _choose(combo: QComboBox, index: int, _checked: bool = False) -> None:
    """As if the entry had been chosen in the list."""
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
