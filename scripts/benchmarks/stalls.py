"""The longest time the event loop stands still while the window trains and exports, saves, reads files, opens panels and dialogs.

A heart-beat in the event loop counts gaps, in time and in processor time of the window's thread: on a busy machine only the
second one is the program's own. A thread beside it notes what the window is doing when a gap is long. Exit code 1 when an action
takes more processor time in one piece than ``--limit-ms``.
"""

import argparse
import collections
import itertools
import json
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QWidget

from bpstudio.app import make_window, settle_memory
from bpstudio.controller.settings import Settings
from bpstudio.export import window_export
from bpstudio.export.jobs import offered_formats
from bpstudio.intents import Gauge
from bpstudio.panels.import_dialog import ImportDialog
from bpstudio.program.levels import Level
from bpstudio.viewstate.export_choices import ExportChoices, ExportFormat, Subject
from bpstudio.viewstate.selection import ThemeName
from bpstudio.window import MainWindow
from bpstudio.window_actions import PLOTS
from scripts.large_network import document

BEAT_MS = 4
NOTED_SECONDS = 0.12
"""A gap that lasts so long is looked into."""
PICTURES = 12
LARGE = "784-128-10"
TABLE_ROWS = 1_000_000
LONG = 1500
"""Iterations of a long run."""
DIALOGS = (
    "go-to",
    "bookmark",
    "preferences",
    "new-breakpoint",
    "watch",
    "optimizer",
    "import-weights",
    "export",
    "guide",
)


@dataclass
class Gap:
    """The longest time between two beats, in milliseconds, of it processor time, and where the window was meanwhile."""

    wall_ms: float = 0.0
    busy_ms: float = 0.0
    places: collections.Counter[str] = field(default_factory=collections.Counter)

    @property
    def words(self) -> str:
        """Where it was found most often."""
        found = self.places.most_common(1)
        return f"{found[0][0]}" if found else ""


class Heart(QObject):
    """Beats in the event loop; ``longest`` since the last ``begin``."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.longest, self.longest_wall_ms = Gap(), 0.0
        self._current: collections.Counter[str] = collections.Counter()
        self._beat_at = time.perf_counter()
        self._busy_at = time.thread_time()
        self._main = threading.get_ident()
        self._over = threading.Event()
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._watchdog = threading.Thread(target=self._watch, daemon=True)
        self._watchdog.start()

    def begin(self) -> None:
        """Count anew."""
        self._beat()
        self.longest, self.longest_wall_ms = Gap(), 0.0

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self._watchdog.join()

    def _beat(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        gap = Gap((now - self._beat_at) * 1e3, (busy - self._busy_at) * 1e3, self._current)
        if gap.busy_ms > self.longest.busy_ms:
            self.longest = gap
        self.longest_wall_ms = max(self.longest_wall_ms, gap.wall_ms)
        self._current = collections.Counter()
        self._beat_at, self._busy_at = now, busy

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            if time.perf_counter() - self._beat_at > NOTED_SECONDS:
                frame = sys._current_frames().get(self._main)
                self._current[_place(traceback.extract_stack(frame))] += 1


def _place(stack: traceback.StackSummary) -> str:
    """The innermost lines of the program's own, outermost first."""
    own = [f for f in stack if f"{os.sep}bpstudio{os.sep}" in f.filename or f"{os.sep}pyqtgraph{os.sep}" in f.filename]
    return " > ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in own[-4:])


def wait_until(is_done: Callable[[], bool], seconds: float = 120.0) -> None:
    """Let the event loop run until something holds."""
    until = time.perf_counter() + seconds
    while not is_done():
        if time.perf_counter() > until:
            raise TimeoutError("an action did not come to its end")
        QTest.qWait(20)


class Actions:
    """What is done to the window, by name; each is called from the event loop and returns what to wait for."""

    def __init__(self, window: MainWindow, folder: Path, source: str) -> None:
        self.window = window
        self.source = source
        self.folder = folder

    def all(self) -> Iterator[tuple[str, Callable[[], Callable[[], bool] | None]]]:
        """Names and acts, in order."""
        yield "training only", lambda: None
        for subject in (Subject.FIGURE, Subject.STEPS, Subject.WORKED):
            for file_format in offered_formats(subject):
                name = f"export {subject.value} {file_format.value}"
                yield name, lambda s=subject, f=file_format: self.export(s, f)  # type: ignore[misc]
        for title in ("Loss", "Inspector", "Program"):
            yield f"export panel {title}", lambda t=title: self.export(Subject.PANEL, ExportFormat.PNG, t)  # type: ignore[misc]
        yield "export window svg", lambda: self.export(Subject.WINDOW, ExportFormat.SVG)
        yield "save a session", self.save
        yield "open it again", lambda: self.window.open(str(self.folder / "work.bps"))
        for title in PLOTS:
            yield f"plot {title}", lambda t=title: self.press(PLOTS[t].name)  # type: ignore[misc]
        for title in ("Matrices", "Why", "Build", "Data", "Branches", "Log", "Watches"):
            yield f"panel {title}", lambda t=title: self.window._go_to_panel(t)  # type: ignore[misc]
        yield "table of 1,000,000 rows", self.read_table
        yield "import of 150,000 rows", self.import_table
        yield "its data written as CSV", lambda: self.window.builds.write_csv(str(self.folder / "data.csv"))
        yield "its run file written", lambda: self.window.builds.write_run_file(str(self.folder / "run.json"))
        yield "its session saved", self.save
        yield "that session opened", lambda: self.open(self.folder / "work.bps")
        yield "that run file opened", lambda: self.open(self.folder / "run.json")
        yield "the run before opened", lambda: self.open(Path(self.source))
        for suffix in (".safetensors", ".npz", ".onnx", ".json", ".py"):
            yield (
                f"model written as {suffix}",
                lambda s=suffix: self.window.models.write_model(str(self.folder / f"m{s}")),
            )  # type: ignore[misc]
        yield "a long run", self.run_long
        yield "its long session saved", self.save
        yield "that long session opened", lambda: self.open(self.folder / "work.bps")
        yield "weights from npz", self.import_weights
        for name in DIALOGS:
            yield f"dialog {name}", lambda n=name: self.press(n)  # type: ignore[misc]
        yield "close all dialogs", self.close_dialogs
        for theme in (ThemeName.DARK, ThemeName.HIGH_CONTRAST, ThemeName.LIGHT):
            yield f"theme {theme.value}", lambda t=theme: self.window.set_theme(t)  # type: ignore[misc]
        for percent in (150, 200, 100):
            yield f"text {percent} %", lambda p=percent: self.text(p)  # type: ignore[misc]

    def press(self, name: str) -> None:
        """An entry of a menu."""
        self.window.actions_.by_name[name].trigger()

    def export(self, subject: Subject, file_format: ExportFormat, panel: str = "") -> Callable[[], bool]:
        """As the dialog does when its button is pressed."""
        session = self.window.controller.session
        if session is None:
            raise RuntimeError("nothing is open")
        self.window.controller.pause()
        start = end = session.position
        for _ in range(PICTURES):
            end = session.program.next_boundary(end, Level.LAYER)
        choices = ExportChoices(subject, file_format, panel=panel, start=start, end=end, level=Level.LAYER, seconds=0.2)
        path = self.folder / f"{subject.value}-{file_format.value}-{panel}"
        path = path if choices.writes_folder else path.with_suffix(f".{file_format.value}")
        window_export.export(self.window, choices, path)
        return lambda: not self.window.controller.long_move.is_under_way and path.exists()

    def save(self) -> Callable[[], bool]:
        """Under a new name."""
        path = self.folder / "work.bps"
        self.window.work.save_to(path)
        return lambda: path.exists() and not self.window.work.document.background.is_busy

    def read_table(self) -> None:
        """A million rows: shown as they would be read."""
        path = self.folder / "large.csv"
        if not path.exists():
            path.write_text("x,y,class\n" + "0.25,1.5,a\n0.75,-1.5,b\n" * (TABLE_ROWS // 2))
        self.window.builds.read_csv(str(path))

    def import_table(self) -> Callable[[], bool]:
        """As many rows as are taken, read to the end."""
        path = self.folder / "middle.csv"
        path.write_text("x,y,class\n" + "0.25,1.5,a\n0.75,-1.5,b\n" * 75_000)
        self.close_dialogs()
        self.window.builds.read_csv(str(path))
        dialog = self.window.findChildren(ImportDialog)[-1]
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
        return lambda: not any(isinstance(w, ImportDialog) and w.isVisible() for w in QApplication.topLevelWidgets())

    def open(self, path: Path) -> Callable[[], bool]:
        """Open a file, whatever is open."""
        self.window.work._asks = False
        before = self.window.controller.session
        self.window.open(str(path))
        return lambda: self.window.controller.session is not before

    def run_long(self) -> Callable[[], bool]:
        """Until there are losses and checkpoints for a file of some size."""
        session = self.window.controller.session
        if session is None:
            raise RuntimeError("nothing is open")
        self.window.controller.run_to(session.iteration + LONG)
        return lambda: session.losses.count >= LONG

    def import_weights(self) -> None:
        """The dialog, its file, and its button."""
        session = self.window.controller.session
        if session is None:
            raise RuntimeError("nothing is open")
        path, sizes = self.folder / "weights.npz", session.spec.network.sizes
        arrays = {}
        for layer, (before, after) in enumerate(itertools.pairwise(sizes)):
            arrays[f"{layer}.weight"], arrays[f"{layer}.bias"] = np.full((after, before), 0.1), np.zeros(after)
        np.savez(path, allow_pickle=False, **arrays)  # type: ignore[arg-type]
        self.window.models.ask_weights()
        self.window.models.open_weights(str(path))
        self.window.models._import()
        self.close_dialogs()

    def close_dialogs(self) -> None:
        """All that is open beside the window."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) or (widget.isVisible() and _is_beside(widget, self.window)):
                widget.close()

    def text(self, percent: int) -> None:
        """Another size of text."""
        look = self.window.look
        look.choose(replace(look.preferences, text_percent=percent))


def _is_beside(widget: QWidget, window: MainWindow) -> bool:
    return widget is not window and widget.objectName() == "guide"


@contextmanager
def open_window(run: str) -> Iterator[MainWindow]:
    """The real window on a run, with settings of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = scratch
        window = make_window(Settings(Path(scratch) / "settings.ini"))
        window.show()
        window.work.begin(offers_recovery=False)
        window.open(run)
        QTest.qWait(1500)
        settle_memory()
        yield window
        window.work._asks = False
        window.close()
        QTest.qWait(100)


def measure(window: MainWindow, folder: Path, source: str, only: str, limit_ms: float) -> bool:
    """Do everything, print a line each; whether all stayed below the limit."""
    heart, is_good = Heart(window), True
    controller = window.controller
    controller.playback.set_gauge(Gauge.FULL_SPEED)
    for name, act in Actions(window, folder, source).all():
        if only and only not in name:
            continue
        if not controller.is_running and not controller.long_move.is_under_way:
            controller.play()
        QTest.qWait(200)
        waits: list[Callable[[], bool] | None] = []
        heart.begin()
        QTimer.singleShot(0, window, lambda act=act, waits=waits: waits.append(act()))  # type: ignore[misc]
        wait_until(lambda waits=waits: bool(waits))  # type: ignore[misc]
        if waits[0] is not None:
            wait_until(waits[0])
        QTest.qWait(500)
        gap = heart.longest
        is_good = is_good and gap.busy_ms <= limit_ms
        mark = "  <-- " if gap.busy_ms > limit_ms else ""
        print(
            f"{name:28} {gap.busy_ms:6.0f} ms of work, {heart.longest_wall_ms:6.0f} ms by the clock{mark}   {gap.words}",
            flush=True,
        )
    heart.stop()
    return is_good


def main() -> int:
    """Parse arguments, measure, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="append", help=f"an example or a run file; {LARGE} makes one of that size")
    parser.add_argument("--only", default="", help="actions whose name has this in it")
    parser.add_argument("--limit-ms", type=float, default=200.0)
    options = parser.parse_args()
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(["bpstudio"])
    is_good = True
    for run in options.run or ("iris", LARGE):
        with tempfile.TemporaryDirectory() as folder:
            source = run
            if run == LARGE:
                source = str(Path(folder) / "large.json")
                Path(source).write_text(json.dumps(document(tuple(int(n) for n in run.split("-")), 60)))
            print(f"{run} on {application.platformName()}")
            with open_window(source) as window:
                is_good = measure(window, Path(folder), source, options.only, options.limit_ms) and is_good
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
