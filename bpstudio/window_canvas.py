"""The canvas in the window: its entries in the menu View, focus, and how fast signals run along its edges."""

from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QMenu

from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.look.motion import is_motion_reduced
from bpstudio.viewstate.preferences import Signals
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.window_actions import CANVAS, Actions

TRAVEL_MS = {Signals.OFF: 0, Signals.SLOW: 1600, Signals.NORMAL: 800, Signals.FAST: 400}
WORDS = {Signals.OFF: "&Off", Signals.SLOW: "&Slow", Signals.NORMAL: "&Normal", Signals.FAST: "&Fast"}


class CanvasView(QObject):
    """Keeps how signals move, and tells the controller whether one unit is in focus."""

    def __init__(self, canvas: NetworkCanvas, controller: RunController, settings: Settings) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._controller = controller
        self._settings = settings
        self._speeds: dict[Signals, QAction] = {}
        self._focus: QAction | None = None
        canvas.set_travel_time(TRAVEL_MS[self.signals])

    @property
    def signals(self) -> Signals:
        """How signals move; without a choice not at all where less motion is asked for, or where nobody looks."""
        chosen = self._settings.signals
        if chosen is not None:
            return chosen
        is_seen = QGuiApplication.platformName() not in ("offscreen", "minimal")
        return Signals.NORMAL if is_seen and not is_motion_reduced() else Signals.OFF

    def fill(self, actions: Actions, menu: QMenu, before: QAction) -> None:
        """The entries, before another one of the menu."""
        self._focus = actions.add(CANVAS["focus"], self._toggle_focus, menu)
        self._focus.setCheckable(True)
        speeds = QMenu("Si&gnals", menu)
        group = QActionGroup(self)
        for signals, text in WORDS.items():
            action = speeds.addAction(text)
            action.setCheckable(True)
            action.setStatusTip(f"Signals along edges: {text.replace('&', '').lower()}")
            action.setToolTip(action.statusTip())
            action.triggered.connect(lambda _checked=False, signals=signals: self.set_signals(signals))
            group.addAction(action)
            self._speeds[signals] = action
        self._speeds[self.signals].setChecked(True)
        speeds.addSeparator()
        actions.add(CANVAS["signals"], self._toggle_signals, speeds)
        menu.insertAction(before, self._focus)
        menu.insertMenu(before, speeds)

    def set_signals(self, signals: Signals) -> None:
        """Choose how fast signals run, and keep it."""
        self._settings.signals = signals
        self._speeds[signals].setChecked(True)
        self._canvas.set_travel_time(TRAVEL_MS[signals])

    def _toggle_signals(self) -> None:
        signals = Signals.NORMAL if self.signals is Signals.OFF else Signals.OFF
        self.set_signals(signals)
        self._controller.message_shown.emit(f"Signals along edges: {'off' if signals is Signals.OFF else 'on'}.")

    def _toggle_focus(self) -> None:
        controller = self._controller
        controller.options = replace(controller.options, is_focused=not controller.options.is_focused)
        controller.show()

    def apply(self, options: ViewOptions) -> None:
        """Check what is in force."""
        if self._focus is not None:
            self._focus.setChecked(options.is_focused)
