"""The command export: the same bytes in every process, what goes together and what does not, nothing left behind."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bpstudio.cli import FORMATS, main
from bpstudio.viewstate.export_choices import ExportFormat

EVERYTHING = """
import sys
from bpstudio.cli import main
folder = sys.argv[1]
small = ["--size", "640x480"]
for name in ("png", "svg", "pdf", "tex"):
    assert main(["export", "mazur", "--at", "20", "--output", f"{folder}/one.{name}", *small]) == 0
for preset in ("slide", "paper", "transparent"):
    for name in ("png", "svg", "pdf"):
        assert main(["export", "iris", "--at", "9000", "--output", f"{folder}/{preset}.{name}", "--preset", preset]) == 0
for name in ("gif", "apng", "webp", "html"):
    assert main(["export", "mazur", "--from", "3", "--to", "8", "--output", f"{folder}/film.{name}", *small]) == 0
for name in ("html", "md", "tex"):
    assert main(["export", "mazur", "--content", "worked", "--output", f"{folder}/worked.{name}"]) == 0
for name in ("png", "svg", "tex"):
    assert main(["export", "xor", "--to", "9", "--format", name, "--output", f"{folder}/{name}", *small]) == 0
"""


def everything(folder: Path, seed: str) -> dict[str, str]:
    """Every format made in a process of its own with its own order of hashes: name and checksum of each file."""
    folder.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", EVERYTHING, str(folder)], env=environment, check=True, timeout=120)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_format_has_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    first, second = everything(tmp_path / "a", "1"), everything(tmp_path / "b", "2024")
    assert len(first) > 25
    assert {name for name in first if first[name] != second.get(name)} == set()
    assert first.keys() == second.keys()


def test_the_formats_of_the_command_are_all_there_are() -> None:
    assert set(FORMATS) == {each.value for each in ExportFormat}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--output", "x.svg"), "one file holds one picture"),
        (("--output", "x.md", "--content", "steps"), "cannot be written as md"),
        (("--output", "x.gif", "--content", "worked"), "cannot be written as gif"),
        (("--output", "x.png", "--at", "3", "--from", "1"), "--at does not go together"),
        (("--output", "x.md", "--at", "3"), "nothing to work out"),
        (
            (
                "--output",
                "nowhere/x.gif",
            ),
            "there is no such folder",
        ),
        (
            (
                "--output",
                "nowhere/x.html",
            ),
            "could not be written",
        ),
        (("--output", "x", "--scale", "9"), "expected 0.25 to 8"),
        (("--output", "x", "--seconds", "0"), "expected 0.02 to 60"),
        (("--output", "x", "--scale", "0"), "expected 0.25 to 8, got '0'"),
        (("--output", "a.jpg", "--at", "5"), "a.jpg: expected a name that ends in .png, .svg, "),
        (("--output", "a.svgz", "--at", "5", "--format", "svg"), "a.svgz: expected a name that ends in"),
        (
            ("--output", "mix.png", "--format", "pdf", "--at", "3"),
            "mix.png: its name ends in .png, but --format is pdf",
        ),
        (("--output", "film.png", "--format", "gif"), "its name ends in .png, but --format is gif"),
        (("--output", "film/", "--format", "gif"), "film: expected the name of a file to write as gif, got a folder"),
        (("--output", "x.png", "--at", "99999999999999"), "more than 100000000"),
        (("--output", "x", "--iteration", "999999999999"), "iteration 999999999999 is 999999999999 iterations"),
        (("--output", "x", "--size", "100x100"), "expected 640x480"),
        (("--output", "x", "--level", "molecule"), "molecule"),
        (("--output", "x", "--preset", "poster"), "poster"),
    ],
)
def test_what_does_not_go_together_is_one_line_and_nothing_is_written(
    arguments: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.chdir(room)
    try:
        code = main(["export", "mazur", *arguments])
    except SystemExit as stop:
        code = int(str(stop.code))
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert list(room.iterdir()) == []


@pytest.mark.parametrize("output", ["a.jpg/", "v1.2", "there.jpg", "pictures"])
def test_a_folder_is_made_where_the_name_says_one(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.jpg").mkdir()
    assert main(["export", "mazur", "--at", "3", "--output", output, "--size", "640x480"]) == 0
    assert sorted(path.name for path in Path(output).iterdir()) == ["index.html", "step-0000.png"]
    assert capsys.readouterr().out == f"1 picture and index.html in {Path(output)}\n"


def test_one_step_is_one_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x.gif", "x.html"):
        path = tmp_path / name
        assert main(["export", "mazur", "--at", "3", "--output", str(path), "--size", "640x480"]) == 0
        assert capsys.readouterr().out == f"1 step in {path}\n"


@pytest.mark.parametrize("output", ["pictures", "film.webp", "page.html"])
def test_an_interrupt_leaves_nothing_behind(output: str, tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    command = [
        sys.executable,
        "-m",
        "bpstudio",
        "export",
        "iris",
        "--level",
        "operation",
        "--to",
        "3000",
        "--output",
        output,
    ]
    with subprocess.Popen(
        command, cwd=room, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        time.sleep(2.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (130, "bpstudio: interrupted\n")
    assert list(room.iterdir()) == []


def test_numbers_and_narration_are_written_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for number, extra in enumerate(([], ["--numbers", "fixed", "--digits", "3", "--comma", "--narration", "code"])):
        path = tmp_path / f"{number}.md"
        worked = ["export", "mazur", "--content", "worked", "--to", "4", "--output", str(path)]
        assert main([*worked, *extra]) == 0
        texts.append(path.read_text(encoding="utf-8"))
    capsys.readouterr()
    assert "0.15" in texts[0]
    assert "z\\[1\\]\\[0\\]" not in texts[0]
    assert "0{,}150" in texts[1]
    assert "z\\[1\\]\\[0\\] += w" in texts[1]


def test_a_start_of_the_window_loads_nothing_of_the_exports() -> None:
    probe = "import sys, bpstudio.app; print([m for m in ('PIL', 'fontTools', 'bpstudio.export.picture') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
