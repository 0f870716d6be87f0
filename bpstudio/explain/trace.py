"""Trace: the operations of a run as records, and records as JSON lines, CSV, Markdown or LaTeX."""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from enum import StrEnum
from itertools import groupby
from typing import assert_never

from bpstudio.explain.align import broken
from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.expression import Expression
from bpstudio.explain.formulas import formula
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.notation import Notation
from bpstudio.explain.number_format import FULL_PRECISION, NumberFormat, full
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.tape import Tape
from bpstudio.program.levels import Level
from bpstudio.program.program import Program
from bpstudio.records import dataclass

TapeOf = Callable[[int], Tape]
"""Returns the tape of an iteration; it is asked in ascending order."""


class TraceFormat(StrEnum):
    """What a trace can be written as."""

    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"
    LATEX = "latex"


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """One operation, or the last one of a block: the fields of contract section 4, in their order.

    ``sample`` is None after the batch's passes, ``address`` empty for what has none; ``value`` is the result in full.
    ``is_code`` (symbols and numbers are lines of code) is not one of the fields.
    """

    position: int
    iteration: int
    epoch: int
    sample: int | None
    pass_: str
    layer: int
    kind: str
    address: str
    value: float
    symbols: str
    numbers: str
    is_code: bool = False

    def fields(self) -> dict[str, object]:
        """The record under its published names; a value that is not finite as `NaN`, `Infinity`, `-Infinity`."""
        found = {("pass" if name == "pass_" else name): value for name, value in asdict(self).items()}
        del found["is_code"]
        return found | {"value": self.value if math.isfinite(self.value) else full(self.value)}


FIELDS = ("position", "iteration", "epoch", "sample", "pass", "layer", "kind", "address", "value", "symbols", "numbers")


def trace(
    program: Program,
    tape_of: TapeOf,
    start: int,
    end: int,
    level: Level,
    notation: Notation,
    *,
    number_format: NumberFormat = FULL_PRECISION,
    is_latex: bool = False,
) -> Iterator[TraceRecord]:
    """Yield one record for each block of ``level`` that ends within positions ``start`` < p ≤ ``end``.

    A block coarser than an operation is told by its last operation, whose result completes it.
    """
    write = _writer(notation, number_format, is_latex)
    position = start
    while position < end:
        boundary = program.next_boundary(position, level)
        if boundary > end:
            return
        yield _record(program, tape_of, boundary - 1, notation, write)
        position = boundary


def _writer(notation: Notation, number_format: NumberFormat, is_latex: bool) -> Callable[[Expression], str]:
    if is_latex and not notation.is_code:
        return lambda expression: to_latex(expression, number_format)
    if notation.is_code:
        return lambda expression: to_code(expression, number_format)
    return lambda expression: to_text(expression, number_format)


def _record(
    program: Program, tape_of: TapeOf, position: int, notation: Notation, write: Callable[[Expression], str]
) -> TraceRecord:
    operation = program.operation(position)
    tape = tape_of(operation.iteration)
    evaluation = evaluate(operation, tape, program)
    found = formula(evaluation, tape, notation)
    return TraceRecord(
        position=position,
        iteration=operation.iteration,
        epoch=operation.epoch,
        sample=operation.sample,
        pass_=operation.pass_.value,
        layer=operation.layer,
        kind=operation.kind.value,
        address="" if operation.address is None else str(operation.address),
        value=evaluation.result,
        symbols=write(found.symbols),
        numbers=write(found.equation),
        is_code=notation.is_code,
    )


def write_trace(records: Iterator[TraceRecord], trace_format: TraceFormat) -> Iterator[str]:
    """Yield the lines of a trace, each with its line end."""
    match trace_format:
        case TraceFormat.JSONL:
            return (json.dumps(record.fields(), ensure_ascii=False, allow_nan=False) + "\n" for record in records)
        case TraceFormat.CSV:
            return _csv_lines(records)
        case TraceFormat.MARKDOWN:
            return _markdown_lines(records)
        case TraceFormat.LATEX:
            return _latex_lines(records)
        case unreachable:
            assert_never(unreachable)


def _csv_lines(records: Iterator[TraceRecord]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, FIELDS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow(record.fields() | {"value": full(record.value)})
        yield _drained(buffer)
    if buffer.tell():
        yield _drained(buffer)


def _drained(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _markdown_lines(records: Iterator[TraceRecord]) -> Iterator[str]:
    yield "| " + " | ".join(FIELDS) + " |\n"
    yield "|" + "---|" * len(FIELDS) + "\n"
    for record in records:
        cells = record.fields() | {"value": full(record.value)}
        yield "| " + " | ".join(_cell(cells[name]) for name in FIELDS) + " |\n"


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|")


def _latex_lines(records: Iterator[TraceRecord]) -> Iterator[str]:
    """An ``align*`` for each sample, pass and layer: symbols, and the numbers below them. Lines of code stand as they are."""
    yield "% needs \\usepackage{amsmath}; with \\allowdisplaybreaks it goes over pages\n"
    for place, block in groupby(records, _block):
        iteration, sample, pass_, layer = place
        parts = [f"iteration {iteration}", "" if sample is None else f"sample {sample}", pass_]
        parts.append(f"layer {layer}" if layer else "")
        yield f"% {', '.join(part for part in parts if part)}\n"
        rows = [row for record in block for row in _align(record)]
        if any("&" not in row for row in rows):
            yield "\\begin{verbatim}\n" + "\n".join(rows) + "\n\\end{verbatim}\n"
        else:
            yield "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"


def _block(record: TraceRecord) -> tuple[int, int | None, str, int]:
    return record.iteration, record.sample, record.pass_, record.layer


_RELATION = re.compile(r" (=|\\leftarrow|\\approx) ")


def _align(record: TraceRecord) -> Iterator[str]:
    """The rows of a record; without ``&`` if it is code."""
    if record.is_code:
        yield record.symbols
        yield record.numbers
        return
    yield from broken(_RELATION.sub(r" &\1 ", record.symbols, count=1))
    if not record.symbols.endswith(f"= {record.numbers}"):
        yield from broken(f"&= {record.numbers}")
