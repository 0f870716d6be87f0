"""The debugging side of the window: breakpoints, watches and log, their dialogs, and their wishes."""

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from bpstudio.controller.run_controller import RunController
from bpstudio.model.address import Address
from bpstudio.model.spec import RunSpec
from bpstudio.panels import (
    branches_panel,
    breakpoint_editor,
    breakpoints_panel,
    condition_field,
    edit_dialogs,
    log_panel,
    watches_panel,
    why_panel,
)
from bpstudio.panels.place import Place
from bpstudio.session import conditions, log_text, search
from bpstudio.session.places import place_completions, place_problem
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.outline_state import OutlineRow
from bpstudio.viewstate.theme import LIGHT, Theme
from bpstudio.viewstate.view_state import DebugState
from bpstudio.viewstate.why_state import canvas_address

NEW = BreakpointDraft(kind=BreakpointKind.CONDITION)


class DebugPanels(QObject):
    """Makes the panels and connects them; ``apply`` hands each its part."""

    def __init__(self, window: QMainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._theme: Theme = LIGHT
        self._state: DebugState | None = None
        self._shows: list[Callable[[DebugState, Theme], None]] = []
        self.places = {
            "Why": Place("why", lambda: self.why),
            "Breakpoints": Place("breakpoints", lambda: self.breakpoints),
            "Watches": Place("watches", lambda: self.watches),
            "Branches": Place("branches", lambda: self.branches),
            "Log": Place("log", lambda: self.log),
        }

    @cached_property
    def breakpoints(self) -> "breakpoints_panel.BreakpointsPanel":
        """The list of breakpoints; made, as all of them, when it is first in sight."""
        debugger, panel = self._controller.debugger, breakpoints_panel.BreakpointsPanel()
        panel.add_requested.connect(lambda: self.ask_breakpoint())
        panel.edit_requested.connect(self._edit_breakpoint)
        panel.remove_requested.connect(debugger.remove)
        panel.breakpoint_switched.connect(debugger.switch)
        panel.exception_switched.connect(debugger.switch_exception)
        panel.trust_requested.connect(debugger.trust)
        panel.last_hit_requested.connect(self._go_to_last_hit)
        panel.hit_requested.connect(self._go_to_hit)
        self._begin("Breakpoints", panel, lambda state, theme: panel.apply(state.breakpoints, theme))
        return panel

    @cached_property
    def watches(self) -> "watches_panel.WatchesPanel":
        """Expressions and their values."""
        debugger = self._controller.debugger
        panel = watches_panel.WatchesPanel(condition_field.Language(self._check_expression, self._complete_expression))
        panel.watch_added.connect(debugger.add_watch)
        panel.watch_edited.connect(lambda key, text: debugger.add_watch(text, key))
        panel.watch_removed.connect(debugger.remove_watch)
        panel.iteration_requested.connect(self._controller.seek_iteration)
        self._begin("Watches", panel, lambda state, theme: panel.apply(state.watches, theme))
        return panel

    @cached_property
    def log(self) -> "log_panel.LogPanel":
        """What logpoints wrote."""
        panel = log_panel.LogPanel()
        panel.position_requested.connect(self._controller.seek_position)
        panel.clear_requested.connect(self._controller.debugger.clear_log)
        self._begin("Log", panel, lambda state, theme: panel.apply(state.log, theme))
        return panel

    @cached_property
    def why(self) -> "why_panel.WhyPanel":
        """Where a number comes from."""
        controller, asking, panel = self._controller, self._controller.asking, why_panel.WhyPanel()
        panel.expanded_toggled.connect(asking.toggle)
        panel.mode_chosen.connect(asking.choose_mode)
        panel.position_requested.connect(lambda position: controller.seek_position(position + 1))
        panel.address_chosen.connect(self._ask_about)
        panel.cancel_requested.connect(controller.cancel_move)
        panel.row_chosen.connect(self._point_at)
        self._begin("Why", panel, lambda state, theme: panel.apply(state.why, theme))
        return panel

    @cached_property
    def branches(self) -> "branches_panel.BranchesPanel":
        """The futures of the run."""
        controller, branching, panel = self._controller, self._controller.branching, branches_panel.BranchesPanel()
        panel.switch_requested.connect(branching.switch)
        panel.branch_renamed.connect(branching.rename)
        panel.delete_requested.connect(branching.delete)
        panel.compare_requested.connect(controller.compare)
        panel.first_difference_requested.connect(controller.goals.go_to_first_difference)
        self._begin("Branches", panel, lambda state, theme: panel.apply(state.branches, theme))
        return panel

    def _begin(self, title: str, panel: QWidget, show: Callable[[DebugState, Theme], None]) -> None:
        """Put a panel just made into its place, and show there what there is, and from now on what comes."""
        self.places[title].put(panel)
        self._shows.append(show)
        if self._state is not None:
            show(self._state, self._theme)

    def apply(self, state: DebugState, theme: Theme) -> None:
        """Show ``state`` in the panels that are made."""
        self._state, self._theme = state, theme
        for show in self._shows:
            show(state, theme)

    # Breakpoints.

    def ask_breakpoint(self, draft: BreakpointDraft = NEW) -> None:
        """Ask for a new breakpoint; a condition is what one mostly wants to type."""
        self._open_editor(draft, None)

    def _edit_breakpoint(self, key: int) -> None:
        self._open_editor(self._controller.debugger.drafts[key], key)

    def _open_editor(self, draft: BreakpointDraft, key: int | None) -> None:
        if self._controller.session is None:
            return
        languages = breakpoint_editor.EditorLanguages(
            condition=condition_field.Language(self._check_optional, self._complete_expression),
            place=condition_field.Language(self._check_place, self._complete_place),
            number=condition_field.Language(self._check_expression, self._complete_expression),
            message=condition_field.Language(self._check_message, self._complete_expression),
        )
        editor = breakpoint_editor.BreakpointEditor(draft, languages, self._theme, self._window)
        editor.draft_accepted.connect(lambda accepted: self._controller.debugger.accept(accepted, key))
        editor.show()

    def _go_to_last_hit(self, key: int) -> None:
        position = self._controller.debugger.last_hit(key)
        if position is not None:
            self._controller.seek_position(position)

    def _go_to_hit(self, key: int, way: int) -> None:
        self._controller.search(search.Direction.FORWARD if way > 0 else search.Direction.BACK, key)

    # What may be typed.

    @property
    def _spec(self) -> RunSpec | None:
        session = self._controller.session
        return None if session is None else session.spec

    def _check_expression(self, text: str) -> str | None:
        return None if self._spec is None else conditions.problem_of(text, self._spec)

    def _check_optional(self, text: str) -> str | None:
        return self._check_expression(text) if text.strip() else None

    def _complete_expression(self, text: str, cursor: int) -> tuple[str, ...]:
        return () if self._spec is None else conditions.completions(text, cursor, self._spec)

    def _check_place(self, text: str) -> str | None:
        return None if self._spec is None else place_problem(text, self._spec)

    def _complete_place(self, text: str, cursor: int) -> tuple[str, ...]:
        return () if self._spec is None else place_completions(text, cursor, self._spec)

    def _check_message(self, text: str) -> str | None:
        return None if self._spec is None else log_text.message_problem(text, self._spec)

    # Wishes of menus and keys.

    def toggle_breakpoint(self) -> None:
        """Set or take away a breakpoint before the next operation's block at the current level."""
        session = self._controller.session
        if session is not None:
            self._controller.debugger.toggle_here(session.position, self._controller.options.level)

    def toggle_breakpoint_of(self, row: OutlineRow) -> None:
        """Set or take away a breakpoint before the block of a row of the outline."""
        self._controller.debugger.toggle_here(row.start, row.level)

    def next_hit(self) -> None:
        """To the next hit of anything."""
        self._controller.search(search.Direction.FORWARD)

    def previous_hit(self) -> None:
        """To the last hit before."""
        self._controller.search(search.Direction.BACK)

    def ask_watch(self) -> None:
        """Begin to type an expression to watch."""
        self.watches.field.setFocus()

    # Why.

    def watch_dock(self, dock: QDockWidget) -> None:
        """Answers are made only while the panel is in sight."""
        dock.visibilityChanged.connect(self._open_why)

    def _open_why(self, is_visible: bool) -> None:
        asking = self._controller.asking
        if is_visible != asking.is_open:
            asking.is_open = is_visible
            self._controller.show()

    def _ask_about(self, address: Address, sample: int | None) -> None:
        """The number of a row is the next one in question; what of the network it belongs to is selected."""
        place = canvas_address(address)
        if place is not None:
            self._controller.select(place)
        self._controller.asking.ask(address, sample)

    def _point_at(self, _path: object) -> None:
        """Hover on the canvas what the current row is about."""
        row = self.why.table.chosen_row
        address = None if row is None or row.address is None else canvas_address(row.address)
        self._controller.hover(address)

    # Edits and branches.

    def ask_number(self) -> None:
        """Change the weight, bias or input that is selected."""
        controller = self._controller
        address = controller.selection.selected
        found = controller.branching.editable(address, controller.symbol)
        if address is None or found is None:
            controller.message_shown.emit(
                "Select a weight, a bias or an input first: click it, or choose one with Ctrl and an arrow."
            )
            return
        sentence = "It takes effect at the start of this iteration, on a branch of its own. The old future stays."
        dialog = edit_dialogs.NumberDialog(self._window, *found, sentence, controller.options.numbers)
        dialog.value_chosen.connect(lambda value: controller.branching.change(address, value))
        dialog.show()

    def ask_optimizer(self) -> None:
        """Go on with another update rule or learning rate."""
        spec = self._spec
        if spec is None:
            return
        sentence = (
            "It takes effect at the start of this iteration, on a branch of its own. State both rules have is kept."
        )
        dialog = edit_dialogs.OptimizerDialog(self._window, spec.optimizer, sentence, self._controller.options.numbers)
        dialog.optimizer_chosen.connect(self._controller.branching.change_optimizer)
        dialog.show()
