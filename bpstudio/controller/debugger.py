"""Debugger: the breakpoints, watches and log of a run; continues and reverse-continues are its jobs."""

import math
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.controller.hits import Hits
from bpstudio.controller.undo import Undo
from bpstudio.errors import BpstudioError
from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.address import parse_address
from bpstudio.model.spec import RunSpec
from bpstudio.program.levels import Level
from bpstudio.records import dataclass
from bpstudio.session import conditions, log_text, watching
from bpstudio.session import search as searches
from bpstudio.session.breakpoints import Breakpoint, HitRule, Location, StopKind, StopReason, Trouble, Where
from bpstudio.session.places import block_place, parse_place, place_text
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.session import Session
from bpstudio.viewstate.branch_state import BranchState
from bpstudio.viewstate.breakpoint_state import (
    BreakpointDraft,
    BreakpointKind,
    BreakpointRow,
    BreakpointState,
    exceptions_with,
    parse_hit_rule,
)
from bpstudio.viewstate.log_state import LogRow, LogState, log_state
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.view_state import DebugState
from bpstudio.viewstate.watch_state import WatchState, spark_curve, watch_row
from bpstudio.viewstate.why_state import WhyState

ALWAYS_ON = frozenset({Trouble.NOT_FINITE.value})
FILL_SECONDS = 0.004
FILL_FRAME_SECONDS = 0.25
TROUBLE_KEYS = {trouble: -1 - number for number, trouble in enumerate(Trouble)}


@dataclass(frozen=True, slots=True)
class DebugMarks:
    """Breakpoints (key, draft, whether it is trusted), the troubles to stop at, and watches (key, text)."""

    breakpoints: tuple[tuple[int, BreakpointDraft, bool], ...] = ()
    exceptions: frozenset[str] = ALWAYS_ON
    watches: tuple[tuple[int, str], ...] = ()


class Debugger(QObject):
    """Holds what to stop at and what to watch. ``changed`` after anything that is to be seen; ``said`` for the status line."""

    changed = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject, undo: Undo) -> None:
        super().__init__(parent)
        self._undo = undo
        self.session: Session | None = None
        self.index = RangeIndex()
        self.drafts: dict[int, BreakpointDraft] = {}
        self.breakpoints: dict[int, Breakpoint] = {}
        self.exceptions = ALWAYS_ON
        self.watches: dict[int, watching.Watch] = {}
        self.rows: list[LogRow] = []
        self.hit_lists = Hits()
        self._next_key = 1
        self._filling: watching.FillJob | None = None
        self._told_at = 0.0
        self._fill_timer = QTimer(self)
        self._fill_timer.setInterval(0)
        self._fill_timer.timeout.connect(self._fill_on)

    def reset(self, session: Session) -> None:
        """Begin with another run: what was set for the old one is gone."""
        self.hold_filling()
        self.session = session
        self.index = RangeIndex()
        self.drafts, self.breakpoints, self.watches = {}, {}, {}
        self.rows = []
        self.hit_lists.reset()
        self.exceptions = ALWAYS_ON

    def carry(self, session: Session) -> list[str]:
        """Begin with a changed run: what was set goes on where it still has a meaning. Returns what was dropped."""
        drafts, watches, exceptions = self.drafts, self.watches, self.exceptions
        self.reset(session)
        self.exceptions = exceptions
        dropped: list[str] = []
        for key, draft in drafts.items():
            try:
                self.breakpoints[key] = _made(key, draft, session.spec)
                self.drafts[key] = draft
            except (BpstudioError, ValueError):
                dropped.append(draft.place or draft.condition)
        for key, watch in watches.items():
            try:
                self.watches[key] = made = watching.Watch(key, watch.text, session.spec)
                self.index.watch(made.condition.addresses)
            except BpstudioError:
                dropped.append(watch.text)
        return dropped

    # Breakpoints.

    def accept(self, draft: BreakpointDraft, key: int | None = None) -> bool:
        """Add a breakpoint, or replace one; says what is wrong with it and returns False otherwise."""
        session = self.session
        if session is None:
            return False
        number = self._next_key if key is None else key
        try:
            made = _made(number, draft, session.spec)
        except (BpstudioError, ValueError) as error:
            self.said.emit(str(error))
            return False
        self._next_key = max(self._next_key, number + 1)
        with self._recording(f"{'set' if key is None else 'change'} the breakpoint {draft.place or draft.condition}"):
            self.drafts[number], self.breakpoints[number] = draft, made
        self.hit_lists.forget(number)
        if isinstance(made.where, str) and not isinstance(made.where, Trouble):
            self.hold_filling()
            self.index.watch(conditions.compile_condition(made.where, session.spec).addresses)
        self.changed.emit()
        return True

    def remove(self, key: int) -> None:
        """Take a breakpoint away."""
        draft = self.drafts.get(key)
        if draft is not None:
            with self._recording(f"remove the breakpoint {draft.place or draft.condition}"):
                self._drop(key)
        self.changed.emit()

    def _drop(self, key: int) -> None:
        for kept in (self.drafts, self.breakpoints):
            kept.pop(key, None)
        self.hit_lists.forget(key)

    def switch(self, key: int, is_on: bool) -> None:
        """Switch a breakpoint on or off."""
        with self._recording(f"switch a breakpoint {'on' if is_on else 'off'}"):
            self.drafts[key] = replace(self.drafts[key], is_enabled=is_on)
            self.breakpoints[key] = replace(self.breakpoints[key], is_enabled=is_on)
        self.changed.emit()

    def trust(self, key: int) -> None:
        """Let a condition that came with a file take part."""
        self.breakpoints[key] = replace(self.breakpoints[key], is_trusted=True)
        self.changed.emit()

    def switch_exception(self, name: str, is_on: bool) -> None:
        """Stop, or do not, where this kind of trouble begins."""
        with self._recording(f"{'stop' if is_on else 'do not stop'} at {name.replace('_', ' ')}"):
            self.exceptions = self.exceptions | {name} if is_on else self.exceptions - {name}
        self.changed.emit()

    def toggle_here(self, position: int, level: Level) -> None:
        """Set a breakpoint before the block of ``level`` that begins at a position, or take it away."""
        session = self.session
        if session is None:
            return
        place = block_place(session.program.operation(position), level)
        there = [key for key, made in self.breakpoints.items() if made.where == place]
        if there:
            self.remove(there[0])
            self.said.emit(f"Breakpoint removed: {place_text(place)}")
        elif self.accept(BreakpointDraft(place=place_text(place))):
            self.said.emit(f"Breakpoint set: {place_text(place)}")

    def find(self, draft: BreakpointDraft) -> int | None:
        """The key of a breakpoint that says the same."""
        return next(
            (key for key, kept in self.drafts.items() if replace(kept, is_enabled=draft.is_enabled) == draft), None
        )

    def toggle(self, draft: BreakpointDraft) -> None:
        """Set a breakpoint, or take it away where there is one that says the same."""
        key, words = self.find(draft), draft.place or draft.condition
        if key is not None:
            self.remove(key)
            self.said.emit(f"Breakpoint removed: {words}")
        elif self.accept(draft):
            self.said.emit(f"Breakpoint set: {words}")

    @property
    def active(self) -> list[Breakpoint]:
        """Everything a search looks for: breakpoints that are on, and the troubles chosen."""
        troubles = [
            Breakpoint(key=TROUBLE_KEYS[Trouble(name)], where=Trouble(name)) for name in sorted(self.exceptions)
        ]
        return [made for made in self.breakpoints.values() if made.is_active] + troubles

    @property
    def needs_search(self) -> bool:
        """Whether training has to look at each iteration; numbers that are not finite stop it by themselves."""
        return bool(self.exceptions - ALWAYS_ON) or any(made.is_active for made in self.breakpoints.values())

    def search(self, direction: "searches.Direction", only: int | None = None, goal: int | None = None) -> "SearchJob":
        """A job that continues to the next hit: of everything, or of one breakpoint; at most to the position ``goal``."""
        if self.session is None:
            raise RuntimeError("no run is open")
        wanted = self.active if only is None else [made for key, made in self.breakpoints.items() if key == only]
        limit = None if only is None else self.session.losses.count
        return SearchJob(searches.Search(self.session, wanted, direction, limit=limit, goal=goal, index=self.index))

    def ended(self, search: "searches.Search") -> None:
        """Take in what a search has found: hits, rows of logpoints; temporary breakpoints go."""
        for row in search.rows:
            if all(row.position != kept.position or row.text != kept.text for kept in self.rows[-200:]):
                self.rows.append(LogRow(len(self.rows), row.position, row.iteration, row.text))
        stop = search.stop
        if stop is None or stop.breakpoint is None:
            self.changed.emit()
            return
        made = stop.breakpoint
        if made.is_temporary:
            self._drop(made.key)
        else:
            self.hit_lists.visit(made.key, stop.position)
        self.changed.emit()

    def words_of(self, stop: StopReason, numbers: NumberFormat) -> str:
        """Why a move ended, for the status line."""
        if stop.kind is not StopKind.BREAKPOINT:
            return {
                StopKind.ERROR: f"Stopped: this can't be read: {stop.words}",
                StopKind.START: "This is the start of the run: nothing was hit before.",
                StopKind.GOAL: "Here: nothing was hit on the way.",
                StopKind.LIMIT: "Nothing more was hit in the part of the run that is computed.",
                StopKind.CANCELLED: "Cancelled: back where it began.",
            }[stop.kind]
        change = (
            "" if stop.new is None or stop.old is None else f": {numbers.format(stop.old)} → {numbers.format(stop.new)}"
        )
        return f"Stopped: {stop.words}{change}"

    @property
    def hits(self) -> tuple[int, ...]:
        """Positions where breakpoints are hit, as far as that is known, in order."""
        return self.hit_lists.marks(self.breakpoints)

    def last_hit(self, key: int) -> int | None:
        """Where a breakpoint is hit last, as far as is known."""
        return self.hit_lists.last(key)

    # Watches and log.

    def add_watch(self, text: str, key: int | None = None) -> bool:
        """Watch an expression; what is wrong with it is said."""
        session = self.session
        if session is None:
            return False
        number = self._next_key if key is None else key
        try:
            watch = watching.Watch(number, text, session.spec)
        except BpstudioError as error:
            self.said.emit(str(error))
            return False
        self._next_key = max(self._next_key, number + 1)
        self.hold_filling()
        with self._recording(f"{'watch' if key is None else 'change the watch to'} {watch.text}"):
            self.watches[number] = watch
        self.index.watch(watch.condition.addresses)
        self.changed.emit()
        return True

    def remove_watch(self, key: int) -> None:
        """Watch an expression no longer."""
        self.hold_filling()
        if key in self.watches:
            with self._recording(f"no longer watch {self.watches[key].text}"):
                del self.watches[key]
        self.changed.emit()

    def fill(self) -> None:
        """Begin to fill, in the background, what watches and conditions do not know yet of the run."""
        session = self.session
        if session is None or self._filling is not None:
            return
        self.hit_lists.follow(self.breakpoints, session)
        end, lists = session.losses.count, tuple(self.hit_lists.lists.values())
        known = [watch.series.count for watch in self.watches.values()] + [one.iterations for one in lists]
        if min([self.index.count, *known]) < end:
            self._filling = watching.FillJob(session, (*self.watches.values(), *lists), self.index, end)
            self._told_at = time.perf_counter()
            self._fill_timer.start()

    def hold_filling(self) -> None:
        """Stop filling: the run goes on, or is another one."""
        self._fill_timer.stop()
        self._filling = None

    def _fill_on(self) -> None:
        job = self._filling
        if job is None or job.advance(FILL_SECONDS):
            self.hold_filling()
            self.changed.emit()
        elif time.perf_counter() - self._told_at > FILL_FRAME_SECONDS:
            self._told_at = time.perf_counter()
            self.changed.emit()

    def forget_measured(self) -> None:
        """On another branch watches and the index begin again, and hits are others."""
        session = self.session
        if session is None:
            return
        self.hold_filling()
        self.watches = {key: watching.Watch(key, watch.text, session.spec) for key, watch in self.watches.items()}
        self.index = RangeIndex(self.index.addresses)
        self.hit_lists.reset()

    def clear_log(self) -> None:
        """Forget the rows of the log."""
        self.rows = []
        self.changed.emit()

    # What can be taken back, and what is saved.

    @property
    def marks(self) -> DebugMarks:
        """Everything that was set."""
        made = tuple((key, draft, self.breakpoints[key].is_trusted) for key, draft in self.drafts.items())
        return DebugMarks(made, self.exceptions, tuple((key, watch.text) for key, watch in self.watches.items()))

    def spare_keys(self, keys: Iterable[int]) -> None:
        """These belong to breakpoints of the file that are not shown here: new ones get others."""
        self._next_key = max([self._next_key, *(key + 1 for key in keys)])

    def set_marks(self, marks: DebugMarks) -> list[str]:
        """Set all of this, and nothing else. Returns what has no meaning in this run, and is left out."""
        session = self.session
        if session is None:
            return []
        self.hold_filling()
        lost: list[str] = []
        self.drafts, self.breakpoints, watches = {}, {}, self.watches
        for key, draft, is_trusted in marks.breakpoints:
            try:
                made = _made(key, draft, session.spec)
            except (BpstudioError, ValueError):
                lost.append(draft.place or draft.condition)
                continue
            self.drafts[key], self.breakpoints[key] = draft, replace(made, is_trusted=is_trusted)
            if isinstance(made.where, str) and not isinstance(made.where, Trouble):
                self.index.watch(conditions.compile_condition(made.where, session.spec).addresses)
        self.watches = {}
        for key, text in marks.watches:
            kept = watches.get(key)
            try:
                watch = kept if kept is not None and kept.text == text else watching.Watch(key, text, session.spec)
            except BpstudioError:
                lost.append(text)
                continue
            self.watches[key] = watch
            self.index.watch(watch.condition.addresses)
        self.exceptions = marks.exceptions
        self._next_key = max([self._next_key, *(key + 1 for key in (*self.drafts, *self.watches))])
        self.changed.emit()
        return lost

    def _recording(self, words: str) -> AbstractContextManager[None]:
        return self._undo.recording(words, lambda: self.marks, self.set_marks)

    # What is shown.

    def state(self, options: ViewOptions, branches: BranchState, why: WhyState) -> DebugState:
        """Everything about breakpoints, watches and log, with the branches and the answer beside them."""
        places = (made.where for made in self.breakpoints.values())
        return DebugState(
            self.breakpoint_state(),
            self.watch_state(options),
            self.log_state(),
            frozenset(place for place in places if isinstance(place, Location)),
            branches,
            why,
        )

    def breakpoint_state(self) -> BreakpointState:
        """The list of breakpoints."""
        return BreakpointState(tuple(self._row(key) for key in self.drafts), exceptions_with(self.exceptions))

    def _row(self, key: int) -> BreakpointRow:
        draft, made = self.drafts[key], self.breakpoints[key]
        what = draft.condition if draft.kind is BreakpointKind.CONDITION else draft.place
        lists = self.hit_lists
        return BreakpointRow(key, draft, what, lists.count(key), lists.last(key), made.is_trusted)

    def watch_state(self, options: ViewOptions) -> WatchState:
        """The list of watches with their values here."""
        session = self.session
        if session is None:
            return WatchState()
        numbers = options.numbers
        rows = []
        for key, watch in self.watches.items():
            end, count = session.losses.count, watch.series.count
            values = watch.series.values
            here = session.iteration
            before = float(values[here - 1]) if 0 < here <= count else None
            rows.append(
                watch_row(
                    key,
                    watch.text,
                    log_text.value_here(watch.text, session),
                    before if before is None or not math.isnan(before) else None,
                    numbers,
                    spark_curve(values, count, max(end, 1)),
                    here,
                    min(1.0, count / max(1, end)),
                )
            )
        return WatchState(tuple(rows))

    def log_state(self) -> LogState:
        """What logpoints wrote; rows after the position are dimmed."""
        return log_state(self.rows, 0 if self.session is None else self.session.position)


class SearchJob:
    """A search as a job of the window."""

    def __init__(self, search: "searches.Search") -> None:
        self.search = search

    @property
    def is_forward(self) -> bool:
        """Whether it goes forward in time."""
        return self.search.direction is searches.Direction.FORWARD

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations searched, of all that may have to be."""
        return self.search.progress

    def advance(self, seconds: float) -> bool:
        """Search on; True when it has ended."""
        return self.search.advance(seconds)

    def cancel(self) -> None:
        """Go back to where it began."""
        self.search.cancel()


def _made(key: int, draft: BreakpointDraft, spec: RunSpec) -> Breakpoint:
    """The breakpoint that a draft describes; raises an error with one sentence for what is wrong."""
    parsed = parse_hit_rule(draft.hit_rule)
    rule = None if parsed is None else HitRule(*parsed)
    condition = draft.condition.strip()
    if condition:
        conditions.compile_condition(condition, spec)
    problem = log_text.message_problem(draft.message, spec)
    if problem:
        raise ValueError(problem)
    where: Where
    match draft.kind:
        case BreakpointKind.LOCATION:
            where = parse_place(draft.place, spec)
        case BreakpointKind.WRITE:
            conditions.compile_condition(draft.place, spec)
            where = parse_address(draft.place)
        case BreakpointKind.CONDITION:
            conditions.compile_condition(condition, spec)
            where = condition
        case BreakpointKind.EXCEPTION:
            where = Trouble(draft.place)
    return Breakpoint(
        key=key,
        where=where,
        condition="" if draft.kind is BreakpointKind.CONDITION else condition,
        rule=rule,
        message=draft.message,
        is_temporary=draft.is_temporary,
        is_enabled=draft.is_enabled,
    )
