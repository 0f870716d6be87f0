"""Moment: a run as it is left when another one takes its place, so that it can come back."""

from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.timeline_state import Bookmark

RESTING_BUDGET = 64 * 1024
"""Bytes of checkpoints a run keeps while another one is shown: enough to come back to where it stood.

The 100 steps of undo may each hold a run.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A run as it was left: itself, what it is called, and its bookmarks."""

    session: Session
    source: str
    bookmarks: tuple[Bookmark, ...]
