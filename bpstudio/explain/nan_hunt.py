"""The NaN hunt: from a number that is not finite to the operation that made it, and from there to the first large operand.

It walks the parents that are not finite, back through layers and updates, to an operation all of whose operands are finite.
A weight once not finite never becomes finite again, so the update that broke it is found by bisection.
"""

import math
from collections.abc import Callable, Generator, Iterator

import numpy as np

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.labels import operation_label
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.reason import GIVEN, Combination, Reason, Terms
from bpstudio.explain.reason_maker import ReasonMaker
from bpstudio.explain.why import WhyTree
from bpstudio.model.address import Address
from bpstudio.records import dataclass
from bpstudio.session.origins import Excursion
from bpstudio.session.session import Session

LIMIT = 1e6
MOST_FOLLOWED = 64
"""Large operands of one number that are followed back; of thousands that exploded together some are enough."""

MOST_NUMBERS = 2000
"""Numbers of one iteration that are looked at."""


@dataclass(frozen=True, slots=True)
class Find:
    """A place of the hunt: what was written there, by which operation, in words. ``position`` is None for what was given."""

    reason: Reason
    position: int | None
    value: float
    words: str


class NanHunt(Excursion):
    """Looks for the origin of a number that is not finite; what it found is complete when ``advance`` returns True.

    ``made`` is the operation that made it from finite numbers, ``grown`` the first of the operands behind it, in time, that
    was larger than ``limit``; ``given`` is one that was so large from the start. ``chain`` leads from the number asked about
    to ``made``. What could not be found is None, and ``words`` says why.
    """

    def __init__(
        self, session: Session, names: Notation, address: Address, sample: int | None = None, limit: float = LIMIT
    ) -> None:
        self.tree = WhyTree(session, names)
        self.limit = limit
        self.chain: list[Reason] = []
        self.made: Find | None = None
        self.grown: Find | None = None
        self.given: Find | None = None
        self.words = ""
        self._root = self.tree.root(address, sample)
        super().__init__(session)

    def _work(self) -> Iterator[None]:
        if self._root is None or math.isfinite(self._root.value):
            self.words = "this number is finite" if self._root else "this number is not computed yet"
            return
        reason: Reason | None = self._root
        while reason is not None:
            reason = yield from self._as_born(reason)
            self.chain.append(reason)
            reason = self._broken_parent(reason)
            yield
        self.made = self._making()
        yield from self._grow()
        if self.grown is None and self.given is None:
            self.words = f"no number behind it was ever larger than {self.limit:,.0f}"

    # The operation that made it.

    def _stand(self, reason: Reason) -> None:
        """Go where its reasons are."""
        if reason.iteration not in (GIVEN, self.session.iteration):
            self.session.seek(iteration=reason.iteration)

    def _as_born(self, reason: Reason) -> Generator[None, None, Reason]:
        """The same number right after the update that broke it; anything but a weight or state is born where it is."""
        address = reason.address
        if address is None or not address.quantity.is_parameter or reason.is_given:
            return reason
        broken, whole, stride = reason.iteration, GIVEN, 1
        while whole == GIVEN and broken - stride > GIVEN:
            if self._is_broken(address, broken - stride):
                broken, stride = broken - stride, 2 * stride
            else:
                whole = broken - stride
            yield
        while broken - whole > 1:
            middle = (broken + whole) // 2
            broken, whole = (middle, whole) if self._is_broken(address, middle) else (broken, middle)
            yield
        self.session.seek(iteration=broken)
        tape = self.session.tape
        return ReasonMaker(tape, self.session.program, self.tree.names).written(address)

    def _is_broken(self, address: Address, iteration: int) -> bool:
        self.session.seek(iteration=iteration)
        return not math.isfinite(float(self.session.tape.after(address)))

    def _broken_parent(self, reason: Reason) -> Reason | None:
        """The first of its parents in time that is not finite; None if all are finite or it was given so."""
        self._stand(reason)
        parents = self.tree.look(reason, lambda terms: _matching(terms, lambda value: not np.isfinite(value)))
        return min(parents or (), key=lambda parent: _time(parent), default=None)

    def _making(self) -> Find:
        """The operation behind the last number of the chain; in a sum, the one whose term was too much."""
        reason = self.chain[-1]
        self._stand(reason)
        position = self.tree.look(reason, _overflowing)
        if position is None:
            position = next((r.position for r in reversed(self.chain) if r.position is not None), None)
        if reason.is_given or position is None:
            return Find(reason, None, reason.value, f"{reason.symbol} was not finite from the start")
        return self._find(reason, position)

    def _find(self, reason: Reason, position: int) -> Find:
        operation = self.session.program.operation(position)
        if operation.iteration != self.session.iteration:
            self.session.seek(iteration=operation.iteration)
        value = evaluate(operation, self.session.tape, self.session.program).result
        words = f"{operation_label(operation, self.tree.names)}, iteration {operation.iteration:,}"
        return Find(reason, position, value if reason.combination else reason.value, words)

    # The first operand that grew too large.

    def _grow(self) -> Iterator[None]:
        first: Reason | None = None
        frontier = [self.chain[-1]]
        while frontier:
            iteration = max(reason.iteration for reason in frontier)
            here = [reason for reason in frontier if reason.iteration == iteration]
            frontier = [reason for reason in frontier if reason.iteration != iteration]
            seen: set[tuple[str, int | None]] = set()
            while here and len(seen) < MOST_NUMBERS:
                found = self._large_parents(here.pop())
                yield
                for parent in found:
                    mark = (parent.key if parent.address is None else str(parent.address), parent.sample)
                    if parent.address is not None and mark in seen:
                        continue
                    seen.add(mark)
                    if parent.position is None:
                        self._take_given(parent)
                        continue
                    first = parent if first is None or _time(parent) < _time(first) else first
                    (here if parent.iteration == iteration else frontier).append(parent)
            frontier = list({(r.address, r.iteration): r for r in frontier}.values())
        if first is not None and first.position is not None:
            self.grown = self._find(first, first.position)

    def _large_parents(self, reason: Reason) -> tuple[Reason, ...]:
        """The parents beyond the limit, the largest of them; what is not finite did not grow, it broke."""
        self._stand(reason)
        found = self.tree.look(reason, lambda terms: _matching(terms, self._is_large))
        return () if found is None else tuple(found[:MOST_FOLLOWED])

    def _is_large(self, value: float) -> bool:
        return bool(np.isfinite(value) and abs(value) > self.limit)

    def _take_given(self, reason: Reason) -> None:
        if self.given is None or abs(reason.value) > abs(self.given.value):
            words = f"{reason.symbol} ({reason.words}) was that large from the start"
            self.given = Find(reason, None, reason.value, words)


def _matching(terms: Terms, is_wanted: Callable[[float], bool]) -> list[Reason]:
    """The parents whose value is wanted, the largest first; of a long sum only those are made."""
    order = list(range(len(terms.values)))
    if terms.combination is Combination.SUM:
        order = [index for index in order if is_wanted(terms.values[index])]
        order.sort(key=lambda index: -abs(terms.values[index]))
        return [terms.make(index) for index in order[:MOST_FOLLOWED]]
    made = [terms.make(index) for index in order]
    return sorted((r for r in made if is_wanted(r.value)), key=lambda r: -abs(r.value))


def _overflowing(terms: Terms) -> int | None:
    """The position of the term with which a running sum of finite terms stops being finite."""
    if terms.combination is not Combination.SUM:
        return None
    sums = np.add.accumulate(terms.values)
    broken = np.flatnonzero(~np.isfinite(sums))
    return terms.make(int(broken[0])).position if broken.size else None


def _time(reason: Reason) -> int:
    """When it was written; what was given comes first."""
    return -1 if reason.position is None else reason.position
