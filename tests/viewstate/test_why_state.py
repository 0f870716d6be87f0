"""Why this number, as rows: what is open is shown, what is shown is lit, and every row says where to go."""

import math

import pytest

from bpstudio.explain.nan_hunt import NanHunt
from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import MINUS, NumberFormat
from bpstudio.files.run_file import open_run
from bpstudio.model.address import parse_address
from bpstudio.model.spec import ActivationName, NotationName, OptimizerName, OptimizerSpec
from bpstudio.session.origins import UpdateHistory
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.why_state import (
    WhyMode,
    WhyQuestion,
    WhyState,
    WhyTrees,
    asked_address,
    build_why_state,
    canvas_address,
    share_text,
)
from tests.support.specs import run_spec

M = WhyMode


def at_end_of(name: str, iteration: int) -> Session:
    session = Session(open_run(name))
    session.seek(position=session.program.iteration_start(iteration + 1) - 1)
    return session


def question(text: str, mode: WhyMode = M.PARENTS, *paths: tuple[str, ...], sample: int | None = None) -> WhyQuestion:
    return WhyQuestion(parse_address(text), sample, mode, frozenset({(), *paths}))


def read_back(text: str) -> float:
    return float(text.replace(MINUS, "-"))


def state_of(session: Session, asked: WhyQuestion, options: ViewOptions | None = None) -> WhyState:
    return build_why_state(WhyTrees(session), asked, options or ViewOptions())


def test_the_number_stands_on_top_with_its_parents_below() -> None:
    state = state_of(at_end_of("xor", 0), question("z[2][0]", sample=3))
    assert [(row.depth, row.symbol) for row in state.rows] == [
        (0, "z⁽³⁾₁"), (1, "Θ⁽²⁾₁₂·a⁽²⁾₂"), (1, "Θ⁽²⁾₁₁·a⁽²⁾₁"), (1, "Θ⁽²⁾₁₀"),
    ]  # fmt: skip


def test_a_product_shows_its_numbers() -> None:
    state = state_of(at_end_of("mazur", 0), question("z[1][0]", sample=0))
    assert {"0.15 × 0.05", "0.2 × 0.1"} <= {row.detail for row in state.rows}


def test_an_opened_row_shows_what_it_is_made_of() -> None:
    state = state_of(at_end_of("xor", 0), question("z[2][0]", M.PARENTS, ("term 0",), sample=3))
    below = [str(row.address) for row in state.rows if row.path[:1] == ("term 0",) and row.depth == 2]
    assert below == ["w[2][0,0]", "a[1][0]"]


def test_the_headline_says_what_kind_of_number_it_is() -> None:
    state = state_of(at_end_of("mazur", 0), question("z[1][0]", sample=0))
    assert state.headline == "z⁽²⁾₁ = 0.3775: a weighted sum"


def test_visible_rows_are_lit_on_the_canvas() -> None:
    state = state_of(at_end_of("xor", 0), question("z[2][0]", sample=3))
    assert set(map(str, state.lit)) == {"a[2][0]", "w[2][0,0]", "w[2][0,1]", "a[1][0]", "a[1][1]", "b[2][0]"}


def test_every_row_but_what_was_given_says_where_it_was_written() -> None:
    session = at_end_of("xor", 0)
    state = state_of(session, question("z[2][0]", M.PARENTS, ("term 0",), sample=3))
    positions = {str(row.address): row.position for row in state.rows}
    assert positions["w[2][0,0]"] is None
    assert positions["a[1][0]"] is not None
    assert session.program.operation(positions["a[1][0]"]).kind == "activate"


def test_what_is_not_computed_yet_is_said_so() -> None:
    state = state_of(Session(open_run("xor")), question("delta[1][0]"))
    assert (state.headline, state.rows) == ("δ⁽²⁾₁ is not computed yet at this position", ())


def test_nothing_selected_says_what_to_do() -> None:
    assert state_of(Session(open_run("xor")), WhyQuestion()).headline.startswith("Select ")


def test_toggling_twice_changes_nothing() -> None:
    asked = question("z[2][0]")
    assert asked.toggled(("term 0",)).toggled(("term 0",)) == asked


def test_closing_a_row_closes_all_below() -> None:
    asked = question("z[2][0]", M.PARENTS, ("term 0",), ("term 0", "a[1][0]"))
    assert asked.toggled(("term 0",)).expanded == frozenset({()})


@pytest.mark.parametrize(
    ("text", "modes"),
    [
        ("a[0][1]", (M.PARENTS,)),
        ("loss", (M.PARENTS,)),
        ("a[1][0]", (M.PARENTS, M.PATHS)),
        ("w[1][0,0]", (M.PARENTS, M.PATHS, M.UPDATES)),
        ("b[2][0]", (M.PARENTS, M.PATHS, M.UPDATES)),
    ],
)
def test_the_answers_there_are_depend_on_the_number(text: str, modes: tuple[WhyMode, ...]) -> None:
    assert state_of(at_end_of("xor", 0), question(text)).modes == modes


def test_an_answer_that_there_is_not_becomes_the_parents() -> None:
    assert state_of(at_end_of("xor", 0), question("a[1][0]", M.UPDATES)).mode is M.PARENTS


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        ("w[1][0,1]", M.PATHS, "dw[1][0,1]"),
        ("b[1][0]", M.PATHS, "db[1][0]"),
        ("a[1][0]", M.PATHS, "delta[1][0]"),
        ("dw[1][0,1]", M.UPDATES, "w[1][0,1]"),
        ("w[1][0,1]", M.PARENTS, "w[1][0,1]"),
        ("e[1][0]", M.PATHS, "e[1][0]"),
    ],
)
def test_a_mode_asks_about_the_number_that_fits(text: str, mode: WhyMode, expected: str) -> None:
    assert str(asked_address(parse_address(text), mode)) == expected


def test_paths_of_a_unit_are_those_of_its_delta() -> None:
    state = state_of(at_end_of("two-layer-deltas", 0), question("a[1][0]", M.PATHS))
    assert state.headline.endswith("the sum over 2 paths to the outputs")
    assert state.rows[1].symbol == "a⁽²⁾₁ → a⁽³⁾₁ → a⁽⁴⁾₁"


def test_the_note_tells_the_rounding_of_the_paths() -> None:
    state = state_of(at_end_of("two-layer-deltas", 0), question("a[1][0]", M.PATHS))
    assert state.note.startswith("all paths add up to the stored number")


def test_updates_come_with_the_initial_value_and_add_up() -> None:
    session = at_end_of("xor", 20)
    history = UpdateHistory(session, parse_address("w[1][0,1]"))
    while not history.advance(0.1):
        pass
    asked = question("w[1][0,1]", M.UPDATES)
    state = build_why_state(WhyTrees(session), asked, ViewOptions(), updates=history.found)
    total = math.fsum(read_back(row.exact) for row in state.rows[1:])
    assert total == pytest.approx(read_back(state.rows[0].exact), rel=1e-12)


def test_updates_that_are_not_replayed_yet_show_their_progress() -> None:
    session = at_end_of("xor", 20)
    asked = question("w[1][0,1]", M.UPDATES)
    state = build_why_state(WhyTrees(session), asked, ViewOptions(), progress=0.4)
    assert (state.rows, state.progress) == ((), 0.4)


def test_a_number_that_is_not_finite_shows_its_origin() -> None:
    identity = ActivationName.IDENTITY
    optimizer = OptimizerSpec(OptimizerName.SGD, 5.0)
    session = Session(run_spec((2, 3, 1), (identity, identity), optimizer=optimizer))
    session.seek(position=session.program.iteration_start(51) - 1)
    hunt = NanHunt(session, notation(NotationName.THETA, session.spec), parse_address("z[2][0]"))
    while not hunt.advance(0.1):
        pass
    state = build_why_state(WhyTrees(session), question("z[2][0]", M.ORIGIN), ViewOptions(), hunt=hunt)
    marked = [row.words.split(":")[0] for row in state.rows if row.is_marked]
    assert marked == ["weighted sum", "made here", "first beyond 1,000,000"]
    assert all(row.position is not None for row in state.rows)


def test_past_rows_stay_closed_while_nothing_may_be_replayed() -> None:
    session = at_end_of("xor", 5)
    path = ("term 0", "w[2][0,0]")
    asked = question("z[2][0]", M.PARENTS, path[:1], path)
    state = build_why_state(WhyTrees(session), asked, ViewOptions(), may_replay=False)
    assert not any(row.is_expanded for row in state.rows if row.path == path)


def test_the_same_question_twice_gives_equal_states() -> None:
    trees = WhyTrees(at_end_of("iris", 2))
    asked = question("dw[1][0,1]", M.PARENTS, ("sample 3",))
    assert build_why_state(trees, asked, ViewOptions()) == build_why_state(trees, asked, ViewOptions())


def test_a_number_without_a_place_on_the_canvas_is_not_lit() -> None:
    assert canvas_address(parse_address("loss")) is None


@pytest.mark.parametrize(
    ("share", "text"), [(0.38, "+38 %"), (-0.004, "−0.4 %"), (1.0, "+100 %"), (1e-9, "+<0.1 %"), (0.0, "0 %")]
)
def test_shares_always_carry_their_sign(share: float, text: str) -> None:
    assert share_text(share, NumberFormat()) == text


def test_shares_and_exact_numbers_take_the_decimal_comma() -> None:
    comma = NumberFormat(decimal_comma=True)
    assert (share_text(-0.004, comma), share_text(1e-9, comma)) == ("−0,4 %", "+<0,1 %")
    session = at_end_of("xor", 0)
    state = state_of(session, question("z[2][0]", sample=3), ViewOptions(decimal_comma=True))
    exact = state.rows[0].exact
    assert "." not in exact
    assert read_back(exact.replace(",", ".")) == session.value("z[2][0]", 3)
