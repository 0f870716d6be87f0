"""The scripts that a run is exported as reproduce its iterations: any run, every number, to 10⁻¹²."""

import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bpstudio.errors import ExportError
from bpstudio.files.code_numpy import numpy_script
from bpstudio.files.code_torch import torch_script
from bpstudio.files.examples import example_names
from bpstudio.files.run_file import open_run
from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    ActivationName,
    Array,
    Dataset,
    LossName,
    OptimizerName,
    OptimizerSpec,
    RunSpec,
    TrainingSpec,
    UpdateRule,
)
from tests.support.specs import run_spec, run_specs

Iteration = Callable[[int], Mapping[str, Any]]


def loaded(script: str, folder: Path) -> Iteration:
    """The script's function, without running its last lines."""
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    found: Iteration = runpy.run_path(str(path))["iteration"]
    return found


def is_sound(spec: RunSpec, iterations: int) -> bool:
    """Whether the numbers are finite and no 1/a of a tiny a, or root of a vanishing gradient, blows rounding up.

    A gradient of exactly 0 is one that vanishes too, if its terms only cancel: elsewhere they leave rounding. Where a slope is 0
    they are all 0.
    """
    engine = Engine(spec)
    least = 0.0 if any(layer.activation is ActivationName.RELU for layer in spec.network.layers) else -1.0
    for _ in range(iterations + 1):
        tape = engine.compute()
        sizes = [np.abs(tape.array(f"delta[{l}]")) for l in range(1, spec.network.depth + 1)]
        gradient = np.abs(tape.vectors.gradient)
        if not np.isfinite(tape.losses.total) or not all(np.isfinite(s).all() and s.max() < 1e3 for s in sizes):
            return False
        if spec.optimizer.name is not OptimizerName.SGD and ((gradient > least) & (gradient < 1e-7)).any():
            return False
        engine.advance()
    return bool(np.isfinite(engine.state()).all())


def assert_same(spec: RunSpec, iteration: Iteration, iterations: int) -> None:
    engine = Engine(spec)
    for number in range(iterations):
        found = iteration(number)
        tape = engine.compute()
        for name, values in found.items():
            array, expected = np.asarray(values, dtype=float), tape.array(name)
            scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
            assert array.shape == expected.shape, name
            assert np.max(np.abs(array - expected), initial=0.0) <= 1e-12 * scale * (1 + 10 * number), (name, number)
        assert {"loss", "w[1]", "dw[1]", "step_w[1]"} <= found.keys()
        engine.advance()


@given(run_specs(most_units=4, most_samples=5))
@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture])
def test_numpy_reproduces_any_run(tmp_path: Path, spec: RunSpec) -> None:
    assume(is_sound(spec, 3))
    with np.errstate(all="ignore"):
        assert_same(spec, loaded(numpy_script(spec), tmp_path), 3)


@given(run_specs(most_units=4, most_samples=5))
@settings(max_examples=100, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture])
def test_pytorch_reproduces_any_run(tmp_path: Path, spec: RunSpec) -> None:
    torch = pytest.importorskip("torch")
    assume(spec.training.update is UpdateRule.SIMULTANEOUS and is_sound(spec, 3))
    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    try:
        assert_same(spec, loaded(torch_script(spec), tmp_path), 3)
    finally:
        torch.set_default_dtype(before)
        torch.set_num_threads(threads)


@pytest.mark.parametrize("name", example_names())
def test_the_script_of_an_example_prints_what_the_command_prints(name: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(numpy_script(open_run(name)), encoding="utf-8")
    done = subprocess.run([sys.executable, str(path), "7"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    engine = Engine(open_run(name))
    engine.iterate(7)
    tape = engine.compute()
    for address, values in found.items():
        assert np.asarray(values) == pytest.approx(np.asarray(tape.array(address)), rel=1e-11, abs=1e-13), address


def test_the_script_of_pytorch_runs_by_itself(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    path = tmp_path / "script.py"
    path.write_text(torch_script(open_run("xor")), encoding="utf-8")
    done = subprocess.run([sys.executable, str(path), "3"], capture_output=True, text=True, check=True, timeout=60)
    engine = Engine(open_run("xor"))
    engine.iterate(3)
    assert json.loads(done.stdout)["loss"] == pytest.approx(engine.compute().losses.total, rel=1e-12)


def test_a_script_may_begin_with_trained_weights(tmp_path: Path) -> None:
    spec = open_run("xor")
    engine = Engine(spec)
    engine.iterate(10)
    script = numpy_script(spec, engine.state()[: engine.layout.size])
    with np.errstate(all="ignore"):
        found = loaded(script, tmp_path)(0)
    assert found["loss"] == pytest.approx(engine.compute().losses.total, rel=1e-12)


@pytest.mark.parametrize("title", ['"""\nimport os', "a\\", "x\0y", "new\nline", '"'])
def test_a_title_stays_text(title: str, tmp_path: Path) -> None:
    spec = run_spec((1, 1), samples=1)
    object.__setattr__(spec, "title", title)
    script = numpy_script(spec)
    compile(script, "script", "exec")
    assert "import os" not in script.splitlines()


def test_what_a_script_cannot_do_is_said() -> None:
    output_first = run_spec(training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST))
    with pytest.raises(ExportError, match="output_first"):
        torch_script(output_first)
    with pytest.raises(ExportError, match="400,000 are"):
        numpy_script(run_spec((700, 700, 1), samples=1))


def test_shuffled_batches_come_in_the_same_order(tmp_path: Path) -> None:
    spec = run_spec((2, 2, 1), samples=7, training=TrainingSpec(batch_size=3, shuffle=True), seed=5)
    script = loaded(numpy_script(spec), tmp_path)
    with np.errstate(all="ignore"):
        assert_same(spec, script, 9)


def test_numbers_are_written_in_full(tmp_path: Path) -> None:
    values: Array = np.array([[0.1 + 0.2, 1e-310], [-0.0, 1.7976931348623157e308]])
    spec = run_spec((2, 1), samples=2, loss=LossName.OUTPUT_SUM, optimizer=OptimizerSpec(learning_rate=0.0))
    none = np.empty((0, 2)), np.empty((0, 1))
    object.__setattr__(spec, "dataset", Dataset(values, np.zeros((2, 1)), *none))
    path = tmp_path / "script.py"
    path.write_text(numpy_script(spec), encoding="utf-8")
    with np.errstate(all="ignore"):
        assert runpy.run_path(str(path))["X"].tobytes() == values.tobytes()
