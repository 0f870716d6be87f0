"""In words where the first number that is not finite was made: iteration, sample, layer, unit, operation, operands."""

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.formulas import formula
from bpstudio.explain.notation import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.tape import Tape
from bpstudio.program.program import Program
from bpstudio.session.non_finite import NonFinite

FOUR_DIGITS = NumberFormat(4)


def operands_of(
    found: NonFinite, program: Program, tape: Tape, names: Notation, digits: NumberFormat = FOUR_DIGITS
) -> str:
    """The operation with its numbers, `3e+200·4e+200 = ∞`, as the inspector shows it."""
    told = formula(evaluate(found.operation, tape, program), tape, names)
    return (to_code if names.is_code else to_text)(told.equation, digits)


def place_of(found: NonFinite) -> str:
    """`iteration 3, sample 0, layer 2, unit 1, multiply add of z[2][1]`: numbers as in files, from 0."""
    operation = found.operation
    parts = [f"iteration {operation.iteration}"]
    if operation.sample is not None:
        parts.append(f"sample {operation.sample}")
    if operation.layer:
        parts.append(f"layer {operation.layer}")
    if operation.unit is not None and operation.layer:
        parts.append(f"unit {operation.unit}")
    what = operation.kind.value.replace("_", " ")
    return ", ".join([*parts, what if operation.address is None else f"{what} of {operation.address}"])
