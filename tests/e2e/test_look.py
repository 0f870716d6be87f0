"""How the window looks and speaks: text that grows, numbers as chosen, narration in three depths, a theme that follows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.look.palette import apply_theme
from bpstudio.look.text_size import text_scale
from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, contrast
from bpstudio.window import MainWindow

Key = Qt.Key
CTRL, ALT, SHIFT = (Qt.KeyboardModifier(m) for m in (0x04000000, 0x08000000, 0x02000000))


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    made = make_window(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.open("two-layer-deltas")
    yield made
    made.close()
    apply_theme(qapp, LIGHT)


def sentence_of(window: MainWindow) -> str:
    state = window.inspector.state
    assert state is not None
    assert state.executed is not None
    return state.executed.sentence


def test_keys_make_all_text_larger_and_the_next_start_remembers(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.controller.seek_position(9)
    heights = [window.inspector.executed.equations.heightForWidth(400), window.timeline.height()]
    for _ in range(9):
        qtbot.keyClick(window, Key.Key_Plus, CTRL | ALT)
    assert text_scale() == 2.0
    assert window.inspector.executed.equations.heightForWidth(400) > 1.5 * heights[0]
    assert window.timeline.height() == 2 * heights[1]
    assert (window.width(), window.height()) == (1366, 768)
    qtbot.keyClick(window, Key.Key_Minus, CTRL | ALT)
    assert text_scale() == pytest.approx(1.75, abs=0.02)
    assert Settings(tmp_path / "settings.ini").preferences.text_percent == 175


def test_numbers_change_their_dress_everywhere_at_once(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.seek_position(16)
    window.look.choose(replace(window.look.preferences, number_style=NumberStyle.FIXED, decimal_comma=True, digits=3))
    card = window.inspector.state
    assert card is not None
    assert card.executed is not None
    assert "," in card.executed.result
    assert "." not in card.executed.plain.replace("…", "")
    canvas = window.canvas.state
    assert canvas is not None
    assert canvas.columns[0].units[1].text == "0,500"


def test_the_narration_has_three_depths(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.seek_position(3)
    told = [sentence_of(window)]
    for _ in range(2):
        qtbot.keyClick(window, Key.Key_N, CTRL | SHIFT)
        told.append(sentence_of(window))
    assert len(set(told)) == 3
    assert "z[1][0]" in told[2]
    qtbot.keyClick(window, Key.Key_N, CTRL | SHIFT)
    assert sentence_of(window) == told[0]
    assert window.look.preferences.depth is Depth.PLAIN


def test_the_system_theme_follows_the_system(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    window.set_theme(ThemeName.SYSTEM)
    monkeypatch.setattr("bpstudio.window_look.is_system_dark", lambda: True)
    QApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.theme is DARK
    window.set_theme(ThemeName.LIGHT)
    QApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.theme is LIGHT


def test_high_contrast_really_differs() -> None:
    """Text at 15 and more, every colour that means something at 7 and more (WCAG AAA), and lines one can see."""
    ground = HIGH_CONTRAST.background
    assert contrast(HIGH_CONTRAST.text, ground) > 15.0
    for name in ("positive", "negative", "forward", "backward", "not_finite", "quiet", "breakpoint", "selection"):
        colour = getattr(HIGH_CONTRAST, name)
        assert contrast(colour, ground) >= 7.0, name
        assert contrast(colour, ground) > contrast(getattr(DARK, name), DARK.background) or name == "selection", name
    assert contrast(HIGH_CONTRAST.line, ground) > 3.0 > contrast(DARK.line, DARK.background)


def test_tabs_of_panels_show_their_whole_titles(window: MainWindow) -> None:
    bars = [bar for bar in window.findChildren(QTabBar) if bar.count() > 1]
    assert bars
    assert {bar.elideMode() for bar in bars} == {Qt.TextElideMode.ElideNone}
