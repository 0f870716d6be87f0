"""The look of widgets: the bundled font, icons in a theme's ink, the palette, guards."""

import logging

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontInfo, QFontMetricsF, QIcon, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.explain.expression import Glyphs
from bpstudio.look.drawing import glyphs_width, text_width
from bpstudio.look.fonts import FAMILY, font
from bpstudio.look.guard import guarded
from bpstudio.look.icons import IconName, icon, icon_pixmap, paint_icon
from bpstudio.look.palette import apply_theme, palette, style_sheet
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme, contrast

THEMES = (LIGHT, DARK, HIGH_CONTRAST)


def test_the_bundled_font_is_used(qapp: QApplication) -> None:
    assert QFontInfo(font(13.0)).family() == FAMILY


@pytest.mark.parametrize("is_bold", [False, True])
@pytest.mark.parametrize("number", ["−0.1111", "7.117e−11", "1.4 = 41.77", "-1.074e+17", ""])
def test_a_number_is_as_wide_as_the_font_says_whatever_stands_side_by_side(
    qapp: QApplication, number: str, is_bold: bool
) -> None:
    for pixels in range(6, 41):
        measured = QFontMetricsF(font(pixels, is_bold)).horizontalAdvance(number)
        assert text_width(number, pixels, is_bold) == measured


@pytest.mark.parametrize("letter", "δΘ∂∇σΣαβγεηλ⁽⁾₀₁⁰¹→←×·−ŷ✓➤▾⋮")
def test_the_font_has_every_letter_we_write(qapp: QApplication, letter: str) -> None:
    assert QFontMetricsF(font(13.0)).inFontUcs4(ord(letter))


def test_digits_are_equally_wide(qapp: QApplication) -> None:
    assert len({text_width(digit, 13.0) for digit in "0123456789"}) == 1


def test_scripts_make_a_symbol_wider_by_the_longer_of_them(qapp: QApplication) -> None:
    bare, both = Glyphs("a", "", ""), Glyphs("a", "(2)", "1")
    assert glyphs_width(both, 14.0) > glyphs_width(bare, 14.0)
    assert glyphs_width(both, 14.0) == glyphs_width(Glyphs("a", "(2)", ""), 14.0)


def inked(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("name", list(IconName))
def test_every_icon_is_drawn_in_its_colour_inside_its_square(qapp: QApplication, name: IconName) -> None:
    image = icon_pixmap(name, 24, "#102030").toImage()
    assert inked(image) > 20
    strongest = max((image.pixelColor(x, y) for x in range(24) for y in range(24)), key=lambda colour: colour.alpha())
    assert strongest.name() == "#102030"


def test_no_two_icons_look_the_same(qapp: QApplication) -> None:
    pictures = {bytes(icon_pixmap(name, 24, "#000000").toImage().constBits()) for name in IconName}
    assert len(pictures) == len(IconName)


def test_what_cannot_be_used_is_weaker(qapp: QApplication) -> None:
    made = icon(IconName.STOP, LIGHT)
    on, off = (
        made.pixmap(20, 20, mode).toImage().pixelColor(10, 10) for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled)
    )
    assert contrast(off.name(), LIGHT.background) < contrast(on.name(), LIGHT.background)


def test_painting_an_icon_leaves_the_painter_as_it_was(qapp: QApplication) -> None:
    image = QImage(24, 24, QImage.Format.Format_ARGB32)
    with QPainter(image) as painter:
        before = painter.pen(), painter.transform()
        paint_icon(painter, QRectF(2, 2, 20, 20), IconName.PLAY, "#FF0000")
        assert (painter.pen(), painter.transform()) == before


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("role", ["WindowText", "Text", "ButtonText"])
def test_text_that_cannot_be_used_is_still_readable(qapp: QApplication, theme: Theme, role: str) -> None:
    colour = palette(theme).color(QPalette.ColorGroup.Disabled, QPalette.ColorRole[role]).name()
    assert 2.0 <= contrast(colour, theme.background) < contrast(theme.text, theme.background)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_style_sheet_has_no_hole_and_balanced_braces(theme: Theme) -> None:
    sheet = style_sheet(theme)
    assert "None" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_applying_a_theme_dresses_the_application(qtbot: QtBot, qapp: QApplication) -> None:
    kept = qapp.palette(), qapp.styleSheet(), qapp.font()
    apply_theme(qapp, DARK)
    assert qapp.styleSheet() == style_sheet(DARK)
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.background
    qapp.setStyleSheet(kept[1])
    qapp.setPalette(kept[0])
    qapp.setFont(kept[2])


def test_a_guard_logs_what_was_raised_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    @guarded
    def painting() -> None:
        raise ValueError("no room")

    with caplog.at_level(logging.ERROR, "bpstudio"):
        painting()
    assert "no room" in caplog.text
