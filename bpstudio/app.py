"""The composition root: makes the parts, connects them, decides nothing."""

import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from bpstudio import plain_import  # noqa: F401  # isort: skip  (before all that uses Qt)
from PySide6.QtCore import QEvent, QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from bpstudio.controller import acceleration as accelerations
from bpstudio.controller.reporter import Reporter
from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.export import window_export
from bpstudio.files.run_records import CappedLog, CrashFile, Starts, last_crash, open_log
from bpstudio.files.state_folder import state_folder
from bpstudio.look.fonts import font, load_fonts
from bpstudio.look.text_size import STANDARD_PIXELS
from bpstudio.panels import dialogs, work_dialogs
from bpstudio.window import Exports, MainWindow
from bpstudio.window_idle import IdleLoading
from bpstudio.window_plots import Pictures

BACKGROUND_DELAY_MS = 1500
"""How long after the start work in the background begins: the window comes first."""
IDLE_DELAY_MS = 500
"""How long after the start what waits begins to load, while nobody does anything."""
FIRST_EXAMPLE = "two-layer-deltas"
CAREFUL = (
    "bpstudio did not come up properly twice. It was started with standard settings, without the compiled loop, and unsaved work "
    "is offered at the next start."
)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of malloc.h."""
PICTURE_BYTES = 1 << 20
SETTLED_MS = 1500
"""By then all of the window has been made, pyqtgraph included."""
STARTED_MS = 5000
"""A window that is up for so long has started well."""
XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def missing_libraries() -> list[str]:
    """Debian packages Qt needs for a window on X11 that are not there; without them it would abort."""
    missing = []
    for library, package in XCB_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def give_pictures_back() -> None:
    """Let memory of pictures go back to the system when they are freed, on glibc.

    It raises the size from which memory is taken by itself (M_MMAP_THRESHOLD) up to 32 MB with each large block that
    is freed; from then on pictures of the window's size lie in the heap between small things, and it only grows.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)
        mallopt(M_TRIM_THRESHOLD, 4 * PICTURE_BYTES)


def make_window(settings: Settings | None = None) -> MainWindow:
    """A window with its controller; needs a QApplication."""
    give_pictures_back()
    load_fonts()
    settings = settings or Settings()
    # Before the first widget: to those that are not yet shown, a change of the application's font does not get through.
    QApplication.setFont(font(STANDARD_PIXELS * settings.preferences.text_percent / 100.0))
    controller = RunController()
    pictures = Pictures(lambda *plot: window_export.save_plot(*plot), lambda *plot: window_export.copy_plot(*plot))
    exports = Exports(lambda *panel: window_export.ask(*panel), _copy, pictures)
    window = MainWindow(controller, settings, exports)
    controller.setParent(window)
    return window


class AfterFirstPaint(QObject):
    """Acts once, when the window has been painted: what it shows at first comes before all that can wait."""

    def __init__(self, window: MainWindow, act: Callable[[], None]) -> None:
        super().__init__(window)
        self._act, self._handle = act, window.windowHandle()
        self._handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The expose event is what the window is painted on."""
        if event.type() is QEvent.Type.Expose and self._handle.isExposed():
            self._handle.removeEventFilter(self)
            QTimer.singleShot(0, self, self._act)
        return False


class Background(QObject):
    """What works while the window is open: the compiled loop."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._acceleration: accelerations.Acceleration | None = None

    def begin(self) -> None:
        """Begin to load the compiled loop, or to compile it."""
        self._acceleration = accelerations.Acceleration(self)
        self._acceleration.told.connect(self._window.status.tell_background)
        self._acceleration.start()

    def stop(self) -> None:
        """The window is closed."""
        if self._acceleration is not None:
            self._acceleration.stop()


def settle_memory() -> None:
    """Exempt what the start has made from the search for garbage: a full one would hold the window for 30 ms now and then."""
    gc.collect()
    gc.freeze()
    gc.enable()


def run_app(source: str | None) -> int:
    """Open the window on a run file or example and run until it is closed; returns the exit code."""
    if sys.platform.startswith("linux") and not _is_offscreen():
        missing = missing_libraries()
        if missing:
            print(f"bpstudio: Qt needs {' '.join(missing)}: install them, or run scripts/run", file=sys.stderr)
            return 2
    application = QApplication.instance() or QApplication(["bpstudio"])
    application.setApplicationName("bpstudio")
    starts, crash_file, crash = Starts(), CrashFile(), last_crash()
    is_careful = starts.begin()
    log = _begin_log()
    window = make_window(_standard_settings() if is_careful else None)
    reporter = Reporter("" if log is None else str(log.path))
    reporter.happened.connect(lambda sentence, report: _show_report(window, sentence, report))
    reporter.install()
    for name, action in window.actions_.by_name.items():
        action.triggered.connect(lambda _checked=False, name=name: reporter.note(name))
    notifier = _close_on_interrupt(window)
    window.show()
    background = Background(window)
    if not is_careful:
        QTimer.singleShot(BACKGROUND_DELAY_MS, background, background.begin)
    window.open(source or FIRST_EXAMPLE)
    if window.controller.session is None and not window.controller.long_move.is_under_way:
        window.open(FIRST_EXAMPLE)
    AfterFirstPaint(window, lambda: _greet(window, is_careful, crash))
    idle = IdleLoading(window, lambda: window.controller.is_running or window.controller.long_move.is_under_way)
    QTimer.singleShot(IDLE_DELAY_MS, idle, idle.begin)
    QTimer.singleShot(SETTLED_MS, window, settle_memory)
    QTimer.singleShot(STARTED_MS, window, starts.went_well)
    code = application.exec()
    background.stop()
    notifier.setEnabled(False)
    signal.set_wakeup_fd(-1)
    reporter.uninstall()
    starts.went_well()
    crash_file.close()
    if log is not None:
        logging.getLogger("bpstudio").removeHandler(log)
        log.close()
    return 1 if reporter.count else code


def _begin_log() -> CappedLog | None:
    """Warnings go to the console, everything to the log."""
    logging.basicConfig(level=logging.WARNING, format="bpstudio: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.WARNING)
    logger, log = logging.getLogger("bpstudio"), open_log()
    logger.setLevel(logging.INFO)
    if log is not None:
        logger.addHandler(log)
    return log


def _standard_settings() -> Settings:
    """Settings as on the first start; those of the user stay where they are."""
    path = state_folder() / "careful.ini"
    path.unlink(missing_ok=True)
    return Settings(path)


def _greet(window: MainWindow, is_careful: bool, crash: str) -> None:
    """Say what was found at the start, and begin to keep a journal."""
    window.work.begin(offers_recovery=not is_careful)
    if window.settings.problem:
        dialogs.show_problem(window, "Settings", window.settings.problem)
    if is_careful:
        dialogs.show_problem(window, "Careful start", CAREFUL)
    if crash:
        work_dialogs.ReportDialog(
            window, "The last run crashed", "bpstudio crashed when it ran last. This is what is known:", crash
        ).show()


def _show_report(window: MainWindow, sentence: str, report: str) -> None:
    words = f"{sentence}\nYour work is kept. If things look wrong, save under another name and start again."
    work_dialogs.ReportDialog(window, "Something went wrong", words, report).show()


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
    notifier.activated.connect(lambda *_: window.work.leave_at_once())
    window.setProperty("interruptSockets", (reader, writer))
    return notifier


def _copy(window: MainWindow, panel: str) -> None:
    window_export.copy_panel(window, panel) if panel else window_export.copy_figure(window)
