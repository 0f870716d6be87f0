"""Goals: places that follow from what is looked at: a write of a number, a row, where two branches part, where NaN was made."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from bpstudio.controller.asking import Asking
from bpstudio.controller.branching import Branching
from bpstudio.controller.long_move import Job
from bpstudio.explain import nan_hunt
from bpstudio.explain.notation import notation
from bpstudio.intents import Way
from bpstudio.model.address import Address, Quantity
from bpstudio.program.levels import Level
from bpstudio.session import differences, place_hits, search
from bpstudio.session import writes as writes_module
from bpstudio.session.breakpoints import Edge, Location
from bpstudio.session.places import block_place
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.selection import Selection, ViewOptions

NOTHING_CHOSEN = "Select a unit, an edge or a bias, or run an operation, and try again."


class Mover(Protocol):
    """What moves the run: the controller."""

    session: Session | None
    selection: Selection
    options: ViewOptions
    asking: Asking
    branching: Branching

    def seek_position(self, position: int) -> None:
        """Jump there; the way back is remembered."""

    def search(self, direction: "search.Direction", only: int | None = None, goal: int | None = None) -> None:
        """Run to the next hit, or to the goal."""

    def start_job(self, job: Job, finished: Callable[[], None]) -> None:
        """Do work in slices."""


class Goals(QObject):
    """Finds where to go and asks the controller to go there; ``said`` where there is nothing."""

    said = Signal(str)

    def __init__(self, mover: Mover, parent: QObject) -> None:
        super().__init__(parent)
        self._mover = mover
        self._hunted: nan_hunt.NanHunt | None = None

    # Writes of a number.

    def chosen_number(self) -> Address | None:
        """The number that is selected, or the one just written."""
        session, address = self._mover.session, self._mover.selection.selected
        if address is None and session is not None:
            executed = executed_operation(session)
            address = None if executed is None else executed.address
        return address

    def go_to_write(self, way: Way, address: Address | None = None) -> None:
        """Jump behind an operation that writes a number: this one, or the chosen one."""
        session = self._mover.session
        if session is None:
            return
        address = address or self.chosen_number()
        if address is None:
            self.said.emit(NOTHING_CHOSEN)
            return
        writes = writes_module.Writes(session.program, [address])
        found = {
            Way.NEXT: lambda: writes.after(session.position),
            Way.PREVIOUS: lambda: writes.before(session.position),
            Way.FIRST: lambda: writes.after(0),
        }[way]()
        if found is None:
            self.said.emit(f"No operation {'after' if way is Way.NEXT else 'before'} this one writes {address}.")
        else:
            self._mover.seek_position(found)

    # Run to here.

    def run_to_position(self, position: int) -> None:
        """Run to a position, forward or back, stopping at hits on the way."""
        session = self._mover.session
        if session is not None and position != session.position:
            is_ahead = position > session.position
            self._mover.search(search.Direction.FORWARD if is_ahead else search.Direction.BACK, goal=position)

    def run_to_row(self, position: int, level: Level, direction: "search.Direction") -> None:
        """Run to a block of the program; where it lies the other way, to the next time that it is reached this way."""
        session = self._mover.session
        if session is None:
            return
        ahead = position - session.position
        if ahead * direction.value > 0:
            self._mover.search(direction, goal=position)
        else:
            self._run_to_place(block_place(session.program.operation(position), level), direction)

    def run_to_chosen(self, direction: "search.Direction") -> None:
        """Run to where the selected unit, edge or bias is at work the next time, or was the last time."""
        place = place_of_chosen(self._mover.selection.selected)
        if place is None:
            self.said.emit("Choose a row of the program, or select a unit, an edge or a bias, and run to it.")
        else:
            self._run_to_place(place, direction)

    def _run_to_place(self, place: Location | Edge, direction: "search.Direction") -> None:
        session = self._mover.session
        if session is None:
            return
        hits, is_forward = place_hits.PlaceHits(session.program, place), direction is search.Direction.FORWARD
        found = hits.next_after(session.position) if is_forward else hits.last_before(session.position)
        if found is None:
            self.said.emit(f"It is not reached {'after' if is_forward else 'before'} this position.")
        else:
            self._mover.search(direction, goal=found)

    # Where two branches part.

    def go_to_first_difference(self, key: int | None = None) -> None:
        """Find the first number that differs between the current branch and another one, and go behind its operation."""
        session = self._mover.session
        other = self._mover.branching.other if key is None else key
        if session is None:
            return
        if other is None:
            self.said.emit("There is one branch only: nothing to compare it with.")
            return
        comparison = session.comparison(session.branch.key, other)
        self._mover.start_job(comparison, lambda: self._tell_difference(comparison, other))

    def _tell_difference(self, comparison: "differences.Comparison", key: int) -> None:
        session, found = self._mover.session, comparison.found
        if session is None:
            return
        if found is None:
            self.said.emit(f"No number differs in the {comparison.progress[1]:,} iterations after the fork.")
            return
        self._mover.seek_position(found.position + 1)
        other = next((branch.name for branch in session.branches if branch.key == key), "the other branch")
        numbers = self._mover.options.numbers
        here, there = numbers.format(found.value), numbers.format(found.other_value)
        self.said.emit(f"The first number that differs: {found.address} is {here} here, {there} in {other}.")

    # The origin of NaN.

    def hunt(self) -> None:
        """From a number that is not finite to the operation that made it; from there to what grew too large."""
        mover, session = self._mover, self._mover.session
        if session is None:
            return
        hunted, here = self._hunted, session.position
        if hunted is not None and hunted.session is session and self._follow_hunt(hunted, here, is_again=True):
            return
        found = mover.asking.bad_number()
        if found is None:
            self.said.emit("Every number here is finite.")
            return
        names = notation(mover.options.notation, session.spec)
        self._hunted = hunt = nan_hunt.NanHunt(session, names, *found)
        mover.start_job(hunt, lambda: self._hunt_ended(hunt, here))

    def _hunt_ended(self, hunt: "nan_hunt.NanHunt", here: int) -> None:
        if not self._follow_hunt(hunt, here, is_again=False):
            self.said.emit(f"The origin was not found: {hunt.words}")

    def _follow_hunt(self, hunt: "nan_hunt.NanHunt", here: int, is_again: bool) -> bool:
        made = None if hunt.made is None else hunt.made.position
        if is_again and (made is None or here != made + 1):
            return False
        target = self._mover.asking.hunt_target(hunt, here)
        if target is None:
            return False
        position, words = target
        self._mover.seek_position(position)
        self.said.emit(words)
        return True


def place_of_chosen(address: Address | None) -> Location | Edge | None:
    """Where a unit, an edge or a bias of the canvas is at work; None for an input, and for nothing."""
    if address is None or not address.layer:
        return None
    if address.quantity is Quantity.WEIGHT:
        return Edge(address.layer, *address.indices)
    return Location(level=Level.UNIT, layer=address.layer, unit=address.indices[0])
