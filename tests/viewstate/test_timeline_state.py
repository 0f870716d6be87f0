"""The timeline to scale: exact at any length, extremes kept, ticks that fit, windows that stay inside the run."""

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.program.levels import Level
from bpstudio.viewstate.curve import bucketed, drawn, finite_bounds, heights
from bpstudio.viewstate.timeline_state import (
    SMALLEST_SPAN,
    TimelineState,
    Window,
    following,
    kept,
    loss_curve,
    loss_in_sight,
    panned,
    room_for,
    thinned,
    zoomed,
)
from bpstudio.viewstate.timeline_ticks import LABEL_ROOM, Block, RunScale, Tick, Tier, make_ticks

HUGE = 2**70
SCALE = RunScale(epoch_size=250, iteration_size=100, iterations_per_epoch=3)  # 100, 100, and a remainder of 50
POSITIONS = st.integers(0, 2**80)


@given(POSITIONS, st.integers(1, 2**66), st.floats(0, 1, exclude_max=True))
def test_a_share_of_the_width_leads_back_to_the_cell_it_came_from(start: int, span: int, share: float) -> None:
    window = Window(start, start + span)
    position = window.position_at(share)
    assert Fraction(position - start, span) <= Fraction(share) < Fraction(position - start + 1, span)


def test_neighbours_beyond_2_to_the_70_are_told_apart() -> None:
    window = Window(HUGE, HUGE + 10)
    assert window.share_of(HUGE + 3) == 0.3
    assert window.position_at(0.31) == HUGE + 3


@given(POSITIONS)
def test_the_iteration_of_a_position_begins_before_it_and_the_next_after_it(position: int) -> None:
    iteration = SCALE.iteration_at(position)
    assert SCALE.iteration_start(iteration) <= position < SCALE.iteration_start(iteration + 1)


@given(st.integers(0, 2**64), st.integers(8, 2**64), st.floats(0, 1), st.integers(-6, 6))
def test_zooming_stays_inside_the_run_and_holds_what_it_zooms_about(
    start: int, span: int, share: float, steps: int
) -> None:
    whole = Window(0, 2**66)
    window = Window(start, start + span)
    about = window.position_at(share)
    made = zoomed(window, whole, about, steps)
    assert whole.start <= made.start < made.end <= whole.end
    assert made.holds(about)
    assert made.span >= SMALLEST_SPAN


def test_zooming_in_ends_at_single_operations() -> None:
    whole = Window(0, 10**9)
    window = whole
    for _ in range(200):
        window = zoomed(window, whole, 777_777, 1)
    assert window.span == SMALLEST_SPAN
    assert window.holds(777_777)


def test_zooming_out_from_single_operations_comes_back_to_the_whole() -> None:
    whole = Window(0, 10**6)
    window = Window(500, 508)
    for _ in range(100):
        window = zoomed(window, whole, 504, -1)
    assert window == whole


def test_panning_stops_at_both_ends() -> None:
    whole = Window(0, 100)
    assert panned(Window(90, 98), whole, Fraction(1, 2)) == Window(92, 100)
    assert panned(Window(3, 11), whole, Fraction(-1, 2)) == Window(0, 8)


def test_a_window_follows_what_leaves_it_and_stays_otherwise() -> None:
    whole, window = Window(0, 1000), Window(100, 130)
    assert following(window, whole, 129) is window
    assert following(window, whole, 130).holds(130)
    assert following(window, whole, 99) == Window(89, 119)


def test_who_sees_the_whole_run_goes_on_seeing_it_as_it_grows() -> None:
    before, now = Window(0, 100), Window(0, 200)
    assert kept(before, before, now) == now
    assert kept(Window(10, 20), before, now) == Window(10, 20)


@given(st.integers(0, 10**30))
def test_the_end_grows_in_steps_and_never_lies_before_what_was_computed(live: int) -> None:
    end = room_for(live, SCALE)
    assert end >= live
    assert end <= max(SCALE.iteration_start(10), 2 * live + 300)


@given(st.lists(st.integers(0, 10_000), unique=True), st.integers(1, 50))
def test_thinned_marks_fill_each_column_that_had_one_exactly_once(positions: list[int], columns: int) -> None:
    positions.sort()
    window = Window(1_000, 9_000)
    in_sight = [p for p in positions if window.holds(p)]
    found = thinned(positions, window, columns)
    all_columns = sorted({(p - window.start) * columns // window.span for p in in_sight})
    assert [(p - window.start) * columns // window.span for p in found] == all_columns
    assert set(found) <= set(in_sight)


# The curve.


@pytest.mark.parametrize("count", [1, 7, 1_024, 1_025, 100_003])
def test_no_extreme_of_a_curve_is_lost(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    made = bucketed(values, 0, count)
    assert len(made.low) <= 1_025
    assert made.low.min() == values.min()
    assert made.high.max() == values.max()
    assert len(made.edges) == len(made.low) + 1


def test_what_is_not_finite_is_flagged_and_hides_no_neighbour() -> None:
    values = np.ones(4_096)
    values[100], values[101], values[2_000] = np.nan, 9.0, np.inf
    made = bucketed(values, 0, 4_096)
    assert np.flatnonzero(made.is_broken).tolist() == [25, 500]
    assert made.high[25] == 9.0
    assert np.isfinite(made.high).all()


def test_buckets_stand_still_while_panning() -> None:
    values = np.arange(100_000.0)
    assert bucketed(values, 1_000, 51_000).first % bucketed(values, 1_000, 51_000).size == 0
    assert bucketed(values, 1_001, 51_001).edges[1:5] == bucketed(values, 1_000, 51_000).edges[1:5]


def test_an_empty_series_gives_an_empty_curve() -> None:
    made = loss_curve(bucketed(np.empty(0), 0, 10), SCALE, Window(0, 100), (0.0, 1.0))
    assert made.count == 0
    assert len(made.left) == 0


def test_a_loss_spans_its_iteration_to_the_operation() -> None:
    window = Window(0, 250)
    made = loss_curve(loss_in_sight(np.array([4.0, 2.0, 1.0]), SCALE, window, 1), SCALE, window, (0.0, 4.0))
    assert made.left.tolist() == [0.0, 0.4, 0.8]
    assert made.right.tolist() == [0.4, 0.8, 1.0]
    assert made.high.tolist() == [1.0, 0.5, 0.25]


def test_heights_of_numbers_near_the_largest_float_do_not_overflow() -> None:
    assert heights(np.array([-1.7e308, 0.0, 1.7e308]), (-1.7e308, 1.7e308)).tolist() == [0.0, 0.5, 1.0]


def test_a_flat_series_lies_in_the_middle() -> None:
    assert heights(np.array([3.0, np.nan]), (3.0, 3.0)).tolist()[0] == 0.5


def test_bounds_leave_out_what_is_not_finite() -> None:
    assert finite_bounds(np.array([np.nan, 2.0, np.inf])) == (0.0, 2.0)
    assert finite_bounds(np.array([np.nan])) == (0.0, 1.0)
    assert finite_bounds(np.array([2.0, 3.0]), with_zero=False) == (2.0, 3.0)


def test_curves_are_equal_by_revision_and_extent_and_their_arrays_cannot_be_written() -> None:
    buckets = bucketed(np.arange(10.0), 0, 10, revision=3)
    one, same = drawn(buckets, (0.0, 9.0), (0, 10)), drawn(buckets, (0.0, 9.0), (0, 10))
    assert one == same
    assert one != drawn(bucketed(np.arange(10.0), 0, 10, revision=4), (0.0, 9.0), (0, 10))
    with pytest.raises(ValueError, match="read-only"):
        one.low[0] = 1.0


def test_a_timeline_state_can_be_compared() -> None:
    curve = drawn(bucketed(np.arange(10.0), 0, 10), (0.0, 9.0), (0, 10))
    assert TimelineState(0, 10, Window(0, 10), 10, 3, curve=curve) == TimelineState(
        0, 10, Window(0, 10), 10, 3, curve=curve
    )


# Ticks.

BOUNDARIES = {
    Level.ITERATION: (0, 100),
    Level.SAMPLE: (0, 45, 90, 100),
    Level.PASS: (0, 20, 25, 45, 65, 70, 90, 95, 100),
    Level.LAYER: (0, 10, 20, 25, 35, 45, 55, 65, 70, 80, 90, 95, 100),
    Level.UNIT: tuple(range(0, 101, 5)),
    Level.OPERATION: tuple(range(101)),
}


def read(level: Level, position: int) -> Block:
    """Blocks of iterations of 100 operations."""
    origin, offset = divmod(position, 100)
    bounds = BOUNDARIES[level]
    index = bisect_right(bounds, offset) - 1
    return Block(100 * origin + bounds[index], 100 * origin + bounds[index + 1], f"{level.label} {index}")


def labels(ticks: tuple[Tick, ...], tier: Tier = Tier.FINE) -> list[str]:
    return [tick.label for tick in ticks if tick.tier is tier]


@given(POSITIONS, st.integers(8, 2**70), st.integers(200, 3000))
def test_labels_of_counted_ticks_have_room(start: int, span: int, width: int) -> None:
    window = Window(start, start + span)
    places = [tick.position for tick in make_ticks(start, start + span, width, SCALE) if tick.tier is Tier.FINE]
    gaps = [window.share_of(b) - window.share_of(a) for a, b in pairwise(places)]
    # The remainder iteration is half as long as the others.
    assert all(gap * width >= LABEL_ROOM / 2 - 1e-6 for gap in gaps)
    assert len(places) <= width / LABEL_ROOM * 2 + 2


def test_a_long_run_is_ticked_by_epochs() -> None:
    assert labels(make_ticks(0, 250_000, 1000, SCALE))[:3] == ["epoch 0", "epoch 100", "epoch 200"]


def test_a_few_epochs_are_ticked_by_iterations_under_epochs() -> None:
    ticks = make_ticks(0, 750, 1000, SCALE)
    assert labels(ticks) == [f"iteration {n}" for n in range(10)]
    assert labels(ticks, Tier.COARSE) == ["epoch 0", "epoch 1", "epoch 2"]


def test_the_epoch_a_window_begins_in_is_named_though_it_began_before() -> None:
    ticks = make_ticks(560, 740, 300, SCALE)
    assert (ticks[0].position, ticks[0].label, ticks[0].tier) == (500, "epoch 2", Tier.COARSE)


def test_full_batch_runs_speak_of_iterations_only() -> None:
    ticks = make_ticks(0, 100_000, 1000, RunScale(100, 100))
    assert labels(ticks)[1] == "iteration 100"
    assert not labels(ticks, Tier.COARSE)


@pytest.mark.parametrize(
    ("span", "fine", "coarse"),
    [(90, "pass 0", "iteration 0"), (50, "layer 0", "pass 0"), (20, "operation 0", "unit 0")],
)
def test_zooming_in_names_ever_finer_blocks(span: int, fine: str, coarse: str) -> None:
    ticks = make_ticks(300, 300 + span, 400 if span > 20 else 1500, RunScale(100, 100), read)
    assert labels(ticks)[0] == fine
    assert labels(ticks, Tier.COARSE)[0] == coarse


def test_iterations_of_one_sample_are_named_by_their_own_number() -> None:
    def read_one(level: Level, position: int) -> Block:
        """Iterations of 100 operations: one sample of 80, then the update."""
        start, within = position // 100 * 100, position % 100
        if level is Level.ITERATION:
            return Block(start, start + 100, f"iteration {start // 100}")
        if level is Level.SAMPLE:
            return Block(start, start + 80, "sample 1") if within < 80 else Block(start + 80, start + 100, "update")
        return Block(position, position + 1, "step")

    assert labels(make_ticks(0, 500, 900, RunScale(100, 100), read_one))[:2] == ["iteration 0", "iteration 1"]


def test_blocks_that_do_not_fit_are_not_read_to_their_end() -> None:
    asked: list[int] = []

    def counting(level: Level, position: int) -> Block:
        asked.append(position)
        return read(level, position)

    make_ticks(0, 10**12, 1000, RunScale(100, 100), counting)
    assert len(asked) < 50
