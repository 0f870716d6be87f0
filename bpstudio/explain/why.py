"""Why this number? Its parents with their numbers, recursively, through the layers and back through the updates."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.reason import GIVEN, Combination, Reason, Terms
from bpstudio.explain.reason_maker import ReasonMaker
from bpstudio.explain.why_terms import listed, pass_terms
from bpstudio.explain.why_update_terms import batch_terms
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.session.origins import visit
from bpstudio.session.session import IsCancelled, Session

T = TypeVar("T")
Q = Quantity

MOST_SHOWN = 12
"""Terms of a sum that are shown at once; behind "… more" are as many again."""

MOST_REMEMBERED = 2000
"""Numbers whose reasons are kept, so that looking at the tree again does not replay the run again."""


class WhyTree:
    """The tree of reasons of any number of a run, made as it is opened.

    Numbers of the session's iteration are read from its tape. A weight leads to the iteration that wrote it: the run is
    replayed there and back, once. A session that has been edited needs a new tree.
    """

    def __init__(self, session: Session, names: Notation) -> None:
        self.session = session
        self.names = names
        self._known: dict[Reason, tuple[Reason, ...]] = {}

    def root(self, address: Address, sample: int | None = None) -> Reason | None:
        """The number at ``address`` as it stands at the session's position; None while it is not computed.

        Without ``sample`` the sample at work is meant. Raises AddressError for what this run does not have.
        """
        progress = self.session.progress
        at = (progress.sample if sample is None else sample) if address.quantity.is_per_sample else None
        if self.session.value(address, at) is None:
            return None
        made = self._maker(self.session.tape)
        if address.quantity.is_parameter and progress.is_done(address):
            return made.written(address)
        return made.read(address, at)

    def children(self, reason: Reason, is_cancelled: IsCancelled | None = None) -> tuple[Reason, ...]:
        """What it is made of, the largest share first; many terms are cut with an entry that holds the rest.

        Empty for what was given, and when the replay to another iteration is cancelled.
        """
        if not reason.is_expandable:
            return ()
        if reason not in self._known:
            found = self.look(reason, lambda terms: _largest(reason, terms), is_cancelled)
            if found is None:
                return ()
            if len(self._known) >= MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[reason] = found
        return self._known[reason]

    def is_near(self, reason: Reason) -> bool:
        """Whether its children are known without replaying the run."""
        return bool(reason.parts) or reason in self._known or _source(reason).iteration == self.session.iteration

    def look(self, reason: Reason, read: Callable[[Terms], T], is_cancelled: IsCancelled | None = None) -> T | None:
        """What ``read`` finds in the terms of a reason, which live as long as it runs; None when cancelled or given."""
        source = _source(reason)
        if source.parts:
            return read(listed(source.combination, source.words, *source.parts))
        if source.address is None or source.iteration == GIVEN:
            return None
        with np.errstate(all="ignore"):
            return visit(self.session, source.iteration, lambda tape: read(self._terms(source, tape)), is_cancelled)

    def parents(self, reason: Reason) -> tuple[Reason, ...]:
        """All of what it is made of, in the order of the operations."""
        return self.look(reason, lambda terms: tuple(map(terms.make, range(len(terms.values))))) or ()

    def _maker(self, tape: Tape) -> ReasonMaker:
        return ReasonMaker(tape, self.session.program, self.names)

    def _terms(self, reason: Reason, tape: Tape) -> Terms:
        address, made = reason.address, self._maker(tape)
        if address is None:
            return listed(Combination.NONE, "")
        if address.quantity.is_per_sample:
            return pass_terms(made, address, reason.sample or 0)
        if address.quantity in (Q.WEIGHT, Q.BIAS):
            updated = made.written(address)
            if not _is_same(updated.value, reason.value):
                return _edited(updated, reason)
        return batch_terms(made, address)


def _source(reason: Reason) -> Reason:
    """The number whose terms a reason shows: its own, or those of the number it is the rest of."""
    return reason if reason.rest_of is None else _source(reason.rest_of)


def _edited(updated: Reason, reason: Reason) -> Terms:
    edit = Reason("edit", "edit", reason.value - updated.value, "changed by hand")
    return listed(Combination.SUM, "the value before + an edit", replace(updated, key="before the edit"), edit)


def _is_same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def _largest(reason: Reason, terms: Terms) -> tuple[Reason, ...]:
    """The next terms by share, and an entry for those that come after them."""
    first = reason.first or 0
    shares, order = _shares(terms), np.arange(len(terms.values))
    if shares is not None:
        order = np.argsort(-np.abs(shares), kind="stable")
    last = len(order) if len(order) - first <= MOST_SHOWN + 1 else first + MOST_SHOWN
    shown = [_with_share(terms.make(int(index)), index, shares) for index in order[first:last]]
    if last < len(order):
        shown.append(_rest(reason, terms, order[last:], shares, last))
    return _distinct(shown)


def _shares(terms: Terms) -> Array | None:
    """Each term over the sum of all magnitudes; what is not finite takes all. None where nothing is added."""
    if terms.combination is not Combination.SUM or not len(terms.values):
        return None
    sizes = np.abs(terms.values)
    if not np.isfinite(terms.values).all():
        return np.where(np.isfinite(sizes), 0.0, np.where(np.isnan(sizes), 1.0, np.sign(terms.values)))
    largest = float(sizes.max())
    if largest == 0.0:
        return np.zeros_like(sizes)
    scaled = terms.values / largest  # so that the sum of the magnitudes stays finite
    return np.asarray(scaled / np.abs(scaled).sum())


def _with_share(reason: Reason, index: int, shares: Array | None) -> Reason:
    return reason if shares is None else replace(reason, share=float(shares[index]))


def _rest(reason: Reason, terms: Terms, left: NDArray[np.int64], shares: Array | None, first: int) -> Reason:
    with np.errstate(all="ignore"):
        value = float(np.sum(terms.values[left]))
    share = None if shares is None else float(np.sum(shares[left]))
    return Reason(
        "rest", f"… {len(left):,} more", value, "the terms with smaller shares" if share is not None else "",
        share=share, first=first, rest_of=_source(reason), iteration=_source(reason).iteration,
    )  # fmt: skip


def _distinct(reasons: list[Reason]) -> tuple[Reason, ...]:
    """With keys that differ: a square has the same factor twice."""
    seen: dict[str, int] = {}
    found = []
    for reason in reasons:
        seen[reason.key] = seen.get(reason.key, 0) + 1
        count = seen[reason.key]
        found.append(reason if count == 1 else replace(reason, key=f"{reason.key} #{count}"))
    return tuple(found)
