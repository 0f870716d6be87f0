"""kill -9 at random moments: of saving again and again, and of the window in ordinary use. Nothing may be lost or left behind.

``scripts/torture save --kills 300 --uses 50``. A child saves sessions that count up; after each kill the file must open and
be one of the last two saves, and the next save must leave no stray file.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bpstudio.files.journal import Journal, left_behind, recover
from bpstudio.files.session_file import load_session_file, restored, save_session
from bpstudio.model.spec import RunSpec
from bpstudio.public import open_session
from bpstudio.session.session import Session

SAVER = """
import sys
from pathlib import Path
import bpstudio
from bpstudio.files.saved_work import SavedWork
from bpstudio.files.session_file import save_session_file
from bpstudio.session.stored import store
path, generation = Path(sys.argv[1]), int(sys.argv[2])
session = bpstudio.open("iris")
session.run_iterations(40)
while True:
    generation += 1
    session.run_iterations(1)
    print(generation, flush=True)
    save_session_file(path, SavedWork(store(session, 2**20), generation=generation))
    print(-generation, flush=True)
"""

USER = """
import sys, os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
import bpstudio
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.model.address import parse_address
application = QApplication([])
window = make_window(Settings(Path(sys.argv[1]) / "settings.ini"))
window.show()
window.work.begin(offers_recovery=False)
window.work.document.open("iris")
controller = window.controller
count = 0

def use():
    global count
    count += 1
    controller.session.run_iterations(50)
    if count % 4 == 0:
        controller.branching.change(parse_address("w[1][0,1]"), count / 10.0)
    if count % 6 == 0:
        controller.undo.undo()
    controller.debugger.add_watch(f"loss + {count}", 1)
    controller.show()
    print(count, flush=True)

timer = QTimer()
timer.setInterval(30)
timer.timeout.connect(use)
timer.start()
application.exec()
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: kills, what was wrong in sentences, and the longest recovery in seconds."""

    kills: int
    problems: tuple[str, ...]
    slowest: float
    killed_in_save: int = 0


def plain(spec: RunSpec, is_unfolded: bool) -> Session:
    """A session as recovered work wants it."""
    return Session(spec, is_unfolded=is_unfolded)


def kill_savers(kills: int, folder: Path, seed: int = 0) -> Outcome:
    """Kill a saving process at random moments."""
    chance, path = random.Random(seed), folder / "work.bps"
    save_session(open_session("iris"), path)
    problems: list[str] = []
    slowest, last, inside = 0.0, load_session_file(path).generation, 0
    for number in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path), str(last)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.random() * 0.12)
            child.send_signal(signal.SIGKILL)
            said = [int(line) for line in child.stdout.read().split() if line.lstrip("-").isdigit()]
        finished = max((-n for n in said if n < 0), default=last)
        begun = max((n for n in said if n > 0), default=last + 1)
        inside += begun > finished
        began = time.perf_counter()
        try:
            work = load_session_file(path)
            restored(work, plain)
        except Exception as error:  # anything at all is a finding
            problems.append(f"kill {number}: {type(error).__name__}: {error}")
            continue
        slowest = max(slowest, time.perf_counter() - began)
        if not finished <= work.generation <= max(begun, finished):
            problems.append(f"kill {number}: opened save {work.generation}, expected {finished} to {begun}")
        last = work.generation
    save_session(open_session("iris"), path)
    strays = sorted(set(os.listdir(folder)) - {"work.bps", "work.bps~"})
    if strays:
        problems.append(f"left behind: {strays}")
    return Outcome(kills, tuple(problems), slowest, inside)


def kill_users(uses: int, folder: Path, seed: int = 0) -> Outcome:
    """Kill a window in use; at most 5 seconds of what was done may be missing."""
    chance = random.Random(seed)
    problems: list[str] = []
    slowest = 0.0
    for number in range(uses):
        state = folder / f"use-{number}"
        environment = {**os.environ, "XDG_STATE_HOME": str(state), "QT_QPA_PLATFORM": "offscreen"}
        with subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)], stdout=subprocess.PIPE, text=True, env=environment
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(5.0 + chance.random() * 3.0)
            stamps = time.perf_counter()
            child.send_signal(signal.SIGKILL)
            done = [int(line) for line in child.stdout.read().split()]
        problems += _recovered(number, state, done[-1] if done else 0, time.perf_counter() - stamps)
        began = time.perf_counter()
        os.environ["XDG_STATE_HOME"] = str(state)
        for journal, _ in left_behind():
            restored(recover(Journal(journal.folder)), plain)
        slowest = max(slowest, time.perf_counter() - began)
    return Outcome(uses, tuple(problems), slowest)


def _recovered(number: int, state: Path, done: int, _: float) -> list[str]:
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(state)
    try:
        found = left_behind()
        if len(found) != 1:
            return [f"use {number}: {len(found)} journals were found"]
        work = recover(found[0][0])
        texts = [text for _, text in work.marks.watches]
        kept = int(texts[0].rpartition("+")[2]) if texts else 0
        missing = (done - kept) * 0.03
        return [f"use {number}: {missing:.1f} s are missing"] if missing > 5.0 else []
    except Exception as error:  # anything at all is a finding
        return [f"use {number}: {type(error).__name__}: {error}"]
    finally:
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it all and say what was found."""
    parser = argparse.ArgumentParser(description="kill -9 at random moments of saving and of ordinary use")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--uses", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "saves").mkdir()
        saving = kill_savers(options.kills, Path(folder) / "saves", options.seed)
        using = kill_users(options.uses, Path(folder), options.seed)
    for name, outcome in (("saving", saving), ("use", using)):
        print(
            f"{name}: {outcome.kills} kills ({outcome.killed_in_save} inside a save), {len(outcome.problems)} problems, "
            f"slowest recovery {outcome.slowest:.2f} s"
        )
        for problem in outcome.problems:
            print(f"  {problem}")
    return 1 if saving.problems or using.problems else 0


if __name__ == "__main__":
    sys.exit(main())
