"""Traces: one record each, the contract's fields, and every format readable."""

import csv
import io
import itertools
import json
import math
import re
from dataclasses import replace

import pytest

from bpstudio.explain.notation import notation
from bpstudio.explain.trace import FIELDS, TraceFormat, TraceRecord, trace, write_trace
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import NotationName
from bpstudio.model.tape import Tape
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from tests.explain.test_styles import require_latex


def records(
    name: str, level: Level, iterations: int = 1, shown: NotationName = NotationName.THETA, is_latex: bool = False
) -> tuple[Session, list[TraceRecord]]:
    session = Session(open_run(name))

    def tape_of(iteration: int) -> Tape:
        session.seek(iteration=iteration)
        return session.tape

    end = session.program.iteration_start(iterations)
    written = notation(shown, session.spec)
    return session, list(trace(session.program, tape_of, 0, end, level, written, is_latex=is_latex))


def test_every_operation_is_listed_in_order() -> None:
    session, found = records("two-layer-deltas", Level.OPERATION)
    assert [record.position for record in found] == list(range(session.program.iteration_start(1)))
    kinds = [session.program.operation(record.position).kind for record in found]
    assert [record.kind for record in found] == kinds


def test_the_last_running_sum_of_each_unit_is_its_z_and_e() -> None:
    _, found = records("two-layer-deltas", Level.OPERATION)
    for before, after in itertools.pairwise(found):
        if (before.kind, after.kind) in {("add_bias", "pre_activation"), ("error_multiply_add", "error")}:
            assert before.value.hex() == after.value.hex()
            assert before.address == after.address


def test_the_hidden_deltas_appear_as_sum_times_slope() -> None:
    _, found = records("two-layer-deltas", Level.OPERATION)
    hidden = [record for record in found if record.kind == "delta" and record.layer in (1, 2)]
    assert len(hidden) == 8
    for record in hidden:
        left, _, right = record.numbers.partition(" = ")
        total, slope = (float(part.replace("−", "-")) for part in left.split(" × "))
        assert total * slope == record.value == float(right.replace("−", "-"))


@pytest.mark.parametrize("level", [Level.UNIT, Level.LAYER, Level.PASS, Level.SAMPLE, Level.ITERATION, Level.EPOCH])
def test_a_block_is_told_by_its_last_operation(level: Level) -> None:
    session, found = records("xor", level, iterations=2)
    ends = [record.position + 1 for record in found]
    assert ends[-1] == session.program.iteration_start(2)
    assert all(session.program.next_boundary(end - 1, level) == end for end in ends)


def test_json_lines_have_the_fields_of_the_contract() -> None:
    _, found = records("mazur", Level.OPERATION)
    lines = list(write_trace(iter(found), TraceFormat.JSONL))
    documents = [json.loads(line) for line in lines]
    assert all(tuple(document) == FIELDS for document in documents)
    assert documents[1]["symbols"] == "z⁽²⁾₁ ← z⁽²⁾₁ + Θ⁽¹⁾₁₂·a⁽¹⁾₂"
    assert documents[1]["numbers"] == "0.0075 + 0.2·0.1 = 0.027500000000000004"
    assert [document["value"] for document in documents] == [record.value for record in found]
    assert documents[-1]["sample"] is None


def test_what_is_not_finite_is_a_word_in_json() -> None:
    _, found = records("mazur", Level.ITERATION)
    for value, word in ((math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")):
        (line,) = write_trace(iter([replace(found[0], value=value)]), TraceFormat.JSONL)
        assert json.loads(line)["value"] == word


def test_csv_reads_back() -> None:
    _, found = records("mazur", Level.UNIT)
    rows = list(csv.DictReader(io.StringIO("".join(write_trace(iter(found), TraceFormat.CSV)))))
    assert [row["position"] for row in rows] == [str(record.position) for record in found]
    assert [float(row["value"]) for row in rows] == [record.value for record in found]
    assert [row["symbols"] for row in rows] == [record.symbols for record in found]


def test_an_empty_csv_has_its_header() -> None:
    assert "".join(write_trace(iter(()), TraceFormat.CSV)) == ",".join(FIELDS) + "\n"


def test_markdown_is_one_table() -> None:
    _, found = records("mazur", Level.UNIT)
    lines = list(write_trace(iter(found), TraceFormat.MARKDOWN))
    assert len(lines) == len(found) + 2
    assert {line.replace("\\|", "").count("|") for line in lines} == {len(FIELDS) + 1}


@pytest.mark.parametrize("name", ["theta", "matrix", "nielsen"])
def test_latex_aligns_each_operation_at_its_relation(name: str) -> None:
    _, found = records("mazur", Level.OPERATION, shown=NotationName(name), is_latex=True)
    text = "".join(write_trace(iter(found), TraceFormat.LATEX))
    blocks = re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", text, re.DOTALL)
    rows = [row for block in blocks for row in block.split(" \\\\\n")]
    assert all(row.count("&") == 1 for row in rows)
    assert [row.partition("&")[0].strip() for row in rows if not row.startswith("&")] == [
        re.split(r" (?:=|\\leftarrow) ", record.symbols)[0].strip() for record in found
    ]
    assert len(blocks) == len({(record.sample, record.pass_, record.layer) for record in found})
    for record in found:
        require_latex(record.symbols)
        require_latex(record.numbers)


def test_code_in_latex_stands_as_it_is() -> None:
    _, found = records("mazur", Level.OPERATION, shown=NotationName.CODE, is_latex=True)
    text = "".join(write_trace(iter(found), TraceFormat.LATEX))
    assert "align" not in text
    assert text.count("\\begin{verbatim}") == text.count("\\end{verbatim}") > 1
    assert all(f"\n{record.symbols}\n" in text for record in found)


def test_a_trace_can_begin_within_an_iteration() -> None:
    session = Session(open_run("mazur"))
    written = notation(NotationName.CODE, session.spec)
    found = list(trace(session.program, lambda _: session.tape, 5, 8, Level.OPERATION, written))
    assert [record.position for record in found] == [5, 6, 7]
