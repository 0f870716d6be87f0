"""Who may import whom: the contracts of pyproject.toml hold, leave nobody out, and a live interpreter agrees."""

import logging
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

import bpstudio

ROOT = Path(__file__).resolve().parents[1]
QT = {"PySide6", "shiboken6", "pyqtgraph"}
ONE_DIRECTION = "One direction: a lower room never imports a higher one"
NO_QT = "The core never imports Qt"
ONLY_PLOTS = "Only plots speak pyqtgraph"


def contracts() -> dict[str, dict[str, Any]]:
    """The contracts by name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["name"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def rooms() -> set[str]:
    """Everything directly in the package: `model`, `window`, …"""
    return {module.name for module in pkgutil.iter_modules(bpstudio.__path__)}


def core_rooms() -> set[str]:
    """The rooms from view state down: none of them may speak Qt."""
    layers = [set(re.findall(r"\w+", layer)) for layer in contracts()[ONE_DIRECTION]["layers"]]
    lowest = next(place for place, names in enumerate(layers) if "intents" in names)
    return set[str]().union(*layers[lowest:])


LIST_QT = """
import importlib, pkgutil, sys
import bpstudio
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
        importlib.import_module(inner.name)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "pyqtgraph"}))
"""


def qt_after_importing(*names: str) -> str:
    """What of Qt a fresh interpreter has loaded after importing bpstudio and these modules with all in them."""
    command = [sys.executable, "-c", LIST_QT, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def kept_logging() -> Iterator[None]:
    """import-linter configures logging for the whole process, and so disables the loggers that are there."""
    root = logging.getLogger()
    loggers = {n: m for n, m in root.manager.loggerDict.items() if isinstance(m, logging.Logger)}
    before = {name: (logger.disabled, logger.level, logger.propagate) for name, logger in loggers.items()}
    level, handlers = root.level, list(root.handlers)
    yield
    for name, (is_disabled, own, propagates) in before.items():
        logger = loggers[name]
        logger.disabled, logger.propagate = is_disabled, propagates
        logger.setLevel(own)
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.mark.usefixtures("kept_logging")
def test_every_contract_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    failed = lint_imports(no_cache=True)
    assert not failed, capsys.readouterr().out


def test_every_room_has_a_layer() -> None:
    layered = {name for layer in contracts()[ONE_DIRECTION]["layers"] for name in re.findall(r"\w+", layer)}
    assert rooms() <= layered


def test_every_core_room_that_exists_is_forbidden_to_import_qt() -> None:
    named = {name.removeprefix("bpstudio.") for name in contracts()[NO_QT]["source_modules"]}
    assert named == core_rooms() & rooms()
    assert set(contracts()[NO_QT]["forbidden_modules"]) == QT


def test_every_room_above_the_core_but_plots_is_forbidden_to_import_pyqtgraph() -> None:
    named = {name.removeprefix("bpstudio.") for name in contracts()[ONLY_PLOTS]["source_modules"]}
    assert named == rooms() - core_rooms() - {"plots"}


def test_importing_bpstudio_loads_no_qt() -> None:
    assert qt_after_importing() == ""


def test_importing_every_module_of_the_core_loads_no_qt() -> None:
    assert qt_after_importing(*(f"bpstudio.{room}" for room in sorted(core_rooms() & rooms()))) == ""


def test_the_search_for_qt_sees_it() -> None:
    assert qt_after_importing("PySide6.QtCore") == "PySide6 shiboken6"
