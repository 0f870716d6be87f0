"""From starting a process to its window painted in full: bpstudio, beside a bare Qt window that imports NumPy and pyqtgraph.

The clock stops when the window's first expose event has been dealt with: by then all that is in sight has been painted and handed
to the screen. Processes run one after the other, in turn, without a display; the first of each is thrown away (it warms the
disk's cache). Beside the time by the clock stands that of the processor, which other work on the machine disturbs less.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

FIRST = "from bpstudio import cli"
"""What the command loads before it knows that there will be a window; Qt comes after it."""
BEGINNING = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Show and watched.isWidgetType():
            watched.windowHandle().installEventFilter(self)
        elif event.type() == QEvent.Type.Expose:
            watched.removeEventFilter(self)
            watched.event(event)  # paint all of it, then look at the clock
            milliseconds = (time.monotonic() - float(os.environ["STARTED"])) * 1000
            print(milliseconds, time.process_time() * 1000, "pyqtgraph" in sys.modules, flush=True)
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
import gc
gc.disable()  # as the command does before it loads the window, which here has to be caught
from bpstudio import app
watch = FirstPaint()
make = app.make_window
def watched(*arguments):
    window = make(*arguments)
    window.installEventFilter(watch)
    return window
app.make_window = watched
cli.main([])
""",
}
PEER, OURS = "bare window with NumPy and pyqtgraph", "bpstudio"


class Measured(NamedTuple):
    """One start: milliseconds by the clock and of the processor, and whether pyqtgraph had been imported by then."""

    clock: float
    processor: float
    has_pyqtgraph: bool


def first_paint(name: str) -> Measured:
    """Run one process to its first paint, as a new user: it is cut off, which bpstudio would remember as a bad start."""
    script = (f"{FIRST}\n" if name == OURS else "") + BEGINNING + CONTENDERS[name]
    with tempfile.TemporaryDirectory() as home:
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), home)
        environment = os.environ | folders | {"QT_QPA_PLATFORM": "offscreen", "STARTED": str(time.monotonic())}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(done.stderr)
    clock, processor, has_pyqtgraph = done.stdout.split()
    return Measured(float(clock), float(processor), has_pyqtgraph == "True")


def main() -> int:
    """Parse arguments, measure, print; exit code 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--limit", type=float, default=1.3, help="times the bare window with NumPy and pyqtgraph")
    options = parser.parse_args()
    starts: dict[str, list[Measured]] = {name: [] for name in CONTENDERS}
    for index in range(options.rounds + 1):
        for name in CONTENDERS:
            measured = first_paint(name)
            if index > 0:
                starts[name].append(measured)
    clock = {name: statistics.median(start.clock for start in made) for name, made in starts.items()}
    processor = {name: statistics.median(start.processor for start in made) for name, made in starts.items()}
    for name, made in starts.items():
        longest = max(start.clock for start in made)
        print(
            f"{name:37} median {clock[name]:5.0f} ms   longest {longest:5.0f} ms   processor {processor[name]:5.0f} ms"
            f"   ratio {clock[name] / clock[PEER]:.2f}, of the processor {processor[name] / processor[PEER]:.2f}"
        )
    print(f"bpstudio has imported pyqtgraph by then: {'yes' if starts[OURS][0].has_pyqtgraph else 'no'}")
    return 0 if clock[OURS] <= options.limit * clock[PEER] else 1


if __name__ == "__main__":
    sys.exit(main())
