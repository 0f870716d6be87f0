"""The inspector: the operation in symbols and numbers, its parents, what is selected; nothing overlaps."""

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from bpstudio.model.address import Address, Quantity
from bpstudio.panels.inspector_panel import CardView, InspectorPanel
from bpstudio.viewstate.selection import Selection
from bpstudio.viewstate.theme import DARK, LIGHT
from tests.panels.states import session_of, view_of

Q = Quantity


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[InspectorPanel]:
    made = InspectorPanel()
    qtbot.addWidget(made)
    made.resize(320, 640)
    made.apply(view_of(session_of("two-layer-deltas", 2)).inspector, LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def chosen(panel: InspectorPanel) -> list[Address]:
    addresses: list[Address] = []
    panel.address_chosen.connect(addresses.append)
    return addresses


def parts(card: CardView) -> list[QWidget]:
    widgets = (card.heading, card.title, card.equations, card.sentence, card.parents)
    return [widget for widget in widgets if widget.isVisible()]


def test_it_shows_title_formula_sentence_and_what_comes_next(panel: InspectorPanel) -> None:
    state = panel.state
    assert state is not None and state.executed is not None
    assert panel.executed.title.text() == state.executed.title
    assert panel.executed.equations.plain == state.executed.plain
    assert panel.executed.sentence.text() == state.executed.sentence
    assert panel.next.text() == f"Next: {state.next_label}"


def test_the_full_number_is_in_the_tip(panel: InspectorPanel) -> None:
    state = panel.state
    assert state is not None and state.executed is not None
    assert panel.executed.title.toolTip() == f"in full: {state.executed.full_result}"


@pytest.mark.parametrize("column", [0, 1])
def test_a_parent_clicked_is_chosen(qtbot: QtBot, panel: InspectorPanel, column: int) -> None:
    state, addresses, table = panel.state, chosen(panel), panel.executed.parents
    assert state is not None and state.executed is not None
    place = table.visualRect(table.model().index(1, column)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert addresses == [state.executed.parents[1].address]


def test_a_parent_is_chosen_with_enter(qtbot: QtBot, panel: InspectorPanel) -> None:
    state, addresses, table = panel.state, chosen(panel), panel.executed.parents
    assert state is not None and state.executed is not None
    table.setFocus()
    table.setCurrentCell(0, 0)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert addresses == [state.executed.parents[1].address]


def test_before_the_first_operation_it_says_how_to_begin(panel: InspectorPanel) -> None:
    panel.apply(view_of(session_of("two-layer-deltas")).inspector, LIGHT)
    assert "F11" in panel.executed.title.text()
    assert not panel.executed.equations.isVisible()
    assert not panel.executed.parents.isVisible()


def test_what_is_selected_has_a_card_of_its_own(panel: InspectorPanel) -> None:
    assert not panel.selected.isVisible()
    selection = Selection(selected=Address(Q.WEIGHT, 1, (0, 1)))
    panel.apply(view_of(session_of("two-layer-deltas", 2), selection).inspector, LIGHT)
    assert panel.selected.isVisible()
    assert panel.selected.equations.plain


def test_what_is_selected_but_not_computed_says_so(panel: InspectorPanel) -> None:
    selection = Selection(selected=Address(Q.ACTIVATION, 3, (0,)))
    panel.apply(view_of(session_of("two-layer-deltas", 2), selection).inspector, LIGHT)
    assert "not computed yet" in panel.selected.title.text()


def test_applying_the_same_state_chooses_nothing(panel: InspectorPanel) -> None:
    addresses = chosen(panel)
    panel.apply(view_of(session_of("two-layer-deltas", 2)).inspector, LIGHT)
    panel.apply(view_of(session_of("two-layer-deltas", 2)).inspector, DARK)
    assert addresses == []


@pytest.mark.parametrize("width", [250, 320, 520])
def test_no_part_lies_on_another_at_any_moment(panel: InspectorPanel, width: int) -> None:
    panel.resize(width, 640)
    session = session_of("two-layer-deltas")
    for position in range(1, session.program.iteration_start(1), 3):
        session.seek(position=position)
        panel.apply(view_of(session).inspector, LIGHT)
        shown = parts(panel.executed)
        for above, below in itertools.pairwise(shown):
            assert above.geometry().bottom() < below.geometry().top(), position
        assert panel.executed.equations.height() >= panel.executed.equations.heightForWidth(
            panel.executed.equations.width()
        )
