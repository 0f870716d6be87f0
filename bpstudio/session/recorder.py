"""Recorder: the measures of a run as a table, taken from kept states, so that training itself records nothing.

Wherever a state is kept, an iteration's numbers can be had by computing that one iteration. Kept states lie evenly over the
whole run, however long it gets; so do the rows of the table.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.spec import Array, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.measures import Group, Probe, measure_tape, width
from bpstudio.session.session import KeptStates, Session

MOST_ROWS = 1024
"""Rows that a table is filled with; those measured where the run stood come on top."""
MOST_SPARE = 2048
"""So many rows more, then the table is thinned."""


@dataclass(frozen=True, slots=True)
class Table:
    """Measures along a branch: ``iterations`` (n,) ascending, ``values`` (n, width). Read-only."""

    iterations: NDArray[np.int64]
    values: Array


class Recorder:
    """The measures of one group, part of the run by part."""

    def __init__(self, group: Group, spec: RunSpec) -> None:
        self.group = group
        self.revision = 0
        """Counts up with every row."""
        self._width = width(group, spec)
        self._rows: dict[int, dict[int, Array]] = {}
        self._table: tuple[tuple[int, tuple[tuple[int, int], ...]], Table] | None = None

    def add(self, branch: int, iteration: int, measure: Array) -> None:
        """Keep a measure; one that is known already is the same."""
        rows = self._rows.setdefault(branch, {})
        if iteration not in rows:
            rows[iteration] = measure
            self.revision += 1

    def has(self, branch: int, iteration: int) -> bool:
        """Whether an iteration has been measured."""
        return iteration in self._rows.get(branch, {})

    def missing(self, parts: Sequence[KeptStates], most: int = MOST_ROWS) -> list[tuple[int, int]]:
        """The kept states, (branch, iteration), that a table of at most about ``most`` rows wants and lacks, the latest first."""
        wanted = wanted_states(parts, most)
        found = [(branch, n) for branch, iterations in wanted for n in iterations if not self.has(branch, n)]
        found.reverse()
        return found

    def thin(self, parts: Sequence[KeptStates]) -> None:
        """Forget what lies between the wanted rows when there is much more than those."""
        for branch, iterations in wanted_states(parts, MOST_ROWS):
            rows = self._rows.get(branch, {})
            if len(rows) > MOST_ROWS + MOST_SPARE:
                keep = {*iterations, max(rows)}
                self._rows[branch] = {n: row for n, row in rows.items() if n in keep}
                self.revision += 1

    def table(self, parts: Sequence[KeptStates]) -> Table:
        """All that is known along a branch."""
        key = (self.revision, tuple((part.branch, part.end) for part in parts))
        if self._table is None or self._table[0] != key:
            found = [
                (n, row)
                for part in parts
                for n, row in sorted(self._rows.get(part.branch, {}).items())
                if part.fork <= n < part.end
            ]
            values = np.array([row for _, row in found]).reshape(len(found), self._width)
            iterations = np.array([n for n, _ in found], dtype=np.int64)
            values.flags.writeable = iterations.flags.writeable = False
            self._table = (key, Table(iterations, values))
        return self._table[1]

    def row(self, branch: int, iteration: int) -> Array | None:
        """The measure of an iteration, if there is one."""
        return self._rows.get(branch, {}).get(iteration)


def wanted_states(parts: Sequence[KeptStates], most: int) -> list[tuple[int, tuple[int, ...]]]:
    """For each part (branch, iterations): all kept states, or every 2nd, 4th, 8th…, so that there are about ``most`` at most."""
    power, count = 1, sum(len(part.iterations) for part in parts)
    while count // power > most:
        power *= 2
    return [(p.branch, tuple(n for n in p.iterations if n % (p.stride * power) == 0 or n == p.fork)) for p in parts]


class Measurer:
    """Fills recorders from the kept states of a session, a little at a time; the session itself is not moved."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.recorders = {group: Recorder(group, session.spec) for group in Group}
        self._probes: dict[int, Probe] = {}

    def probe(self, branch: int, spec: RunSpec) -> Probe:
        """The engine of a part of the run, for looking only."""
        if branch not in self._probes:
            self._probes[branch] = Probe(spec)
        return self._probes[branch]

    def look(self, group: Group) -> None:
        """Measure the iteration the run stands at; its tape is at hand."""
        session, recorder = self.session, self.recorders[group]
        tape = session.tape
        if recorder.has(session.owner, tape.iteration):
            return
        if group is Group.QUALITY:
            measure = self.probe(session.owner, session.spec).measure(group, tape.iteration, session.engine.state())
        else:
            measure = measure_tape(group, tape)
        recorder.add(session.owner, tape.iteration, measure)

    def missing(self, groups: Sequence[Group], most: int = MOST_ROWS) -> list[tuple[Group, int, int]]:
        """What is to be measured: (group, branch, iteration), the latest first."""
        parts = self.session.kept
        return [(group, *state) for group in groups for state in self.recorders[group].missing(parts, most)]

    def measure(self, group: Group, branch: int, iteration: int) -> bool:
        """Measure one kept state; False if it is kept no longer."""
        state = self.session.kept_state(branch, iteration)
        probe = self._probes.get(branch)
        if probe is None:
            spec = next((part.spec for part in self.session.kept if part.branch == branch), None)
            probe = None if spec is None else self.probe(branch, spec)
        if state is None or probe is None:
            return False
        self.recorders[group].add(branch, iteration, probe.measure(group, iteration, state))
        return True

    def table(self, group: Group) -> Table:
        """What is known of the current branch."""
        recorder, parts = self.recorders[group], self.session.kept
        recorder.thin(parts)
        return recorder.table(parts)


class Detail:
    """Measures more of a stretch than has kept states, by computing the run again on an engine of its own, bit by bit."""

    def __init__(self, measurer: Measurer, groups: Sequence[Group], first: int, end: int, most: int) -> None:
        """Of the iterations ``first`` ≤ n < ``end``, about ``most`` evenly spaced ones."""
        step = max(1, -(-(end - first) // most))
        self._iterations = range(first, end, step)
        self._measurer = measurer
        self._groups = tuple(groups)
        self._done = 0
        self._steps = self._work()

    @property
    def progress(self) -> tuple[int, int]:
        """Iterations measured, of how many."""
        return self._done, max(1, len(self._iterations))

    def advance(self, seconds: float) -> bool:
        """Work for about this long; True when all is measured."""
        until = time.perf_counter() + seconds
        return all(time.perf_counter() < until for _ in self._steps)

    def _work(self) -> Iterator[None]:
        session = self._measurer.session
        lookout, parts = session.lookout(), session.kept
        for iteration in self._iterations:
            part = next(part for part in parts if part.fork <= iteration < part.end)
            wanted = [g for g in self._groups if not self._measurer.recorders[g].has(part.branch, iteration)]
            if wanted:
                for _ in lookout.steps_to(iteration):
                    yield
                state = lookout.go_to(iteration).state()
                probe = self._measurer.probe(part.branch, part.spec)
                for group in wanted:
                    self._measurer.recorders[group].add(part.branch, iteration, probe.measure(group, iteration, state))
            self._done += 1
            yield
