"""RunController: holds the session and what is chosen; every wish comes in here, every picture of a moment goes out."""

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.errors import BpstudioError
from bpstudio.explain.labels import operation_label
from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.files.run_file import open_run
from bpstudio.intents import Gauge, Move
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName, RunSpec
from bpstudio.program.levels import Level
from bpstudio.session.non_finite import NonFinite
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import EdgeMode, Selection, UnitMode, ViewOptions
from bpstudio.viewstate.view_state import ViewState, build_view_state

SLICE_SECONDS = 0.008
FRAME_SECONDS = 1 / 30


class RunController(QObject):
    """The one door. Emits ``view_changed`` with a new ViewState after anything that changes what is to be seen."""

    view_changed = Signal(object)
    session_opened = Signal(object)
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
        self.speed = 4.0
        self.gauge = Gauge.STEPS
        self._play_timer = QTimer(self)
        self._play_timer.timeout.connect(self._play_step)
        self._slice_timer = QTimer(self)
        self._slice_timer.setInterval(0)
        self._slice_timer.timeout.connect(self._run_slice)
        self._seek_timer = QTimer(self)
        self._seek_timer.setInterval(0)
        self._seek_timer.timeout.connect(self._seek_slice)
        self._target_iteration: int | None = None
        self._shown_at = 0.0
        self._per_slice = 1
        self._seek: _LongSeek | None = None

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
        self.stop()
        self.session = Session(spec)
        self.source = source
        self.selection = Selection()
        self.options = replace(self.options, notation=spec.notation)
        self.session_opened.emit(self.session)
        self.show()

    def show(self) -> None:
        """Emit the view of now."""
        if self.session is not None:
            self._shown_at = time.perf_counter()
            self.view_changed.emit(self.view())

    def view(self) -> ViewState:
        """The view of now; raises RuntimeError before anything is open."""
        if self.session is None:
            raise RuntimeError("no run is open")
        return build_view_state(self.session, self.selection, self.options)

    # Moves.

    def perform(self, move: Move) -> None:
        """Make one move and show where it led; at the start say so and stay."""
        session = self.session
        if session is None or self._seek is not None:
            return
        self.pause()
        level, before = self.options.level, session.position
        if move is Move.EPOCH_END:
            self.run_to(session.program.batches.per_epoch * (session.operation.epoch + 1))
            return
        moves: dict[Move, Callable[[], int]] = {
            Move.OVER: lambda: session.step(level),
            Move.INTO: lambda: session.step_into(level),
            Move.OUT: lambda: session.step_out(level),
            Move.BACK_OVER: lambda: session.step_back(level),
            Move.BACK_INTO: lambda: session.step_back_into(level),
            Move.BACK_OUT: lambda: session.step_back_out(level),
            Move.START: lambda: session.seek(position=0),
            Move.ITERATION_START: lambda: session.seek(iteration=session.iteration),
        }
        moves[move]()
        if session.position == before and "back" in move:
            self.message_shown.emit("This is the start of the run: nothing lies before it.")
        self.show()

    def seek_position(self, position: int) -> None:
        """Go to a position, in slices with progress when it is far."""
        if self.session is None:
            return
        try:
            iteration = self.session.program.iteration_at(position)
        except BpstudioError as error:
            self.message_shown.emit(str(error))
            return
        self._begin_seek(position, iteration)

    def seek_iteration(self, iteration: int) -> None:
        """Go to the start of an iteration."""
        if self.session is not None and iteration >= 0:
            self._begin_seek(self.session.program.iteration_start(iteration), iteration)

    # Long seeks.

    def _begin_seek(self, position: int, iteration: int) -> None:
        session = self.session
        if session is None:
            return
        self.pause()
        self.cancel_seek()
        start = session.history.nearest(iteration)[0]
        if start <= session.engine.iteration <= iteration:
            start = session.engine.iteration
        if iteration - start <= self._quick_iterations(session):
            session.seek(position=position)
            self.show()
            return
        self._seek = _LongSeek(session.position, position, start, iteration)
        self._seek_timer.start()

    def _quick_iterations(self, session: Session) -> int:
        """How many iterations surely take less than a tenth of a second."""
        weights = session.engine.layout.size * session.spec.batch_size
        return max(1, min(500, 2_000_000 // max(1, weights)))

    def _seek_slice(self) -> None:
        session, seek = self.session, self._seek
        if session is None or seek is None:
            self._seek_timer.stop()
            return
        until = time.perf_counter() + SLICE_SECONDS
        while time.perf_counter() < until and seek.reached < seek.iteration:
            began = time.perf_counter()
            seek.reached = min(seek.iteration, seek.reached + seek.chunk)
            session.seek(iteration=seek.reached)
            seek.chunk = _adapted(seek.chunk, time.perf_counter() - began)
        if seek.reached < seek.iteration:
            self.progressed.emit(seek.reached - seek.first, seek.iteration - seek.first)
            return
        session.seek(position=seek.position)
        self._end_seek()
        self.show()

    def cancel_seek(self) -> None:
        """End a long seek and go back to where it began."""
        if self._seek is not None and self.session is not None:
            origin = self._seek.origin
            self._end_seek()
            self.session.seek(position=origin)
            self.message_shown.emit("Cancelled: back where it began.")
            self.show()

    def _end_seek(self) -> None:
        self._seek_timer.stop()
        self._seek = None
        self.progress_ended.emit()

    # Playing.

    @property
    def is_running(self) -> bool:
        """Whether steps or iterations are being played."""
        return self._play_timer.isActive() or self._slice_timer.isActive()

    def play(self) -> None:
        """Play at the chosen speed, or at full speed without an end."""
        if self.session is None or self.is_running:
            return
        self.cancel_seek()
        if self.gauge is Gauge.FULL_SPEED:
            self._start_full_speed(None)
            return
        self._play_timer.start(max(1, round(1000 / self.speed)))
        self._announce()

    def run_to(self, iteration: int) -> None:
        """Compute at full speed up to an iteration."""
        if self.session is not None:
            self.pause()
            self._start_full_speed(iteration)

    def _start_full_speed(self, target: int | None) -> None:
        self._target_iteration = target
        self._slice_timer.start()
        self._announce()

    def pause(self) -> None:
        """Hold where the run stands."""
        if self.is_running:
            self._play_timer.stop()
            self._slice_timer.stop()
            self._announce()
            self.show()

    def stop(self) -> None:
        """End playing and any long seek."""
        self.cancel_seek()
        self.pause()

    def toggle(self) -> None:
        """Play or pause."""
        if self.is_running:
            self.pause()
        else:
            self.play()

    def set_speed(self, steps_per_second: float) -> None:
        """How many steps of the level a second playing makes."""
        self.speed = steps_per_second
        if self._play_timer.isActive():
            self._play_timer.start(max(1, round(1000 / self.speed)))

    def set_gauge(self, gauge: Gauge) -> None:
        """Play by steps or at full speed."""
        was_running = self.is_running
        self.pause()
        self.gauge = gauge
        if was_running:
            self.play()

    def _announce(self) -> None:
        self.options = replace(self.options, is_playing=self.is_running)
        self.running_changed.emit(self.is_running)

    def _play_step(self) -> None:
        if self.session is not None:
            self.session.step(self.options.level)
            self.show()

    def _run_slice(self) -> None:
        """Iterations until the slice is over; the view follows at the pace of frames."""
        session = self.session
        if session is None:
            self._slice_timer.stop()
            return
        until = time.perf_counter() + SLICE_SECONDS
        while time.perf_counter() < until:
            count = self._per_slice
            if self._target_iteration is not None:
                count = min(count, self._target_iteration - session.iteration)
            if count <= 0:
                break
            began = time.perf_counter()
            found = session.run_iterations(count)
            self._per_slice = _adapted(self._per_slice, time.perf_counter() - began)
            if found is not None:
                self.pause()
                self.message_shown.emit(self._non_finite_words(found))
                return
        if self._target_iteration is not None and session.iteration >= self._target_iteration:
            self.pause()
        elif time.perf_counter() - self._shown_at > FRAME_SECONDS:
            self.show()

    def _non_finite_words(self, found: NonFinite) -> str:
        session = self.session
        if session is None:
            return ""
        operation = found.operation
        names = notation(self.options.notation, session.spec)
        where = "" if operation.sample is None else f", {names.sample_name(operation.sample)}"
        return (
            f"Paused where the first number that is not finite was made: {operation_label(operation, names)} "
            f"is {NumberFormat(4).format(found.value)} (iteration {operation.iteration}{where}, position {operation.position})."
        )

    # What is shown, and how.

    def select(self, address: Address | None) -> None:
        """Select a unit, an edge, a bias, or nothing."""
        self.selection = replace(self.selection, selected=address)
        self.show()

    def hover(self, address: Address | None) -> None:
        """Remember what the pointer is on."""
        if address != self.selection.hovered:
            self.selection = replace(self.selection, hovered=address)
            self.show()

    def set_level(self, level: Level) -> None:
        """Choose how coarse a step is."""
        self.options = replace(self.options, level=level)
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

    def set_digits(self, digits: int) -> None:
        """Choose how many digits numbers show."""
        self.options = replace(self.options, digits=digits)
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


class _LongSeek:
    """A seek under way: where it began, where it goes, and how far it is."""

    def __init__(self, origin: int, position: int, first: int, iteration: int) -> None:
        self.origin = origin
        self.position = position
        self.first = first
        self.reached = first
        self.iteration = iteration
        self.chunk = 16


def _adapted(count: int, seconds: float) -> int:
    """A count that takes about a quarter of a slice."""
    share = (SLICE_SECONDS / 4) / max(1e-6, seconds)
    return max(1, min(65_536, int(count * min(2.0, max(0.25, share)))))
