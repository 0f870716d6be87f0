"""The data sets a run file may name: the logic gates, shipped ones, and point clouds drawn from the seed.

Drawn points are rounded to six decimals, so that the last bits of a machine's sine decide nothing.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from bpstudio.files import shipped_data
from bpstudio.files.limits import MOST_SAMPLES
from bpstudio.files.section import Section
from bpstudio.files.shown import shown
from bpstudio.files.table import Table
from bpstudio.model.initializers import normal_numbers, uniform_numbers
from bpstudio.model.spec import Array

DECIMALS = 6
POINTS_STREAM = 3
NOISE_STREAM = 4
SQUARES = 4
"""Squares along each side of the checkerboard."""


def named_table(section: Section, seed: int) -> Table:
    """Return the data set that ``section`` names under "dataset", with its options read; RunFileError for unknown names."""
    name = section.text("dataset", None)
    if name not in _MAKERS:
        section.fail("dataset", f"expected one of {', '.join(_MAKERS)}, got {shown(name)}")
    return _MAKERS[name](section, seed)


def make_named(name: str, options: Mapping[str, object], seed: int) -> Table:
    """Return the data set ``name`` with ``options`` as in a run file; RunFileError for a wrong name or option."""
    section = Section({"dataset": name, **options}, "data")
    table = named_table(section, seed)
    section.finish(" for data by dataset")
    return table


def named_tables() -> tuple[str, ...]:
    """All names that "dataset" takes."""
    return tuple(_MAKERS)


_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def _gate(title: str, outputs: tuple[float, float, float, float]) -> Callable[[Section, int], Table]:
    def make(section: Section, seed: int) -> Table:
        return Table(_CORNERS, np.array(outputs)[:, None], ("x1", "x2"), ("y",), title)

    return make


def _parity(section: Section, seed: int) -> Table:
    bits = section.whole("bits", 3, 1, 12)
    rows = (np.arange(2**bits)[:, None] >> np.arange(bits)[::-1]) & 1
    names = tuple(f"x{k + 1}" for k in range(bits))
    targets = (rows.sum(axis=1) % 2).astype(np.float64)[:, None]
    return Table(rows.astype(np.float64), targets, names, ("y",), f"parity of {bits} bits")


def _cloud(
    title: str, points: Callable[[Array, Array], tuple[Array, Array]], usual_noise: float = 0.05
) -> Callable[[Section, int], Table]:
    """Two classes in the plane, one after the other row by row; ``points`` takes class (N,) and t in [0, 1) (N,)."""

    def make(section: Section, seed: int) -> Table:
        count, noise = _samples_and_noise(section, usual_noise)
        kind = (np.arange(count) % 2).astype(np.float64)
        x, y = points(kind, uniform_numbers(seed, POINTS_STREAM, count))
        scatter = normal_numbers(seed, NOISE_STREAM, 2 * count).reshape(count, 2)
        inputs = np.round(np.column_stack([x, y]) + noise * scatter, DECIMALS)
        return Table(inputs, kind[:, None], ("x1", "x2"), ("y",), f"{title}, {count} points")

    return make


def _checkerboard(section: Section, seed: int) -> Table:
    """Points spread evenly over the squares of a board from −1 to 1; the colour of a square is its class."""
    count, noise = _samples_and_noise(section, 0.0)
    kind = np.arange(count) % 2
    drawn = uniform_numbers(seed, POINTS_STREAM, 3 * count).reshape(count, 3)
    square = np.floor(drawn[:, 0] * (SQUARES * SQUARES // 2)).astype(np.int64)  # which of its class's squares
    row = square // (SQUARES // 2)
    column = square % (SQUARES // 2) * 2 + (row + kind) % 2
    corner = np.column_stack([column, row]).astype(np.float64)
    scatter = normal_numbers(seed, NOISE_STREAM, 2 * count).reshape(count, 2)
    inputs = (corner + drawn[:, 1:]) * (2.0 / SQUARES) - 1.0 + noise * scatter
    targets = kind.astype(np.float64)[:, None]
    return Table(np.round(inputs, DECIMALS), targets, ("x1", "x2"), ("y",), f"a checkerboard, {count} points")


def _sine_wave(section: Section, seed: int) -> Table:
    count, noise = _samples_and_noise(section, 0.0)
    x = np.linspace(-1.0, 1.0, count)
    y = np.array([math.sin(math.pi * value) for value in x]) + noise * normal_numbers(seed, NOISE_STREAM, count)
    return Table(
        np.round(x, DECIMALS)[:, None], np.round(y, DECIMALS)[:, None], ("x",), ("y",), f"sin πx at {count} points"
    )


def _samples_and_noise(section: Section, usual_noise: float) -> tuple[int, float]:
    return section.whole("samples", 100, 2, MOST_SAMPLES), section.number("noise", usual_noise, low=0.0, below=1000.0)


def _circle_points(radius: Array, turn: Array) -> tuple[Array, Array]:
    return radius * _each(math.cos, 2.0 * math.pi * turn), radius * _each(math.sin, 2.0 * math.pi * turn)


def _circles(kind: Array, t: Array) -> tuple[Array, Array]:
    return _circle_points(1.0 - 0.5 * kind, t)


def _moons(kind: Array, t: Array) -> tuple[Array, Array]:
    x, y = _circle_points(np.ones_like(t), t / 2.0)
    return np.where(kind == 0.0, x, 1.0 - x), np.where(kind == 0.0, y, 0.5 - y)


def _spirals(kind: Array, t: Array) -> tuple[Array, Array]:
    radius = np.sqrt(t)
    return _circle_points(radius, 1.25 * radius + kind / 2.0)


def _blobs(kind: Array, t: Array) -> tuple[Array, Array]:
    return 2.0 * kind - 1.0, 2.0 * kind - 1.0


def _each(function: Callable[[float], float], values: Array) -> Array:
    return np.array([function(value) for value in values])


_MAKERS: dict[str, Callable[[Section, int], Table]] = {
    "xor": _gate("exclusive or", (0.0, 1.0, 1.0, 0.0)),
    "and": _gate("logical and", (0.0, 0.0, 0.0, 1.0)),
    "or": _gate("logical or", (0.0, 1.0, 1.0, 1.0)),
    "parity": _parity,
    "iris": shipped_data.iris,
    "penguins": shipped_data.penguins,
    "digits": shipped_data.digits,
    "circles": _cloud("two circles", _circles),
    "moons": _cloud("two moons", _moons),
    "spirals": _cloud("two spirals", _spirals),
    "blobs": _cloud("two blobs", _blobs, usual_noise=0.4),
    "checkerboard": _checkerboard,
    "sine": _sine_wave,
}
