"""The debugging side of the window: breakpoints, watches and log, their dialogs, and their wishes."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from bpstudio.controller.run_controller import RunController
from bpstudio.model.spec import RunSpec
from bpstudio.panels.breakpoint_editor import BreakpointEditor, EditorLanguages
from bpstudio.panels.breakpoints_panel import BreakpointsPanel
from bpstudio.panels.condition_field import Language
from bpstudio.panels.log_panel import LogPanel
from bpstudio.panels.watches_panel import WatchesPanel
from bpstudio.session.conditions import completions, problem_of
from bpstudio.session.log_text import message_problem
from bpstudio.session.places import place_completions, place_problem
from bpstudio.session.search import Direction
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.outline_state import OutlineRow
from bpstudio.viewstate.theme import LIGHT, Theme
from bpstudio.viewstate.view_state import DebugState


class DebugPanels(QObject):
    """Makes the panels and connects them; ``apply`` hands each its part."""

    def __init__(self, window: QMainWindow, controller: RunController) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._theme: Theme = LIGHT
        self.breakpoints = BreakpointsPanel()
        self.watches = WatchesPanel(Language(self._check_expression, self._complete_expression))
        self.log = LogPanel()
        self._connect()

    def _connect(self) -> None:
        controller, debugger, panel = self._controller, self._controller.debugger, self.breakpoints
        panel.add_requested.connect(self.ask_breakpoint)
        panel.edit_requested.connect(self._edit_breakpoint)
        panel.remove_requested.connect(debugger.remove)
        panel.breakpoint_switched.connect(debugger.switch)
        panel.exception_switched.connect(debugger.switch_exception)
        panel.trust_requested.connect(debugger.trust)
        panel.last_hit_requested.connect(self._go_to_last_hit)
        panel.hit_requested.connect(self._go_to_hit)
        self.watches.watch_added.connect(controller.add_watch)
        self.watches.watch_edited.connect(lambda key, text: controller.add_watch(text, key))
        self.watches.watch_removed.connect(debugger.remove_watch)
        self.watches.iteration_requested.connect(controller.seek_iteration)
        self.log.position_requested.connect(controller.seek_position)
        self.log.clear_requested.connect(debugger.clear_log)

    def apply(self, state: DebugState, theme: Theme) -> None:
        """Show ``state``."""
        self._theme = theme
        self.breakpoints.apply(state.breakpoints, theme)
        self.watches.apply(state.watches, theme)
        self.log.apply(state.log, theme)

    # Breakpoints.

    def ask_breakpoint(self) -> None:
        """Ask for a new breakpoint; a condition is what one mostly wants to type."""
        self._open_editor(BreakpointDraft(kind=BreakpointKind.CONDITION), None)

    def _edit_breakpoint(self, key: int) -> None:
        self._open_editor(self._controller.debugger.drafts[key], key)

    def _open_editor(self, draft: BreakpointDraft, key: int | None) -> None:
        if self._controller.session is None:
            return
        languages = EditorLanguages(
            condition=Language(self._check_optional, self._complete_expression),
            place=Language(self._check_place, self._complete_place),
            number=Language(self._check_expression, self._complete_expression),
            message=Language(self._check_message, self._complete_expression),
        )
        editor = BreakpointEditor(draft, languages, self._theme, self._window)
        editor.draft_accepted.connect(lambda accepted: self._controller.debugger.accept(accepted, key))
        editor.show()

    def _go_to_last_hit(self, key: int) -> None:
        position = self._controller.debugger.last_hit(key)
        if position is not None:
            self._controller.seek_position(position)

    def _go_to_hit(self, key: int, way: int) -> None:
        self._controller.search(Direction.FORWARD if way > 0 else Direction.BACK, key)

    # What may be typed.

    @property
    def _spec(self) -> RunSpec | None:
        session = self._controller.session
        return None if session is None else session.spec

    def _check_expression(self, text: str) -> str | None:
        return None if self._spec is None else problem_of(text, self._spec)

    def _check_optional(self, text: str) -> str | None:
        return self._check_expression(text) if text.strip() else None

    def _complete_expression(self, text: str, cursor: int) -> tuple[str, ...]:
        return () if self._spec is None else completions(text, cursor, self._spec)

    def _check_place(self, text: str) -> str | None:
        return None if self._spec is None else place_problem(text, self._spec)

    def _complete_place(self, text: str, cursor: int) -> tuple[str, ...]:
        return () if self._spec is None else place_completions(text, cursor, self._spec)

    def _check_message(self, text: str) -> str | None:
        return None if self._spec is None else message_problem(text, self._spec)

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
        self._controller.search(Direction.FORWARD)

    def previous_hit(self) -> None:
        """To the last hit before."""
        self._controller.search(Direction.BACK)

    def ask_watch(self) -> None:
        """Begin to type an expression to watch."""
        self.watches.field.setFocus()
