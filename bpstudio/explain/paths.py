"""A gradient as a sum over paths: from its unit along every connection to an output, ranked by what each contributes.

δ⁽ˡ⁾ⱼ = Σ over paths of g′·w·g′·w·…·(error at the output). All paths are summed layer by layer, without listing them; the
largest are found best-first, with the largest continuation of each unit as the bound (an A* search that never errs).
"""

import heapq
from dataclasses import replace
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.reason import GIVEN, Reason
from bpstudio.explain.reason_maker import ReasonMaker
from bpstudio.explain.why import WhyTree
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.session.origins import visit
from bpstudio.session.session import IsCancelled, Session

Q = Quantity
Long = NDArray[np.longdouble]

MOST_PATHS = 24
"""Paths that are shown at once."""

MOST_SUMS = 64
_OF_BATCH = (Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT)
_OF_SAMPLE = (Q.SAMPLE_WEIGHT_GRADIENT, Q.SAMPLE_BIAS_GRADIENT, Q.DELTA, Q.ERROR)


def has_paths(address: Address) -> bool:
    """Whether the number is a derivative that flows back along paths."""
    return bool(address.indices) and address.quantity in (*_OF_BATCH, *_OF_SAMPLE)


@dataclass(frozen=True, slots=True)
class PathSum:
    """The largest paths, and how all ``count`` of them add up to the ``stored`` number.

    ``total`` is their sum by another order of additions, in extended precision where the machine has it, rounded once;
    ``magnitude`` that of their sizes.
    """

    stored: float
    paths: tuple[Reason, ...]
    count: int
    total: float
    magnitude: float

    @property
    def rest(self) -> float:
        """What the paths that are not listed add up to."""
        if len(self.paths) == self.count:
            return 0.0
        return float(np.longdouble(self.total) - np.sum(np.array([p.value for p in self.paths], dtype=np.longdouble)))

    @property
    def difference(self) -> float:
        """stored − total: nothing but rounding."""
        return self.stored - self.total


class _Place(NamedTuple):
    """A unit on the way back: its δ, or its error e."""

    quantity: Quantity
    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class _Stage:
    """All places of one quantity and layer. ``steps`` (n, k) lead to the next stage; diagonal ones are (n,), none at the end."""

    quantity: Quantity
    layer: int
    steps: Array | None
    largest: Array
    total: Long
    magnitude: Long
    count: int


class _Web:
    """The stages from the output back to one number of a sample."""

    def __init__(self, made: ReasonMaker, start: _Place, sample: int) -> None:
        self.made = made
        self.sample = sample
        self.stages: dict[tuple[Quantity, int], _Stage] = {}
        spec = made.spec
        with np.errstate(all="ignore"):
            for layer in range(spec.network.depth, start.layer - 1, -1):
                if layer < spec.network.depth:
                    self._pass_back(layer)
                elif not spec.is_matched_pair:
                    self._end(Q.ERROR, made.tape.errors(layer)[:, sample])
                if (Q.ERROR, layer) in self.stages and not (layer == start.layer and start.quantity is Q.ERROR):
                    self._through_activation(layer)
                elif (Q.ERROR, layer) not in self.stages:
                    self._end(Q.DELTA, made.tape.layers[layer - 1].delta[:, sample])

    def _end(self, quantity: Quantity, values: Array) -> None:
        long = values.astype(np.longdouble)
        layer = self.made.spec.network.depth
        self.stages[quantity, layer] = _Stage(quantity, layer, None, _bound(values), long, np.abs(long), 1)

    def _pass_back(self, layer: int) -> None:
        whole = Address(Q.WEIGHT, layer + 1)
        is_replaced = self.made.spec.training.update == "output_first"
        weights = self.made.tape.after(whole) if is_replaced else self.made.tape.array(whole)
        self._add(Q.ERROR, layer, weights.T, self.stages[Q.DELTA, layer + 1])

    def _through_activation(self, layer: int) -> None:
        slope = self.made.tape.array(Address(Q.SLOPE, layer), self.sample)
        self._add(Q.DELTA, layer, slope, self.stages[Q.ERROR, layer])

    def _add(self, quantity: Quantity, layer: int, steps: Array, ahead: _Stage) -> None:
        long = steps.astype(np.longdouble)
        if steps.ndim == 1:
            largest = _bound(steps * ahead.largest)
            total, magnitude, number = long * ahead.total, np.abs(long) * ahead.magnitude, ahead.count
        else:
            largest = _bound(np.abs(steps) * ahead.largest).max(axis=1)
            total, magnitude = long @ ahead.total, np.abs(long) @ ahead.magnitude
            number = ahead.count * steps.shape[1]
        self.stages[quantity, layer] = _Stage(quantity, layer, steps, largest, total, magnitude, number)

    def ahead(self, place: _Place) -> _Stage:
        """The stage that a place leads to."""
        key = (Q.ERROR, place.layer) if place.quantity is Q.DELTA else (Q.DELTA, place.layer + 1)
        return self.stages[key]

    def factor(self, here: _Place, there: _Place) -> Reason:
        """The number on the step from one place to the next."""
        if here.quantity is Q.ERROR:
            return self.made.seen_by_backward(Address(Q.WEIGHT, there.layer, (there.unit, here.unit)))
        steps = self.stages[Q.DELTA, here.layer].steps
        indices = (here.unit,) if steps is not None and steps.ndim == 1 else (here.unit, there.unit)
        return self.made.read(Address(Q.SLOPE, here.layer, indices), self.sample)

    def largest(self, start: _Place, most: int) -> list[tuple[_Place, ...]]:
        """The ``most`` paths of the largest magnitude; beyond the first none that contribute nothing."""
        numbers = count()
        bound = float(self.stages[start.quantity, start.layer].largest[start.unit])
        heap: list[tuple[float, int, float, tuple[_Place, ...]]] = [(-bound, next(numbers), 1.0, (start,))]
        found: list[tuple[_Place, ...]] = []
        while heap and len(found) < most:
            negative, _, size, places = heapq.heappop(heap)
            if negative == 0.0 and found:
                break
            here = places[-1]
            if self.stages[here.quantity, here.layer].steps is None:
                found.append(places)
                continue
            for bound, grown, there in self._continuations(here, size, most):
                heapq.heappush(heap, (-bound, next(numbers), grown, (*places, there)))
        return found

    def _continuations(self, here: _Place, size: float, most: int) -> list[tuple[float, float, _Place]]:
        """The steps from a place, each with its bound; no more than can matter."""
        steps, ahead = self.stages[here.quantity, here.layer].steps, self.ahead(here)
        if steps is None:
            return []
        is_diagonal = steps.ndim == 1
        units = np.array([here.unit]) if is_diagonal else np.arange(steps.shape[1])
        with np.errstate(all="ignore"):
            grown = _bound(size * np.abs(steps[here.unit : here.unit + 1] if is_diagonal else steps[here.unit]))
            bounds = _bound(grown * ahead.largest[units])
        order = np.argsort(-bounds, kind="stable")[:most]
        return [(float(bounds[k]), float(grown[k]), _Place(ahead.quantity, ahead.layer, int(units[k]))) for k in order]


def _bound(values: Array) -> Array:
    """Magnitudes; what is not a number may be anything."""
    return np.nan_to_num(np.abs(values), nan=np.inf, posinf=np.inf)


def find_paths(
    made: ReasonMaker, address: Address, sample: int, most: int = MOST_PATHS, scale: Reason | None = None
) -> PathSum:
    """The paths of one sample's derivative at ``address``; ``scale`` (1/m) multiplies every one of them."""
    start = _start(address)
    web = _Web(made, start, sample)
    ends = [scale] if scale is not None else []
    if address.quantity is Q.SAMPLE_WEIGHT_GRADIENT:
        ends.append(made.read(Address(Q.ACTIVATION, start.layer - 1, (address.indices[1],)), sample))
    stage = web.stages[start.quantity, start.layer]
    outer = np.longdouble(1.0)
    for end in ends:
        outer = outer * np.longdouble(end.value)
    magnitude = float(stage.magnitude[start.unit] * abs(outer))
    found = tuple(_path(web, places, ends, magnitude) for places in web.largest(start, most))
    stored = made.tape.value(address, sample)
    return PathSum(
        stored if scale is None else stored * scale.value, found, stage.count, float(stage.total[start.unit] * outer),
        magnitude,
    )  # fmt: skip


def _start(address: Address) -> _Place:
    quantity = Q.ERROR if address.quantity is Q.ERROR else Q.DELTA
    return _Place(quantity, address.layer or 1, address.indices[0])


def _path(web: _Web, places: tuple[_Place, ...], ends: list[Reason], magnitude: float) -> Reason:
    """A path as a product of what lies on it."""
    made, last = web.made, places[-1]
    factors = [web.factor(here, there) for here, there in pairwise(places)]
    factors.append(made.read(Address(last.quantity, last.layer, (last.unit,)), web.sample))
    factors += reversed(ends)
    with np.errstate(all="ignore"):
        value = float(np.multiply.reduce([factor.value for factor in factors]))
    units = _units(places)
    sources = [end for end in ends if end.address is not None]
    stops = [made.symbol(Address(Q.ACTIVATION, layer, (unit,)), web.sample) for layer, unit in units]
    symbol = " → ".join([*(source.symbol for source in sources), *stops])
    key = "path " + " ".join(f"{layer}.{unit}" for layer, unit in units)
    words = "" if len(units) > 1 else "at the output itself"
    found = made.product(key, value, tuple(factors), None, words)
    share = value / magnitude if magnitude and np.isfinite(magnitude) else 0.0
    return replace(found, symbol=symbol, share=share)


def _units(places: tuple[_Place, ...]) -> list[tuple[int, int]]:
    """The units on a path, each once."""
    found: list[tuple[int, int]] = []
    for place in places:
        if not found or found[-1] != (place.layer, place.unit):
            found.append((place.layer, place.unit))
    return found


class PathTree(WhyTree):
    """The tree of reasons with every derivative opened into its paths; what lies on a path has reasons as usual."""

    def __init__(self, session: Session, names: Notation) -> None:
        super().__init__(session, names)
        self._sums: dict[tuple[Reason, int], PathSum] = {}

    def children(self, reason: Reason, is_cancelled: IsCancelled | None = None) -> tuple[Reason, ...]:
        """Paths of one sample's derivative; the samples of a batch's; of anything else what it is made of."""
        first = reason.first or 0
        source = reason if reason.rest_of is None else reason.rest_of
        found = self.path_sum(source, first + MOST_PATHS, is_cancelled)
        if found is None:
            return super().children(reason, is_cancelled)
        listed = found.paths[first:]
        left = found.count - len(found.paths)
        if not left or not listed:
            return listed
        share = found.rest / found.magnitude if found.magnitude else 0.0
        words = "paths that contribute less" if found.rest else "paths that contribute nothing"
        rest = Reason(
            "rest", f"… {left:,} more", found.rest, words, share=share, first=len(found.paths),
            rest_of=source, iteration=reason.iteration,
        )  # fmt: skip
        return (*listed, rest)

    def path_sum(
        self, reason: Reason, most: int = MOST_PATHS, is_cancelled: IsCancelled | None = None
    ) -> PathSum | None:
        """The paths of one sample's derivative, or of its part in the batch's; None for anything else."""
        own, scale = self._question(reason)
        address, sample = own.address, own.sample or 0
        if address is None:
            return None
        if (reason, most) not in self._sums:
            found = visit(
                self.session,
                own.iteration,
                lambda tape: find_paths(self._maker(tape), address, sample, most, scale),
                is_cancelled,
            )
            if found is None:
                return None
            if len(self._sums) >= MOST_SUMS:
                del self._sums[next(iter(self._sums))]
            self._sums[reason, most] = found
        return self._sums[reason, most]

    def _question(self, reason: Reason) -> tuple[Reason, Reason | None]:
        """The sample's own derivative that is asked for, and what it is scaled with; one without address: no paths."""
        spec, address = self.session.spec, reason.address
        if reason.key.startswith("sample ") and reason.parts:
            return reason.parts[0], reason.parts[1]
        if address is None or not has_paths(address) or reason.iteration == GIVEN:
            return _NOTHING, None
        if address.quantity in _OF_BATCH:
            is_penalized = spec.penalty.is_active and address.quantity is Q.WEIGHT_GRADIENT
            if is_penalized or self.session.program.batches.size_of(reason.iteration) > 1:
                return _NOTHING, None
            return replace(reason, address=replace(address, quantity=_OWN[address.quantity]), sample=0), None
        is_end = address.layer == spec.network.depth and address.quantity in (Q.DELTA, Q.ERROR)
        return (_NOTHING if is_end else reason), None


_OWN = {Q.WEIGHT_GRADIENT: Q.SAMPLE_WEIGHT_GRADIENT, Q.BIAS_GRADIENT: Q.SAMPLE_BIAS_GRADIENT}
_NOTHING = Reason("", "", 0.0)
