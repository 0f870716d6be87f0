"""Edits of a run as JSON, and back: a number, a number of the data, an optimizer, a loss."""

import math
from typing import assert_never

from bpstudio.errors import BpstudioError, SessionFileError
from bpstudio.files.optimizer_section import read_optimizer
from bpstudio.files.run_document import loss_document, optimizer_document
from bpstudio.files.run_file import read_loss
from bpstudio.files.section import Section
from bpstudio.model.address import parse_address
from bpstudio.session.branches import DataEdit, Edit, LossEdit, NumberEdit, OptimizerEdit

KINDS = ("number", "data", "optimizer", "loss")
MOST_ROW = 2**31


def edit_document(edit: Edit) -> dict[str, object]:
    """The JSON object of an edit."""
    match edit:
        case NumberEdit():
            return {"kind": "number", "address": str(edit.address), "value": number_document(edit.value)}
        case DataEdit():
            return {
                "kind": "data",
                "row": edit.row,
                "column": edit.column,
                "is_target": edit.is_target,
                "value": number_document(edit.value),
            }
        case OptimizerEdit():
            return {"kind": "optimizer", "optimizer": optimizer_document(edit.optimizer)}
        case LossEdit():
            return {"kind": "loss", "loss": loss_document(edit.loss)}
        case unreachable:
            assert_never(unreachable)


def read_edit(value: object, place: str) -> Edit:
    """The edit that an object describes; raises SessionFileError or RunFileError. A kind of a newer version is refused."""
    section = Section(value, place)
    kind = section.text("kind", None)
    edit: Edit
    match kind:
        case "number":
            try:
                address = parse_address(section.text("address", None))
            except BpstudioError as error:
                raise SessionFileError(f"{place}: {error}") from None
            edit = NumberEdit(address, read_number(section, "value"))
        case "data":
            row, column = section.whole("row", None, 0, MOST_ROW), section.whole("column", None, 0, MOST_ROW)
            edit = DataEdit(row, column, read_number(section, "value"), section.truth("is_target", False))
        case "optimizer":
            edit = OptimizerEdit(read_optimizer(section.section("optimizer")))
        case "loss":
            edit = LossEdit(read_loss(section.section("loss")))
        case _:
            raise SessionFileError(f"{place}.kind: expected one of {', '.join(KINDS)}; a newer version may know others")
    section.finish()
    return edit


def number_document(value: float) -> object:
    """A number as JSON has it; NaN and infinities as words."""
    return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


def read_number(section: Section, key: str) -> float:
    """A number that :func:`number_document` wrote."""
    value = section.value(key)
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return section.number(key, None)
