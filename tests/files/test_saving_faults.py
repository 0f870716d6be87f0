"""Saving when the disk fails: each write, sync, link and rename once with each error. The old file is intact, the error said."""

import errno
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bpstudio.errors import SessionFileError
from bpstudio.files.atomic_write import sweep, write_bytes_atomically
from bpstudio.files.saved_work import SavedWork
from bpstudio.files.session_file import load_session_file, save_session_file
from bpstudio.session.session import Session
from bpstudio.session.stored import store
from tests.files.sessions import branched_session
from tests.support.specs import run_spec

CALLS = ("open", "write", "fsync", "fchmod", "link", "replace", "close")


@pytest.fixture(scope="module")
def session() -> Session:
    return branched_session()


def work(session: Session, generation: int) -> SavedWork:
    return SavedWork(store(session, 2**20), generation=generation)


class Faults:
    """Lets the n-th call of one function of ``os`` fail, counted from 0; only in this thread."""

    def __init__(self, name: str, number: int, code: int) -> None:
        self.name, self.number, self.code = name, number, code
        self.calls = 0
        self._real: Callable[..., Any] = getattr(os, name) if name != "fsync" else _nothing
        self._thread = threading.get_ident()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if threading.get_ident() == self._thread:
            self.calls += 1
            if self.calls == self.number + 1:
                if self.name == "close":
                    self._real(*arguments, **named)
                raise OSError(self.code, os.strerror(self.code))
        return self._real(*arguments, **named)


def _nothing(*_: object) -> None:
    """No waiting for the disk: what counts here is the order of the calls."""


def counted(name: str, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    faults = Faults(name, 10**9, 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, faults)
        act()
    return faults.calls


def saved(path: Path, content: SavedWork) -> str:
    try:
        save_session_file(path, content)
    except SessionFileError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("name", CALLS)
def test_each_call_that_fails_once_leaves_the_old_file_and_says_so(
    name: str, code: int, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setattr(os, "fsync", _nothing)
    path = folder / "a.bps"
    for generation in (1, 2):
        save_session_file(path, work(session, generation))
    calls = counted(name, lambda: save_session_file(path, work(session, 3)), monkeypatch)
    assert calls >= (1 if name != "open" else 0)
    failed = 0
    for number in range(calls):
        save_session_file(path, work(session, 4))
        before = path.read_bytes()
        faults = Faults(name, number, code)
        with monkeypatch.context() as patch:
            patch.setattr(os, name, faults)
            problem = saved(path, work(session, 5))
        if problem:
            failed += 1
            assert os.strerror(code) in problem
            assert path.read_bytes() == before
        else:
            assert load_session_file(path).generation == 5
        assert set(os.listdir(folder)) <= {"a.bps", "a.bps~"}
        load_session_file(path.with_name("a.bps~"))
    assert failed or name in ("open", "close")


def test_a_disk_that_writes_something_else_is_noticed(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bps"
    save_session_file(path, work(session, 1))
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, bytes(len(content))))
    with pytest.raises(SessionFileError, match="not what can be read"):
        save_session_file(path, work(session, 2))
    monkeypatch.undo()
    assert load_session_file(path).generation == 1


def test_a_folder_that_is_gone_is_an_error_and_saving_elsewhere_works(session: Session, tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="could not be saved"):
        save_session_file(tmp_path / "gone" / "a.bps", work(session, 1))
    save_session_file(tmp_path / "a.bps", work(session, 1))


def test_a_file_system_without_links_keeps_the_previous_file_by_copying(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bps"
    save_session_file(path, work(session, 1))

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    save_session_file(path, work(session, 2))
    assert [load_session_file(one).generation for one in (path, tmp_path / "a.bps~")] == [2, 1]


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    child = subprocess.Popen(["true"])
    child.wait()
    write_bytes_atomically(folder / "a.bps", b"1")
    seen: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(os.listdir(folder)))
    write_bytes_atomically(folder / "a.bps", b"2")
    mine = next(name for name in seen if name.endswith(".part"))
    dead = mine.replace(f".{os.getpid()}-", f".{child.pid}-")
    foreign = mine.replace(f".{os.getpid()}-", f".{child.pid}-").replace(mine.split("-")[1][:8], "00000000")
    for name in (mine, dead, foreign, ".b.bps.1-00000000.x.part"):
        (folder / name).write_bytes(b"half")
    sweep(folder / "a.bps")
    assert set(os.listdir(folder)) == {"a.bps", mine, foreign, ".b.bps.1-00000000.x.part"}


def test_on_a_disk_of_one_megabyte_the_old_file_stays(session: Session, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        path = disk / "a.bps"
        save_session_file(path, work(session, 1))
        large = Session(run_spec((50, 1), samples=4000))
        with pytest.raises(SessionFileError, match="No space left"):
            save_session_file(path, work(large, 2))
        save_session_file(tmp_path / "b.bps", work(large, 2))
        assert (tmp_path / "b.bps").stat().st_size > 2**20
        assert load_session_file(path).generation == 1
        assert os.listdir(disk) == ["a.bps"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
