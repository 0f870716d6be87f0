"""What a start does not load: the late modules wait until they are used, and work when they are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bpstudio.later import LATE

ROOT = Path(__file__).resolve().parents[1]
STARTED = """
import json, sys
from PySide6.QtCore import QEvent, QObject
from bpstudio import app, later

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Show and watched.isWidgetType():
            watched.windowHandle().installEventFilter(self)
        elif event.type() is QEvent.Type.Expose:
            watched.removeEventFilter(self)
            watched.event(event)
            print(json.dumps([name for name in sys.modules if not later.is_waiting(name)]), flush=True)
            app.QApplication.instance().quit()
            return True
        return False

first, make = FirstPaint(), app.make_window
def watched(*arguments):
    window = make(*arguments)
    window.installEventFilter(first)
    return window
app.make_window = watched
app.run_app(None)
"""
WITH_THE_WINDOW = {"bpstudio.app"}
"""What commands do without."""


def output(code: str) -> str:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_painted_window_has_loaded_none_of_the_late_modules() -> None:
    loaded = set(json.loads(output(STARTED)))
    assert {"bpstudio.window", "bpstudio.canvas.network_canvas", "bpstudio.panels.inspector_panel"} <= loaded
    assert loaded & set(LATE) == WITH_THE_WINDOW
    assert not loaded & {"pyqtgraph", "PIL", "fontTools", "onnx", "safetensors", "numba", "subprocess"}


def test_a_late_module_loads_when_it_is_used() -> None:
    code = """
from bpstudio import later
from bpstudio.files import run_draft
before = later.is_waiting("bpstudio.files.run_draft")
print(before, run_draft.RunDraft.__name__, later.is_waiting("bpstudio.files.run_draft"))
"""
    assert output(code).split() == ["True", "RunDraft", "False"]


def test_a_name_out_of_a_late_module_is_the_same_as_in_it() -> None:
    code = """
from bpstudio.session import search
from bpstudio.session.search import Search
print(search.Search is Search)
"""
    assert output(code).strip() == "True"


def test_all_that_waits_can_be_loaded_one_by_one() -> None:
    code = """
import bpstudio.app
from bpstudio import later
count = 0
while later.load_next():
    count += 1
print(count, [name for name in later.LATE if later.is_waiting(name)])
"""
    count, left = output(code).split(maxsplit=1)
    assert int(count) > 30
    assert left.strip() == "[]"


@pytest.mark.parametrize("name", LATE)
def test_late_modules_exist(name: str) -> None:
    path = ROOT / name.replace(".", "/")
    assert path.with_suffix(".py").is_file()
