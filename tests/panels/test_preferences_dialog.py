"""The preferences dialog: shows what is chosen, a sample of the numbers, and says what was chosen when accepted."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.panels.preferences_dialog import PreferencesDialog
from bpstudio.viewstate.preferences import Preferences
from bpstudio.viewstate.selection import ThemeName

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
