"""The tree of branches: order, depth, what may go, and how they compare."""

import math

from bpstudio.explain.number_format import NumberFormat
from bpstudio.viewstate.branch_state import BranchFact, BranchState, build_branch_state

FACTS = (
    BranchFact(1, None, "main", loss=0.5),
    BranchFact(2, 1, "late", 900, loss=math.nan),
    BranchFact(3, 2, "of late", 950, ("a", "b")),
    BranchFact(4, 1, "early", 1_200 - 1_000),
)


def built(current: int = 2) -> BranchState:
    return build_branch_state(FACTS, current, 1_000, NumberFormat(3), compared=1)


def test_each_branch_stands_under_the_one_it_leaves_earlier_forks_first() -> None:
    assert [(row.name, row.depth) for row in built().rows] == [("main", 0), ("early", 1), ("late", 1), ("of late", 2)]


def test_the_current_branch_and_what_it_comes_from_cannot_be_deleted() -> None:
    assert {row.key: row.can_delete for row in built(3).rows} == {1: False, 4: True, 2: False, 3: False}


def test_only_another_branch_is_compared() -> None:
    assert [row.key for row in built().rows if row.is_compared] == [1]
    assert not [row.key for row in built(1).rows if row.is_compared]


def test_losses_are_told_short_and_in_full_and_unknown_ones_not_made_up() -> None:
    rows = {row.key: row for row in built().rows}
    assert (rows[1].loss, rows[1].exact_loss, rows[1].is_finite) == ("0.5", "0.5", True)
    assert (rows[2].loss, rows[2].is_finite) == ("NaN", False)
    assert (rows[3].loss, rows[3].exact_loss) == ("–", "")


def test_edits_and_losses_take_the_decimal_comma() -> None:
    facts = [FACTS[0], BranchFact(2, 1, "other", 900, ("w[2][0,0] = -0.5",), 0.25)]
    row = build_branch_state(facts, 1, 1_000, NumberFormat(3, decimal_comma=True)).rows[1]
    assert (row.edits, row.loss, row.exact_loss) == (("w[2][0,0] = −0,5",), "0,25", "0,25")


def test_forks_and_the_place_of_comparison_are_told_in_words() -> None:
    assert [row.fork for row in built().rows] == ["start", "iteration 200", "iteration 900", "iteration 950"]
    assert built().caption == "losses at iteration 1,000"


def test_a_chain_of_ten_thousand_forks_is_no_trouble() -> None:
    facts = [BranchFact(k, k - 1 if k else None, str(k), k) for k in range(10_000)]
    assert build_branch_state(facts, 0, 0, NumberFormat()).rows[-1].depth == 9_999
