"""Numbers: a read-only array in a view state. Comparing two costs comparing two revisions, however large they are."""

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.spec import Array
from bpstudio.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """An array, which of its entries are computed (None: all), and a revision that follows from both.

    Equal revisions mean equal bits, within a process. What is not computed holds 0.
    """

    values: Array
    known: NDArray[np.bool_] | None
    revision: int

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Numbers) and self.revision == other.revision and self.values.shape == other.values.shape
        )

    def __hash__(self) -> int:
        return hash(self.revision)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self.values.size)

    @property
    def known_count(self) -> int:
        """How many entries are computed."""
        return self.size if self.known is None else int(np.count_nonzero(self.known))

    def at(self, *indices: int) -> float | None:
        """One entry; None while it is not computed."""
        if self.known is not None and not self.known[indices]:
            return None
        return float(self.values[indices])

    def largest(self) -> float:
        """The largest finite magnitude; 0 where there is none."""
        sizes = np.abs(self.values)
        found = float(sizes.max(initial=0.0))
        if np.isfinite(found):
            return found
        return float(sizes[np.isfinite(sizes)].max(initial=0.0))

    def changed_from(self, other: "Numbers") -> NDArray[np.intp]:
        """Flat indices of the entries that are not the same in ``other``, which has the same shape."""
        differs = self.values != other.values
        if self.known is not None or other.known is not None:
            differs = differs | (_mask(self) != _mask(other))
        return np.flatnonzero(differs)


def numbers(values: Array, known: NDArray[np.bool_] | None = None) -> Numbers:
    """Keep a copy of ``values``; ``known`` says which are computed, None that all are."""
    kept = np.array(values, dtype=np.float64, order="C")
    if known is not None:
        if known.all():
            known = None
        else:
            kept[~known] = 0.0
            known.flags.writeable = False
    kept.flags.writeable = False
    revision = hash((kept.tobytes(), None if known is None else known.tobytes()))
    return Numbers(kept, known, revision)


def first_known(shape: tuple[int, ...], count: int) -> NDArray[np.bool_]:
    """The mask of an array whose entries are computed in order, ``count`` of them so far."""
    mask = np.zeros(shape, dtype=bool)
    mask.reshape(-1)[:count] = True
    return mask


def _mask(numbers: Numbers) -> NDArray[np.bool_]:
    return np.ones(numbers.values.shape, dtype=bool) if numbers.known is None else numbers.known
