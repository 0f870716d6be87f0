"""Keeping: writes the journal of what is open while there is something that no file holds, at most some seconds behind."""

import time

from PySide6.QtCore import QObject, QTimer, Signal

from bpstudio.controller import saving
from bpstudio.controller.document import Document
from bpstudio.controller.run_controller import RunController
from bpstudio.files import journal as journals
from bpstudio.files import saved_work
from bpstudio.session import stored as stored_runs

PERIOD_MS = 2000
RESULT_BYTES = 16 * 2**20
"""What checkpoints may take in the journal."""
RESULTS_SHARE = 20.0
"""Results are written again when this many times as long has gone by as writing them took."""


class Keeping(QObject):
    """``begin`` once the window is up, ``end`` when it is closed. ``said`` is told once if the journal cannot be written."""

    said = Signal(str)

    def __init__(self, controller: RunController, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._document = document
        self.journal: journals.Journal | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.tick)
        self._written: tuple[object, ...] = ()
        self._results_at = 0.0
        self._results_took = 0.0
        self._has_failed = False
        self._is_writing = False
        self._old: list[journals.Journal] = []

    def replaces(self, journal: "journals.Journal") -> None:
        """What this journal holds is open here now: it goes as soon as it is written anew."""
        self._old.append(journal)

    def _drop_old(self) -> None:
        while self._old:
            self._old.pop().remove()

    def begin(self, journal: "journals.Journal | None") -> None:
        """Write to this journal from now on; a recovered one is gone on with."""
        if self.journal is not None and self.journal is not journal:
            self.journal.remove()
        self.journal = journal
        self._written = ()
        if journal is not None:
            self._timer.start()

    def tick(self) -> None:
        """Write if something has changed since the last time; nothing while the last write is still under way."""
        journal, session = self.journal, self._controller.session
        if journal is None or session is None or self._is_writing:
            return
        if not self._document.is_modified:
            self._forget()
            return
        marks, view = saving.marks_of(self._controller), saving.view_of(self._controller)
        now = (id(session), session.branch.key, session.position, session.branches, marks, tuple(view.items()))
        if now == self._written:
            return
        began = time.monotonic()
        has_results = began - self._results_at >= self._results_took * RESULTS_SHARE
        stored = stored_runs.store(session, RESULT_BYTES)
        work = saved_work.SavedWork(
            stored if has_results else stored.without_results,
            marks,
            view,
            self._document.generation,
            self._document.foreign,
        )
        title = self._document.name
        path = "" if self._document.path is None else str(self._document.path)

        def ended(error: object) -> None:
            self._is_writing = False
            if error is None:
                self._written, self._has_failed = now, False
                self._drop_old()
                if has_results:
                    self._results_at, self._results_took = time.monotonic(), time.monotonic() - began
            elif not self._has_failed:
                self._has_failed = True
                self.said.emit(f"What is not saved is not kept against a crash: {error}")

        self._is_writing = True
        self._document.background.submit(lambda: journal.write(work, title, path, has_results), ended)

    def _forget(self) -> None:
        """All of it is in a file: the journal would bring back something older."""
        self._drop_old()
        if self._written and self.journal is not None:
            self.journal.remove()
            self.journal = journals.Journal.begin()
            self._written = ()

    def end(self, is_to_be_kept: bool) -> None:
        """The window is closed: the journal goes, unless the window was closed without asking."""
        self._timer.stop()
        if is_to_be_kept:
            self.tick()
        self._document.background.finish()
        if not is_to_be_kept:
            self._drop_old()
        if self.journal is not None and not (is_to_be_kept and self._written):
            self.journal.remove()
        self.journal = None
