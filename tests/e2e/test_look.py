"""How the window looks and speaks: text that grows, numbers as chosen, narration in three depths, a theme that follows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.look.fonts import FAMILY
from bpstudio.look.palette import apply_theme
from bpstudio.look.panel_icons import PANELS, panel_icon
from bpstudio.look.text_size import text_scale
from bpstudio.model.address import Address, Quantity
from bpstudio.panels.matrices_panel import MatricesPanel
from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, contrast
from bpstudio.window import MainWindow
from tests.support.windows import shown_window

Key = Qt.Key
CTRL, ALT, SHIFT = (Qt.KeyboardModifier(m) for m in (0x04000000, 0x08000000, 0x02000000))


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    with shown_window(qtbot, Settings(tmp_path / "settings.ini")) as made:
        yield made
    apply_theme(qapp, LIGHT)


def test_a_first_start_is_in_the_bundled_font_at_its_size(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    """Whatever the desktop's font is."""
    qapp.setStyleSheet("")
    qapp.setFont(QFont("Sans Serif", 9))
    made = make_window(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.open("two-layer-deltas")
    sizes = {(w.font().pixelSize(), w.font().family()) for w in (made, *made.findChildren(QWidget))}
    made.close()
    assert sizes == {(13, FAMILY)}


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
    view = window.controller.view()
    assert "," in view.timeline.curve_top
    assert "." not in view.timeline.curve_top + view.status.loss
    window.plots.docks["Slope"].raise_()
    for panel in (window.plots.loss, window.plots.slope):
        qtbot.waitUntil(lambda panel=panel: "," in panel.bar.strip.text)  # type: ignore[misc]
        assert not re.search(r"\d\.\d", panel.bar.strip.text)


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


def dock_bars(window: MainWindow) -> list[QTabBar]:
    return [bar for bar in window.findChildren(QTabBar) if bar.parent() is window and bar.count() > 1]


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_where_tabs_have_no_room_for_names_they_show_icons_and_never_scroll(
    qtbot: QtBot, window: MainWindow, percent: int
) -> None:
    window.resize(1366, 768)
    window.look.choose(replace(window.look.preferences, text_percent=percent))
    for dock in window.findChildren(QDockWidget):
        dock.show()
    bars = dock_bars(window)
    assert len(bars) == 2

    def fit() -> bool:
        return all(sum(bar.tabRect(index).width() for index in range(bar.count())) <= bar.width() for bar in bars)

    qtbot.waitUntil(fit)
    right = max(bars, key=lambda bar: bar.x())
    assert not any(right.tabIcon(index).isNull() for index in range(right.count()))
    assert [right.tabToolTip(index) for index in range(right.count())] == [
        right.tabText(index) for index in range(right.count())
    ]


def test_with_room_all_tabs_show_their_names(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1366, 768)
    window.reset_layout()
    qtbot.waitUntil(lambda: [bar.property("shows") for bar in dock_bars(window)] == ["names"] * 2)
    assert all(bar.tabIcon(index).isNull() for bar in dock_bars(window) for index in range(bar.count()))
    assert window.canvas.width() >= 760
    assert window.canvas.height() >= 430


def test_docks_grow_with_the_text_and_shrink_again(window: MainWindow) -> None:
    window.resize(1366, 768)
    widths = []
    for percent in (100, 200, 100):
        window.look.choose(replace(window.look.preferences, text_percent=percent))
        QApplication.processEvents()
        widths.append(window.outline.width())
    assert widths[1] > 1.15 * widths[0]
    assert abs(widths[2] - widths[0]) <= 2


def test_every_panel_has_an_icon_of_its_own(window: MainWindow) -> None:
    titles = [dock.windowTitle() for dock in window.findChildren(QDockWidget)]
    assert set(titles) <= set(PANELS)
    pictures = {bytes(panel_icon(title, 24, "#000000").pixmap(24, 24).toImage().constBits()) for title in titles}
    assert len(pictures) == len(titles)


# Formulas: links and copies.


def test_a_symbol_under_the_pointer_lights_its_unit_on_the_canvas(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.seek_position(47)
    label = window.inspector.executed.equations
    spot = next(spot for spot in label.spots() if str(spot.address).startswith("delta[2]"))
    qtbot.mouseMove(label, spot.rect.center().toPoint())
    state = window.canvas.state
    assert state is not None
    hovered = [(u.layer, u.index) for column in state.columns for u in column.units if u.is_hovered]
    assert hovered == [(2, spot.address.indices[0])]
    qtbot.mouseMove(label, label.rect().bottomRight())
    assert window.controller.selection.hovered is None


def test_a_unit_under_the_pointer_lights_its_symbols(window: MainWindow) -> None:
    window.controller.seek_position(47)
    window.controller.hover(Address(Quantity.ACTIVATION, 2, (1,)))
    state = window.inspector.state
    assert state is not None
    assert state.lit == {Address(Quantity.ACTIVATION, 2, (1,))}


def test_keys_copy_the_formula(qtbot: QtBot, window: MainWindow) -> None:
    window.controller.seek_position(4)
    copied = []
    for key in (Key.Key_L, Key.Key_T, Key.Key_N):
        qtbot.keyClick(window, key, CTRL | ALT)
        copied.append(QApplication.clipboard().text())
    assert copied[0].startswith("\\begin{aligned}")
    assert copied[1].startswith("z⁽²⁾₁ = ")
    assert copied[2].startswith("z[1][0] = ")


def test_the_menu_of_a_selected_formula_copies_that_one(window: MainWindow) -> None:
    window.controller.seek_position(8)
    window.controller.select(Address(Quantity.ACTIVATION, 1, (0,)))
    menu = window.inspector.selected.made_menu()
    menu.actions()[1].trigger()
    menu.deleteLater()
    assert QApplication.clipboard().text().startswith("a⁽²⁾₁ = ")


# Matrices.


def test_the_matrices_are_made_when_first_shown_and_follow(qtbot: QtBot, window: MainWindow) -> None:
    assert window.findChild(MatricesPanel) is None
    assert window.controller.view().matrices is None
    qtbot.keyClick(window, Key.Key_9, ALT)
    panel = window.matrices.panel
    assert panel is not None
    assert panel.view.hasFocus()
    window.controller.seek_position(6)
    assert panel.state is not None
    assert panel.state.product is not None
    qtbot.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.cell_centre("w[1]", 0, 1).toPoint()
    )
    assert window.controller.selection.selected == Address(Quantity.WEIGHT, 1, (0, 0))
    canvas = window.canvas.state
    assert canvas is not None
    assert [(e.layer, e.unit, e.source) for e in canvas.edges if e.is_selected] == [(1, 0, 0)]
    qtbot.keyClick(window, Key.Key_2, ALT)
    assert window.controller.view().matrices is None


def test_menus_have_their_icons_when_they_are_opened_and_tool_bars_at_once(qtbot: QtBot, window: MainWindow) -> None:
    actions = window.actions_
    for theme in (ThemeName.LIGHT, ThemeName.DARK):
        window.set_theme(theme)
        qtbot.wait(50)  # icons come some turns behind the rules of the theme
        bare = {name for name, action in actions.by_name.items() if action.icon().isNull()}
        assert not bare & {"into", "over", "play", "pause"}
        window.menus.file.aboutToShow.emit()
        shown = [window.actions_.by_name[name].icon().pixmap(16).toImage() for name in ("open", "copy", "into")]
        assert all(not image.isNull() for image in shown)
        ink = QColor(window.theme.text)
        for image in shown:
            drawn = [
                image.pixelColor(x, y) for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() > 250
            ]
            assert any(abs(colour.lightness() - ink.lightness()) < 8 for colour in drawn)


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_the_whole_tool_bar_is_in_sight_at_every_size_of_text(qtbot: QtBot, window: MainWindow, percent: int) -> None:
    window.resize(1366, 768)
    window.look.choose(replace(window.look.preferences, text_percent=percent))
    bar = window.transport
    qtbot.waitUntil(lambda: bar.sizeHint().width() <= bar.width())
    assert {bar.speed.isVisible(), bar.notation.isVisible()} == {True}
    words = [label.isVisible() for label in bar.findChildren(QLabel)]
    assert words == [percent < 200] * 3


def test_a_step_and_a_new_look_in_one_turn_are_both_painted(qtbot: QtBot, window: MainWindow) -> None:
    """The step has asked for a frame when painting is held back: that request must not be waited for."""
    window.open("two-layer-deltas")
    qtbot.waitUntil(lambda: window.canvas.is_sharp)
    qtbot.keyClick(window, Key.Key_F10)
    qtbot.keyClick(window, Key.Key_Plus, CTRL | ALT)
    with qtbot.waitSignal(Painted(window.canvas).seen, timeout=2000):
        pass
    qtbot.wait(50)
    for _ in range(3):
        with qtbot.waitSignal(Painted(window.canvas).seen, timeout=2000):
            qtbot.keyClick(window, Key.Key_F10)


class Painted(QObject):
    """Tells when a widget is painted."""

    seen = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.Paint:
            self.seen.emit()
        return False
