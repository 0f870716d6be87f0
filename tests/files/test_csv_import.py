"""Tables from outside: what is guessed of them, what comes out, one sentence for what is wrong, and no hostile byte stops it."""

import csv
import io
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio import resources
from bpstudio.errors import RunFileError
from bpstudio.files.csv_import import CsvImport, preview_of
from bpstudio.files.csv_options import (
    DELIMITERS,
    HEAD_BYTES,
    CsvOptions,
    Missing,
    Use,
    guess_encoding,
    guess_options,
    number_in,
)
from bpstudio.files.named_data import make_named
from bpstudio.model.spec import Dataset

I, T, C, N = Use.INPUT, Use.TARGET, Use.CLASS, Use.NOTHING
PLAIN = "length;width;kind\n1,5;2;a\n2,5;3,25;b\n-1;0;a\n"


def read(content: bytes | str, options: CsvOptions | None = None, **changes: object) -> Dataset:
    raw = content.encode() if isinstance(content, str) else content
    chosen = options or guess_options(raw[:HEAD_BYTES])
    job = CsvImport(raw, replace(chosen, is_standardised=False, **changes), "t.csv")  # type: ignore[arg-type]
    while not job.advance(10.0):
        pass
    assert job.dataset is not None
    return job.dataset


def problem(content: bytes | str, **changes: Any) -> str:
    with pytest.raises(RunFileError) as caught:
        read(content, **changes)
    assert str(caught.value).isprintable()
    return str(caught.value)


# Guessing.


@pytest.mark.parametrize("mark", [mark for mark in DELIMITERS if mark != " "])
def test_delimiters_are_guessed(mark: str) -> None:
    text = PLAIN.replace(",", ".").replace(";", mark)
    options = guess_options(text.encode())
    assert (options.delimiter, options.uses, options.has_header) == (mark, (I, I, C), True)
    assert read(text).inputs.tolist() == [[1.5, 2.0], [2.5, 3.25], [-1.0, 0.0]]


def test_a_decimal_comma_is_guessed_and_no_delimiter() -> None:
    options = guess_options(PLAIN.encode())
    assert (options.delimiter, options.is_decimal_comma) == (";", True)
    dataset = read(PLAIN)
    assert dataset.inputs.tolist() == [[1.5, 2.0], [2.5, 3.25], [-1.0, 0.0]]
    assert (dataset.input_names, dataset.target_names) == (("length", "width"), ("a", "b"))
    assert dataset.targets.tolist() == [[1, 0], [0, 1], [1, 0]]


def test_delimiters_inside_quotes_do_not_count() -> None:
    text = '"a, b; and c","d"\n"1","2"\n"3","4"\n'
    options = guess_options(text.encode())
    assert (options.delimiter, options.uses) == (",", (I, T))
    assert read(text).input_names == ("a, b; and c",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_guessed(encoding: str) -> None:
    text = "größe,höhe\n1,2\n3,4\n"
    raw = (b"\xff\xfe" if encoding == "utf-16-le" else b"") + text.encode(encoding)
    assert read(raw).input_names == ("größe",)


def test_a_character_cut_at_the_end_of_what_is_looked_at_is_still_utf_8() -> None:
    raw = "ä".encode() * HEAD_BYTES
    assert guess_encoding(raw[: HEAD_BYTES - 1]) == "utf-8"


def test_a_table_without_titles_has_none() -> None:
    options = guess_options(b"1,2,3\n4,5,6\n")
    assert (options.has_header, options.uses) == (False, (I, I, T))
    assert read("1,2,3\n4,5,6\n").input_names == ("column 1", "column 2")


@pytest.mark.parametrize(("name", "columns"), [("iris", 4), ("digits", 64)])
def test_shipped_tables_come_out_as_they_are_by_name(name: str, columns: int) -> None:
    raw = resources.path("datasets", f"{name}.csv").read_bytes()
    uses = (I,) * columns + (C,)
    dataset = read(raw, replace(guess_options(raw[:HEAD_BYTES]), uses=uses))
    known = make_named(name, {}, 0)
    scale = 16.0 if name == "digits" else 1.0
    assert np.array_equal(dataset.inputs / scale, known.inputs)
    labels = [
        int(known.target_names[k]) if name == "digits" else known.target_names[k] for k in known.targets.argmax(1)
    ]
    mine = [dataset.target_names[k] for k in dataset.targets.argmax(1)]
    assert mine == [str(label) for label in labels]


# What is chosen.


def test_missing_numbers_are_refused_left_out_or_filled_with_the_mean() -> None:
    text = "a,b,y\n1,2,0\nNA,4,1\n3,,1\n"
    assert guess_options(text.encode()).missing is Missing.DROP
    assert read(text).inputs.tolist() == [[1.0, 2.0]]
    assert read(text, missing=Missing.MEAN).inputs.tolist() == [[1.0, 2.0], [2.0, 4.0], [3.0, 3.0]]
    assert problem(text, missing=Missing.REFUSE) == 't.csv: line 3, a: expected a number, got "NA"'


def test_inputs_are_standardised_over_the_rows_to_train_on() -> None:
    raw = "".join(f"{k},{k * k},{k % 2}\n" for k in range(40)).encode()
    options = replace(guess_options(raw), held_out=0.25, seed=3, is_standardised=True)
    job = CsvImport(raw, options, "t.csv")
    assert job.advance(10.0)
    assert job.dataset is not None
    assert (job.dataset.count, len(job.dataset.held_out_inputs)) == (30, 10)
    assert np.allclose(job.dataset.inputs.mean(axis=0), 0.0)
    assert np.allclose(job.dataset.inputs.std(axis=0), 1.0)


def test_a_million_rows_are_read_in_slices_and_every_kth_is_taken() -> None:
    raw = b"x,y\n" + b"".join(b"%d,%d\n" % (k, k % 2) for k in range(1_000_000))
    job = CsvImport(raw, replace(guess_options(raw[:HEAD_BYTES]), is_standardised=False), "t.csv")
    slices = 0
    while not job.advance(0.05):
        slices += 1
        assert job.progress[0] <= job.progress[1]
    assert slices > 2
    assert job.dataset is not None
    assert job.stride == 6
    assert job.dataset.inputs[:3, 0].tolist() == [0.0, 6.0, 12.0]
    assert job.dataset.note == "t.csv: 166,667 rows, every 6th row"


@pytest.mark.parametrize(
    ("text", "is_comma", "number"),
    [
        ("1.5", False, 1.5),
        ("1,5", False, None),
        ("1,5", True, 1.5),
        ("1.5", True, None),
        ("1.234,5", True, None),
        ("1_0", False, None),
        ("nan", False, None),
        ("1e999", False, None),
        ("−2", False, -2.0),
        ("١", False, None),
    ],
)
def test_numbers_are_strict(text: str, is_comma: bool, number: float | None) -> None:
    assert number_in(text, is_comma) == number


# What is wrong.


@pytest.mark.parametrize(
    ("content", "changes", "sentence"),
    [
        ("a,b\n1,2\n3,4,5\n", {}, "t.csv: line 3: expected 2 cells as in the first row, got 3"),
        ("a,b\n1,2\nred,4\n", {"uses": (I, T)}, 't.csv: line 3, a: expected a number, got "red"'),
        ("a,b\n1,2\n\n\n3,1_0\n", {"uses": (I, T)}, 't.csv: line 5, b: expected a number, got "1_0"'),
        ("a,b\n1,x\n2,\n", {"uses": (I, C), "missing": Missing.REFUSE}, "t.csv: line 3, b: expected a class, got nothing"),
        ('a,b\n1,"x\n', {"uses": (I, C)}, "t.csv: line 2: not CSV: unexpected end of data"),
        ("a,b\n1,2\n", {"uses": (N, T)}, "t.csv: Choose at least one column as input"),
        ("a,b\n1,2\n", {"uses": (I, I)}, "t.csv: Choose a column as target or as class"),
        ("a,b\nNA,2\n", {"missing": Missing.DROP, "uses": (I, T)},
         "t.csv: the file has no rows to train on; 1 had something missing and were left out"),
        ("a,b\nNA,2\n", {"missing": Missing.MEAN, "uses": (I, T)}, "t.csv: a: all numbers are missing"),
        (b"a,b\n1,2\n\xff,3\n", {"encoding": "utf-8"}, "t.csv: line 3: byte 0xff is not UTF-8"),
        ("a,b\n" + "".join(f"{k},w{k}\n" for k in range(300)), {"uses": (I, C)},
         "t.csv: b: expected at most 200 classes, got 300"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_line_and_column(
    content: bytes | str, changes: dict[str, Any], sentence: str
) -> None:
    assert problem(content, **changes) == sentence


def test_numbers_too_large_to_be_standardised_are_named() -> None:
    raw = b"a,b\n1e308,0\n-1e308,1\n"
    job = CsvImport(raw, replace(guess_options(raw), is_standardised=True), "t.csv")
    with pytest.raises(RunFileError, match="the numbers of a are too large to be standardised"):
        job.advance(10.0)


def test_the_preview_says_row_and_column_and_marks_the_cells() -> None:
    raw = b"a,b,c\n1,2,x\nNA,5,y\n7,red,x\n1,2\n"
    options = CsvOptions(uses=(I, T, N), missing=Missing.REFUSE)
    found = preview_of(raw, options)
    assert found.titles == ("a", "b", "c")
    assert found.problems == (
        "Row 2, a: a number is missing.",
        'Row 3, b: "red" is no number.',
        "Row 4 has 2 cells, the first has 3.",
    )
    assert found.wrong_cells == {(1, 0), (2, 1)}


def test_the_preview_marks_the_rows_that_are_left_out() -> None:
    raw = b"a,b,c\n1,2,NA\nNA,5,y\n7,,x\n"
    found = preview_of(raw, CsvOptions(uses=(I, T, N), missing=Missing.DROP))
    assert found.problems == ()
    assert found.left_out == {1, 2}
    assert preview_of(raw, CsvOptions(uses=(I, T, N), missing=Missing.MEAN)).left_out == frozenset()


def test_titles_of_a_hostile_file_are_printable() -> None:
    dataset = read("\x1b[31mred,\u202ey\n1,2\n", uses=(I, T))
    assert all(name.isprintable() for name in dataset.input_names + dataset.target_names)


# Hostile bytes.

HOSTILE = [
    b"",
    b"\x00" * 5000,
    b'"' * 60_000,
    b"," * 65_536,
    b'"a,' * 20_000,
    bytes(range(256)) * 256,
    b"1;" * 30_000,
    b" " * 65_536,
    b"\n" * 65_536,
    b'"' + b"a\n" * 30_000,
    b"\xff\xfe" + b"\x00\xd8" * 1000,
    b"\xef\xbb\xbf",
    b"a" * 200_000 + b",1\n2,3\n",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: f"{raw[:6]!r} × {len(raw)}")
def test_hostile_bytes_end_in_rows_or_in_a_sentence(raw: bytes) -> None:
    survives(raw)


def survives(raw: bytes) -> None:
    """Guess, preview and read; the only way out of reading is rows of finite numbers or one printable sentence."""
    options = guess_options(raw[:HEAD_BYTES])
    assert all(text.isprintable() for text in preview_of(raw[:HEAD_BYTES], options).problems)
    sentence = ""
    try:
        dataset = read(raw, options)
    except RunFileError as error:
        sentence = str(error)
    else:
        assert np.isfinite(dataset.inputs).all()
        assert dataset.inputs.shape[0] == dataset.targets.shape[0] > 0
    assert sentence.isprintable()
    assert len(sentence) < 400


def test_five_hundred_mutated_tables_end_in_rows_or_in_a_sentence() -> None:
    random_numbers = random.Random(5)
    seeds = [
        PLAIN.encode(),
        resources.path("datasets", "penguins.csv").read_bytes()[:3000],
        resources.path("datasets", "iris.csv").read_bytes()[:2000],
        "größe\thöhe\ty\n1\t2\t0\n3\t4\t1\n".encode("utf-16"),
        b'"a","b, c","d"\n"1","2","x"\n"3","4","y"\n',
    ]
    for _ in range(500):
        survives(mutated(random_numbers.choice(seeds), random_numbers))


def mutated(raw: bytes, numbers: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    content = bytearray(raw)
    for _ in range(numbers.randint(1, 6)):
        at = numbers.randrange(len(content) + 1)
        match numbers.randrange(5):
            case 0 if at < len(content):
                content[at] = numbers.randrange(256)
            case 1:
                del content[at : at + numbers.randint(1, 40)]
            case 2:
                content[at:at] = content[at : at + 60]
            case 3:
                content[at:at] = numbers.choice(
                    [b'"', b"\n", b"\r", b"\x00", b";", b",", b"1e999", b"NaN", b"\xff", b"\t"]
                )
            case _:
                content[at:at] = bytes(numbers.randrange(256) for _ in range(3))
    return bytes(content)


@given(
    st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1, max_size=8
    ),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_numbers_written_by_the_csv_module_come_back_to_the_bit(rows: list[list[float]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["a", "b", "y"])
    writer.writerows([[repr(value) for value in row] for row in rows])
    dataset = read(out.getvalue(), CsvOptions(delimiter=delimiter, uses=(I, I, T)))
    assert np.hstack([dataset.inputs, dataset.targets]).tobytes() == np.array(rows).tobytes()
