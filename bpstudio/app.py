"""The composition root: makes the parts, connects them, decides nothing."""

import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal
from PySide6.QtWidgets import QApplication

from bpstudio.controller.acceleration import Acceleration
from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.errors import BpstudioError
from bpstudio.export.picture import (
    PictureFormat,
    build_figure,
    copy_image,
    figure_bytes,
    figure_image,
    widget_bytes,
    write_figure,
)
from bpstudio.export.steps import StepsExport, StepsOptions
from bpstudio.look.fonts import load_fonts
from bpstudio.panels.dialogs import show_problem
from bpstudio.panels.export_dialog import ExportWish, Subject
from bpstudio.session.session import Session
from bpstudio.window import Exports, MainWindow

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
    window = MainWindow(controller, settings or Settings(), Exports(export, copy_figure))
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


def export(window: MainWindow, wish: ExportWish, path: Path) -> None:
    """Do one export and say in the status line what was written; errors get one sentence."""
    try:
        words = _export(window, wish, path)
    except BpstudioError as error:
        show_problem(window, "This could not be exported", str(error))
        return
    if words:
        window.status.showMessage(words, 8000)


def _export(window: MainWindow, wish: ExportWish, path: Path) -> str:
    controller, picture_format = window.controller, PictureFormat(wish.file_format)
    session = controller.session
    if session is None:
        return "nothing is open"
    if wish.subject is Subject.STEPS:
        return _begin_steps(window, wish, path, session)
    if wish.subject is Subject.WINDOW:
        write_figure(path, widget_bytes(window, picture_format, wish.scale))
    else:
        figure = build_figure(session, controller.options, controller.selection)
        write_figure(path, figure_bytes(figure, picture_format, window.theme, scale=wish.scale))
    return f"written: {path}"


def _begin_steps(window: MainWindow, wish: ExportWish, folder: Path, session: Session) -> str:
    """Start painting the current iteration's steps in slices; the status line shows progress and can cancel it."""
    controller, program = window.controller, session.program
    controller.pause()
    start, end = program.iteration_start(session.iteration), program.iteration_start(session.iteration + 1)
    picture_format = PictureFormat(wish.file_format)
    steps = StepsOptions(start, end, controller.options.level, picture_format, wish.scale, theme=window.theme)
    job = StepsExport(session, folder, steps, controller.options)

    def finished() -> None:
        controller.show()
        window.status.showMessage(f"{len(job.paths) - 1} pictures and index.html in {folder}", 8000)

    controller.start_job(job, finished)
    return ""


def copy_figure(window: MainWindow) -> None:
    """Put the figure of now on the clipboard, twice its size."""
    session = window.controller.session
    if session is not None:
        figure = build_figure(session, window.controller.options, window.controller.selection)
        copy_image(figure_image(figure, window.theme, scale=2))
        window.status.showMessage("The figure is on the clipboard.", 5000)
