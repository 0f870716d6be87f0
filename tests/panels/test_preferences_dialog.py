"""The preferences dialog: shows what is chosen, a sample of the numbers, and says what was chosen when accepted."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.look.palette import apply_theme
from bpstudio.panels.preferences_dialog import PreferencesDialog
from bpstudio.viewstate.preferences import Preferences
from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import LIGHT

CHOSEN = Preferences(ThemeName.HIGH_CONTRAST, 175, 6, NumberStyle.FIXED, True, Depth.FORMAL, 128)


@pytest.fixture
def parent(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def test_it_shows_what_is_chosen_and_gives_it_back(qtbot: QtBot, parent: QWidget) -> None:
    dialog = PreferencesDialog(CHOSEN, parent)
    chosen: list[Preferences] = []
    dialog.chosen.connect(chosen.append)
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons is not None
    qtbot.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
    assert chosen == [CHOSEN]


def test_the_sample_follows_at_once(qtbot: QtBot, parent: QWidget) -> None:
    dialog = PreferencesDialog(Preferences(), parent)
    assert dialog.sample.text().split() == ["0.0275", "−1235", "0.5", "3.51e−7"]
    dialog.comma.click()
    dialog.digits.setValue(2)
    dialog.style_choice.setCurrentIndex(1)
    dialog.style_choice.activated.emit(1)
    assert dialog.sample.text().split() == ["0,03", "−1234,57", "0,50", "0,00"]
    dialog.style_choice.setCurrentIndex(3)
    dialog.style_choice.activated.emit(3)
    assert not dialog.digits.isEnabled()
    assert dialog.sample.text().split()[1] == "−1234,5678"
    dialog.close()


def test_nothing_is_chosen_when_it_is_left(qtbot: QtBot, parent: QWidget) -> None:
    dialog = PreferencesDialog(Preferences(), parent)
    chosen: list[Preferences] = []
    dialog.chosen.connect(chosen.append)
    dialog.text.setValue(200)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert chosen == []


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_nothing_scrolls_where_all_is_in_sight(qtbot: QtBot, qapp: QApplication, parent: QWidget, scale: float) -> None:
    apply_theme(qapp, LIGHT, scale)
    dialog = PreferencesDialog(Preferences(), parent)
    with qtbot.waitExposed(dialog):
        dialog.show()
    area = dialog.findChild(QScrollArea, "preferences-scroll")
    assert area is not None
    words = area.findChild(QLabel, "preferences-words")
    assert words is not None
    assert area.verticalScrollBar().maximum() == 0
    assert words.geometry().bottom() <= area.viewport().height()
    dialog.close()
    apply_theme(qapp, LIGHT)
