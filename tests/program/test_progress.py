"""What is computed at a position, and whose numbers are shown there."""

import pytest

from bpstudio.model.spec import Order, TrainingSpec
from bpstudio.session.session import Session
from tests.support.specs import run_spec


@pytest.mark.parametrize("order", list(Order))
def test_the_sample_at_work_is_that_of_what_was_just_executed(order: Order) -> None:
    session = Session(run_spec((2, 2, 1), samples=3, training=TrainingSpec(order=order)))
    end = session.program.iteration_start(1)
    assert session.progress.sample == 0
    for position in range(1, end):
        session.seek(position=position)
        executed = session.program.operation(position - 1)
        if executed.sample is not None:
            assert session.progress.sample == executed.sample == session.program.sample_at(position - 1)
    session.seek(position=end)
    assert session.progress.sample == 0, "an iteration begins with its first sample"


def test_a_step_over_a_sample_shows_all_its_numbers() -> None:
    session = Session(run_spec((2, 2, 1), samples=3))
    for sample in range(3):
        session.step("sample")
        assert session.progress.sample == sample
        assert session.value("delta[1][0]") == session.tape.value("delta[1][0]", sample=sample)
    session.step_back("operation")
    assert session.progress.sample == 2
