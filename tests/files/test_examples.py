"""The shipped examples: they are there, they open, they have what each was made for."""

import json

import numpy as np
import pytest

from bpstudio import resources
from bpstudio.errors import RunFileError
from bpstudio.files.examples import example_names, example_path, example_text
from bpstudio.files.run_file import open_run
from bpstudio.model.spec import NotationName, Order
from bpstudio.session.session import Session
from tests.support.published_cases import load_cases


def accuracy(session: Session) -> float:
    tape = session.tape
    hidden = np.tanh(session.spec.dataset.held_out_inputs @ tape.array("w[1]").T + tape.array("b[1]"))
    scores = hidden @ tape.array("w[2]").T + tape.array("b[2]")
    return float((scores.argmax(axis=1) == session.spec.dataset.held_out_targets.argmax(axis=1)).mean())


def test_they_are_there_in_their_order() -> None:
    assert example_names() == ("two-layer-deltas", "matrix-form", "mazur", "xor", "iris", "moons", "digits")


def test_digits_are_read_that_were_never_seen() -> None:
    session = Session(open_run("digits"))
    session.seek(iteration=100)
    dataset = session.spec.dataset
    hidden = np.maximum(dataset.held_out_inputs @ session.array("w[1]").T + session.array("b[1]"), 0.0)
    scores = hidden @ session.array("w[2]").T + session.array("b[2]")
    assert (scores.argmax(axis=1) == dataset.held_out_targets.argmax(axis=1)).sum() == 95


@pytest.mark.parametrize("name", example_names())
def test_each_has_a_title_and_opens(name: str) -> None:
    assert open_run(name).title
    assert json.loads(example_text(name))["format"] == "bpstudio-run/1"


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(RunFileError, match="no example"):
        example_path("../mazur")


def test_mazur_is_the_published_case() -> None:
    case = next(case for case in load_cases() if case.name == "mazur_2_2_2")
    published, shipped = open_run(case.run_file("one_update_simultaneous")), open_run("mazur")
    assert (published.network, published.start) == (shipped.network, shipped.start)
    assert published.dataset.inputs.tolist() == shipped.dataset.inputs.tolist()
    assert (published.loss, published.optimizer) == (shipped.loss, shipped.optimizer)


def test_two_layer_deltas_has_two_hidden_layers_of_two() -> None:
    spec = open_run("two-layer-deltas")
    assert spec.network.sizes == (2, 2, 2, 1)
    assert spec.is_matched_pair
    assert spec.notation is NotationName.THETA


def test_matrix_form_has_one_closed_relu() -> None:
    spec = open_run("matrix-form")
    assert (spec.dataset.inputs.shape, spec.network.sizes) == ((3, 1), (1, 2, 2))
    assert (spec.training.order, spec.notation) == (Order.LAYER_MAJOR, NotationName.MATRIX)
    tape = Session(spec).tape
    closed = int((tape.array("z[1]") <= 0).sum() + (tape.array("z[2]") <= 0).sum())
    assert closed == 1


def test_xor_is_learnt() -> None:
    session = Session(open_run("xor"))
    assert session.tape.value("loss") > 0.6
    session.seek(iteration=2000)
    assert session.tape.value("loss") < 0.05


def test_iris_is_learnt_on_rows_it_never_saw() -> None:
    session = Session(open_run("iris"))
    assert accuracy(session) < 0.6
    session.seek(iteration=1600)
    assert accuracy(session) > 0.95


def test_iris_is_fishers_and_not_the_copy_with_two_errors() -> None:
    lines = resources.path("datasets", "iris.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 151
    assert lines[35] == "4.9,3.1,1.5,0.2,setosa"
    assert lines[38] == "4.9,3.6,1.4,0.1,setosa"
    values = np.array([[float(cell) for cell in line.split(",")[:4]] for line in lines[1:]])
    # Column sums of Fisher's 1936 table.
    assert values.sum(axis=0).round(6).tolist() == [876.5, 458.6, 563.7, 179.9]
