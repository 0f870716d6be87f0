"""Histograms over the run, as shown: how a layer's values are spread at each iteration measured, and exactly here."""

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.session.measures import QUANTILES, Spread, spread_columns
from bpstudio.session.recorder import Table
from bpstudio.viewstate.plots_state import Entry, LineStyle, Readout, Stroke

BINS = 48
SIDE_BINS = 24
HUGE = 1e150
COLUMNS = 400
BETWEEN = 4
"""Points put evenly between two order statistics, to spread the share that lies between them."""
NOW, BEFORE = LineStyle(), LineStyle(Stroke.OTHER, 0)
WORDS = ("least", "¼", "median", "¾", "greatest")


@dataclass(frozen=True, slots=True)
class HistogramState:
    """``heat`` (BINS, columns) is the share of the values in each bin from ``low`` to ``high``, NaN where nothing is measured.

    ``iterations`` (n,) and ``quantiles`` (n, 5) are what is read off; ``broken`` the iterations with values that are not finite.
    ``now`` and ``before`` (SIDE_BINS,) are exact shares. Equal when title, iteration, revision and
    the way numbers are written are.
    """

    title: str
    iteration: int
    revision: tuple[object, ...] = ()
    y_label: str = ""
    end: int = 1
    low: float = 0.0
    high: float = 1.0
    heat: Array = field(default_factory=lambda: np.empty((BINS, 0)), compare=False, repr=False)
    iterations: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, dtype=np.int64), compare=False, repr=False
    )
    quantiles: Array = field(default_factory=lambda: np.empty((0, 5)), compare=False, repr=False)
    broken: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)
    now: Array = field(default_factory=lambda: np.zeros(SIDE_BINS), compare=False, repr=False)
    before: Array | None = field(default=None, compare=False, repr=False)
    before_iteration: int = 0
    count: int = 0
    note: str = ""
    numbers: NumberFormat = NumberFormat()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is measured."""
        return not len(self.iterations)

    @property
    def edges(self) -> Array:
        """The ends of the bins of ``now`` and ``before``, (SIDE_BINS + 1,)."""
        return edges_between(self.low, self.high)

    def snapped(self, x: float) -> int | None:
        """The nearest iteration that was measured."""
        if self.is_empty or not -0.5 <= x <= max(1, self.end) + 0.5:
            return None
        return int(self.iterations[int(np.argmin(np.abs(self.iterations - x)))])

    def neighbour(self, x: float | None, by: int) -> int | None:
        """The iteration measured so many further on."""
        if self.is_empty:
            return None
        index = int(np.argmin(np.abs(self.iterations - (self.iteration if x is None else x)))) + by
        return int(self.iterations[min(max(index, 0), len(self.iterations) - 1)])

    def goal(self, x: float) -> int | None:
        """The iteration a click goes to."""
        return self.snapped(x)

    def read(self, x: float | None) -> Readout:
        """Least, quartiles and greatest value of an iteration; without one, what the histogram on the right shows."""
        if self.is_empty:
            return Readout("", (), self.note)
        shown = self.numbers
        if x is None:
            entries = [Entry(NOW, f"iteration {shown.count(self.iteration)}", f"{shown.count(self.count)} values")]
            if self.before is not None:
                entries.append(Entry(BEFORE, f"iteration {shown.count(self.before_iteration)}", ""))
            return Readout("", tuple(entries), self.note)
        index = int(np.argmin(np.abs(self.iterations - x)))
        entries = [
            Entry(None, word, shown.in_full.format(value), bool(np.isfinite(value)), shown.format(value))
            for word, value in zip(WORDS, self.quantiles[index].tolist(), strict=True)
        ]
        return Readout(f"iteration {shown.count(int(self.iterations[index]))}", tuple(entries), self.note)

    @property
    def tsv(self) -> str:
        """Least, quartiles and greatest value of every iteration measured, in full."""
        rows = ["\t".join(["iteration", *WORDS])]
        for iteration, values in zip(self.iterations.tolist(), self.quantiles.tolist(), strict=True):
            rows.append("\t".join([str(iteration), *map(full, values)]))
        return "\n".join(rows) + "\n"


def edges_between(low: float, high: float) -> Array:
    """The ends of SIDE_BINS bins, (SIDE_BINS + 1,), without the difference of two huge numbers, which would overflow."""
    share = np.linspace(0.0, 1.0, SIDE_BINS + 1)
    return np.asarray(low * (1.0 - share) + high * share)


def shares(values: Array, low: float, high: float) -> Array:
    """The share of ``values`` in each bin, (SIDE_BINS,); what is not finite is in none."""
    finite = values[np.isfinite(values)]
    largest = max(abs(low), abs(high))
    if largest > HUGE:  # the width of all bins together must be finite
        finite, low, high = finite / largest, low / largest, high / largest
    counts, _ = np.histogram(finite, SIDE_BINS, (low, high))
    return np.asarray(counts / max(1, values.size))


def heat_of(quantiles: Array, low: float, high: float, is_all: bool = False) -> Array:
    """Shares (n, BINS) from order statistics (n, QUANTILES): what lies between two of them is spread evenly.

    With ``is_all`` they are all the values there are, repeated, and nothing lies between.
    """
    count = len(quantiles)
    steps = (np.arange(BETWEEN) + 0.5) / BETWEEN
    starts, ends = quantiles[:, :-1, None], quantiles[:, 1:, None]
    with np.errstate(all="ignore"):
        points = quantiles if is_all else (starts + (ends - starts) * steps).reshape(count, (QUANTILES - 1) * BETWEEN)
        places = np.floor((points / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) * BINS)
    is_there = np.isfinite(places)
    bins = np.clip(np.where(is_there, places, 0.0), 0, BINS - 1).astype(np.int64)
    flat = (np.arange(count)[:, None] * BINS + bins).ravel()
    found = np.bincount(flat, weights=is_there.ravel().astype(float), minlength=count * BINS)
    return np.asarray(found.reshape(count, BINS) / points.shape[1])


def histogram_state(
    title: str,
    label: str,
    where: tuple[int, Spread],
    iteration: int,
    end: int,
    table: Table,
    now: Array,
    before: tuple[int, Array] | None,
    key: object,
) -> HistogramState:
    """The state of one quantity of one layer; ``now`` and ``before`` are all its values here and shortly before."""
    part = table.values[:, spread_columns(*where)]
    quantiles, broken = part[:, :-1], part[:, -1]
    low, high = _bounds([quantiles, now, *([] if before is None else [before[1]])])
    heat = _columns(table.iterations, heat_of(quantiles, low, high, now.size <= QUANTILES), end)
    picked = quantiles[:, [0, (QUANTILES - 1) // 4, (QUANTILES - 1) // 2, 3 * (QUANTILES - 1) // 4, QUANTILES - 1]]
    last = int(table.iterations[-1]) if len(table.iterations) else -1
    return HistogramState(
        title,
        iteration,
        (key, where, len(table.iterations), last, end),
        label,
        end,
        low,
        high,
        heat,
        table.iterations,
        picked,
        table.iterations[broken > 0.0].astype(float),
        shares(now, low, high),
        None if before is None else shares(before[1], low, high),
        0 if before is None else before[0],
        now.size,
    )


def _bounds(arrays: list[Array]) -> tuple[float, float]:
    finite = np.concatenate([a[np.isfinite(a)] for a in arrays])
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        room = abs(low) * 0.1 or 0.5
        return low - room, high + room
    return low, high


def _columns(iterations: NDArray[np.int64], rows: Array, end: int) -> Array:
    """The rows as an image (BINS, columns) over the iterations 0 to ``end``: each column the nearest row, NaN beyond the last."""
    count = min(COLUMNS, max(1, end + 1))
    if not len(iterations):
        return np.full((BINS, count), np.nan)
    centres = (np.arange(count) + 0.5) * (end + 1) / count - 0.5
    right = np.clip(np.searchsorted(iterations, centres), 0, len(iterations) - 1)
    left = np.maximum(right - 1, 0)
    is_left = np.abs(iterations[left] - centres) <= np.abs(iterations[right] - centres)
    image = rows[np.where(is_left, left, right)].T.copy()
    image[:, centres > iterations[-1] + max(1.0, (end + 1) / count)] = np.nan
    return np.asarray(image)
