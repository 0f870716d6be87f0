"""Writes a file so that it is either the old one or the whole new one, whatever fails."""

import errno
import os
import platform
import re
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

SUFFIX = ".part"


def write_bytes_atomically(path: Path, content: bytes, *, keeps_previous: bool = False) -> None:
    """Replace ``path`` by ``content``, on the disk when this returns.

    A temporary file in the same folder is written, synced, read back and compared, then moved over ``path``, and the
    folder is synced. A link is followed: its target is replaced. An existing file keeps its permissions, and with
    ``keeps_previous`` stays as ``name~``. Raises OSError, with the old file untouched and nothing left behind; what a process
    that was killed left behind goes with the next write.
    """
    path = Path(os.path.realpath(path))
    sweep(path)
    prefix = f".{path.name[:100]}.{_owner(os.getpid())}."
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=SUFFIX, dir=path.parent)
    try:
        try:
            _write_all(descriptor, content)
            _copy_permissions(descriptor, path)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _require_same(name, content)
        if keeps_previous:
            _keep_previous(path, f"{name[: -len(SUFFIX)]}.old{SUFFIX}")
        os.replace(name, path)
    except BaseException:
        # An interrupt must not leave the file behind either.
        _remove(name)
        raise
    sync_folder(path.parent)


def sweep(path: Path) -> None:
    """Remove temporary files of ``path`` whose writer is no more."""
    pattern = re.compile(rf"\.{re.escape(path.name[:100])}\.([0-9]+)-([0-9a-f]{{8}})\.\w+(?:\.old)?\.part")
    try:
        names = os.listdir(path.parent)
    except OSError:
        return
    for name in names:
        match = pattern.fullmatch(name)
        if match and _owner(int(match[1])).endswith(match[2]) and not is_alive(int(match[1])):
            _remove(os.path.join(path.parent, name))


def is_alive(pid: int) -> bool:
    """Whether a process of this machine with this number exists."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _owner(pid: int) -> str:
    """A process on a machine, as part of a file name."""
    return f"{pid}-{zlib.crc32(platform.node().encode()):08x}"


def _keep_previous(path: Path, spare: str) -> None:
    """Give the file that is there the name ``name~`` as well, in one step: at every moment both names lead to a whole file."""
    if not path.is_file():
        return
    kept = path.with_name(f"{path.name}~")
    try:
        os.link(path, spare)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):  # a file system without links
            write_bytes_atomically(kept, path.read_bytes())
            return
        raise
    try:
        os.replace(spare, kept)
    finally:
        _remove(spare)  # renaming one link of a file to another of the same file leaves both


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


def sync_file(path: Path) -> None:
    """Wait until a file that has been written is on the disk; raises OSError where it can't be."""
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the new name last; folders of some systems cannot be opened or synced, and the file itself is safe already."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    with suppress(OSError):
        os.fsync(descriptor)
    with suppress(OSError):
        os.close(descriptor)
