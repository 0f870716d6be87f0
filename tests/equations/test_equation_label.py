"""Equations on the screen: broken to the width, never clipped, coloured by what a symbol is."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from bpstudio.equations.equation_label import EquationLabel
from bpstudio.equations.equation_painter import EquationLayout, height_of, line_width
from bpstudio.files.run_file import open_run
from bpstudio.session.session import Session
from bpstudio.viewstate.card import Card, operation_card
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT, Theme


def card_at(position: int, name: str = "two-layer-deltas") -> Card:
    session = Session(open_run(name))
    session.seek(position=position)
    return operation_card(session, session.program.operation(position - 1), ViewOptions())


@pytest.fixture
def label(qtbot: QtBot) -> Iterator[EquationLabel]:
    made = EquationLabel("equations")
    qtbot.addWidget(made)
    made.resize(320, 200)
    made.show()
    yield made
    made.close()


def show(label: EquationLabel, card: Card, theme: Theme = LIGHT) -> None:
    label.apply(card.pieces, card.plain, theme)


def ink(picture: QImage) -> list[tuple[int, int]]:
    """Where something is drawn: what differs from the corner."""
    ground = picture.pixelColor(0, 0)
    return [
        (x, y) for x in range(picture.width()) for y in range(picture.height()) if picture.pixelColor(x, y) != ground
    ]


def test_the_narrower_the_higher(label: EquationLabel) -> None:
    show(label, card_at(27))
    assert label.heightForWidth(200) > label.heightForWidth(700)


@pytest.mark.parametrize("width", [240, 320, 600])
@pytest.mark.parametrize("position", [1, 4, 27, 35])
def test_nothing_touches_the_edges(label: EquationLabel, width: int, position: int) -> None:
    show(label, card_at(position))
    label.resize(width, label.heightForWidth(width))
    places = ink(label.grab().toImage())
    assert places
    assert all(0 < x < width - 1 and 0 < y < label.height() - 1 for x, y in places)


def test_lines_are_as_wide_as_they_say(qtbot: QtBot) -> None:
    layout = EquationLayout(LIGHT)
    for piece in card_at(27).pieces:
        lines = layout.lines(piece, 420.0)
        assert line_width(lines) <= 420.0
        assert height_of(lines) >= sum(line.ascent + line.descent for line in lines)


def test_forward_numbers_have_the_forward_colour(label: EquationLabel) -> None:
    show(label, card_at(4))
    picture = label.grab().toImage()
    colours = {picture.pixelColor(x, y).name().upper() for x, y in ink(picture)}
    assert LIGHT.forward in colours
    assert LIGHT.backward not in colours


def test_deltas_have_the_backward_colour_in_every_theme(label: EquationLabel) -> None:
    for theme in (LIGHT, DARK):
        show(label, card_at(35), theme)
        picture = label.grab().toImage()
        colours = {picture.pixelColor(x, y).name().upper() for x, y in ink(picture)}
        assert QColor(theme.backward).name().upper() in colours


def test_the_words_are_for_screen_readers_and_the_tip(label: EquationLabel) -> None:
    card = card_at(4)
    show(label, card)
    assert label.accessibleName() == label.toolTip() == label.plain == card.plain


def test_applying_the_same_again_lays_nothing_out(label: EquationLabel, monkeypatch: pytest.MonkeyPatch) -> None:
    show(label, card_at(4))
    asked: list[int] = []
    monkeypatch.setattr(label, "updateGeometry", lambda: asked.append(1))
    show(label, card_at(4))
    assert asked == []
    show(label, card_at(4), DARK)
    assert asked == [1]
