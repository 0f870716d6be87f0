"""The published Python API, line by line as the contract writes it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bpstudio
from bpstudio.files.examples import example_text


def test_the_lines_of_the_contract() -> None:
    session = bpstudio.open("mazur")
    session.step("unit")
    session.step_back("unit")
    assert session.position == 0
    session.seek(position=20)
    assert session.position == 20
    session.seek(iteration=10_000)
    assert session.tape.losses.total == pytest.approx(3.5101878e-05, abs=5e-13)
    assert session.value("delta[1][0]") is None
    weights = session.array("w[2]")
    assert weights.dtype == np.float64
    assert not weights.flags.writeable
    assert session.tape.value("delta[2][0]", sample=0) == session.tape.array("delta[2]")[0, 0]
    assert session.tape.array("dw[1]").shape == (2, 2)


def test_the_next_operation_explains_itself() -> None:
    session = bpstudio.open("two-layer-deltas")
    operation = session.operation
    assert operation.kind == "multiply_add"
    assert str(operation.address) == "z[1][0]"
    assert [str(address) for address, _ in operation.reads] == ["w[1][0,0]", "a[0][0]"]
    assert operation.symbols == "z⁽²⁾₁ ← Θ⁽¹⁾₁₁·a⁽¹⁾₁"
    assert operation.numbers == "0.5·1 = 0.5"
    assert operation.result == 0.5
    assert operation.sentence


def test_a_dict_a_path_and_a_name_open_the_same_run(tmp_path: object) -> None:
    document = json.loads(example_text("xor"))
    assert bpstudio.open(document).spec == bpstudio.open("xor").spec


def test_wrong_input_raises_one_sentence() -> None:
    with pytest.raises(bpstudio.RunFileError, match="examples are"):
        bpstudio.open("nope")
    with pytest.raises(bpstudio.AddressError, match="no such layer"):
        bpstudio.open("xor").value("z[7][0]")
    with pytest.raises(bpstudio.PositionError):
        bpstudio.open("xor").step("molecule")


def test_importing_needs_no_qt() -> None:
    code = "import bpstudio, sys; print([m for m in sys.modules if 'PySide' in m or 'shiboken' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_all_that_is_published_is_there_in_every_way_to_ask_for_it() -> None:
    names: dict[str, object] = {}
    exec("from bpstudio import *", names)  # only a whole module may be asked for all of it
    assert set(bpstudio.__all__) <= set(names)
    assert set(bpstudio.__all__) <= set(dir(bpstudio))
    for name in bpstudio.__all__:
        assert names[name] is getattr(bpstudio, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(bpstudio, "nonsense")  # noqa: B009
    assert not hasattr(bpstudio, "nonsense")


def test_type_checkers_are_told_of_the_same_names() -> None:
    stub = Path(bpstudio.__file__).with_suffix(".pyi").read_text()
    for name in bpstudio.__all__:
        assert f" as {name}\n" in stub
        assert f'"{name}",' in stub
