"""The edges of a canvas state: the arrays of all, the objects of those that stand out, the scale, and the legend's words."""

from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.address import Address, Quantity
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import Activity, Fan
from bpstudio.viewstate.canvas_state import MOST_LABELLED_EDGES, EdgeState, LegendState, nice_ceiling
from bpstudio.viewstate.edge_values import BACK, MOST_HAIRLINES, MOST_WIDE, STRONGEST, BandMaker, Detail, EdgeBand
from bpstudio.viewstate.selection import EdgeMode, Selection, ViewOptions

Q = Quantity
Key = tuple[int, int, int]
MOST_LIT = 256
MOST_IN_FOCUS = 16

EDGE_WORDS = {
    EdgeMode.WEIGHT: "weight",
    EdgeMode.FLOW: "flow",
    EdgeMode.GRADIENT: "gradient",
    EdgeMode.UPDATE: "update",
    EdgeMode.DIFFERENCE: "difference from the compared branch",
}
_DETAIL_WORDS = {
    Detail.WIDE: "",
    Detail.HAIRLINES: f"over {MOST_WIDE} edges: hairlines, and the {STRONGEST} strongest by width",
    Detail.DENSITY: f"over {MOST_HAIRLINES:,} edges: density, and the {STRONGEST} strongest as lines",
}
_ORDER = (Detail.WIDE, Detail.HAIRLINES, Detail.DENSITY)


def gradient_words(is_of_batch: bool, names: Notation, sample: int) -> str:
    """Whose gradient edges show."""
    return f"gradient of {'the batch' if is_of_batch else names.sample_name(sample)}"


class EdgeMaker:
    """Makes what a canvas state says of its edges, for one position and one choice of what they show."""

    def __init__(
        self,
        session: Session,
        selection: Selection,
        options: ViewOptions,
        activity: Activity,
        number_format: NumberFormat,
        has_bias_units: bool,
        focus: Fan | None = None,
    ) -> None:
        self.spec = session.spec
        self.selection = selection
        self.mode = options.edge_mode
        self.activity = activity
        self.number_format = number_format
        maker = BandMaker(session, options, activity.pass_, has_bias_units)
        self.bands = maker.bands()
        self.gradient = gradient_words(maker.is_of_batch, notation(options.notation, session.spec), maker.sample)
        self.focus = focus

    def scale(self) -> float:
        """The magnitude at full width: a round number not below the largest that is shown."""
        return nice_ceiling(max(band.numbers.largest() for band in self.bands))

    def legend(self, scale: float) -> LegendState:
        """What is shown, up to which size, and how."""
        quantity = EDGE_WORDS[self.mode]
        if self.mode is EdgeMode.FLOW:
            quantity += " (weight × δ)" if self.activity.pass_ in BACK else " (weight × input)"
        if self.mode is EdgeMode.GRADIENT:
            quantity = self.gradient
        if not any(band.numbers.known_count for band in self.bands):
            quantity += ", not computed yet"
        coarsest = max((band.detail for band in self.bands), key=_ORDER.index)
        return LegendState(quantity, f"±{self.number_format.format(scale)}", _DETAIL_WORDS[coarsest])

    def notable(self) -> tuple[EdgeState, ...]:
        """The edges at work, selected, hovered and lit, in their order; all where there are few."""
        if sum(band.numbers.size for band in self.bands) <= MOST_LABELLED_EDGES:
            keys = [
                (band.layer, unit, source)
                for band in self.bands
                for sources in (range(self._sources(band)), (-1,) if band.has_bias else ())
                for source in sources
                for unit in range(band.numbers.values.shape[0])
            ]
            ordered = sorted(keys, key=lambda key: (key[0], key[2] < 0, key[1], key[2]))
        else:
            ordered = sorted(self._standing_out())
        return tuple(self._edge(*key) for key in ordered)

    def _sources(self, band: EdgeBand) -> int:
        return int(band.numbers.values.shape[1]) - (1 if band.has_bias else 0)

    def _standing_out(self) -> set[Key]:
        keys = {key for key in self.activity.edges if key[2] >= 0 or self.bands[key[0] - 1].has_bias}
        keys |= self._in_focus()
        lit = sorted(self.selection.lit, key=str)[:MOST_LIT] if self.selection.lit else []
        for address in (self.selection.selected, self.selection.hovered, *lit):
            key = None if address is None else self._key(address)
            if key is not None:
                keys.add(key)
        return keys

    def _in_focus(self) -> set[Key]:
        """The edges of the unit in focus, as long as there is room for their numbers."""
        fan = self.focus
        if fan is None or fan.count > MOST_IN_FOCUS:
            return set()
        if fan.is_outgoing:
            return {(fan.layer, unit, fan.unit) for unit in range(fan.count)}
        own: set[Key] = {(fan.layer, fan.unit, source) for source in range(fan.count)}
        return own | {(fan.layer, fan.unit, -1)} if self.bands[fan.layer - 1].has_bias else own

    def _key(self, address: Address) -> Key | None:
        if address.layer is None or not address.indices:
            return None
        if address.quantity is Q.WEIGHT and len(address.indices) == 2:
            return address.layer, address.indices[0], address.indices[1]
        if address.quantity is Q.BIAS and self.bands[address.layer - 1].has_bias:
            return address.layer, address.indices[0], -1
        return None

    def _edge(self, layer: int, unit: int, source: int) -> EdgeState:
        address = Address(Q.BIAS, layer, (unit,)) if source < 0 else Address(Q.WEIGHT, layer, (unit, source))
        value = self.bands[layer - 1].value(unit, source)
        mark = self.activity.edge_mark(layer, unit, source)
        return EdgeState(
            layer,
            unit,
            source,
            value,
            "" if value is None else self.number_format.format(value),
            mark,
            self.selection.selected == address,
            self.selection.hovered == address,
            address in self.selection.lit,
        )
