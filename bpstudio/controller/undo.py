"""Undo: every edit by name, taken back and made again, and whether anything has changed since the last save."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

MOST_STEPS = 100
MOST_WORDS = 60
Act = Callable[[], object]
Value = TypeVar("Value")


def _nothing() -> None:
    """What a step does that has become part of another one."""


class _Step(QUndoCommand):
    """One edit. Pushing it runs nothing: it has been made already."""

    def __init__(self, words: str, redo: Act, undo: Act, key: str) -> None:
        super().__init__(words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…")
        self._redo, self._undo, self.key = redo, undo, key
        self._is_made = True

    def id(self) -> int:
        """Steps that may follow from one another ask each other by their keys."""
        return 1 if self.key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Letters typed one after the other into one field are one step."""
        if not isinstance(other, _Step) or other.key != self.key:
            return False
        self._redo = other._redo
        self.setText(other.text())
        other._redo = other._undo = _nothing  # its wrapper outlives it, and would keep all it knows
        return True

    def redo(self) -> None:
        """Make it again; the first time it has been made."""
        if self._is_made:
            self._is_made = False
            return
        self._redo()

    def undo(self) -> None:
        """Take it back."""
        self._undo()


class Undo(QObject):
    """The one list of edits of what is open.

    Who edits makes the change and says how to take it back: ``made("add a layer", redo, undo)``, or in one go
    ``with undo.recording("move a point", take, put): …``, where ``take`` returns what can be put back by ``put``. Changes made
    while a step is being undone or redone are part of that step and are not recorded.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, before: Act | None = None) -> None:
        super().__init__(parent)
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(MOST_STEPS)
        self._before = before
        self._depth = 0
        self._stack.indexChanged.connect(self._tell)
        self._stack.cleanChanged.connect(self._tell)

    def _tell(self, _: object) -> None:
        self.changed.emit()

    # For those who edit.

    def made(self, words: str, redo: Act, undo: Act, key: str = "") -> None:
        """Remember an edit that has just been made. Edits in a row with the same ``key`` become one step."""
        if not self._depth:
            self._stack.push(_Step(words, redo, undo, key))

    @contextmanager
    def recording(
        self, words: str, take: Callable[[], Value], put: Callable[[Value], object], key: str = ""
    ) -> Iterator[None]:
        """Remember what the block changes: what ``take`` returns before and after it. A block without a change is no step."""
        before = take()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        after = take()
        if after != before:
            self.made(words, lambda: put(after), lambda: put(before), key)

    # For menus.

    def undo(self) -> None:
        """Take the last edit back."""
        if self.can_undo:
            self._move(self._stack.undo)

    def redo(self) -> None:
        """Make the edit that was taken back again."""
        if self.can_redo:
            self._move(self._stack.redo)

    def _move(self, move: Act) -> None:
        if self._before is not None:
            self._before()
        self._depth += 1
        try:
            move()
        finally:
            self._depth -= 1

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._stack.canUndo()

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return self._stack.canRedo()

    @property
    def undo_words(self) -> str:
        """What would be taken back."""
        return self._stack.undoText()

    @property
    def redo_words(self) -> str:
        """What would be made again."""
        return self._stack.redoText()

    # For saving.

    @property
    def is_clean(self) -> bool:
        """Whether the edits are those of the last save."""
        return self._stack.isClean()

    @property
    def made_count(self) -> int:
        """How many steps can be taken back: it differs after every change."""
        return self._stack.index()

    def mark_saved(self) -> None:
        """What is now is what was saved."""
        self._stack.setClean()

    def mark_changed(self) -> None:
        """What is now was never saved, whatever is undone."""
        self._stack.resetClean()

    def clear(self) -> None:
        """Another document: nothing to take back, and nothing changed."""
        self._stack.clear()
        self._stack.setClean()
