"""What the list of breakpoints shows, and what its editor hands back. Pure and comparable."""

import re
from dataclasses import replace
from enum import StrEnum

from bpstudio.records import dataclass

LARGEST_COUNT = 10**9
_RULE = re.compile(r"\s*(>=|==|%)\s*([0-9]{1,10})\s*")


class BreakpointKind(StrEnum):
    """What makes a breakpoint stop: a place in the program, a write of a number, a condition, something that goes wrong."""

    LOCATION = "location"
    WRITE = "write"
    CONDITION = "condition"
    EXCEPTION = "exception"


KIND_WORDS = {
    BreakpointKind.LOCATION: "before an operation",
    BreakpointKind.WRITE: "when a number is written",
    BreakpointKind.CONDITION: "when a condition becomes true",
    BreakpointKind.EXCEPTION: "when something goes wrong",
}


@dataclass(frozen=True, slots=True)
class BreakpointDraft:
    """A breakpoint as its editor shows it, in the words of the user.

    ``place`` is where (LOCATION), which number (WRITE) or which exception (EXCEPTION), and empty for CONDITION. With a
    ``message`` it is a logpoint: it writes a row instead of stopping. ``hit_rule`` is `` ``, ``>=7``, ``==7`` or ``%10``.
    """

    kind: BreakpointKind = BreakpointKind.LOCATION
    place: str = ""
    condition: str = ""
    hit_rule: str = ""
    message: str = ""
    is_temporary: bool = False
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class BreakpointRow:
    """One breakpoint: ``what`` in words, how often it was hit in the part of the run that is known, and where last."""

    key: int
    draft: BreakpointDraft
    what: str
    hits: int = 0
    last_hit: int | None = None
    is_trusted: bool = True
    problem: str = ""

    @property
    def is_logpoint(self) -> bool:
        """Whether it writes a row instead of stopping."""
        return bool(self.draft.message)


@dataclass(frozen=True, slots=True)
class ExceptionChoice:
    """A kind of trouble to stop at, on or off; ``name`` is its name to programs."""

    name: str
    label: str
    tip: str
    is_on: bool = False


EXCEPTIONS = (
    ExceptionChoice("not_finite", "NaN or Inf", "Stop where a number that is not finite is made, not where it spreads"),
    ExceptionChoice("dead_unit", "dead unit", "Stop when a unit has been 0 for every sample of a batch"),
    ExceptionChoice(
        "saturated_unit", "saturated unit", "Stop when a unit's slope is almost 0 for every sample of a batch"
    ),
)


@dataclass(frozen=True, slots=True)
class BreakpointState:
    """The rows in their order, and the exceptions above them."""

    rows: tuple[BreakpointRow, ...] = ()
    exceptions: tuple[ExceptionChoice, ...] = EXCEPTIONS


def exceptions_with(names_on: frozenset[str]) -> tuple[ExceptionChoice, ...]:
    """The exceptions, those named switched on."""
    return tuple(replace(choice, is_on=choice.name in names_on) for choice in EXCEPTIONS)


def parse_hit_rule(text: str) -> tuple[str, int] | None:
    """(``>=``, 7) of ``>=7``; None of an empty text; ValueError with a sentence for anything else."""
    if not text.strip():
        return None
    match = _RULE.fullmatch(text)
    count = int(match[2]) if match else 0
    if match is None or not 1 <= count <= LARGEST_COUNT:
        raise ValueError(f"expected >=7, ==7 or %10 with a number from 1 to {LARGEST_COUNT:,}, got {text.strip()!r}")
    return match[1], count


def hit_rule_words(text: str) -> str:
    """``>=7`` as ``from hit 7 on``; empty for every hit; a rule that cannot be read is shown as it is."""
    try:
        rule = parse_hit_rule(text)
    except ValueError:
        return text
    if rule is None:
        return ""
    comparison, count = rule
    return {">=": f"from hit {count:,} on", "==": f"hit {count:,} only", "%": f"every {_ordinal(count)} hit"}[
        comparison
    ]


def _ordinal(count: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th") if count % 100 not in (11, 12, 13) else "th"
    return f"{count:,}{ending}"
