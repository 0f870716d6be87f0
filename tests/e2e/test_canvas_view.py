"""Focus, signals and walking from unit to unit in the real window, by keys and menus."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from bpstudio.controller.settings import Settings
from bpstudio.look.motion import is_motion_reduced
from bpstudio.model.address import Address, Quantity
from bpstudio.viewstate.preferences import Signals
from bpstudio.viewstate.selection import EdgeMode
from bpstudio.window import MainWindow
from tests.support.specs import run_spec
from tests.support.windows import shown_window

Q = Quantity
Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def window(qtbot: QtBot, settings: Settings) -> Iterator[MainWindow]:
    with shown_window(qtbot, settings, "iris") as made:
        yield made


def kept(settings: Settings) -> Signals | None:
    return settings.signals


def moves(window: MainWindow) -> bool:
    return window.canvas.is_moving


def action_of(window: MainWindow, name: str) -> QAction:
    return window.actions_.by_name[name]


def faded(window: MainWindow) -> set[tuple[int, int]]:
    assert window.canvas.state is not None
    return {(u.layer, u.index) for column in window.canvas.state.columns for u in column.units if u.is_faded}


def test_focus_by_key_fades_the_rest_and_back(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.select(Address(Q.ACTIVATION, 1, (2,)))
    qtbot.keyClick(window, Key.Key_F, CONTROL | SHIFT)
    assert action_of(window, "focus").isChecked()
    assert (1, 3) in faded(window)
    assert not {(1, 2), (0, 0), (0, 3)} & faded(window)
    qtbot.keyClick(window, Key.Key_F, CONTROL | SHIFT)
    assert not action_of(window, "focus").isChecked()
    assert not faded(window)


def test_focus_paints_the_others_paler(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.select(Address(Q.ACTIVATION, 1, (2,)))
    place = window.canvas.unit_centre(1, 5).toPoint()
    line = [place.y() - 25 + k for k in range(50)]

    def darkest() -> int:
        image = window.canvas.grab().toImage()
        return min(image.pixelColor(place.x(), y).lightness() for y in line)

    before = darkest()
    action_of(window, "focus").trigger()
    assert darkest() > before + 40


def test_nothing_moves_until_asked_where_nobody_looks(window: MainWindow, settings: Settings) -> None:
    assert settings.signals is None
    assert window.canvas_view.signals is Signals.OFF


def test_signals_by_key_run_at_the_next_step_and_are_kept(qtbot: QtBot, window: MainWindow, settings: Settings) -> None:
    qtbot.keyClick(window, Key.Key_A, CONTROL | SHIFT)
    assert kept(settings) is Signals.NORMAL
    qtbot.keyClick(window, Key.Key_F11)
    assert moves(window)
    qtbot.keyClick(window, Key.Key_A, CONTROL | SHIFT)
    assert kept(settings) is Signals.OFF
    qtbot.keyClick(window, Key.Key_F11)
    assert not moves(window)


def test_a_window_closed_while_signals_run_leaves_nothing_behind(qtbot: QtBot, window: MainWindow) -> None:
    window.canvas_view.set_signals(Signals.SLOW)
    qtbot.keyClick(window, Key.Key_F11)
    assert window.canvas.is_moving
    window.close()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=0\n"),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=false\n"),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n"),
    ],
)
def test_less_motion_is_heard(own_folders: Path, file: str, text: str, qapp: object) -> None:
    assert not is_motion_reduced()
    path = own_folders / ".config" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert is_motion_reduced()


def test_motion_is_welcome_where_the_desktop_says_so(own_folders: Path, qapp: object) -> None:
    path = own_folders / ".config" / "kdeglobals"
    path.write_text("[KDE]\nAnimationDurationFactor=1\n")
    assert not is_motion_reduced()


def test_control_and_arrows_walk_through_an_image(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.open_spec(run_spec((100, 20, 3), samples=2), "test")
    window.canvas.setFocus()
    seen = []
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Down, Key.Key_Left, Key.Key_Up):
        qtbot.keyClick(window.canvas, key, CONTROL)
        selected = window.controller.selection.selected
        assert selected is not None
        seen.append((selected.layer, *selected.indices))
    assert seen == [(0, 0), (0, 1), (0, 11), (0, 10), (0, 0)]


def test_from_the_end_of_a_row_of_the_image_one_comes_to_the_next_layer(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.open_spec(run_spec((100, 20, 3), samples=2), "test")
    window.controller.select(Address(Q.ACTIVATION, 0, (19,)))
    qtbot.keyClick(window.canvas, Key.Key_Right, CONTROL)
    assert window.controller.selection.selected == Address(Q.ACTIVATION, 1, (19,))


def test_shift_and_an_arrow_moves_the_picture(qtbot: QtBot, window: MainWindow) -> None:
    before = window.canvas.unit_centre(1, 0)
    qtbot.keyClick(window.canvas, Key.Key_Right, SHIFT)
    assert window.canvas.unit_centre(1, 0).x() < before.x()
    qtbot.keyClick(window.canvas, Key.Key_Left, SHIFT)
    assert window.canvas.unit_centre(1, 0) == before


def test_what_is_selected_comes_into_sight(qtbot: QtBot, window: MainWindow) -> None:
    window.canvas.zoom_by(5.0, QPointF(0.0, 0.0))
    window.controller.select(Address(Q.ACTIVATION, 2, (2,)))
    assert window.canvas.rect().contains(window.canvas.unit_centre(2, 2).toPoint())


@pytest.mark.parametrize("mode", list(EdgeMode))
def test_every_edge_mode_paints_before_anything_is_computed(window: MainWindow, mode: EdgeMode) -> None:
    window.controller.set_edge_mode(mode)
    assert window.canvas.state is not None
    shows_something = any(band.numbers.known_count for band in window.canvas.state.bands)
    assert shows_something == (mode in (EdgeMode.WEIGHT, EdgeMode.FLOW))
    assert not window.canvas.grab().toImage().isNull()
