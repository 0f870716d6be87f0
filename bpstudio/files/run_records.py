"""Records of runs of the program itself: its log, crashes it could not tell about, and starts that failed."""

import faulthandler
import json
import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from bpstudio.files.atomic_write import is_alive
from bpstudio.files.state_folder import made, state_folder

MOST_LOG_BYTES = 1_000_000
MOST_CRASH_BYTES = 100_000
FAILED_STARTS = 2
"""After so many starts that failed, the next one is careful."""


class CappedLog(logging.Handler):
    """A log file that is put aside as ``name.1`` when it is full. A log that cannot be written is no reason to stop."""

    def __init__(self, path: Path, most_bytes: int = MOST_LOG_BYTES) -> None:
        super().__init__()
        self.path = path
        self._most = most_bytes
        self._file: TextIO | None = None
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            text = self.format(record)
            if self._file is None:
                self._file = self.path.open("a", encoding="utf-8", errors="replace")
            if self._file.tell() + len(text) > self._most:
                self._file.close()
                os.replace(self.path, f"{self.path}.1")
                self._file = self.path.open("a", encoding="utf-8", errors="replace")
            self._file.write(text[: self._most] + "\n")
            self._file.flush()
        except (OSError, ValueError):
            self._file = None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


def open_log() -> CappedLog | None:
    """The program's log, in the user's state folder; None where there can be none."""
    folder = made(state_folder())
    return None if folder is None else CappedLog(folder / "bpstudio.log")


class CrashFile:
    """Where the interpreter writes when it dies of a fault; empty files are removed, full ones found at the next start."""

    def __init__(self) -> None:
        self._file: TextIO | None = None
        folder = made(state_folder())
        if folder is None:
            return
        self._path = folder / f"crash-{os.getpid()}.log"
        try:
            self._file = self._path.open("w", encoding="utf-8")
        except OSError:
            return
        faulthandler.enable(self._file)

    def close(self) -> None:
        """The program ends well."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        self._path.unlink(missing_ok=True)


def last_crash() -> str:
    """What the interpreter wrote when it died last, once; empty if it did not."""
    found = ""
    for path in sorted(state_folder().glob("crash-*.log")):
        pid = path.stem.removeprefix("crash-")
        if not pid.isdigit() or is_alive(int(pid)):
            continue
        try:
            text = path.read_text(encoding="utf-8", errors="replace")[:MOST_CRASH_BYTES]
            if text.strip():
                found = text
                os.replace(path, path.with_name("last-crash.log"))
            else:
                path.unlink()
        except OSError:
            continue
    return found


class Starts:
    """Counts starts until one has gone well: a program that fails twice to start must come up somehow."""

    def __init__(self) -> None:
        self._path = state_folder() / "starts.json"

    def begin(self) -> bool:
        """A start begins; True if it should be a careful one."""
        failed = self._failed()
        self._write(failed + 1)
        return failed >= FAILED_STARTS

    def went_well(self) -> None:
        """The window has been up for a while, or was closed properly."""
        self._write(0)

    def _failed(self) -> int:
        try:
            value = json.loads(self._path.read_bytes()[:1000])
        except (OSError, ValueError):
            return 0
        count = value.get("failed") if isinstance(value, dict) else 0
        return count if type(count) is int and 0 <= count < 1000 else 0

    def _write(self, failed: int) -> None:
        """It has to outlive the program, not the machine: waiting for the disk would hold the window. Half a file is none."""
        if made(self._path.parent) is None:
            return
        with suppress(OSError):
            self._path.write_bytes(json.dumps({"failed": failed, "at": time.time()}).encode())
