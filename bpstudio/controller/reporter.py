"""Reporter: what happens to errors nobody expected. Logged, counted, and told in one dialog with a report to copy."""

import logging
import sys
import threading
import traceback
from collections import deque
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler, qVersion

from bpstudio.files import session_archive

LOG = logging.getLogger("bpstudio")
MOST_ACTIONS = 30
MOST_REPORT = 20_000
QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Reporter(QObject):
    """``happened`` once, with a sentence and a report; whatever comes later is only logged and counted."""

    happened = Signal(str, str)

    def __init__(self, log_path: str = "") -> None:
        super().__init__()
        self.count = 0
        self._log_path = log_path
        self._actions: deque[str] = deque(maxlen=MOST_ACTIONS)
        self._before: tuple[object, ...] = ()

    def install(self) -> None:
        """Take in errors of slots, timers, threads, destructors, and what Qt says."""
        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self.hook
        threading.excepthook = self._thread_hook
        sys.unraisablehook = self._unraisable_hook
        qInstallMessageHandler(self._qt_message)

    def uninstall(self) -> None:
        """Leave everything as it was."""
        if self._before:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before  # type: ignore[assignment]
            qInstallMessageHandler(None)
            self._before = ()

    def note(self, action: str) -> None:
        """The user has done this: the last few stand in the report."""
        self._actions.append(action)
        LOG.info("action: %s", action)

    def hook(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """For sys.excepthook: log it, count it, and ask for the dialog; never opens anything itself."""
        if issubclass(kind, KeyboardInterrupt):
            return
        shown = error if error is not None else kind()
        LOG.error("unexpected error", exc_info=(kind, shown, trace))
        self.count += 1
        if self.count == 1:
            self.happened.emit(f"{kind.__name__}: {shown}", self.report(kind, shown, trace))

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
        """Versions, the last actions, the error and where the log lies: what somebody who mends it needs."""
        versions = ", ".join(f"{name} {value}" for name, value in session_archive.environment().items())
        actions = "\n".join(f"  {action}" for action in self._actions) or "  none"
        text = "".join(traceback.format_exception(kind, error, trace))[-MOST_REPORT:]
        return f"{versions}, Qt {qVersion()}\nlog: {self._log_path or 'on the console'}\n\nlast actions:\n{actions}\n\n{text}"

    def _thread_hook(self, arguments: "threading.ExceptHookArgs") -> None:
        self.hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _unraisable_hook(self, found: "sys.UnraisableHookArgs") -> None:
        if found.exc_value is not None:
            self.hook(found.exc_type, found.exc_value, found.exc_traceback)

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        LOG.log(QT_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)
