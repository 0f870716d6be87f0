"""Acceleration: the optional compiled loop, made ready in the background once the window is up.

Compiling takes many seconds and would hold Python's lock against painting, so another process does it and leaves the result
on disk; loading it from there is done in a thread. Nothing depends on it: runs have the same bits without.
"""

import sys
import threading

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from bpstudio.fast_loop import COMPILE
from bpstudio.model import accelerator

POLL_MS = 100


class Acceleration(QObject):
    """``start`` once; ``told`` says in a few words what goes on, and ends with an empty text."""

    told = Signal(str)
    ready = Signal()

    def __init__(self, parent: QObject | None = None, compile_command: tuple[str, ...] | None = None) -> None:
        super().__init__(parent)
        self._command = compile_command or (sys.executable, "-c", COMPILE)
        # One process for the life of this object: deleting a process inside its own signal is asking for trouble.
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._is_compiling = False
        self._thread: threading.Thread | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)

    def start(self) -> None:
        """Compile or find what was compiled, then load it; without the extra nothing happens."""
        if accelerator.is_ready() or self._is_compiling or not accelerator.is_installed():
            return
        self._is_compiling = True
        self.told.emit("Compiling the fast loop…")
        self._process.start(self._command[0], list(self._command[1:]))

    def _failed(self, _error: QProcess.ProcessError) -> None:
        self._end(is_compiled=False)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._end(is_compiled=code == 0 and status is QProcess.ExitStatus.NormalExit)

    def _end(self, is_compiled: bool) -> None:
        if not self._is_compiling:
            return
        self._is_compiling = False
        if not is_compiled:
            self.told.emit("")
            return
        self._thread = threading.Thread(target=accelerator.enable, name="load-fast-loop", daemon=True)
        self._thread.start()
        self._poll.start()

    def _look(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        self._poll.stop()
        self._thread = None
        self.told.emit("")
        if accelerator.is_ready():
            self.ready.emit()

    def stop(self) -> None:
        """End the compiling process, and wait for the thread that loads."""
        self._poll.stop()
        self._is_compiling = False
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(2000)
        if self._thread is not None:
            self._thread.join(5.0)
            self._thread = None
