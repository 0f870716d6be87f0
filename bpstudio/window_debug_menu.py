"""The Debug menu, and the context menus of a unit, an edge, a bias, and a row of the program."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu, QWidget

from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.controller.run_controller import RunController
from bpstudio.intents import Way
from bpstudio.model.address import Address, Quantity
from bpstudio.panels.outline_panel import OutlinePanel
from bpstudio.session import search
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.window_actions import BRANCHES, DEBUG, WRITES, Actions
from bpstudio.window_debug import DebugPanels

Q = Quantity


class DebugMenu(QObject):
    """Fills the menu, and opens the others where the user asks for them: with the right button or the menu key."""

    def __init__(
        self,
        controller: RunController,
        debug: DebugPanels,
        views: tuple[NetworkCanvas, OutlinePanel],
        actions: Actions,
        go_to_panel: Callable[[str], None],
        test: Callable[..., None],
    ) -> None:
        super().__init__(debug)
        self._controller = controller
        self._debug = debug
        self._canvas, self._outline = views
        self._actions = actions
        self._go_to_panel = go_to_panel
        self._test = test
        self._canvas.installEventFilter(self)
        self._outline.installEventFilter(self)
        self._outline.viewport().installEventFilter(self)

    def fill(self, menu: QMenu) -> None:
        """Everything about stopping, going there, asking, changing and comparing."""
        add, debug, goals = self._actions.add, self._debug, self._controller.goals
        add(DEBUG["breakpoint"], self._toggle_breakpoint, menu)
        add(DEBUG["new-breakpoint"], debug.ask_breakpoint, menu)
        add(DEBUG["run-to-here"], lambda: self._run_to_here(search.Direction.FORWARD), menu)
        add(DEBUG["run-back-to-here"], lambda: self._run_to_here(search.Direction.BACK), menu)
        menu.addSeparator()
        add(DEBUG["next-hit"], debug.next_hit, menu)
        add(DEBUG["previous-hit"], debug.previous_hit, menu)
        menu.addSeparator()
        add(WRITES["next-write"], lambda: goals.go_to_write(Way.NEXT), menu)
        add(WRITES["previous-write"], lambda: goals.go_to_write(Way.PREVIOUS), menu)
        add(WRITES["first-write"], lambda: goals.go_to_write(Way.FIRST), menu)
        menu.addSeparator()
        add(DEBUG["watch"], self._ask_watch, menu)
        add(DEBUG["why"], self.ask_why, menu)
        add(DEBUG["test"], self.test_number, menu)
        add(DEBUG["hunt"], goals.hunt, menu)
        menu.addSeparator()
        add(DEBUG["change"], debug.ask_number, menu)
        add(DEBUG["optimizer"], debug.ask_optimizer, menu)
        add(BRANCHES["switch"], self._controller.branching.switch_on, menu)
        add(BRANCHES["compare"], self._controller.compare, menu)
        add(BRANCHES["difference"], goals.go_to_first_difference, menu)

    def _toggle_breakpoint(self) -> None:
        """At the row of the outline if it has the focus, else at the next operation."""
        row = self._outline.current_row if self._outline.hasFocus() else None
        if row is None:
            self._debug.toggle_breakpoint()
        else:
            self._debug.toggle_breakpoint_of(row)

    def _run_to_here(self, direction: "search.Direction") -> None:
        """To the row of the outline if it has the focus, else to where the selected unit or edge is at work."""
        row = self._outline.current_row if self._outline.hasFocus() else None
        if row is None:
            self._controller.goals.run_to_chosen(direction)
        else:
            self._controller.goals.run_to_row(row.start, row.level, direction)

    def ask_why(self) -> None:
        """Ask about the chosen number, and show the answer."""
        self._controller.ask_why()
        self._go_to_panel("Why")

    def test_number(self) -> None:
        """Nudge the chosen number, and show what the loss makes of it."""
        self._go_to_panel("Slope")
        self._test()

    def _ask_watch(self) -> None:
        self._go_to_panel("Watches")
        self._debug.ask_watch()

    # Context menus.

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the menu of what is under the pointer; from the keyboard, of what is selected."""
        if not isinstance(event, QContextMenuEvent) or self._controller.session is None:
            return False
        is_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        if watched is self._canvas:
            self._open_canvas_menu(event.pos(), is_mouse)
        elif is_mouse == (watched is self._outline.viewport()):
            self._open_outline_menu(event.pos(), is_mouse)
        return True

    def _open_canvas_menu(self, place: QPoint, is_mouse: bool) -> None:
        controller = self._controller
        address = self._canvas.address_at(QPointF(place)) if is_mouse else controller.selection.selected
        menu = made_menu("canvas-menu", self._canvas)
        menu.aboutToShow.connect(self._actions.dress_menus)
        if address is None:
            for name in ("fit", "copy", "export"):
                menu.addAction(self._actions.by_name[name])
        else:
            controller.select(address)
            self._fill_canvas_menu(menu, address)
        at = place if is_mouse else self._canvas.rect().center()
        menu.popup(self._canvas.mapToGlobal(at))

    def _fill_canvas_menu(self, menu: QMenu, address: Address) -> None:
        """About one unit, edge or bias: ask, follow, go there, stop there, change it."""
        numbers = numbers_of_chosen(address)
        for number in numbers:
            self._entry(menu, f"Why {self._symbol(number)}?", self._asks(number))
        menu.addAction(self._actions.by_name["test-delta"])
        menu.addSeparator()
        stops = menu.addMenu("&Stop")
        place = place_words(address)
        if place:
            self._stop_entry(stops, "whenever it is at work", BreakpointDraft(place=place))
        for number in numbers:
            words = f"when {self._symbol(number)} is written"
            self._stop_entry(stops, words, BreakpointDraft(kind=BreakpointKind.WRITE, place=str(number)))
        condition = BreakpointDraft(kind=BreakpointKind.CONDITION, condition=f"abs({numbers[-1]}) > ")
        self._entry(stops, "at a condition…", lambda: self._debug.ask_breakpoint(condition))
        watches = menu.addMenu("&Watch")
        for number in numbers:
            self._entry(watches, self._symbol(number), self._watches(number))
        menu.addSeparator()
        by_name = self._actions.by_name
        for name in ("run-to-here", "run-back-to-here", "next-write", "previous-write", "first-write"):
            menu.addAction(by_name[name])
        if self._controller.branching.editable(address) is not None:
            menu.addSeparator()
            menu.addAction(by_name["change"])

    def _open_outline_menu(self, place: QPoint, is_mouse: bool) -> None:
        outline, controller = self._outline, self._controller
        row = outline.row_at(place) if is_mouse else outline.current_row
        if row is None:
            return
        menu, goals = made_menu("outline-menu", outline), controller.goals
        self._entry(menu, "&Go here\tEnter", lambda: controller.seek_position(row.start))
        for text, direction in (
            ("&Run to here", search.Direction.FORWARD),
            ("Run &back to here", search.Direction.BACK),
        ):
            self._entry(menu, text, lambda way=direction: goals.run_to_row(row.start, row.level, way))  # type: ignore[misc]
        menu.addSeparator()
        words = "Remove the &breakpoint" if row.has_breakpoint else "Set a &breakpoint here"
        self._entry(menu, f"{words}\tF9", lambda: self._debug.toggle_breakpoint_of(row))
        menu.popup(outline.viewport().mapToGlobal(place))

    def _entry(self, menu: QMenu, text: str, act: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def _stop_entry(self, menu: QMenu, text: str, draft: BreakpointDraft) -> None:
        """An entry that is checked while there is such a breakpoint."""
        debugger = self._controller.debugger
        action = self._entry(menu, text, lambda: debugger.toggle(draft))
        action.setCheckable(True)
        action.setChecked(debugger.find(draft) is not None)

    def _asks(self, number: Address) -> Callable[[], None]:
        def ask() -> None:
            self._controller.asking.ask(number)
            self._go_to_panel("Why")

        return ask

    def _watches(self, number: Address) -> Callable[[], None]:
        def watch() -> None:
            if self._controller.debugger.add_watch(str(number)):
                self._go_to_panel("Watches")

        return watch

    def _symbol(self, number: Address) -> str:
        return self._controller.symbol(number).replace("&", "&&")


def made_menu(name: str, parent: QWidget) -> QMenu:
    """An empty menu that is gone when it closes."""
    menu = QMenu(parent)
    menu.setObjectName(name)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def numbers_of_chosen(address: Address) -> tuple[Address, ...]:
    """The numbers of a unit, an edge or a bias that one asks about; the last is the one that learning is about."""
    layer, indices = address.layer, address.indices
    match address.quantity:
        case Q.WEIGHT:
            return address, Address(Q.WEIGHT_GRADIENT, layer, indices)
        case Q.BIAS:
            return address, Address(Q.BIAS_GRADIENT, layer, indices)
        case _ if layer == 0:
            return (address,)
        case _:
            return address, Address(Q.PRE_ACTIVATION, layer, indices), Address(Q.DELTA, layer, indices)


def place_words(address: Address) -> str:
    """The place of a unit or an edge in the words of the editor; empty where no operation belongs to it."""
    if address.quantity is Q.WEIGHT:
        return f"edge {address}"
    return (
        f"layer {address.layer} unit {address.indices[0]}" if address.layer and address.quantity is Q.ACTIVATION else ""
    )
