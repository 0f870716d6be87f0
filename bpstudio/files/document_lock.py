"""Locks: which window has a file open. Each lock names a process and when it started, so that one left by a crash is no lock."""

import hashlib
import json
import os
from pathlib import Path

from bpstudio.files.atomic_write import is_alive
from bpstudio.files.state_folder import made, state_folder
from bpstudio.records import dataclass

MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine: numbers are used again, the start time tells whose it is."""

    pid: int
    started: str

    @staticmethod
    def current() -> "Process":
        """This process."""
        return Process(os.getpid(), start_time(os.getpid()))

    @property
    def is_running(self) -> bool:
        """Whether it is this very process that is running."""
        return self.pid > 0 and is_alive(self.pid) and start_time(self.pid) == self.started

    def to_json(self) -> dict[str, object]:
        """As it stands in a file."""
        return {"pid": self.pid, "started": self.started}

    @staticmethod
    def from_json(value: object) -> "Process":
        """From a file; anything else is a process that never ran."""
        if isinstance(value, dict) and type(value.get("pid")) is int and isinstance(value.get("started"), str):
            return Process(value["pid"], value["started"])
        return Process(0, "")


def start_time(pid: int) -> str:
    """When a process started, as the system counts; empty where that is not to be had."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


class DocumentLock:
    """The lock of one file. Where no lock can be kept, nobody is kept from writing."""

    def __init__(self, path: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
        self._path = state_folder() / "locks" / f"{name}.json"
        self._is_taken = False

    def take(self) -> bool:
        """Take it; False when another window that is still open has it."""
        if made(self._path.parent) is None:
            return True
        content = json.dumps(Process.current().to_json()).encode()
        for _ in range(3):
            try:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                if self._holder().is_running:
                    return False
                self._remove()
                continue
            except OSError:
                return True
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            self._is_taken = True
            return True
        return False

    def release(self) -> None:
        """Give it back."""
        if self._is_taken:
            self._remove()
            self._is_taken = False

    def _holder(self) -> Process:
        try:
            with open(self._path, "rb") as file:
                return Process.from_json(json.loads(file.read(MOST_BYTES)))
        except (OSError, ValueError):
            return Process(0, "")

    def _remove(self) -> None:
        try:
            self._path.unlink()
        except OSError:
            return
