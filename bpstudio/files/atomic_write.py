"""Writes a file so that it is either the old one or the whole new one, whatever fails."""

import os
import tempfile
from pathlib import Path


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, on the disk when this returns.

    A temporary file in the same folder is written, synced, read back and compared, then moved over ``path``, and the
    folder is synced. A link is followed: its target is replaced. An existing file keeps its permissions. Raises OSError,
    with the old file untouched and nothing left behind.
    """
    path = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    try:
        try:
            _write_all(descriptor, content)
            _copy_permissions(descriptor, path)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _require_same(name, content)
        os.replace(name, path)
    except BaseException:
        # An interrupt must not leave the file behind either.
        _remove(name)
        raise
    _sync_folder(path.parent)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        written = os.write(descriptor, rest)
        rest = rest[written:]


def _copy_permissions(descriptor: int, path: Path) -> None:
    """Give the new file the old one's permissions, or those a plain open() would give."""
    if not hasattr(os, "fchmod"):
        return
    try:
        mode = os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    os.fchmod(descriptor, mode)


def _require_same(name: str, content: bytes) -> None:
    """Some full disks report success on write: only reading tells."""
    with open(name, "rb") as file:
        if file.read() != content:
            raise OSError(f"what was written to {name} is not what can be read from it")


def _remove(name: str) -> None:
    try:
        os.unlink(name)
    except OSError:
        return


def _sync_folder(folder: Path) -> None:
    """Make the new name last; folders of some systems cannot be opened or synced, and the file itself is safe already."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
