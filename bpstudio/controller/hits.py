"""Hits: where breakpoints are hit in the part of the run that is known, and where they have stopped it."""

from collections.abc import Mapping

from bpstudio.session.breakpoints import Breakpoint
from bpstudio.session.hit_list import HitList, is_listed, is_same, place_positions
from bpstudio.session.session import Session


class Hits:
    """Keeps a list for each breakpoint; ``follow`` which there are, and fill what ``lists`` holds."""

    def __init__(self) -> None:
        self.lists: dict[int, HitList] = {}
        self._places: dict[int, tuple[Breakpoint, tuple[int, int], int, list[int]]] = {}
        self._visited: dict[int, set[int]] = {}
        self._marks: tuple[object, tuple[int, ...]] = (None, ())

    def reset(self) -> None:
        """Another run or another branch: all hits are others."""
        self.lists, self._places, self._visited = {}, {}, {}

    def follow(self, breakpoints: Mapping[int, Breakpoint], session: Session) -> None:
        """Begin lists for what is new or was changed, and drop those of what is gone."""
        for key in [key for key in (*self.lists, *self._places) if key not in breakpoints]:
            self.forget(key)
        here = (session.branch.key, session.losses.count)
        for key, made in breakpoints.items():
            if not made.is_trusted:
                continue
            if is_listed(made):
                if key not in self.lists or not is_same(self.lists[key].breakpoint, made):
                    self.lists[key] = HitList(made)
                    self._visited.pop(key, None)
            elif key not in self._places or self._places[key][1] != here or not is_same(self._places[key][0], made):
                end = session.program.iteration_start(session.losses.count)
                self._places[key] = (made, here, *place_positions(made, session.program, end))

    def forget(self, key: int) -> None:
        """A breakpoint is gone, or another one."""
        for kept in (self.lists, self._places, self._visited):
            kept.pop(key, None)

    def visit(self, key: int, position: int) -> None:
        """The run has stopped here."""
        self._visited.setdefault(key, set()).add(position)

    def count(self, key: int) -> int:
        """How often a breakpoint is hit in the part of the run that is known."""
        if key in self.lists:
            return max(self.lists[key].count, len(self._visited.get(key, ())))
        return self._places[key][2] if key in self._places else len(self._visited.get(key, ()))

    def last(self, key: int) -> int | None:
        """Where a breakpoint is hit last, as far as that is known."""
        listed = self.lists[key].positions if key in self.lists else []
        placed = self._places[key][3] if key in self._places else []
        return max([*listed[-1:], *placed[-1:], *self._visited.get(key, ())], default=None)

    def marks(self, breakpoints: Mapping[int, Breakpoint]) -> tuple[int, ...]:
        """Every position that is known to be hit by what is switched on, and where the run has stopped, in order."""
        on = [key for key, made in breakpoints.items() if made.is_active]
        state = (
            tuple((key, len(self.lists[key].positions)) for key in on if key in self.lists),
            tuple((key, *self._places[key][1]) for key in on if key in self._places),
            tuple((key, len(found)) for key, found in self._visited.items()),
        )
        if self._marks[0] != state:
            found = set[int]().union(*self._visited.values())
            found.update(p for key in on if key in self.lists for p in self.lists[key].positions)
            found.update(p for key in on if key in self._places for p in self._places[key][3])
            self._marks = (state, tuple(sorted(found)))
        return self._marks[1]
