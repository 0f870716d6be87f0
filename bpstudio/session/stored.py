"""A session as plain data, and back: branches with their edits, checkpoints and losses, and where it stands.

What a branch computed is only a saving of time: without it the run is computed again, edits and all, to the same bits.
"""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np

from bpstudio.errors import BpstudioError
from bpstudio.model.optimizers import slot_names
from bpstudio.model.parameters import ParameterLayout
from bpstudio.model.spec import Array, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.branches import Branch, Line, edited_spec
from bpstudio.session.session import Session

CHUNK = 256
"""Most iterations between two looks at the time while a run is computed again."""
QUICK_SECONDS = 0.002
"""A chunk that took less may grow."""


class StoredError(BpstudioError):
    """Stored parts of a session that do not fit together."""


@dataclass(frozen=True, slots=True)
class StoredBranch:
    """A branch. ``furthest`` is the last position it stood at, ``computed`` how many iterations have a known loss.

    ``states`` are checkpoints (iteration, flat state) in ascending order, the first of a fork at its fork; ``losses``
    begin at the fork. Both may be empty.
    """

    branch: Branch
    furthest: int
    computed: int
    stride: int = 1
    states: tuple[tuple[int, Array], ...] = ()
    losses: Array | None = None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session: how the run began, its branches in the order of their keys, and where it stands."""

    spec: RunSpec
    is_unfolded: bool
    branches: tuple[StoredBranch, ...]
    current: int
    position: int

    @property
    def without_results(self) -> "StoredSession":
        """The same without what can be computed again."""
        bare = tuple(replace(stored, states=(), losses=None, stride=1) for stored in self.branches)
        return replace(self, branches=bare)


def with_results(stored: StoredSession, other: StoredSession) -> StoredSession:
    """``stored`` with the checkpoints and losses of ``other`` for branches that are the same in both, names apart."""
    found = {part.branch.key: part for part in other.branches}
    same: set[int | None] = {None}
    parts = []
    for part in stored.branches:
        there = found.get(part.branch.key)
        is_same = (
            there is not None
            and part.branch.parent in same
            and there.branch == replace(part.branch, name=there.branch.name)
        )
        if there is not None and is_same:
            same.add(part.branch.key)
            parts.append(
                replace(part, computed=there.computed, states=there.states, losses=there.losses, stride=there.stride)
            )
        else:
            parts.append(part)
    return replace(stored, branches=tuple(parts))


def store(session: Session, most_bytes: int) -> StoredSession:
    """All of a session; checkpoints are thinned evenly until they take at most ``most_bytes``, that of here is kept."""
    lines = session.lines
    share = most_bytes // len(lines)
    kept = tuple(_store_line(session, line, share) for line in lines)
    return StoredSession(lines[0].spec, session.program.is_unfolded, kept, session.branch.key, session.position)


def _store_line(session: Session, line: Line, most_bytes: int) -> StoredBranch:
    history = line.history
    found = dict(history.checkpoints)
    most = max(2, most_bytes // max(1, found[history.origin].nbytes))
    stride = history.stride
    while len(found) > most:
        stride *= 2
        found = {n: state for n, state in found.items() if n % stride == 0 or n == history.origin}
    if session.engine is line.engine:
        found[line.engine.iteration] = line.engine.state()
    if line.past is None:
        found.pop(0, None)  # the spec says how the run began
    furthest = max(line.furthest, session.position) if line.branch.key == session.branch.key else line.furthest
    losses = line.losses.values[line.fork :].copy()
    return StoredBranch(line.branch, furthest, line.losses.count, stride, tuple(sorted(found.items())), losses)


class Restoring:
    """Makes a session of what was stored: at once where checkpoints and losses are there, else by computing again.

    A job: ``advance`` until it returns True, then ``session`` stands where it stood.
    """

    def __init__(self, stored: StoredSession, session: Session) -> None:
        _require_order(stored)
        self.session = session
        self._stored = stored
        self._waiting = list(stored.branches[1:])
        self._work = sum(part.branch.fork for part in self._waiting if not part.states) + 1
        self._done = 0
        self._chunk = 1
        _take_results(session.lines[0], stored.branches[0])

    @property
    def progress(self) -> tuple[int, int]:
        """About how many iterations were computed again, of how many."""
        return min(self._done, self._work), self._work

    def advance(self, seconds: float) -> bool:
        """Work for about this long; True when the session is complete. Raises StoredError for what does not fit."""
        until = time.perf_counter() + seconds
        while self._waiting:
            if not self._make(self._waiting[0], until):
                return False
            self._waiting.pop(0)
        return self._finish(until)

    def cancel(self) -> None:
        """Nothing else was moved."""

    def complete(self) -> Session:
        """Work to the end."""
        while not self.advance(60.0):
            pass
        return self.session

    def _make(self, part: StoredBranch, until: float) -> bool:
        branch, session = part.branch, self.session
        lines = {line.branch.key: line for line in session.lines}
        past = lines.get(-1 if branch.parent is None else branch.parent)
        if past is None:
            raise StoredError(f"{branch.name}: the branch it was forked from is missing")
        if branch.fork < past.fork:
            raise StoredError(f"{branch.name}: it was forked before the branch it was forked from")
        spec = edited_spec(past.spec, branch.edits)
        if part.states and part.losses is not None and past.losses.count >= branch.fork:
            at, state = part.states[0]
            _require_state(spec, branch, at == branch.fork, state)
            line = Line(branch, spec, state, past, session.budget)
            session.restore_branches((line,))
            _take_results(line, part)
            return True
        return self._make_again(branch, until)

    def _make_again(self, branch: Branch, until: float) -> bool:
        """Go to the fork and edit there, as it was done first."""
        session = self.session
        if session.branch.key != branch.parent and branch.parent is not None:
            session.switch_branch(branch.parent, 0)
        if not self._go_to(branch.fork, until):
            return False
        made = session.edit(*branch.edits)
        (line,) = session.delete_branch(made.key)
        line.branch = branch
        session.restore_branches((line,))
        return True

    def _finish(self, until: float) -> bool:
        stored, session = self._stored, self.session
        if stored.current not in {branch.key for branch in session.branches}:
            raise StoredError(f"there is no branch {stored.current} to stand on")
        if session.branch.key != stored.current:
            session.switch_branch(stored.current, 0)
        for line, part in zip(session.lines, stored.branches, strict=True):
            if part.losses is not None:  # a position nobody has computed up to is not believed
                most = line.program(stored.is_unfolded).iteration_start(line.losses.count + 1)
                line.furthest = max(line.furthest, min(part.furthest, most))
        if not self._go_to(session.program.iteration_at(stored.position), until):
            return False
        session.seek(position=stored.position)
        return True

    def _go_to(self, iteration: int, until: float) -> bool:
        session = self.session
        at = max(session.iteration, session.replay_start(iteration))
        while at < iteration:
            began = time.perf_counter()
            if began >= until:
                return False
            before, at = at, min(iteration, at + self._chunk)
            session.seek(iteration=at)
            self._done += at - before
            self._chunk = min(CHUNK, self._chunk * 2) if time.perf_counter() - began < QUICK_SECONDS else 1
        session.seek(iteration=iteration)
        return True


def _require_order(stored: StoredSession) -> None:
    keys = [part.branch.key for part in stored.branches]
    if not keys or keys[0] != 0 or any(a >= b for a, b in pairwise(keys)):
        raise StoredError("branches: expected the first run as branch 0, then rising numbers")
    if stored.branches[0].branch.parent is not None or stored.branches[0].branch.fork != 0:
        raise StoredError("branches: the first run was forked from nothing")


def _require_state(spec: RunSpec, branch: Branch, is_at_fork: bool, state: Array) -> None:
    size = ParameterLayout(spec.network).size * (1 + len(slot_names(spec.optimizer)))
    if not is_at_fork or state.shape != (size,):
        raise StoredError(f"{branch.name}: its checkpoints do not belong to this run")


def _take_results(line: Line, part: StoredBranch) -> None:
    """Losses and checkpoints; checkpoints behind the last known loss would leave holes in the curve and are left out."""
    if part.losses is None:
        return
    line.losses.extend(line.fork, np.ascontiguousarray(part.losses))
    size = line.engine.state().shape
    for at, state in part.states:
        if state.shape != size or at < line.fork:
            raise StoredError(f"{line.branch.name}: its checkpoints do not belong to this run")
    line.history.adopt([(at, state) for at, state in part.states if line.fork < at <= line.losses.count], part.stride)
