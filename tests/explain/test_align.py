r"""Rows of ``align``: what is too wide for a page is broken, and what stands in it stays what it was."""

import re

import pytest

from bpstudio.explain.align import LONGEST, broken

NUMBERS = (
    r"&= 1.07150 \cdot \left(-0.983227\right) + 0.665269 \cdot \left(-0.938149\right)"
    r" + 0.387473 \cdot 0.481034 + \cdots + \left(-0.0664498\right) = -4.01146"
)


def together(rows: list[str]) -> str:
    """The rows as one again."""
    return re.sub(r"\s+", " ", " ".join(row.replace(r"&\quad {}", "").replace("&", "") for row in rows)).strip()


def test_a_short_row_stays_as_it_is() -> None:
    assert list(broken("z &= 0.5 + 0.25 = 0.75")) == ["z &= 0.5 + 0.25 = 0.75"]
    assert list(broken("no relation " * 20)) == ["no relation " * 20]


@pytest.mark.parametrize("longest", [20, LONGEST, 78])
def test_a_long_sum_is_broken_before_a_sign_and_before_its_result(longest: int) -> None:
    rows = list(broken(NUMBERS, longest))
    assert len(rows) >= 3
    assert rows[-1] == "&= -4.01146"
    assert all(row.startswith(r"&\quad {}+ ") for row in rows[1:-1])
    assert all(row.count("&") == 1 for row in rows)
    assert together(rows) == NUMBERS.replace("&", "")


def test_nothing_inside_braces_or_parentheses_is_broken() -> None:
    inner = " + ".join(["0.123456"] * 12)
    for text in (
        rf"\frac{{{inner}}}{{2}}",
        rf"\left({inner}\right) \cdot 2",
        rf"\begin{{cases}} {inner} & a \\ 0 & b \end{{cases}}",
    ):
        assert list(broken(f"z &= {text}")) == [f"z &= {text}"]
