"""RunController: holds the session and what is chosen; every wish comes in here, every picture of a moment goes out."""

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from bpstudio.controller.asking import Asking
from bpstudio.controller.background import Background
from bpstudio.controller.branching import Branching
from bpstudio.controller.building import Building
from bpstudio.controller.data_desk import DataDesk
from bpstudio.controller.debugger import Debugger, DebugMarks, SearchJob
from bpstudio.controller.goals import Goals
from bpstudio.controller.long_move import Job, LongMove, SeekJob
from bpstudio.controller.playback import Playback
from bpstudio.controller.revision import RESTING_BUDGET, Moment
from bpstudio.controller.showing_matrices import ShowingMatrices
from bpstudio.controller.travel import Travel
from bpstudio.controller.undo import Undo
from bpstudio.errors import BpstudioError
from bpstudio.explain.labels import operation_label
from bpstudio.explain.notation import notation
from bpstudio.explain.origin_words import operands_of
from bpstudio.explain.scripts import script_text
from bpstudio.files.run_file import open_run
from bpstudio.intents import Move
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName, RunSpec
from bpstudio.program.levels import Level
from bpstudio.session import conditions, search
from bpstudio.session.history import DEFAULT_BUDGET
from bpstudio.session.non_finite import NonFinite
from bpstudio.session.session import Session
from bpstudio.viewstate.preferences import Preferences
from bpstudio.viewstate.selection import EdgeMode, Selection, UnitMode, ViewOptions
from bpstudio.viewstate.timeline_view import live_position
from bpstudio.viewstate.view_state import ViewState, build_view_state

SEARCH_FRAME_SECONDS = 0.1
MEGABYTE = 1024 * 1024


class RunController(QObject):
    """The one door. Emits ``view_changed`` with a new ViewState after anything that changes what is to be seen."""

    view_changed = Signal(object)
    session_opened = Signal(object)
    begun = Signal()
    """Another document is open: a run file, an example or a new network."""
    message_shown = Signal(str)
    failed = Signal(str)
    running_changed = Signal(bool)
    progressed = Signal(int, int)
    progress_ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.source = ""
        self.options = ViewOptions()
        self.selection = Selection()
        self._reported_at = 0.0
        self._budget = DEFAULT_BUDGET
        self._damages = 0
        self.leaving: Callable[[Callable[[], object]], object] = _go_on
        """Who opens something else goes through here: the user may be asked first."""
        self.undo = Undo(self, self.stop)
        self.playback = Playback(self)
        self.playback.moved.connect(self._show_frame)
        self.playback.running_changed.connect(self._announce)
        self.playback.paused_at.connect(self._say_non_finite)
        self.travel = Travel(self.show, self.undo)
        self.debugger = Debugger(self, self.undo)
        self.debugger.changed.connect(self.show)
        self.debugger.said.connect(self.message_shown)
        self.branching = Branching(self, self.undo)
        self.branching.moved.connect(self._branch_changed)
        self.branching.approached.connect(self.show)
        self.branching.job_wanted.connect(self.start_job)
        self.branching.said.connect(self.message_shown)
        self.building = Building(self, self.revise)
        self.building.changed.connect(self.show)
        self.building.said.connect(self.message_shown)
        self.data_desk = DataDesk(self, self.building)
        self.data_desk.said.connect(self.message_shown)
        self.asking = Asking(self)
        self.asking.changed.connect(self._answer)
        self.asking.said.connect(self.message_shown)
        self.goals = Goals(self, self)
        self.goals.said.connect(self.message_shown)
        self.matrices = ShowingMatrices(self)
        self.matrices.changed.connect(self.show)
        self.long_move = LongMove(self)
        self.background = Background(self)
        self.long_move.progressed.connect(self._report)
        self.long_move.ended.connect(self.progress_ended)
        self.long_move.failed.connect(self._say_and_show)

    # Opening.

    def open(self, source: str) -> bool:
        """Open a run file or an example by name; on an error say so and keep what is open."""
        try:
            spec = open_run(source)
        except BpstudioError as error:
            self.failed.emit(str(error))
            return False
        self.open_spec(spec, source)
        return True

    def open_spec(self, spec: RunSpec, source: str) -> None:
        """Start a session of ``spec``; ``source`` is what it is called."""
        self.open_session(Session(spec, budget=self._budget), source)
        self.begun.emit()

    def open_session(self, session: Session, source: str) -> None:
        """Put a session in the place of the one that is open, wherever it stands."""
        self.stop()
        self.debugger.reset(session)
        self.undo.clear()
        self.options = replace(self.options, notation=session.spec.notation)
        self._adopt(Moment(session, source, ()))

    def revise(self, spec: RunSpec, words: str, key: str = "") -> None:
        """Put a run that starts as ``spec`` says in the place of this one; undo brings this one back where it stands."""
        if self.session is None:
            return
        self.stop()
        before, marks = Moment(self.session, self.source, self.travel.bookmarks), self.debugger.marks
        after = Moment(Session(spec, budget=self._budget), self.source, ())
        self.restore(after)
        self.undo.made(words, lambda: self.restore(after), lambda: self._return_to(before, marks), key)

    def _return_to(self, moment: Moment, marks: DebugMarks) -> None:
        self.restore(moment)
        self.debugger.set_marks(marks)

    def restore(self, moment: Moment) -> None:
        """Put a run that was left in the place of this one; breakpoints and watches go on where they have a meaning."""
        self.stop()
        if self.session is not None:
            self.session.budget = min(self._budget, RESTING_BUDGET)
            self.session.rest()
        moment.session.budget = self._budget
        dropped = self.debugger.carry(moment.session)
        self._adopt(moment)
        if dropped:
            self.message_shown.emit(f"Without a meaning here, and dropped: {', '.join(dropped)}.")

    def _adopt(self, moment: Moment) -> None:
        self.stop()
        self.session = self.playback.session = session = moment.session
        self.source = moment.source
        self.travel.reset(session)
        self.travel.bookmarks = moment.bookmarks
        self.branching.reset(session)
        self.asking.reset(session)
        self.matrices.reset()
        self.building.reset(session)
        self.selection = Selection()
        self.session_opened.emit(session)
        self.show()

    @property
    def budget_bytes(self) -> int:
        """What the history of a run may take."""
        return self._budget

    def show(self) -> None:
        """Emit the view of now, before anything more is computed."""
        self.playback.give_way()
        self._show_frame()

    def _show_frame(self) -> None:
        if self.session is not None:
            self._tell_damage(self.session)
            self.view_changed.emit(self.view())
            if not self.options.is_playing:
                self.debugger.fill()
                self.branching.follow(self.options.edge_mode is EdgeMode.DIFFERENCE)

    def _tell_damage(self, session: Session) -> None:
        """Name a checkpoint that was found damaged; the run was computed again from the last good one."""
        damages = session.damages
        if len(damages) > self._damages:
            last = damages[-1]
            self.message_shown.emit(f"Checkpoint of iteration {last.iteration:,}: {last.words}.")
        self._damages = len(damages)

    def view(self) -> ViewState:
        """The view of now; raises RuntimeError before anything is open."""
        if self.session is None:
            raise RuntimeError("no run is open")
        debugger = self.debugger
        options = replace(self.options, compared=self.branching.compared)
        marks = self.travel.marks(debugger.hits, self.branching.forks)
        timeline = self.travel.state(self.session, options, marks)
        why = self.asking.state(options)
        debug = debugger.state(options, self.branching.state(options), why)
        selection = replace(self.selection, lit=frozenset(why.lit))
        matrices = self.matrices.state(self.session, selection, options)
        return build_view_state(self.session, selection, options, timeline, debug, matrices)

    # Moves.

    def perform(self, move: Move) -> None:
        """Make one move and show where it led; at the start say so and stay."""
        session = self.session
        if session is None or self.long_move.is_under_way:
            return
        self.pause()
        level, before = self.options.level, session.position
        if move is Move.EPOCH_END:
            self.run_to(session.program.batches.per_epoch * (session.operation.epoch + 1))
            return
        target = _target(move, session, level)
        if target == before and "back" in move:
            self.message_shown.emit("This is the start of the run: nothing lies before it.")
        self.long_move.start(SeekJob(session, target), self.show)

    def seek_position(self, position: int) -> None:
        """Jump to a position, in slices with progress when it is far; the way back is remembered."""
        session = self.session
        if session is None:
            return
        try:
            session.program.iteration_at(position)
        except BpstudioError as error:
            self.message_shown.emit(str(error))
            return
        self.stop()
        self.travel.remember(session.position)
        self.long_move.start(SeekJob(session, position), self.show)

    def seek_iteration(self, iteration: int) -> None:
        """Jump to the start of an iteration."""
        if self.session is not None and iteration >= 0:
            self.seek_position(self.session.program.iteration_start(iteration))

    def seek_percent(self, percent: float) -> None:
        """Jump to a share of what is computed."""
        if self.session is not None:
            live = live_position(self.session)
            self.seek_position(min(live, round(live * percent / 100.0)))

    def return_to_live(self) -> None:
        """Jump to how far the run was ever computed."""
        if self.session is not None:
            self.seek_position(live_position(self.session))

    def go_to_bookmark(self, way: int) -> None:
        """Jump to the next bookmark after where the run stands, or with −1 to the last before; at the end of them say so."""
        session = self.session
        if session is None:
            return
        bookmark = self.travel.bookmark_beside(session.position, way)
        if bookmark is not None:
            self.seek_position(bookmark.position)
            self.message_shown.emit(f"⚑ {bookmark.name}{f': {bookmark.note}' if bookmark.note else ''}")
        elif self.travel.bookmarks:
            self.message_shown.emit(f"There is no bookmark {'after' if way > 0 else 'before'} this position.")
        else:
            self.message_shown.emit("There are no bookmarks yet: Ctrl+K keeps this position as one.")

    def go_back(self) -> None:
        """Jump to the position visited before the last jump."""
        self._revisit(self.travel.previous, "Nothing was visited before.")

    def go_forward(self) -> None:
        """Jump to where the last way back began."""
        self._revisit(self.travel.following, "Nothing was visited after.")

    def _revisit(self, choose: Callable[[int], int | None], nothing: str) -> None:
        session = self.session
        if session is None:
            return
        self.stop()
        position = choose(session.position)
        if position is None:
            self.message_shown.emit(nothing)
        else:
            self.long_move.start(SeekJob(session, position), self.show)

    def _branch_changed(self) -> None:
        """Another future: what was measured of the old one is looked at anew."""
        self.travel.forget_state()
        self.debugger.forget_measured()
        self.asking.forget()
        self.show()

    def compare(self, key: int | None = None) -> None:
        """Colour the edges by how they differ from another branch; the same again shows weights."""
        other = self.branching.other if key is None else key
        if other is None:
            self.message_shown.emit("There is one branch only. Change a number (F2) or the optimizer to start another.")
            return
        is_ended = self.branching.compared == other and self.options.edge_mode is EdgeMode.DIFFERENCE
        self.branching.compared = other
        self.set_edge_mode(EdgeMode.WEIGHT if is_ended else EdgeMode.DIFFERENCE)

    def symbol(self, address: Address) -> str:
        """How a number is written in the notation that is shown."""
        if self.session is None:
            return str(address)
        names = notation(self.options.notation, self.session.spec)
        return script_text(names.symbol(address))

    # Why.

    def ask_why(self) -> None:
        """Ask why the selected number, or the one just written, is what it is."""
        self.asking.ask(self.selection.selected)

    def _answer(self) -> None:
        job = self.asking.replay(self.options)
        if job is None:
            self.show()
        else:
            self.start_job(job, self.show)

    # Scrubbing.

    def scrub(self, position: int) -> None:
        """Show about this position while it is dragged to."""
        self.stop()
        self.travel.scrub(position)

    def end_scrub(self, position: int) -> None:
        """Settle on a position."""
        session, origin = self.session, self.travel.end_scrub()
        if session is not None:
            self.travel.remember(session.position if origin is None else origin)
            self.long_move.start(SeekJob(session, position), self.show)

    def cancel_scrub(self) -> None:
        """Go back to where scrubbing began."""
        session, origin = self.session, self.travel.end_scrub()
        if session is not None and origin is not None:
            self.long_move.start(SeekJob(session, origin), self.show)

    def start_job(self, job: Job, finished: Callable[[], None]) -> None:
        """Run a job that moves the session, in slices with progress; other moves wait until it ends."""
        self.stop()
        self.long_move.start(job, finished)

    def _say_and_show(self, sentence: str) -> None:
        self.message_shown.emit(sentence)
        self.show()

    def cancel_move(self) -> None:
        """End a long move and go back to where it began."""
        if self.long_move.cancel():
            self._announce(False)
            self.message_shown.emit("Cancelled: back where it began.")

    # Playing.

    @property
    def is_running(self) -> bool:
        """Whether steps or iterations are being played."""
        return self.playback.is_running

    def resume(self) -> None:
        """Continue to the next breakpoint; without one, play."""
        if self.debugger.needs_search:
            self.search(search.Direction.FORWARD)
        else:
            self.play()

    def resume_back(self) -> None:
        """Continue backwards to the last breakpoint before; without one, to the start of the run."""
        if self.debugger.needs_search:
            self.search(search.Direction.BACK)
        else:
            self.perform(Move.START)

    def search(self, direction: "search.Direction", only: int | None = None, goal: int | None = None) -> None:
        """Search for the next hit of everything, or of one breakpoint, at most to a goal; the way back is remembered."""
        session = self.session
        if session is None:
            return
        self.stop()
        self.travel.remember(session.position)
        job = self.debugger.search(direction, only, goal)
        self.long_move.start(job, lambda: self._search_ended(job))
        if self.long_move.is_under_way:
            self._announce(True)

    def _search_ended(self, job: SearchJob) -> None:
        self._announce(False)
        self.debugger.ended(job.search)
        if job.search.stop is not None:
            self.message_shown.emit(self.debugger.words_of(job.search.stop, self.options.numbers))

    def _report(self, done: int, total: int) -> None:
        """Show progress, and of a search forward also where it is."""
        self.progressed.emit(done, total)
        now = time.perf_counter()
        if isinstance(self.long_move.job, SearchJob) and now - self._reported_at > SEARCH_FRAME_SECONDS:
            self._reported_at = now
            self._show_frame()

    def play(self) -> None:
        """Play at the chosen speed, or at full speed without an end."""
        self.cancel_move()
        self.playback.play()

    def run_to(self, iteration: int) -> None:
        """Compute at full speed up to an iteration."""
        self.cancel_move()
        self.playback.run_to(iteration)

    def pause(self) -> None:
        """Hold where the run stands; a search forward stays where it has got to."""
        job = self.long_move.job
        if isinstance(job, SearchJob) and job.is_forward:
            self.long_move.halt()
            self.debugger.ended(job.search)
            self._announce(False)
        self.playback.pause()

    def stop(self) -> None:
        """End playing and any long move."""
        self.cancel_move()
        self.pause()

    def toggle(self) -> None:
        """Play or pause."""
        if self.is_running or self.long_move.is_under_way:
            self.pause()
        else:
            self.play()

    def _announce(self, is_running: bool) -> None:
        self.options = replace(self.options, is_playing=is_running)
        self.debugger.hold_filling()
        self.branching.hold()
        self.running_changed.emit(is_running)
        if not is_running:
            self.show()

    def _say_non_finite(self, found: NonFinite) -> None:
        self.message_shown.emit(self._non_finite_words(found))

    def _non_finite_words(self, found: NonFinite) -> str:
        session = self.session
        if session is None:
            return ""
        operation = found.operation
        names, numbers = notation(self.options.notation, session.spec), self.options.numbers
        where = "" if operation.sample is None else f", {names.sample_name(operation.sample)}"
        return (
            f"Paused where the first number that is not finite was made: {operation_label(operation, names)} "
            f"is {numbers.format(found.value)} (iteration {operation.iteration}{where}, position {operation.position}): "
            f"{operands_of(found, session.program, session.tape, names, numbers)}"
        )

    # What is shown, and how.

    def select(self, address: Address | None, sample: int | None = None) -> None:
        """Select a unit, an edge, a bias, any other number, or nothing; of the sample at work unless one is given."""
        address = self._known(address)
        if self.session is None or (sample is not None and sample >= self.session.spec.batch_size):
            sample = None
        self.selection = replace(self.selection, selected=address, sample=sample)
        self.show()

    def hover(self, address: Address | None) -> None:
        """Remember what the pointer is on."""
        address = self._known(address)
        if address != self.selection.hovered:
            self.selection = replace(self.selection, hovered=address)
            self.show()

    def _known(self, address: Address | None) -> Address | None:
        """Nothing for what this network does not have: a view may still show the one before, and be clicked."""
        session = self.session
        if address is None or session is None or conditions.address_problem(address, session.spec):
            return None
        return address

    def set_level(self, level: Level) -> None:
        """Choose how coarse a step is."""
        self.options = replace(self.options, level=level)
        self.playback.level = level
        self.show()

    def set_notation(self, name: NotationName) -> None:
        """Write quantities another way."""
        self.options = replace(self.options, notation=name)
        self.show()

    def set_edge_mode(self, mode: EdgeMode) -> None:
        """Choose what edges show."""
        self.options = replace(self.options, edge_mode=mode)
        self.show()

    def set_unit_mode(self, mode: UnitMode) -> None:
        """Choose what units show."""
        self.options = replace(self.options, unit_mode=mode)
        self.show()

    def set_preferences(self, preferences: Preferences) -> None:
        """Write numbers and sentences as chosen, and give the history its memory."""
        self._budget = preferences.budget_megabytes * MEGABYTE
        if self.session is not None:
            self.session.budget = self._budget
        self.options = preferences.applied_to(self.options)
        self.show()

    def set_unfolded(self, is_unfolded: bool) -> None:
        """Step the output δ of a matched pair through its factors, or in one operation."""
        if self.session is not None:
            self.session.set_unfolded(is_unfolded)
            self.show()

    def select_neighbour(self, across: int, down: int) -> None:
        """From the selected unit to one beside or below it; from nothing to the first."""
        if self.session is None:
            return
        sizes = self.session.spec.network.sizes
        selected = self.selection.selected
        if selected is None or selected.layer is None or len(selected.indices) != 1:
            layer, unit = 0, 0
        else:
            layer = min(len(sizes) - 1, max(0, selected.layer + across))
            unit = min(sizes[layer] - 1, max(0, selected.indices[0] + down))
        self.select(Address(Quantity.ACTIVATION, layer, (unit,)))


def _target(move: Move, session: Session, level: Level) -> int:
    """Where a move leads."""
    program, position = session.program, session.position
    match move:
        case Move.OVER:
            return program.next_boundary(position, level)
        case Move.INTO:
            return program.next_boundary(position, level.finer)
        case Move.OUT:
            return program.span(position, level.coarser).end
        case Move.BACK_OVER:
            return program.previous_boundary(position, level)
        case Move.BACK_INTO:
            return program.previous_boundary(position, level.finer)
        case Move.BACK_OUT:
            return program.span(max(0, position - 1), level.coarser).start
        case Move.ITERATION_START:
            return program.iteration_start(session.iteration)
        case Move.EPOCH_END:
            return program.iteration_start(program.batches.per_epoch * (session.operation.epoch + 1))
        case Move.START:
            return 0


def _go_on(act: Callable[[], object]) -> None:
    act()
