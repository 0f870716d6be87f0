"""The command line as a user meets it: output, one line per error, exit codes."""

import io
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bpstudio
from bpstudio import cli
from bpstudio.files.examples import example_names, example_text
from bpstudio.files.run_file import open_run
from bpstudio.session.session import Session

FIELDS = {
    "position", "iteration", "epoch", "sample", "pass", "layer", "kind", "address", "value", "symbols", "numbers"
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = cli.main(arguments)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 2
    found = capsys.readouterr()
    return code, found.out, found.err


def values(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    code, out, _ = run(capsys, "values", *arguments)
    assert code == 0
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_mazur_as_published(capsys: pytest.CaptureFixture[str]) -> None:
    found = values(capsys, "mazur", "loss", "delta[2]", "delta[1]", "dw[1][0,0]")
    assert list(found) == ["loss", "delta[2]", "delta[1]", "dw[1][0,0]"]
    assert found["loss"] == pytest.approx(0.298371109, abs=5e-10)
    assert found["delta[2]"] == pytest.approx([0.138498562, -0.0380982366], abs=5e-10)
    assert found["dw[1][0,0]"] == pytest.approx(0.000438568, abs=5e-10)
    assert values(capsys, "mazur", "--iteration", "1", "w[2][0,0]")["w[2][0,0]"] == pytest.approx(0.35891647971788)
    assert values(capsys, "mazur", "--iteration", "10000", "loss")["loss"] == pytest.approx(3.5101878e-05, abs=5e-13)


def test_output_first_gives_the_numbers_of_the_older_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = json.loads(run(capsys, "examples", "mazur")[1])
    document.setdefault("training", {})["update"] = "output_first"
    path = tmp_path / "older.json"
    path.write_text(json.dumps(document))
    assert values(capsys, str(path), "--iteration", "1", "loss")["loss"] == pytest.approx(0.291027924, abs=5e-10)
    assert values(capsys, str(path), "--iteration", "10000", "loss")["loss"] == pytest.approx(0.000035085, abs=5e-10)


def test_examples_are_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "examples")
    assert [line.split()[0] for line in out.splitlines()] == list(example_names())
    for name in example_names():
        assert json.loads(run(capsys, "examples", name)[1])["format"] == "bpstudio-run/1"


def test_the_trace_lists_every_operation_and_sums_end_in_z_and_e(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "trace", "two-layer-deltas", "--iteration", "0", "--level", "operation")
    assert code == 0
    records = [json.loads(line) for line in out.splitlines()]
    program = Session(open_run("two-layer-deltas")).program
    assert [record["position"] for record in records] == list(range(program.iteration_start(1)))
    assert all(set(record) == FIELDS for record in records)
    assert all(record["symbols"] and record["numbers"] for record in records)
    for before, after in itertools.pairwise(records):
        if after["kind"] in ("pre_activation", "error") and before["kind"] in ("add_bias", "error_multiply_add"):
            assert after["value"] == before["value"]
            assert after["address"] == before["address"]
    hidden = [r for r in records if r["kind"] == "delta" and r["layer"] == 2 and r["sample"] == 0]
    assert len(hidden) == 2
    for record in hidden:
        left, right = record["numbers"].replace("−", "-").split(" = ")
        total, slope = left.split(" × ")
        assert float(total.strip("()")) * float(slope.strip("()")) == pytest.approx(float(right))
        assert float(right) == record["value"]


@pytest.mark.parametrize(("form", "start"), [("csv", "position,iteration,epoch"), ("markdown", "| position")])
def test_other_forms_of_a_trace(capsys: pytest.CaptureFixture[str], form: str, start: str) -> None:
    code, out, _ = run(capsys, "trace", "xor", "--from", "3", "--to", "40", "--format", form)
    assert code == 0
    assert out.startswith(start)
    assert len(out.splitlines()) > 4


def test_train_prints_the_loss_and_saves_a_run_that_goes_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "trained.json"
    code, out, _ = run(capsys, "train", "xor", "--iterations", "200", "--every", "50", "--output", str(path))
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()] == ["0", "50", "100", "150", "200"]
    session = Session(open_run("xor"))
    session.seek(iteration=200)
    assert np.array_equal(Session(open_run(path)).array("w[1]"), session.array("w[1]"))


def test_training_that_explodes_names_the_operation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "wild.json"
    path.write_text(
        json.dumps(
            {
                "format": "bpstudio-run/1",
                "network": {"inputs": 1, "layers": [{"units": 1, "activation": "identity"}]},
                "optimizer": {"name": "sgd", "learning_rate": 1e6},
                "data": {"inputs": [[3.0]], "targets": [[0.5]]},
            }
        )
    )
    code, _, err = run(capsys, "train", str(path), "--iterations", "1000")
    assert code == 2
    assert "not finite" in err
    assert re.search(r"position \d+: iteration \d+, sample 0, (layer 1, unit 0, )?[a-z ]+ of [a-z_]+", err)
    assert err.rstrip().endswith("= ∞")


def test_check_passes_and_a_hopeless_tolerance_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", "iris")[0] == 0
    code, out, _ = run(capsys, "check", "iris", "--epsilon", "0.3", "--tolerance", "1e-12")
    assert code == 1
    assert "failed" in out


def test_export_writes_the_same_bytes_twice(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        subprocess.run(
            [sys.executable, "-m", "bpstudio", "export", "mazur", "--output", str(folder), "--level", "layer",
             "--format", "pdf"],
            check=True,
        )  # fmt: skip
    names = sorted(path.name for path in folders[0].iterdir())
    assert "index.html" in names
    assert len(names) > 5
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("values", "nothing-of-that-name", "loss"),
        ("values", "mazur", "delta[9]"),
        ("values", "mazur", "nonsense"),
        ("values", "mazur", "loss", "--sample", "5", "delta[1]"),
        ("values", "mazur", "loss", "--iteration", "-1"),
        ("trace", "mazur", "--level", "molecule"),
        ("trace", "mazur", "--from", "9", "--to", "3"),
        ("train", "mazur"),
        ("train", "mazur", "--iterations", "1", "--output", "somewhere.txt"),
        ("export", "mazur"),
        ("examples", "nothing"),
        ("--nonsense",),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("bpstudio: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_run_file_may_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = run(capsys, "examples", "mazur")[1]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert values(capsys, "-", "loss")["loss"] == pytest.approx(0.298371109, abs=5e-10)


def test_without_a_display_the_window_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = run(capsys, "mazur")
    assert code == 2
    assert "no display" in err


def test_numbers_need_no_qt() -> None:
    code = (
        "import sys; from bpstudio.cli import main; main(['values', 'mazur', 'loss']); print('PySide6' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "False"


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m bpstudio trace iris --level operation | head -1; exit ${{PIPESTATUS[0]}}"
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert found.returncode == 0
    assert found.stderr == ""


def test_a_saved_session_goes_on_where_it_was_and_every_command_takes_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "xor.bps")
    assert run(capsys, "train", "xor", "--iterations", "200", "--output", path)[0] == 0
    code, out, _ = run(capsys, "train", path, "--iterations", "100", "--every", "100", "--output", path)
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()] == ["200", "300"]
    at_once = json.loads(run(capsys, "values", "xor", "--iteration", "300", "w[1]", "loss")[1])
    assert json.loads(run(capsys, "values", path, "w[1]", "loss")[1]) == at_once
    assert json.loads(run(capsys, "values", path, "--iteration", "3", "loss")[1]) == json.loads(
        run(capsys, "values", "xor", "--iteration", "3", "loss")[1]
    )
    first = json.loads(run(capsys, "trace", path)[1].splitlines()[0])
    assert first["iteration"] == 300
    code, out, _ = run(capsys, "check", path)
    assert code == 0
    assert "at iteration 300" in out


def test_a_session_is_saved_where_training_ends_by_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = {
        "format": "bpstudio-run/1",
        "network": {"inputs": 1, "layers": [{"units": 1, "activation": "identity"}]},
        "optimizer": {"name": "sgd", "learning_rate": 1e6},
        "data": {"inputs": [[3.0]], "targets": [[0.5]]},
    }
    source, saved = tmp_path / "wild.json", str(tmp_path / "wild.bps")
    source.write_text(json.dumps(document), encoding="utf-8")
    code, _, err = run(capsys, "train", str(source), "--iterations", "1000", "--output", saved)
    assert code == 2
    session = bpstudio.open(saved)
    assert f"at position {session.position - 1}:" in err


def test_a_damaged_session_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "xor.bps"
    run(capsys, "train", "xor", "--iterations", "20", "--output", str(path))
    path.write_bytes(path.read_bytes()[:-100])
    code, _, err = run(capsys, "values", str(path), "loss")
    assert (code, err.count("\n")) == (2, 1)
    assert "xor.bps" in err


def test_check_says_why_output_first_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = json.loads(example_text("mazur"))
    document["training"] = {**document.get("training", {}), "update": "output_first"}
    (tmp_path / "first.json").write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = run(capsys, "check", str(tmp_path / "first.json"))
    assert code == 1
    assert "output_first" in out.splitlines()[-1]


def test_a_long_way_says_how_far_it_is_on_standard_error_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    quiet = run(capsys, "values", "xor", "--iteration", "300", "loss")
    assert quiet[2] == ""
    monkeypatch.setattr(cli, "LINES_SECONDS", 0.0)
    code, out, err = run(capsys, "values", "xor", "--iteration", "300", "loss")
    assert (code, out) == quiet[:2]
    lines = err.splitlines()
    assert lines[0] == "bpstudio: computing 300 iterations: iteration 1 of 300"
    assert lines[-1].endswith(" of 300")
    code, out, err = run(capsys, "export", "xor", "--at", "60000", "--output", str(tmp_path / "x.svg"))
    assert (code, out.count("\n")) == (0, 1)
    assert "bpstudio: computing 357 iterations: iteration 1 of 357\n" in err


@pytest.mark.parametrize("arguments", [("values", "loss"), ("check",), ("trace",)])
def test_a_way_that_nobody_would_wait_for_is_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    command, *others = arguments
    for iteration in ("100000001", "9" * 25):
        code, out, err = run(capsys, command, "xor", *others, "--iteration", iteration)
        assert (code, out) == (2, "")
        assert err.startswith(f"bpstudio: iteration {iteration} is {iteration} iterations of computing away")
        assert err.count("\n") == 1
