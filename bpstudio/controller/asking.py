"""Asking why: what a number was made of, which updates made a weight, and where a number stopped being finite."""

import math
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from bpstudio.controller.long_move import Job
from bpstudio.errors import BpstudioError
from bpstudio.explain import nan_hunt
from bpstudio.explain.notation import notation
from bpstudio.model.address import Address, parse_address
from bpstudio.session import origins
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.why_state import (
    Path,
    WhyMode,
    WhyQuestion,
    WhyState,
    WhyTrees,
    asked_address,
    build_why_state,
)


class Asking(QObject):
    """Holds the question. ``changed`` when there is another answer; a job is handed out where the run must be replayed."""

    changed = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.is_open = False
        self.question = WhyQuestion()
        self._trees: WhyTrees | None = None
        self._updates: origins.Updates | None = None
        self._hunt: nan_hunt.NanHunt | None = None

    def reset(self, session: Session) -> None:
        """Begin with another run."""
        self.session = session
        self.question = WhyQuestion()
        self.forget()

    def forget(self) -> None:
        """The past was edited, or is another branch's: answers are looked for anew."""
        self._trees = None if self.session is None else WhyTrees(self.session)
        self._updates, self._hunt = None, None
        if self.question.mode in (WhyMode.UPDATES, WhyMode.ORIGIN):  # these are replayed when they are asked for
            self.question = replace(self.question, mode=WhyMode.PARENTS)

    def ask(self, address: Address | None, sample: int | None = None) -> None:
        """Ask about what is selected, or about the number the last operation wrote."""
        session = self.session
        if session is None:
            return
        if address is None:
            executed = executed_operation(session)
            address = None if executed is None else executed.address
            sample = None if executed is None else executed.sample
        if address is None or not (address.indices or address.quantity.is_scalar):
            self.said.emit("Select a unit, an edge or a bias, or run an operation, and ask again.")
            return
        self.question = WhyQuestion(address, sample, self.question.mode)
        self._updates, self._hunt = None, None
        self.changed.emit()

    def toggle(self, path: Path) -> None:
        """Open a row, or close it."""
        self.question = self.question.toggled(path)
        self.changed.emit()

    def choose_mode(self, mode: WhyMode) -> None:
        """Answer in another way."""
        self.question = replace(self.question, mode=mode)
        self.changed.emit()

    def replay(self, options: ViewOptions) -> Job | None:
        """What has to be replayed for the answer; None if it is there."""
        session, question = self.session, self.question
        if session is None or question.address is None:
            return None
        try:
            if question.mode is WhyMode.UPDATES and self._updates is None:
                address = asked_address(question.address, question.mode)
                return _Keeping(origins.UpdateHistory(session, address), self)
            if question.mode is WhyMode.ORIGIN and self._hunt is None:
                names = notation(options.notation, session.spec)
                return _Keeping(nan_hunt.NanHunt(session, names, question.address, question.sample), self)
        except BpstudioError as error:
            self.said.emit(str(error))
        return None

    def keep(self, found: "origins.UpdateHistory | nan_hunt.NanHunt") -> None:
        """Take in what was replayed."""
        if isinstance(found, origins.UpdateHistory):
            self._updates = found.found
        else:
            self._hunt = found

    def state(self, options: ViewOptions) -> WhyState:
        """The answer, if somebody looks."""
        if not self.is_open or self._trees is None:
            return WhyState()
        may_replay = not options.is_playing
        try:
            return build_why_state(
                self._trees, self.question, options, updates=self._updates, hunt=self._hunt, may_replay=may_replay
            )
        except BpstudioError as error:
            return WhyState(str(error))

    # The hunt for the origin of NaN.

    def bad_number(self) -> tuple[Address, int | None] | None:
        """A number here that is not finite: the one the last operation wrote, or a weight, or the loss."""
        session = self.session
        if session is None:
            return None
        executed = executed_operation(session)
        if executed is not None and executed.address is not None and executed.address.indices:
            value = session.value(executed.address, executed.sample)
            if value is not None and not math.isfinite(value):
                return executed.address, executed.sample
        return _first_bad(session)

    def hunt_target(self, hunt: "nan_hunt.NanHunt", here: int) -> tuple[int, str] | None:
        """Where to go next: behind the operation that made it; from there to the first operand that grew too large."""
        if hunt.made is not None and hunt.made.position is not None and here != hunt.made.position + 1:
            return hunt.made.position + 1, f"Made here: {hunt.made.words}"
        if hunt.grown is not None and hunt.grown.position is not None:
            return hunt.grown.position + 1, f"The first operand beyond {hunt.limit:,.0f}: {hunt.grown.words}"
        return None


class _Keeping:
    """A replay that hands over what it has found when it is done."""

    def __init__(self, work: "origins.UpdateHistory | nan_hunt.NanHunt", asking: Asking) -> None:
        self.work = work
        self._asking = asking

    @property
    def progress(self) -> tuple[int, int]:
        """How much is done, of how much."""
        return self.work.progress

    def advance(self, seconds: float) -> bool:
        """Replay on; True when all is found."""
        is_done = self.work.advance(seconds)
        if is_done:
            self._asking.keep(self.work)
        return is_done

    def cancel(self) -> None:
        """Go back to where it began."""
        self.work.cancel()


def _first_bad(session: Session) -> tuple[Address, int | None] | None:
    """The first weight or bias that is not finite, else an activation of the sample at work."""
    tape, depth = session.tape, session.spec.network.depth
    for layer in range(1, depth + 1):
        for name in ("w", "b") if session.spec.network.layer(layer).bias.present else ("w",):
            values = tape.array(f"{name}[{layer}]")
            for index, value in zip(_indices(values.shape), values.ravel().tolist(), strict=True):
                if not math.isfinite(value):
                    return _address(f"{name}[{layer}]", index), None
    sample = session.progress.sample
    for layer in range(1, depth + 1):
        for unit, value in enumerate(tape.array(f"z[{layer}]", sample).tolist()):
            if not math.isfinite(value):
                return _address(f"z[{layer}]", (unit,)), sample
    return None


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    if len(shape) == 1:
        return [(j,) for j in range(shape[0])]
    return [(j, i) for j in range(shape[0]) for i in range(shape[1])]


def _address(whole: str, indices: tuple[int, ...]) -> Address:
    return parse_address(whole).at(*indices)
