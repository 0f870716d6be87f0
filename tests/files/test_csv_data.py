"""Columns of CSV files: what is read, and one sentence with line and column for what is not."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from bpstudio.errors import RunFileError
from bpstudio.files import csv_data
from bpstudio.files.csv_data import read_table, strict_number
from bpstudio.files.run_file import load_run_file, parse_run
from bpstudio.model.spec import Dataset
from tests.files.documents import changed

PLAIN = "a,b,c,d\n1,2,0,1\n3,4,1,0\n"


def document(**data: object) -> dict[str, Any]:
    result = changed("data", {"csv": "rows.csv", "inputs": ["a", "b"], "targets": ["c", "d"], **data})
    result["network"]["layers"][-1]["activation"] = "softmax"
    result["loss"] = {"name": "squared_error"}
    return result


def read(folder: Path, content: str | bytes, **data: object) -> Dataset:
    raw = content.encode() if isinstance(content, str) else content
    (folder / "rows.csv").write_bytes(raw)
    return parse_run(document(**data), folder).dataset


def problem(folder: Path, content: str | bytes, **data: object) -> str:
    with pytest.raises(RunFileError) as caught:
        read(folder, content, **data)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.removesuffix("\n"),
        "\n\n" + PLAIN.replace("\n", "\n\n"),
        "﻿" + PLAIN,
        PLAIN.replace(",", " , "),
        '"a","b","c","d"\n"1","2","0","1"\n3,4,"1",0\n',
        "a,b,c,d\n+1.0,.2e1,0.,1\n3,4e+0,1,-0\n",
    ],
)
def test_the_same_numbers_in_many_spellings(tmp_path: Path, content: str) -> None:
    dataset = read(tmp_path, content)
    assert dataset.inputs.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert dataset.targets.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert dataset.input_names == ("a", "b")
    assert dataset.note == "rows.csv"


def test_columns_by_number_without_and_with_a_header(tmp_path: Path) -> None:
    numbered = {"inputs": [1, 0], "targets": [2, 3]}
    bare = read(tmp_path, "1,2,0,1\n3,4,1,0\n", **numbered)
    headed = read(tmp_path, PLAIN, **numbered)
    assert bare.inputs.tolist() == headed.inputs.tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert (bare.input_names, headed.input_names) == ((), ("b", "a"))


def test_class_labels_become_one_hot(tmp_path: Path) -> None:
    content = 'a;b;kind\n1;2;red\n3;4;"navy; blue"\n5;6;red\n'
    dataset = read(tmp_path, content, targets=["kind"], one_hot=True)
    assert dataset.targets.tolist() == [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    assert dataset.target_names == ("red", "navy; blue")


def test_the_file_lies_beside_the_run_file_or_below(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "rows.csv").write_text(PLAIN)
    assert parse_run(document(csv="below/rows.csv"), tmp_path).dataset.count == 2
    assert parse_run(document(csv="below/../below/rows.csv"), tmp_path).dataset.count == 2


@pytest.mark.parametrize(
    "name", ["../rows.csv", "/etc/passwd", "below/../../rows.csv", "C:\\rows.csv", "\\\\host\\x", "link.csv"]
)
def test_nothing_outside_is_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "runs"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "rows.csv").write_text(PLAIN)
    (folder / "link.csv").symlink_to(tmp_path / "rows.csv")
    with pytest.raises(RunFileError, match=r"^data\.csv: .*(outside the run file's folder|relative to the run file)"):
        parse_run(document(csv=name), folder)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"csv": ""}, 'data.csv: expected a file name, got ""'),
        ({"csv": "a\0b"}, 'data.csv: expected a file name, got "a\\u0000b"'),
        ({"csv": 3}, "data.csv: expected a text, got 3"),
        ({"csv": "missing.csv"}, "data.csv: there is no file"),
        ({"csv": "."}, "data.csv: "),
        ({"csv": "x" * 5000}, "data.csv: cannot read"),
        ({"inputs": []}, "data.inputs: expected at least one column, got none"),
        ({"targets": []}, "data.targets: expected at least one column, got none"),
        ({"inputs": "a"}, 'data.inputs: expected a list of column names or numbers, got "a"'),
        ({"inputs": ["a", "z"]}, 'data.inputs[1]: the CSV file has no column "z"; it has a, b, c, d'),
        ({"inputs": ["a", 4]}, "data.inputs[1]: expected a column from 0 to 3, got 4"),
        ({"inputs": ["a", -1]}, "data.inputs[1]: expected a column from 0 to 3, got -1"),
        ({"inputs": ["a", 1.0]}, "data.inputs[1]: expected a column name or number, got 1.0"),
        ({"inputs": ["a", True]}, "data.inputs[1]: expected a column name or number, got true"),
        ({"inputs": ["a"]}, "data.inputs: the network has 2 inputs, the data 1 input column"),
        ({"targets": ["c"]}, "data.targets: the output layer has 2 units, the data 1 target column"),
        ({"one_hot": True}, "data.targets: one_hot takes one column of class labels, got 2"),
        ({"one_hot": 1}, "data.one_hot: expected true or false, got 1"),
        ({"header": True}, "data.header: unknown key for data by csv;"),
    ],
)
def test_what_is_asked_for_wrongly(tmp_path: Path, data: dict[str, object], sentence: str) -> None:
    assert problem(tmp_path, PLAIN, **data).startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "data.csv: the CSV file is empty"),
        ("\n \n", "data.csv: the CSV file is empty"),
        ("a,b,c,d\n", "data.csv: the CSV file has a header but no rows"),
        ("a,b,c,d\n1,2,0\n", "data.csv: line 2: expected 4 columns as in the first row, got 3"),
        ("a,b,c,d\n1,2,0,1\n\n3,4,1,0,9\n", "data.csv: line 4: expected 4 columns as in the first row, got 5"),
        ("a,b,c,d\n1,x,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "x"'),
        ("a,b,c,d\n1,,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got nothing'),
        ("a,b,c,d\n1,nan,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "nan"'),
        ("a,b,c,d\n1,inf,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "inf"'),
        ("a,b,c,d\n1,1e999,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "1e999"'),
        ("a,b,c,d\n1,1_000,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "1_000"'),
        ("a,b,c,d\n1,٣,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "٣"'),
        ("a,b,c,d\n1,0x1F,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "0x1F"'),
        ("a;b;c;d\n1;2,5;0;1\n", 'data.csv: line 2, column "b": expected a finite number, got "2,5"'),
        ('a,b,c,d\n1,"2,0,1\n', "data.csv: line 2: not CSV: unexpected end of data"),
        ('a,b,c,d\n1,"2"x,0,1\n', "data.csv: line 2: not CSV: "),
        ("a,b,c,d\n1," + "9" * 200_000 + ",0,1\n", "data.csv: line 2: not CSV: field larger than field limit"),
        ("a,b,c,d\n1," + "9" * 500 + ",0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "999'),
        ("a,a,c,d\n1,2,0,1\n", 'data.inputs[0]: the CSV file has two columns named "a"'),
        (",".join("x" * 2000) + "\n", "data.csv: line 1: expected at most 1,000 columns, got 2,000"),
        (b"a,b,c,d\n1,\xff,0,1\n", "data.csv: line 2: byte 0xff is not UTF-8"),
        ("a\0,\0b\0\n\0", "data.csv: line 1: every second byte seems to be 0, as in UTF-16; save the file as UTF-8"),
        ("a,b,c,d\n1,\x1b[2J\x00,0,1\n", 'data.csv: line 2, column "b": expected a finite number, got "\\u001b[2J'),
    ],
)
def test_what_is_written_wrongly(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    assert problem(tmp_path, content).startswith(sentence)


def test_a_column_by_name_needs_a_header(tmp_path: Path) -> None:
    table = read_table(b"1,2\n3,4\n", "data.csv", needs_header=False)
    with pytest.raises(RunFileError, match="no header"):
        table.column("a", "data.inputs[0]")


def test_an_empty_class_label_is_named_by_its_line(tmp_path: Path) -> None:
    content = "a,b,kind\n1,2,red\n3,4,\n"
    sentence = 'data.csv: line 3, column "kind": expected a class label, got nothing'
    assert problem(tmp_path, content, targets=["kind"], one_hot=True) == sentence


def test_a_class_for_every_row_is_refused_before_it_is_made(tmp_path: Path) -> None:
    content = "a,b,kind\n" + "".join(f"1,2,k{row}\n" for row in range(1001))
    sentence = "data.targets: expected at most 1,000 classes, got 1,001"
    assert problem(tmp_path, content, targets=["kind"], one_hot=True) == sentence


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_data, "MOST_CSV_ROWS", 5)
    assert problem(tmp_path, "a,b,c,d\n" + "1,2,3,4\n" * 6) == "data.csv: line 7: expected at most 5 rows"
    assert read(tmp_path, "a,b,c,d\n" + "1,2,3,4\n" * 5).count == 5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(RunFileError, match=r"^data\.csv: .*is not a regular file"):
        parse_run(document(csv="pipe.csv"), tmp_path)


def test_hostile_text_takes_no_time(tmp_path: Path) -> None:
    rng = random.Random(0)
    texts = [
        '"' * 60_000,
        ",;\t" * 20_000,
        '",' * 30_000,
        "".join(rng.choices("\",;\t\n\r'ab1", k=60_000)),
        "1" * 10**6,
    ]
    start = time.process_time()
    for text in texts:
        problem(tmp_path, text)
    assert time.process_time() - start < 5.0


@pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "5.", "1e-3", "1E5", "0001"])
def test_numbers(text: str) -> None:
    assert strict_number(text) == float(text)


@pytest.mark.parametrize(
    "text", ["", ".", "e5", "1e", "--1", "1 2", "infinity", "NaN", "1e400", "१", "1\n", "½", "1d5"]
)
def test_no_numbers(text: str) -> None:
    assert strict_number(text) is None


def test_the_folder_of_a_run_file_is_where_its_csv_lies(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x,y\n1,2\n3,4\n")
    (tmp_path / "run.json").write_text(
        '{"format": "bpstudio-run/1", "network": {"inputs": 1, "layers": [{"units": 1, "activation": "tanh"}]},'
        ' "optimizer": {"name": "sgd", "learning_rate": 0.1}, "data": {"csv": "rows.csv", "inputs": ["x"], "targets": ["y"]}}'
    )
    assert load_run_file(tmp_path / "run.json").dataset.targets.tolist() == [[2.0], [4.0]]
