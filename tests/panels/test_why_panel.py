"""Why this number, by real keys and clicks: opening and closing, going there, asking on, and the ways to answer."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.look.palette import apply_theme
from bpstudio.model.address import parse_address
from bpstudio.panels.why_panel import WhyPanel, described
from bpstudio.panels.why_rows import ARROW, SHARE, arrow_left
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme
from bpstudio.viewstate.why_state import WhyMode, WhyQuestion, WhyState, WhyTrees, build_why_state
from tests.panels.states import session_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
Heard = list[tuple[object, ...]]


def state_of(*paths: tuple[str, ...], text: str = "z[2][0]", mode: WhyMode = WhyMode.PARENTS) -> WhyState:
    session = session_of("xor", 141)
    asked = WhyQuestion(parse_address(text), 3, mode, frozenset({(), *paths}))
    return build_why_state(WhyTrees(session), asked, ViewOptions())


@pytest.fixture
def panel(qtbot: QtBot) -> WhyPanel:
    made = WhyPanel()
    qtbot.addWidget(made)
    made.resize(640, 400)
    made.apply(state_of(), LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.table.setFocus()
    return made


def record(panel: WhyPanel) -> Heard:
    heard: Heard = []
    for name in ("expanded_toggled", "position_requested", "address_chosen", "mode_chosen", "cancel_requested"):
        getattr(panel, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def test_right_opens_a_closed_row(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.table.selectRow(1)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Right)
    assert heard == [("expanded_toggled", ("term 1",))]


def test_right_on_an_open_row_goes_to_its_first_part(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.table.selectRow(0)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Right)
    assert (heard, panel.table.currentIndex().row()) == ([], 1)


def test_left_closes_an_open_row(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.apply(state_of(("term 1",)), LIGHT)
    panel.table.selectRow(1)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Left)
    assert heard == [("expanded_toggled", ("term 1",))]


def test_left_on_a_closed_row_goes_to_what_it_is_part_of(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.apply(state_of(("term 1",)), LIGHT)
    panel.table.selectRow(3)
    qtbot.keyClick(panel.table, Key.Key_Left)
    assert panel.table.chosen == ("term 1",)


def test_enter_goes_to_where_a_number_was_made(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.table.selectRow(1)
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Return)
    assert heard == [("position_requested", state_of().rows[1].position)]


def test_enter_on_what_was_given_goes_nowhere(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.apply(state_of(("term 1",)), LIGHT)
    panel.table.choose(("term 1", "w[2][0,1]"))
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Return)
    assert heard == []


def test_space_asks_about_the_row(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.apply(state_of(("term 1",)), LIGHT)
    panel.table.choose(("term 1", "a[1][1]"))
    heard = record(panel)
    qtbot.keyClick(panel.table, Key.Key_Space)
    assert heard == [("address_chosen", parse_address("a[1][1]"), 3)]


def test_a_click_on_the_arrow_opens(qtbot: QtBot, panel: WhyPanel) -> None:
    heard = record(panel)
    cell = panel.table.visualRect(panel.table.model().index(1, 0))
    place = QPoint(int(cell.left() + arrow_left(state_of().rows[1]) + ARROW / 2), cell.center().y())
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=place)
    assert heard == [("expanded_toggled", ("term 1",))]


def test_a_click_beside_the_arrow_only_chooses(qtbot: QtBot, panel: WhyPanel) -> None:
    heard = record(panel)
    cell = panel.table.visualRect(panel.table.model().index(1, SHARE))
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=cell.center())
    assert (heard, panel.table.chosen) == ([], ("term 1",))


def test_a_row_that_opens_stays_where_it_is(panel: WhyPanel) -> None:
    panel.resize(320, 190)
    panel.apply(state_of(("term 0",), ("term 0", "a[1][0]")), LIGHT)
    panel.table.choose(("term 0", "a[1][0]", "z[1][0]"))
    bar = panel.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    panel.apply(state_of(("term 0",), ("term 0", "a[1][0]"), ("term 0", "a[1][0]", "z[1][0]")), LIGHT)
    assert before > 0
    assert bar.value() == before


def test_a_mode_is_wished_for_and_shown_when_it_comes(qtbot: QtBot, panel: WhyPanel) -> None:
    heard = record(panel)
    qtbot.mouseClick(panel.modes[WhyMode.PATHS], LEFT)
    assert heard == [("mode_chosen", WhyMode.PATHS)]
    assert panel.modes[WhyMode.PARENTS].isChecked()
    assert not panel.modes[WhyMode.PATHS].isChecked()


def test_only_the_answers_there_are_can_be_chosen(panel: WhyPanel) -> None:
    visible = [mode for mode, button in panel.modes.items() if button.isVisible()]
    assert visible == [WhyMode.PARENTS, WhyMode.PATHS]


def test_a_replay_shows_how_far_it_is_and_can_be_cancelled(qtbot: QtBot, panel: WhyPanel) -> None:
    panel.apply(replace(state_of(), rows=(), progress=0.4), LIGHT)
    heard = record(panel)
    assert panel.replay.bar.value() == 400
    qtbot.mouseClick(panel.replay.button, LEFT)
    assert heard == [("cancel_requested",)]


def test_the_same_state_twice_emits_nothing(panel: WhyPanel) -> None:
    panel.table.selectRow(1)
    heard = record(panel)
    panel.apply(state_of(), LIGHT)
    panel.apply(state_of(("term 1",)), LIGHT)
    assert (heard, panel.table.chosen) == ([], ("term 1",))


def test_the_foot_says_in_full_what_the_row_is(panel: WhyPanel) -> None:
    panel.table.selectRow(1)
    assert panel.words.text() == described(state_of().rows[1])
    assert "×" in panel.words.text()


def test_a_narrow_panel_leaves_the_words_to_the_foot(panel: WhyPanel) -> None:
    panel.resize(320, 400)
    assert panel.table.isColumnHidden(3)


@pytest.mark.parametrize(("scale", "width"), [(1.0, 332), (1.5, 373), (2.0, 415)])
def test_shares_are_in_sight_in_the_width_of_the_dock(
    qtbot: QtBot, qapp: QApplication, panel: WhyPanel, scale: float, width: int
) -> None:
    apply_theme(qapp, LIGHT, scale)
    panel.resize(width, 500)
    qtbot.wait(10)
    header, table = panel.table.horizontalHeader(), panel.table
    assert not table.isColumnHidden(SHARE)
    assert header.sectionPosition(SHARE) + header.sectionSize(SHARE) <= table.viewport().width()
    assert table.horizontalScrollBar().maximum() == 0
    for column in range(SHARE + 1):
        title = table.rows_model.columns[column].title
        assert header.fontMetrics().horizontalAdvance(title) <= header.sectionSize(column), title
    apply_theme(qapp, LIGHT)


def test_a_row_speaks_its_level_and_its_number(panel: WhyPanel) -> None:
    spoken = panel.table.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("closed, level 1, ")


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST])
def test_shares_are_drawn_in_the_colour_of_their_sign(panel: WhyPanel, theme: Theme) -> None:
    state = state_of()
    panel.apply(state, theme)
    picture = panel.table.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    for number, row in enumerate(state.rows):
        cell = panel.table.visualRect(panel.table.model().index(number, SHARE))
        colours = {
            picture.pixelColor(int(x * ratio), int((cell.bottom() - 5) * ratio)).name().upper()
            for x in range(cell.left(), cell.right())
        }
        if row.share:
            assert (theme.positive if row.share > 0.0 else theme.negative) in colours
