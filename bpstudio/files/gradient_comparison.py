"""Lines somebody's numbers up with a tape's, names the first that differs, and the known mistake that explains it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bpstudio.errors import AddressError, WeightsError
from bpstudio.files.shown import escaped, shown_name
from bpstudio.files.weight_file import TensorInfo, WeightFile
from bpstudio.files.weight_mapping import Assignment, guess_mapping, in_words, natural_order, open_weights
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.mistakes import LayerGradients, Mistake, gradients_with, local_mistakes, possible_mistakes
from bpstudio.model.spec import Array
from bpstudio.model.tape import Tape
from bpstudio.records import dataclass

Q = Quantity
DEFAULT_TOLERANCE = 1e-6
GRADIENT_OF = {Q.WEIGHT: Q.WEIGHT_GRADIENT, Q.BIAS: Q.BIAS_GRADIENT}
_ORDER = (Q.DELTA, Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT)
"""In which order a backward pass makes what it makes at a layer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One array beside ours. ``error`` is the largest distance relative to the largest number of both.

    ``problem`` is set where the shapes do not even allow a comparison. ``worst`` names the worst entry.
    """

    address: Address
    name: str
    error: float
    worst: Address | None = None
    sample: int | None = None
    theirs: float = 0.0
    ours: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All lines in the order a backward pass makes them; ``first`` differs first; ``explanation`` is why, if known."""

    lines: tuple[Line, ...]
    tolerance: float
    ignored: tuple[str, ...]
    missing: tuple[Address, ...]
    is_turned: bool
    explanation: str = ""

    @property
    def different(self) -> tuple[Line, ...]:
        """The lines beyond the tolerance; a NaN on one side only is beyond any."""
        return tuple(line for line in self.lines if not line.error <= self.tolerance)

    @property
    def first(self) -> Line | None:
        """The first that differs."""
        return next(iter(self.different), None)


@dataclass(frozen=True, slots=True)
class _Theirs:
    """Somebody's array for one address, in our orientation."""

    address: Address
    name: str
    values: Array


def compare_file(tape: Tape, path: Path, tolerance: float = DEFAULT_TOLERANCE) -> Comparison:
    """Compare the arrays in an .npz or .safetensors file with the tape's; raises WeightsError when none belongs to it.

    Names are addresses (`dw[1]`, `delta[2]`, `loss`), or those of gradients: `dW1`, `grad_W1`, `0.weight`, `coefs_0`.
    """
    file = open_weights(path)
    found, ignored, is_turned = _lined_up(tape, file)
    if not found:
        raise WeightsError(f"{shown_name(path)}: none of its arrays belongs to this run")
    found.sort(key=lambda theirs: _place_in_pass(theirs.address))
    lines = tuple(_line(tape, theirs) for theirs in found)
    there = {theirs.address for theirs in found}
    missing = tuple(a for a in _gradients_of(tape) if a not in there)
    result = Comparison(lines, tolerance, tuple(ignored), missing, is_turned)
    return replace(result, explanation=_explanation(tape, result, {t.address: t.values for t in found}))


def _lined_up(tape: Tape, file: WeightFile) -> tuple[list[_Theirs], list[str], bool]:
    named: list[tuple[TensorInfo, Address]] = []
    rest: list[TensorInfo] = []
    for tensor in file.tensors:
        address = _address_of(tape, tensor.name)
        if address is None:
            rest.append(tensor)
        else:
            named.append((tensor, address))
    found = [_Theirs(address, tensor.name, file.read(tensor.name)) for tensor, address in named]
    taken = {address for _, address in named}
    assignments = [a for a in guess_mapping(tape.spec.network, rest).assignments if a.tensor is not None]
    assignments = [a for a in assignments if _gradient_address(a) not in taken]
    is_turned = _is_convention(assignments)
    for assignment in assignments:
        found.append(_theirs(file, assignment, is_turned))
    used = {theirs.name for theirs in found}
    return found, sorted({t.name for t in file.tensors} - used, key=natural_order), is_turned


def _address_of(tape: Tape, name: str) -> Address | None:
    """The address that a name spells, if the run has it as a whole array."""
    try:
        address = parse_address(name)
        if address.indices:
            return None
        tape.array(address)
    except AddressError:
        return None
    return address


def _gradient_address(assignment: Assignment) -> Address:
    return replace(assignment.place, quantity=GRADIENT_OF[assignment.place.quantity])


def _is_convention(assignments: list[Assignment]) -> bool:
    """Whether the file stores (inputs, units) throughout; one array among others that does is a mistake."""
    weights = [a for a in assignments if a.place.quantity is Q.WEIGHT]
    turned = sum(a.is_turned for a in weights)
    return turned > len(weights) - turned


def _theirs(file: WeightFile, assignment: Assignment, is_turned: bool) -> _Theirs:
    values = file.read(assignment.tensor or "")
    if assignment.place.quantity is Q.BIAS:
        values = values.reshape(-1)
    elif is_turned:
        values = values.T
    return _Theirs(_gradient_address(assignment), assignment.tensor or "", np.ascontiguousarray(values))


def _gradients_of(tape: Tape) -> Iterator[Address]:
    for number in range(tape.spec.network.depth, 0, -1):
        yield Address(Q.WEIGHT_GRADIENT, number)
        if tape.spec.network.layer(number).bias.present:
            yield Address(Q.BIAS_GRADIENT, number)


def _place_in_pass(address: Address) -> tuple[int, int, int, str]:
    """Forward values from the input on, then losses, then layer by layer back; then what the update makes."""
    layer, quantity = address.layer or 0, address.quantity
    if quantity in (Q.WEIGHT, Q.BIAS):
        return (0, layer, 0, quantity.value)
    if quantity in (Q.PRE_ACTIVATION, Q.ACTIVATION):
        return (1, layer, 0 if quantity is Q.PRE_ACTIVATION else 1, "")
    if quantity.is_scalar:
        return (2, 0, 0, quantity.value)
    if quantity in (Q.WEIGHT_STEP, Q.BIAS_STEP, Q.WEIGHT_STATE, Q.BIAS_STATE):
        return (4, -layer, 0, str(address))
    return (3, -layer, _ORDER.index(quantity) if quantity in _ORDER else -1, quantity.value)


def _line(tape: Tape, theirs: _Theirs) -> Line:
    ours = tape.array(theirs.address)
    if theirs.values.shape != ours.shape:
        problem = f"is {in_words(theirs.values.shape)}, ours is {in_words(ours.shape)}"
        return Line(theirs.address, theirs.name, np.inf, problem=problem)
    with np.errstate(all="ignore"):
        distance = np.array(np.abs(theirs.values - ours))
        distance[(theirs.values == ours) | (np.isnan(theirs.values) & np.isnan(ours))] = 0.0
        largest = max(_largest(theirs.values), _largest(ours))
        error = float(np.max(distance, initial=0.0)) / largest if largest > 0.0 else 0.0
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(distance), np.inf, distance))), ours.shape)
    indices = tuple(int(k) for k in at)
    is_per_sample = theirs.address.quantity.is_per_sample
    sample, entry = (indices[0], indices[1:]) if is_per_sample and indices else (None, indices)
    where = theirs.address.at(*entry) if entry else theirs.address
    return Line(theirs.address, theirs.name, error, where, sample, float(theirs.values[at]), float(ours[at]))


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(np.max(finite, initial=0.0))


# Why.


def _explanation(tape: Tape, compared: Comparison, theirs: dict[Address, Array]) -> str:
    """The mistake that explains the first gradient that differs, and most of the others; otherwise a plain factor."""
    wrong = [line for line in compared.different if line.address.quantity in GRADIENT_OF.values()]
    first = compared.first
    if not wrong or first is None:
        return ""
    if first.address.quantity not in (*GRADIENT_OF.values(), Q.DELTA):
        return "the forward pass differs already"
    best = _best(tape, compared, theirs, possible_mistakes(tape), is_alone=False)
    best = best or _best(tape, compared, theirs, local_mistakes(tape, wrong[0].address.layer or 0), is_alone=True)
    if best is not None:
        count, mistake = best
        others = (
            "" if count == len(wrong) == 1 else f"; that explains {count} of the {len(wrong)} gradients that differ"
        )
        return f"it is what comes out when {mistake}{others}"
    return _factor(theirs[wrong[0].address], tape.array(wrong[0].address), compared.tolerance)


def _best(
    tape: Tape, compared: Comparison, theirs: dict[Address, Array], mistakes: Iterable[Mistake], is_alone: bool
) -> tuple[int, Mistake] | None:
    """How many gradients the best mistake explains, the first wrong one among them; ``is_alone``: others may be right."""
    wrong = [line for line in compared.different if line.address.quantity in GRADIENT_OF.values()]
    best: tuple[int, Mistake] | None = None
    for mistake in mistakes:
        made = gradients_with(tape, mistake)
        explained = [line for line in wrong if _agrees(theirs[line.address], made, line.address, compared.tolerance)]
        is_better = best is None or len(explained) > best[0]
        if wrong[0] in explained and is_better and (is_alone or not _spoils(compared, theirs, made)):
            best = (len(explained), mistake)
    return best


def _agrees(values: Array, made: dict[int, LayerGradients], address: Address, tolerance: float) -> bool:
    gradients = made[address.layer or 0]
    expected = gradients.weights if address.quantity is Q.WEIGHT_GRADIENT else gradients.biases
    return _are_close(values, expected, tolerance)


def _are_close(values: Array, expected: Array, tolerance: float) -> bool:
    if values.shape != expected.shape:
        return False
    largest = max(_largest(values), _largest(expected))
    with np.errstate(all="ignore"):
        return bool(np.max(np.abs(values - expected), initial=0.0) <= tolerance * largest)


def _spoils(compared: Comparison, theirs: dict[Address, Array], made: dict[int, LayerGradients]) -> bool:
    """Whether the mistake would also have changed a gradient that is right."""
    right = [l for l in compared.lines if l.error <= compared.tolerance and l.address.quantity in GRADIENT_OF.values()]
    return any(not _agrees(theirs[l.address], made, l.address, compared.tolerance) for l in right)


def _factor(values: Array, ours: Array, tolerance: float) -> str:
    if values.shape != ours.shape or _largest(ours) == 0.0:
        return ""
    if _largest(values) == 0.0:
        return "it is 0 everywhere: nothing was added to it, or it was cleared too late"
    at = np.unravel_index(int(np.argmax(np.abs(ours))), ours.shape)
    ratio = float(values[at] / ours[at])
    return f"it is ours times {ratio!r}" if _are_close(values, ratio * ours, tolerance) else ""


def report_lines(compared: Comparison) -> Iterator[str]:
    """The comparison in words, line by line."""
    yield f"{'array':8} {'yours':20} {'difference':>12}  worst entry"
    for line in compared.lines:
        if line.problem:
            yield f"{line.address!s:8} {escaped(line.name):20} {'':>12}  {line.problem}"
            continue
        sample = "" if line.sample is None else f" (sample {line.sample})"
        worst = f"{line.worst}{sample}: yours {line.theirs!r}, ours {line.ours!r}"
        yield f"{line.address!s:8} {escaped(line.name):20} {line.error:12.3g}  {worst}"
    if compared.is_turned:
        yield "your weights are stored as (inputs, units) and were compared transposed"
    if compared.missing:
        yield f"not in the file: {', '.join(map(str, compared.missing))}"
    if compared.ignored:
        names = ", ".join(escaped(name) for name in compared.ignored[:8])
        yield f"not compared: {names}{'…' if len(compared.ignored) > 8 else ''}"
    first = compared.first
    if first is None:
        yield f"passed: the same, to a relative difference of {compared.tolerance:g}"
        return
    yield f"failed: {first.address} differs first" + (f": {compared.explanation}" if compared.explanation else "")
