"""Epoch orders, splits, standardisation and classes: permutations, pure functions of their seed, nothing lost."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.model.dataset import epoch_order, make_dataset, one_hot, split_held_out, standardise

RANDOM = np.random.default_rng(14)


@given(st.integers(1, 500), st.integers(0, 2**64 - 1), st.integers(0, 2**60))
def test_an_order_holds_every_row_once(count: int, seed: int, epoch: int) -> None:
    order = epoch_order(count, seed, epoch)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(count))
    assert order.tobytes() == epoch_order(count, seed, epoch).tobytes()


def test_the_orders_are_those_of_the_first_release() -> None:
    """A run file that shuffles names these orders: changing them would change every such run."""
    assert epoch_order(8, 0, 0).tolist() == [5, 3, 7, 2, 4, 1, 0, 6]
    assert epoch_order(8, 0, 1).tolist() == [3, 5, 2, 7, 4, 6, 1, 0]
    assert epoch_order(8, 1, 0).tolist() == [0, 6, 5, 3, 4, 7, 2, 1]


def test_epochs_and_seeds_are_shuffled_apart() -> None:
    orders = [tuple(epoch_order(30, seed, epoch)) for seed in range(10) for epoch in range(10)]
    assert len(set(orders)) == 100


@pytest.mark.parametrize("varies", ["epoch", "seed"])
def test_every_order_is_as_likely_as_any_other(varies: str) -> None:
    draws = 6000
    found = Counter(tuple(epoch_order(3, *((0, n) if varies == "epoch" else (n, 0))).tolist()) for n in range(draws))
    expected = draws / math.factorial(3)
    assert set(found) == set(itertools.permutations(range(3)))
    chi_square = sum((count - expected) ** 2 / expected for count in found.values())
    assert chi_square < 20.5  # of 5 degrees of freedom, 0.1 % lie above


@given(st.integers(1, 300), st.floats(0.0, 1.0), st.integers(0, 2**32))
def test_a_split_loses_nothing_and_leaves_something_to_train_on(count: int, fraction: float, seed: int) -> None:
    train, held = split_held_out(count, fraction, seed)
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(count))
    assert train.size >= 1
    assert train.tolist() == sorted(train.tolist())
    assert held.tolist() == sorted(held.tolist())
    assert abs(held.size - count * fraction) <= 1.0


def test_splits_of_other_seeds_differ() -> None:
    assert len({tuple(split_held_out(50, 0.2, seed)[1].tolist()) for seed in range(20)}) == 20


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_standardised_training_rows_have_mean_0_and_deviation_1(columns: int) -> None:
    train = RANDOM.normal(size=(40, columns)) * 7 + 100
    held_out = RANDOM.normal(size=(10, columns)) * 7 + 100
    found, aside = standardise(train, held_out)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), 1.0, rtol=1e-12)
    # held-out rows are moved as the training rows are, never by their own mean
    np.testing.assert_allclose(aside, (held_out - train.mean(axis=0)) / train.std(axis=0), rtol=1e-12)


def test_a_constant_column_becomes_zero_and_the_others_are_kept() -> None:
    train = np.column_stack([np.full(4, 2.0), [1.0, 2.0, 3.0, 4.0]])
    found, aside = standardise(train, np.array([[5.0, 2.5]]))
    assert found[:, 0].tolist() == [0.0] * 4
    assert aside.tolist() == [[0.0, 0.0]]
    assert found[:, 1].std() == pytest.approx(1.0)


@pytest.mark.parametrize("columns", [1, 2])
def test_a_constant_column_becomes_zero_whatever_its_value(columns: int) -> None:
    for count, value in itertools.product((3, 6, 7, 10, 100, 150), (0.1, 1 / 3, 5.1, 7.7)):
        found, aside = standardise(np.full((count, columns), value), np.full((2, columns), value))
        assert not found.any()
        assert not aside.any()


def test_classes_become_columns_in_order_of_first_appearance() -> None:
    targets, names = one_hot(["b", "a", "b", "c"])
    assert names == ("b", "a", "c")
    assert targets.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert targets.dtype == np.float64


def test_rows_and_targets_stay_together_and_cannot_be_changed() -> None:
    inputs = np.arange(20.0)[:, None]
    made = make_dataset(inputs, 2.0 * inputs, held_out=0.25, seed=3)
    assert (made.inputs.shape, made.held_out_inputs.shape) == ((15, 1), (5, 1))
    assert np.array_equal(made.targets, 2.0 * made.inputs)
    assert np.array_equal(made.held_out_targets, 2.0 * made.held_out_inputs)
    inputs[:] = -1.0
    assert made.inputs.min() >= 0.0
    for array in (made.inputs, made.targets, made.held_out_inputs, made.held_out_targets):
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0.0


def test_standardising_measures_the_training_rows_only() -> None:
    inputs = np.arange(20.0)[:, None]
    made = make_dataset(inputs, inputs, held_out=0.25, is_standardised=True, seed=3)
    assert made.inputs.mean() == pytest.approx(0.0, abs=1e-15)
    assert made.inputs.std() == pytest.approx(1.0)
    assert made.targets.max() > 1.0  # targets are left as they are
