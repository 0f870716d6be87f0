"""What the first picture of the window did without is loaded while nobody does anything: its first use need not wait for it."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from bpstudio import later

PAUSE_MS = 12
"""Between two modules: what the window has to do comes first."""
REST_SECONDS = 0.7
"""After a key, a click or a movement of the mouse."""
ACTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.Resize,
    }
)


class IdleLoading(QObject):
    """Loads module by module from ``begin`` on, not while ``is_busy``, nor while the user is at it; ends by itself."""

    def __init__(self, window: QWidget, is_busy: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._is_busy = is_busy
        self._rests_until = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._load)

    def begin(self) -> None:
        """Begin to load."""
        self._window.windowHandle().installEventFilter(self)
        self._timer.start()

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing left to load."""
        return not self._timer.isActive()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Somebody is at it: the window's handle sees this before any widget does."""
        if event.type() in ACTS:
            self._rests_until = time.monotonic() + REST_SECONDS
        return False

    def _load(self) -> None:
        is_elsewhere = QApplication.activeWindow() not in (None, self._window)
        if is_elsewhere or QApplication.activePopupWidget() is not None:
            return
        if self._is_busy() or time.monotonic() < self._rests_until:
            return
        if not later.load_next():
            self._timer.stop()
            handle = self._window.windowHandle()
            if handle is not None:
                handle.removeEventFilter(self)
