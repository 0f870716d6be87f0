"""The language of conditions: what it lets through, what it means, and that nothing else gets in."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.model.spec import ActivationName, OptimizerName, OptimizerSpec
from bpstudio.session.conditions import ConditionError, compile_condition, completions, problem_of
from bpstudio.session.expression import Range
from bpstudio.session.writes import Standing
from tests.support.specs import run_spec

A = ActivationName
SPEC = run_spec((2, 3, 2), (A.TANH, A.SOFTMAX), optimizer=OptimizerSpec(OptimizerName.ADAM, 0.1))


def value(text: str, now: list[float] | None = None, before: list[float] | None = None) -> float:
    return compile_condition(text, SPEC).value(Standing(now or [], before or []))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("2 ** 3 ** 2", 512.0),
        ("7 % 4 - 1", 2.0),
        ("-3 + +1", -2.0),
        ("1 < 2 < 3", 1.0),
        ("1 < 2 > 5", 0.0),
        ("not 0 and 1", 1.0),
        ("0 or 0", 0.0),
        ("abs(-2) == 2", 1.0),
        ("min(3, 1, 2)", 1.0),
        ("max(3, 1, 2)", 3.0),
        ("sqrt(9)", 3.0),
        ("exp(0)", 1.0),
        ("log(1)", 0.0),
        ("sign(-4)", -1.0),
        ("isnan(nan)", 1.0),
        ("isinf(-inf)", 1.0),
        ("isfinite(1)", 1.0),
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("log(0)", -math.inf),
        ("exp(1e9)", math.inf),
        ("9 ** 9 ** 9", math.inf),
        ("1e400", math.inf),
        ("nan < 1", 0.0),
        ("nan >= 1", 0.0),
        ("nan and 1", 0.0),
        ("not nan", 1.0),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["0 / 0", "sqrt(-1)", "log(-1)", "(-8) ** 0.5", "5 % 0", "max(nan, 1)", "inf - inf"])
def test_what_has_no_value_is_nan(text: str) -> None:
    assert math.isnan(value(text))


def test_numbers_of_the_run_are_slots_in_order() -> None:
    condition = compile_condition("abs(delta[1][0]) < loss and state.mean.w[2][1,2] > 0 and iteration > 3", SPEC)
    assert [str(slot) for slot in condition.slots] == ["delta[1][0]", "loss", "state.mean.w[2][1,2]", "iteration"]
    assert condition.holds(Standing([0.1, 0.2, 1.0, 4.0]))
    assert not condition.holds(Standing([0.3, 0.2, 1.0, 4.0]))


def test_a_number_that_was_never_written_compares_as_false() -> None:
    assert value("loss < 1", [math.nan]) == value("loss >= 1", [math.nan]) == 0.0


def test_functions_of_time() -> None:
    assert value("loss > 1.1 * previous(loss)", [2.0], [1.0]) == 1.0
    assert value("changed(loss)", [2.0], [2.0]) == 0.0
    assert value("sign_changed(w[1][0,1])", [-0.1], [0.1]) == 1.0
    assert value("sign_changed(w[1][0,1])", [-0.1], [math.nan]) == 0.0


WRONG = [
    ("", "empty"),
    ("loss <", "breaks off"),
    ("los < 1", "did you mean loss"),
    ("delta[1] > 0", "delta[1][0]"),
    ("delta > 0", "many"),
    ("delta[9][0]", "no such layer"),
    ("delta[1][7]", "too large"),
    ("w[1][0]", "w[layer][j,i]"),
    ("slope[2][0]", "softmax"),
    ("state.velocity.w[1][0,0]", "no state"),
    ("foo(1)", "no function 'foo'"),
    ("abs(1, 2)", "takes one"),
    ("min(1)", "two"),
    ("previous(1)", "one number of the run"),
    ("abs", "is a function"),
    ("x" * 501, "too long"),
    ("1" + "+1" * 60, "nested too deeply"),
    ("min(" + ", ".join("1" * 120) + ")", "too large"),
    ("(" * 40 + "1" + ")" * 40 + "+" + "-" * 40 + "1", "nested too deeply"),
    ("δ", "can't stand"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_wrong_is_said_in_a_sentence(text: str, words: str) -> None:
    assert words in (problem_of(text, SPEC) or "")


HOSTILE = [
    "__import__('os').system('true')",
    "().__class__",
    "loss.__class__",
    "[x for x in (1,)]",
    "lambda: 1",
    "f'{1}'",
    "'a' * 9",
    "loss if 1 else 2",
    "{}",
    "{1}",
    "[1]",
    "(1, 2)",
    "loss[0]",
    "abs(*[1])",
    "abs(x=1)",
    "print(1)",
    "eval(1)",
    "open(1)",
    "loss := 1",
    "1j",
    "b''",
    "...",
    "None",
    "await loss",
    "yield",
    "*loss",
    "loss; loss",
    "import os",
    "1 if",
    "not",
    "~1",
    "1 << 99",
    "1 // 2",
    "1 @ 2",
    "1 is 1",
    "1 in 2",
    "_0",
    "__",
    "delta[True][0]",
    "delta[1][-1]",
    "delta[0x1][0]",
    "delta[1:2][0]",
    "delta[1][0][0]",
    "w[1][0,0,0]",
    "abs(abs)",
    "(yield)",
    "\x00",
    "\n1",
    "'''",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_else_gets_in(text: str) -> None:
    with pytest.raises(ConditionError):
        compile_condition(text, SPEC)


def test_random_marks_give_a_number_or_a_sentence() -> None:
    rng = random.Random(7)
    pieces = [
        "loss",
        "delta[1][0]",
        "(",
        ")",
        "+",
        "-",
        "**",
        "<",
        "and",
        "not",
        "abs(",
        ",",
        "1",
        "1e308",
        ".",
        "[",
        "]",
        "previous(",
        " ",
        "%",
        "/",
    ]
    for _ in range(3000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 14)))
        try:
            condition = compile_condition(text, SPEC)
        except ConditionError:
            continue
        assert isinstance(condition.value(Standing([0.5] * len(condition.slots))), float)


NUMBERS = st.one_of(st.floats(-3, 3), st.sampled_from([0.0, math.inf, -math.inf, math.nan, 1e308]))
LEAVES = st.sampled_from(["loss", "delta[1][0]", "0.5", "-1", "2"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or", "%", "**"]),
            inner,
        ),
        st.builds("({}({}))".format, st.sampled_from(["abs", "-", "not ", "sign", "isnan", "isinf", "exp"]), inner),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.lists(NUMBERS, min_size=1, max_size=4), st.lists(NUMBERS, min_size=1, max_size=4))
@settings(max_examples=600)
def test_a_range_holds_every_value(text: str, losses: list[float], deltas: list[float]) -> None:
    condition = compile_condition(text, SPEC)

    def range_of(values: list[float]) -> Range:
        known = [v for v in values if not math.isnan(v)]
        return Range(min(known, default=math.inf), max(known, default=-math.inf), len(known) < len(values))

    sources = {"loss": losses, "delta[1][0]": deltas}
    ranges = [range_of(sources[str(slot)]) for slot in condition.slots]
    found = condition.range(lambda slot: ranges[slot])
    for loss in losses:
        for delta in deltas:
            now = [{"loss": loss, "delta[1][0]": delta}[str(slot)] for slot in condition.slots]
            value = condition.value(Standing(now))
            assert found.has_nan if math.isnan(value) else found.low <= value <= found.high
            assert found.can_be_true if condition.holds(Standing(now)) else found.can_be_false


def test_completions_are_whole_words_for_what_is_typed() -> None:
    assert completions("abs(del", 7, SPEC) == ("delta[1][0]", "delta[2][0]")
    assert "sign_changed(" in completions("s", 1, SPEC)
    assert "state.mean.w[1][0,0]" in completions("state.m", 7, SPEC)
