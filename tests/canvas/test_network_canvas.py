"""The canvas by real mouse and key events: what lies where, what is told, zoom, pan and fit."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.canvas.network_canvas import LARGEST_ZOOM, SMALLEST_ZOOM, NetworkCanvas
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT

Q = Quantity
Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def state_of(name: str, position: int = 0, selection: Selection | None = None) -> CanvasState:
    session = Session(open_run(name))
    session.seek(position=position)
    return build_canvas_state(session, selection or Selection(), ViewOptions(notation=session.spec.notation))


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[NetworkCanvas]:
    made = NetworkCanvas()
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.apply(state_of("two-layer-deltas", 9), LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


class Paints(QObject):
    """Remembers what a widget is asked to paint."""

    def __init__(self, watched: NetworkCanvas) -> None:
        super().__init__(watched)
        self.rects: list[QRect] = []
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if isinstance(event, QPaintEvent):
            self.rects.append(event.rect())
        return False


def told(canvas: NetworkCanvas) -> tuple[list[Address | None], list[Address | None]]:
    clicked: list[Address | None] = []
    hovered: list[Address | None] = []
    canvas.address_clicked.connect(clicked.append)
    canvas.address_hovered.connect(hovered.append)
    return clicked, hovered


def click(qtbot: QtBot, canvas: NetworkCanvas, place: QPointF) -> None:
    qtbot.mouseClick(canvas, LEFT, pos=place.toPoint())


def turn_wheel(canvas: NetworkCanvas, place: QPointF, eighths: int) -> None:
    turn = QWheelEvent(
        place, canvas.mapToGlobal(place), QPoint(), QPoint(0, eighths), Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, turn)


def drag(qtbot: QtBot, canvas: NetworkCanvas, start: QPointF, away: QPoint) -> None:
    qtbot.mousePress(canvas, LEFT, pos=start.toPoint())
    qtbot.mouseMove(canvas, pos=start.toPoint() + away)
    qtbot.mouseRelease(canvas, LEFT, pos=start.toPoint() + away)


@pytest.mark.parametrize(("layer", "unit"), [(0, 0), (0, 1), (1, 1), (2, 0), (3, 0)])
def test_a_click_on_a_unit_tells_its_activation(qtbot: QtBot, canvas: NetworkCanvas, layer: int, unit: int) -> None:
    clicked, _ = told(canvas)
    click(qtbot, canvas, canvas.unit_centre(layer, unit))
    assert clicked == [Address(Q.ACTIVATION, layer, (unit,))]


def test_every_edge_is_found_somewhere_along_it(canvas: NetworkCanvas) -> None:
    assert canvas.state is not None
    for edge in canvas.state.edges:
        start, end = canvas.unit_centre(edge.layer - 1, edge.source), canvas.unit_centre(edge.layer, edge.unit)
        places = [start + (end - start) * (share / 20) for share in range(1, 20)]
        address = Address(Q.BIAS, edge.layer, (edge.unit,))
        if edge.source >= 0:
            address = Address(Q.WEIGHT, edge.layer, (edge.unit, edge.source))
        assert address in [canvas.address_at(place) for place in places]


def test_a_click_on_the_edge_of_the_bias_tells_the_bias(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    clicked, _ = told(canvas)
    start, end = canvas.unit_centre(2, -1), canvas.unit_centre(3, 0)
    click(qtbot, canvas, start + (end - start) * 0.3)
    assert clicked == [Address(Q.BIAS, 3, (0,))]


def test_a_click_beside_everything_tells_nothing(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    clicked, _ = told(canvas)
    click(qtbot, canvas, QPointF(5, 495))
    assert clicked == [None]


def test_the_bias_unit_has_no_address_of_its_own(canvas: NetworkCanvas) -> None:
    assert canvas.address_at(canvas.unit_centre(0, -1)) is None


def test_the_pointer_tells_each_thing_once(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    _, hovered = told(canvas)
    place = canvas.unit_centre(1, 0).toPoint()
    qtbot.mouseMove(canvas, pos=place)
    qtbot.mouseMove(canvas, pos=place + QPoint(2, 2))
    assert hovered == [Address(Q.ACTIVATION, 1, (0,))]


def test_leaving_tells_that_nothing_is_pointed_at(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    qtbot.mouseMove(canvas, pos=canvas.unit_centre(1, 0).toPoint())
    _, hovered = told(canvas)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert hovered == [None]


def test_dragging_moves_the_picture_and_selects_nothing(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    clicked, _ = told(canvas)
    before = canvas.unit_centre(1, 0)
    drag(qtbot, canvas, before, QPoint(40, -25))
    assert canvas.unit_centre(1, 0) - before == QPointF(40, -25)
    assert clicked == []


def test_the_wheel_zooms_around_the_pointer(canvas: NetworkCanvas) -> None:
    fixed, other = canvas.unit_centre(1, 0), canvas.unit_centre(2, 0)
    turn_wheel(canvas, fixed, 240)
    moved = canvas.unit_centre(1, 0) - fixed
    assert moved.manhattanLength() < 1e-6
    assert canvas.unit_centre(2, 0).x() - fixed.x() > 1.2 * (other.x() - fixed.x())


def test_units_are_found_where_they_are_after_zoom_and_pan(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    turn_wheel(canvas, QPointF(300, 200), 360)
    drag(qtbot, canvas, QPointF(20, 20), QPoint(-60, 30))
    assert canvas.address_at(canvas.unit_centre(2, 1)) == Address(Q.ACTIVATION, 2, (1,))


def test_zoom_has_limits_both_ways(canvas: NetworkCanvas) -> None:
    def span() -> float:
        return canvas.unit_centre(3, 0).x() - canvas.unit_centre(0, 0).x()

    whole = span()
    for _ in range(40):
        canvas.zoom_by(1.5)
    assert span() == pytest.approx(whole * LARGEST_ZOOM)
    for _ in range(40):
        canvas.zoom_by(0.5)
    assert span() == pytest.approx(whole * SMALLEST_ZOOM)


def test_a_double_click_beside_everything_fits_again(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    before = canvas.unit_centre(2, 0)
    canvas.zoom_by(2.0)
    qtbot.mouseDClick(canvas, LEFT, pos=QPoint(795, 5))
    assert canvas.unit_centre(2, 0) == before


@pytest.mark.parametrize(
    ("key", "step"),
    [(Key.Key_Left, (-1, 0)), (Key.Key_Right, (1, 0)), (Key.Key_Up, (0, -1)), (Key.Key_Down, (0, 1))],
)
def test_control_and_an_arrow_ask_for_the_unit_beside(
    qtbot: QtBot, canvas: NetworkCanvas, key: Qt.Key, step: tuple[int, int]
) -> None:
    with qtbot.waitSignal(canvas.next_unit_requested) as wish:
        qtbot.keyClick(canvas, key, Qt.KeyboardModifier.ControlModifier)
    assert tuple(wish.args) == step


def test_an_arrow_alone_is_the_windows(qtbot: QtBot, canvas: NetworkCanvas) -> None:
    with qtbot.assertNotEmitted(canvas.next_unit_requested):
        qtbot.keyClick(canvas, Key.Key_Right)


def test_applying_the_same_state_twice_tells_and_paints_nothing(canvas: NetworkCanvas) -> None:
    clicked, hovered = told(canvas)
    QApplication.processEvents()
    paints = Paints(canvas)
    canvas.apply(state_of("two-layer-deltas", 9), LIGHT)
    QApplication.processEvents()
    assert paints.rects == []
    canvas.apply(state_of("two-layer-deltas", 10), LIGHT)
    QApplication.processEvents()
    assert len(paints.rects) == 1
    assert clicked == hovered == []


def test_another_theme_paints_anew(canvas: NetworkCanvas) -> None:
    before = canvas.grab().toImage()
    canvas.apply(state_of("two-layer-deltas", 9), DARK)
    after = canvas.grab().toImage()
    assert before.pixelColor(3, 3) != after.pixelColor(3, 3) == DARK.background


def test_equal_states_paint_equal_pictures(canvas: NetworkCanvas) -> None:
    first = canvas.grab().toImage()
    canvas.apply(state_of("two-layer-deltas", 30), LIGHT)
    assert canvas.grab().toImage() != first
    canvas.apply(state_of("two-layer-deltas", 9), LIGHT)
    assert canvas.grab().toImage() == first


def test_a_selected_unit_has_a_halo(canvas: NetworkCanvas) -> None:
    selection = Selection(selected=Address(Q.ACTIVATION, 1, (1,)))
    canvas.apply(state_of("two-layer-deltas", 9, selection), LIGHT)
    centre = canvas.unit_centre(1, 1)
    picture = canvas.grab().toImage()
    column = [picture.pixelColor(round(centre.x()), y).name().upper() for y in range(round(centre.y()), 500)]
    assert LIGHT.selection in column


def test_the_description_says_what_was_executed(canvas: NetworkCanvas) -> None:
    assert canvas.accessibleDescription().startswith("forward: ")
    canvas.apply(replace(state_of("two-layer-deltas", 9), description="something else"), LIGHT)
    assert canvas.accessibleDescription() == "something else"


def test_an_empty_canvas_finds_nothing_and_says_so(qtbot: QtBot) -> None:
    empty = NetworkCanvas()
    qtbot.addWidget(empty)
    assert empty.address_at(QPointF(10, 10)) is None
    with pytest.raises(LookupError):
        empty.unit_centre(0, 0)


def test_a_small_canvas_shows_the_whole_network_smaller(canvas: NetworkCanvas) -> None:
    canvas.resize(480, 320)
    assert 0 < canvas.unit_centre(0, 0).x() < canvas.unit_centre(3, 0).x() < 480
    assert canvas.address_at(canvas.unit_centre(3, 0)) == Address(Q.ACTIVATION, 3, (0,))
