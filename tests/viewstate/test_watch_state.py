"""Watches and the log as plain facts: what has changed, what is not finite, which rows are kept."""

import math

import numpy as np
import pytest

from bpstudio.explain.number_format import NumberFormat
from bpstudio.viewstate.log_state import LogRow, log_state
from bpstudio.viewstate.watch_state import MOST_SPARK_COLUMNS, NO_VALUE, spark_curve, watch_row

SHORT = NumberFormat(3)


@pytest.mark.parametrize(
    ("now", "before", "is_changed"),
    [(1.0, 1.0, False), (1.0, 2.0, True), (math.nan, math.nan, False), (math.nan, 1.0, True), (1.0, None, False)],
)
def test_a_value_has_changed_when_it_was_another_before(now: float, before: float | None, is_changed: bool) -> None:
    assert watch_row(1, "loss", now, before, SHORT).is_changed is is_changed


def test_a_value_is_shown_short_and_kept_in_full() -> None:
    row = watch_row(1, "loss", 1 / 3, None, SHORT)
    assert (row.value, row.before, row.exact) == ("0.333", NO_VALUE, repr(1 / 3))


@pytest.mark.parametrize(("now", "is_finite"), [(1.0, True), (None, True), (math.nan, False), (-math.inf, False)])
def test_what_is_not_finite_is_known_as_such(now: float | None, is_finite: bool) -> None:
    assert watch_row(1, "loss", now, None, SHORT).is_finite is is_finite


def test_the_mark_lies_where_the_iteration_does() -> None:
    row = watch_row(1, "loss", 1.0, 1.0, SHORT, spark_curve(np.arange(200.0), 1), iteration=50)
    assert row.mark == 0.25


def test_a_watch_that_is_filled_shows_no_progress() -> None:
    assert watch_row(1, "loss", 1.0, 1.0, SHORT, progress=0.5).progress == 0.5
    assert watch_row(1, "loss", 1.0, 1.0, SHORT, progress=1.0).progress is None


def test_a_course_being_filled_is_drawn_on_the_width_of_the_whole() -> None:
    curve = spark_curve(np.arange(50.0), 1, end=200)
    assert curve is not None
    assert curve.right[-1] == 0.25


def test_a_long_course_has_few_columns_and_all_its_extremes() -> None:
    values = np.random.default_rng(0).normal(size=100_000)
    curve = spark_curve(values, 1)
    assert curve is not None
    assert curve.count <= MOST_SPARK_COLUMNS + 1
    assert (curve.low.min(), curve.high.max()) == (0.0, 1.0)


def test_nothing_known_has_no_course() -> None:
    assert spark_curve(np.empty(0), 1) is None


def test_the_log_keeps_the_latest_rows_and_says_how_many_it_dropped() -> None:
    state = log_state([LogRow(k, 10 * k, k, "") for k in range(7)], cursor=35, most=3)
    assert [row.number for row in state.rows] == [4, 5, 6]
    assert (state.dropped, state.cursor) == (4, 35)
