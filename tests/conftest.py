"""What holds for every test: no screen, no settings of the person who runs it, nothing left behind."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt. Tests marked xvfb run in a process of their own (tests/support/virtual_display.py).
os.environ["QT_QPA_PLATFORM"] = os.environ.get("BPSTUDIO_TEST_PLATFORM", "offscreen")
os.environ["QT_SCALE_FACTOR"] = "1"
os.environ.pop("QT_STYLE_OVERRIDE", None)
os.environ.pop("QT_QPA_PLATFORMTHEME", None)

import bpstudio  # noqa: F401  first: it sets one BLAS thread, which NumPy reads when it is imported

import pytest
from hypothesis import settings
from PySide6.QtCore import QSettings

from tests.support.leaks import watch_leaks
from tests.support.virtual_display import IS_VIRTUAL_DISPLAY

settings.register_profile("fresh", deadline=None, print_blob=True)
settings.register_profile("same", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("fresh" if os.environ.get("BPSTUDIO_FRESH_EXAMPLES") else "same")

FOLDERS = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_RUNTIME_DIR": "runtime",
}


def use_folders(root: Path) -> dict[str, str]:
    """Make a person's folders under ``root``; returns the environment that points there."""
    environment = {name: str(root / folder) for name, folder in FOLDERS.items()}
    for folder in environment.values():
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return environment


def pytest_configure(config: pytest.Config) -> None:
    """Folders for whatever runs outside a test: imports, fixtures of a whole session, subprocesses."""
    folder = tempfile.TemporaryDirectory(prefix="bpstudio-tests-")
    config.add_cleanup(folder.cleanup)
    os.environ.update(use_folders(Path(folder.name)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked xvfb run where there is a virtual display; test_virtual_display.py starts them there."""
    if IS_VIRTUAL_DISPLAY:
        return
    elsewhere = [item for item in items if item.get_closest_marker("xvfb")]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test is a new person on a new machine; returns the person's home."""
    environment = use_folders(tmp_path / "person")
    for name, folder in environment.items():
        monkeypatch.setenv(name, folder)
    return Path(environment["HOME"])


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest, own_folders: Path) -> Iterator[None]:
    """A test with an application fails when a window, timer, animation or thread outlives it."""
    if "qapp" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("qapp")
    # Qt reads XDG_CONFIG_HOME for settings once in a process, so each test has to say it again.
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(own_folders / ".config"))
    with watch_leaks() as found:
        yield
    if found:
        pytest.fail("left behind:\n  " + "\n  ".join(found), pytrace=False)
