"""Undo and redo: every edit comes back with its name and its bits."""

import gc
import weakref
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpstudio.controller.run_controller import RunController
from bpstudio.controller.undo import MOST_WORDS, Undo
from bpstudio.model.address import parse_address
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.timeline_state import Bookmark
from tests.support.specs import run_spec

WEIGHT = parse_address("w[1][0,1]")


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[RunController]:
    made = RunController()
    made.open_spec(run_spec((2, 3, 2), samples=5), "")
    session_of(made).run_iterations(20)
    session_of(made).seek(iteration=7)
    session_of(made).step(Level.UNIT)
    yield made
    made.stop()


def session_of(controller: RunController) -> Session:
    assert controller.session is not None
    return controller.session


def bits(session: Session) -> bytes:
    return session.tape.vectors.before.tobytes() + session.tape.vectors.after.tobytes()


def test_an_edit_undone_leads_back_to_the_old_branch_and_redone_has_the_same_bits(controller: RunController) -> None:
    session, undo = session_of(controller), controller.undo
    position, before = session.position, bits(session)
    controller.branching.change(WEIGHT, 0.75)
    assert undo.undo_words == "w[1][0,1] = 0.75"
    after = bits(session)
    session.run_iterations(30)
    losses = session.losses.values.copy()
    undo.undo()
    assert (session.branch.key, session.position, bits(session)) == (0, position, before)
    assert [branch.key for branch in session.branches] == [0]
    undo.redo()
    assert (session.branch.key, session.iteration, bits(session)) == (1, 7, after)
    session.run_iterations(30)
    assert session.losses.values.tobytes() == losses.tobytes()


def test_what_was_computed_of_a_branch_is_not_computed_again_after_redo(controller: RunController) -> None:
    session = session_of(controller)
    controller.branching.change_optimizer({"name": "adam", "learning_rate": 0.01})
    session.run_iterations(30)
    controller.undo.undo()
    controller.undo.redo()
    assert session.losses.count >= 36


def test_a_deleted_branch_comes_back_with_those_forked_from_it(controller: RunController) -> None:
    session, branching = session_of(controller), controller.branching
    branching.change(WEIGHT, 0.75)
    session.run_iterations(4)
    branching.change(WEIGHT, -0.75)
    here, state = session.position, bits(session)
    branching.delete(1)
    assert [branch.key for branch in session.branches] == [0]
    assert session.branch.key == 0
    controller.undo.undo()
    assert [branch.key for branch in session.branches] == [0, 1, 2]
    assert (session.branch.key, session.position, bits(session)) == (2, here, state)


def test_an_edit_is_undone_where_operations_were_folded_otherwise_meanwhile(qtbot: QtBot) -> None:
    controller = RunController()
    controller.open("xor")
    session = session_of(controller)
    session.seek(iteration=3)
    session.step(Level.UNIT)
    controller.branching.change(WEIGHT, 0.5)
    controller.set_unfolded(True)
    controller.undo.undo()
    assert (session.branch.key, session.iteration) == (0, 3)
    controller.stop()


def test_renaming_breakpoints_watches_and_bookmarks_are_undone_in_their_order(controller: RunController) -> None:
    debugger, undo = controller.debugger, controller.undo
    controller.branching.change(WEIGHT, 0.75)
    controller.branching.rename(1, "bolder")
    debugger.accept(BreakpointDraft(kind=BreakpointKind.CONDITION, condition="loss < 0.1"))
    debugger.switch(1, False)
    debugger.add_watch("delta[1][0]")
    debugger.switch_exception("dead_unit", True)
    controller.travel.keep_bookmark(Bookmark(12, "here"))
    debugger.remove(1)
    session = session_of(controller)

    def summary() -> tuple[object, ...]:
        names = [branch.name for branch in session.branches]
        return (names, debugger.marks, controller.travel.bookmarks)

    seen = [summary()]
    while undo.can_undo:
        undo.undo()
        seen.append(summary())
    assert len(seen) == 9
    assert all(one != other for one, other in pairwise(seen))
    assert not debugger.marks.breakpoints
    assert not debugger.marks.watches
    for expected in reversed(seen[:-1]):
        undo.redo()
        assert summary() == expected
    assert not undo.can_redo


def test_an_edit_that_changes_nothing_or_fails_is_no_step(controller: RunController) -> None:
    controller.debugger.add_watch("no such thing")
    controller.debugger.accept(BreakpointDraft(kind=BreakpointKind.CONDITION, condition="((("))
    controller.debugger.remove(99)
    controller.debugger.switch_exception("not_finite", True)
    controller.branching.delete(0)
    assert not controller.undo.can_undo


def test_another_run_has_nothing_to_undo(controller: RunController) -> None:
    controller.branching.change(WEIGHT, 0.75)
    controller.open("xor")
    assert not controller.undo.can_undo
    assert controller.undo.is_clean


def test_steps_with_one_key_are_one_step_and_saving_is_remembered(qtbot: QtBot) -> None:
    undo, typed = Undo(), [""]

    def put(text: str) -> None:
        typed[0] = text

    for text in ("0", "0.", "0.5"):
        with undo.recording(f"rate {text}", lambda: typed[0], put, key="rate"):
            put(text)
    undo.mark_saved()
    with undo.recording("x" * 200, lambda: typed[0], put):
        put("other")
    cleanness = [undo.is_clean]
    assert len(undo.undo_words) <= MOST_WORDS
    undo.undo()
    assert [*cleanness, undo.is_clean] == [False, True]
    assert (typed, undo.undo_words) == (["0.5"], "rate 0.5")
    undo.undo()
    assert typed == [""]
    undo.redo()
    assert typed == ["0.5"]


def test_watches_that_come_back_are_filled_again(controller: RunController, qtbot: QtBot) -> None:
    session, debugger = session_of(controller), controller.debugger
    debugger.add_watch("w[1][0,1]")
    key = next(iter(debugger.watches))
    debugger.remove_watch(key)
    controller.undo.undo()
    qtbot.waitUntil(lambda: debugger.watches[key].series.count >= 20)
    plain = Session(session.spec)
    plain.seek(iteration=5)
    assert np.array_equal(debugger.watches[key].series.values[4], plain.array("w[1]")[0, 1])


def test_another_description_of_the_run_is_taken_back_with_everything_in_it(controller: RunController) -> None:
    session = session_of(controller)
    controller.debugger.add_watch("w[1][2,1]")
    controller.branching.change(WEIGHT, 0.75)
    here, state = session.position, bits(session)
    controller.revise(run_spec((2, 2, 2), samples=5), "layer 1: 2 units", "units")
    controller.revise(run_spec((2, 1, 2), samples=5), "layer 1: 1 unit", "units")
    assert controller.undo.undo_words == "layer 1: 1 unit"
    assert not controller.debugger.watches
    controller.undo.undo()
    assert session_of(controller) is session
    assert (session.position, bits(session)) == (here, state)
    assert [watch.text for watch in controller.debugger.watches.values()] == ["w[1][2,1]"]
    controller.undo.undo()
    assert session.branch.key == 0
    controller.undo.redo()
    controller.undo.redo()
    assert session_of(controller).spec.network.sizes == (2, 1, 2)


def test_a_step_that_became_part_of_another_keeps_nothing_alive(qapp: QApplication) -> None:
    class Run:
        """Something large."""

    undo, kept = Undo(), []
    for _ in range(3):
        run = Run()
        kept.append(weakref.ref(run))
        undo.made("type", lambda run=run: run, lambda run=run: run, key="field")  # type: ignore[misc]
        del run
    gc.collect()
    assert [ref() is not None for ref in kept] == [True, False, True]


def test_a_pointer_on_what_the_new_network_does_not_have_is_on_nothing(controller: RunController) -> None:
    controller.revise(run_spec((2, 1, 2), samples=5), "layer 1: 1 unit", "units")
    controller.hover(parse_address("a[1][2]"))
    assert controller.selection.hovered is None
    controller.hover(parse_address("a[1][0]"))
    assert controller.selection.hovered == parse_address("a[1][0]")
