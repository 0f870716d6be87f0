"""Travel: the timeline's window, scrubbing, bookmarks, and the positions that were visited by jumps."""

from collections.abc import Callable
from dataclasses import replace

from bpstudio.session.session import Session
from bpstudio.viewstate.timeline_state import Bookmark, Window
from bpstudio.viewstate.timeline_view import TimelineChoice, TimelineMarks

MOST_VISITED = 100
SCRUB_ITERATIONS = 64


class Travel:
    """What the timeline shows beside the run itself. It moves the session only while scrubbing; ``show`` follows each change."""

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show
        self.session: Session | None = None
        self.choice = TimelineChoice()
        self.bookmarks: tuple[Bookmark, ...] = ()
        self._scrub_origin: int | None = None
        self._visited: list[int] = []
        self._ahead: list[int] = []

    def reset(self, session: Session) -> None:
        """Begin with another run."""
        self.session = session
        self.choice = TimelineChoice(width=self.choice.width)
        self.bookmarks = ()
        self._scrub_origin = None
        self._visited, self._ahead = [], []

    # The window on the run.

    def set_window(self, window: Window, whole: Window) -> None:
        """Show this part of the run; the whole of it follows the run as it grows."""
        chosen = None if window == whole else window
        self.choice = replace(self.choice, window=chosen, whole=None if chosen is None else whole)
        self._show()

    def set_width(self, width: int) -> None:
        """How many pixels there are."""
        if width != self.choice.width and width > 0:
            self.choice = replace(self.choice, width=width)
            self._show()

    # Scrubbing.

    def scrub(self, position: int) -> None:
        """Show about this position at once: itself where that is quick, else the checkpoint before it."""
        session = self.session
        if session is None:
            return
        if self._scrub_origin is None:
            self._scrub_origin = session.position
        iteration = session.program.iteration_at(position)
        kept = session.history.nearest(iteration)[0]
        is_near = kept <= session.engine.iteration <= iteration
        if iteration - (session.engine.iteration if is_near else kept) <= SCRUB_ITERATIONS:
            session.seek(position=position)
        else:
            session.seek(iteration=kept)
        self._show()

    def end_scrub(self) -> int | None:
        """Scrubbing is over: where it began, for a cancel or for the way back."""
        origin, self._scrub_origin = self._scrub_origin, None
        return origin

    # Visited positions.

    def remember(self, position: int) -> None:
        """A jump leaves this position: remember it for the way back."""
        if not self._visited or self._visited[-1] != position:
            self._visited = [*self._visited, position][-MOST_VISITED:]
        self._ahead = []

    def previous(self, here: int) -> int | None:
        """The position visited before, or None."""
        while self._visited:
            position = self._visited.pop()
            if position != here:
                self._ahead.append(here)
                return position
        return None

    def following(self, here: int) -> int | None:
        """The position that was left by the last way back, or None."""
        while self._ahead:
            position = self._ahead.pop()
            if position != here:
                self._visited.append(here)
                return position
        return None

    # Bookmarks.

    def bookmark(self, position: int, name: str, note: str = "") -> None:
        """Put a flag at a position, in place of one that is there; without a name take it away."""
        others = [mark for mark in self.bookmarks if mark.position != position]
        if name:
            others.append(Bookmark(position, name, note))
        self.bookmarks = tuple(sorted(others, key=lambda mark: mark.position))
        self._show()

    def bookmark_at(self, position: int) -> Bookmark | None:
        """The flag at a position, if there is one."""
        return next((mark for mark in self.bookmarks if mark.position == position), None)

    def marks(self, hits: tuple[int, ...] = ()) -> TimelineMarks:
        """What to mark on the timeline."""
        return TimelineMarks(hits, self.bookmarks)
