"""What a session file holds, as plain values: the run with its branches, what was set to stop at and to watch, and the view."""

from collections.abc import Mapping
from dataclasses import field

from bpstudio.records import dataclass
from bpstudio.session.stored import StoredSession


@dataclass(frozen=True, slots=True)
class SavedBreakpoint:
    """A breakpoint in the words of its editor."""

    key: int
    kind: str
    place: str = ""
    condition: str = ""
    hit_rule: str = ""
    message: str = ""
    is_temporary: bool = False
    is_enabled: bool = True
    is_trusted: bool = True


@dataclass(frozen=True, slots=True)
class SavedBookmark:
    """A flag at a position."""

    position: int
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SavedMarks:
    """Everything that was set in a run and changes no number of it; ``watches`` are (key, expression)."""

    breakpoints: tuple[SavedBreakpoint, ...] = ()
    exceptions: tuple[str, ...] = ("not_finite",)
    watches: tuple[tuple[int, str], ...] = ()
    bookmarks: tuple[SavedBookmark, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a newer version put into a file: kept as it is, and written again.

    ``members`` are those nobody knows here, ``keys`` unknown keys by member, ``items`` unknown keys of what a member lists, by
    member and the item's number; ``breakpoints`` and ``exceptions`` are of unknown kinds, which this version cannot show.
    """

    minor: int = 0
    members: Mapping[str, bytes] = field(default_factory=dict)
    keys: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    items: Mapping[str, Mapping[int, Mapping[str, object]]] = field(default_factory=dict)
    breakpoints: tuple[SavedBreakpoint, ...] = ()
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedWork:
    """Everything in a session file. ``view`` are names of choices (`notation`, `level`, …); ``notes`` sentences for the user.

    ``is_own`` tells that its breakpoints were written by the same user on the same machine.
    """

    session: StoredSession
    marks: SavedMarks = SavedMarks()
    view: Mapping[str, str | int | None] = field(default_factory=dict)
    generation: int = 0
    foreign: Foreign = Foreign()
    is_own: bool = False
    notes: tuple[str, ...] = ()
