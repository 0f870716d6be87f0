"""ViewState: everything the window shows at a moment, made by one pure function."""

from dataclasses import field

from bpstudio.explain.labels import operation_label
from bpstudio.explain.notation import notation
from bpstudio.explain.scripts import script_text
from bpstudio.model.address import Address
from bpstudio.records import dataclass
from bpstudio.session.breakpoints import Location
from bpstudio.session.session import Session
from bpstudio.viewstate import matrices_state
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.branch_state import BranchState
from bpstudio.viewstate.breakpoint_state import BreakpointState
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.card import Card, operation_card, quantity_card
from bpstudio.viewstate.log_state import LogState
from bpstudio.viewstate.outline_state import OutlineState, build_outline_state
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.status_state import StatusState, build_status_state
from bpstudio.viewstate.timeline_state import TimelineState
from bpstudio.viewstate.watch_state import WatchState
from bpstudio.viewstate.why_state import WhyState, canvas_address


@dataclass(frozen=True, slots=True)
class InspectorState:
    """The operation just executed, the next one in a few words, and what is selected; ``lit`` stands out in equations."""

    executed: Card | None
    next_label: str
    selected_title: str
    selected: Card | None
    summation: str
    lit: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class DebugState:
    """What the run stops at, what is watched, and what was logged."""

    breakpoints: BreakpointState = field(default_factory=BreakpointState)
    watches: WatchState = field(default_factory=WatchState)
    log: LogState = field(default_factory=LogState)
    places: frozenset[Location] = frozenset()
    branches: BranchState = field(default_factory=BranchState)
    why: WhyState = field(default_factory=WhyState)


NOTHING_TO_DEBUG = DebugState()


@dataclass(frozen=True, slots=True)
class ViewState:
    """One moment. Equal view states look the same."""

    title: str
    canvas: CanvasState
    outline: OutlineState
    inspector: InspectorState
    status: StatusState
    options: ViewOptions
    iteration: int
    loss_count: int
    timeline: TimelineState
    debug: DebugState
    matrices: "matrices_state.MatricesState | None" = None


def build_view_state(
    session: Session,
    selection: Selection,
    options: ViewOptions,
    timeline: TimelineState,
    debug: DebugState = NOTHING_TO_DEBUG,
    matrices: "matrices_state.MatricesState | None" = None,
) -> ViewState:
    """The view of the session's position with what is selected and how it is to be shown."""
    return ViewState(
        session.spec.title,
        build_canvas_state(session, selection, options),
        build_outline_state(session, options, debug.places),
        _inspector(session, selection, options),
        build_status_state(session, options),
        options,
        session.iteration,
        session.losses.count,
        timeline,
        debug,
        matrices,
    )


def _inspector(session: Session, selection: Selection, options: ViewOptions) -> InspectorState:
    executed = executed_operation(session)
    names = notation(options.notation, session.spec)
    title, selected = "", None
    if selection.selected is not None:
        symbol = script_text(names.symbol(selection.selected, selection.sample))
        title = f"{symbol} is not computed yet at this position"
        selected = quantity_card(session, selection.selected, options, selection.sample)
    words = "exact: added in order, the last running sum is z" if session.spec.is_exact else "fast: added by BLAS"
    return InspectorState(
        None if executed is None else operation_card(session, executed, options),
        operation_label(session.operation, names),
        title,
        selected,
        f"summation {words}",
        _lit(selection),
    )


def _lit(selection: Selection) -> frozenset[Address]:
    """The units, edges and biases whose symbols stand out in equations: what is hovered and what is selected."""
    found = (canvas_address(address) for address in (selection.hovered, selection.selected) if address is not None)
    return frozenset(address for address in found if address is not None)
