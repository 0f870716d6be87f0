"""Hit rules as text and words, exceptions by name."""

import pytest

from bpstudio.viewstate.breakpoint_state import (
    BreakpointDraft,
    BreakpointRow,
    exceptions_with,
    hit_rule_words,
    parse_hit_rule,
)


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("", None, ""),
        (">=7", (">=", 7), "from hit 7 on"),
        (" == 1 ", ("==", 1), "hit 1 only"),
        ("%10", ("%", 10), "every 10th hit"),
        ("%2", ("%", 2), "every 2nd hit"),
        ("%11", ("%", 11), "every 11th hit"),
        ("%1003", ("%", 1003), "every 1,003rd hit"),
    ],
)
def test_a_hit_rule_is_read_and_told_in_words(text: str, rule: tuple[str, int] | None, words: str) -> None:
    assert parse_hit_rule(text) == rule
    assert hit_rule_words(text) == words


@pytest.mark.parametrize("text", ["7", ">7", ">=0", "%", "== 99999999999", ">=-1", ">=1.5", "%١٠"])
def test_a_wrong_hit_rule_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="expected >=7, ==7 or %10"):
        parse_hit_rule(text)


def test_a_hit_rule_that_cannot_be_read_is_shown_as_it_is() -> None:
    assert hit_rule_words("often") == "often"


def test_exceptions_are_switched_on_by_name() -> None:
    assert [choice.is_on for choice in exceptions_with(frozenset({"dead_unit"}))] == [False, True, False]


def test_a_breakpoint_with_a_message_is_a_logpoint() -> None:
    assert BreakpointRow(1, BreakpointDraft(message="loss {loss}"), "").is_logpoint
    assert not BreakpointRow(1, BreakpointDraft(), "").is_logpoint
