"""The whole path on a real X display: start, step, click, export, close. Runs in a process of its own under Xvfb."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window, missing_libraries
from bpstudio.controller.settings import Settings
from bpstudio.model.address import Address, Quantity
from bpstudio.panels.export_dialog import ExportDialog
from bpstudio.panels.help_window import HelpWindow
from bpstudio.window import MainWindow
from tests.support.windows import session_of

pytestmark = pytest.mark.xvfb

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    made = make_window(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.open("two-layer-deltas")
    qtbot.waitUntil(lambda: made.plots.loss.chart is not None)
    yield made
    made.close()


def test_it_is_a_real_display(window: MainWindow) -> None:
    assert QGuiApplication.platformName() == "xcb"
    assert missing_libraries() == []


def test_f11_walks_and_the_picture_on_the_screen_changes_each_time(qtbot: QtBot, window: MainWindow) -> None:
    seen = []
    for step in range(12):
        qtbot.keyClick(window, Key.Key_F11)
        assert session_of(window).position == step + 1
        seen.append(window.canvas.grab().toImage())
    assert all(before != after for before, after in itertools.pairwise(seen))


def test_alt_f11_walks_back_to_the_same_picture(qtbot: QtBot, window: MainWindow) -> None:
    before = window.canvas.grab().toImage()
    qtbot.keyClick(window, Key.Key_F11)
    qtbot.keyClick(window, Key.Key_F11, Qt.KeyboardModifier.AltModifier)
    assert session_of(window).position == 0
    assert window.canvas.grab().toImage() == before


def test_a_click_on_a_unit_selects_it(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_F10)
    qtbot.mouseClick(window.canvas, LEFT, pos=window.canvas.unit_centre(1, 0).toPoint())
    assert window.controller.selection.selected == Address(Quantity.ACTIVATION, 1, (0,))
    assert window.inspector.selected.isVisible()


def test_ctrl_e_exports_the_figure(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    qtbot.keyClick(window, Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(buttons, QDialogButtonBox)
    qtbot.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Save), LEFT)
    target = window.findChild(QFileDialog, "export-target")
    assert isinstance(target, QFileDialog)
    path = tmp_path / "figure.png"
    target.fileSelected.emit(str(path))
    target.close()
    qtbot.waitUntil(path.exists)  # it is moved there when it is whole
    picture = QImage(str(path))
    assert picture.width() > 1000
    assert not picture.isNull()


def test_f1_opens_the_guide_and_escape_closes_it(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_F1)
    guide = window.findChild(HelpWindow)
    assert isinstance(guide, HelpWindow)
    qtbot.waitUntil(guide.isActiveWindow)
    assert guide.browser.page_name == "index.md"
    qtbot.keyClick(guide, Key.Key_Escape)
    assert not guide.isVisible()


def test_full_speed_answers_a_key_and_stops(qtbot: QtBot, window: MainWindow) -> None:
    window.open("iris")
    qtbot.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    before = window.controller.options.level
    qtbot.keyClick(window.canvas, Key.Key_Up)
    assert window.controller.options.level is before.coarser
    qtbot.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert not window.controller.is_running


def test_ctrl_q_closes(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()
