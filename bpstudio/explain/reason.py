"""Reason: one row of "why this number?": a number, how it is written, its share, and where it was made."""

from collections.abc import Callable
from enum import StrEnum

from bpstudio.model.address import Address
from bpstudio.model.spec import Array
from bpstudio.records import dataclass

GIVEN = -1
"""The iteration of what was there before the first: inputs, targets, initial weights, constants."""


class Combination(StrEnum):
    """How the numbers a number is made of come together."""

    NONE = ""
    SUM = "added"
    PRODUCT = "multiplied"
    FUNCTION = "the function of"


@dataclass(frozen=True, slots=True)
class Reason:
    """A number in the tree of reasons.

    ``key`` tells it from its siblings. ``iteration`` is the one whose tape it was written in (:data:`GIVEN`: in none);
    a weight is the one *behind* that iteration's update. ``share`` is signed, of the sum of the magnitudes of all terms,
    so it stays within ±1 where terms cancel; None where nothing is added. ``position`` is that of the operation that wrote
    it. ``parts`` are what a product or a group is made of; a quantity with an address finds its own.
    """

    key: str
    symbol: str
    value: float
    words: str = ""
    address: Address | None = None
    sample: int | None = None
    iteration: int = GIVEN
    position: int | None = None
    share: float | None = None
    combination: Combination = Combination.NONE
    parts: tuple["Reason", ...] = ()
    first: int | None = None
    """For the entry "… more": how many terms came before it."""

    rest_of: "Reason | None" = None
    """For the entry "… more": the number whose terms these are."""

    @property
    def is_given(self) -> bool:
        """Whether nothing computed it: there is nothing to ask further."""
        return self.address is not None and self.iteration == GIVEN

    @property
    def is_expandable(self) -> bool:
        """Whether it has reasons of its own."""
        return bool(self.parts) or self.first is not None or (self.address is not None and self.iteration != GIVEN)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a number is made of, in the order of the operations; made into reasons only where someone looks.

    ``values`` (k,) are what is added (the terms), or the operands of a product or function.
    """

    values: Array
    make: Callable[[int], Reason]
    combination: Combination
    words: str = ""
