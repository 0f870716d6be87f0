"""The rows of logpoints: a message with expressions in braces, filled in at a moment."""

import re

from bpstudio.model.spec import RunSpec
from bpstudio.session.conditions import ConditionError, compile_condition
from bpstudio.session.session import Session
from bpstudio.session.writes import Standing

_HOLE = re.compile(r"\{([^{}]*)\}")


def log_text(message: str, session: Session) -> str:
    """The message with each `{expression}` replaced by its value as it stands; what is not computed yet is `–`."""

    def fill(match: re.Match[str]) -> str:
        value = value_here(match[1], session)
        return "–" if value is None else f"{value:.6g}"

    return _HOLE.sub(fill, message)


def value_here(text: str, session: Session) -> float | None:
    """An expression's value at the session's position; None where a number it reads is not computed yet."""
    condition = compile_condition(text, session.spec)
    counters = {
        "iteration": session.iteration,
        "epoch": session.program.batches.epoch_of(session.iteration),
        "sample": session.progress.sample,
    }
    found = [float(counters[slot]) if isinstance(slot, str) else session.value(slot) for slot in condition.slots]
    known = [value for value in found if value is not None]
    return condition.value(Standing(known)) if len(known) == len(found) else None


def message_problem(message: str, spec: RunSpec) -> str | None:
    """What is wrong with a message's expressions, in a sentence; None if nothing is."""
    for match in _HOLE.finditer(message):
        try:
            compile_condition(match[1], spec)
        except ConditionError as error:
            return f"{{{match[1][:40]}}}: {error}"
    return None
