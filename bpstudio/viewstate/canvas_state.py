"""What the canvas shows at a position: units, edges, badges and the operation just executed. Pure and comparable.

The lit operation is the last one *executed* (position − 1), so that stepping forward lights what was just read and written, and
stepping back takes it away again. The next operation's unit carries a quiet mark.

What is large is arrays (``EdgeBand``, ``ColumnState.numbers``); what stands out is one object each: the units of small layers
and those at work, the edges that are marked, and all edges where there are few.
"""

import math
from dataclasses import field

from bpstudio.explain.expression import Glyphs
from bpstudio.program.operation import Pass
from bpstudio.records import dataclass
from bpstudio.viewstate.activity import Fan, Mark
from bpstudio.viewstate.edge_values import EdgeBand
from bpstudio.viewstate.numbers import Numbers
from bpstudio.viewstate.selection import EdgeMode

MOST_SHOWN = 12
"""Most units of a layer that are drawn as circles with numbers; of larger layers those are at work or pointed at."""
MOST_LABELLED_EDGES = 30
"""Up to so many edges in the whole network, each is labelled."""


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit: its symbol, its value if computed, its δ if computed, and how it takes part. ``index`` −1 is the bias unit."""

    layer: int
    index: int
    symbol: Glyphs
    value: float | None
    text: str
    delta: float | None
    delta_text: str
    delta_symbol: Glyphs | None
    mark: Mark
    is_next: bool
    is_selected: bool
    is_hovered: bool
    short_text: str = ""
    bias_text: str = ""
    sum_text: str = ""
    is_lit: bool = False
    is_faded: bool = False
    is_sum_finite: bool = True


@dataclass(frozen=True, slots=True)
class EdgeState:
    """An edge from unit ``source`` (−1: bias) of the layer below; ``value`` is what the edge mode shows, None if not computed."""

    layer: int
    unit: int
    source: int
    value: float | None
    text: str
    mark: Mark
    is_selected: bool
    is_hovered: bool
    is_lit: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing makes it stand out from the others."""
        return self.mark is Mark.NONE and not (self.is_selected or self.is_hovered or self.is_lit)


@dataclass(frozen=True, slots=True)
class ColumnState:
    """One layer of ``size`` units: captions, the units drawn with their numbers, and the numbers of all.

    ``hidden`` is how many units are drawn without words. ``side`` is that of the square in which inputs are laid out as an image,
    else 0. ``numbers`` and ``deltas`` have shape (size,); ``deltas`` is None for the input. ``scale`` and ``delta_scale`` are the
    largest magnitudes in them.
    """

    layer: int
    title: str
    caption: str
    units: tuple[UnitState, ...]
    hidden: int
    labels: tuple[str, ...]
    size: int
    side: int
    numbers: Numbers
    deltas: Numbers | None
    has_bias_unit: bool
    scale: float
    delta_scale: float
    is_faded: bool = False
    formula: str = ""

    @property
    def is_roomy(self) -> bool:
        """Whether each unit is drawn as a circle with its number."""
        return self.size <= MOST_SHOWN


@dataclass(frozen=True, slots=True)
class LossState:
    """The loss node: its symbol, its number if computed, and the targets next to the outputs; of many only the numbers.

    ``longest_target`` is the longest text that any sample's target has.
    """

    symbol: Glyphs
    text: str
    is_done: bool
    mark: Mark
    targets: tuple[str, ...]
    target_symbols: tuple[Glyphs, ...]
    target_numbers: Numbers
    longest_target: str = ""


@dataclass(frozen=True, slots=True)
class LegendState:
    """What the legend says: the quantity, the number at full width, and how edges are drawn where not all have their width.

    ``notes`` say what units show. ``has_hint_above`` tells that the line above the legend is taken.
    """

    quantity: str
    full: str
    detail: str
    notes: tuple[str, ...] = ()
    has_hint_above: bool = False


@dataclass(frozen=True, slots=True)
class CanvasState:
    """Everything the canvas paints. Equal states paint equal pictures.

    ``fan`` are edges that were read earlier, ``shown_fans`` those of units in focus or pointed at, that in focus first. ``focus``
    is the unit that everything else fades for.
    """

    columns: tuple[ColumnState, ...]
    bands: tuple[EdgeBand, ...]
    edges: tuple[EdgeState, ...]
    fan: Fan | None
    shown_fans: tuple[Fan, ...]
    focus: tuple[int, int] | None
    loss: LossState
    accent: Pass | None
    edge_mode: EdgeMode
    edge_scale: float
    edge_scale_text: str
    legend: LegendState
    has_bias_units: bool
    description: str
    hint: str
    position: int = field(default=0)

    def is_in_focus(self, layer: int, unit: int, source: int) -> bool:
        """Whether an edge is one that the unit in focus reads; its bias too."""
        if source < 0:
            return self.focus == (layer, unit) and not any(fan.is_outgoing for fan in self.shown_fans[:1])
        return self.focus is not None and any(fan.holds(layer, unit, source) for fan in self.shown_fans[:1])

    @property
    def has_all_labels(self) -> bool:
        """Whether every edge is labelled and drawn by itself."""
        return sum(band.numbers.size for band in self.bands) <= MOST_LABELLED_EDGES


def nice_ceiling(value: float) -> float:
    """The smallest 1, 2 or 5 times a power of ten that is not below ``value``; 1 for 0 and what is not finite."""
    if not (math.isfinite(value) and value > 0.0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value), 10.0 * power)
