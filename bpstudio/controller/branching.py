"""Branching: edits of a run, the branches they make, and how these compare."""

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.controller.branch_steps import DeleteStep, ForkStep, Stand
from bpstudio.controller.long_move import SLICE_SECONDS, SwitchJob
from bpstudio.controller.undo import Undo
from bpstudio.errors import BpstudioError
from bpstudio.files.optimizer_section import read_optimizer
from bpstudio.files.section import Section
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.session.branches import DataEdit, Edit, NumberEdit, OptimizerEdit
from bpstudio.session.session import Session
from bpstudio.viewstate.branch_state import BranchFact, BranchState, build_branch_state
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.timeline_state import Fork

Q = Quantity
MOST_OVERLAID = 4


class Branching(QObject):
    """Edits the session and goes from branch to branch; ``moved`` when the run stands elsewhere, ``said`` for the status line."""

    moved = Signal()
    approached = Signal()
    job_wanted = Signal(object, object)
    said = Signal(str)

    def __init__(self, parent: QObject, undo: Undo) -> None:
        super().__init__(parent)
        self._undo = undo
        self.session: Session | None = None
        self.compared: int | None = None
        self._approach: Iterator[None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._approach_on)
        self._last: int | None = None

    def reset(self, session: Session) -> None:
        """Begin with another run."""
        self.hold()
        self.session = session
        self.compared = self._last = None

    # Edits.

    def editable(self, address: Address | None, symbol: Callable[[Address], str] = str) -> tuple[str, float] | None:
        """What can be changed of what is selected, as ``symbol`` writes it, and its value here; None if nothing can."""
        session = self.session
        if session is None or address is None:
            return None
        if address.quantity in (Q.WEIGHT, Q.BIAS) and address.indices:
            value = session.tape.value(address)
            return symbol(address), value
        if address.quantity is Q.ACTIVATION and address.layer == 0 and address.indices:
            sample = session.progress.sample
            row = int(session.tape.rows[sample])
            return f"{symbol(address)} of row {row}", session.tape.value(address, sample)
        return None

    def change(self, address: Address, value: float) -> None:
        """Give a weight, a bias or an input another value, from the start of this iteration on."""
        session = self.session
        if session is None:
            return
        if address.quantity is Q.ACTIVATION:
            row = int(session.tape.rows[session.progress.sample])
            self._edit(DataEdit(row, address.indices[0], value))
        else:
            self._edit(NumberEdit(address, value))

    def change_optimizer(self, section: object) -> None:
        """Go on with another update rule; ``section`` is what a run file would say."""
        try:
            optimizer = read_optimizer(Section(section, "optimizer"))
        except BpstudioError as error:
            self.said.emit(str(error))
            return
        self._edit(OptimizerEdit(optimizer))

    def _edit(self, edit: Edit) -> None:
        if self.session is None:
            return
        before = Stand.of(self.session)
        try:
            branch = self.session.edit(edit)
        except BpstudioError as error:
            self.said.emit(str(error))
            return
        self.compared = branch.parent
        self._last = branch.parent
        step = ForkStep(self.session, branch.key, before)
        self._undo.made(edit.words, lambda: self._do(step.redo), lambda: self._do(step.undo))
        self.moved.emit()
        self.said.emit(f"{edit.words} from iteration {branch.fork:,} on: {branch.name}. The old future stays.")

    # Branches.

    def switch(self, key: int) -> None:
        """Go to another branch; computed in slices first, should it be far behind."""
        if self.session is None:
            return
        try:
            job = SwitchJob(self.session, key)
        except BpstudioError as error:
            self.said.emit(str(error))
            return
        self.job_wanted.emit(job, lambda: self._switched(key))

    def _switched(self, key: int) -> None:
        session = self.session
        if session is not None:
            self._last = session.branch.key
            if self._do(lambda session: session.switch_branch(key)):
                self.said.emit(f"Now on {session.branch.name}.")

    def rename(self, key: int, name: str) -> None:
        """Call a branch something else."""
        session, words = self.session, name[:80] or f"branch {key}"
        if session is None:
            return
        before = next((branch.name for branch in session.branches if branch.key == key), words)
        self._do(lambda session: session.rename_branch(key, words))
        if words != before:
            self._undo.made(
                f"rename {before}",
                lambda: self._do(lambda session: session.rename_branch(key, words)),
                lambda: self._do(lambda session: session.rename_branch(key, before)),
            )

    def delete(self, key: int) -> None:
        """Forget a branch, and those forked from it."""
        session = self.session
        if session is None:
            return
        name = next((branch.name for branch in session.branches if branch.key == key), "")
        step = DeleteStep(session, key)
        if self._do(step.redo):
            self._undo.made(f"delete {name}", lambda: self._do(step.redo), lambda: self._do(step.undo))

    @property
    def other(self) -> int | None:
        """The branch to compare with: the one compared last, the one we came from, or the one this was forked from."""
        session = self.session
        if session is None:
            return None
        here, keys = session.branch.key, [branch.key for branch in session.branches]
        for key in (self.compared, self._last, session.branch.parent, *reversed(keys)):
            if key is not None and key != here and key in keys:
                return key
        return None

    def switch_on(self) -> None:
        """Go to the next branch in the list, after the last to the first."""
        session = self.session
        if session is None:
            return
        keys = [branch.key for branch in session.branches]
        if len(keys) < 2:
            self.said.emit("There is one branch only.")
            return
        self.switch(keys[(keys.index(session.branch.key) + 1) % len(keys)])

    def _do(self, act: Callable[[Session], object]) -> bool:
        session = self.session
        if session is None:
            return False
        try:
            act(session)
        except BpstudioError as error:
            self.said.emit(str(error))
            return False
        if self.compared == session.branch.key:
            self.compared = self.other
        if self.compared not in {branch.key for branch in session.branches}:
            self.compared = None
        self.moved.emit()
        return True

    # The other future, brought near in the background.

    def follow(self, is_compared: bool) -> None:
        """Begin to compute the compared branch's weights at this iteration, if they are far away."""
        self.hold()
        session = self.session
        if session is None or self.compared is None or not is_compared:
            return
        if session.parameters_of(self.compared, session.iteration) is None:
            self._approach = session.approach(self.compared, session.iteration)
            self._timer.start()

    def hold(self) -> None:
        """Stop computing it."""
        self._timer.stop()
        self._approach = None

    def _approach_on(self) -> None:
        until = time.perf_counter() + SLICE_SECONDS
        for _ in self._approach or ():
            if time.perf_counter() >= until:
                return
        self.hold()
        self.approached.emit()

    # What is shown.

    def state(self, options: ViewOptions) -> BranchState:
        """The tree of branches."""
        session = self.session
        if session is None or len(session.branches) < 2:
            return BranchState()
        iteration = session.iteration
        facts = []
        for branch in session.branches:
            losses = session.losses_of(branch.key)
            loss = float(losses[iteration]) if iteration < len(losses) else None
            words = tuple(edit.words for edit in branch.edits)
            facts.append(BranchFact(branch.key, branch.parent, branch.name, branch.fork, words, loss))
        here = session.branch.key
        return build_branch_state(facts, here, iteration, options.numbers, self.compared)

    @property
    def forks(self) -> tuple[Fork, ...]:
        """Where other branches leave the current one."""
        session = self.session
        if session is None:
            return ()
        here = session.branch.key
        found = [b for b in session.branches if b.parent == here]
        return tuple(Fork(session.program.iteration_start(b.fork), b.name) for b in found)

    @property
    def overlays(self) -> tuple[Array, ...]:
        """The losses of other branches, the compared one first."""
        session = self.session
        if session is None:
            return ()
        keys = sorted(
            (b.key for b in session.branches if b.key != session.branch.key), key=lambda k: k != self.compared
        )
        return tuple(session.losses_of(key) for key in keys[:MOST_OVERLAID])
