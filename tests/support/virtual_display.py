"""Runs a test module on a virtual X display, in a process of its own: one process can speak to one platform only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARK = "pytest.mark.xvfb"
IS_VIRTUAL_DISPLAY = os.environ.get("BPSTUDIO_TEST_PLATFORM") == "xcb"
SECONDS = 300


def marked_modules() -> list[str]:
    """Test modules, relative to the project, that ask for a virtual display."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if MARK in file.read_text(encoding="utf-8")]


def run_on_virtual_display(module: str) -> None:
    """Fail with the inner output unless the module's marked tests pass under Xvfb with the xcb platform."""
    if shutil.which("xvfb-run") is None or shutil.which("xauth") is None:
        reason = "no xvfb-run or xauth; scripts/test installs them"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    screen = ["-a", "-s", "-screen 0 1920x1080x24"]
    tests = [sys.executable, "-m", "pytest", "-m", "xvfb", "-p", "no:cacheprovider", module]
    environment = os.environ | {"BPSTUDIO_TEST_PLATFORM": "xcb", "QT_QPA_PLATFORM": "xcb"}
    environment.pop("WAYLAND_DISPLAY", None)
    done = subprocess.run(
        ["xvfb-run", *screen, *tests],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{module} on a virtual display:\n{done.stdout}", pytrace=False)
