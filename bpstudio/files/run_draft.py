"""RunDraft: a run as a form holds it, in texts that may still be wrong, and the run that it describes.

A draft becomes a run through the reader of run files: what that refuses is refused with its place, so the form knows the field.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bpstudio.files.csv_data import strict_number
from bpstudio.files.data_edits import row_count
from bpstudio.files.draft_fields import FIELDS, Field, FieldKind
from bpstudio.files.run_document import settings_document
from bpstudio.files.run_file import FORMAT, USUAL_ALPHA, parse_settings
from bpstudio.model.initializers import draw_weights
from bpstudio.model.spec import (
    ActivationName,
    Array,
    Dataset,
    GivenParameters,
    InitializerSpec,
    LossName,
    NotationName,
    RunSpec,
)
from bpstudio.records import dataclass

_WHOLE = re.compile(r"[0-9]{1,400}")
A = ActivationName
LARGE, LARGE_BATCH = 5_000, "32"
"""Of more rows than this a batch of all would take longer to look at than anybody waits: batches of so many are proposed."""


@dataclass(frozen=True, slots=True)
class LayerDraft:
    """A layer as it is typed. ``source`` is the layer of the given numbers it takes its own from, counted from 0."""

    units: str
    activation: str
    alpha: str = ""
    has_bias: bool = True
    trains_bias: bool = True
    source: int | None = None


@dataclass(frozen=True, slots=True)
class RunDraft:
    """All that a form holds. ``settings`` are pairs of a place in a run file and the text of its field, one for each field.

    ``given`` are numbers to start from where their shapes still fit; layers without start from the initializer.
    """

    layers: tuple[LayerDraft, ...]
    settings: tuple[tuple[str, str], ...]
    dataset: Dataset
    notation: NotationName
    given: GivenParameters | None = None

    def setting(self, place: str) -> str:
        """The text of a field."""
        return dict(self.settings)[place]

    def with_setting(self, place: str, text: str) -> "RunDraft":
        """The same with another text in one field."""
        return replace(self, settings=tuple((p, text if p == place else old) for p, old in self.settings))

    def matters(self, field: Field) -> bool:
        """Whether a field has a meaning beside what is chosen now."""
        return field.matters is None or self.setting(field.matters[0]) in field.matters[1]


def draft_of(spec: RunSpec) -> RunDraft:
    """The draft that describes ``spec``: every field filled, those that do not matter with what is usual."""
    document = settings_document(spec)
    settings = tuple((field.place, _text_at(document, field)) for field in FIELDS)
    given = spec.start if isinstance(spec.start, GivenParameters) else None
    layers = tuple(
        LayerDraft(
            str(layer.units),
            layer.activation.value,
            repr(layer.alpha) if layer.activation in USUAL_ALPHA else "",
            layer.bias.present,
            layer.bias.trainable,
            None if given is None else k,
        )
        for k, layer in enumerate(spec.network.layers)
    )
    return RunDraft(layers, settings, spec.dataset, spec.notation, given)


def spec_of(draft: RunDraft) -> RunSpec:
    """The run that a draft describes; raises RunFileError with the place of the field that is wrong."""
    document: dict[str, object] = {
        "format": FORMAT,
        "notation": draft.notation.value,
        "network": {
            "inputs": draft.dataset.inputs.shape[1],
            "layers": [_layer_document(layer) for layer in draft.layers],
        },
        "optimizer": {},
    }
    for field in FIELDS:
        text = draft.setting(field.place)
        if draft.matters(field) and not (field.is_optional and not text.strip()):
            _put(document, field.place, typed_value(field.kind, text))
    spec = parse_settings(document, draft.dataset)
    return spec if draft.given is None else replace(spec, start=_merged(draft, draft.given, spec))


def _layer_document(layer: LayerDraft) -> dict[str, object]:
    result: dict[str, object] = {
        "units": typed_value(FieldKind.WHOLE, layer.units),
        "activation": layer.activation,
        "bias": {"present": layer.has_bias, "trainable": layer.trains_bias},
    }
    if layer.activation in USUAL_ALPHA and layer.alpha.strip():
        result["alpha"] = typed_value(FieldKind.NUMBER, layer.alpha)
    return result


def typed_value(kind: FieldKind, text: str) -> object:
    """What a text says; a text that says no number stays one, for the reader to refuse."""
    plain = text.strip().replace("\u2212", "-")
    if kind is FieldKind.WHOLE and _WHOLE.fullmatch(plain):
        return int(plain)
    if kind is FieldKind.NUMBER:
        number = strict_number(plain)
        return text if number is None else number
    if kind is FieldKind.TRUTH:
        return text == "true"
    return text


def _put(document: dict[str, object], place: str, value: object) -> None:
    *path, key = place.split(".")
    section: dict[str, object] = document
    for name in path:
        inner = section.setdefault(name, {})
        if isinstance(inner, dict):
            section = inner
    section[key] = value


def _text_at(document: Mapping[str, object], field: Field) -> str:
    value: object = document
    for name in field.place.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        return "" if field.is_optional else field.usual
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _merged(draft: RunDraft, given: GivenParameters, spec: RunSpec) -> GivenParameters | InitializerSpec:
    """Given numbers where the shapes fit, drawn ones elsewhere; only the initializer when nothing fits."""
    initializer = spec.start
    if not isinstance(initializer, InitializerSpec):
        return initializer
    drawn = draw_weights(initializer, spec.network.sizes, spec.seed)
    weights: list[Array] = []
    biases: list[Array | None] = []
    is_any_kept = False
    for layer, fresh, made in zip(draft.layers, drawn, spec.network.layers, strict=True):
        source = layer.source
        is_kept = source is not None and given.weights[source].shape == fresh.shape
        is_any_kept = is_any_kept or is_kept
        weights.append(_frozen(given.weights[source] if is_kept and source is not None else fresh))
        old = given.biases[source] if is_kept and source is not None else None
        biases.append(_frozen(np.zeros(made.units) if old is None else old) if made.bias.present else None)
    return GivenParameters(tuple(weights), tuple(biases)) if is_any_kept else initializer


def _frozen(array: Array) -> Array:
    own = np.array(array, dtype=np.float64, order="C")
    own.flags.writeable = False
    return own


# Changes of the layers.


def with_layer(draft: RunDraft, index: int, layer: LayerDraft) -> RunDraft:
    """The same with one layer replaced."""
    layers = list(draft.layers)
    layers[index] = layer
    return replace(draft, layers=tuple(layers))


def with_added(draft: RunDraft, index: int) -> RunDraft:
    """A hidden layer more, before layer ``index``, like its neighbour; the output layer stays last."""
    index = min(index, len(draft.layers) - 1)
    near = draft.layers[index - 1] if index > 0 else None
    made = LayerDraft("4", A.TANH.value) if near is None else replace(near, source=None)
    return replace(draft, layers=(*draft.layers[:index], made, *draft.layers[index:]))


def without_layer(draft: RunDraft, index: int) -> RunDraft:
    """One hidden layer less; the output layer stays."""
    if not 0 <= index < len(draft.layers) - 1:
        return draft
    return replace(draft, layers=(*draft.layers[:index], *draft.layers[index + 1 :]))


def with_moved(draft: RunDraft, index: int, by: int) -> RunDraft:
    """A hidden layer moved towards the output (``by`` 1) or the input (−1); the output layer stays last."""
    other = index + by
    if not (0 <= index < len(draft.layers) - 1 and 0 <= other < len(draft.layers) - 1):
        return draft
    layers = list(draft.layers)
    layers[index], layers[other] = layers[other], layers[index]
    return replace(draft, layers=tuple(layers))


# Numbers to start from.


def with_numbers(draft: RunDraft, given: GivenParameters | None) -> RunDraft:
    """Start from these numbers, layer by layer; None: draw all from the seed."""
    layers = tuple(replace(layer, source=None if given is None else k) for k, layer in enumerate(draft.layers))
    return replace(draft, layers=layers, given=given)


def zeroed(given: GivenParameters) -> GivenParameters:
    """The same shapes, all 0."""
    return GivenParameters(
        tuple(_frozen(np.zeros_like(w)) for w in given.weights),
        tuple(None if b is None else _frozen(np.zeros_like(b)) for b in given.biases),
    )


# Other data.


def fitted(draft: RunDraft, dataset: Dataset) -> RunDraft:
    """The same network on other data: as many outputs as there are targets, and a loss that has a meaning for them."""
    outputs = dataset.targets.shape[1]
    last = draft.layers[-1]
    was_one = last.units.strip() == "1"
    if last.units.strip() != str(outputs):
        last = replace(last, units=str(outputs))
    draft = replace(draft, dataset=dataset, layers=(*draft.layers[:-1], last))
    if row_count(dataset) > LARGE and not draft.setting("training.batch_size").strip():
        draft = draft.with_setting("training.batch_size", LARGE_BATCH)
    loss, targets = draft.setting("loss.name"), (dataset.targets, dataset.held_out_targets)
    is_share = all(bool(((part >= 0.0) & (part <= 1.0)).all()) for part in targets)
    if loss in (LossName.BINARY_CROSS_ENTROPY, LossName.CROSS_ENTROPY) and not is_share:
        return _with_pair(draft, A.IDENTITY, LossName.SQUARED_ERROR, "0.5")
    is_class = outputs > 1 and all(bool((part.sum(axis=1) == 1.0).all()) for part in targets)
    if loss == LossName.BINARY_CROSS_ENTROPY and is_class and draft.layers[-1].activation == A.SIGMOID and was_one:
        return _with_pair(draft, A.SOFTMAX, LossName.CROSS_ENTROPY, "1.0")
    if loss == LossName.CROSS_ENTROPY and outputs == 1:
        return _with_pair(draft, A.SIGMOID, LossName.BINARY_CROSS_ENTROPY, "1.0")
    return draft


def _with_pair(draft: RunDraft, activation: ActivationName, loss: LossName, factor: str) -> RunDraft:
    last = replace(draft.layers[-1], activation=activation.value, alpha="")
    changed = replace(draft, layers=(*draft.layers[:-1], last))
    return changed.with_setting("loss.name", loss.value).with_setting("loss.factor", factor)
