"""The suite is as strict as CONTRIBUTING says: each careless test below fails or errs, and the tidy one passes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

CARELESS = """
import os, warnings
from pathlib import Path
from PySide6.QtCore import QSettings, QStandardPaths, QTimer, qWarning
from PySide6.QtWidgets import QWidget

kept = []

def test_python_warning():
    warnings.warn("old way", DeprecationWarning, stacklevel=1)

def test_qt_warning(qapp):
    qWarning("odd geometry")

def test_left_window(qapp):
    kept.append(QWidget())
    kept[-1].setObjectName("forgotten")

def test_left_timer(qapp):
    kept.append(QTimer())
    kept[-1].setObjectName("ticker")
    kept[-1].start(1000)

def test_slot_error(qtbot):
    QTimer.singleShot(0, lambda: 1 / 0)
    qtbot.wait(20)

def test_settings_are_written(qapp, tmp_path):
    settings = QSettings("bpstudio", "careless")
    settings.setValue("theme", "dark")
    settings.sync()
    assert settings.fileName().startswith(str(tmp_path))
    assert Path.home().is_relative_to(tmp_path)
    places = QStandardPaths.StandardLocation
    assert QStandardPaths.writableLocation(places.AppDataLocation).startswith(str(tmp_path))

def test_settings_of_another_test_are_not_seen(qapp):
    assert QSettings("bpstudio", "careless").value("theme") is None
"""

EXPECTED = {
    "test_python_warning": "FAILED",
    "test_qt_warning": "FAILED",
    "test_left_window": "ERROR",
    "test_left_timer": "ERROR",
    "test_slot_error": "FAILED",
    "test_settings_are_written": "PASSED",
    "test_settings_of_another_test_are_not_seen": "PASSED",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about the careless tests under this project's settings."""
    file = tmp_path_factory.mktemp("careless") / "test_careless.py"
    file.write_text(CARELESS, encoding="utf-8")
    settings = ["-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *settings, str(file)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "BPSTUDIO_TEST_PLATFORM"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize(("name", "outcome"), EXPECTED.items())
def test_careless_tests_are_caught(report: str, name: str, outcome: str) -> None:
    lines = [line for line in report.splitlines() if line.startswith(f"{outcome} ") and f"::{name}" in line]
    assert lines, report


@pytest.mark.parametrize("leaker", ["top-level widget QWidget 'forgotten'", "running QTimer 'ticker', started at"])
def test_the_leaker_is_named(report: str, leaker: str) -> None:
    assert leaker in report
