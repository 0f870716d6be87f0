"""The compiled loop is made ready in the background, and its absence or failure changes nothing."""

import sys
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from bpstudio.controller.acceleration import Acceleration
from bpstudio.model import accelerator


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    accelerator.disable()
    yield
    accelerator.disable()


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_without_the_extra_nothing_happens(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: False)
    acceleration = Acceleration(compile_command=python("pass"))
    with qtbot.assertNotEmitted(acceleration.told, wait=100):
        acceleration.start()
    assert not accelerator.is_ready()


def test_it_tells_that_it_compiles_and_then_is_ready(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    switched: list[bool] = []
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    monkeypatch.setattr(accelerator, "enable", lambda: switched.append(True))
    monkeypatch.setattr(accelerator, "is_ready", lambda: bool(switched))
    acceleration = Acceleration(compile_command=python("pass"))
    told: list[str] = []
    acceleration.told.connect(told.append)
    with qtbot.waitSignal(acceleration.ready, timeout=20_000):
        acceleration.start()
    assert told == ["Compiling the fast loop…", ""]


@pytest.mark.parametrize("command", [python("raise SystemExit(1)"), ("/no/such/program",)], ids=["fails", "missing"])
def test_a_compiler_that_fails_leaves_the_run_as_it_was(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    acceleration = Acceleration(compile_command=command)
    told: list[str] = []
    acceleration.told.connect(told.append)
    acceleration.start()
    qtbot.waitUntil(lambda: told[-1:] == [""], timeout=20_000)
    assert not accelerator.is_ready()


def test_stopping_ends_the_compiler(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "is_installed", lambda: True)
    acceleration = Acceleration(compile_command=python("import time; time.sleep(60)"))
    acceleration.start()
    acceleration.stop()
    assert not accelerator.is_ready()


def test_the_real_loop_gets_ready(qtbot: QtBot) -> None:
    pytest.importorskip("numba")
    acceleration = Acceleration()
    with qtbot.waitSignal(acceleration.ready, timeout=120_000):
        acceleration.start()
    assert accelerator.is_ready()
