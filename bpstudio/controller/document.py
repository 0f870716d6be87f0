"""Document: the file behind what is open. Opens and saves sessions, knows what has changed, and asks nobody anything."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bpstudio.controller import saving
from bpstudio.controller.loading import LoadJob, is_large
from bpstudio.controller.run_controller import RunController
from bpstudio.errors import BpstudioError
from bpstudio.files import document_lock, saved_work, session_file
from bpstudio.files.run_file import open_run
from bpstudio.files.session_names import saved_source
from bpstudio.model.spec import RunSpec
from bpstudio.session import stored
from bpstudio.session.session import Session

WORTH_KEEPING = 100
"""Iterations computed of a run that has no file yet from which on it counts as changed."""


class Document(QObject):
    """``changed`` when its name, path, or being changed or read-only may be another; ``failed`` with a title and a sentence."""

    changed = Signal()
    failed = Signal(str, str)
    saved = Signal(object)
    opened = Signal(object)

    def __init__(self, controller: RunController, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self.background = controller.background
        self.path: Path | None = None
        self.read_only = ""
        """Why the file is not written to; empty if it is."""
        self.generation = 0
        self._foreign: saved_work.Foreign | None = None
        self._lock: document_lock.DocumentLock | None = None
        self._stand: tuple[int, int, int] = (0, 0, 0)
        self._is_unsaved = False
        controller.begun.connect(self._begun)
        controller.undo.changed.connect(self.changed)

    # What it is.

    @property
    def name(self) -> str:
        """What a person calls it."""
        session = self._controller.session
        title = "" if session is None else session.spec.title
        return self.path.name if self.path is not None else title or "untitled"

    @property
    def is_modified(self) -> bool:
        """Whether there is anything that no file holds: edits, or a place further on in the run."""
        session = self._controller.session
        if session is None:
            return False
        if self._is_unsaved or not self._controller.undo.is_clean:
            return True
        if self.path is not None:
            return _stand_of(session) != self._stand
        return session.losses.count - self._stand[2] >= WORTH_KEEPING

    @property
    def foreign(self) -> "saved_work.Foreign":
        """What a newer version put into the file."""
        return self._foreign or saved_work.Foreign()

    # Opening.

    def open(self, source: str) -> bool:
        """Open a session, a run file or an example; what is open stays if that fails. True when it is open, or about to be."""
        path = saved_source(source)
        if is_large(source):
            self._open_beside(source, path)
            return True
        if path is None:
            return self._controller.open(source)
        try:
            work = session_file.load_session_file(path)
        except BpstudioError as error:
            self._controller.failed.emit(str(error))
            return False
        return self.open_work(work, path)

    def _open_beside(self, source: str, path: Path | None) -> None:
        """Open what takes long to read: meanwhile the run that is open stays in sight, and the move can be cancelled."""
        controller = self._controller
        load = session_file.load_session_file
        job = LoadJob(self.background, lambda: open_run(source) if path is None else load(path))

        def finished() -> None:
            match job.found:
                case BpstudioError() | OSError() as error:
                    controller.failed.emit(str(error))
                case RunSpec() as spec:
                    controller.open_spec(spec, source)
                case saved_work.SavedWork() as work:
                    self.open_work(work, path)

        controller.start_job(job, finished)

    def open_work(
        self,
        work: "saved_work.SavedWork",
        path: Path | None,
        is_recovered: bool = False,
        then: Callable[[], object] | None = None,
    ) -> bool:
        """Open saved work: at once, or in slices where the run has to be computed again.

        It may be cancelled: then nothing changes, and ``then`` is not called.
        """
        controller = self._controller
        try:
            session = Session(work.session.spec, is_unfolded=work.session.is_unfolded, budget=controller.budget_bytes)
            job = stored.Restoring(work.session, session)
        except (BpstudioError, MemoryError) as error:
            controller.failed.emit(str(error) or "the session does not fit into memory")
            return False

        def finished() -> None:
            self._adopt(work, session, path, is_recovered)
            if then is not None:
                then()

        controller.start_job(job, finished)
        return True

    def _adopt(self, work: "saved_work.SavedWork", session: Session, path: Path | None, is_recovered: bool) -> None:
        saving.show_work(self._controller, work, session, "" if path is None else str(path))
        self._let_go()
        self.path, self.generation, self._foreign = path, work.generation, saving.foreign_of(work)
        self._controller.debugger.spare_keys(one.key for one in self._foreign.breakpoints)
        self._stand, self._is_unsaved = _stand_of(session), is_recovered
        if path is not None:
            self._take(path)
        for note in work.notes:
            self._controller.message_shown.emit(note)
        if self.read_only:
            self._controller.message_shown.emit(self.read_only)
        self.opened.emit(path)
        self.changed.emit()

    def _begun(self) -> None:
        """A run file, an example or a new network: no session file is behind it yet."""
        session = self._controller.session
        if session is None:
            return
        self._let_go()
        self.path, self.generation, self._foreign = None, 0, None
        self._stand, self._is_unsaved = _stand_of(session), False
        self.opened.emit(None)
        self.changed.emit()

    # Saving.

    def save(self, path: Path, then: Callable[[bool], object] | None = None) -> None:
        """Save in the background; ``then`` is told whether that went well. What is edited meanwhile counts as changed."""
        controller, session = self._controller, self._controller.session
        if session is None:
            return
        if controller.long_move.is_under_way:  # where it began is where the run stands; playing goes on
            controller.stop()
        generation = self.generation + 1 if path == self.path else 1
        work = saving.gather(controller, session, generation, self.foreign)
        stand, before = _stand_of(session), (self._stand, self._is_unsaved)
        controller.undo.mark_saved()
        self._stand, self._is_unsaved = stand, False

        def ended(error: object) -> None:
            if error is None:
                self._saved(path, generation)
            else:
                self._stand, self._is_unsaved = before[0], True
                self.failed.emit("This could not be saved", f"{error}\nThe file that was there is untouched.")
            self.changed.emit()
            if then is not None:
                then(error is None)

        self.background.submit(lambda: session_file.save_session_file(path, work), ended)

    def _saved(self, path: Path, generation: int) -> None:
        self.generation = generation
        if path != self.path:
            self._let_go()
            self.path = path
            self._take(path)
        self._controller.source = str(path)
        self.saved.emit(path)
        self._controller.message_shown.emit(f"Saved: {path}")

    # The lock.

    def _take(self, path: Path) -> None:
        self.read_only = ""
        lock = document_lock.DocumentLock(path)
        if not lock.take():
            self.read_only = f"{path.name} is open in another window: here it is read-only. Save it under another name."
        elif path.exists() and not os.access(path, os.W_OK):
            lock.release()
            self.read_only = f"{path.name} may not be written to. Save it under another name."
        else:
            self._lock = lock

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._lock, self.read_only = None, ""

    def close(self) -> None:
        """Finish what is being saved and give the file free."""
        self.background.close()
        self._let_go()


def _stand_of(session: Session) -> tuple[int, int, int]:
    return session.branch.key, session.iteration, session.losses.count
