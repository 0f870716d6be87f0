"""The members of a session file: each part of the saved work as JSON, numbers in bulk as arrays beside it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TypeVar

from bpstudio.errors import RunFileError, SessionFileError
from bpstudio.files import session_limits as limits
from bpstudio.files.array_member import array_bytes, read_array, refer, resolve
from bpstudio.files.edit_documents import edit_document, read_edit
from bpstudio.files.json_reader import read_json
from bpstudio.files.run_document import spec_to_document
from bpstudio.files.run_file import parse_run
from bpstudio.files.saved_work import Foreign, SavedBookmark, SavedBreakpoint, SavedMarks
from bpstudio.files.section import Section, checked_text
from bpstudio.model.spec import Array, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.branches import Branch
from bpstudio.session.stored import StoredBranch, StoredSession

RUN = "run.json"
BRANCHES = "branches.json"
BREAKPOINTS = "breakpoints.json"
WATCHES = "watches.json"
BOOKMARKS = "bookmarks.json"
VIEW = "view.json"
KNOWN = (RUN, BRANCHES, BREAKPOINTS, WATCHES, BOOKMARKS, VIEW)
NEEDLESS = re.compile(r"(?:checkpoints|series)/[0-9]{1,6}\.f8")
"""Members that can be computed again."""
KNOWN_ARRAYS = re.compile(NEEDLESS.pattern + r"|run/[a-z0-9\-]+\.f8")
MOST_POSITION = 10**30
Part = TypeVar("Part")


@dataclass(slots=True)
class Unread:
    """Keys that nobody reads here, gathered while members are read: by member, and by member and number of the item."""

    keys: dict[str, Mapping[str, object]] = field(default_factory=dict)
    items: dict[str, dict[int, Mapping[str, object]]] = field(default_factory=dict)

    def keep(self, member: str, section: Section) -> None:
        """What is left of a member's own keys."""
        rest = section.rest()
        if rest:
            self.keys[member] = rest

    def keep_item(self, member: str, number: int, section: Section) -> None:
        """What is left of an item's keys."""
        rest = section.rest()
        if rest:
            self.items.setdefault(member, {})[number] = rest


def run_members(spec: RunSpec) -> dict[str, bytes]:
    """How the run began, its data included: a run file, its large arrays as members of their own."""
    members: dict[str, bytes] = {}
    document = spec_to_document(spec, lambda values, place: refer(f"run/{place}.f8", values, members))
    return {RUN: _text(RUN, document), **members}


def result_members(stored: StoredSession) -> dict[str, bytes]:
    """Checkpoints and losses of each branch."""
    members: dict[str, bytes] = {}
    for part in stored.branches:
        key = part.branch.key
        if part.losses is not None:
            members[f"checkpoints/{key}.f8"] = b"".join(array_bytes(state) for _, state in part.states)
            members[f"series/{key}.f8"] = array_bytes(part.losses)
    return members


def branch_member(stored: StoredSession, foreign: Foreign) -> bytes:
    """The branches with their edits, and where the session stands."""
    items = foreign.items.get(BRANCHES, {})
    document = {
        **foreign.keys.get(BRANCHES, {}),
        "branches": [{**items.get(part.branch.key, {}), **_branch_document(part)} for part in stored.branches],
        "current": stored.current,
        "position": stored.position,
        "is_unfolded": stored.is_unfolded,
    }
    return _text(BRANCHES, document)


def mark_members(
    marks: SavedMarks, view: Mapping[str, str | int | None], seal: Callable[[bytes], str], foreign: Foreign
) -> dict[str, bytes]:
    """Breakpoints, watches, bookmarks and the view. ``seal`` says whose breakpoints these are."""
    taken = {one.key for one in marks.breakpoints}
    unseen = (one for one in foreign.breakpoints if one.key not in taken)
    exceptions = [*marks.exceptions, *(name for name in foreign.exceptions if name not in marks.exceptions)]

    def item(member: str, number: int) -> Mapping[str, object]:
        return foreign.items.get(member, {}).get(number, {})

    points = [
        {
            **item(BREAKPOINTS, one.key),
            "key": one.key,
            "kind": one.kind,
            "place": one.place,
            "condition": one.condition,
            "hit_rule": one.hit_rule,
            "message": one.message,
            "is_temporary": one.is_temporary,
            "is_enabled": one.is_enabled,
            "is_trusted": one.is_trusted,
        }
        for one in (*marks.breakpoints, *unseen)
    ]
    flags = [
        {**item(BOOKMARKS, one.position), "position": one.position, "name": one.name, "note": one.note}
        for one in marks.bookmarks
    ]
    watches = [{**item(WATCHES, key), "key": key, "expression": text} for key, text in marks.watches]
    documents: dict[str, dict[str, object]] = {
        BREAKPOINTS: {"breakpoints": points, "exceptions": exceptions, "seal": seal(_canonical(points))},
        WATCHES: {"watches": watches},
        BOOKMARKS: {"bookmarks": flags},
        VIEW: dict(view),
    }
    return {name: _text(name, {**foreign.keys.get(name, {}), **document}) for name, document in documents.items()}


def read_run(members: Mapping[str, bytes]) -> RunSpec:
    """How the run began; raises SessionFileError."""

    def read(section: Section) -> RunSpec:
        document = dict(section.rest())
        for holder, keys in (
            ("data", ("inputs", "targets", "held_out_inputs", "held_out_targets")),
            ("parameters", ("weights", "biases")),
        ):
            inner = document.get(holder)
            if isinstance(inner, Mapping):
                document[holder] = {
                    key: _resolved(value, f"{holder}.{key}", members) if key in keys else value
                    for key, value in inner.items()
                }
        data = document.get("data")
        if isinstance(data, Mapping) and ("csv" in data or "dataset" in data):
            raise SessionFileError(f"{RUN}: data: expected the rows themselves")
        return parse_run(document, Path("/nonexistent"))

    return _read(RUN, members, read)


def _resolved(value: object, place: str, members: Mapping[str, bytes]) -> object:
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return [resolve(one, f"{place}[{k}]", members) for k, one in enumerate(value)]
    return resolve(value, place, members)


def read_branches(members: Mapping[str, bytes], spec: RunSpec, unread: Unread) -> StoredSession:
    """The branches, with what is there of their checkpoints and losses."""

    def read(section: Section) -> StoredSession:
        listed = section.items("branches", "a list of branches", limits.MOST_BRANCHES)
        parts = tuple(_read_branch(value, f"branches[{k}]", members, unread) for k, value in enumerate(listed))
        stored = StoredSession(
            spec,
            section.truth("is_unfolded", False),
            parts,
            section.whole("current", 0, 0, 2**31),
            section.whole("position", 0, 0, MOST_POSITION),
        )
        unread.keep(BRANCHES, section)
        return stored

    return _read(BRANCHES, members, read)


def read_marks(members: Mapping[str, bytes], seal: Callable[[bytes], str], unread: Unread) -> tuple[SavedMarks, bool]:
    """What was set, and whether the same user set it here. Members that are missing count as empty."""

    def breakpoints(section: Section) -> tuple[tuple[SavedBreakpoint, ...], tuple[str, ...], bool]:
        listed = section.items("breakpoints", "a list of breakpoints", limits.MOST_MARKS)
        is_own = section.text("seal", "") == seal(_canonical(listed))
        found = tuple(_read_breakpoint(value, f"breakpoints[{k}]", unread) for k, value in enumerate(listed))
        names = section.items("exceptions", "a list of names", 100)
        exceptions = tuple(checked_text(name, f"exceptions[{k}]") for k, name in enumerate(names))
        unread.keep(BREAKPOINTS, section)
        return found, exceptions, is_own

    def watches(section: Section) -> tuple[tuple[int, str], ...]:
        found = []
        for k, value in enumerate(section.items("watches", "a list of watches", limits.MOST_MARKS)):
            one = Section(value, f"watches[{k}]")
            found.append((one.whole("key", None, 0, 2**31), one.text("expression", None)))
            unread.keep_item(WATCHES, found[-1][0], one)
        unread.keep(WATCHES, section)
        return tuple(found)

    def bookmarks(section: Section) -> tuple[SavedBookmark, ...]:
        found = []
        for k, value in enumerate(section.items("bookmarks", "a list of bookmarks", limits.MOST_MARKS)):
            one = Section(value, f"bookmarks[{k}]")
            found.append(
                SavedBookmark(one.whole("position", None, 0, MOST_POSITION), one.text("name", ""), one.text("note", ""))
            )
            unread.keep_item(BOOKMARKS, found[-1].position, one)
        unread.keep(BOOKMARKS, section)
        return tuple(found)

    points: tuple[SavedBreakpoint, ...] = ()
    exceptions, is_own = SavedMarks().exceptions, True
    if BREAKPOINTS in members:
        points, exceptions, is_own = _read(BREAKPOINTS, members, breakpoints)
    watched = _read(WATCHES, members, watches) if WATCHES in members else ()
    flags = _read(BOOKMARKS, members, bookmarks) if BOOKMARKS in members else ()
    return SavedMarks(points, exceptions, watched, flags), is_own


def read_view(members: Mapping[str, bytes], unread: Unread) -> dict[str, str | int | None]:
    """The choices of the view: names and numbers; what they mean is for the window to check, so all of them are kept."""

    def read(section: Section) -> dict[str, str | int | None]:
        unread.keep(VIEW, section)
        return {
            key: value
            for key, value in unread.keys.get(VIEW, {}).items()
            if value is None or (isinstance(value, str) and len(value) <= 200) or type(value) is int
        }

    return _read(VIEW, members, read) if VIEW in members else {}


def _branch_document(part: StoredBranch) -> dict[str, object]:
    branch = part.branch
    return {
        "key": branch.key,
        "name": branch.name,
        "parent": branch.parent,
        "fork": branch.fork,
        "edits": [edit_document(edit) for edit in branch.edits],
        "furthest": part.furthest,
        "computed": part.computed,
        "stride": part.stride,
        "checkpoints": [iteration for iteration, _ in part.states],
    }


def _read_branch(value: object, place: str, members: Mapping[str, bytes], unread: Unread) -> StoredBranch:
    section = Section(value, place)
    key = section.whole("key", None, 0, 999_999)
    name, fork = section.text("name", ""), section.whole("fork", 0, 0, 2**53)
    parent = None if section.value("parent") is None else section.whole("parent", None, 0, 2**31)
    listed = section.items("edits", "a list of edits", 1000)
    edits = tuple(read_edit(one, f"{place}.edits[{k}]") for k, one in enumerate(listed))
    furthest, computed = section.whole("furthest", 0, 0, MOST_POSITION), section.whole("computed", 0, 0, 2**53)
    stride = section.whole("stride", 1, 1, 2**53)
    iterations = section.items("checkpoints", "a list of iterations", 10_000)
    branch = Branch(key, name, parent, fork, edits)
    unread.keep_item(BRANCHES, key, section)
    names = f"checkpoints/{key}.f8", f"series/{key}.f8"
    if any(name not in members for name in names):
        return StoredBranch(branch, furthest, computed)
    states, losses = (read_array(name, members) for name in names)
    if len(losses) != max(0, computed - fork):
        raise SessionFileError(f"{names[1]}: expected {computed - fork:,} losses, got {len(losses):,}")
    found = _checkpoints(iterations, states, f"{place}.checkpoints")
    return StoredBranch(branch, furthest, computed, stride, found, losses)


def _checkpoints(iterations: list[object], states: Array, place: str) -> tuple[tuple[int, Array], ...]:
    count = len(iterations)
    if not count:
        return ()
    if states.size % count or not states.size:
        raise SessionFileError(f"{place}: {states.size:,} numbers are not the states of {count:,} iterations")
    found, last = [], -1
    for iteration, state in zip(iterations, states.reshape(count, -1), strict=True):
        if type(iteration) is not int or iteration <= last:
            raise SessionFileError(f"{place}: expected rising iterations")
        found.append((iteration, state))
        last = iteration
    return tuple(found)


def _read_breakpoint(value: object, place: str, unread: Unread) -> SavedBreakpoint:
    section = Section(value, place)
    found = SavedBreakpoint(
        section.whole("key", None, 0, 2**31),
        section.text("kind", None),
        section.text("place", ""),
        section.text("condition", ""),
        section.text("hit_rule", ""),
        section.text("message", ""),
        section.truth("is_temporary", False),
        section.truth("is_enabled", True),
        section.truth("is_trusted", True),
    )
    unread.keep_item(BREAKPOINTS, found.key, section)
    return found


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def _text(name: str, document: Mapping[str, object]) -> bytes:
    content = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=None if name == BRANCHES else 1).encode()
    if len(content) > limits.MOST_MEMBER_JSON:
        raise SessionFileError(
            f"{name} would have {len(content):,} bytes; at most {limits.MOST_MEMBER_JSON:,} are written"
        )
    return content


def _read(name: str, members: Mapping[str, bytes], read: Callable[[Section], Part]) -> Part:
    """Read one member; every error names it."""
    content = members.get(name)
    if content is None:
        raise SessionFileError(f"{name} is missing")
    if len(content) > limits.MOST_MEMBER_JSON:
        raise SessionFileError(f"{name} has {len(content):,} bytes; at most {limits.MOST_MEMBER_JSON:,} are read")
    try:
        return read(Section(read_json(content), ""))
    except RunFileError as error:
        raise SessionFileError(f"{name}: {error}") from None
