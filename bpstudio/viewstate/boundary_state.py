"""The decision boundary, as shown: what the output, and one unit, answer in the plane of two inputs, with the data on it."""

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.model.quality import is_classifier
from bpstudio.model.spec import ActivationName, Array, NotationName, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.looks import Responses
from bpstudio.viewstate.confusion_state import class_names
from bpstudio.viewstate.contour import contour
from bpstudio.viewstate.plots_state import Entry, Readout

MOST_DOTS = 2000
MARGIN = 0.18
NEAR = 0.03
"""A point of the data within this share of the picture's sides is read as well."""
NOT_TWO = "Only a network with two inputs has a plane to show; this one has {}."

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pane:
    """One map: ``values`` (h, w) between ``low`` and ``high`` about ``middle``; or, for several classes, (h, w, K) shares.

    ``line`` holds the ends of the pieces of the boundary.
    """

    name: str
    values: Array = field(compare=False, repr=False)
    low: float
    middle: float
    high: float
    line: tuple[Array, Array] = field(compare=False, repr=False)

    @property
    def is_classes(self) -> bool:
        """Whether it shows which of several classes wins."""
        return self.values.ndim == 3

    @property
    def is_broken(self) -> bool:
        """Whether nothing of it is finite: there is no number that a colour could stand for."""
        return bool(self.values.size) and not np.isfinite(self._sums).any()

    @property
    def broken_words(self) -> str:
        """How much of it is not finite, in words; empty where all is."""
        share = float(np.mean(~np.isfinite(self._sums))) if self.values.size else 0.0
        if not share:
            return ""
        kind = "NaN" if np.isnan(self.values).any() and not np.isinf(self.values).any() else "not finite"
        return f"{kind} {'everywhere' if share == 1.0 else 'in part'}"

    @property
    def _sums(self) -> Array:
        """A number for each place that is finite where all that is answered there is: of classes their sum."""
        if not self.is_classes:
            return self.values
        return np.where(np.isfinite(self.values).all(axis=-1), 0.0, np.nan)


@dataclass(frozen=True, slots=True)
class Dots:
    """The data: places (n,), the class or −1 and the first target of each, which are held out, and their numbers as rows."""

    x: Array
    y: Array
    classes: NDArray[np.int64]
    targets: Array
    is_held_out: NDArray[np.bool_]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BoundaryState:
    """Maps side by side, equal when title, iteration, revision and the way numbers are written are."""

    title: str
    iteration: int
    revision: tuple[object, ...] = ()
    panes: tuple[Pane, ...] = ()
    x: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)
    y: Array = field(default_factory=lambda: np.empty(0), compare=False, repr=False)
    dots: Dots | None = field(default=None, compare=False, repr=False)
    names: tuple[str, str] = ("", "")
    classes: tuple[str, ...] = ()
    note: str = ""
    numbers: NumberFormat = NumberFormat()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.panes

    def snapped(self, place: Point) -> Point | None:
        """The place itself, inside of the plane."""
        if not self.panes:
            return None
        is_inside = self.x[0] <= place[0] <= self.x[-1] and self.y[0] <= place[1] <= self.y[-1]
        return place if is_inside else None

    def neighbour(self, place: Point | None, by: int) -> Point | None:
        """The point of the data so many further on in the order of its rows."""
        dots = self.dots
        if dots is None or not len(dots.x):
            return None
        index = -1 if place is None else self._nearest(place)[0]
        index = min(max(index + by, 0), len(dots.x) - 1)
        return float(dots.x[index]), float(dots.y[index])

    def goal(self, place: Point) -> int | None:
        """A point of the plane is no place in the run."""
        return None

    def _nearest(self, place: Point) -> tuple[int, float]:
        """The nearest point of the data, and how far it is in sides of the picture."""
        dots = self.dots
        if dots is None or not len(dots.x):
            return -1, float("inf")
        wide, high = self.x[-1] - self.x[0], self.y[-1] - self.y[0]
        away = np.hypot((dots.x - place[0]) / wide, (dots.y - place[1]) / high)
        index = int(np.argmin(away))
        return index, float(away[index])

    def read(self, place: Point | None) -> Readout:
        """What is answered at a place, and the point of the data there."""
        if not self.panes:
            return Readout("", (), self.note)
        if place is None:
            return Readout(
                f"iteration {self.numbers.count(self.iteration)}",
                tuple(Entry(None, p.name, p.broken_words, not p.broken_words) for p in self.panes),
                self.note,
            )
        short = self.numbers.significant(4)
        head = ", ".join(f"{n} {short.format(v)}" for n, v in zip(self.names, place, strict=True))
        row = int(np.argmin(np.abs(self.y - place[1])))
        column = int(np.argmin(np.abs(self.x - place[0])))
        entries = [self._entry(pane, row, column) for pane in self.panes]
        index, away = self._nearest(place)
        note = ""
        if self.dots is not None and away <= NEAR:
            target = float(self.dots.targets[index])
            kind = int(self.dots.classes[index])
            words = self.classes[kind] if kind >= 0 and len(self.classes) > 2 else short.format(target)
            held = "held-out row" if self.dots.is_held_out[index] else "row"
            note = f"{held} {int(self.dots.rows[index])}: target {words}"
        return Readout(head, tuple(entries), note)

    def _entry(self, pane: Pane, row: int, column: int) -> Entry:
        if pane.is_classes:
            shares = pane.values[row, column]
            best = int(np.argmax(shares))
            text = f"{self.classes[best]} {self.numbers.format(float(shares[best]))}"
            return Entry(None, pane.name, text, bool(np.isfinite(shares).all()))
        value = float(pane.values[row, column])
        return Entry(None, pane.name, self.numbers.significant(6).format(value), bool(np.isfinite(value)))

    def bar_words(self, pane: Pane) -> tuple[str, ...]:
        """What the colours of a map mean: its high end, its middle, its low end; of one that is not finite that it is not."""
        if pane.is_broken:
            return (pane.broken_words.rpartition(" ")[0],)
        short = self.numbers.significant(3)
        return short.format(pane.high), short.format(pane.middle), short.format(pane.low)

    @property
    def tsv(self) -> str:
        """The grid: both inputs and what is answered there, in full."""
        names = [
            name
            for pane in self.panes
            for name in ([f"{pane.name} {c}" for c in self.classes] if pane.is_classes else [pane.name])
        ]
        rows = ["\t".join([*self.names, *names])]
        for row, y in enumerate(self.y.tolist()):
            for column, x in enumerate(self.x.tolist()):
                found = [v for pane in self.panes for v in np.atleast_1d(pane.values[row, column]).tolist()]
                rows.append("\t".join(map(full, [x, y, *found])))
        return "\n".join(rows) + "\n"


def extent_of(spec: RunSpec) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the plane: the data with a margin."""
    data = spec.dataset
    every = np.concatenate([data.inputs, data.held_out_inputs])
    every = every[np.isfinite(every).all(axis=1)]
    if not len(every):
        return -1.0, 1.0, -1.0, 1.0
    low, high = every.min(axis=0), every.max(axis=0)
    room = np.where(high > low, (high - low) * MARGIN, 1.0)
    return float(low[0] - room[0]), float(high[0] + room[0]), float(low[1] - room[1]), float(high[1] + room[1])


def boundary_state(
    spec: RunSpec,
    iteration: int,
    found: Responses,
    selected: tuple[int, int] | None,
    name: NotationName,
    key: object,
) -> BoundaryState:
    """The maps of the network's answer and, on its right, of the selected unit's (layer, unit)."""
    panes = [_output_pane(spec, found)]
    if selected is not None:
        layer, unit = selected
        names = notation(name, spec)
        title = f"{names.layer_name(layer)}, {names.unit_name(layer, unit)}"
        panes.append(_pane(spec, found, layer, unit, title))
    given = spec.dataset.input_names
    labels = (given[0], given[1]) if len(given) == 2 else ("input 1", "input 2")
    note = "" if selected is not None else "select a unit to see its response beside it"
    return BoundaryState(
        f"Decision boundary: {spec.title}",
        iteration,
        (key, selected, name),
        tuple(panes),
        found.x,
        found.y,
        _dots(spec),
        labels,
        class_names(spec),
        note,
    )


def no_boundary(spec: RunSpec, iteration: int) -> BoundaryState | None:
    """Why there is no plane to show, or None if there is."""
    if spec.network.inputs == 2:
        return None
    return BoundaryState(f"Decision boundary: {spec.title}", iteration, note=NOT_TWO.format(spec.network.inputs))


def _output_pane(spec: RunSpec, found: Responses) -> Pane:
    values = found.layers[-1]
    if values.shape[-1] > 1 and is_classifier(spec):
        pieces = [contour(found.x, found.y, _lead(values, k), 0.0) for k in range(values.shape[-1])]
        line = np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces])
        return Pane("output", values, 0.0, 0.5, 1.0, line)
    return _pane(spec, found, spec.network.depth, 0, "output")


def _lead(values: Array, index: int) -> Array:
    """How far a class leads before the best of the others."""
    others = np.delete(values, index, axis=-1)
    return np.asarray(values[..., index] - others.max(axis=-1))


def _pane(spec: RunSpec, found: Responses, layer: int, unit: int, title: str) -> Pane:
    values = np.ascontiguousarray(found.layers[layer - 1][..., unit])
    low, middle, high = _range(spec, layer, values)
    return Pane(title, values, low, middle, high, contour(found.x, found.y, values, middle))


def _range(spec: RunSpec, layer: int, values: Array) -> tuple[float, float, float]:
    """Ends and middle of the colours: those of the activation where it has some, else as far as the values reach about 0 or ½."""
    activation = spec.network.layer(layer).activation
    if activation in (ActivationName.SIGMOID, ActivationName.SOFTMAX):
        return 0.0, 0.5, 1.0
    if activation is ActivationName.TANH:
        return -1.0, 0.0, 1.0
    middle = 0.5 if layer == spec.network.depth and _is_binary(spec) else 0.0
    finite = values[np.isfinite(values)]
    reach = float(np.max(np.abs(finite - middle), initial=0.0)) or 1.0
    return middle - reach, middle, middle + reach


def _is_binary(spec: RunSpec) -> bool:
    targets = spec.dataset.targets
    return bool(np.all((targets == 0.0) | (targets == 1.0)))


def _dots(spec: RunSpec) -> Dots:
    data = spec.dataset
    parts = []
    for inputs, targets, is_held_out in (
        (data.inputs, data.targets, False),
        (data.held_out_inputs, data.held_out_targets, True),
    ):
        rows = np.arange(0, len(inputs), max(1, -(-len(inputs) // MOST_DOTS)))
        parts.append((inputs[rows], targets[rows], np.full(len(rows), is_held_out), rows))
    inputs, targets = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    if targets.shape[1] > 1:
        classes = np.argmax(targets, axis=1) if is_classifier(spec) else np.full(len(targets), -1)
    else:
        classes = (targets[:, 0] >= 0.5).astype(int) if _is_binary(spec) else np.full(len(targets), -1)
    held_out, rows = np.concatenate([p[2] for p in parts]), np.concatenate([p[3] for p in parts])
    return Dots(inputs[:, 0], inputs[:, 1], classes, targets[:, 0], held_out, rows)
