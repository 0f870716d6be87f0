"""Exports of a range of steps: painted one after the other in slices, written whole or not at all, and back to where it began."""

import os
import shutil
import signal
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bpstudio.errors import ExportError
from bpstudio.explain.labels import counted
from bpstudio.export.beside import Beside
from bpstudio.export.figure import FigureState, build_figure
from bpstudio.export.gallery import Page, gallery_html
from bpstudio.export.picture import STANDARD_LOOK, Painted, painted_figure, write_figure
from bpstudio.export.presets import Look
from bpstudio.export.tikz import tikz_document
from bpstudio.files.atomic_write import sync_file, sync_folder
from bpstudio.program.levels import Level
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.selection import ViewOptions

MOST_PICTURES = 20_000
WAIT_SECONDS = 0.002
SLICE_SECONDS = 0.1
INDEX = "index.html"

Report = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class StepsOptions:
    """What to export: positions ``start`` to ``end`` at boundaries of ``level``; ``seconds`` each is shown where it plays."""

    start: int
    end: int
    level: Level
    file_format: ExportFormat = ExportFormat.PNG
    look: Look = STANDARD_LOOK
    seconds: float = 0.8


def positions(session: Session, options: StepsOptions) -> list[int]:
    """The start, then every boundary up to the end; raises ExportError for more than MOST_PICTURES."""
    found = [options.start]
    while found[-1] < options.end:
        found.append(min(options.end, session.program.next_boundary(found[-1], options.level)))
        if len(found) > MOST_PICTURES:
            raise ExportError(
                f"that would be more than {MOST_PICTURES} pictures; choose a shorter range or a coarser level"
            )
    return found


class RangeExport(ABC):
    """Work on each of some positions, in slices; at the end of it, and when it is cancelled, the session is where it was."""

    def __init__(self, session: Session, wanted: list[int]) -> None:
        self.paths: list[Path] = []
        self._session = session
        self._origin = session.position
        self._wanted = wanted
        self._done = 0
        self._beside = Beside()
        self._created: Path | None = None
        self._is_ending = False

    @property
    def progress(self) -> tuple[int, int]:
        """Steps done, of how many."""
        return self._done, len(self._wanted)

    @property
    @abstractmethod
    def words(self) -> str:
        """What was written, for people."""

    def advance(self, seconds: float) -> bool:
        """Work for about this long, on one step at least; True when all is written. Raises ExportError."""
        until = time.perf_counter() + seconds
        while self._done < len(self._wanted):
            if not self._can_take():
                time.sleep(WAIT_SECONDS)
                return False
            self._session.seek(position=self._wanted[self._done])
            self._take(self._done)
            self._done += 1
            if time.perf_counter() >= until:
                break
        if self._done < len(self._wanted) or not self._finish(max(0.0, until - time.perf_counter())):
            return False
        self._session.seek(position=self._origin)
        return True

    def cancel(self) -> None:
        """Leave nothing of what was written, and go back to where it began."""
        self._beside.stop()
        self._discard()
        if self._created is not None:  # it had just been written
            self._created.unlink(missing_ok=True)
        self.paths = []
        self._session.seek(position=self._origin)

    def _can_take(self) -> bool:
        """Whether the next step would not have to wait for what takes the pictures."""
        return not self._beside.is_full

    def _end_beside(self, job: Callable[[], object], seconds: float) -> bool:
        """Do the last job beside the window, once; True when it and all before it are done."""
        if not self._is_ending:
            self._is_ending = True
            self._beside.submit(job)
        return self._beside.settle(seconds)

    def _put(self, path: Path, data: bytes) -> None:
        """Write the file, if the export has not been cancelled meanwhile; done beside the window."""
        if not self._beside.is_stopped:
            is_new = not path.exists()
            write_figure(path, data)
            self._created = path if is_new else None

    @abstractmethod
    def _take(self, number: int) -> None:
        """Do the step at which the session stands."""

    @abstractmethod
    def _finish(self, seconds: float) -> bool:
        """Write what there is to write when all steps are done; False to be asked again."""

    @abstractmethod
    def _discard(self) -> None:
        """Take away what was written."""


def run_to_end(job: RangeExport, report: Report = lambda done, total: None) -> list[Path]:
    """Do all of an export at once; returns the paths written. Raises ExportError; an interrupt leaves nothing behind.

    ``report`` is told how many steps are done, of how many.
    """
    try:
        with _interrupts_between_steps() as is_interrupted:
            while not job.advance(SLICE_SECONDS):
                report(*job.progress)
                if is_interrupted():
                    raise KeyboardInterrupt
    except BaseException:
        job.cancel()
        raise
    return job.paths


@contextmanager
def _interrupts_between_steps() -> Iterator[Callable[[], bool]]:
    """Keep an interrupt until it is asked for: in the middle of a picture it would leave a painter open. Main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    found: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: found.append(number))
    try:
        yield lambda: bool(found)
    finally:
        signal.signal(signal.SIGINT, before)


class StepsExport(RangeExport):
    """Numbered pictures in a folder and, for those a browser shows, ``index.html`` to leaf through them.

    Everything is made in a folder of its own beside and moved when the last is done. Raises ExportError for too many steps or
    a folder that can't be made.
    """

    def __init__(self, session: Session, folder: Path, steps: StepsOptions, view: ViewOptions) -> None:
        super().__init__(session, positions(session, steps))
        self._folder = folder
        self._steps = steps
        self._view = view
        self._pages: list[Page] = []
        self._names: list[str] = []
        self._made = [parent for parent in reversed(folder.parents) if not parent.exists()]
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            if folder.exists() and not folder.is_dir():
                raise NotADirectoryError(20, "it is a file")
            self._work = Path(tempfile.mkdtemp(prefix=f".{folder.name[:100]}.", suffix=".part", dir=folder.parent))
        except OSError as error:
            self._remove_made()
            raise ExportError(f"{folder}: the folder could not be made ({error.strerror or error})") from error

    @property
    def words(self) -> str:
        """How many pictures lie where."""
        page = "" if self._steps.file_format is ExportFormat.TEX else " and index.html"
        return f"{counted(len(self._pages), 'picture')}{page} in {self._folder}"

    def _take(self, number: int) -> None:
        steps = self._steps
        figure = build_figure(self._session, self._view)
        digits = max(4, len(str(len(self._wanted) - 1)))
        name = f"step-{number:0{digits}}.{steps.file_format.value}"
        if steps.file_format is ExportFormat.TEX:
            text = tikz_document(self._session, self._view, steps.look)
            painted: Painted = text.encode
        else:
            painted = painted_figure(figure, steps.file_format, steps.look)
        self._beside.submit(lambda: self._write(name, painted()))
        self._pages.append(_page(name, figure))

    def _write(self, name: str, data: bytes) -> None:
        """Write a file of the work folder; it is made safe when all are there, which takes a fraction of the time."""
        try:
            (self._work / name).write_bytes(data)
        except OSError as error:
            raise self._refusal(error) from error
        self._names.append(name)

    def _make_safe(self) -> None:
        """Write the page to leaf through, and wait until all files are on the disk."""
        if self._steps.file_format is not ExportFormat.TEX:
            page = gallery_html(self._session.spec.title, self._pages, self._steps.look.theme)
            self._write(INDEX, page.encode())
        try:
            for name in self._names:
                if self._beside.is_stopped:
                    return
                sync_file(self._work / name)
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> ExportError:
        return ExportError(f"{self._folder}: could not be written ({error.strerror or error})")

    def _finish(self, seconds: float) -> bool:
        if not self._end_beside(self._make_safe, seconds):
            return False
        try:
            self._move(self._names)
        except OSError as error:
            raise self._refusal(error) from error
        self.paths = [self._folder / name for name in self._names]
        return True

    def _move(self, names: list[str]) -> None:
        """The whole folder in one go where there is none yet, else file by file into the one there is."""
        if not self._folder.exists():
            mask = os.umask(0)
            os.umask(mask)
            self._work.chmod(0o777 & ~mask)
            self._work.rename(self._folder)
        else:
            for name in names:
                os.replace(self._work / name, self._folder / name)
            self._work.rmdir()
            sync_folder(self._folder)
        sync_folder(self._folder.parent)

    def _discard(self) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
        self._remove_made()

    def _remove_made(self) -> None:
        for parent in reversed(self._made):
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()


def export_steps(session: Session, folder: Path, steps: StepsOptions, view: ViewOptions) -> list[Path]:
    """Write the pictures into ``folder``; returns the paths written, the page last. Raises ExportError."""
    return run_to_end(StepsExport(session, folder, steps, view))


def _page(name: str, figure: FigureState) -> Page:
    return Page(name, figure.caption, figure.formula, figure.sentence)
