"""Narration: one sentence or two that say what an operation does and why, in plain words, formally, or as code."""

import math
from enum import StrEnum
from typing import assert_never

from bpstudio.explain.backward_narration import narrate_backward
from bpstudio.explain.expression import with_numbers
from bpstudio.explain.formulas import formula
from bpstudio.explain.forward_narration import narrate_forward
from bpstudio.explain.ideas import idea_of
from bpstudio.explain.notation import CodeNotation, Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.reading import Evaluation
from bpstudio.explain.story import Story
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.explain.update_narration import narrate_update
from bpstudio.model.tape import Tape
from bpstudio.program.operation import Pass

DEFAULT_FORMAT = NumberFormat()


class Depth(StrEnum):
    """Words only, the formula with its reason, or the line of code."""

    PLAIN = "plain"
    FORMAL = "formal"
    CODE = "code"


def narrate(
    evaluation: Evaluation,
    tape: Tape,
    notation: Notation,
    depth: Depth | str = Depth.PLAIN,
    number_format: NumberFormat = DEFAULT_FORMAT,
) -> str:
    """Return what the evaluated operation does; backward ones name the idea they show (:mod:`bpstudio.explain.ideas`)."""
    match Depth(depth):
        case Depth.PLAIN:
            return _plain(Story(evaluation, notation, number_format))
        case Depth.FORMAL:
            return _formal(evaluation, tape, notation, number_format)
        case Depth.CODE:
            return _code(evaluation, tape, notation, number_format)
        case unreachable:
            assert_never(unreachable)


def _plain(story: Story) -> str:
    match story.operation.pass_:
        case Pass.FORWARD | Pass.LOSS:
            text = narrate_forward(story)
        case Pass.BACKWARD:
            text = narrate_backward(story)
        case Pass.REDUCE | Pass.UPDATE:
            text = narrate_update(story)
        case unreachable:
            assert_never(unreachable)
    return text if math.isfinite(story.evaluation.result) else f"{text} The result is not a finite number."


def _formal(evaluation: Evaluation, tape: Tape, notation: Notation, number_format: NumberFormat) -> str:
    found = formula(evaluation, tape, notation)
    show = to_code if notation.is_code else to_text
    text = f"{show(found.symbols)}, here {show(found.equation, number_format)}"
    if found.landing is not None:
        text += f"; then {show(found.landing.symbols)}, here {show(found.landing.equation, number_format)}"
    idea = idea_of(evaluation.operation, notation.spec)
    return f"{text}." if idea is None else f"{text} ({idea})."


def _code(evaluation: Evaluation, tape: Tape, notation: Notation, number_format: NumberFormat) -> str:
    found = formula(evaluation, tape, CodeNotation(notation.spec))
    line = to_code(found.symbols)
    if found.landing is not None:
        line += "; " + to_code(found.landing.symbols)
    return f"{line}  # {to_code(with_numbers(found.result), number_format)}"


__all__ = ["Depth", "narrate"]
