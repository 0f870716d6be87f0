"""How long the numbers of targets get: the room for them is the same for all samples, so that nothing moves between these."""

import numpy as np

from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.spec import Dataset

MOST_TRIED = 200
"""Different targets that are written out; of more, as many that lie evenly among them, the smallest and the largest too."""
MOST_KEPT = 4

_kept: list[tuple[Dataset, NumberFormat, str]] = []


def longest_target(dataset: Dataset, numbers: NumberFormat) -> str:
    """The longest of the texts of a data set's targets; looked for once, for it is asked for with every step."""
    for data, form, text in _kept:
        if data is dataset and form == numbers:
            return text
    ordered = np.sort(dataset.targets, axis=None)
    values = ordered[np.flatnonzero(np.diff(ordered, prepend=-np.inf))]  # ``np.unique`` would load masked arrays
    if len(values) > MOST_TRIED:
        values = values[np.linspace(0, len(values) - 1, MOST_TRIED).round().astype(int)]
    found = max((numbers.format(value) for value in values.tolist()), key=len, default="")
    _kept[:] = [(dataset, numbers, found), *_kept[: MOST_KEPT - 1]]
    return found
