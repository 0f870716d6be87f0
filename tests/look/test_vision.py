"""The colours of all themes as colour-blind people see them: text stays readable, positive and negative stay apart."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bpstudio.export.presets import PAPER
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme, contrast

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "simulate_vision.py"
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("simulate_vision", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VISION = loaded()
THEMES = [pytest.param(theme, id=theme.name.value) for theme in (LIGHT, DARK, HIGH_CONTRAST)]
NAMES = list(VISION.VISIONS)


def lab(colour: str) -> NDArray[np.float64]:
    """CIE L*a*b* under D65 (CIE 15:2004)."""
    channels = np.array([int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)])
    ratio = TO_XYZ @ VISION.linear(channels) / WHITE
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """CIEDE2000 of two L*a*b* colours (ISO/CIE 11664-6:2014); about 1 can just be told apart side by side."""
    mean_chroma = (np.hypot(*first[1:]) + np.hypot(*second[1:])) / 2.0
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    chroma = np.array([np.hypot(colour[1] * stretch, colour[2]) for colour in (first, second)])
    hue = np.array([np.degrees(np.arctan2(colour[2], colour[1] * stretch)) % 360.0 for colour in (first, second)])
    turn = (hue[1] - hue[0] + 180.0) % 360.0 - 180.0 if chroma.min() > 0.0 else 0.0
    middle = (hue[0] + turn / 2.0) % 360.0 if chroma.min() > 0.0 else hue.sum()
    lightness, mean = (first[0] + second[0]) / 2.0, chroma.mean()
    shape = 1.0
    for share, times, shift in ((-0.17, 1, -30.0), (0.24, 2, 0.0), (0.32, 3, 6.0), (-0.20, 4, -63.0)):
        shape += share * np.cos(np.radians(times * middle + shift))
    off = (lightness - 50.0) ** 2
    light = (second[0] - first[0]) / (1.0 + 0.015 * off / np.sqrt(20.0 + off))
    colourful = (chroma[1] - chroma[0]) / (1.0 + 0.045 * mean)
    hued = 2.0 * np.sqrt(chroma[0] * chroma[1]) * np.sin(np.radians(turn / 2.0)) / (1.0 + 0.015 * mean * shape)
    bend = 60.0 * np.exp(-(((middle - 275.0) / 25.0) ** 2))
    turned = -2.0 * np.sqrt(mean**7 / (mean**7 + 25.0**7)) * np.sin(np.radians(bend))
    return float(np.sqrt(light**2 + colourful**2 + hued**2 + turned * colourful * hued))


def distance(first: str, second: str) -> float:
    """How far apart two colours `#rrggbb` look."""
    return difference(lab(first), lab(second))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_measure_is_that_of_the_published_pairs(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    """Sharma, Wu & Dalal 2005, The CIEDE2000 color-difference formula, Color Research and Application 30(1), table 1."""
    assert difference(np.array(first), np.array(second)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("name", NAMES)
def test_white_and_black_stay_what_they_are(name: str) -> None:
    matrix = VISION.VISIONS[name]
    assert [VISION.seen_colour(colour, matrix) for colour in ("#FFFFFF", "#000000", "#808080")] == [
        "#FFFFFF",
        "#000000",
        "#808080",
    ]


def kept(first: str, second: str, matrix: Any) -> float:
    """How much of the distance between two colours is left."""
    seen = [VISION.seen_colour(colour, matrix) for colour in (first, second)]
    return distance(*seen) / distance(first, second)


@pytest.mark.parametrize("name", ["protanopia", "deuteranopia"])
def test_red_and_green_come_near_each_other_and_blue_and_yellow_do_not(name: str) -> None:
    """What the two are known for."""
    assert kept("#C05050", "#508050", VISION.VISIONS[name]) < 0.5
    assert kept("#3050C0", "#C0B030", VISION.VISIONS[name]) > 0.7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", NAMES)
def test_what_means_something_stays_readable(theme: Theme, name: str) -> None:
    matrix = VISION.VISIONS[name]
    ground = VISION.seen_colour(theme.background, matrix)
    for role in ("text", "quiet", "positive", "negative", "forward", "backward", "not_finite", "breakpoint"):
        assert contrast(VISION.seen_colour(getattr(theme, role), matrix), ground) >= 4.2, role


def apart(theme: Theme, first: str, second: str, name: str) -> float:
    """How far apart two roles of a theme look."""
    matrix = VISION.VISIONS[name]
    return distance(*(VISION.seen_colour(getattr(theme, role), matrix) for role in (first, second)))


@pytest.mark.parametrize("theme", [*THEMES, pytest.param(PAPER, id="paper")])
@pytest.mark.parametrize("name", ["protanopia", "deuteranopia"])
def test_what_must_be_told_apart_stays_apart(theme: Theme, name: str) -> None:
    """Sign and phase, and each of one from each of the other: they stand beside each other on every canvas."""
    assert apart(theme, "positive", "negative", name) > 40.0
    assert apart(theme, "forward", "backward", name) > 15.0
    for phase in ("forward", "backward"):
        assert apart(theme, phase, "positive", name) > 12.0
        assert apart(theme, phase, "negative", name) > 20.0


@pytest.mark.parametrize("theme", [*THEMES, pytest.param(PAPER, id="paper")])
@pytest.mark.parametrize("pair", [("positive", "negative"), ("forward", "backward")], ids=["sign", "phase"])
def test_a_copier_leaves_different_greys(theme: Theme, pair: tuple[str, str]) -> None:
    assert apart(theme, *pair, "greyscale") > 8.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["protanopia", "deuteranopia"])
def test_what_is_not_finite_is_no_value(theme: Theme, name: str) -> None:
    """Its pattern and its words tell it as well."""
    assert apart(theme, "not_finite", "positive", name) > 7.5
    assert apart(theme, "not_finite", "negative", name) > 40.0
