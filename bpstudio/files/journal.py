"""Journals: what is open and not saved, written again and again beside the document, so that a crash costs seconds.

Each window has a folder: `owner.json` names the process, `run-….bps` how the run began, `state.bps` edits, place and marks,
`results.bps` checkpoints and losses as they last were. The folder of a window that was closed is gone; one whose process is no
more was left by a crash.
"""

import json
import os
import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path

from bpstudio.errors import BpstudioError, SessionFileError
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.files.bounded_file import read_bounded
from bpstudio.files.document_lock import MOST_BYTES, Process
from bpstudio.files.saved_work import Foreign, SavedWork
from bpstudio.files.session_archive import MANIFEST, Archive, pack, unpack
from bpstudio.files.session_file import assemble, state_members
from bpstudio.files.session_limits import MOST_SESSION_BYTES
from bpstudio.files.session_members import BRANCHES, NEEDLESS, Unread, read_branches, result_members, run_members
from bpstudio.files.state_folder import made, state_folder
from bpstudio.model.spec import RunSpec
from bpstudio.records import dataclass
from bpstudio.session.stored import with_results

OWNER, STATE, RESULTS = "owner.json", "state.bps", "results.bps"
KEPT_DAYS = 30
MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose journal it is: the process, the document's title and path (empty if it has none), and when it was begun."""

    process: Process
    title: str
    path: str
    declined: float = 0.0


class Journal:
    """The journal of one window. Every write is whole or not there; what cannot be written is told as an OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._spec: RunSpec | None = None
        self._run = ""

    @staticmethod
    def begin() -> "Journal | None":
        """A new folder for this window; None where none can be made."""
        root = made(journals())
        if root is None:
            return None
        folder = root / f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        try:
            folder.mkdir(mode=0o700)
        except OSError:
            return None
        return Journal(folder)

    def write(self, work: SavedWork, title: str, path: str, has_results: bool) -> None:
        """Write what is now; with ``has_results`` checkpoints and losses too. Raises OSError or SessionFileError."""
        if work.session.spec is not self._spec:
            self._write_owner(title, path)
            self._write_run(work.session.spec)
        if has_results:
            stored = work.session
            members = {BRANCHES: state_members(work)[BRANCHES], **result_members(stored)}
            self._put(RESULTS, members, Foreign())
        self._put(STATE, state_members(replace(work, session=work.session.without_results)), work.foreign)

    def rename(self, title: str, path: str) -> None:
        """The document is called something else now."""
        self._write_owner(title, path)

    def remove(self) -> None:
        """All is saved, or was not to be: nothing needs to be recovered."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_owner(self, title: str, path: str) -> None:
        document = {"process": Process.current().to_json(), "title": title, "path": path}
        write_bytes_atomically(self.folder / OWNER, json.dumps(document).encode())

    def _write_run(self, spec: RunSpec) -> None:
        """Under a new name: the old one goes when the state speaks of the new one."""
        name = f"run-{secrets.token_hex(4)}.bps"
        write_bytes_atomically(self.folder / name, pack(Archive(run_members(spec))))
        (self.folder / RESULTS).unlink(missing_ok=True)
        before, self._run, self._spec = self._run, name, spec
        if before:
            self._old = before

    _old = ""

    def _put(self, name: str, members: dict[str, bytes], foreign: Foreign) -> None:
        extras = {"run": self._run, "kept": foreign.keys.get(MANIFEST, {})}
        archive = Archive({**members, **foreign.members}, minor=foreign.minor, extras=extras)
        write_bytes_atomically(self.folder / name, pack(archive))
        if name == STATE and self._old:
            (self.folder / self._old).unlink(missing_ok=True)
            self._old = ""


def journals() -> Path:
    """Where journals lie."""
    return state_folder() / "journals"


def left_behind() -> list[tuple[Journal, Owner]]:
    """Journals of processes that are no more and were not declined, the newest first. Damaged owners count as unknown."""
    found = []
    for folder in _folders():
        owner = owner_of(folder)
        if not owner.process.is_running and not owner.declined and (folder / STATE).exists():
            found.append((Journal(folder), owner))
    return found[:MOST_FOUND]


def owner_of(folder: Path) -> Owner:
    """Whose journal a folder is."""
    try:
        with open(folder / OWNER, "rb") as file:
            value = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError):
        value = {}
    if not isinstance(value, dict):
        value = {}
    title, path, declined = value.get("title"), value.get("path"), value.get("declined")
    return Owner(
        Process.from_json(value.get("process")),
        title if isinstance(title, str) else "",
        path if isinstance(path, str) else "",
        float(declined) if isinstance(declined, int | float) else 0.0,
    )


def recover(journal: Journal) -> SavedWork:
    """What a journal holds. Raises BpstudioError when it is damaged."""
    state = unpack(_content(journal.folder / STATE), NEEDLESS)
    name = state.extras.get("run")
    if not isinstance(name, str) or not name.startswith("run-") or "/" in name:
        raise SessionFileError(f"{STATE} does not name the run it belongs to")
    run = unpack(_content(journal.folder / name), NEEDLESS)
    kept = state.extras.get("kept")
    extras = kept if isinstance(kept, dict) else {}
    work = assemble(replace(state, members={**run.members, **state.members}, extras=extras))
    try:
        results = unpack(_content(journal.folder / RESULTS), NEEDLESS)
        if results.extras.get("run") == name:
            stored = read_branches(results.members, work.session.spec, Unread())
            work = replace(work, session=with_results(work.session, stored))
    except BpstudioError:
        return work  # results only save time
    return work


def decline(journal: Journal, owner: Owner) -> None:
    """The user does not want it: it is kept for 30 days all the same."""
    document = {
        "process": owner.process.to_json(),
        "title": owner.title,
        "path": owner.path,
        "declined": time.time(),
    }
    try:
        write_bytes_atomically(journal.folder / OWNER, json.dumps(document).encode())
    except OSError:
        return


def set_aside(journal: Journal) -> Path | None:
    """Move a damaged journal out of the way, for whoever wants to look at it."""
    target = state_folder() / "damaged" / journal.folder.name
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(journal.folder, target)
    except OSError:
        return None
    return target


def tidy(now: float | None = None) -> None:
    """Remove journals that were declined 30 days ago, and folders of dead processes that hold nothing."""
    limit = (time.time() if now is None else now) - KEPT_DAYS * 86_400
    for folder in _folders():
        owner = owner_of(folder)
        if owner.process.is_running:
            continue
        is_empty = not (folder / STATE).exists()
        if (owner.declined and owner.declined < limit) or (is_empty and _age_of(folder) > 60.0):
            shutil.rmtree(folder, ignore_errors=True)


def _age_of(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0


def _folders() -> list[Path]:
    try:
        return sorted((path for path in journals().iterdir() if path.is_dir()), reverse=True)
    except OSError:
        return []


def _content(path: Path) -> bytes:
    return read_bounded(path, limit=MOST_SESSION_BYTES)
