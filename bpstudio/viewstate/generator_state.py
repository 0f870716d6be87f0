"""GeneratorDraft: a data set by name as a form holds it, and the rows that it describes."""

from dataclasses import replace

from bpstudio.errors import RunFileError
from bpstudio.files.draft_fields import FieldKind
from bpstudio.files.named_data import make_named
from bpstudio.files.run_draft import typed_value
from bpstudio.files.section import Section
from bpstudio.model.dataset import make_dataset
from bpstudio.model.spec import Dataset
from bpstudio.records import dataclass

TITLES: dict[str, str] = {
    "xor": "exclusive or",
    "and": "logical and",
    "or": "logical or",
    "parity": "parity of bits",
    "circles": "circles",
    "moons": "moons",
    "spirals": "spirals",
    "blobs": "blobs",
    "checkerboard": "checkerboard",
    "sine": "sine",
    "iris": "iris",
    "penguins": "penguins",
    "digits": "digits",
}
"""Names of data sets and what people call them, in the order of a list."""
CLOUDS = frozenset({"circles", "moons", "spirals", "blobs", "checkerboard", "sine"})
USUAL_NOISE = {"blobs": "0.4", "checkerboard": "0", "sine": "0"}


@dataclass(frozen=True, slots=True)
class GeneratorDraft:
    """What stands in the form. Options that a data set does not take are not looked at."""

    name: str = "moons"
    samples: str = "100"
    noise: str = "0.05"
    bits: str = "3"
    seed: str = "0"
    held_out: str = "0"
    is_standardised: bool = False

    def named(self, name: str) -> "GeneratorDraft":
        """The same with another data set, and the noise that is usual for it."""
        return replace(self, name=name, noise=USUAL_NOISE.get(name, "0.05"))

    @property
    def takes(self) -> frozenset[str]:
        """Which of the options this data set has."""
        return frozenset({"samples", "noise"} if self.name in CLOUDS else {"bits"} if self.name == "parity" else ())


def generated(draft: GeneratorDraft) -> Dataset:
    """The rows a draft describes; raises RunFileError whose place is the option that is wrong (`samples`)."""
    shared = Section(
        {
            "seed": typed_value(FieldKind.WHOLE, draft.seed),
            "held_out": typed_value(FieldKind.NUMBER, draft.held_out),
        },
        "",
    )
    seed = shared.whole("seed", 0, 0, 2**63 - 1)
    held_out = shared.number("held_out", 0.0, low=0.0)
    if held_out > 0.9:
        raise RunFileError("held_out", "expected a share from 0 to 0.9")
    kinds = {"samples": FieldKind.WHOLE, "noise": FieldKind.NUMBER, "bits": FieldKind.WHOLE}
    options = {key: typed_value(kinds[key], getattr(draft, key)) for key in draft.takes}
    try:
        table = make_named(draft.name, options, seed)
    except RunFileError as error:
        raise RunFileError(error.place.removeprefix("data."), error.problem) from None
    return make_dataset(
        table.inputs,
        table.targets,
        held_out=held_out,
        is_standardised=draft.is_standardised,
        seed=seed,
        input_names=table.input_names,
        target_names=table.target_names,
        note=table.note,
    )
