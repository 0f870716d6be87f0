"""Playback: steps at a chosen speed, or iterations as fast as they compute, in slices of the GUI's time."""

import math
import time

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.controller.long_move import SLICE_SECONDS, adapted
from bpstudio.intents import Gauge
from bpstudio.program.levels import Level
from bpstudio.session.non_finite import NonFinite
from bpstudio.session.session import Session

FRAME_SECONDS = 1 / 30
HELD_SECONDS = 0.002
"""When the event loop was busy for longer than this between two slices, input may have come in."""
PAINT_MS = 15
"""How long the next slice waits for what the user has just asked for to be painted."""


class Playback(QObject):
    """Moves a session on by itself. ``moved`` comes at the pace of frames, ``paused_at`` where a number went bad."""

    running_changed = Signal(bool)
    moved = Signal()
    paused_at = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.speed = 4.0
        self.gauge = Gauge.STEPS
        self.level = Level.UNIT
        self._step_timer = QTimer(self)
        self._step_timer.timeout.connect(self._step)
        self._slice_timer = QTimer(self)
        self._slice_timer.setInterval(0)
        self._slice_timer.timeout.connect(self._run_slice)
        self._target: int | None = None
        self._moved_at = 0.0
        self._left_at = 0.0
        self._per_slice = 1

    @property
    def is_running(self) -> bool:
        """Whether steps or iterations are being played."""
        return self._step_timer.isActive() or self._slice_timer.isActive()

    def play(self) -> None:
        """Play in the chosen gauge."""
        if self.session is None or self.is_running:
            return
        if self.gauge is Gauge.FULL_SPEED:
            self.run_to(None)
            return
        self._step_timer.start(self._interval_ms)
        self.running_changed.emit(True)

    def run_to(self, iteration: int | None) -> None:
        """Compute at full speed up to an iteration, or without an end."""
        self.pause()
        self._target = iteration
        self._slice_timer.start()
        self.running_changed.emit(True)

    def pause(self) -> bool:
        """Hold where the run stands; False if it stood already."""
        if not self.is_running:
            return False
        self._step_timer.stop()
        self._slice_timer.stop()
        self.running_changed.emit(False)
        return True

    def give_way(self) -> None:
        """Let the window paint before anything more is computed."""
        if self._slice_timer.isActive():
            self._slice_timer.start(PAINT_MS)

    def set_speed(self, steps_per_second: float) -> None:
        """How many steps of the level a second playing makes."""
        self.speed = steps_per_second
        if self._step_timer.isActive():
            self._step_timer.start(self._interval_ms)

    def set_gauge(self, gauge: Gauge) -> None:
        """Play by steps or at full speed; what plays goes on in the new gauge."""
        was_running = self.pause()
        self.gauge = gauge
        if was_running:
            self.play()

    @property
    def _interval_ms(self) -> int:
        return max(1, round(1000 / self.speed))

    def _step(self) -> None:
        if self.session is not None:
            self.session.step(self.level)
            self.moved.emit()

    def _run_slice(self) -> None:
        """Iterations until the slice is over, or a frame of the view: never both, so that a key waits for one of them only."""
        session = self.session
        if session is None:
            self._slice_timer.stop()
            return
        self._slice_timer.setInterval(0)
        if time.perf_counter() - self._left_at > HELD_SECONDS:  # something was painted: let a waiting key go first
            self._left_at = math.inf  # once only: the next slice works, however long that takes
            return
        self._advance(session)
        self._left_at = time.perf_counter()

    def _advance(self, session: Session) -> None:
        if time.perf_counter() - self._moved_at > FRAME_SECONDS:
            self.moved.emit()
            self._moved_at = time.perf_counter()  # after it: a slow view must leave time to compute
            return
        found = self._compute(session)
        if found is not None:
            self.pause()
            self.paused_at.emit(found)
        elif self._target is not None and session.iteration >= self._target:
            self.pause()

    def _compute(self, session: Session) -> NonFinite | None:
        until = time.perf_counter() + SLICE_SECONDS
        while (began := time.perf_counter()) < until:
            count = self._per_slice
            if self._target is not None:
                count = min(count, self._target - session.iteration)
            if count <= 0:
                return None
            found = session.run_iterations(count)
            self._per_slice = adapted(self._per_slice, time.perf_counter() - began)
            if found is not None:
                return found
        return None
