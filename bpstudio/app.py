"""The composition root: makes the parts, connects them, decides nothing."""

import ctypes
import gc
import importlib
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from bpstudio.controller.acceleration import Acceleration
from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.look.fonts import load_fonts
from bpstudio.panels.dialogs import show_problem
from bpstudio.window import Exports, MainWindow
from bpstudio.window_plots import Pictures

BACKGROUND_DELAY_MS = 1500
"""How long after the start work in the background begins: the window comes first."""
FIRST_EXAMPLE = "two-layer-deltas"
LOG = logging.getLogger("bpstudio")
SETTLED_MS = 1500
"""By then all of the window has been made, pyqtgraph included."""
XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class Reporter(QObject):
    """Shows an unexpected error once, in one dialog, from whatever thread or slot it comes."""

    happened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """For sys.excepthook: log it, count it, and ask for the dialog; never opens anything itself."""
        LOG.error("unexpected error", exc_info=(kind, error, trace))
        self.count += 1
        if self.count == 1:
            self.happened.emit(f"{kind.__name__}: {error}")


def missing_libraries() -> list[str]:
    """Debian packages Qt needs for a window on X11 that are not there; without them it would abort."""
    missing = []
    for library, package in XCB_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def make_window(settings: Settings | None = None) -> MainWindow:
    """A window with its controller; needs a QApplication."""
    load_fonts()
    controller = RunController()
    exports = Exports(_ask_export, _copy, Pictures(_save_plot, _copy_plot))
    window = MainWindow(controller, settings or Settings(), exports)
    controller.setParent(window)
    return window


def settle_memory() -> None:
    """Exempt what the start has made from the search for garbage: a full one would hold the window for 30 ms now and then."""
    gc.collect()
    gc.freeze()


def run_app(source: str | None) -> int:
    """Open the window on a run file or example and run until it is closed; returns the exit code."""
    if sys.platform.startswith("linux") and not _is_offscreen():
        missing = missing_libraries()
        if missing:
            print(f"bpstudio: Qt needs {' '.join(missing)}: install them, or run scripts/run", file=sys.stderr)
            return 2
    logging.basicConfig(level=logging.WARNING, format="bpstudio: %(message)s")
    application = QApplication.instance() or QApplication(["bpstudio"])
    application.setApplicationName("bpstudio")
    window = make_window()
    reporter = Reporter()
    reporter.happened.connect(
        lambda text: show_problem(window, "Something went wrong", f"{text}\nThe details are in the log on the console.")
    )
    sys.excepthook = reporter.hook
    notifier = _close_on_interrupt(window)
    window.show()
    acceleration = Acceleration(window)
    acceleration.told.connect(window.status.tell_background)
    QTimer.singleShot(BACKGROUND_DELAY_MS, acceleration, acceleration.start)
    window.open(source or FIRST_EXAMPLE)
    if window.controller.session is None:
        window.open(FIRST_EXAMPLE)
    QTimer.singleShot(SETTLED_MS, window, settle_memory)
    code = application.exec()
    acceleration.stop()
    notifier.setEnabled(False)
    signal.set_wakeup_fd(-1)
    return 1 if reporter.count else code


def _is_offscreen() -> bool:
    return os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal") or bool(os.environ.get("WAYLAND_DISPLAY"))


def _close_on_interrupt(window: MainWindow) -> QSocketNotifier:
    """Ctrl+C on the console closes the window: the signal wakes Qt through a socket."""
    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, window)
    notifier.activated.connect(lambda *_: window.close())
    window.setProperty("interruptSockets", (reader, writer))
    return notifier


def _ask_export(window: MainWindow, panel: str) -> None:
    """Exports are loaded when the first is asked for: a start does not need them."""
    importlib.import_module("bpstudio.export.window_export").ask(window, panel)


def _copy(window: MainWindow, panel: str) -> None:
    exports = importlib.import_module("bpstudio.export.window_export")
    exports.copy_panel(window, panel) if panel else exports.copy_figure(window)


def _save_plot(window: QMainWindow, plot: QWidget, path: Path) -> None:
    importlib.import_module("bpstudio.export.window_export").save_plot(window, plot, path)


def _copy_plot(window: QMainWindow, plot: QWidget) -> None:
    importlib.import_module("bpstudio.export.window_export").copy_plot(window, plot)
