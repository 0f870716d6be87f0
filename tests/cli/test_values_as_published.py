"""Every number printed about Mazur's network, asked for on the command line; whole arrays; what is not finite."""

import json
from itertools import groupby
from pathlib import Path

import pytest

from bpstudio.cli import main
from tests.support.published_cases import Expected, load_cases

MAZUR = next(case for case in load_cases() if case.name == "mazur_2_2_2")
PRINTED = [entry for entry in MAZUR.expected("one_update_simultaneous") if entry.address is not None]
BY_ITERATION = {
    n: list(group) for n, group in groupby(sorted(PRINTED, key=lambda e: e.iteration), lambda e: e.iteration)
}


def values(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """The object printed; a number JSON does not have (NaN) is an error here."""
    assert main(["values", *arguments]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert isinstance(found, dict)
    return found


def agrees(entry: Expected, found: object) -> bool:
    assert isinstance(found, float)
    return abs(entry.scale * found - entry.value) <= entry.abs_tol


@pytest.mark.parametrize("iteration", sorted(BY_ITERATION))
def test_every_published_number(capsys: pytest.CaptureFixture[str], iteration: int) -> None:
    entries = BY_ITERATION[iteration]
    addresses = list(dict.fromkeys(str(entry.address) for entry in entries))
    found = values(capsys, "mazur", "--iteration", str(iteration), *addresses)
    assert list(found) == addresses
    for entry in entries:
        if entry.is_right or entry.is_wrong:
            assert agrees(entry, found[str(entry.address)]) is entry.is_right, entry


def test_whole_arrays_are_nested_lists(capsys: pytest.CaptureFixture[str]) -> None:
    found = values(capsys, "two-layer-deltas", "w[1]", "b[3]", "delta[2]", "a[0]", "loss")
    assert found["w[1]"] == [[0.5, -0.3], [0.2, 0.4]]
    assert found["b[3]"] == [0.3]
    assert found["a[0]"] == [1.0, 0.5]
    assert isinstance(found["delta[2]"], list) and len(found["delta[2]"]) == 2
    assert isinstance(found["loss"], float)


def test_a_sample_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert values(capsys, "two-layer-deltas", "--sample", "1", "a[0]")["a[0]"] == [-0.5, 1.0]
    alone = [values(capsys, "two-layer-deltas", "--sample", t, "sample_loss")["sample_loss"] for t in ("0", "1")]
    assert alone[0] != alone[1]


def test_what_is_not_finite_is_a_word(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = {
        "format": "bpstudio-run/1",
        "network": {"inputs": 1, "layers": [{"units": 1, "activation": "identity"}]},
        "parameters": {"weights": [[[-1e300]]], "biases": [[0.0]]},
        "optimizer": {"name": "sgd", "learning_rate": 1.0},
        "data": {"inputs": [[1e300]], "targets": [[0.0]]},
    }
    path = tmp_path / "huge.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = values(capsys, str(path), "loss", "z[1]", "w[1]")
    assert found == {"loss": "Infinity", "z[1]": ["-Infinity"], "w[1]": [[-1e300]]}
