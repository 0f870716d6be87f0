"""View states: pure, equal when nothing differs, and true to the session."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.explain.number_format import NumberFormat
from bpstudio.files.examples import example_names
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity
from bpstudio.model.quality import held_out_quality
from bpstudio.model.spec import NotationName, RunSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import MOST_SHOWN, nice_ceiling
from bpstudio.viewstate.outline_state import When, build_outline_state
from bpstudio.viewstate.selection import EdgeMode, Selection, UnitMode, ViewOptions
from bpstudio.viewstate.status_state import build_status_state
from bpstudio.viewstate.timeline_state import TimelineState
from bpstudio.viewstate.timeline_view import TimelineMarks, build_timeline_state
from bpstudio.viewstate.view_state import build_view_state
from tests.support.specs import run_spec, run_specs


def timeline_of(session: Session, options: ViewOptions) -> TimelineState:
    return build_timeline_state(session, options, None, 900, TimelineMarks())


@given(run_specs(most_units=3, most_samples=3), st.data())
@settings(max_examples=60)
def test_any_moment_of_any_run_can_be_shown(spec: RunSpec, data: st.DataObject) -> None:
    session = Session(spec, is_unfolded=data.draw(st.booleans()))
    session.seek(position=data.draw(st.integers(0, 2 * session.program.epoch_size)))
    options = ViewOptions(
        notation=data.draw(st.sampled_from(NotationName)),
        level=data.draw(st.sampled_from(Level)),
        edge_mode=data.draw(st.sampled_from(EdgeMode)),
        unit_mode=data.draw(st.sampled_from(UnitMode)),
    )
    selection = Selection(Address(Quantity.WEIGHT, 1, (0, 0)), Address(Quantity.ACTIVATION, 0, (0,)))
    first, second = (build_view_state(session, selection, options, timeline_of(session, options)) for _ in range(2))
    assert repr(first) == repr(second)


@pytest.mark.parametrize("name", example_names())
def test_badges_say_exactly_the_deltas_that_exist(name: str) -> None:
    session = Session(open_run(name))
    for _ in range(150):
        state = build_canvas_state(session, Selection(), ViewOptions())
        for column in state.columns[1:]:
            for unit in column.units:
                if unit.index >= 0:
                    assert unit.delta == session.value(f"delta[{unit.layer}][{unit.index}]")
                    assert unit.value == session.value(f"a[{unit.layer}][{unit.index}]")
        session.step()


def test_edges_show_what_their_mode_says_once_it_exists() -> None:
    session = Session(open_run("mazur"))
    options = ViewOptions(edge_mode=EdgeMode.FLOW)
    session.seek(position=session.program.span(0, Level.PASS).end)
    flows = build_canvas_state(session, Selection(), options).edges
    edge = next(e for e in flows if (e.layer, e.unit, e.source) == (1, 0, 1))
    assert edge.value == pytest.approx(0.2 * 0.10)
    gradients = build_canvas_state(session, Selection(), replace(options, edge_mode=EdgeMode.GRADIENT)).edges
    assert all(e.value is None for e in gradients)
    session.seek(position=session.program.iteration_start(1) - 1)
    updates = build_canvas_state(session, Selection(), replace(options, edge_mode=EdgeMode.UPDATE)).edges
    edge = next(e for e in updates if (e.layer, e.unit, e.source) == (2, 0, 0))
    assert edge.value == session.tape.value("step_w[2][0,0]")


def test_a_large_layer_has_words_for_the_units_at_work_and_numbers_for_all() -> None:
    session = Session(run_spec((784, 128, 10), samples=2))
    inside = session.program.position_of(0, Pass.FORWARD, 1, OperationKind.MULTIPLY_ADD, unit=60, entry=5)
    assert inside is not None
    session.seek(position=inside)
    state = build_canvas_state(session, Selection(), ViewOptions())
    assert all(len(column.units) <= MOST_SHOWN + 3 for column in state.columns)
    assert 60 in {unit.index for unit in state.columns[1].units}
    assert state.columns[0].hidden == 784 - len([u for u in state.columns[0].units if u.index >= 0])
    assert np.array_equal(state.columns[0].numbers.values, session.tape.array("a[0]", 0))
    assert state.columns[1].numbers.known_count == 60
    assert state.bands[0].numbers.values.shape == (128, 785)


@pytest.mark.parametrize("name", example_names())
def test_the_outline_marks_the_next_operation_and_covers_the_position(name: str) -> None:
    session = Session(open_run(name))
    for level in (Level.OPERATION, Level.UNIT, Level.LAYER, Level.ITERATION):
        for _ in range(12):
            session.step(level)
            state = build_outline_state(session, ViewOptions())
            row = state.rows[state.marked]
            assert row.start == session.position
            assert row.is_next
            for other in state.rows:
                expected = When.DONE if other.end <= session.position else When.AHEAD
                if other.start <= session.position < other.end:
                    expected = When.NOW
                assert other.when is expected


def test_an_outline_stays_short_however_wide_the_network() -> None:
    session = Session(run_spec((784, 128, 10), samples=2))
    session.seek(position=60 * 786 + 400)
    assert len(build_outline_state(session, ViewOptions()).rows) < 1000


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, 1.0), (0.7, 1.0), (1.2, 2.0), (3.0, 5.0), (7.0, 10.0), (0.02, 0.02)]
)
def test_scales_are_round_numbers(value: float, expected: float) -> None:
    assert nice_ceiling(value) == pytest.approx(expected)


def test_the_status_tells_how_good_the_network_is_on_held_out_rows() -> None:
    session = Session(open_run("iris"))
    before = build_status_state(session, ViewOptions()).quality
    session.seek(iteration=400)
    after = build_status_state(session, ViewOptions()).quality
    quality = held_out_quality(session.engine)
    assert quality is not None
    assert quality.accuracy is not None
    assert after == f"held out {NumberFormat(4).format(quality.loss)}, {quality.accuracy:.0%} right"
    assert before != after


def test_the_status_writes_its_numbers_as_was_chosen() -> None:
    session = Session(open_run("iris"))
    session.seek(iteration=20)
    state = build_status_state(session, ViewOptions(digits=3, decimal_comma=True))
    assert "." not in state.loss + state.quality + state.history
    assert state.loss.endswith(NumberFormat(3, decimal_comma=True).format(float(session.losses.values[19])))


def test_the_status_says_whose_loss_it_shows() -> None:
    session, written = Session(open_run("two-layer-deltas")), NumberFormat().format

    def shown() -> str:
        return build_status_state(session, ViewOptions()).loss

    assert shown() == "loss not computed yet"
    session.step(Level.PASS)
    session.step(Level.PASS)
    first = session.value("sample_loss")
    assert first is not None
    assert shown() == f"sample's loss {written(first)}"
    session.seek(position=session.program.iteration_start(1) - 1)
    loss = session.value("loss")
    assert loss is not None
    assert loss == session.losses.values[0]
    assert shown() == f"loss {written(loss)}"
    session.step(Level.ITERATION)
    assert shown() == f"loss of iteration 0: {written(loss)}"


def test_what_is_selected_and_not_computed_is_named_in_the_notation() -> None:
    session, options = Session(open_run("mazur")), ViewOptions()
    selection = Selection(Address(Quantity.ACTIVATION, 2, (1,)))
    state = build_view_state(session, selection, options, timeline_of(session, options))
    assert state.inspector.selected_title == "a⁽³⁾₂ is not computed yet at this position"
    in_code = replace(options, notation=NotationName.CODE)
    state = build_view_state(session, selection, in_code, timeline_of(session, in_code))
    assert state.inspector.selected_title.startswith("a[2][")


def test_the_status_of_a_run_without_held_out_rows_says_nothing_of_them() -> None:
    assert build_status_state(Session(open_run("xor")), ViewOptions()).quality == ""
