"""A file is the old one or the whole new one, whatever fails, and nothing else is left in the folder."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bpstudio.files.atomic_write import write_bytes_atomically

OLD, NEW = b"old", b"new" * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "written"
    path.mkdir()
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(number: int) -> Callable[..., object]:
    def fail(*args: object, **keys: object) -> object:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_new_file_is_written_with_usual_permissions(folder: Path) -> None:
    path = folder / "file.bin"
    write_bytes_atomically(path, NEW)
    (folder / "plain").touch()
    assert path.read_bytes() == NEW
    assert path.stat().st_mode == (folder / "plain").stat().st_mode
    assert names(folder) == ["file.bin", "plain"]


def test_an_old_file_is_replaced_and_keeps_its_permissions(folder: Path) -> None:
    path = folder / "file.bin"
    path.write_bytes(OLD)
    path.chmod(0o640)
    write_bytes_atomically(path, b"")
    assert path.read_bytes() == b""
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(folder: Path) -> None:
    target, link = folder / "target", folder / "link"
    target.write_bytes(OLD)
    link.symlink_to(target)
    write_bytes_atomically(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_short_writes_are_continued(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:1000]))
    write_bytes_atomically(folder / "file.bin", NEW)
    assert (folder / "file.bin").read_bytes() == NEW


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod"])
def test_a_failing_call_leaves_the_old_file_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    path = folder / "file.bin"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, call, failing(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        write_bytes_atomically(path, NEW)
    monkeypatch.undo()
    assert path.read_bytes() == OLD
    assert names(folder) == ["file.bin"]


def test_a_disk_that_fills_after_some_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, written = os.write, [0]

    def fill(descriptor: int, content: bytes) -> int:
        if written[0] > 50_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = write(descriptor, content[:10_000])
        written[0] += count
        return count

    monkeypatch.setattr(os, "write", fill)
    with pytest.raises(OSError, match="No space"):
        write_bytes_atomically(folder / "file.bin", NEW)
    assert names(folder) == []


def test_a_disk_that_lies_is_found_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "file.bin"
    path.write_bytes(OLD)
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: write(fd, b"\0" * len(content)))
    with pytest.raises(OSError, match="not what can be read"):
        write_bytes_atomically(path, NEW)
    monkeypatch.undo()
    assert path.read_bytes() == OLD
    assert names(folder) == ["file.bin"]


def test_an_interrupt_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes_atomically(folder / "file.bin", NEW)
    assert names(folder) == []


def test_a_folder_that_cannot_be_synced_does_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_bytes_atomically(folder / "file.bin", NEW)
    assert (folder / "file.bin").read_bytes() == NEW


def test_a_missing_folder_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_bytes_atomically(folder / "none" / "file.bin", NEW)


def test_a_folder_in_the_way_is_an_error_and_nothing_is_left(folder: Path) -> None:
    (folder / "file.bin").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_bytes_atomically(folder / "file.bin", NEW)
    assert names(folder) == ["file.bin"]


def test_very_long_names_fit(folder: Path) -> None:
    write_bytes_atomically(folder / ("δ" * 120), NEW)
    assert names(folder) == ["δ" * 120]
