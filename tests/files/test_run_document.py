"""Writing a run and reading it again gives the same run, bit for bit."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from bpstudio.files.examples import example_names
from bpstudio.files.run_document import spec_to_document
from bpstudio.files.run_file import load_run_text, open_run, parse_run
from bpstudio.model.spec import RunSpec
from tests.files.documents import full
from tests.support.specs import run_specs

HERE = Path()


def through_text(spec: RunSpec) -> RunSpec:
    return load_run_text(json.dumps(spec_to_document(spec), allow_nan=False), HERE)


@pytest.mark.parametrize("name", example_names())
def test_examples_survive(name: str) -> None:
    spec = open_run(name)
    assert through_text(spec) == spec


def test_a_full_file_survives() -> None:
    spec = parse_run(full(), HERE)
    assert through_text(spec) == spec


def test_minus_zero_and_the_smallest_number_survive() -> None:
    document = full()
    document["data"]["inputs"][0] = [-0.0, 5e-324]
    spec = parse_run(document, HERE)
    assert through_text(spec).dataset.inputs.tobytes() == spec.dataset.inputs.tobytes()


@given(run_specs())
@settings(max_examples=60, deadline=None)
def test_any_run_survives(spec: RunSpec) -> None:
    read = through_text(spec)
    assert through_text(read) == read
    assert (read.dataset, read.network, read.start) == (spec.dataset, spec.network, spec.start)
    assert (read.loss, read.penalty, read.training, read.seed) == (spec.loss, spec.penalty, spec.training, spec.seed)
    assert read.optimizer.schedule == spec.optimizer.schedule
    assert read.optimizer.clip_norm == spec.optimizer.clip_norm
