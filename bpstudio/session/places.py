"""Places in words, as people write them: `layer 2`, `backward layer 1 unit 0`, `delta[1][0]`, `edge w[1][0,1]`."""

import re

from bpstudio.errors import BpstudioError
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import RunSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import Operation, OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress
from bpstudio.session import conditions
from bpstudio.session.breakpoints import Edge, Location

_KINDS = {kind.value.replace("_", " "): kind for kind in OperationKind}
_PLACE = re.compile(
    r"(?:(?P<pass>forward|loss|backward|reduce|update)(?: pass)?(?: |$))?"
    r"(?:layer (?P<layer>[0-9]{1,6})(?: |$))?(?:unit (?P<unit>[0-9]{1,6})(?: |$))?"
    rf"(?:(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))})(?: (?P<entry>[0-9]{{1,6}}))?(?: |$))?"
    r"(?:sample (?P<sample>[0-9]{1,9}))?"
)
EXAMPLE = "layer 2, backward layer 1 unit 0, update, delta[1][0], edge w[2][0,1]"


class PlaceError(BpstudioError):
    """Words that name no place in this run."""


def parse_place(text: str, spec: RunSpec) -> Location | Edge:
    """The place that words name; layers and units count from 0 as in addresses. Raises PlaceError with one sentence."""
    words = " ".join(text.replace(",", ", ").split()) if "[" in text else " ".join(text.split())
    is_edge = words.startswith("edge ")
    if "[" in words:
        return _addressed(words.removeprefix("edge ").replace(", ", ","), spec, is_edge)
    match = _PLACE.fullmatch(words)
    if match is None or not words:
        raise PlaceError(f"{text.strip()[:60]!r} names no place; write something like {EXAMPLE}")
    layer, unit, sample = (None if match[name] is None else int(match[name]) for name in ("layer", "unit", "sample"))
    sizes = spec.network.sizes
    if layer is not None and not 1 <= layer < len(sizes):
        raise PlaceError(f"there is no layer {layer}; expected 1 to {len(sizes) - 1}")
    if unit is not None:
        if layer is None:
            raise PlaceError("a unit needs its layer: write layer 1 unit 0")
        if unit >= sizes[layer]:
            raise PlaceError(f"there is no unit {unit} in layer {layer}; expected 0 to {sizes[layer] - 1}")
    pass_ = None if match["pass"] is None else Pass(match["pass"])
    if match["kind"] is not None:
        kind, entry = _KINDS[match["kind"]], None if match["entry"] is None else int(match["entry"])
        return Location(pass_=pass_, layer=layer or 0, kind=kind, unit=unit, entry=entry, sample=sample)
    level = Level.UNIT if unit is not None else Level.LAYER if layer is not None else Level.PASS
    level = Level.SAMPLE if pass_ is None and layer is None else level
    return Location(level=level, pass_=pass_, layer=layer, unit=unit, sample=sample)


def _addressed(words: str, spec: RunSpec, is_edge: bool) -> Location | Edge:
    try:
        address = parse_address(words)
    except BpstudioError as error:
        raise PlaceError(str(error)) from None
    problem = conditions.address_problem(address, spec)
    if problem:
        raise PlaceError(problem)
    if is_edge:
        if address.quantity is not Quantity.WEIGHT or address.layer is None:
            raise PlaceError("an edge is named by its weight: edge w[1][0,0]")
        return Edge(address.layer, *address.indices)
    return place_of(address, Program(spec))


def place_of(address: Address, program: Program) -> Location:
    """The operation that completes a number, for whichever sample. Raises PlaceError where none does."""
    position = Progress(program, 0).position_writing(address, 0)
    if position is None:
        raise PlaceError(f"{address}: no operation of this run computes it")
    return operation_place(program.operation(position))


def operation_place(operation: Operation) -> Location:
    """The place of one operation, for whichever sample and iteration."""
    return Location(
        pass_=operation.pass_,
        layer=operation.layer,
        kind=operation.kind,
        unit=operation.unit,
        entry=operation.entry,
    )


def block_place(operation: Operation, level: Level) -> Location:
    """The place of the block of ``level`` that begins with an operation."""
    match level:
        case Level.OPERATION:
            return operation_place(operation)
        case Level.UNIT if operation.unit is not None:
            return Location(level=level, pass_=operation.pass_, layer=operation.layer, unit=operation.unit)
        case Level.UNIT | Level.LAYER:
            return Location(level=Level.LAYER, pass_=operation.pass_, layer=operation.layer)
        case Level.PASS:
            return Location(level=level, pass_=operation.pass_)
        case _:
            return Location(level=level)


def place_text(place: Location | Edge) -> str:
    """The words of a place; for one operation what it computes is said."""
    if isinstance(place, Edge):
        return f"edge w[{place.layer}][{place.unit},{place.entry}]"
    words = [] if place.pass_ is None else [place.pass_.value]
    if place.layer is not None and place.layer > 0:
        words.append(f"layer {place.layer}")
    if place.unit is not None:
        words.append(f"unit {place.unit}")
    if place.kind is not None:
        entry = "" if place.entry is None else f" {place.entry}"
        words.append(f"{place.kind.value.replace('_', ' ')}{entry}")
    if place.sample is not None:
        words.append(f"sample {place.sample}")
    return " ".join(words) or f"each {place.level.label}"


def place_problem(text: str, spec: RunSpec) -> str | None:
    """What is wrong with the words, in a sentence; None if nothing is. For editors."""
    try:
        parse_place(text, spec)
    except PlaceError as error:
        return str(error)
    return None


def place_completions(text: str, cursor: int, spec: RunSpec) -> tuple[str, ...]:
    """Words that can continue what is typed before ``cursor``."""
    depth = spec.network.depth
    words = [pass_.value for pass_ in Pass]
    words += [f"layer {layer}" for layer in range(1, depth + 1)]
    words += ["unit 0", "sample 0", "edge w[1][0,0]"]
    words += [f"{name}[{layer}][0]" for name in ("delta", "a", "z") for layer in range(1, depth + 1)]
    typed = text[:cursor].rsplit(" ", 1)[-1]
    return tuple(word for word in words if word.startswith(typed) and word != typed)
