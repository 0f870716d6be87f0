"""The timeline of a session: its window, the loss behind it, ticks with the words of the notation, and marks."""

from weakref import WeakKeyDictionary

from bpstudio.explain.labels import block_label
from bpstudio.explain.notation import notation
from bpstudio.program.levels import Level
from bpstudio.program.program import ForkedProgram, Program
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.curve import finite_bounds
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.status_state import caption, grouped
from bpstudio.viewstate.timeline_state import (
    Bookmark,
    Fork,
    TimelineState,
    Window,
    loss_curve,
    loss_in_sight,
    room_for,
    thinned,
)
from bpstudio.viewstate.timeline_ticks import Block, RunScale, Tick, make_ticks


@dataclass(frozen=True, slots=True)
class TimelineMarks:
    """Positions to mark, in ascending order, and flags with names."""

    hits: tuple[int, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    forks: tuple[Fork, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForkedScale(RunScale):
    """Of a run whose iterations change their length at a fork: iterations are exact where plain arithmetic is not."""

    program: Program

    def iteration_start(self, iteration: int) -> int:
        """The position of an iteration's first operation."""
        return self.program.iteration_start(iteration)

    def iteration_at(self, position: int) -> int:
        """The iteration the operation at ``position`` belongs to."""
        return self.program.iteration_at(position)


def run_scale(program: Program) -> RunScale:
    """How long iterations and epochs of a program are."""
    batches = program.batches
    sizes = (program.epoch_size, program.layout_of(0).size, batches.per_epoch)
    return _ForkedScale(*sizes, program=program) if isinstance(program, ForkedProgram) else RunScale(*sizes)


def live_position(session: Session) -> int:
    """How far the run was ever computed."""
    return max(session.live, session.program.iteration_start(max(0, session.losses.count - 1)))


def whole_of(session: Session) -> Window:
    """The run as far as it was ever computed, with room ahead."""
    program = session.program
    return Window(
        0, max(room_for(live_position(session), run_scale(program)), program.iteration_start(session.iteration + 1))
    )


MOST_CHARACTERS = 7
CHECKPOINT_PIXELS = 9
"""Checkpoints that lie closer are not all ticked."""


def build_timeline_state(
    session: Session, options: ViewOptions, window: Window | None, width: int, marks: TimelineMarks
) -> TimelineState:
    """The timeline at the session's position: ``window`` of it (None: all) on ``width`` pixels."""
    here = session.tape.iteration  # first of all: the loss of the iteration at hand belongs to the curve
    program, scale, whole = session.program, run_scale(session.program), whole_of(session)
    window = whole if window is None else window
    values, count = session.losses.values, session.losses.count
    bounds = finite_bounds(values)
    sight = loss_in_sight(values, scale, window, revision=count + (session.branch.key << 40))
    return TimelineState(
        whole.start,
        whole.end,
        window,
        live_position(session),
        session.position,
        cursor_text=cursor_text(here),
        curve=loss_curve(sight, scale, window, bounds) if count else None,
        curve_top=_short(bounds[1], options) if count else "",
        curve_bottom=_short(bounds[0], options) if count else "",
        ticks=_ticks(session, options, window, width),
        hits=thinned(marks.hits, window, width),
        checkpoints=thinned(
            [program.iteration_start(n) for n in session.checkpoints], window, max(1, width // CHECKPOINT_PIXELS)
        ),
        bookmarks=marks.bookmarks,
        forks=marks.forks,
        description=caption(session, options),
    )


def _short(value: float, options: ViewOptions) -> str:
    """As numbers are written, or with as many digits, up to four, as there is room for beside the curve."""
    numbers = options.numbers
    texts = [form.format(value) for form in (numbers, *(numbers.significant(digits) for digits in (4, 3, 2)))]
    return next((text for text in texts if len(text) <= MOST_CHARACTERS), texts[-1])


def cursor_text(iteration: int) -> str:
    """What stands beside the cursor."""
    return f"iteration {grouped(iteration)}"


_kept: WeakKeyDictionary[Program, tuple[object, tuple[Tick, ...]]] = WeakKeyDictionary()


def _ticks(session: Session, options: ViewOptions, window: Window, width: int) -> tuple[Tick, ...]:
    """Made once for the same window: naming a hundred blocks takes longer than a step may."""
    program, key = session.program, (window, width, options.notation)
    before = _kept.get(program)
    if before is None or before[0] != key:
        read = _Reader(program, options, session).read
        before = (key, make_ticks(window.start, window.end, width, run_scale(program), read))
        _kept[program] = before
    return before[1]


class _Reader:
    """Names the blocks of a program in the words of the notation."""

    def __init__(self, program: Program, options: ViewOptions, session: Session) -> None:
        self._program = program
        self._names = notation(options.notation, session.spec)

    def read(self, level: Level, position: int) -> Block:
        span = self._program.span(position, level)
        return Block(span.start, span.end, block_label(level, self._program.operation(span.start), self._names))


def describe_position(session: Session, options: ViewOptions, position: int) -> str:
    """What lies at a position: for the tooltip of the timeline."""
    operation = session.program.operation(position)
    names = notation(options.notation, session.spec)
    lines = [f"epoch {grouped(operation.epoch)} · iteration {grouped(operation.iteration)}"]
    if operation.iteration < session.losses.count:
        loss = float(session.losses.values[operation.iteration])
        lines.append(f"loss {options.numbers.format(loss)}")
    lines.append(f"position {grouped(position)}: {block_label(Level.OPERATION, operation, names)}")
    return "\n".join(lines)
