"""Loss and accuracy on held-out rows; measuring never touches the run."""

import numpy as np
import pytest

from bpstudio.files.run_file import open_run
from bpstudio.model.passes import Engine
from bpstudio.model.quality import accuracy_of, held_out_quality, training_quality
from tests.support.specs import run_spec


def test_held_out_rows_are_measured_with_the_parameters_of_now() -> None:
    spec = open_run("iris")
    engine = Engine(spec)
    before, untouched = held_out_quality(engine), engine.state()
    assert before is not None
    engine.iterate(400)
    after = held_out_quality(engine)
    assert after is not None
    assert after.loss < before.loss / 2
    assert after.accuracy is not None
    assert after.accuracy >= 0.9
    assert len(spec.dataset.held_out_inputs) * after.accuracy == pytest.approx(
        round(len(spec.dataset.held_out_inputs) * after.accuracy)
    )
    assert untouched.tobytes() == Engine(spec).state().tobytes()


def test_measuring_changes_no_bit_of_the_run() -> None:
    plain, watched = Engine(open_run("iris")), Engine(open_run("iris"))
    plain.iterate(30)
    for _ in range(30):
        watched.compute()
        held_out_quality(watched)
        watched.advance()
    assert watched.state().tobytes() == plain.state().tobytes()


def test_training_loss_of_a_full_batch_is_the_loss_of_the_iteration() -> None:
    engine = Engine(run_spec(samples=6))
    quality = training_quality(engine)
    assert quality is not None
    assert quality.loss == engine.compute().losses.data
    assert quality.accuracy is None


def test_no_held_out_rows_no_quality() -> None:
    assert held_out_quality(Engine(run_spec())) is None


def test_one_output_is_right_on_the_same_side_of_a_half() -> None:
    assert accuracy_of(np.array([[0.4], [0.6], [0.5]]), np.array([[0.0], [1.0], [0.0]])) == pytest.approx(2 / 3)
