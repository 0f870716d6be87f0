"""The transport bar: every move with its key and icon, the level, the speed, the notation; fewer words where it is narrow."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QPalette, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolBar, QWidget

from bpstudio.intents import Gauge
from bpstudio.look.fields import number_field, write_decimals
from bpstudio.look.guard import guarded
from bpstudio.look.text_size import text_scale
from bpstudio.model.spec import NotationName
from bpstudio.program.levels import Level
from bpstudio.viewstate.selection import ViewOptions

ICON = 20
LEAST_GROWTH = 0.5
"""How much of the growth of text icons take part in where there is no room for more."""


class TransportBar(QToolBar):
    """Shows the options and emits what the user chooses; its buttons are the window's actions."""

    level_chosen = Signal(object)
    notation_chosen = Signal(object)
    speed_chosen = Signal(float)
    gauge_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Transport", parent)
        self.setObjectName("transport")
        self.setMovable(False)
        self._words: list[QAction] = []
        self._gaps: list[QAction] = []
        self._size_icons(1.0)
        self.level = self._combo("level", "How coarse a step is (↑ ↓ on the canvas)", [level.label for level in Level])
        self.notation = self._combo(
            "notation", "How quantities are written; no number changes", [name.value for name in NotationName]
        )
        self.gauge = self._combo("gauge", "Play step by step, or train at full speed", [g.value for g in Gauge])
        self.speed = number_field()
        self.speed.setObjectName("speed")
        self.speed.setAccessibleName("Steps per second")
        self.speed.setToolTip("Steps per second while playing")
        self.speed.setStatusTip("Steps per second while playing")
        self.speed.setRange(0.5, 60.0)
        self.speed.setDecimals(1)
        self.speed.setValue(4.0)
        self.speed.setSuffix(" /s")
        self.level.activated.connect(lambda index: self.level_chosen.emit(Level(index)))
        self.notation.activated.connect(lambda index: self.notation_chosen.emit(list(NotationName)[index]))
        self.gauge.activated.connect(lambda index: self._choose_gauge(list(Gauge)[index]))
        self.speed.valueChanged.connect(self.speed_chosen)

    def _size_icons(self, growth: float) -> None:
        side = round(ICON * (1.0 + growth * (text_scale() - 1.0)))
        self.setIconSize(QSize(side, side))

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text: icons grow with it."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            QTimer.singleShot(0, self, self.fit)  # the choices in it hear of it after the bar

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: words come and go."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """All of it, as large as there is room: without the words beside the choices, then with smaller icons.

        What has no room even so is behind the arrow at its end, and in the menus.
        """
        for has_words, growth in ((True, 1.0), (False, 1.0), (False, LEAST_GROWTH)):
            self._size_icons(growth)
            for action in self._words:
                action.setVisible(has_words)
            for action in self._gaps:
                action.setVisible(has_words or growth == 1.0)
            if self.sizeHint().width() <= self.width():
                break

    def _combo(self, name: str, tip: str, items: list[str]) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setStatusTip(tip)
        combo.addItems(items)
        return combo

    def _choose_gauge(self, gauge: Gauge) -> None:
        self.speed.setEnabled(gauge is Gauge.STEPS)
        self.gauge_chosen.emit(gauge)

    def fill(self, groups: list[list[QAction]]) -> None:
        """Put the actions in groups, then the choices."""
        for group in groups:
            for action in group:
                self.addAction(action)
            self._gaps.append(self.addSeparator())
        self._labelled("level", self.level)
        self._gaps.append(self.addSeparator())
        self._labelled("play", self.gauge)
        self.addWidget(self.speed)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._labelled("notation", self.notation)

    def _labelled(self, text: str, widget: QWidget) -> None:
        label = QLabel(f" {text} ")
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._words.append(self.addWidget(label))
        self.addWidget(widget)

    def apply(self, options: ViewOptions) -> None:
        """Show the options; emits nothing."""
        write_decimals(self.speed, options.decimal_comma)
        self.level.setCurrentIndex(int(options.level))
        self.notation.setCurrentIndex(list(NotationName).index(options.notation))
