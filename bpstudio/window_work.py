"""What keeps the user's work, in the window: undo, saving, the question before changes are lost, and what a crash left behind."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from bpstudio.controller.document import Document
from bpstudio.controller.keeping import Keeping
from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.errors import BpstudioError
from bpstudio.files import journal as journals
from bpstudio.files.examples import example_names
from bpstudio.files.session_names import SUFFIX, saved_source
from bpstudio.panels import dialogs, work_dialogs
from bpstudio.window_actions import EDIT, FILE, Actions
from bpstudio.window_menus import Menus

Act = Callable[[], object]


class WindowWork(QObject):
    """Fills the menus File and Edit, shows in the title what is open and whether it is saved, and asks before changes are lost.

    It asks only once ``begin`` was called: a window without it is closed without a question.
    """

    def __init__(
        self, window: QMainWindow, controller: RunController, settings: Settings, actions: Actions, menus: Menus
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._settings = settings
        self.document = Document(controller, self)
        self.keeping = Keeping(controller, self.document, self)
        self._asks = False
        self._is_asking = False
        self._is_leaving = False
        self._shown_title = ("", False)
        self._undo = actions.add(EDIT["undo"], controller.undo.undo, menus.edit)
        self._redo = actions.add(EDIT["redo"], controller.undo.redo, menus.edit)
        self._fill_file(actions, menus)
        self._connect()
        self._show_undo()

    def _fill_file(self, actions: Actions, menus: Menus) -> None:
        before = next(action for action in menus.file.actions() if action.isSeparator())
        added = [
            actions.add(FILE["save"], self.save, menus.file),
            actions.add(FILE["save-as"], self.save_as, menus.file),
        ]
        for action in added:
            menus.file.removeAction(action)
        menus.file.insertActions(before, added)

    def _connect(self) -> None:
        controller, document = self._controller, self.document
        controller.undo.changed.connect(self._show_undo)
        controller.view_changed.connect(lambda _: self._show_title())
        controller.leaving = self.before_leaving
        document.changed.connect(self._show_title)
        document.failed.connect(lambda title, sentence: dialogs.show_problem(self._window, title, sentence))
        document.saved.connect(lambda path: self._settings.remember(str(path)))
        document.opened.connect(self._remember)
        self.keeping.said.connect(controller.message_shown)

    def _remember(self, path: Path | None) -> None:
        if path is not None:
            self._settings.remember(str(path.resolve()))

    # What is shown.

    def _show_undo(self) -> None:
        undo = self._controller.undo
        for action, is_possible, words in (
            (self._undo, undo.can_undo, undo.undo_words),
            (self._redo, undo.can_redo, undo.redo_words),
        ):
            self._name(action, words)
            action.setEnabled(is_possible)

    @staticmethod
    def _name(action: QAction, words: str) -> None:
        verb = EDIT[action.objectName()].text
        action.setText(f"{verb}: {words.replace('&', '&&')}" if words else verb)

    def _show_title(self) -> None:
        document = self.document
        name = document.name.replace("[*]", "")
        state = (f"{name}[*]{' (read-only)' if document.read_only else ''} – bpstudio", document.is_modified)
        if state != self._shown_title:
            self._shown_title = state
            self._window.setWindowTitle(state[0])
            self._window.setWindowModified(state[1])

    # Opening and saving.

    def open(self, source: str) -> None:
        """Open a session, a run file or an example, after a question if changes would be lost."""
        self.before_leaving(lambda: self._open(source))

    def _open(self, source: str) -> None:
        if self.document.open(source) and saved_source(source) is None and source not in example_names():
            self._settings.remember(str(Path(source).resolve()))

    def save(self, then: Callable[[bool], object] | None = None) -> None:
        """Save under the name it has; without one, or read-only, ask for one."""
        document = self.document
        if document.path is None or document.read_only:
            self.save_as(then)
        else:
            document.save(document.path, then)

    def save_as(self, then: Callable[[bool], object] | None = None) -> None:
        """Ask for a name, then save."""
        if self._controller.session is None:
            return
        path = self.document.path
        folder = "" if path is None else str(path.parent)
        work_dialogs.ask_session_path(
            self._window, folder, self._suggestion(), lambda chosen: self.save_to(Path(chosen), then)
        )

    def save_to(self, path: Path, then: Callable[[bool], object] | None = None) -> None:
        """Save under this name; a session always gets its ending."""
        self.document.save(path if path.suffix else path.with_suffix(SUFFIX), then)

    def _suggestion(self) -> str:
        document = self.document
        if document.path is not None:
            return document.path.name
        kept = "".join(c if c.isalnum() or c in "-_ " else " " for c in document.name)
        return "-".join(kept.lower().split())[:60] + SUFFIX

    # Leaving what is open.

    def before_leaving(self, go_on: Act) -> None:
        """Do something that replaces what is open; if that loses changes, ask first. Nothing while a question is open."""
        if not self._asks or not self.document.is_modified:
            go_on()
            return
        if self._is_asking:
            return

        def answered(answer: "work_dialogs.Answer") -> None:
            self._is_asking = False
            match answer:
                case work_dialogs.Answer.SAVE:
                    self.save(lambda went_well: go_on() if went_well else None)
                case work_dialogs.Answer.DISCARD:
                    go_on()
                case work_dialogs.Answer.CANCEL:
                    pass

        self._controller.stop()
        self._is_asking = True
        work_dialogs.ask_about_changes(self._window, self.document.name, answered)

    def may_close(self) -> bool:
        """Whether the window may close now; else the user is asked, and the window closes itself if that is the answer."""
        if self._is_leaving or not self._asks or not self.document.is_modified:
            return True
        self.before_leaving(self._leave)
        return False

    def _leave(self) -> None:
        self._is_leaving = True
        self._window.close()

    def leave_at_once(self) -> None:
        """Close without a question: the next start offers what was not saved."""
        self._asks = False
        self.keeping.end(is_to_be_kept=True)
        self._window.close()

    def closed(self) -> None:
        """The window is closed."""
        self.keeping.end(is_to_be_kept=False)
        self.document.close()

    # After a crash.

    def begin(self, offers_recovery: bool = True) -> None:
        """Ask before changes are lost, keep a journal, and offer what was left behind."""
        self._asks = True
        journals.tidy()
        self.keeping.begin(journals.Journal.begin())
        if offers_recovery:
            self.offer_recovery()

    def offer_recovery(self) -> None:
        """Offer the journals that a crash left behind."""
        found = journals.left_behind()
        if not found:
            return
        names = [f"{owner.title or 'untitled'}{f'  ({owner.path})' if owner.path else ''}" for _, owner in found]

        def discard() -> None:
            for journal, owner in found:
                journals.decline(journal, owner)

        work_dialogs.RecoveryDialog(self._window, names, lambda row: self._recover(*found[row]), discard).show()

    def _recover(self, journal: "journals.Journal", owner: "journals.Owner") -> None:
        try:
            work = journals.recover(journal)
        except BpstudioError as error:
            where = journals.set_aside(journal)
            kept = "" if where is None else f"\nIt was moved to {where}."
            dialogs.show_problem(self._window, "This could not be brought back", f"{error}{kept}")
            return
        path = Path(owner.path) if owner.path else None
        self.document.open_work(work, path, is_recovered=True, then=lambda: self.keeping.replaces(journal))
