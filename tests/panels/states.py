"""View states of real moments, for tests of panels."""

from bpstudio.files.run_file import open_run
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.timeline_view import TimelineMarks, build_timeline_state
from bpstudio.viewstate.view_state import ViewState, build_view_state


def session_of(name: str, position: int = 0) -> Session:
    """A session of an example, standing at a position."""
    session = Session(open_run(name))
    session.seek(position=position)
    return session


def view_of(session: Session, selection: Selection | None = None, options: ViewOptions | None = None) -> ViewState:
    """What the window shows of it."""
    chosen = options or ViewOptions(notation=session.spec.notation)
    timeline = build_timeline_state(session, chosen, None, 900, TimelineMarks())
    return build_view_state(session, selection or Selection(), chosen, timeline)
