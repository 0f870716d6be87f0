"""What edges show, against the session's own arrays: the same numbers, and only those that exist."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import ActivationName, Array, NotationName, RunSpec, UpdateRule
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import Mark
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.edge_values import Detail, EdgeBand, detail_for
from bpstudio.viewstate.numbers import Numbers, first_known, numbers
from bpstudio.viewstate.selection import EdgeMode, Selection, UnitMode, ViewOptions
from tests.support.specs import run_spec, run_specs

Q = Quantity
K = OperationKind


def shown(session: Session, mode: EdgeMode, name: NotationName = NotationName.NIELSEN) -> tuple[EdgeBand, ...]:
    return build_canvas_state(session, Selection(), ViewOptions(notation=name, edge_mode=mode)).bands


def with_gaps(band: EdgeBand) -> Array:
    """The weights' part of a band, NaN where nothing is computed."""
    found = band.numbers.values.copy()
    if band.numbers.known is not None:
        found[~band.numbers.known] = np.nan
    return found


@given(run_specs(most_units=4, most_samples=3), st.data())
@settings(max_examples=60, deadline=None)
def test_weights_and_updates_are_those_of_the_session_at_any_position(spec: RunSpec, data: st.DataObject) -> None:
    session = Session(spec)
    session.seek(position=data.draw(st.integers(0, 2 * session.program.epoch_size)))
    weights, updates = shown(session, EdgeMode.WEIGHT), shown(session, EdgeMode.UPDATE)
    for band, update in zip(weights, updates, strict=True):
        assert np.array_equal(with_gaps(band), session.array(Address(Q.WEIGHT, band.layer)), equal_nan=True)
        assert np.array_equal(with_gaps(update), session.array(Address(Q.WEIGHT_STEP, band.layer)), equal_nan=True)


@given(run_specs(most_units=4, most_samples=3), st.data())
@settings(max_examples=60, deadline=None)
def test_biases_stand_in_the_last_column_where_the_notation_draws_them(spec: RunSpec, data: st.DataObject) -> None:
    session = Session(spec)
    session.seek(position=data.draw(st.integers(0, 2 * session.program.epoch_size)))
    for band in shown(session, EdgeMode.WEIGHT, NotationName.THETA):
        has_bias = spec.network.layer(band.layer).bias.present
        assert band.has_bias == has_bias
        if has_bias:
            biases = session.array(Address(Q.BIAS, band.layer))
            assert np.array_equal(band.numbers.values[:, -1], biases, equal_nan=True)
            assert band.value(0, -1) == pytest.approx(float(biases[0]), nan_ok=True)


@given(run_specs(most_units=4, most_samples=3), st.data())
@settings(max_examples=60, deadline=None)
def test_gradients_are_all_of_the_sample_or_all_of_the_batch_as_the_legend_says(
    spec: RunSpec, data: st.DataObject
) -> None:
    session = Session(spec)
    session.seek(position=data.draw(st.integers(0, 2 * session.program.epoch_size)))
    options = ViewOptions(notation=NotationName.NIELSEN, edge_mode=EdgeMode.GRADIENT)
    state = build_canvas_state(session, Selection(), options)
    is_of_batch = "gradient of the batch" in state.legend.quantity
    assert is_of_batch or f"gradient of sample {session.progress.sample + 1}" in state.legend.quantity
    quantity = Q.WEIGHT_GRADIENT if is_of_batch else Q.SAMPLE_WEIGHT_GRADIENT
    for band in state.bands:
        assert np.array_equal(with_gaps(band), session.array(Address(quantity, band.layer)), equal_nan=True)


@pytest.mark.parametrize("name", ["two-layer-deltas", "iris"])
def test_the_batchs_gradient_takes_the_samples_place_with_its_first_entry_and_gives_it_back(name: str) -> None:
    session = Session(open_run(name))
    first = session.program.position_of(0, Pass.REDUCE, 1, K.REDUCE, unit=0, entry=0)
    assert first is not None
    edge = Address(Q.WEIGHT, 1, (0, 0))
    options = ViewOptions(edge_mode=EdgeMode.GRADIENT)

    def told() -> tuple[str, float | None, str]:
        state = build_canvas_state(session, Selection(hovered=edge), options)
        return state.legend.quantity, state.bands[0].value(0, 0), state.hint

    session.seek(position=first)
    before = told()
    sample = session.progress.sample
    own, whole = session.value(Address(Q.SAMPLE_WEIGHT_GRADIENT, 1, (0, 0)), sample), session.tape.value("dw[1][0,0]")
    words = f"gradient of sample {sample + 1}"
    assert own is not None
    assert before[:2] == (words, own)
    assert before[2].endswith(f"{words}: d⁽¹⁾₁₁ = {options.numbers.format(own)}")
    session.step(Level.OPERATION)
    assert told()[:2] == ("gradient of the batch", whole)
    assert told()[2].endswith(f"gradient of the batch: D⁽¹⁾₁₁ = {options.numbers.format(float(whole))}")
    assert build_canvas_state(session, Selection(), options).bands[0].value(0, 1) is None
    session.step_back(Level.OPERATION)
    assert told() == before


def test_with_output_first_a_layer_below_shows_the_samples_gradient_again() -> None:
    spec = run_spec((2, 3, 2), samples=2)
    session = Session(replace(spec, training=replace(spec.training, update=UpdateRule.OUTPUT_FIRST)))
    words = []
    for pass_, layer, kind in ((Pass.UPDATE, 2, K.UPDATE), (Pass.BACKWARD, 1, K.GRADIENT), (Pass.REDUCE, 1, K.REDUCE)):
        position = session.program.position_of(0, pass_, layer, kind, entry=0)
        assert position is not None
        session.seek(position=position + 1)
        state = build_canvas_state(session, Selection(), ViewOptions(edge_mode=EdgeMode.GRADIENT))
        words.append((state.legend.quantity, state.bands[0].value(0, 0) is None))
    assert words == [
        ("gradient of the batch", True), ("gradient of sample 1", False), ("gradient of the batch", False)
    ]  # fmt: skip


def test_the_gradient_of_a_bias_reads_the_delta_that_the_inspector_lists() -> None:
    session = Session(run_spec((3, 4, 2)))
    position = session.program.position_of(0, Pass.BACKWARD, 1, K.BIAS_GRADIENT, unit=2)
    assert position is not None
    session.seek(position=position + 1)
    state = build_canvas_state(session, Selection(), ViewOptions())
    read = [(unit.layer, unit.index) for column in state.columns for unit in column.units if unit.mark is Mark.READ]
    assert (1, 2) in read
    assert all(index < 0 for at, index in read if (at, index) != (1, 2))


@pytest.mark.parametrize(
    ("sizes", "unit_mode", "notes"),
    [
        ((3, 4, 2), UnitMode.ACTIVATION, ()),
        ((3, 4, 2), UnitMode.PRE_ACTIVATION, ("units: weighted sum z",)),
        ((13, 4, 2), UnitMode.ACTIVATION, ("large layers: full colour = the layer's largest value",)),
        ((3, 13, 2), UnitMode.ACTIVATION, ("large layers: full colour, stroke = the layer's largest value, δ",)),
    ],
)
def test_the_legend_says_what_units_show_where_nothing_else_does(
    sizes: tuple[int, ...], unit_mode: UnitMode, notes: tuple[str, ...]
) -> None:
    options = ViewOptions(unit_mode=unit_mode)
    assert build_canvas_state(Session(run_spec(sizes, samples=2)), Selection(), options).legend.notes == notes


def test_hovering_tells_the_whole_name_of_an_input_and_of_a_target() -> None:
    spec = run_spec((2, 3, 2))
    named = replace(
        spec.dataset, input_names=("petal width in millimetres", "x2"), target_names=("Iris virginica", "y")
    )
    session = Session(replace(spec, dataset=named))
    hints = {
        (layer, unit): build_canvas_state(
            session, Selection(hovered=Address(Q.ACTIVATION, layer, (unit,))), ViewOptions()
        ).hint
        for layer in range(3)
        for unit in range(2)
    }
    assert hints[0, 0].startswith("petal width in millimetres   a⁽¹⁾₁ = ")
    assert hints[2, 0] == "Iris virginica   a⁽³⁾₁ not computed yet"
    assert all(hints[at].startswith("a⁽") for at in ((0, 1), (1, 0), (1, 1), (2, 1)))


@given(run_specs(most_units=4, most_samples=3), st.data())
@settings(max_examples=60, deadline=None)
def test_flow_going_forward_is_weight_times_input_and_going_back_weight_times_delta(
    spec: RunSpec, data: st.DataObject
) -> None:
    session = Session(spec)
    session.seek(position=data.draw(st.integers(0, session.program.iteration_start(1) - 1)))
    state = build_canvas_state(
        session, Selection(), ViewOptions(notation=NotationName.NIELSEN, edge_mode=EdgeMode.FLOW)
    )
    for band in state.bands:
        if state.accent in (Pass.BACKWARD, Pass.REDUCE, Pass.UPDATE):
            old = session.tape.array(Address(Q.WEIGHT, band.layer))
            new = session.tape.after(Address(Q.WEIGHT, band.layer))
            weights = new if spec.training.update == "output_first" else old
            expected = weights * session.array(Address(Q.DELTA, band.layer))[:, None]
            if band.layer == 1:
                expected = np.full_like(expected, np.nan)
        else:
            below = session.array(Address(Q.ACTIVATION, band.layer - 1))
            expected = session.array(Address(Q.WEIGHT, band.layer)) * below
        assert np.array_equal(with_gaps(band), expected, equal_nan=True)


def test_a_difference_shows_nothing_without_a_branch_to_compare_with() -> None:
    session = Session(run_spec((3, 4, 2)))
    state = build_canvas_state(session, Selection(), ViewOptions(edge_mode=EdgeMode.DIFFERENCE))
    assert all(band.numbers.known_count == 0 for band in state.bands)
    assert "not computed yet" in state.legend.quantity


def test_a_difference_is_zero_but_for_what_was_edited() -> None:
    session = Session(run_spec((3, 4, 2)))
    session.seek(iteration=2)
    options = ViewOptions(edge_mode=EdgeMode.DIFFERENCE, compared=0)
    assert all((band.numbers.values == 0.0).all() for band in build_canvas_state(session, Selection(), options).bands)


def test_each_way_of_drawing_begins_at_its_number_of_edges() -> None:
    assert [detail_for(count) for count in (1, 700, 701, 5_000, 5_001)] == [
        Detail.WIDE, Detail.WIDE, Detail.HAIRLINES, Detail.HAIRLINES, Detail.DENSITY
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "words"),
    [((4, 8, 3), ""), ((40, 40, 3), "hairlines"), ((100, 90, 3), "density")],
)
def test_the_legend_says_how_edges_are_drawn(sizes: tuple[int, ...], words: str) -> None:
    state = build_canvas_state(Session(run_spec(sizes, samples=2)), Selection(), ViewOptions())
    assert words in state.legend.detail
    assert ("120 strongest" in state.legend.detail) == bool(words)


def test_the_legend_names_the_quantity_of_the_pass() -> None:
    session = Session(run_spec((3, 4, 2)))
    words = {}
    for pass_, kind in ((Pass.FORWARD, K.ACTIVATE), (Pass.BACKWARD, K.DELTA)):
        position = session.program.position_of(0, pass_, 1, kind)
        assert position is not None
        session.seek(position=position + 1)
        words[pass_] = build_canvas_state(session, Selection(), ViewOptions(edge_mode=EdgeMode.FLOW)).legend.quantity
    assert words == {Pass.FORWARD: "flow (weight × input)", Pass.BACKWARD: "flow (weight × δ)"}


def test_the_full_width_is_at_a_round_number_that_nothing_exceeds() -> None:
    session = Session(run_spec((40, 90, 3), samples=2))
    state = build_canvas_state(session, Selection(), ViewOptions())
    largest = max(float(np.abs(band.numbers.values).max()) for band in state.bands)
    assert largest <= state.edge_scale < 5.0 * largest
    assert state.legend.full == f"±{ViewOptions().numbers.format(state.edge_scale)}"


def focused(session: Session, selected: Address | None) -> CanvasState:
    return build_canvas_state(session, Selection(selected=selected), ViewOptions(is_focused=True))


def test_focus_keeps_a_unit_and_what_it_reads_and_fades_the_rest() -> None:
    session = Session(run_spec((3, 4, 2)))
    position = session.program.position_of(0, Pass.LOSS, 2, K.SAMPLE_LOSS)
    assert position is not None
    session.seek(position=position)
    state = focused(session, Address(Q.ACTIVATION, 1, (2,)))
    clear = {(u.layer, u.index) for column in state.columns for u in column.units if not u.is_faded}
    assert clear == {(0, 0), (0, 1), (0, 2), (0, -1), (1, 2)}
    assert state.is_in_focus(1, 2, 0)
    assert state.is_in_focus(1, 2, -1)
    assert not state.is_in_focus(1, 1, 0)


def test_focus_looks_to_the_layer_above_going_back() -> None:
    session = Session(run_spec((3, 4, 2)))
    position = session.program.position_of(0, Pass.BACKWARD, 1, K.DELTA, unit=2)
    assert position is not None
    session.seek(position=position + 1)
    state = focused(session, None)
    assert state.focus == (1, 2)
    clear = {(u.layer, u.index) for column in state.columns for u in column.units if not u.is_faded}
    assert clear == {(1, 2), (2, 0), (2, 1)}
    assert state.is_in_focus(2, 1, 2)


def test_without_focus_nothing_fades() -> None:
    state = build_canvas_state(Session(run_spec((3, 4, 2))), Selection(), ViewOptions())
    assert state.focus is None
    assert not any(unit.is_faded for column in state.columns for unit in column.units)


def test_of_a_unit_with_many_inputs_what_was_read_is_one_fan() -> None:
    session = Session(run_spec((784, 5, 2), samples=1))
    position = session.program.position_of(0, Pass.FORWARD, 1, K.MULTIPLY_ADD, unit=3, entry=500)
    assert position is not None
    session.seek(position=position + 1)
    state = build_canvas_state(session, Selection(), ViewOptions())
    assert state.fan is not None
    assert (state.fan.layer, state.fan.unit, state.fan.is_outgoing, state.fan.count) == (1, 3, False, 500)
    assert state.fan.holds(1, 3, 499)
    assert not state.fan.holds(1, 3, 500)
    assert [(edge.unit, edge.source) for edge in state.edges] == [(3, 500)]


@pytest.mark.parametrize("pass_", [Pass.FORWARD, Pass.BACKWARD])
def test_up_to_64_products_are_marked_one_by_one_until_the_unit_is_done(pass_: Pass) -> None:
    session = Session(run_spec((64, 5, 64) if pass_ is Pass.FORWARD else (3, 5, 64), samples=1))
    last = session.program.position_of(0, pass_, 1, K.ACTIVATE if pass_ is Pass.FORWARD else K.DELTA, unit=3)
    assert last is not None
    session.seek(position=last + 1)
    state = build_canvas_state(session, Selection(), ViewOptions())
    assert state.fan is None
    marked = {(edge.unit, edge.source) for edge in state.edges if edge.mark is Mark.EARLIER and edge.source >= 0}
    assert marked == {(3, k) if pass_ is Pass.FORWARD else (k, 3) for k in range(64)}


def test_equal_arrays_are_equal_numbers_whenever_they_were_made() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(5, 7))
    one, other = numbers(values), numbers(values.copy())
    assert one == other
    assert one != numbers(np.nextafter(values, 9.0))
    partly = numbers(values, first_known((5, 7), 12))
    assert partly != one
    assert (partly.known_count, partly.at(1, 4), partly.at(1, 5)) == (12, float(values[1, 4]), None)
    assert list(partly.changed_from(numbers(values, first_known((5, 7), 10)))) == [10, 11]


def test_numbers_are_copies_that_nobody_can_change() -> None:
    values = np.ones(3)
    kept = numbers(values)
    values[0] = 5.0
    assert kept.at(0) == 1.0
    with pytest.raises(ValueError, match="read-only"):
        kept.values[0] = 2.0


def test_the_largest_magnitude_leaves_out_what_is_not_finite() -> None:
    assert numbers(np.array([1.0, -3.0, np.nan, np.inf])).largest() == 3.0
    assert numbers(np.array([np.nan])).largest() == 0.0
    assert Numbers(np.empty(0), None, 0).largest() == 0.0


def test_hovering_tells_symbol_formula_and_number() -> None:
    session = Session(run_spec((3, 4, 2)))
    position = session.program.position_of(0, Pass.LOSS, 2, K.SAMPLE_LOSS)
    assert position is not None
    session.seek(position=position)
    options = ViewOptions()
    hint = build_canvas_state(session, Selection(hovered=Address(Q.ACTIVATION, 1, (2,))), options).hint
    value = session.value("a[1][2]")
    assert value is not None
    assert hint.startswith("a⁽²⁾₃ = g(z⁽²⁾₃) = " + options.numbers.format(value))
    assert "not computed yet" in hint  # δ
    assert build_canvas_state(session, Selection(), replace(options)).hint == ""


@pytest.mark.parametrize("wanted", ["dw[1][0,2]", "sample_dw[2][1,0]", "step_w[1][0,1]", "slope[2][0,1]", "db[2][1]"])
def test_a_number_chosen_elsewhere_is_told_as_itself(wanted: str) -> None:
    session = Session(run_spec((3, 1, 2), (ActivationName.TANH, ActivationName.SOFTMAX), samples=2))
    address, options = parse_address(wanted), ViewOptions()
    known = 0
    for position in range(session.program.next_boundary(0, Level.ITERATION)):
        session.seek(position=position)
        hint = build_canvas_state(session, Selection(selected=address), options).hint
        value = session.value(address)
        known += value is not None
        assert hint.endswith("not computed yet" if value is None else f" = {options.numbers.format(value)}")
        assert "δ" not in hint
    assert known


@pytest.mark.parametrize(
    ("name", "formulas"),
    [
        (NotationName.THETA, ["", "a⁽²⁾ = g(z⁽²⁾)", "a⁽³⁾ = g(z⁽³⁾)"]),
        (NotationName.NIELSEN, ["", "a² = σ(z²)", "a³ = σ(z³)"]),
    ],
)
def test_a_layer_says_how_its_activations_are_made(name: NotationName, formulas: list[str]) -> None:
    state = build_canvas_state(Session(run_spec((3, 4, 2))), Selection(), ViewOptions(notation=name))
    assert [column.formula for column in state.columns] == formulas
