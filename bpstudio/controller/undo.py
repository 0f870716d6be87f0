"""Undo: every edit by name, taken back and made again, and whether anything has changed since the last save."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

MOST_STEPS = 100
MOST_WORDS = 60
Act = Callable[[], object]
Value = TypeVar("Value")


class _Step:
    """One edit, which has been made already."""

    def __init__(self, words: str, redo: Act, undo: Act, key: str) -> None:
        self.words = words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"
        self.redo, self.undo, self.key = redo, undo, key


class Undo(QObject):
    """The one list of edits of what is open.

    Who edits makes the change and says how to take it back: ``made("add a layer", redo, undo)``, or in one go
    ``with undo.recording("move a point", take, put): …``, where ``take`` returns what can be put back by ``put``. Changes made
    while a step is being undone or redone are part of that step and are not recorded.

    Not a QUndoStack: when Python's search for garbage finds one, its steps are destroyed twice.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, before: Act | None = None) -> None:
        super().__init__(parent)
        self._steps: list[_Step] = []
        self._index = 0
        self._saved: int | None = 0
        self._before = before
        self._depth = 0

    # For those who edit.

    def made(self, words: str, redo: Act, undo: Act, key: str = "") -> None:
        """Remember an edit that has just been made. Edits in a row with the same ``key`` become one step."""
        if self._depth:
            return
        step, last = _Step(words, redo, undo, key), self._steps[self._index - 1] if self._index else None
        self._drop_redone()
        if key and last is not None and last.key == key and not self.is_clean:
            last.redo, last.words = step.redo, step.words
        else:
            self._steps.append(step)
            self._index += 1
            self._drop_oldest()
        self.changed.emit()

    def _drop_redone(self) -> None:
        """What was taken back cannot be made again after another edit."""
        del self._steps[self._index :]
        if self._saved is not None and self._saved > self._index:
            self._saved = None

    def _drop_oldest(self) -> None:
        excess = max(0, len(self._steps) - MOST_STEPS)
        del self._steps[:excess]
        self._index -= excess
        if self._saved is not None:
            self._saved = self._saved - excess if self._saved >= excess else None

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
            self._move(self._steps[self._index - 1].undo, -1)

    def redo(self) -> None:
        """Make the edit that was taken back again."""
        if self.can_redo:
            self._move(self._steps[self._index].redo, 1)

    def _move(self, act: Act, way: int) -> None:
        if self._before is not None:
            self._before()
        self._depth += 1
        try:
            act()
        finally:
            self._depth -= 1
            self._index += way
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return self._index < len(self._steps)

    @property
    def undo_words(self) -> str:
        """What would be taken back."""
        return self._steps[self._index - 1].words if self.can_undo else ""

    @property
    def redo_words(self) -> str:
        """What would be made again."""
        return self._steps[self._index].words if self.can_redo else ""

    # For saving.

    @property
    def is_clean(self) -> bool:
        """Whether the edits are those of the last save."""
        return self._saved == self._index

    @property
    def made_count(self) -> int:
        """How many steps can be taken back: it differs after every change."""
        return self._index

    def mark_saved(self) -> None:
        """What is now is what was saved."""
        self._saved = self._index
        self.changed.emit()

    def mark_changed(self) -> None:
        """What is now was never saved, whatever is undone."""
        self._saved = None
        self.changed.emit()

    def clear(self) -> None:
        """Another document: nothing to take back, and nothing changed."""
        self._steps.clear()
        self._index = self._saved = 0
        self.changed.emit()
