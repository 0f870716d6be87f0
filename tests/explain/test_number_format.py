"""Numbers for people: precision, minus, words for what is not finite."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.explain.number_format import FULL_PRECISION, NumberFormat, NumberStyle, full


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.5, "0.5"),
        (-0.25, "−0.25"),
        (0.027500000000000004, "0.0275"),  # 0.15·0.05 + 0.2·0.1
        (0.593269992107187, "0.5933"),
        (-0.6169978976568214, "−0.6170"),
        (12.345678, "12.35"),
        (1234.5678, "1235"),
        (123456.7, "123457"),
        (10000.0, "10000"),
        (1234567.0, "1.235e6"),
        (3.5101878e-05, "3.510e−5"),
        (9.99996, "10.00"),
        (1e308, "1e308"),
        (5e-324, "4.941e−324"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_automatic_style(value: float, shown: str) -> None:
    assert NumberFormat(4).format(value) == shown


def test_fixed_style_keeps_its_decimals() -> None:
    style = NumberFormat(3, NumberStyle.FIXED)
    assert [style.format(v) for v in (1.0, -0.5, 12.34567, -0.0001)] == ["1.000", "−0.500", "12.346", "0.000"]


def test_scientific_style() -> None:
    assert NumberFormat(2, "scientific").format(-0.012345) == "−1.23e−2"


def test_a_decimal_comma() -> None:
    assert NumberFormat(4, decimal_comma=True).format(-0.25) == "−0,25"


def test_other_digits_keep_the_decimal_sign() -> None:
    chosen = NumberFormat(2, NumberStyle.SCIENTIFIC, decimal_comma=True)
    assert chosen.significant(3).format(12.345) == "12,3"
    assert chosen.in_full.format(-0.8926877456335569) == "−0,8926877456335569"
    assert NumberFormat(2).in_full.format(1e-05) == "1e−5"


def test_groups_of_digits_are_not_taken_for_decimals() -> None:
    assert NumberFormat().count(1_234_567) == "1,234,567"
    assert NumberFormat(decimal_comma=True).count(1_234_567) == "1\u2009234\u2009567"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_full_text_reads_back_as_the_same_float(value: float) -> None:
    assert float(full(value)).hex() == value.hex()
    assert abs(float(FULL_PRECISION.format(value).replace("−", "-"))).hex() == abs(value).hex()


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(2, 12))
def test_what_is_shown_is_close(value: float, digits: int) -> None:
    shown = float(NumberFormat(digits).format(value).replace("−", "-"))
    assert abs(shown - value) <= abs(value) * 0.51 * 10.0 ** (1 - digits) or math.isinf(shown)


@pytest.mark.parametrize(
    ("value", "text"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (0.1, "0.1")]
)
def test_full_spells_what_is_not_finite(value: float, text: str) -> None:
    assert full(value) == text
