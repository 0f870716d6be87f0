"""Commands never wait for the compiler: it works in another process, is taken when ready, and ends with the command."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from bpstudio import fast_loop
from bpstudio.cli import main
from bpstudio.fast_loop import WORTH_COMPILING, FastLoop
from bpstudio.model import accelerator
from tests.support.specs import run_spec

SPEC = run_spec((2, 2, 1))
QUICK = (sys.executable, "-c", "pass")
NEVER = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    accelerator.disable()
    yield
    accelerator.disable()


def wait_for(loop: FastLoop) -> None:
    assert loop._process is not None
    loop._process.wait(timeout=30)


def test_it_is_taken_once_it_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bool] = []
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    monkeypatch.setattr(accelerator, "enable", lambda: taken.append(True))
    with FastLoop(SPEC, WORTH_COMPILING + 1, QUICK) as loop:
        wait_for(loop)
        loop.take_if_ready()
        loop.take_if_ready()
    assert taken == [True]


def test_what_could_not_be_compiled_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    monkeypatch.setattr(accelerator, "enable", lambda: pytest.fail("the compiler had failed"))
    with FastLoop(SPEC, WORTH_COMPILING + 1, (sys.executable, "-c", "raise SystemExit(1)")) as loop:
        wait_for(loop)
        loop.take_if_ready()


@pytest.mark.parametrize(("iterations", "is_installed"), [(WORTH_COMPILING, True), (WORTH_COMPILING + 1, False)])
def test_for_few_iterations_or_without_the_extra_no_process_is_started(
    monkeypatch: pytest.MonkeyPatch, iterations: int, is_installed: bool
) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: is_installed)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started"))
    with FastLoop(SPEC, iterations) as loop:
        loop.take_if_ready()


def test_leaving_ends_the_compiling_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    with FastLoop(SPEC, WORTH_COMPILING + 1, NEVER) as loop:
        process = loop._process
        loop.take_if_ready()
        assert process is not None and process.poll() is None
    assert process.returncode is not None


def test_training_prints_its_first_line_while_the_compiler_works(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    monkeypatch.setattr(fast_loop, "COMPILE", "import time; time.sleep(600)")
    assert main(["train", "two-layer-deltas", "--iterations", str(WORTH_COMPILING + 1)]) == 0
    assert capsys.readouterr().out.startswith("iteration 0  loss ")
