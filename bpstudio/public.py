"""The published Python API: a session whose next operation explains itself."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from bpstudio.errors import NotReachedError, PositionError
from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.formulas import formula
from bpstudio.explain.narration import narrate
from bpstudio.explain.notation import notation
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.files import session_file
from bpstudio.files.run_file import open_run
from bpstudio.files.session_names import saved_source
from bpstudio.model.address import Address
from bpstudio.program.operation import Operation
from bpstudio.records import dataclass
from bpstudio.session import conditions
from bpstudio.session import search as searches
from bpstudio.session.breakpoints import Breakpoint, StopKind, StopReason
from bpstudio.session.session import Session as PlainSession

MOST_ITERATIONS = 1_000_000
"""How far a run goes for its condition unless told otherwise."""

SLICE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedOperation(Operation):
    """An operation with what it reads, its formula in symbols and with numbers, its result, and a sentence.

    ``reads`` are addresses with their values; those of samples belong to ``sample`` (the index in the batch).
    """

    reads: tuple[tuple[Address, float], ...]
    symbols: str
    numbers: str
    result: float
    sentence: str


class Session(PlainSession):
    """A run to step through; see the methods of the session it extends."""

    @property
    def operation(self) -> ExplainedOperation:
        """The next operation, explained in the run's notation."""
        operation, tape = self.program.operation(self.position), self.tape
        names = notation(self.spec.notation, self.spec)
        evaluation = evaluate(operation, tape, self.program)
        found = formula(evaluation, tape, names)
        write = to_code if names.is_code else to_text
        return ExplainedOperation(
            **{field.name: getattr(operation, field.name) for field in fields(operation)},
            reads=tuple((parent.address, parent.value) for parent in evaluation.parents),
            symbols=write(found.symbols),
            numbers=write(found.equation),
            result=evaluation.result,
            sentence=narrate(evaluation, tape, names),
        )

    def save(self, path: str | Path) -> None:
        """Save the session as a file that opens where it stands now; by custom its name ends in `.bps`.

        Raises SessionFileError when it could not be written; a file that was there is then untouched.
        """
        session_file.save_session(self, Path(path))

    def run(self, *, until: str, max_iterations: int = MOST_ITERATIONS) -> StopReason:
        """Go forward to where ``until`` becomes true, right behind the operation that makes it so; trains on if need be.

        One that is true already has to become false first. Raises ConditionError for a wrong expression, and
        NotReachedError when the next ``max_iterations`` iterations do not make it true: then nothing has moved.
        """
        if max_iterations < 1:
            raise PositionError(f"max_iterations: expected a whole number ≥ 1, got {max_iterations}")
        limit = self.iteration + max_iterations
        stop = self._searched(until, searches.Direction.FORWARD, limit)
        if stop.kind is StopKind.CANCELLED:
            raise NotReachedError(f"{until.strip()} did not become true before iteration {limit:,}; nothing has moved")
        return stop

    def reverse_run(self, *, until: str) -> StopReason:
        """Go back to where ``until`` became true last; the stop says so if that is before the start of the run.

        Raises ConditionError for a wrong expression.
        """
        return self._searched(until, searches.Direction.BACK, None)

    def _searched(self, until: str, direction: "searches.Direction", limit: int | None) -> StopReason:
        """Why a search ended; at the limit, and when it is interrupted, the session is back where it began."""
        conditions.compile_condition(until, self.spec)
        search = searches.Search(self, [Breakpoint(key=1, where=until)], direction, limit=limit)
        try:
            while search.stop is None:
                search.advance(SLICE_SECONDS)
        except KeyboardInterrupt:
            search.cancel()
            raise
        if search.stop.kind is StopKind.LIMIT:
            search.cancel()
        return search.stop


def open_session(source: str | Path | Mapping[str, object], *, is_unfolded: bool = False) -> Session:
    """Open a run: an example's name, a path, `-` for standard input, or a run file as a dict; or a saved session.

    ``is_unfolded`` steps a matched pair's output δ through its factors. A session stands where it was saved. Raises RunFileError
    or SessionFileError with one sentence.
    """
    saved = saved_source(source)
    if saved is not None:
        return session_file.restored(
            session_file.load_session_file(saved),
            lambda spec, unfolded: Session(spec, is_unfolded=unfolded or is_unfolded),
        )
    return Session(open_run(source), is_unfolded=is_unfolded)
