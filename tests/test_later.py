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
    assert not loaded & {"pyqtgraph", "PIL", "fontTools", "onnx", "safetensors", "numba", "subprocess", "numpy.ma"}


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
    assert left.strip() == "['bpstudio.export.font_cutting']"


SLOW = """
import time
runs.append(1)
VALUE = 1
time.sleep(0.3)
def after() -> str:
    return "whole"
"""


def test_threads_wait_for_the_whole_of_a_late_module(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(f"from builtins import runs{SLOW}")
    code = f"""
import builtins, sys
from concurrent.futures import ThreadPoolExecutor
from bpstudio import later
builtins.runs = []
sys.path.insert(0, {str(tmp_path)!r})
later.begin(["slow"])
import slow
waited = later.is_waiting("slow") and not builtins.runs
with ThreadPoolExecutor(8) as pool:
    found = [pool.submit(lambda: slow.after()) for _ in range(8)]
print(waited, {{each.result() for each in found}} == {{"whole"}}, len(builtins.runs), later.is_waiting("slow"))
"""
    assert output(code).split() == ["True", "True", "1", "False"]


def test_a_late_module_that_fails_fails_each_time_and_is_never_half_there(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text(
        "from builtins import runs\nruns.append(1)\nVALUE = 1\nraise ValueError('no')\n"
    )
    code = f"""
import builtins, sys
from bpstudio import later
builtins.runs = []
sys.path.insert(0, {str(tmp_path)!r})
later.begin(["failing"])
import failing
for _ in range(2):
    try:
        failing.VALUE
    except ValueError as error:
        print(error)
print(len(builtins.runs), later.is_waiting("failing"))
"""
    assert output(code).split() == ["no", "no", "2", "True"]


def test_a_late_module_may_be_imported_by_one_that_it_imports_itself(tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text("import second\nNAME = 'first'\n")
    (tmp_path / "second.py").write_text("import first\ndef name() -> str:\n    return first.NAME\n")
    code = f"""
import sys
from bpstudio import later
sys.path.insert(0, {str(tmp_path)!r})
later.begin(["first", "second"])
import first
print(first.second.name(), first.__name__, first.__file__.endswith("first.py"), type(first).__name__)
"""
    assert output(code).split() == ["first", "first", "True", "module"]


@pytest.mark.parametrize("name", LATE)
def test_late_modules_exist(name: str) -> None:
    path = ROOT / name.replace(".", "/")
    assert path.with_suffix(".py").is_file()
