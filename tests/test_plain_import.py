"""Importing what uses Qt reads no module's source."""

import subprocess
import sys

import pytest

LOADED = """
import sys
{first}
import linecache
print(__import__.__name__, sorted(path for path in linecache.cache if "bpstudio" in path), "PySide6.QtCore" in sys.modules)
"""


@pytest.mark.parametrize(
    "first", ["from bpstudio import app; app.run_app", "from bpstudio.export import command; command.export_command"]
)
def test_no_source_is_searched_for_qt(first: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(first=first)], capture_output=True, text=True, check=True
    )
    importer, rest = done.stdout.strip().split(maxsplit=1)
    assert importer != "__feature_import__"
    assert rest == "[] True"
