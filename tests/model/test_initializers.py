"""Starting weights: limits and deviations by their papers, a pure function of seed and layer, pinned to the bit."""

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

from bpstudio.model.initializers import draw_weights, normal_numbers, uniform_numbers
from bpstudio.model.spec import InitializerName, InitializerSpec

I = InitializerName
INPUTS, OUTPUTS = 300, 200
LIMITS = {I.UNIFORM: 1.0, I.GLOROT_UNIFORM: math.sqrt(6 / 500), I.HE_UNIFORM: math.sqrt(6 / 300)}
DEVIATIONS = {
    I.NORMAL: 1.0,
    I.GLOROT_NORMAL: math.sqrt(2 / 500),
    I.HE_NORMAL: math.sqrt(2 / 300),
    I.LECUN_NORMAL: math.sqrt(1 / 300),
}


def drawn(name: InitializerName, scale: float = 1.0, seed: int = 3) -> np.ndarray:
    return draw_weights(InitializerSpec(name, scale), (INPUTS, OUTPUTS), seed)[0]


@pytest.mark.parametrize("name", LIMITS)
def test_uniform_weights_fill_the_range_of_their_paper(name: InitializerName) -> None:
    weights, limit = drawn(name), LIMITS[name]
    assert np.abs(weights).max() <= limit
    assert np.abs(weights).max() > 0.999 * limit
    assert abs(weights.mean()) < 0.01 * limit
    counts = np.histogram(weights, bins=20, range=(-limit, limit))[0]
    assert np.abs(counts / weights.size - 0.05).max() < 0.005


@pytest.mark.parametrize("name", DEVIATIONS)
def test_normal_weights_have_the_deviation_of_their_paper(name: InitializerName) -> None:
    weights = np.sort(drawn(name).reshape(-1)) / DEVIATIONS[name]
    assert abs(weights.mean()) < 0.02
    assert weights.std() == pytest.approx(1.0, abs=0.01)
    # Kolmogorov's distance to the normal distribution: 1.63/√N is passed by one right sample in a hundred
    expected = np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in weights])
    assert np.abs(expected - (np.arange(weights.size) + 0.5) / weights.size).max() < 1.63 / math.sqrt(weights.size)


def test_every_initializer_is_tested() -> None:
    assert {*LIMITS, *DEVIATIONS, I.ZEROS} == set(I)
    assert not drawn(I.ZEROS).any()


@pytest.mark.parametrize("name", list(I))
def test_shapes_are_outputs_by_inputs(name: InitializerName) -> None:
    weights = draw_weights(InitializerSpec(name), (1, 3, 2, 1), 0)
    assert [w.shape for w in weights] == [(3, 1), (2, 3), (1, 2)]
    assert all(w.flags.c_contiguous and np.isfinite(w).all() for w in weights)


@pytest.mark.parametrize("name", list(I))
def test_scale_multiplies(name: InitializerName) -> None:
    np.testing.assert_allclose(drawn(name, scale=2.5), 2.5 * drawn(name), rtol=1e-15)


@pytest.mark.parametrize("name", [name for name in I if name is not I.ZEROS])
def test_seeds_and_layers_draw_apart_and_repeat(name: InitializerName) -> None:
    spec = InitializerSpec(name)
    first, second = draw_weights(spec, (4, 4, 4), 0)
    other = draw_weights(spec, (4, 4, 4), 1)
    arrays = [first, second, *other]
    assert all(not np.array_equal(a, b) for a, b in itertools.combinations(arrays, 2))
    again = draw_weights(spec, (4, 4, 4, 9), 0)
    assert again[0].tobytes() == first.tobytes()
    assert again[1].tobytes() == second.tobytes()


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    assert uniform_numbers(5, 9, 100)[:10].tobytes() == uniform_numbers(5, 9, 10).tobytes()


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_as_many_normal_numbers_as_asked(count: int) -> None:
    numbers = normal_numbers(1, 2, count)
    assert numbers.shape == (count,)
    assert np.isfinite(numbers).all()
    assert np.unique(numbers).size == count


def test_uniform_numbers_are_the_top_bits_of_philox() -> None:
    raw = np.random.Philox(key=(9 << 64) | 5).random_raw(3)
    assert uniform_numbers(5, 9, 3).tolist() == [int(value) // 2**11 / 2**53 for value in raw]


PINNED = """
from bpstudio.model.initializers import normal_numbers, uniform_numbers
print([x.hex() for x in [*uniform_numbers(0, 1, 2), *normal_numbers(0, 1, 2)]])
"""


def test_the_bits_are_those_of_the_first_release() -> None:
    """A run file with an initializer names these numbers: changing them would change every such run."""
    expected = ["0x1.a06ff187f343ap-1", "0x1.80ae833698420p-1", "-0x1.10d7d8cb9cc03p+1", "0x1.c3cafb6a0dd37p-5"]
    assert [x.hex() for x in [*uniform_numbers(0, 1, 2), *normal_numbers(0, 1, 2)]] == expected
    fresh = subprocess.run([sys.executable, "-c", PINNED], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == str(expected)
