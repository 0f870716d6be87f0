"""Ranges of expressions: whatever the numbers are, the value lies in its range, and what can come true is not ruled out."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.model.spec import ActivationName
from bpstudio.session.conditions import compile_condition
from bpstudio.session.expression import Range
from bpstudio.session.writes import Standing
from tests.support.specs import run_spec

SPEC = run_spec((2, 3, 2), (ActivationName.TANH, ActivationName.SIGMOID))
NUMBERS = st.one_of(
    st.floats(-3, 3),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, 1e308, math.inf, -math.inf, math.nan]),
)
LEAVES = st.sampled_from(
    [
        "loss",
        "delta[1][0]",
        "previous(loss)",
        "changed(loss)",
        "sign_changed(delta[1][0])",
        "0.5",
        "(-1)",
        "2",
        "0",
        "nan",
    ]
)
TWO = ["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or", "%", "**"]
ONE = ["abs", "-", "not ", "sign", "isnan", "isinf", "isfinite", "exp", "log", "sqrt"]
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(TWO), inner),
        st.builds("({}({}))".format, st.sampled_from(ONE), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        st.builds("({}) ** 2".format, inner),
    ),
    max_leaves=6,
)
SEVERAL = st.lists(NUMBERS, min_size=1, max_size=3)


def range_of(values: list[float]) -> Range:
    known = [value for value in values if not math.isnan(value)]
    return Range(min(known), max(known), len(known) < len(values)) if known else Range(-math.inf, math.inf, True)


@given(EXPRESSIONS, SEVERAL, SEVERAL)
@settings(max_examples=1500, deadline=None)
def test_a_range_holds_every_value(text: str, losses: list[float], deltas: list[float]) -> None:
    condition = compile_condition(text, SPEC)
    sources = {"loss": losses, "delta[1][0]": deltas}
    slots = [str(slot) for slot in condition.slots]
    found = condition.range(lambda slot: range_of(sources[slots[slot]]))
    moments = [(loss, delta, was, had) for loss in losses for delta in deltas for was in losses for had in deltas]
    for loss, delta, was, had in moments:
        now, before = {"loss": loss, "delta[1][0]": delta}, {"loss": was, "delta[1][0]": had}
        moment = Standing([now[slot] for slot in slots], [before[slot] for slot in slots])
        value = condition.value(moment)
        assert found.has_nan if math.isnan(value) else found.low <= value <= found.high
        assert found.can_be_true if condition.holds(moment) else found.can_be_false


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("abs(loss) > 0.5", -0.4, 0.3),
        ("loss ** 2 > 0.25", -0.4, 0.3),
        ("sqrt(loss) > 2", 0.0, 3.9),
        ("exp(loss) > 3", -9.0, 1.0),
        ("max(loss, 0.1) > 0.5", -0.4, 0.3),
        ("1 / loss < 1", 0.1, 0.9),
        ("loss > 1.5 * previous(loss)", 1.0, 1.2),
        ("sign_changed(loss)", 0.1, 0.9),
        ("changed(loss)", 0.1, 0.1),
        ("loss % 10 > 10", 0.0, 99.0),
        ("isnan(loss)", -1.0, 1.0),
    ],
)
def test_what_cannot_come_true_in_a_range_is_ruled_out(text: str, low: float, high: float) -> None:
    assert not compile_condition(text, SPEC).range(lambda slot: Range(low, high)).can_be_true
