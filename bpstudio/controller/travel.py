"""Travel: the timeline's window, scrubbing, bookmarks, and the positions that were visited by jumps."""

import time
from collections.abc import Callable
from dataclasses import replace

from bpstudio.controller.undo import Undo
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.status_state import caption
from bpstudio.viewstate.timeline_state import Bookmark, Fork, TimelineState, Window, following, kept
from bpstudio.viewstate.timeline_view import TimelineMarks, build_timeline_state, cursor_text, whole_of

MOST_VISITED = 100
SCRUB_ITERATIONS = 64
USUAL_WIDTH = 1000
SECONDS_WHILE_PLAYING = 0.4
"""How old the timeline may get while the run is playing: all of it is painted again when the run has grown."""


class Travel:
    """What the timeline shows beside the run itself. It moves the session only while scrubbing; ``show`` follows each change."""

    def __init__(self, show: Callable[[], None], undo: Undo) -> None:
        self._show = show
        self._undo = undo
        self.session: Session | None = None
        self.width = USUAL_WIDTH
        self.bookmarks: tuple[Bookmark, ...] = ()
        self._window: Window | None = None
        self._whole = Window(0, 1)
        self._followed = 0
        self._state: TimelineState | None = None
        self._built_at = 0.0
        self._scrub_origin: int | None = None
        self._visited: list[int] = []
        self._ahead: list[int] = []

    def reset(self, session: Session) -> None:
        """Begin with another run."""
        self.session = session
        self._window, self._state = None, None
        self.bookmarks = ()
        self._scrub_origin = None
        self._visited, self._ahead = [], []

    # The window on the run.

    def set_window(self, window: Window, whole: Window) -> None:
        """Show this part of the run; who sees all of it goes on seeing all of it as it grows."""
        self._window = None if window == whole else window
        self._whole = whole
        self._show()

    def set_width(self, width: int) -> None:
        """How many pixels there are."""
        if width != self.width and width > 0:
            self.width = width
            self._show()

    def state(self, session: Session, options: ViewOptions, marks: TimelineMarks) -> TimelineState:
        """The timeline of now, the cursor kept in sight when it moves."""
        now, before = time.perf_counter(), self._state
        if options.is_playing and before is not None and now - self._built_at < SECONDS_WHILE_PLAYING:
            text, words = cursor_text(session.iteration), caption(session, options)
            return replace(before, cursor=session.position, cursor_text=text, description=words)
        if self._window is not None:
            whole = whole_of(session)
            self._window = kept(self._window, self._whole, whole)
            if session.position != self._followed:
                self._window = following(self._window, whole, session.position)
            self._whole = whole
        self._followed = session.position
        self._state = build_timeline_state(session, options, self._window, self.width, marks)
        self._built_at = time.perf_counter()
        return self._state

    def forget_state(self) -> None:
        """Build the timeline anew at the next look, playing or not."""
        self._state = None

    # Scrubbing.

    def scrub(self, position: int) -> None:
        """Show about this position at once: itself where that is quick, else the checkpoint before it."""
        session = self.session
        if session is None:
            return
        if self._scrub_origin is None:
            self._scrub_origin = session.position
        iteration = session.program.iteration_at(position)
        kept = session.replay_start(iteration)
        if iteration - kept <= SCRUB_ITERATIONS:
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

    def keep_bookmark(self, bookmark: Bookmark) -> None:
        """Put a flag at a position, in place of one that is there."""
        others = (mark for mark in self.bookmarks if mark.position != bookmark.position)
        with self._undo.recording("set a bookmark", lambda: self.bookmarks, self.set_bookmarks):
            self.set_bookmarks((*others, bookmark))

    def remove_bookmark(self, position: int) -> None:
        """Take the flag of a position away."""
        with self._undo.recording("remove a bookmark", lambda: self.bookmarks, self.set_bookmarks):
            self.set_bookmarks(tuple(mark for mark in self.bookmarks if mark.position != position))

    def set_bookmarks(self, bookmarks: tuple[Bookmark, ...]) -> None:
        """These flags and no others; what lies under them is kept close at hand."""
        before, after = ({mark.position for mark in marks} for marks in (self.bookmarks, bookmarks))
        if self.session is not None:
            for position in sorted(before - after):
                self.session.unpin(position)
            for position in sorted(after - before):
                self.session.pin(position)
        self.bookmarks = tuple(sorted(bookmarks, key=lambda mark: mark.position))
        self._state = None
        self._show()

    def bookmark_at(self, position: int) -> Bookmark | None:
        """The flag at a position, if there is one."""
        return next((mark for mark in self.bookmarks if mark.position == position), None)

    def bookmark_beside(self, position: int, way: int) -> Bookmark | None:
        """The first flag after a position, or with −1 the last before it; the one that is stood on is passed over."""
        if way > 0:
            return next((mark for mark in self.bookmarks if mark.position > position), None)
        return next((mark for mark in reversed(self.bookmarks) if mark.position < position), None)

    def marks(self, hits: tuple[int, ...] = (), forks: tuple[Fork, ...] = ()) -> TimelineMarks:
        """What to mark on the timeline."""
        return TimelineMarks(hits, self.bookmarks, forks)
