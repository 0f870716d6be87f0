"""A number tested on the spot, as shown: the loss around it, the tangent of its δ or gradient, what a nudge makes of both."""

from collections.abc import Callable
from dataclasses import field

import numpy as np

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.model.address import Address, Quantity
from bpstudio.records import dataclass
from bpstudio.session.nudges import NudgeLine
from bpstudio.viewstate.plots_state import Entry, Line, LineStyle, Readout
from bpstudio.viewstate.slope_state import LOSS, TANGENT, Spot, bounds_of

NOTHING = "Select a unit, an edge or a bias: its number is nudged, and the loss must move by δ · ε."
MOST_NAMED = 2
Q = Quantity


@dataclass(frozen=True, slots=True)
class NudgeState:
    """A NudgeLine as lines and spots; equal when title, names, notes, revision and the way numbers are written are.

    ``symbol`` is what is nudged.
    """

    title: str
    iteration: int
    revision: tuple[object, ...]
    symbol: str = ""
    slope_symbol: str = ""
    note: str = ""
    line: NudgeLine | None = field(default=None, compare=False, repr=False)
    numbers: NumberFormat = NumberFormat()

    @property
    def x_label(self) -> str:
        """What the x axis is."""
        return f"nudge of {self.symbol}"

    @property
    def y_label(self) -> str:
        """What the y axis is."""
        return "loss" if self.line is None or self.line.sample is None else "loss of the sample"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The loss around the number, and the tangent at 0."""
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
        """The loss now, with the nudge, and where the slope says it would be."""
        found = self.line
        if found is None:
            return ()
        return (
            Spot("now", 0.0, found.before, "o"),
            Spot("nudged", found.epsilon, found.after, "d"),
            Spot("predicted", found.epsilon, found.before + found.predicted, "+"),
        )

    @property
    def bounds(self) -> tuple[float, float]:
        """Heights in sight: the finite losses with room."""
        return (0.0, 1.0) if self.line is None else bounds_of(self.line.losses, self.spots)

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
        """A nudge is no place in the run."""
        return None

    def read(self, x: float | None) -> Readout:
        """Loss and tangent at a place; without one what the nudge changes, what was predicted, and how far they are apart."""
        found = self.line
        if found is None:
            return Readout("", (), self.note)
        if x is not None:
            index = int(np.argmin(np.abs(found.places - x)))
            at = ((LOSS, "loss", float(found.losses[index])), (TANGENT, "tangent", found.before + found.slope * x))
            head = self.numbers.significant(4).format(x)
            return Readout(head, tuple(self._entry(*number) for number in at), self.note)
        with np.errstate(all="ignore"):
            change = float(np.float64(found.after) - np.float64(found.before))
            apart = float(np.float64(change) - np.float64(found.predicted))
        numbers: tuple[tuple[LineStyle | None, str, float], ...] = (
            (LOSS, "change", change),
            (TANGENT, f"{self.slope_symbol} · ε", found.predicted),
            (None, "difference", apart),
            (None, "loss", found.before),
            (None, "nudged", found.after),
        )
        return Readout(self.symbol, tuple(self._entry(*number) for number in numbers), self.note)

    def _entry(self, style: LineStyle | None, name: str, value: float) -> Entry:
        short = self.numbers.format(value)
        return Entry(style, name, short, bool(np.isfinite(value)), short)

    @property
    def tsv(self) -> str:
        """What was nudged, by how much, what came of it, then place, loss and tangent, in full."""
        found = self.line
        if found is None:
            return ""
        rows = [
            f"{self.symbol}\t{full(found.value)}",
            f"ε\t{full(found.epsilon)}",
            f"{self.slope_symbol}\t{full(found.slope)}",
            f"loss\t{full(found.before)}",
            f"loss nudged\t{full(found.after)}",
            f"predicted\t{full(found.predicted)}",
            f"{self.x_label}\t{self.y_label}\ttangent",
        ]
        for x, loss in zip(found.places.tolist(), found.losses.tolist(), strict=True):
            rows.append(f"{full(x)}\t{full(loss)}\t{full(found.before + found.slope * x)}")
        return "\n".join(rows) + "\n"


def nudge_state(
    title: str, iteration: int, line: NudgeLine, symbol: Callable[[Address], str], key: object
) -> NudgeState:
    """The state of a line; ``symbol`` writes an address, ``key`` tells one run's iteration from another's."""
    name, of_sample = symbol(line.address), "" if line.sample is None else f", sample {line.sample + 1}"
    slope = _slope_symbol(line.address, symbol)
    revision = (key, iteration, line.address, line.sample, line.epsilon)
    words = f"Nudge of {name}{of_sample}: {title}"
    return NudgeState(words, iteration, revision, f"{name}{of_sample}", slope, _note(line, symbol), line)


def no_nudge(title: str, iteration: int) -> NudgeState:
    """Nothing that could be nudged is selected or at work."""
    return NudgeState(f"Nudge: {title}", iteration, (), note=NOTHING)


def _slope_symbol(address: Address, symbol: Callable[[Address], str]) -> str:
    """How the slope is written."""
    match address.quantity:
        case Q.PRE_ACTIVATION:
            return symbol(Address(Q.DELTA, address.layer, address.indices))
        case Q.WEIGHT:
            return symbol(Address(Q.WEIGHT_GRADIENT, address.layer, address.indices))
        case Q.BIAS:
            return symbol(Address(Q.BIAS_GRADIENT, address.layer, address.indices))
        case _:
            return f"∂L/∂{symbol(address)}"


def _note(line: NudgeLine, symbol: Callable[[Address], str]) -> str:
    """What to know: first what makes both numbers differ, then which loss it is that moves."""
    found = []
    numbers = (line.before, line.after, line.slope, line.predicted)
    if np.isnan(numbers).any():
        found.append("NaN: without a number there is no slope to test")
    elif not np.isfinite(numbers).all():
        found.append("the loss or its slope is infinite here")
    if line.kinks:
        names = ", ".join(symbol(address) for address in line.kinks[:MOST_NAMED])
        more = f" and {len(line.kinks) - MOST_NAMED:,} more" if len(line.kinks) > MOST_NAMED else ""
        found.append(f"a kink lies between, at {names}{more}: the slope holds on this side only")
    if line.is_delayed:
        found.append("output first: the error came through weights already replaced, so this is not quite the slope")
    found.append(_whose_loss(line))
    return "; ".join(found)


def _whose_loss(line: NudgeLine) -> str:
    if line.sample is None:
        return "loss of the batch, penalty included" if line.has_penalty else "loss of the batch"
    if line.batch == 1 or line.share == 1.0:
        whose = "loss of this sample; that of the batch moves as much"
    else:
        whose = f"loss of this sample; the mean of the batch moves by 1/{line.batch:,} of it"
    return f"{whose}, the penalty not at all" if line.has_penalty else whose
