"""Session files (`.bps`, format "bpstudio-session/1"): a whole session in one file, saved so that nothing is lost."""

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from bpstudio.errors import BpstudioError, RunFileError, SessionFileError
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.files.bounded_file import read_bounded
from bpstudio.files.migrations import migrate
from bpstudio.files.saved_work import Foreign, SavedWork
from bpstudio.files.session_archive import MANIFEST, MINOR, Archive, pack, unpack
from bpstudio.files.session_limits import MOST_SESSION_BYTES
from bpstudio.files.session_members import (
    BRANCHES,
    KNOWN,
    KNOWN_ARRAYS,
    NEEDLESS,
    Unread,
    branch_member,
    mark_members,
    read_branches,
    read_marks,
    read_run,
    read_view,
    result_members,
    run_members,
)
from bpstudio.files.state_folder import own_secret
from bpstudio.model.spec import RunSpec
from bpstudio.session.session import Session
from bpstudio.session.stored import Restoring, store

Made = TypeVar("Made", bound=Session)
CHECKPOINT_BYTES = 64 * 2**20
"""What checkpoints may take in a file; more only make far jumps quicker."""


def save_session_file(path: Path, work: SavedWork) -> None:
    """Write a session file; the one that was there becomes ``name~``.

    It is on the disk, read back and compared, when this returns; on any error the old file is untouched. Raises SessionFileError.
    """
    content = encode(work)
    try:
        write_bytes_atomically(path, content, keeps_previous=True)
    except OSError as error:
        raise SessionFileError(f"{path}: could not be saved ({error.strerror or error})") from error


def load_session_file(path: Path) -> SavedWork:
    """Read a session file; raises SessionFileError or RunFileError with one sentence."""
    try:
        return decode(read_bounded(path, limit=MOST_SESSION_BYTES))
    except SessionFileError as error:
        raise SessionFileError(f"{path.name}: {error}") from None


def encode(work: SavedWork) -> bytes:
    """The bytes of a session file."""
    stored = work.session
    members = {**run_members(stored.spec), **state_members(work), **result_members(stored), **work.foreign.members}
    return pack(
        Archive(
            members,
            work.generation,
            work.foreign.minor,
            summation_of(stored.spec),
            extras=work.foreign.keys.get(MANIFEST, {}),
        )
    )


def state_members(work: SavedWork) -> dict[str, bytes]:
    """What is neither the run nor computed from it: edits, place, marks and view."""
    return {
        BRANCHES: branch_member(work.session, work.foreign),
        **mark_members(work.marks, work.view, _seal, work.foreign),
    }


def decode(content: bytes) -> SavedWork:
    """What is in the bytes of a session file. Raises SessionFileError."""
    archive = unpack(content, NEEDLESS)
    return assemble(migrate(archive))


def assemble(archive: Archive) -> SavedWork:
    """The saved work in checked members."""
    members, unread = archive.members, Unread()
    try:
        spec = read_run(members)
        session = read_branches(members, spec, unread)
        marks, is_own = read_marks(members, _seal, unread)
        view = read_view(members, unread)
    except RunFileError as error:
        raise SessionFileError(str(error)) from None
    if archive.extras:
        unread.keys[MANIFEST] = archive.extras
    unknown = {n: c for n, c in members.items() if n not in KNOWN and not KNOWN_ARRAYS.fullmatch(n)}
    foreign = Foreign(archive.minor, unknown, unread.keys, unread.items)
    return SavedWork(session, marks, view, archive.generation, foreign, is_own, _notes(archive, spec))


def _notes(archive: Archive, spec: RunSpec) -> tuple[str, ...]:
    notes = []
    if archive.damaged:
        notes.append("Results in the file were damaged and left out; they are computed again.")
    if archive.minor > MINOR:
        notes.append("A newer version of bpstudio saved this; what this one does not know is kept.")
    if archive.summation and archive.summation != summation_of(spec):
        notes.append("Sums were added another way when this was saved.")
    return tuple(notes)


def summation_of(spec: RunSpec) -> str:
    """How sums are added in a run: `exact` or `fast`."""
    return "exact" if spec.is_exact else "fast"


def _seal(content: bytes) -> str:
    return hmac.new(own_secret(), content, "sha256").hexdigest()


# For programs and commands.


def save_session(session: Session, path: Path, view: Mapping[str, str | int | None] | None = None) -> None:
    """Save a session without a window: the run, its branches, results and place. Raises SessionFileError."""
    save_session_file(path, SavedWork(store(session, CHECKPOINT_BYTES), view=view or {}, generation=1))


def restored(work: SavedWork, make: Callable[[RunSpec, bool], Made]) -> Made:
    """What ``make`` makes of the run and its folding, brought to where the saved session stood.

    Raises SessionFileError for parts that do not fit together.
    """
    try:
        session = make(work.session.spec, work.session.is_unfolded)
        Restoring(work.session, session).complete()
    except SessionFileError:
        raise
    except BpstudioError as error:
        raise SessionFileError(str(error)) from None
    except MemoryError:
        raise SessionFileError("the session does not fit into memory") from None
    return session
