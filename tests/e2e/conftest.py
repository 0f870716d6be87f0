"""What walks through the window begin with: one that is shown, on the example that the module names as ``EXAMPLE``."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from bpstudio.controller.settings import Settings
from bpstudio.window import MainWindow
from tests.support.windows import FIRST, shown_window


@pytest.fixture
def window(request: pytest.FixtureRequest, qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A module with a fixture of its own of this name has that one."""
    example = getattr(request.module, "EXAMPLE", FIRST)
    with shown_window(qtbot, Settings(tmp_path / "settings.ini"), example) as made:
        yield made
