"""Long series as few points: extremes are kept, growing gives what starting afresh gives."""

import numpy as np
import pytest

from bpstudio.plots.decimation import MOST_POINTS, Decimation


@pytest.mark.parametrize("count", [0, 1, 7, MOST_POINTS // 2, MOST_POINTS, 100_003])
def test_no_extreme_is_lost_and_points_stay_few(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    x, y = Decimation().points(values)
    assert len(x) == len(y) <= 2 * MOST_POINTS
    if count:
        assert y.min() == values.min()
        assert y.max() == values.max()
        assert x.min() >= 0
        assert x.max() <= count


def test_growing_gives_what_starting_afresh_gives() -> None:
    values = np.random.default_rng(3).normal(size=50_000)
    growing = Decimation()
    for count in (10, 500, 4_097, 20_000, 20_001, 50_000):
        x, y = growing.points(values[:count])
        fresh_x, fresh_y = Decimation().points(values[:count])
        assert np.array_equal(x, fresh_x)
        assert np.array_equal(y, fresh_y)


def test_what_is_not_finite_does_not_hide_its_neighbours() -> None:
    values = np.ones(10_000)
    values[5_000] = np.nan
    values[7_000] = 9.0
    _, y = Decimation().points(values)
    assert np.nanmax(y) == 9.0


def test_what_is_not_finite_is_found_in_its_bucket_with_its_kind() -> None:
    values = np.ones(10_000)
    values[5_000], values[7_000], values[9_999] = np.nan, np.inf, -np.inf
    made = Decimation()
    made.points(values[:6_000])
    made.points(values)
    x, kinds = made.broken(values)
    assert np.abs(x - [5_000, 7_000, 9_999]).max() <= made.size
    np.testing.assert_array_equal(kinds, [np.nan, np.inf, -np.inf])
    _, y = made.points(values)
    assert np.nanmin(y) == np.nanmax(y) == 1.0
