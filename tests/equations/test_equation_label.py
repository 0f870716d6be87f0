"""Equations on the screen: broken to the width, never clipped, coloured by what a symbol is."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.equations.equation_label import EquationLabel
from bpstudio.equations.equation_painter import EquationLayout, height_of, line_width
from bpstudio.explain.expression import Cases, Emphasis, Glyphs, Marked, Number, Relation, Symbol
from bpstudio.explain.pieces import Piece, to_pieces
from bpstudio.files.run_file import open_run
from bpstudio.look.fonts import HAT, font_for
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import OperationKind
from bpstudio.session.session import Session
from bpstudio.viewstate.card import Card, operation_card
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme, contrast, mixed


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


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda theme: theme.name.value)
@pytest.mark.parametrize("emphasis", [None, *Emphasis])
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_has_its_own_colour_whatever_it_is(
    qapp: QApplication, value: float, emphasis: Emphasis | None, theme: Theme
) -> None:
    for quantity in (None, Quantity.PRE_ACTIVATION, Quantity.DELTA):
        number = Number(value, None if quantity is None else Address(quantity, 1, (0,)))
        shown = number if emphasis is None else Marked(number, emphasis)
        picture = QImage(300, 120, QImage.Format.Format_RGB32)
        picture.fill(QColor(theme.surface))
        with QPainter(picture) as painter:
            EquationLayout(theme, 60.0).box(to_pieces(shown)).draw(painter, 10.0, 80.0)
        colours = {picture.pixelColor(x, y).name().upper() for x, y in ink(picture)}
        on_plate = mixed(theme.not_finite, theme.text, 0.1)
        assert {theme.not_finite, on_plate} & colours
        assert theme.text not in colours
        for accent in (theme.forward, theme.backward):
            assert contrast(on_plate, mixed(theme.surface, accent, 0.16)) >= 4.5


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


# Links between symbols and what they stand for.


def test_every_symbol_and_number_of_the_run_has_its_place(label: EquationLabel) -> None:
    """At a hidden δ of 2-2-2-1: fences, products and numbers in both lines."""
    show(label, card_at(35))
    label.resize(420, label.heightForWidth(420))
    spots = label.spots()
    written = {str(spot.address) for spot in spots}
    assert {"delta[2][0]", "e[2][0]", "z[2][0]"} & written
    for spot in spots:
        assert label.rect().toRectF().contains(spot.rect)
    small = [spot.rect.adjusted(1, 3, -1, -3) for spot in spots]
    assert not any(a.intersects(b) for a, b in itertools.combinations(small, 2))


def test_the_pointer_tells_the_quantity_it_is_on(qtbot: QtBot, label: EquationLabel) -> None:
    show(label, card_at(4))
    label.resize(420, label.heightForWidth(420))
    hovered: list[object] = []
    clicked: list[object] = []
    label.address_hovered.connect(hovered.append)
    label.address_clicked.connect(clicked.append)
    spot = label.spots()[1]
    qtbot.mouseMove(label, spot.rect.center().toPoint())
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton, pos=spot.rect.center().toPoint())
    qtbot.mouseMove(label, label.rect().bottomRight())
    assert hovered == [spot.address, None]
    assert clicked == [spot.address]


def test_what_is_hovered_elsewhere_stands_out(label: EquationLabel) -> None:
    show(label, card_at(4))
    label.resize(420, label.heightForWidth(420))
    before = label.grab().toImage()
    label.light(frozenset({Address(Quantity.ACTIVATION, 0, (0,))}))
    after = label.grab().toImage()
    changed = [
        QPointF(x, y)
        for x in range(before.width())
        for y in range(before.height())
        if before.pixel(x, y) != after.pixel(x, y)
    ]
    own = [spot.rect.adjusted(-4, -4, 4, 4) for spot in label.spots() if str(spot.address) == "a[0][0]"]
    assert changed
    assert own
    assert all(any(rect.contains(place) for rect in own) for place in changed)


@pytest.mark.parametrize("name", list(NotationName))
def test_the_term_at_work_stands_on_a_plate(label: EquationLabel, name: NotationName) -> None:
    session = Session(open_run("two-layer-deltas"))
    options = ViewOptions(notation=name)
    for position, accent in ((2, LIGHT.forward), (47, LIGHT.backward)):
        operation = session.program.operation(position - 1)
        assert operation.kind in (OperationKind.MULTIPLY_ADD, OperationKind.ERROR_MULTIPLY_ADD)
        show(label, operation_card(session, operation, options))
        label.resize(420, label.heightForWidth(420))
        picture = label.grab().toImage()
        plate = QColor(mixed(LIGHT.surface, accent, 0.16))
        count = sum(picture.pixelColor(x, y) == plate for x in range(420) for y in range(picture.height()))
        assert count > 200, f"{operation.kind} in {name}"


def shapes(piece: Piece) -> list[str]:
    """The letters that a box is painted with."""
    box, texts = EquationLayout(LIGHT, 40.0).box(piece), []

    class Listener(QPainter):
        def drawText(self, *arguments: Any) -> None:  # type: ignore[override] # noqa: N802 - Qt's name
            texts.append(str(arguments[-1]))

    picture = QImage(600, 300, QImage.Format.Format_RGB32)
    with Listener(picture) as painter:
        box.draw(painter, 10.0, 150.0)
    return texts


def test_a_choice_has_a_brace_and_says_otherwise(qapp: QApplication) -> None:
    when = Relation(Symbol(Glyphs("z")), ">", Number(0.0))
    piece = to_pieces(Cases(((Number(1.0), when), (Number(0.0), None)), 0))
    assert shapes(piece) == ["1", "  if ", "z", " > ", "0", "0", "  otherwise"]
    box = EquationLayout(LIGHT, 40.0).box(piece)
    picture = QImage(600, 300, QImage.Format.Format_RGB32)
    picture.fill(QColor(LIGHT.surface))
    with QPainter(picture) as painter:
        box.draw(painter, 10.0, 150.0)
    top, bottom = 150.0 - box.ascent, 150.0 + box.descent
    left = [
        min((x for x, at in ink(picture) if at == y), default=600) for y in range(round(top) + 4, round(bottom) - 4)
    ]
    middle = len(left) // 2
    assert min(left) == min(left[middle - 3 : middle + 4]), "the point of a brace, in the middle"
    assert left[middle // 2] > min(left) + 3, "its stem lies to the right of the point"
    assert left[0] >= left[middle // 2]
    assert left[middle // 2] == left[-1 - middle // 2]


@pytest.mark.parametrize("letter", ["m", "s", "v", "M", "Q"])
@pytest.mark.parametrize("is_bold", [False, True])
def test_a_hat_sits_on_its_letter(qapp: QApplication, letter: str, is_bold: bool) -> None:
    for pixels in (14.0, 2048.0):
        path, bare = QPainterPath(), QPainterPath()
        path.addText(QPointF(0.0, 0.0), font_for(letter + HAT, pixels, is_bold), letter + HAT)
        bare.addText(QPointF(0.0, 0.0), font_for(letter, pixels, is_bold), letter)
        rise = bare.boundingRect().top() - path.boundingRect().top()
        assert 0.1 * pixels < rise < 0.4 * pixels
        assert abs(path.boundingRect().right() - bare.boundingRect().right()) < 0.1 * pixels
