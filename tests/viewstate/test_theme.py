"""Contrast of every pair of colours that carries text or meaning, by WCAG."""

import pytest

from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme, contrast, mixed, theme

THEMES = (LIGHT, DARK, HIGH_CONTRAST)
TEXT = ("text", "quiet", "positive", "negative", "forward", "backward", "not_finite", "breakpoint")
GROUNDS = ("background", "surface", "control", "hover")


@pytest.mark.parametrize("which", THEMES, ids=lambda t: t.name)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", TEXT)
def test_text_has_a_contrast_of_four_and_a_half(which: Theme, ground: str, ink: str) -> None:
    assert contrast(getattr(which, ink), getattr(which, ground)) >= 4.5


@pytest.mark.parametrize("which", THEMES, ids=lambda t: t.name)
@pytest.mark.parametrize("accent", ["forward", "backward"])
def test_words_on_an_accent_are_readable(which: Theme, accent: str) -> None:
    assert contrast(which.on_accent, getattr(which, accent)) >= 4.5


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == 1.0


def test_system_follows_the_desktop() -> None:
    assert theme(ThemeName.SYSTEM, is_system_dark=True) is DARK
    assert theme(ThemeName.SYSTEM, is_system_dark=False) is LIGHT
    assert DARK.is_dark
    assert not LIGHT.is_dark


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert mixed("#000000", "#FFFFFF", 0.0) == "#000000"
    assert mixed("#000000", "#FFFFFF", 1.0) == "#FFFFFF"
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"
