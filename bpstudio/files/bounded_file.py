"""Reads a regular file, or standard input, up to a limit: never a pipe, a device or two gigabytes."""

import os
import stat
import sys
from pathlib import Path

from bpstudio.errors import RunFileError
from bpstudio.files.limits import MOST_FILE_BYTES
from bpstudio.files.shown import shown_name


def read_bounded(path: Path, place: str = "", limit: int = MOST_FILE_BYTES) -> bytes:
    """Return the bytes of the regular file ``path``.

    ``place`` names who asked (`data.csv`); without it the error names the file. Raises RunFileError when the file is
    missing, not regular, unreadable or longer than ``limit``; its size is asked before anything is read.
    """
    name = shown_name(path)
    try:
        about = os.stat(path)
        _require_regular(about, place, name, limit)
        # A file may be swapped for a pipe between stat and open: opening must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            _require_regular(os.fstat(file.fileno()), place, name, limit)
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise RunFileError(place, f"there is no file {name}") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "the name is not a possible file name"
        raise RunFileError(place, f"cannot read {name}: {reason}") from None
    return _require_size(content, place, name, limit)


def read_standard_input(limit: int = MOST_FILE_BYTES) -> bytes:
    """Return all of standard input; raises RunFileError when it is longer than ``limit`` or closed."""
    if sys.stdin is None:
        raise RunFileError("", "standard input is closed")
    try:
        content = sys.stdin.buffer.read(limit + 1)
    except (OSError, ValueError):
        raise RunFileError("", "standard input cannot be read") from None
    return _require_size(content, "", "standard input", limit)


def _require_regular(about: os.stat_result, place: str, name: str, limit: int) -> None:
    if stat.S_ISDIR(about.st_mode):
        raise RunFileError(place, f"{name} is a folder; expected a file")
    if not stat.S_ISREG(about.st_mode):
        raise RunFileError(place, f"{name} is not a regular file")
    if about.st_size > limit:
        raise RunFileError(place, f"{name} has {about.st_size:,} bytes; at most {limit:,} are read")


def _require_size(content: bytes, place: str, name: str, limit: int) -> bytes:
    if len(content) > limit:
        raise RunFileError(place, f"{name} is too long; at most {limit:,} bytes are read")
    return content
