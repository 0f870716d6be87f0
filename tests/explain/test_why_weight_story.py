"""The story of a weight in words: initial value, the largest changes with their culprits, the rest; each leads on."""

import math

import pytest

from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.reason import Reason
from bpstudio.explain.weight_story import story_headline, story_note, story_reasons
from bpstudio.explain.why import WhyTree
from bpstudio.files.run_file import open_run
from bpstudio.model.address import parse_address
from bpstudio.session.origins import UpdateHistory, Updates
from bpstudio.session.session import Session
from tests.support.specs import run_spec

SHORT = NumberFormat(4)


def replayed(session: Session, text: str = "w[1][0,1]", most: int = 10) -> Updates:
    history = UpdateHistory(session, parse_address(text), most)
    while not history.advance(0.01):
        pass
    return history.found


def story(session: Session, most: int = 10) -> tuple[Reason, ...]:
    return story_reasons(replayed(session, most=most), notation(session.spec.notation, session.spec))


def xor(iteration: int) -> Session:
    session = Session(open_run("xor"))
    session.seek(iteration=iteration)
    return session


def test_all_rows_add_up_to_the_present_value() -> None:
    session = xor(200)
    total = math.fsum(reason.value for reason in story(session))
    assert total == pytest.approx(session.value("w[1][0,1]"), rel=1e-12)


def test_it_begins_with_the_initial_value_and_ends_with_the_others() -> None:
    rows = story(xor(200))
    assert (rows[0].words, rows[-1].symbol) == ("initial value", "… 190 more")


def test_changes_come_largest_first() -> None:
    sizes = [abs(reason.value) for reason in story(xor(200))[1:-1]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_change_opens_into_its_gradient() -> None:
    session = xor(200)
    tree = WhyTree(session, notation(session.spec.notation, session.spec))
    change = story(session)[1]
    assert [str(reason.address) for reason in tree.children(change)] == ["None", "dw[1][0,1]"]


def test_a_change_names_its_iteration_and_the_row_that_caused_most_of_it() -> None:
    session = Session(run_spec(samples=1))
    session.seek(iteration=1)
    assert story(session)[1].words == "iteration 0, from row 1 of the data"


def test_the_headline_says_how_it_came_about() -> None:
    session = xor(200)
    words = story_headline(replayed(session), notation(session.spec.notation, session.spec), SHORT)
    assert words.startswith("Θ⁽¹⁾₁₂: −0.8 at the start − 2.954 in 200 changes = −3.754")


def test_a_weight_that_nothing_has_changed_says_so() -> None:
    session = xor(0)
    words = story_headline(replayed(session), notation(session.spec.notation, session.spec), SHORT)
    assert words.endswith("nothing has changed it yet")


def test_the_note_vouches_for_every_bit() -> None:
    assert "the present value to the bit" in story_note(replayed(xor(200)), SHORT)
