"""Drafts: a run taken apart into fields and put together is the same run; what is typed wrong is named by its field."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from bpstudio.errors import RunFileError
from bpstudio.files.draft_fields import FIELDS
from bpstudio.files.examples import example_names
from bpstudio.files.named_data import make_named
from bpstudio.files.run_document import spec_to_document
from bpstudio.files.run_draft import (
    LayerDraft,
    RunDraft,
    draft_of,
    fitted,
    spec_of,
    with_added,
    with_layer,
    with_moved,
    with_numbers,
    without_layer,
    zeroed,
)
from bpstudio.files.run_file import open_run, parse_run
from bpstudio.model.dataset import make_dataset
from bpstudio.model.spec import Dataset, GivenParameters, InitializerSpec, RunSpec
from bpstudio.session.session import Session
from tests.support.specs import run_specs


def draft(name: str = "xor") -> RunDraft:
    return draft_of(open_run(name))


def given_of(spec: RunSpec) -> GivenParameters:
    assert isinstance(spec.start, GivenParameters)
    return spec.start


def named(name: str) -> Dataset:
    table = make_named(name, {}, 0)
    return make_dataset(table.inputs, table.targets)


@pytest.mark.parametrize("name", example_names())
def test_every_example_survives_its_draft(name: str) -> None:
    spec = open_run(name)
    assert spec_of(draft_of(spec)) == spec


@settings(max_examples=60)
@given(spec=run_specs())
def test_every_run_survives_its_draft(spec: RunSpec) -> None:
    written = parse_run(spec_to_document(spec), Path())
    assert spec_of(draft_of(written)) == written


def test_each_field_has_a_place_of_its_own() -> None:
    assert len({field.place for field in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize(
    ("place", "text", "sentence"),
    [
        ("optimizer.learning_rate", "fast", 'expected a finite number ≥ 0, got "fast"'),
        ("optimizer.learning_rate", "", 'expected a finite number ≥ 0, got ""'),
        ("optimizer.learning_rate", "1_0", 'expected a finite number ≥ 0, got "1_0"'),
        ("optimizer.clip_norm", "0", "expected a finite number > 0, got 0.0"),
        ("seed", "-1", 'expected a whole number ≥ 0, got "-1"'),
        ("penalty.l2", "-0.1", "expected a finite number ≥ 0, got -0.1"),
        ("training.batch_size", "0", "expected a whole number ≥ 1, got 0"),
    ],
)
def test_what_is_typed_wrong_is_named_by_its_field(place: str, text: str, sentence: str) -> None:
    with pytest.raises(RunFileError) as caught:
        spec_of(draft().with_setting(place, text))
    assert (caught.value.place, caught.value.problem) == (place, sentence)


def test_a_layer_typed_wrong_is_named_by_its_number() -> None:
    with pytest.raises(RunFileError) as caught:
        spec_of(with_layer(draft(), 0, LayerDraft("two", "tanh")))
    assert caught.value.place == "network.layers[0].units"


def test_fields_that_do_not_matter_are_not_looked_at() -> None:
    wrong = draft().with_setting("optimizer.beta1", "much").with_setting("optimizer.schedule.every", "never")
    assert spec_of(wrong) == open_run("xor")


def test_a_minus_may_be_typographic() -> None:
    assert spec_of(draft("iris").with_setting("initializer.scale", "−2.5")).start == InitializerSpec(scale=-2.5)


def test_a_hidden_layer_is_added_moved_and_taken_away() -> None:
    grown = with_added(draft("iris"), 1)
    assert [layer.units for layer in grown.layers] == ["8", "8", "3"]
    small = with_layer(grown, 1, replace(grown.layers[1], units="2"))
    assert spec_of(with_moved(small, 1, -1)).network.sizes == (4, 2, 8, 3)
    assert spec_of(without_layer(without_layer(small, 0), 0)).network.sizes == (4, 3)


def test_the_output_layer_stays_last_and_is_never_taken_away() -> None:
    grown = with_added(draft("iris"), 1)
    assert with_moved(grown, 1, 1) == grown
    assert with_moved(grown, 2, -1) == grown
    assert without_layer(grown, 2) == grown
    assert without_layer(grown, -1) == grown


def test_given_numbers_stay_where_their_shape_still_fits() -> None:
    old = given_of(open_run("two-layer-deltas"))
    wider = draft("two-layer-deltas")
    new = given_of(spec_of(with_layer(wider, 0, replace(wider.layers[0], units="3"))))
    assert new.weights[0].shape == (3, 2)  # drawn
    assert new.weights[1].shape == (2, 3)  # drawn
    assert new.weights[2].tolist() == old.weights[2].tolist()
    first, kept = new.biases[0], new.biases[2]
    assert first is not None
    assert first.tolist() == [0.0, 0.0, 0.0]
    assert kept is not None
    assert old.biases[2] is not None
    assert kept.tolist() == old.biases[2].tolist()


def test_drawing_again_from_the_same_seed_gives_the_same_bits() -> None:
    drawn = with_numbers(draft(), None)
    first, again = Session(spec_of(drawn)), Session(spec_of(with_numbers(with_numbers(drawn, None), None)))
    assert first.array("w[1]").tobytes() == again.array("w[1]").tobytes()
    other = Session(spec_of(drawn.with_setting("seed", "7")))
    back = Session(spec_of(drawn.with_setting("seed", "7").with_setting("seed", "0")))
    assert other.array("w[1]").tobytes() != first.array("w[1]").tobytes()
    assert back.array("w[1]").tobytes() == first.array("w[1]").tobytes()


def test_zeroed_numbers_are_zero_in_their_shapes() -> None:
    spec = spec_of(with_numbers(draft(), zeroed(given_of(open_run("xor")))))
    session = Session(spec)
    assert [np.count_nonzero(session.array(f"w[{k}]")) for k in (1, 2)] == [0, 0]
    assert np.count_nonzero(session.array("b[1]")) == 0


def test_a_frozen_bias_keeps_its_number() -> None:
    base = draft()
    frozen = with_layer(base, 0, replace(base.layers[0], trains_bias=False))
    session = Session(spec_of(frozen))
    before = session.array("b[1]").tolist()
    session.seek(iteration=5)
    assert session.array("b[1]").tolist() == before
    assert session.array("b[2]").tolist() != [-0.2]


# Other data.


def test_a_network_takes_as_many_inputs_and_outputs_as_the_data() -> None:
    assert spec_of(fitted(draft(), named("penguins"))).network.sizes == (4, 2, 3)


def test_a_curve_is_not_trained_with_a_cross_entropy() -> None:
    spec = spec_of(fitted(draft(), named("sine")))
    assert (spec.loss.name, spec.network.layers[-1].activation) == ("squared_error", "identity")


def test_one_output_is_no_softmax() -> None:
    spec = spec_of(fitted(draft("iris"), named("moons")))
    assert (spec.loss.name, spec.network.layers[-1].activation) == ("binary_cross_entropy", "sigmoid")


def test_data_without_a_row_to_train_on_are_refused() -> None:
    none = Dataset(np.empty((0, 2)), np.empty((0, 1)), np.empty((0, 2)), np.empty((0, 1)))
    with pytest.raises(RunFileError, match=r"^data\.inputs: expected at least one row to train on, got none$"):
        spec_of(fitted(draft(), none))
