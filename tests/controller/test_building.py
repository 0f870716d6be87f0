"""Building: what is typed becomes the run, what is wrong leaves it alone, and the run before comes back bit for bit."""

from collections.abc import Iterator

import numpy as np
import pytest

from bpstudio.controller.run_controller import RunController
from bpstudio.model.dataset import make_dataset
from bpstudio.model.spec import InitializerSpec
from bpstudio.session.session import Session
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.build_state import BuildState, LayerWish, StartWish


@pytest.fixture
def controller(qapp: object) -> Iterator[RunController]:
    made = RunController()
    made.open("xor")
    yield made
    made.stop()


def session_of(controller: RunController) -> Session:
    assert controller.session is not None
    return controller.session


def state_of(controller: RunController) -> BuildState:
    state = controller.building.state()
    assert state is not None
    return state


def sizes(controller: RunController) -> tuple[int, ...]:
    return session_of(controller).spec.network.sizes


def test_each_change_starts_the_described_run(controller: RunController) -> None:
    building = controller.building
    building.change_layer(0, LayerWish("units", "6"))
    building.change_layer(0, LayerWish("activation", "leaky_relu"))
    building.change_layer(0, LayerWish("alpha", "0.2"))
    building.add_layer(1)
    building.set_field("optimizer.name", "adam")
    building.set_field("optimizer.learning_rate", "0.03")
    spec = session_of(controller).spec
    assert spec.network.sizes == (2, 6, 6, 1)
    assert (spec.network.layer(1).activation, spec.network.layer(1).alpha) == ("leaky_relu", 0.2)
    assert (spec.optimizer.name, spec.optimizer.learning_rate) == ("adam", 0.03)
    assert state_of(controller).summary == "2-6-6-1"


def test_what_is_wrong_is_told_at_its_field_and_the_run_stays(controller: RunController) -> None:
    before = session_of(controller)
    controller.building.change_layer(0, LayerWish("units", "two"))
    state = state_of(controller)
    assert state.layers[0].problem("units") == 'expected a whole number ≥ 1, got "two"'
    assert state.layers[0].layer.units == "two"
    assert state.summary == "2-two-1"
    controller.building.set_field("training.batch_size", "many")
    assert session_of(controller) is before
    assert not controller.undo.can_undo
    controller.building.change_layer(0, LayerWish("units", "3"))
    controller.building.set_field("training.batch_size", "2")
    assert sizes(controller) == (2, 3, 1)


def test_the_run_before_comes_back_where_it_stood_bit_for_bit(controller: RunController) -> None:
    session = session_of(controller)
    session.seek(iteration=25)
    session.step("operation")
    bits, position = session.array("w[1]").tobytes(), session.position
    controller.building.change_layer(0, LayerWish("units", "5"))
    assert session_of(controller).position == 0
    controller.undo.undo()
    assert session_of(controller).position == position
    assert session_of(controller).array("w[1]").tobytes() == bits
    assert state_of(controller).summary == "2-2-1"


def test_texts_stay_as_they_are_typed_and_follow_the_run_that_comes_back(controller: RunController) -> None:
    controller.building.set_field("optimizer.learning_rate", "0.250")
    assert rate_text(controller) == "0.250"
    controller.undo.undo()
    assert rate_text(controller) == "1.0"


def rate_text(controller: RunController) -> str:
    return next(row.text for row in state_of(controller).fields if row.place == "optimizer.learning_rate")


def test_the_same_seed_draws_the_same_numbers_again(controller: RunController) -> None:
    building = controller.building
    building.start_from(StartWish.DRAW_AGAIN)
    first = session_of(controller).array("w[1]").tobytes()
    assert isinstance(session_of(controller).spec.start, InitializerSpec)
    building.start_from(StartWish.DRAW_ANEW)
    assert session_of(controller).spec.seed == 1
    assert session_of(controller).array("w[1]").tobytes() != first
    building.set_field("seed", "0")
    assert session_of(controller).array("w[1]").tobytes() == first


def test_zero_and_from_now(controller: RunController) -> None:
    session_of(controller).seek(iteration=10)
    trained = session_of(controller).array("w[2]").tolist()
    controller.building.start_from(StartWish.NOW)
    assert (session_of(controller).position, session_of(controller).array("w[2]").tolist()) == (0, trained)
    controller.building.start_from(StartWish.ZERO)
    assert np.count_nonzero(session_of(controller).array("w[1]")) == 0


def test_frozen_biases_stay(controller: RunController) -> None:
    controller.building.set_biases_trained(False)
    session = session_of(controller)
    session.seek(iteration=3)
    assert session.array("b[1]").tolist() == [-0.1, 0.1]
    controller.building.set_biases_trained(True)
    session_of(controller).seek(iteration=3)
    assert session_of(controller).array("b[1]").tolist() != [-0.1, 0.1]


def test_breakpoints_go_on_and_those_without_a_meaning_are_named(controller: RunController) -> None:
    said: list[str] = []
    controller.message_shown.connect(said.append)
    for condition in ("loss < 0.1", "w[1][1,0] > 2"):
        assert controller.debugger.accept(BreakpointDraft(kind=BreakpointKind.CONDITION, condition=condition))
    controller.debugger.add_watch("delta[1][1]")
    controller.building.change_layer(0, LayerWish("units", "1"))
    assert [draft.condition for draft in controller.debugger.drafts.values()] == ["loss < 0.1"]
    assert controller.debugger.watches == {}
    assert said[-1] == "Without a meaning here, and dropped: w[1][1,0] > 2, delta[1][1]."


def test_what_was_dropped_is_there_again_after_undo(controller: RunController) -> None:
    assert controller.debugger.accept(BreakpointDraft(kind=BreakpointKind.CONDITION, condition="w[1][1,0] > 2"))
    controller.building.change_layer(0, LayerWish("units", "1"))
    assert controller.debugger.drafts == {}
    controller.undo.undo()
    assert [draft.condition for draft in controller.debugger.drafts.values()] == ["w[1][1,0] > 2"]


def test_digits_typed_one_after_the_other_are_one_step(controller: RunController) -> None:
    for text in ("1", "12"):
        controller.building.change_layer(0, LayerWish("units", text))
    controller.building.set_field("seed", "4")
    assert controller.undo.undo_words == "Seed: 4"
    controller.undo.undo()
    assert controller.undo.undo_words == "hidden layer 1: 12 units"
    controller.undo.undo()
    assert sizes(controller) == (2, 2, 1)
    controller.undo.redo()
    assert sizes(controller) == (2, 12, 1)
    assert state_of(controller).layers[0].layer.units == "12"


def test_other_data_change_inputs_outputs_and_if_need_be_the_loss(controller: RunController) -> None:
    said: list[str] = []
    controller.message_shown.connect(said.append)
    curve = make_dataset(np.array([[0.0], [1.0]]), np.array([[-3.0], [4.0]]))
    controller.building.set_dataset(curve, "a curve")
    assert sizes(controller) == (1, 2, 1)
    assert session_of(controller).spec.loss.name == "squared_error"
    assert said[-1] == "The network now has 1 in and 1 out (identity), with squared error."


def test_no_rows_leave_the_run_its_data(controller: RunController) -> None:
    said: list[str] = []
    controller.message_shown.connect(said.append)
    before = session_of(controller)
    controller.building.set_dataset(make_dataset(np.empty((0, 2)), np.empty((0, 1))), "clear")
    assert session_of(controller) is before
    assert said[-1] == "The run keeps its data: expected at least one row to train on, got none."


def test_very_many_rows_come_in_batches(controller: RunController) -> None:
    said: list[str] = []
    controller.message_shown.connect(said.append)
    rows = np.zeros((6_000, 2))
    controller.building.set_dataset(make_dataset(rows, rows[:, :1]), "many")
    assert session_of(controller).spec.batch_size == 32
    assert said[-1] == ("The network now has 2 in and 1 out (sigmoid), with binary cross entropy, in batches of 32.")


def test_the_row_at_work_is_known(controller: RunController) -> None:
    desk = controller.data_desk
    assert desk.current_row() == 0
    session_of(controller).step("sample")
    assert desk.current_row() == 0, "its numbers still stand"
    session_of(controller).step("operation")
    assert desk.current_row() == 1
    session_of(controller).seek(iteration=1)
    assert desk.current_row() == 0
