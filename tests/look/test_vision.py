"""The colours of all themes as colour-blind people see them: text stays readable, positive and negative stay apart."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

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


def distance(first: str, second: str) -> float:
    """ΔE*ab 1976; about 2 can just be told apart side by side."""
    return float(np.linalg.norm(lab(first) - lab(second)))


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


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["protanopia", "deuteranopia"])
def test_positive_and_negative_stay_apart(theme: Theme, name: str) -> None:
    matrix = VISION.VISIONS[name]
    first, second = (VISION.seen_colour(colour, matrix) for colour in (theme.positive, theme.negative))
    assert distance(first, second) > 40.0
