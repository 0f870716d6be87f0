"""BuildState: what the form that builds a run shows, and what one can wish of it."""

from dataclasses import replace
from enum import StrEnum
from typing import Literal, assert_never

from bpstudio.files.draft_fields import FIELDS
from bpstudio.files.run_draft import LayerDraft, RunDraft
from bpstudio.model.spec import ActivationName, GivenParameters
from bpstudio.records import dataclass
from bpstudio.session.session import Session

LayerPart = Literal["units", "activation", "alpha", "has_bias", "trains_bias"]
TAKES_ALPHA = frozenset({ActivationName.LEAKY_RELU.value, ActivationName.ELU.value})


class StartWish(StrEnum):
    """Which numbers a run shall start from."""

    DRAW_ANEW = "draw anew"
    DRAW_AGAIN = "draw again"
    ZERO = "zero"
    NOW = "now"

    @property
    def words(self) -> str:
        """How undo calls it."""
        return {
            StartWish.DRAW_ANEW: "another seed",
            StartWish.DRAW_AGAIN: "what the seed draws",
            StartWish.ZERO: "zero",
            StartWish.NOW: "the numbers of now",
        }[self]


@dataclass(frozen=True, slots=True)
class LayerWish:
    """One part of a layer and what it shall be."""

    part: LayerPart
    value: str | bool

    def applied(self, layer: LayerDraft) -> LayerDraft:
        """The layer as wished; another activation forgets the alpha of the old one."""
        text, is_true = str(self.value), self.value is True
        match self.part:
            case "units":
                return replace(layer, units=text)
            case "activation":
                return replace(layer, activation=text, alpha="")
            case "alpha":
                return replace(layer, alpha=text)
            case "has_bias":
                return replace(layer, has_bias=is_true)
            case "trains_bias":
                return replace(layer, trains_bias=is_true)
            case unreachable:
                assert_never(unreachable)

    @property
    def words(self) -> str:
        """How undo calls it."""
        match self.part, self.value:
            case "units", value:
                return f"{value} units"
            case "has_bias", value:
                return "with bias" if value else "without bias"
            case "trains_bias", value:
                return "bias trained" if value else "bias frozen"
            case part, value:
                return f"{part} {value}"


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer to be shown: its fields, what of them may be changed, and the sentence of a wrong one."""

    title: str
    layer: LayerDraft
    is_output: bool
    can_rise: bool
    can_sink: bool
    takes_alpha: bool
    problems: tuple[tuple[str, str], ...] = ()

    def problem(self, part: str) -> str:
        """What is wrong with a part; empty if nothing."""
        return dict(self.problems).get(part, "")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A setting to be shown."""

    place: str
    text: str
    is_shown: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BuildState:
    """The form: what the data ask for, layers from input to output, settings, and what is wrong elsewhere."""

    inputs: str
    layers: tuple[LayerRow, ...]
    fields: tuple[FieldRow, ...]
    start: str
    summary: str
    problem: str
    note: str


def build_build_state(draft: RunDraft, problem: tuple[str, str] | None, session: Session) -> BuildState:
    """The form of ``draft``; ``problem`` is the place and the sentence of what is wrong with it."""
    place, sentence = problem or ("", "")
    shown = {f"network.layers[{k}].{part}": (k, part) for k in range(len(draft.layers)) for part in ("units", "alpha")}
    layers = tuple(
        _layer_row(draft, k, ((shown[place][1], sentence),) if place in shown and shown[place][0] == k else ())
        for k in range(len(draft.layers))
    )
    fields = tuple(
        FieldRow(
            field.place,
            draft.setting(field.place),
            draft.matters(field),
            sentence if place == field.place else "",
        )
        for field in FIELDS
    )
    known = {field.place for field in FIELDS} | shown.keys()
    count = draft.dataset.inputs.shape[1]
    sizes = "-".join([str(count), *(layer.units.strip() or "?" for layer in draft.layers)])
    return BuildState(
        inputs=f"{count} {'input' if count == 1 else 'inputs'}, from the data",
        layers=layers,
        fields=fields,
        start=_start_words(draft, session.start_spec.start if problem is None else None),
        summary=sizes,
        problem=sentence if problem is not None and place not in known else "",
        note=_note(session, problem is not None),
    )


def _layer_row(draft: RunDraft, index: int, problems: tuple[tuple[str, str], ...]) -> LayerRow:
    layer, last = draft.layers[index], len(draft.layers) - 1
    return LayerRow(
        title="output" if index == last else f"hidden {index + 1}",
        layer=layer,
        is_output=index == last,
        can_rise=0 < index < last,
        can_sink=index < last - 1,
        takes_alpha=layer.activation in TAKES_ALPHA,
        problems=problems,
    )


def _start_words(draft: RunDraft, start: object) -> str:
    if draft.given is None or not (start is None or isinstance(start, GivenParameters)):
        return f"Weights are drawn from seed {draft.setting('seed')}; biases start at 0."
    kept = [k for k, layer in enumerate(draft.layers) if layer.source is not None]
    if len(kept) == len(draft.layers):
        return "The run starts from numbers that were given; where a shape has changed they are drawn."
    return "Some layers start from numbers that were given, new ones are drawn."


def _note(session: Session, is_wrong: bool) -> str:
    if is_wrong:
        return "The run stays as it is until this is mended."
    if session.position == 0:
        return "The run starts as described here. Every change can be undone."
    return "A change starts the run anew, from its first iteration. Undo brings back the run as it stands."
