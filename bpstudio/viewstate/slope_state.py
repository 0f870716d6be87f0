"""The slope of the loss, as shown: the loss along a line through the parameters, its tangent, and where the update lands."""

from dataclasses import field

import numpy as np

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.session.looks import Direction, LossLine
from bpstudio.viewstate.plots_state import Entry, Line, LineStyle, Readout

LOSS, TANGENT = LineStyle(), LineStyle(index=1)


@dataclass(frozen=True, slots=True)
class Spot:
    """A named point of the plot: ``kind`` is its shape, ``beside`` says on which side its name stands."""

    name: str
    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class SlopeState:
    """A LossLine as lines and spots; equal when title, iteration, revision and the way numbers are written are."""

    title: str
    iteration: int
    revision: tuple[object, ...]
    line: LossLine | None = field(compare=False, repr=False)
    note: str = ""
    numbers: NumberFormat = NumberFormat()

    @property
    def x_label(self) -> str:
        """What the x axis is."""
        is_update = self.line is not None and self.line.direction is Direction.UPDATE
        return "share of the update" if is_update else "step size (learning rate)"

    @property
    def y_label(self) -> str:
        """What the y axis is."""
        return "loss"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The loss along the line, and the tangent at 0."""
        found = self.line
        if found is None:
            return ()
        with np.errstate(all="ignore"):
            tangent = found.before + found.slope * found.places
        return (
            Line("loss", "loss", LOSS, (self.iteration,), found.places, found.losses),
            Line("tangent", "tangent", TANGENT, (self.iteration,), found.places, tangent),
        )

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Where the run stands, where the update lands, and where the tangent says it would."""
        found = self.line
        if found is None:
            return ()
        return (
            Spot("now", 0.0, found.before, "o"),
            Spot("after the update", found.landing, found.after, "d"),
            Spot("predicted", found.landing, found.before + found.predicted, "+"),
        )

    @property
    def bounds(self) -> tuple[float, float]:
        """Heights in sight: the finite losses with room; the tangent is cut where it leaves them far behind."""
        found = self.line
        if found is None:
            return 0.0, 1.0
        return bounds_of(found.losses, self.spots)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self.line is None

    def snapped(self, x: float) -> float | None:
        """The nearest place at which the loss was measured."""
        found = self.line
        if found is None or not found.places[0] <= x <= found.places[-1]:
            return None
        return float(found.places[int(np.argmin(np.abs(found.places - x)))])

    def neighbour(self, x: float | None, by: int) -> float | None:
        """The place so many further on."""
        found = self.line
        if found is None:
            return None
        index = int(np.argmin(np.abs(found.places - (0.0 if x is None else x))))
        return float(found.places[min(max(index + by, 0), len(found.places) - 1)])

    def goal(self, x: float) -> int | None:
        """The update leads to the next iteration; nothing else is a place in the run."""
        found = self.line
        if found is None or not np.isfinite(found.landing):
            return None
        return self.iteration + 1 if abs(x - found.landing) <= 0.05 * abs(found.places[-1] - found.places[0]) else None

    def read(self, x: float | None) -> Readout:
        """The loss and the tangent at a place; without one what the update was predicted to change, and what it changes."""
        found, shown = self.line, self.numbers
        if found is None:
            return Readout("", (), self.note)
        if x is not None:
            index = int(np.argmin(np.abs(found.places - x)))
            tangent = found.before + found.slope * x
            numbers = ((LOSS, "loss", float(found.losses[index])), (TANGENT, "tangent", tangent))
            entries = tuple(
                Entry(style, name, shown.in_full.format(value), bool(np.isfinite(value)), shown.format(value))
                for style, name, value in numbers
            )
            return Readout(shown.significant(4).format(x), entries, self.note)
        with np.errstate(all="ignore"):
            actual = float(np.float64(found.after) - np.float64(found.before))
        numbers = ((LOSS, "actual change", actual), (TANGENT, "predicted", found.predicted))
        entries = tuple(
            Entry(style, name, shown.format(value), bool(np.isfinite(value))) for style, name, value in numbers
        )
        return Readout(f"iteration {shown.count(self.iteration)}", entries, self.note)

    @property
    def tsv(self) -> str:
        """Place, loss and tangent in full."""
        found = self.line
        rows = [f"{self.x_label}\tloss\ttangent"]
        if found is not None:
            for x, loss in zip(found.places.tolist(), found.losses.tolist(), strict=True):
                rows.append(f"{full(x)}\t{full(loss)}\t{full(found.before + found.slope * x)}")
        return "\n".join(rows) + "\n"


def bounds_of(losses: Array, spots: tuple[Spot, ...]) -> tuple[float, float]:
    """Heights that hold all finite losses and spots, with room."""
    values = np.array([*losses, *(spot.y for spot in spots)])
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = max((high - low) * 0.12, abs(high) * 1e-9, 1e-300)
    return low - room, high + room


def slope_state(title: str, iteration: int, line: LossLine, key: object) -> SlopeState:
    """The state of a line; ``key`` tells one run's iteration from another's."""
    is_known = line.is_on_line or not np.isfinite(line.after)
    note = "" if is_known else "this optimizer does not step along the line: the update lands beside it"
    return SlopeState(f"Slope of the loss: {title}", iteration, (key, line.direction), line, note)
