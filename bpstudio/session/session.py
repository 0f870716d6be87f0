"""Session: where we are in a run. Step, step back, seek; the only mutable citizen of the core."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from bpstudio.errors import PositionError
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array, RunSpec
from bpstudio.model.tape import Tape
from bpstudio.program.levels import Level, parse_level
from bpstudio.program.operation import Operation
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress
from bpstudio.records import dataclass
from bpstudio.session import differences
from bpstudio.session.branches import Branch, Edit, EditError, Line, edited_spec, edited_vector
from bpstudio.session.history import DEFAULT_BUDGET, DamagedCheckpoint, History
from bpstudio.session.non_finite import NonFinite, first_non_finite
from bpstudio.session.series import Series

SLICE = 4096
"""Most iterations computed between two looks at whether a long move is to be cancelled."""

LARGEST_ITERATION = 2**53

IsCancelled = Callable[[int], bool]
"""Called during long moves with the iteration reached; True ends the move, and the session stays where it was."""


@dataclass(frozen=True, slots=True)
class KeptStates:
    """A part of a run, ``fork`` ≤ iteration < ``end``, and the iterations before which its states are kept, ascending.

    They are the multiples of ``stride``, and the first of the part.
    """

    branch: int
    spec: RunSpec
    fork: int
    end: int
    stride: int
    iterations: tuple[int, ...]


_SERIALS = itertools.count()


class Session:
    """A run and a position in it. The marked operation is the next to run.

    Every position has exactly one state; how one got there leaves no trace in any number.
    """

    def __init__(self, spec: RunSpec, *, is_unfolded: bool = False, budget: int = DEFAULT_BUDGET) -> None:
        self.serial = next(_SERIALS)
        """A number that no other session of this process has; views know by it that all numbers are others."""
        self.program = Program(spec, is_unfolded)
        self._budget = budget
        root = Line(Branch(0, "the run as it began", None, 0, ()), spec, None, None, budget)
        self._lines: dict[int, Line] = {0: root}
        self._line = self._here = root
        self._position = 0
        self._progress: Progress | None = None
        self._lookout: differences.Lookout | None = None

    # Where we are.

    @property
    def spec(self) -> RunSpec:
        """What decides the numbers at this position: edits change it from their fork on."""
        return self._here.spec

    @property
    def start_spec(self) -> RunSpec:
        """How the run began, before any edit."""
        return self._lines[0].spec

    @property
    def engine(self) -> Engine:
        """The engine of the part of the run we are in."""
        return self._here.engine

    @property
    def history(self) -> History:
        """The checkpoints of the part of the run we are in."""
        return self._here.history

    @property
    def checkpoints(self) -> list[int]:
        """The iterations at which this branch keeps a state, its past included, in ascending order."""
        found: list[int] = []
        end = LARGEST_ITERATION
        for line in _chain(self._line):
            first, before = line.fork, end
            found += [n for n in {*line.history.iterations, *line.history.pinned} if first <= n < before]
            end = min(end, line.fork)
        return sorted(found)

    @property
    def losses(self) -> Series:
        """The loss of every iteration of this branch that was ever computed."""
        return self._line.losses

    @property
    def live(self) -> int:
        """The furthest position this branch ever stood at."""
        return max(self._line.furthest, self._position)

    @property
    def position(self) -> int:
        """Operations executed since the start."""
        return self._position

    @property
    def iteration(self) -> int:
        """The iteration of the next operation: this many updates are complete."""
        return self.program.iteration_at(self._position)

    @property
    def operation(self) -> Operation:
        """The next operation."""
        return self.program.operation(self._position)

    @property
    def progress(self) -> Progress:
        """What exists at this position."""
        if self._progress is None:
            self._progress = Progress(self.program, self._position)
        return self._progress

    @property
    def tape(self) -> Tape:
        """The current iteration's results in full, whatever the position."""
        tape = self.engine.compute()
        self._here.losses.extend(tape.iteration, np.array([tape.losses.total]))
        return tape

    # Moves.

    def step(self, level: Level | str = Level.OPERATION) -> int:
        """Go to the smallest boundary of ``level`` after the position; returns the new position."""
        return self._move_to(self.program.next_boundary(self._position, _level(level)))

    def step_back(self, level: Level | str = Level.OPERATION) -> int:
        """Go to the largest boundary of ``level`` before the position; at the start, stay."""
        return self._move_to(self.program.previous_boundary(self._position, _level(level)))

    def step_into(self, level: Level | str) -> int:
        """Run the first child of the block of ``level`` that lies ahead: one step of the next finer level."""
        return self.step(_level(level).finer)

    def step_back_into(self, level: Level | str) -> int:
        """Take back the last child of the block of ``level`` that lies behind."""
        return self.step_back(_level(level).finer)

    def step_out(self, level: Level | str) -> int:
        """Go to the end of the block that encloses the current one."""
        return self._move_to(self.program.span(self._position, _level(level).coarser).end)

    def step_back_out(self, level: Level | str) -> int:
        """Go to the start of the block that encloses the operation behind."""
        if self._position == 0:
            return 0
        return self._move_to(self.program.span(self._position - 1, _level(level).coarser).start)

    def seek(
        self,
        *,
        position: int | None = None,
        iteration: int | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> int:
        """Go to a position, or to the start of an iteration; returns the position reached.

        A cancelled seek returns to where it began. Raises PositionError outside of the run.
        """
        if (position is None) == (iteration is None):
            raise PositionError("seek takes either a position or an iteration")
        if iteration is not None:
            if not 0 <= iteration <= LARGEST_ITERATION:
                raise PositionError(f"iteration {iteration} lies outside of the run")
            position = self.program.iteration_start(iteration)
        if position is None or position < 0:
            raise PositionError(f"position {position} lies before the start of the run")
        return self._move_to(position, is_cancelled)

    def replay_start(self, iteration: int) -> int:
        """From which iteration one gets to this one by computing on: where its engine stands, or the nearest kept state."""
        owner = self._line.owner(iteration)
        here = owner.engine.iteration
        if here == iteration:
            return here
        at = owner.history.nearest(iteration)[0]
        return here if at <= here <= iteration else at

    def pin(self, position: int) -> None:
        """Keep the state near a position from now on, so that the way there is short."""
        iteration = self.program.iteration_at(position)
        owner = self._line.owner(iteration)
        is_here = owner.engine.iteration == iteration
        owner.history.pin(iteration, owner.engine.state() if is_here else None)

    def unpin(self, position: int) -> None:
        """Keep the state near a position no longer."""
        iteration = self.program.iteration_at(position)
        self._line.owner(iteration).history.unpin(iteration)

    def run_iterations(self, count: int) -> NonFinite | None:
        """Go ``count`` iterations on, to the start of one: what playing at full speed does in slices.

        Where a number that is not finite is *made* from finite ones, stop right behind that operation and return it.
        What spreads from numbers that were not finite before the iteration does not stop the run.
        """
        target = self.iteration + count
        if self.engine.iteration != self.iteration:
            self._bring_engine_to(self.iteration, None)
        if self._position > self.program.iteration_start(self.iteration):
            self._advance()
        while self.engine.iteration < target:
            self._enter(self.engine.iteration)
            engine, history = self.engine, self.history
            stop = min(target, self._end_of_part(), history.next_wanted(engine.iteration), engine.iteration + SLICE)
            first, wanted = engine.iteration, stop - engine.iteration
            losses = engine.iterate(wanted, stops_at_non_finite=True)
            self._here.losses.extend(first, losses)
            history.pass_by(engine.iteration, engine.state)
            if len(losses) < wanted:
                found = first_non_finite(self.program, self.tape)
                if found is not None:
                    self._stand_at(found.operation.position + 1)
                    return found
                self._advance()
        self._stand_at(self.program.iteration_start(self.engine.iteration))
        self._enter(self.engine.iteration)
        return None

    def _enter(self, iteration: int) -> None:
        """Work with the part of the run that an iteration belongs to; its engine is brought to its start if need be."""
        owner = self._line.owner(iteration)
        if owner is self._here:
            return
        self._here = owner
        if owner.engine.iteration != iteration:
            at, state = owner.history.nearest(iteration)
            owner.engine.load(at, state)

    def _end_of_part(self) -> int:
        """The iteration at which this branch leaves the part of the run we are in."""
        end = self._line.end_of(self._here)
        return LARGEST_ITERATION if end is None else end

    def _stand_at(self, position: int) -> None:
        self._line.furthest = max(self._line.furthest, self._position)
        self._position, self._progress = position, None
        self._line.furthest = max(self._line.furthest, position)

    def _advance(self) -> None:
        """Take the current iteration's update."""
        self._here.losses.extend(self.engine.iteration, np.array([self.engine.compute().losses.total]))
        self.engine.advance()
        self.history.pass_by(self.engine.iteration, self.engine.state)

    def set_unfolded(self, is_unfolded: bool) -> None:
        """Step a matched pair's output δ through its factors, or in one operation; stays at the same unit."""
        if is_unfolded == self.program.is_unfolded:
            return
        folding = self.program.is_unfolded
        for line in self._lines.values():
            reached = line.program(folding).iteration_at(line.furthest)
            line.furthest = line.program(is_unfolded).iteration_start(reached)
        program = self._line.program(is_unfolded)
        position = _translated(self.operation, program)
        self.program = program
        self._position, self._progress = position, None

    def _move_to(self, position: int, is_cancelled: IsCancelled | None = None) -> int:
        iteration = self.program.iteration_at(position)
        owner = self._line.owner(iteration)
        if owner is not self._here or iteration != owner.engine.iteration:
            before = self._here
            self._here = owner
            if not self._bring_engine_to(iteration, is_cancelled):
                self._here = before
                self._bring_engine_to(self.program.iteration_at(self._position), None)
                return self._position
        self._stand_at(position)
        return position

    def _bring_engine_to(self, target: int, is_cancelled: IsCancelled | None) -> bool:
        """Compute forward from the nearest kept state; False when cancelled on the way."""
        engine, history = self.engine, self.history
        at, state = history.nearest(target)
        if not at <= engine.iteration <= target:
            history.keep_live(engine.iteration, engine.state)
            engine.load(at, state)
        trail = history.trail_points(engine.iteration, target)
        while engine.iteration < target:
            if is_cancelled is not None and is_cancelled(engine.iteration):
                return False
            ahead = min((n for n in trail if n > engine.iteration), default=target)
            stop = min(target, ahead, history.next_wanted(engine.iteration), engine.iteration + SLICE)
            first = engine.iteration
            self._here.losses.extend(first, engine.iterate(stop - first))
            history.pass_by(engine.iteration, engine.state)
            if engine.iteration in trail:
                history.keep_on_trail(engine.iteration, engine.state)
        return True

    # Branches.

    @property
    def branch(self) -> Branch:
        """The branch we are on."""
        return self._line.branch

    @property
    def budget(self) -> int:
        """Bytes that the checkpoints and trails of all branches together may take."""
        return self._budget

    @budget.setter
    def budget(self, budget: int) -> None:
        self._budget = budget
        self._share_budget()

    def rest(self) -> None:
        """Keep little while another run is looked at: no buffers, which are made again when they are needed."""
        for line in self._lines.values():
            line.engine.rest()

    def _share_budget(self) -> None:
        """Each branch may take as much as any other."""
        for line in self._lines.values():
            line.history.set_budget(self._budget // len(self._lines))

    @property
    def damages(self) -> tuple[DamagedCheckpoint, ...]:
        """Checkpoints that were found damaged, branch by branch in the order they were found."""
        return tuple(damage for line in self._lines.values() for damage in line.history.damages)

    @property
    def verified(self) -> int:
        """How often a state was derived again and matched its checkpoint."""
        return sum(line.history.verified for line in self._lines.values())

    @property
    def history_bytes(self) -> int:
        """Bytes that the checkpoints and the trails of all branches take now."""
        return sum(line.history.nbytes for line in self._lines.values())

    @property
    def branches(self) -> tuple[Branch, ...]:
        """All branches, the first run before all others."""
        return tuple(line.branch for line in self._lines.values())

    @property
    def lines(self) -> tuple[Line, ...]:
        """All branches at work, in the order of their keys: what is stored of them."""
        return tuple(self._lines.values())

    def edit(self, *edits: Edit) -> Branch:
        """Fork the run: the edits take effect at the start of the current iteration, where the new branch begins.

        Everything before is shared, and the old future stays on its own branch. Raises EditError.
        """
        fork = self.iteration
        self.seek(iteration=fork)
        past = self._line.owner(fork)
        spec = edited_spec(self.spec, edits)
        start = edited_vector(self.engine.state(), self.spec, spec, edits)
        key = max(self._lines) + 1
        branch = Branch(key, f"branch {key}", past.branch.key, fork, tuple(edits))
        self._lines[key] = Line(branch, spec, start, past, self._budget)
        self._share_budget()
        self.switch_branch(key)
        return branch

    def switch_branch(self, key: int, position: int | None = None) -> int:
        """Go to another branch: to the same position where both share it, else to the same iteration, or to ``position``."""
        line = self._branch_line(key)
        program = line.program(self.program.is_unfolded)
        goal = self._goal_on(line, program) if position is None else position
        self._line, self.program = line, program
        self._here = line.owner(self.program.iteration_at(goal))
        self._bring_engine_to(self.program.iteration_at(goal), None)
        self._position, self._progress = goal, None
        return goal

    def _goal_on(self, line: Line, program: Program) -> int:
        common = _common_fork(self._line, line)
        is_shared = common is None or self.iteration < common
        return self._position if is_shared else program.iteration_start(self.iteration)

    def approach_branch(self, key: int) -> Iterator[None]:
        """Compute another branch, in short moves, to where :meth:`switch_branch` would go; we stay where we are."""
        line = self._branch_line(key)
        program = line.program(self.program.is_unfolded)
        goal = program.iteration_at(self._goal_on(line, program))
        if line.owner(goal) is not self._here:
            yield from line.owner(goal).steps_to(goal)

    def rename_branch(self, key: int, name: str) -> None:
        """Call a branch something else."""
        line = self._branch_line(key)
        line.branch = replace(line.branch, name=name)

    def delete_branch(self, key: int) -> tuple[Line, ...]:
        """Forget a branch and all that were forked from it; the run as it began stays. Raises EditError.

        Returns what :meth:`restore_branches` brings back.
        """
        line = self._branch_line(key)
        if line.past is None:
            raise EditError("the run as it began can't be deleted")
        gone = {k for k, other in self._lines.items() if line in _chain(other)}
        if self._line.branch.key in gone:
            self.switch_branch(
                line.past.branch.key, line.past.program(self.program.is_unfolded).iteration_start(line.fork)
            )
        removed = tuple(self._lines.pop(k) for k in sorted(gone))
        self._share_budget()
        return removed

    def restore_branches(self, removed: tuple[Line, ...]) -> None:
        """Bring deleted branches back with all that was computed of them; we stay where we are."""
        self._lines = dict(sorted({**self._lines, **{line.branch.key: line for line in removed}}.items()))
        self._share_budget()

    def furthest_iteration(self, key: int) -> int:
        """How many iterations of a branch have a known loss."""
        return self._branch_line(key).losses.count

    def losses_of(self, key: int) -> Array:
        """The losses of a branch from the start of the run on, read-only."""
        return self._branch_line(key).losses.values

    def parameters_of(self, key: int, iteration: int) -> Array | None:
        """The flat parameters of a branch before an iteration, shape (P,); we stay where we are.

        None where computing them would take long: :meth:`approach` does it in slices.
        """
        lookout = self._lookout_at(key)
        if lookout.is_far(iteration):
            return None
        engine = lookout.go_to(iteration)
        if lookout.line.losses.count == iteration:
            lookout.line.losses.extend(iteration, np.array([engine.compute().losses.total]))
        return engine.state()[: engine.layout.size]

    def approach(self, key: int, iteration: int) -> Iterator[None]:
        """Bring what :meth:`parameters_of` asks for near, in short moves."""
        return self._lookout_at(key).steps_to(iteration)

    def _lookout_at(self, key: int) -> "differences.Lookout":
        line = self._branch_line(key)
        if self._lookout is None or self._lookout.line is not line:
            self._lookout = differences.Lookout(line)
        return self._lookout

    @property
    def kept(self) -> tuple[KeptStates, ...]:
        """Where states of this branch are kept, from the start of the run on, part by part."""
        line, end, parts = self._line, LARGEST_ITERATION, list[KeptStates]()
        while True:
            inside = tuple(n for n in line.history.iterations if n < end)
            parts.append(KeptStates(line.branch.key, line.spec, line.fork, end, line.history.stride, inside))
            if line.past is None:
                return tuple(reversed(parts))
            end, line = min(end, line.fork), line.past

    def kept_state(self, key: int, iteration: int) -> Array | None:
        """The flat state kept on a branch before an iteration, parameters first; None where none is kept."""
        line = self._lines.get(key)
        if line is None or iteration < line.fork:
            return None
        at, state = line.history.nearest(iteration)
        return state if at == iteration else None

    @property
    def owner(self) -> int:
        """The branch that the current iteration belongs to: this one, or one it was forked from."""
        return self._here.branch.key

    def lookout(self) -> "differences.Lookout":
        """A look at this branch elsewhere; we stay where we are."""
        return differences.Lookout(self._line)

    def comparison(self, one: int, other: int) -> "differences.Comparison":
        """A search for the first number that differs between two branches; we stay where we are."""
        lines = self._branch_line(one), self._branch_line(other)
        programs = lines[0].program(self.program.is_unfolded), lines[1].program(self.program.is_unfolded)
        return differences.Comparison(lines, programs, _common_fork(*lines))

    def _branch_line(self, key: int) -> Line:
        if key not in self._lines:
            raise EditError(f"there is no branch {key}")
        return self._lines[key]

    # Numbers.

    def value(self, address: Address | str, sample: int | None = None) -> float | None:
        """One number as it stands at this position; None while it is not computed.

        Without ``sample`` the sample at work is meant. Weights, biases and optimizer state always have a value.
        """
        parsed = parse_address(address) if isinstance(address, str) else address
        at = self.progress.sample if sample is None else sample
        found = self.tape.value(parsed, at)
        is_done = self.progress.is_done(parsed, at)
        if parsed.quantity.is_parameter:
            return float(self.tape.after(parsed)) if is_done else found
        return found if is_done else None

    def array(self, address: Address | str, sample: int | None = None) -> Array:
        """A whole array as it stands at this position, read-only float64; what is not computed yet is NaN.

        Parameters are old or new entry by entry, as the update has reached them.
        """
        parsed = parse_address(address) if isinstance(address, str) else address
        at = self.progress.sample if sample is None else sample
        full = self.tape.array(parsed, at if parsed.quantity.is_per_sample else None)
        if parsed.quantity.is_parameter:
            values = np.where(self._done_mask(parsed, full.shape, at), self.tape.after(parsed), full)
        else:
            values = np.where(self._done_mask(parsed, full.shape, at), full, np.nan)
        values.flags.writeable = False
        return values

    def _done_mask(self, address: Address, shape: tuple[int, ...], sample: int) -> Array:
        """1.0 where an entry is done, shape as the array."""
        mask = np.zeros(shape)
        if address.indices or address.quantity.is_scalar:
            mask[...] = float(self.progress.is_done(address, sample))
        elif address.quantity.is_weight_shaped:
            row, column = self.progress.rows(address.quantity, address.layer or 0, sample, address.slot)
            mask[:row] = 1.0
            if row < shape[0]:
                mask[row, :column] = 1.0
        elif address.quantity in _BIAS_SHAPED:
            for unit in range(shape[0]):
                mask[unit] = float(self.progress.is_done(address.at(unit), sample))
        else:
            mask[: self.progress.count(address.quantity, address.layer, sample)] = 1.0
        return mask


def _chain(line: Line) -> list[Line]:
    """A line and all it was forked from."""
    return [line] if line.past is None else [line, *_chain(line.past)]


def _common_fork(one: Line, other: Line) -> int | None:
    """The iteration from which on two lines are not the same; None if they are one."""
    if one is other:
        return None
    ones, others = _chain(one)[::-1], _chain(other)[::-1]
    depth = 0
    while depth < min(len(ones), len(others)) and ones[depth] is others[depth]:
        depth += 1
    forks = [chain[depth].fork for chain in (ones, others) if depth < len(chain)]
    return min(forks)


_BIAS_SHAPED = (Quantity.BIAS, Quantity.BIAS_GRADIENT, Quantity.BIAS_STEP, Quantity.BIAS_STATE)


def _level(level: Level | str) -> Level:
    return parse_level(level) if isinstance(level, str) else level


def _translated(operation: Operation, program: Program) -> int:
    """The position of the same operation in a program folded the other way, or of the start of its unit."""
    found = program.position_of(
        operation.iteration,
        operation.pass_,
        operation.layer,
        operation.kind,
        sample=operation.sample or 0,
        unit=operation.unit or 0,
        entry=operation.entry,
    )
    if found is not None:
        return found
    layout = program.layout_of(operation.iteration)
    start = layout.sample_start(operation.pass_, operation.layer, operation.sample or 0) or 0
    base = program.iteration_start(operation.iteration) + start
    position = base
    while (unit := program.operation(position).unit) is not None and unit < (operation.unit or 0):
        position = program.next_boundary(position, Level.UNIT)
    return position
