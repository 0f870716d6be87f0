"""The command as a process of its own: what it prints where, streams, signals, terminals, repeated bytes."""

import json
import os
import pty
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "bpstudio")


def environment() -> dict[str, str]:
    """Buffered output, as a user has it, and no display."""
    hidden = {"PYTHONUNBUFFERED", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, encoding="utf-8", env=environment(), input=text, timeout=60
    )


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running command that reacts to an interrupt, whatever the one who runs the tests has set."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_the_version() -> None:
    found = run("--version")
    assert (found.returncode, found.stderr) == (0, "")
    name, number = found.stdout.split()
    assert name == "bpstudio"
    assert number[0].isdigit()


def test_a_run_file_is_read_from_standard_input() -> None:
    found = run("values", "-", "loss", text=run("examples", "mazur").stdout)
    assert json.loads(found.stdout) == json.loads(run("values", "mazur", "loss").stdout)


def test_a_wrong_run_file_on_standard_input_is_one_sentence() -> None:
    found = run("values", "-", "loss", text='{"format": "bpstudio-run/1", "format": "twice"}')
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("bpstudio: ")
    assert found.stderr.count("\n") == 1


def test_a_long_trace_begins_at_once_and_ends_quietly_when_nobody_reads_on() -> None:
    with started("trace", "iris", "--from", "0", "--to", "1000000000", "--level", "operation") as process:
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline())["position"] == 0
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "iris", "--iterations", "1000000000", "--every", "10"),
        ("trace", "iris", "--from", "0", "--to", "1000000000"),
    ],
    ids=["train", "trace"],
)
def test_an_interrupt_is_one_line_and_130(arguments: tuple[str, ...]) -> None:
    with started(*arguments) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
        assert process.returncode == 130
        assert error == "bpstudio: interrupted\n"


def test_lines_of_training_appear_while_it_runs() -> None:
    with started("train", "iris", "--iterations", "1000000000", "--every", "10") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert process.poll() is None
    assert [line.split()[1] for line in lines] == ["0", "10", "20"]


def test_a_terminal_gets_a_progress_bar_and_a_file_does_not() -> None:
    arguments = [*COMMAND, "train", "xor", "--iterations", "6000", "--every", "6000"]
    try:
        ours, theirs = pty.openpty()
    except OSError as error:  # a changed root without /dev/pts
        pytest.skip(f"no terminal can be made here: {error}")
    with closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
        subprocess.run(arguments, stdout=subprocess.PIPE, stderr=theirs, env=environment(), check=True, timeout=60)
        os.close(theirs)
        shown = terminal.read(4096).decode()
    assert "/6000" in shown
    assert "#" in shown
    assert shown.rstrip("\r").endswith(" "), "the bar is wiped at the end"
    assert run(*arguments[3:]).stderr == ""


def test_the_window_without_a_display_is_one_sentence() -> None:
    found = run("mazur")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("bpstudio: there is no display")
    assert "bpstudio export" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("picture", ["png", "svg"])
def test_two_exports_have_the_same_bytes_and_the_page_names_every_picture(tmp_path: Path, picture: str) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        found = run("export", "mazur", "--output", str(folder), "--level", "pass", "--format", picture)
        assert (found.returncode, found.stderr) == (0, "")
    first, second = ({path.name: path.read_bytes() for path in sorted(folder.iterdir())} for folder in folders)
    assert first == second
    page = first.pop("index.html").decode()
    # Forward, loss, backward, reduction, update: the start and the end of each.
    assert list(first) == [f"step-{number:04}.{picture}" for number in range(6)]
    assert all(name in page for name in first)


def test_scale_multiplies_the_pixels_of_a_picture(tmp_path: Path) -> None:
    sizes = []
    for scale in ("1", "2"):
        folder = tmp_path / scale
        arguments = ("--from", "3", "--to", "3", "--size", "800x600", "--scale", scale)
        assert run("export", "mazur", "--output", str(folder), *arguments).returncode == 0
        sizes.append(struct.unpack(">II", (folder / "step-0000.png").read_bytes()[16:24]))
    assert sizes == [(800, 600), (1600, 1200)]
