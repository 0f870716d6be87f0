"""Pipes, devices, folders and links given as files to every command: one line, exit code 2, and nobody waits."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bpstudio.cli import main

KINDS: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "circle of links": lambda path: path.symlink_to(path),
    "link to nothing": lambda path: path.symlink_to(path.with_name("nothing")),
    "folder": Path.mkdir,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(100_000)),
    "nothing": lambda path: None,
}
COMMANDS: dict[str, list[str]] = {
    "values": ["values", "FILE", "loss"],
    "trace": ["trace", "FILE"],
    "train": ["train", "FILE", "--iterations", "1"],
    "check": ["check", "FILE"],
    "export": ["export", "FILE", "--output", "OUT"],
    "convert": ["convert", "FILE", "--output", "OUT.json"],
    "convert --weights": ["convert", "xor", "--weights", "FILE", "--output", "OUT.json"],
    "compare": ["compare", "xor", "FILE"],
}
ENDINGS = {"convert --weights": (".npz", ".safetensors", ".onnx"), "compare": (".npz", ".safetensors")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_refused_in_one_line(command: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ending in ENDINGS.get(command, (".json", ".bps")):
        path = tmp_path / f"file{ending}"
        KINDS[kind](path)
        arguments = [
            part.replace("FILE", str(path)).replace("OUT", str(tmp_path / "out")) for part in COMMANDS[command]
        ]
        assert main(arguments) == 2, arguments
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("bpstudio: ")
        assert said.err.count("\n") == 1
        assert said.err.strip().isprintable()
        assert not list(tmp_path.glob("out*"))
