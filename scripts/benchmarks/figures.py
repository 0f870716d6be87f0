"""Pictures a second of exports, by format: the steps of an example and of a 784-128-10 network, sizes and memory beside them.

`scripts/bench figures [COUNT] [FORMAT …]`; CPU seconds are those of all threads, a video's of ffmpeg not among them.
"""

import argparse
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
from PySide6.QtWidgets import QApplication

from bpstudio.export.jobs import offered_formats, range_job
from bpstudio.export.steps import run_to_end
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import RunSpec
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportChoices, ExportFormat, Subject
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import LIGHT
from scripts.large_network import document

SHARE_OF_LARGE = 10
"""The large network makes one picture for so many of the small one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One export."""

    count: int
    seconds: float
    cpu: float
    size: int


def measure(spec: RunSpec, file_format: ExportFormat, count: int) -> Measured:
    """Export the first steps of a run, operation by operation."""
    session = Session(spec)
    with tempfile.TemporaryDirectory() as folder:
        choices = ExportChoices(Subject.STEPS, file_format, end=count - 1, level=Level.OPERATION)
        path = Path(folder) / ("pictures" if choices.writes_folder else f"film.{file_format.value}")
        began, cpu = time.perf_counter(), time.process_time()
        run_to_end(range_job(session, path, choices, ViewOptions(), LIGHT))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return Measured(count, seconds, cpu, size)


def main() -> int:
    """Print the table; returns the exit code."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    offered = [each.value for each in offered_formats(Subject.STEPS)]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=300, help="pictures of the example")
    parser.add_argument(
        "formats", nargs="*", choices=[[], *offered], default=[], help="those to measure; all if left out"
    )
    options = parser.parse_args()
    application = QApplication(["bpstudio"])
    runs = (("two-layer-deltas", open_run("two-layer-deltas"), options.count),
            ("784-128-10", open_run(document((784, 128, 10))), max(2, options.count // SHARE_OF_LARGE)))  # fmt: skip
    print(f"{'run':18}{'format':>7}{'pictures':>10}{'a second':>10}{'CPU ms each':>13}{'MB':>8}")
    for name, spec, count in runs:
        for each in options.formats or offered:
            found = measure(spec, ExportFormat(each), count)
            print(
                f"{name:18}{each:>7}{found.count:>10}{found.count / found.seconds:>10.1f}"
                f"{1000 * found.cpu / found.count:>13.1f}{found.size / 1e6:>8.1f}",
                flush=True,
            )
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    del application
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
