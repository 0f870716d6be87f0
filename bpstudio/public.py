"""The published Python API: a session whose next operation explains itself."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.formulas import formula
from bpstudio.explain.narration import narrate
from bpstudio.explain.notation import notation
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address
from bpstudio.program.operation import Operation
from bpstudio.session.session import Session as PlainSession


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


def open_session(source: str | Path | Mapping[str, object], *, is_unfolded: bool = False) -> Session:
    """Open a run: an example's name, a path, `-` for standard input, or a run file as a dict.

    ``is_unfolded`` steps a matched pair's output δ through its factors. Raises RunFileError with one sentence.
    """
    return Session(open_run(source), is_unfolded=is_unfolded)
