"""Five hundred ways in that are not: each is refused with one short sentence and a column inside the text."""

import builtins
import keyword
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.model.spec import ActivationName
from bpstudio.session.conditions import CONSTANTS, FUNCTIONS, ConditionError, compile_condition
from bpstudio.session.writes import Standing
from tests.support.specs import run_spec

SPEC = run_spec((2, 3, 2), (ActivationName.TANH, ActivationName.SOFTMAX))
ALLOWED = {*FUNCTIONS, *CONSTANTS}
BUILTINS = sorted(name for name in dir(builtins) if name not in ALLOWED)
DUNDERS = sorted(
    {name for kind in (int, float, type, type(len), type(pytest)) for name in dir(kind) if name[:2] == "__"}
)
HOLDERS = ["loss", "(1)", "1.0", "abs", "delta[1][0]", "()", "''", "abs(loss)", "(loss if loss else loss)"]
GRAMMAR = [
    "lambda: loss", "(lambda x: x)(loss)", "[loss]", "[x for x in (1, 2)]", "{x for x in (1,)}", "{1: 2}", "(x for x in (1,))",
    "(loss := 1)", "loss if loss else 1", "*loss", "(*loss,)", "abs(*(loss,))", "abs(**{})", "abs(x=loss)", "min(loss, key=abs)",
    "await loss", "(yield)", "(yield from loss)", "f'{loss}'", "f'{loss!r:>{loss}}'", "'loss'", "b'loss'", "u'loss'", "r'loss'",
    "'' 'x'", "1j", "1+2j", "...", "None", "loss is loss", "loss is not 1", "1 in loss", "1 not in loss", "~loss", "loss // 2",
    "loss @ loss", "loss << 1", "loss >> 1", "loss & 1", "loss | 1", "loss ^ 1", "loss[0]", "loss[:]", "loss[0:1]", "loss[0][0]",
    "loss()", "delta()", "delta[1][0]()", "delta[1][0][0]", "delta[1][0].real", "abs.real", "abs[0]", "abs(loss)[0]",
    "delta[loss][0]", "delta[1][iteration]", "delta[-1][0]", "delta[1][-1]", "delta[1.0][0]", "delta[1e0][0]", "delta[0x1][0]",
    "delta[1_0][0]", "delta[][]", "delta[1][]", "delta[1,0]", "delta[1][0,0]", "w[1][0]", "w[1][0,0,0]", "w[1,0,0]", "w[1][0][0]",
    "delta[[1]][0]", "delta[1][[0]]", "delta[(1)][0]", "delta['1'][0]", "delta[1][0", "delta 1 0", "delta[1] [0] [0]",
    "state.mean.w[1][0,0]", "state.w[1][0,0]", "state.mean.mean.w[1][0,0]", "state", "state.mean", "state[1]", "state.mean.w",
    "slope[2][0]", "slope[1][0,0]", "a[0][9]", "a[3][0]", "delta[0][0]", "w[0][0,0]", "b[9][0]", "z[99999999999999999999][0]",
    "previous()", "previous(1)", "previous(loss, loss)", "previous(previous(loss))", "changed(loss + 1)", "sign_changed(1)",
    "min()", "min(loss)", "max(())", "abs()", "sqrt(1, 2)", "exp(loss", "log)loss(", "abs abs", "loss loss", "1 2", "1..real",
    "loss = 1", "loss == 1 = 2", "loss;loss", "import os", "from os import *", "del loss", "pass", "return loss", "raise loss",
    "assert loss", "global loss", "exec loss", "print loss", "@loss", "loss\nloss", "loss\\\n+1", "# loss", "loss\x00", "\x00",
    "\x1b[31mloss", "\tloss\n", "", " ", "\t", "()", "(,)", ",", "loss,", "loss,loss", "(loss, 1)", "==", "< 1", "1 <",
    "1 < > 2", "1 <> 2", "1 =< 2", "1 && 2", "1 || 2", "!loss", "loss ++", "loss ?", "$loss", "`loss`", "%loss", "loss %", "{}",
    "{loss}", "{{loss}}", "[", "]", "(", ")", "'", '"', "'''", '"""', "\\", "0777", "0b2", "0xg", "1e",
    "1__0", "_", "__", "_0", "__x", "_0______",
    "loss._0", "ｌoss", "lоss", "δ", "∞", "1 − 2", "loss ≤ 1", "loss\u200b", "\ufeffloss", "²", "1²", "١", "𝟏", "🐍",
    "nan()", "inf[0]", "True()", "True.real", "nan.real", "not", "and", "or", "loss and", "or loss", "not and",
    "if", "else", "is",
]  # fmt: skip
DEEP = [
    "(" * n + "1" + ")" * n for n in (150, 220, 249)
] + [
    "-" * 400 + "1", "+" * 400 + "1", "not " * 120 + "1", "~" * 400 + "1", "abs(" * 60 + "1" + ")" * 60, "1" + "+1" * 240,
    "1" + "**1" * 160, "1<" * 240 + "1", "min(" + "1," * 240 + "1)", "[" * 400,
    "(" * 499, "((((((" * 80, "{" * 300 + "}" * 180, "1" * 501, "loss" * 200, "x" * 10**6, "(" * 10**6, "-" * 10**6,
    "delta[1][0]+" * 41 + "1", "a[" * 200, "lambda:" * 70 + "1", "f'{" * 120, "1 if 1 else " * 40 + "1", "loss." * 99 + "x",
]  # fmt: skip
HOSTILE = [
    *GRAMMAR,
    *DEEP,
    *BUILTINS,
    *(f"{name}(loss)" for name in BUILTINS),
    *(f"{holder}.{name}" for name, holder in zip(DUNDERS, HOLDERS * 99, strict=False)),
    *(f"{holder}.{name}()" for name, holder in zip(DUNDERS, HOLDERS[3:] * 99, strict=False)),
    *(word for word in keyword.kwlist if word not in CONSTANTS),
]


def test_there_are_more_than_five_hundred() -> None:
    assert len(set(HOSTILE)) > 500


@pytest.mark.parametrize("text", sorted(set(HOSTILE)), ids=lambda text: ascii(text[:40]))
def test_it_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(text, SPEC)
    assert 0 <= caught.value.column <= max(len(text), 1)
    assert 8 < len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        condition = compile_condition(text, SPEC)
    except ConditionError:
        return
    assert isinstance(condition.value(Standing([0.5] * len(condition.slots))), float)


def test_what_is_let_through_never_raises_whatever_stands() -> None:
    rng = random.Random(5)
    pieces = ["loss", "delta[1][0]", "2", "0", "1e308", "nan", "inf", "iteration"]
    numbers = [0.0, -0.0, 1.0, -1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), -float("inf")]
    for _ in range(2000):
        text = rng.choice(pieces)
        for _ in range(rng.randrange(1, 7)):
            operator = rng.choice(["+", "-", "*", "/", "%", "**", "<", ">=", "and", "or"])
            text = f"({text} {operator} {rng.choice(pieces)})"
            if rng.random() < 0.3:
                text = f"{rng.choice(['exp', 'log', 'sqrt', 'abs', 'sign', 'not '])}({text})"
        condition = compile_condition(text, SPEC)
        standing = Standing([rng.choice(numbers) for _ in condition.slots])
        assert isinstance(condition.value(standing), float)
