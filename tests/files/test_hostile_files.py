"""Files made to hurt: pipes, devices, two gigabytes, deep nests, endless quotes. Refused at once, with one sentence."""

import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpstudio.errors import RunFileError
from bpstudio.files import bounded_file
from bpstudio.files.examples import example_names, example_text
from bpstudio.files.run_file import load_run_file, load_run_text, open_run, parse_run
from tests.files.documents import full

HERE = Path()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails what would hang: in seconds of the processor's time, which other work on the machine does not change."""
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


def test_two_gigabytes_of_numbers_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b'{"data": {"inputs": [')
        file.truncate(2 * 10**9)  # a sparse file: the disk holds almost nothing
    with within(0.5), pytest.raises(RunFileError, match=r"has 2,000,000,000 bytes; at most 67,108,864 are read$"):
        load_run_file(path)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grows.json"
    path.write_bytes(b" " * 2000)
    monkeypatch.setattr(bounded_file, "_require_regular", lambda *about: None)
    with pytest.raises(RunFileError, match="is too long; at most 1,000 bytes are read"):
        bounded_file.read_bounded(path, limit=1000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with within(0.5), pytest.raises(RunFileError, match="is not a regular file"):
        load_run_file(tmp_path / "pipe.json")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
def test_a_device_is_refused() -> None:
    with within(0.5), pytest.raises(RunFileError, match="is not a regular file"):
        load_run_file(Path("/dev/zero"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="is a folder; expected a file"):
        load_run_file(tmp_path)


@pytest.mark.parametrize("name", ["nothing.json", "a\0b", "x" * 5000, "no/such/folder.json", "\ud800.json", ""])
def test_names_that_lead_nowhere(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunFileError) as caught:
        open_run(name)
    assert str(caught.value).isprintable()


def test_standard_input_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            buffer[:] = b"[" * len(buffer)
            return len(buffer)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    with within(5), pytest.raises(RunFileError, match=r"^standard input is too long"):
        open_run("-")


def test_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(RunFileError, match="standard input is closed"):
        open_run("-")


@pytest.mark.parametrize(
    "text",
    [
        '"' * 1_000_000,
        '"\\' * 1_000_000,
        '{"a": "' + '\\"' * 1_000_000,
        "[" * 1_000_000,
        '[{"a":' * 1_000_000,
        "[" * 20 + "1," * 1_000_000,
        '{"data": [' + "{}," * 1_000_000,
        '{"data": [' + "[]," * 5_000_001,
        "9" * 1_000_000,
        "-" * 1_000_000,
        '{"format": ' + "1" * 1_000_000 + "}",
        '{"a":1,' * 1 + ",".join(f'"{k}":{k}' for k in range(200_000)) + "}",
        "\n" * 1_000_000,
        '{"data": {"inputs": [' + "0," * 30_000_000 + "0]}}",
        '{"data": [' + "0.5," * 15_000_000 + "0]}",
        '{"data": [' + "[1.0]," * 1_100_000 + "[]]}",
        '{"data": {' + ",".join(f'"{k:x}":0' for k in range(600_000)) + "}}",
        '{"data": [' + '"ab",' * 1_200_000 + "0]}",
        '{"data": [' + "NaN," * 1_000_000 + "NaN]}",
        '{"seed": ' + "-" * 30 + "1}",
    ],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    with within(6), pytest.raises(RunFileError) as caught:
        load_run_text(text, HERE)
    assert len(str(caught.value)) < 1000


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["sgd", "relu", "xor", "iris", "step", "bpstudio-run/1", -1, 0, 1, 1e308, 10**400]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a document."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.append((value, key))
        found.extend(places(inner))
    return found


def problem_of(read: Callable[[], object]) -> str:
    """The sentence that reading raised, or nothing; any other exception goes through."""
    try:
        read()
    except RunFileError as error:
        return str(error)
    return ""


def assert_one_sentence(problem: str) -> None:
    assert problem.isprintable()
    assert len(problem) < 1000


DOCUMENTS = st.sampled_from([json.dumps(full()), *(example_text(name) for name in example_names())])
CALM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(DOCUMENTS, st.data())
@CALM
def test_changed_values_raise_one_sentence_or_nothing(text: str, data: st.DataObject) -> None:
    document = json.loads(text)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)))
        match data.draw(st.sampled_from(["replace", "remove", "add", "swap"])):
            case "replace":
                container[key] = data.draw(VALUES)
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[data.draw(st.text(max_size=8))] = data.draw(VALUES)
            case _:
                other, place = data.draw(st.sampled_from(places(document)))
                container[key] = json.loads(json.dumps(other[place]))
    assert_one_sentence(problem_of(lambda: parse_run(document, HERE)))


@given(DOCUMENTS, st.data())
@CALM
def test_changed_bytes_raise_one_sentence_or_nothing(text: str, data: st.DataObject) -> None:
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 20))
        content[start : start + length] = data.draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"[", b"}", b'"', b"NaN", b"1e999", b"\\u", b"-", b",", b"null"]),
            )
        )
    assert_one_sentence(problem_of(lambda: load_run_text(bytes(content), HERE)))


@given(VALUES)
@CALM
def test_anything_at_all_raises_one_sentence(value: object) -> None:
    with pytest.raises(RunFileError):
        parse_run(value, HERE)


LITERALS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "9" * 100_000,
    "1" + "0" * 400 + ".5",
    "0x10",
    "1_000",
    "+1",
    "01",
    ".5",
]


@pytest.mark.parametrize("literal", LITERALS, ids=lambda text: text[:12])
def test_numbers_that_are_none_are_refused_where_they_stand(literal: str) -> None:
    text = json.dumps(full()).replace('"learning_rate": 0.5', f'"learning_rate": {literal}')
    assert literal in text
    with within(1), pytest.raises(RunFileError) as caught:
        load_run_text(text, HERE)
    assert "learning_rate" in str(caught.value) or "not JSON" in str(caught.value)
    assert_one_sentence(str(caught.value))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_other_encodings_are_named_as_such(encoding: str) -> None:
    text = json.dumps(full() | {"title": "naïve"}, ensure_ascii=False)
    with pytest.raises(RunFileError) as caught:
        load_run_text(text.encode(encoding), HERE)
    assert_one_sentence(str(caught.value))


def test_a_mark_of_the_byte_order_is_no_error() -> None:
    text = json.dumps(full())
    assert load_run_text(b"\xef\xbb\xbf" + text.encode(), HERE) == load_run_text(text, HERE)


def test_half_a_surrogate_pair_is_an_error_and_control_characters_are_shown_escaped() -> None:
    with pytest.raises(RunFileError, match="half a surrogate pair"):
        load_run_text(json.dumps(full() | {"title": "\ud800"}), HERE)
    with pytest.raises(RunFileError, match=r"\\u001b\[31m") as caught:
        load_run_text(json.dumps(full() | {"\x1b[31m": 1}), HERE)
    assert_one_sentence(str(caught.value))


def test_a_batch_that_no_memory_holds_is_refused_by_its_numbers() -> None:
    document = full() | {"data": {"dataset": "moons", "samples": 1_000_000}, "training": {"batch_size": None}}
    document["network"] = {
        "inputs": 2,
        "layers": [{"units": 40, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}],
    }
    document.pop("parameters")
    with pytest.raises(RunFileError, match=r"a batch of 1,000,000 samples needs 207,000,000 numbers"):
        parse_run(document | {"initializer": {"name": "zeros"}}, HERE)
