"""What of the window's state goes into a session file, and how it comes back from one."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from bpstudio.controller.debugger import DebugMarks
from bpstudio.controller.run_controller import RunController
from bpstudio.errors import BpstudioError
from bpstudio.files import saved_work, session_file
from bpstudio.model.address import parse_address
from bpstudio.model.spec import NotationName
from bpstudio.program.levels import Level
from bpstudio.session import stored as stored_runs
from bpstudio.session.breakpoints import Trouble
from bpstudio.session.session import Session
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.selection import EdgeMode, UnitMode, ViewOptions
from bpstudio.viewstate.timeline_state import Bookmark

Name = TypeVar("Name", bound=StrEnum)
View = Mapping[str, str | int | None]


def gather(
    controller: RunController, session: Session, generation: int, foreign: "saved_work.Foreign"
) -> "saved_work.SavedWork":
    """Everything that is worth keeping."""
    stored = stored_runs.store(session, session_file.CHECKPOINT_BYTES)
    return saved_work.SavedWork(stored, marks_of(controller), view_of(controller), generation, foreign)


def marks_of(controller: RunController) -> "saved_work.SavedMarks":
    """Breakpoints, watches and bookmarks."""
    marks = controller.debugger.marks
    points = tuple(
        saved_work.SavedBreakpoint(
            key,
            draft.kind.value,
            draft.place,
            draft.condition,
            draft.hit_rule,
            draft.message,
            draft.is_temporary,
            draft.is_enabled,
            is_trusted,
        )
        for key, draft, is_trusted in marks.breakpoints
    )
    flags = tuple(saved_work.SavedBookmark(mark.position, mark.name, mark.note) for mark in controller.travel.bookmarks)
    return saved_work.SavedMarks(points, tuple(sorted(marks.exceptions)), marks.watches, flags)


def view_of(controller: RunController) -> dict[str, str | int | None]:
    """How things are shown."""
    options, selected = controller.options, controller.selection.selected
    return {
        "notation": options.notation.value,
        "level": options.level.name.lower(),
        "edge_mode": options.edge_mode.value,
        "unit_mode": options.unit_mode.value,
        "digits": options.digits,
        "selected": None if selected is None else str(selected),
        "compared": controller.branching.compared,
    }


def debug_marks(work: "saved_work.SavedWork") -> DebugMarks:
    """What to stop at and to watch; conditions of other people are not trusted yet. Kinds nobody knows here are left out."""
    found = []
    for one in work.marks.breakpoints:
        if one.kind not in {kind.value for kind in BreakpointKind}:
            continue
        draft = BreakpointDraft(
            BreakpointKind(one.kind),
            one.place,
            one.condition,
            one.hit_rule,
            one.message,
            one.is_temporary,
            one.is_enabled,
        )
        is_plain = not one.condition and not one.message
        found.append((one.key, draft, one.is_trusted and (work.is_own or is_plain)))
    known = {trouble.value for trouble in Trouble}
    return DebugMarks(tuple(found), frozenset(known.intersection(work.marks.exceptions)), work.marks.watches)


def foreign_of(work: "saved_work.SavedWork") -> "saved_work.Foreign":
    """What of a file this version does not know, kept for the next save: breakpoints of other kinds as well."""
    kinds, known = {kind.value for kind in BreakpointKind}, {trouble.value for trouble in Trouble}
    return replace(
        work.foreign,
        breakpoints=tuple(one for one in work.marks.breakpoints if one.kind not in kinds),
        exceptions=tuple(name for name in work.marks.exceptions if name not in known),
    )


def bookmarks(work: "saved_work.SavedWork") -> tuple[Bookmark, ...]:
    """The flags."""
    return tuple(Bookmark(one.position, one.name, one.note) for one in work.marks.bookmarks)


def options_with(options: ViewOptions, view: View) -> ViewOptions:
    """The choices of a file; what is unknown stays as it is."""
    digits = view.get("digits")
    return replace(
        options,
        notation=_named(NotationName, view.get("notation"), options.notation),
        level=_level(view.get("level"), options.level),
        edge_mode=_named(EdgeMode, view.get("edge_mode"), options.edge_mode),
        unit_mode=_named(UnitMode, view.get("unit_mode"), options.unit_mode),
        digits=digits if isinstance(digits, int) and 2 <= digits <= 16 else options.digits,
    )


def show_work(controller: RunController, work: "saved_work.SavedWork", session: Session, source: str) -> None:
    """Put a session that was saved in the place of the one that is open."""
    controller.open_session(session, source)
    controller.options = options_with(controller.options, work.view)
    controller.playback.level = controller.options.level
    controller.travel.set_bookmarks(bookmarks(work))
    controller.debugger.set_marks(debug_marks(work))
    compared = work.view.get("compared")
    if isinstance(compared, int) and compared in {branch.key for branch in session.branches}:
        controller.branching.compared = compared
    selected = work.view.get("selected")
    if isinstance(selected, str):
        try:
            address = parse_address(selected)
            session.tape.value(address, 0)
        except (BpstudioError, IndexError, ValueError):
            address = None
        controller.select(address)
    controller.undo.clear()
    controller.show()


def _level(value: object, default: Level) -> Level:
    return next((level for level in Level if level.name.lower() == value), default)


def _named(names: type[Name], value: object, default: Name) -> Name:
    return names(value) if isinstance(value, str) and value in {name.value for name in names} else default
