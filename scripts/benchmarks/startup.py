"""Milliseconds from starting a process to its first paint: bpstudio, beside a bare Qt window that imports NumPy and pyqtgraph.

Processes run one after the other, in turn, without a display; the first of each is thrown away (it warms the disk's cache).
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

BEGINNING = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.UpdateRequest and watched.isWindow():
            watched.removeEventFilter(self)
            watched.event(event)  # paint, then look at the clock
            print((time.monotonic() - float(os.environ["STARTED"])) * 1000, "pyqtgraph" in sys.modules, flush=True)
            os._exit(0)
        return False
"""

CONTENDERS = {
    "bare window": """
application = QApplication([])
window = QWidget()
window.resize(1366, 768)
watch = FirstPaint()
window.installEventFilter(watch)
window.show()
application.exec()
""",
    "bare window with NumPy and pyqtgraph": """
import numpy, pyqtgraph
application = QApplication([])
window = QWidget()
window.resize(1366, 768)
watch = FirstPaint()
window.installEventFilter(watch)
window.show()
application.exec()
""",
    "bpstudio": """
from bpstudio import app
watch = FirstPaint()
make = app.make_window
def watched(*arguments):
    window = make(*arguments)
    window.installEventFilter(watch)
    return window
app.make_window = watched
app.run_app(None)
""",
}


def first_paint(script: str) -> tuple[float, bool]:
    """Run one process; its milliseconds, and whether pyqtgraph had been imported by then."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "STARTED": str(time.monotonic())}
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + script], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(done.stderr)
    milliseconds, has_pyqtgraph = done.stdout.split()
    return float(milliseconds), has_pyqtgraph == "True"


def main() -> int:
    """Parse arguments, measure, print; exit code 1 above the limit, or when pyqtgraph delayed the first paint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--limit-ms", type=float, default=500.0)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for index in range(options.rounds + 1):
        for name, script in CONTENDERS.items():
            milliseconds, _ = first_paint(script)
            if index > 0:
                times[name].append(milliseconds)
    for name, measured in times.items():
        print(f"{name:38} median {statistics.median(measured):6.0f} ms   longest {max(measured):6.0f} ms")
    has_pyqtgraph = first_paint(CONTENDERS["bpstudio"])[1]
    print(f"bpstudio has imported pyqtgraph by then: {'yes' if has_pyqtgraph else 'no'}")
    is_quick = statistics.median(times["bpstudio"]) <= options.limit_ms
    return 0 if is_quick and not has_pyqtgraph else 1


if __name__ == "__main__":
    sys.exit(main())
