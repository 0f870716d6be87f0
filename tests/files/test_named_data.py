"""Data sets by name: what they hold, that the seed alone decides them, and wrong options."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bpstudio.errors import RunFileError
from bpstudio.files.named_data import named_tables
from bpstudio.files.run_file import parse_run
from bpstudio.model.spec import Dataset

WIDTHS = {"iris": (4, 3), "penguins": (4, 3), "digits": (64, 10), "parity": (3, 1), "sine": (1, 1)}


def read(name: str, seed: int = 0, widths: tuple[int, int] | None = None, **options: object) -> Dataset:
    inputs, outputs = widths or WIDTHS.get(name, (2, 1))
    document: dict[str, Any] = {
        "format": "bpstudio-run/1",
        "network": {"inputs": inputs, "layers": [{"units": outputs, "activation": "tanh"}]},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "data": {"dataset": name, **options},
        "seed": seed,
    }
    return parse_run(document, Path()).dataset


@pytest.mark.parametrize("name", named_tables())
def test_each_is_finite_named_and_decided_by_the_seed(name: str) -> None:
    dataset = read(name, seed=3)
    assert np.isfinite(dataset.inputs).all()
    assert np.isfinite(dataset.targets).all()
    assert (len(dataset.input_names), len(dataset.target_names)) == (dataset.inputs.shape[1], dataset.targets.shape[1])
    assert dataset.note
    assert read(name, seed=3) == dataset


@pytest.mark.parametrize("name", ["circles", "moons", "spirals", "blobs", "checkerboard"])
def test_clouds_have_two_classes_of_the_same_size(name: str) -> None:
    dataset = read(name, samples=50)
    assert dataset.targets.sum() == 25
    assert read(name, seed=1, samples=50) != dataset


@pytest.mark.parametrize(("name", "outputs"), [("xor", [0, 1, 1, 0]), ("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1])])
def test_gates(name: str, outputs: list[int]) -> None:
    dataset = read(name)
    assert dataset.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert dataset.targets[:, 0].tolist() == outputs


def test_parity_of_two_bits_is_xor() -> None:
    parity, xor = read("parity", widths=(2, 1), bits=2), read("xor")
    assert parity.inputs.tolist() == xor.inputs.tolist()
    assert parity.targets.tolist() == xor.targets.tolist()


def test_circles_without_noise_lie_on_their_circles() -> None:
    dataset = read("circles", noise=0)
    radius = np.hypot(dataset.inputs[:, 0], dataset.inputs[:, 1])
    assert np.allclose(radius, np.where(dataset.targets[:, 0] == 1.0, 0.5, 1.0), atol=1e-5)


def test_sine_is_a_sine() -> None:
    dataset = read("sine", samples=9)
    assert np.allclose(dataset.targets, np.sin(np.pi * dataset.inputs), atol=1e-6)


def test_squares_of_one_colour_touch_at_corners_only() -> None:
    dataset = read("checkerboard", samples=400)
    column, row = np.floor((dataset.inputs + 1.0) * 2.0).astype(int).T
    assert ((row + column) % 2 == dataset.targets[:, 0]).all()
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == 16


def test_penguins_are_counted_as_in_their_paper() -> None:
    """Gorman et al. 2014: 152 Adelie, 68 chinstrap and 124 gentoo penguins; one Adelie and one gentoo were not measured."""
    dataset = read("penguins")
    assert dict(zip(dataset.target_names, dataset.targets.sum(axis=0).tolist(), strict=True)) == {
        "Adelie": 151, "Gentoo": 123, "Chinstrap": 68
    }  # fmt: skip
    assert dataset.inputs[0].tolist() == [39.1, 18.7, 181, 3750]


def test_digits_are_fifty_of_each_from_white_to_black() -> None:
    dataset = read("digits")
    assert dataset.targets.sum(axis=0).tolist() == [50.0] * 10
    assert (dataset.inputs.min(), dataset.inputs.max()) == (0.0, 1.0)
    zero = dataset.inputs[0].reshape(8, 8)
    assert zero[4, 3:5].sum() == 0.0  # a 0 is open in its middle
    assert dataset.targets[0, 0] == 1.0


def test_drawn_points_are_the_same_on_every_machine() -> None:
    assert read("spirals", seed=5, samples=4).inputs.tolist() == PINNED


PINNED = [[0.752321, 0.406433], [-0.160404, 0.664394], [0.80479, 0.329888], [-0.133174, -1.041163]]


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("circles", {"samples": 1}, "data.samples: expected a whole number ≥ 2, got 1"),
        ("circles", {"samples": 10**7}, "data.samples: expected at most 1,000,000, got 10000000"),
        ("moons", {"noise": -1}, "data.noise: expected a finite number ≥ 0 and < 1000, got -1"),
        ("parity", {"bits": 13}, "data.bits: expected at most 12, got 13"),
        ("iris", {"bits": 3}, "data.bits: unknown key for data by dataset;"),
        ("Iris", {}, "data.dataset: expected one of xor, and, or, parity, iris,"),
    ],
)
def test_wrong_options(name: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RunFileError) as caught:
        read(name, **options)
    assert str(caught.value).startswith(sentence)


def test_noise_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(RunFileError, match=r"^data\.noise: expected a finite number ≥ 0 and < 1000, got 1e\+308"):
        read("circles", noise=1e308)
