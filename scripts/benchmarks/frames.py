"""Milliseconds of the canvas's frames at 1280×800, antialiased, without a display and on X: median and 99th percentile.

A step is what the canvas does with it: the new state is applied and painted. What makes the state, and the whole window's step,
are measured apart. Each platform is a process of its own; exit code 1 when a goal is missed.
"""

import argparse
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from bpstudio.app import make_window, settle_memory
from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.controller.settings import Settings
from bpstudio.files.run_file import open_run
from bpstudio.intents import Move
from bpstudio.model.spec import Array
from bpstudio.plots.plot_panel import PlotPanel
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.plots_state import Line, LinesState, LineStyle, Stroke
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.smoothing import MovingMean
from bpstudio.viewstate.theme import LIGHT
from bpstudio.window import MainWindow
from bpstudio.window_plots import LOSS
from scripts.large_network import document

SIZE = (1280, 800)
PARTS = ("canvas", "window", "plot")
Sizes = tuple[int, ...]
NETWORKS: tuple[Sizes, ...] = ((784, 128, 10), (32, 64, 64, 10), (8, 8, 8))
"""The largest first, whose memory is measured before anything else takes some."""
GOALS = {
    (8, 8, 8): {"step": (1.0, 4.0), "all weights": (5.0, None), "zoom or pan": (2.0, None), "sharp again": (150.0, None)},
    (32, 64, 64, 10): {
        "step": (3.0, 8.0), "all weights": (60.0, None), "zoom or pan": (2.0, None), "sharp again": (150.0, None)
    },
    (784, 128, 10): {
        "step": (16.0, 30.0), "all weights": (80.0, None), "zoom or pan": (2.0, None), "sharp again": (150.0, None),
        "session's step + view state": (50.0, None), "whole window's step": (50.0, None),
    },
}  # fmt: skip
MEMORY_GOAL = 25.0
PLOT_GOAL = 8.0
POINTS = 1_000_000
PEAKS = 5


@dataclass(frozen=True, slots=True)
class Span:
    """Milliseconds on the clock, and of the processor: they differ where others want it too."""

    elapsed: float
    busy: float


@dataclass
class Table:
    """Milliseconds by name, and whether every goal was reached."""

    title: str
    goals: dict[str, tuple[float, float | None]]
    rows: dict[str, list[Span]] = field(default_factory=dict)

    def add(self, name: str, span: Span) -> None:
        """One measurement."""
        self.rows.setdefault(name, []).append(span)

    def print(self) -> bool:
        """Print all rows; whether the goals were reached."""
        print(self.title)
        is_reached = True
        for name, spans in self.rows.items():
            values = [span.elapsed for span in spans]
            middle, late = statistics.median(values), percentile(values, 0.99)
            busy = statistics.median(span.busy for span in spans)
            goal = self.goals.get(name)
            words = ""
            if goal is not None:
                is_good = middle <= goal[0] and (goal[1] is None or late <= goal[1])
                is_reached &= is_good
                limits = f"{goal[0]:g}" + ("" if goal[1] is None else f" / {goal[1]:g}")
                words = f"   goal {limits} {'reached' if is_good else 'MISSED'}"
            numbers = f"median {middle:7.2f} ms   99th percentile {late:7.2f} ms   processor {busy:7.2f} ms"
            print(f"  {name:28} {numbers}   ({len(values)}){words}")
        return is_reached


def percentile(values: list[float], share: float) -> float:
    """The smallest value that is not below ``share`` of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def paint_now(widget: QWidget) -> None:
    """Let Qt paint what is to be painted, and nothing else."""
    QCoreApplication.sendPostedEvents(widget.window(), QEvent.Type.UpdateRequest)
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.UpdateRequest)


def timed(work: Callable[[], object]) -> Span:
    """How long something takes."""
    began, before = time.perf_counter(), time.thread_time()
    work()
    return Span((time.perf_counter() - began) * 1000.0, (time.thread_time() - before) * 1000.0)


class Memory:
    """Megabytes in RAM that came with something: what lies free in the heap is given back first, so that it hides nothing."""

    def __init__(self) -> None:
        self._before = self._settled()

    def now(self) -> float:
        """How much more than at the beginning."""
        return self._settled() - self._before

    def highest(self, work: Callable[[], object]) -> float:
        """How much more than at the beginning at the worst moment of ``work``; 0 where the system does not tell."""
        self._settled()
        try:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
            work()
            words = Path("/proc/self/status").read_text(encoding="ascii").split()
        except OSError:
            return 0.0
        return int(words[words.index("VmHWM:") + 1]) / 1024 - self._before

    @staticmethod
    def _settled() -> float:
        settle_memory()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
        try:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def states(session: Session, count: int) -> Iterator[tuple[CanvasState, Span | None]]:
    """States along an iteration, single operations and whole units, with the time that step and state took; None after a jump."""
    size = session.program.iteration_start(1)
    for number in range(count):
        if number % 10 == 0:
            session.seek(position=int(size * number / count))
            yield build_canvas_state(session, Selection(), ViewOptions()), None
        level = Level.OPERATION if number % 2 == 0 else Level.UNIT
        made: list[CanvasState] = []

        def step(level: Level = level, made: list[CanvasState] = made) -> None:
            session.step(level)
            made.append(build_canvas_state(session, Selection(), ViewOptions()))

        span = timed(step)
        yield made[0], span


def starts(session: Session, first: int, count: int) -> Iterator[CanvasState]:
    """States at the starts of iterations."""
    for iteration in range(first, first + count):
        session.seek(iteration=iteration)
        yield build_canvas_state(session, Selection(), ViewOptions())


def settle(canvas: NetworkCanvas) -> None:
    """Let the canvas finish what it does between frames."""
    until = time.perf_counter() + 5.0
    QApplication.processEvents()
    while not canvas.is_sharp and time.perf_counter() < until:
        QApplication.processEvents()
    paint_now(canvas)


def measure_canvas(run: str, sizes: Sizes, count: int) -> tuple[Table, float]:
    """The table of one network, and the most megabytes that its canvas has taken.

    The session has gone the same way before the canvas is made: its checkpoints are not the canvas's.
    """
    session, jumps = Session(open_run(run)), max(10, count // 8)
    table = Table(f"{name_of(sizes)}: canvas", GOALS[sizes])
    _rehearse(session, count, jumps)
    memory = Memory()
    canvas = NetworkCanvas()
    canvas.resize(*SIZE)
    canvas.apply(build_canvas_state(session, Selection(), ViewOptions()), LIGHT)
    canvas.show()
    QTest.qWaitForWindowExposed(canvas, 5000)
    settle(canvas)
    for state, span in states(session, count):
        shown = timed(lambda state=state: (canvas.apply(state, LIGHT), paint_now(canvas)))
        if span is not None:
            table.add("session's step + view state", span)
            table.add("step", shown)
        settle(canvas)
    for state in starts(session, 1, jumps):
        table.add("all weights", timed(lambda state=state: (canvas.apply(state, LIGHT), paint_now(canvas))))
        settle(canvas)
    _measure_views(canvas, table, jumps)
    highest = _highest(starts(session, jumps, PEAKS), canvas, memory)
    table.title += (
        f"; takes {memory.now():.1f} MB of RAM at rest, {highest:.1f} MB while all weights change or it zooms, "
        f"of it pictures {canvas.picture_bytes / 2**20:.1f} MB"
    )
    close(canvas)
    return table, highest


def _rehearse(session: Session, count: int, jumps: int) -> None:
    """Go where the measurement will go."""
    for _ in states(session, count):
        pass
    for _ in starts(session, 1, jumps + PEAKS):
        pass
    session.seek(position=0)


def _highest(changes: Iterator[CanvasState], canvas: NetworkCanvas, memory: Memory) -> float:
    """The most megabytes while all weights change, and while a zoomed picture is made sharp."""
    found = [0.0]
    for state in changes:
        found.append(memory.highest(lambda state=state: (canvas.apply(state, LIGHT), settle(canvas))))
        found.append(memory.highest(lambda: (canvas.zoom_by(1.1), settle(canvas))))
    return max(found)


def close(widget: QWidget) -> None:
    """Delete a widget now, and not when an event loop gets to it."""
    widget.close()
    widget.deleteLater()
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _measure_views(canvas: NetworkCanvas, table: Table, count: int) -> None:
    """A gesture of five frames, some zooming and some panning, then the wait for a sharp picture."""
    for gesture in range(count):
        for frame in range(5):
            around = QPointF(300.0 + 60 * frame, 350.0)
            factor = 1.04 if gesture % 2 == 0 else 1 / 1.04
            table.add(
                "zoom or pan",
                timed(lambda a=around, f=factor: (canvas.zoom_by(f, a), paint_now(canvas))),
            )
        table.add("sharp again", timed(lambda: settle(canvas)))


def measure_window(run: str, sizes: Sizes, count: int) -> Table:
    """A step through the window: session, view state, all panels, painted."""
    table = Table(f"{name_of(sizes)}: window at 1366×768", GOALS[sizes])
    with tempfile.TemporaryDirectory() as scratch:
        window: MainWindow = make_window(Settings(Path(scratch) / "settings.ini"))
        window.resize(1366, 768)
        window.show()
        window.open(run)
        QTest.qWait(600)
        controller, session = window.controller, window.controller.session
        if session is None:
            raise RuntimeError("the run did not open")
        size = session.program.iteration_start(1)
        for number in range(count):
            if number % 10 == 0:
                session.seek(position=int(size * number / count))
                controller.show()
                settle(window.canvas)
            controller.set_level(Level.OPERATION if number % 2 == 0 else Level.UNIT)
            settle(window.canvas)
            table.add("whole window's step", timed(lambda: (controller.perform(Move.OVER), paint_now(window))))
            table.add("of it the view state", timed(controller.view))
            settle(window.canvas)
        close(window)
    return table


def measure_plot(count: int) -> Table:
    """A live loss curve of a million points that grows, with its moving mean."""
    table = Table(f"loss curve with {POINTS:,} points", {"plot update": (PLOT_GOAL, None)})
    random = np.random.default_rng(0)
    losses = np.exp(-np.arange(POINTS + 200 * count) / 3e5) + 0.05 * random.random(POINTS + 200 * count)
    mean = MovingMean()

    def curve_state(values: Array) -> LinesState:
        known, smooth = (0, len(values)), mean.of(values, 100, 0)
        lines = (
            Line("mean", "mean of 100", LineStyle(), known, None, smooth),
            Line("loss", "loss", LineStyle(Stroke.FAINT), known, None, values),
        )
        return LinesState("Loss", "iteration", "loss", lines, len(values), len(values), has_zero=True)

    plot = PlotPanel(LOSS)
    plot.resize(900, 240)
    plot.show()
    plot.apply(curve_state(losses[:POINTS]), LIGHT)
    QTest.qWait(300)
    plot.apply(curve_state(losses[:POINTS]), LIGHT)
    paint_now(plot)
    for number in range(1, count + 1):
        end = POINTS + 200 * number
        table.add("plot update", timed(lambda e=end: (plot.apply(curve_state(losses[:e]), LIGHT), paint_now(plot))))
        QApplication.processEvents()
    close(plot)
    return table


def measure(count: int, networks: tuple[Sizes, ...], parts: set[str]) -> bool:
    """What is asked for, on this process's platform; whether all goals were reached."""
    application = QApplication(["bpstudio"])
    print(f"platform {application.platformName()}")
    is_reached = True
    with tempfile.TemporaryDirectory() as folder:
        runs = {sizes: Path(folder) / f"{name_of(sizes)}.json" for sizes in {*networks, NETWORKS[-1]}}
        for sizes, run in runs.items():
            run.write_text(json.dumps(document(sizes)), encoding="utf-8")
        if "canvas" in parts:
            measure_canvas(str(runs[NETWORKS[-1]]), NETWORKS[-1], 4)  # what any canvas takes: fonts, and what Qt keeps
            for sizes in networks:
                table, megabytes = measure_canvas(str(runs[sizes]), sizes, count)
                is_reached &= table.print()
                if sizes == NETWORKS[0] and megabytes > MEMORY_GOAL:
                    print(f"  memory: more than {MEMORY_GOAL:g} MB, MISSED")
                    is_reached = False
        for sizes in networks if "window" in parts else ():
            is_reached &= measure_window(str(runs[sizes]), sizes, max(20, count // 4)).print()
    return ("plot" not in parts or measure_plot(max(10, count // 8)).print()) and is_reached


def name_of(sizes: Sizes) -> str:
    """A network as the command line names it."""
    return "-".join(map(str, sizes))


def run_on(platform: str, arguments: list[str]) -> int:
    """Measure in a process of its own; on X without a display on a virtual one."""
    command = [sys.executable, __file__, "--here", *arguments]
    environment = os.environ | {"QT_QPA_PLATFORM": platform, "PYTHONPATH": os.pathsep.join(sys.path)}
    if platform == "xcb" and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None or shutil.which("xauth") is None:
            print("platform xcb: no display, and no xvfb-run and xauth to make one; not measured")
            return 0
        command = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", *command]
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    """Parse arguments and measure on each platform; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--platform", choices=("offscreen", "xcb"), help="one platform only")
    parser.add_argument("--network", choices=[name_of(sizes) for sizes in NETWORKS], help="one network only")
    parser.add_argument("--part", choices=PARTS, help="one part only: the canvas, the whole window, or the plot")
    parser.add_argument("--here", action="store_true", help="in this process, on the platform Qt chooses")
    options = parser.parse_args()
    if options.here:
        networks = tuple(sizes for sizes in NETWORKS if options.network in (None, name_of(sizes)))
        return 0 if measure(options.steps, networks, {options.part} if options.part else set(PARTS)) else 1
    platforms = [options.platform] if options.platform else ["offscreen", "xcb"]
    arguments = ["--steps", str(options.steps)]
    for name in ("network", "part"):
        chosen = getattr(options, name)
        arguments += [f"--{name}", chosen] if chosen else []
    return max(run_on(platform, arguments) for platform in platforms)


if __name__ == "__main__":
    sys.exit(main())
