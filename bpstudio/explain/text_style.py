"""Formulas as plain Unicode text and as NumPy code."""

from bpstudio.explain.expression import Expression, Glyphs, Number
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.rendering import Style, render
from bpstudio.explain.scripts import script_text


class TextStyle(Style[str]):
    """One line of Unicode: ``z⁽²⁾₁ ← z⁽²⁾₁ + Θ⁽¹⁾₁₂·a⁽¹⁾₂``."""

    def __init__(self, number_format: NumberFormat) -> None:
        self.number_format = number_format

    def word(self, text: str) -> str:
        return text

    def symbol(self, glyphs: Glyphs) -> str:
        return script_text(glyphs)

    def number(self, number: Number) -> str:
        return self.number_format.format(number.value)

    def row(self, parts: list[str]) -> str:
        return "".join(parts)

    def fraction(self, numerator: str, denominator: str) -> str:
        return f"{numerator} / {denominator}"

    def power(self, inner: str, exponent: str) -> str:
        raised = script_text(Glyphs("", exponent))
        return inner + raised

    def root(self, radicand: str) -> str:
        return f"√({radicand})" if any(sign in radicand for sign in " ·") else f"√{radicand}"

    def big_sum(self, index: str, last: str, body: str) -> str:
        return script_text(Glyphs("Σ", last, index)) + f" {body}"

    def cases(self, branches: list[tuple[str, str | None]]) -> str:
        lines = (f"{value} {f'if {condition}' if condition else 'otherwise'}" for value, condition in branches)
        return "{" + ", ".join(lines) + "}"


class CodeStyle(TextStyle):
    """One line of Python; numbers that are not finite are NumPy's constants."""

    has_closed_sums = True
    has_scripts = False

    def word(self, text: str) -> str:
        return text.replace("−", "-").replace("…", "...")

    def symbol(self, glyphs: Glyphs) -> str:
        return glyphs.stem

    def number(self, number: Number) -> str:
        text = self.number_format.format(number.value).replace("−", "-").replace(",", ".")
        return text.replace("NaN", "np.nan").replace("∞", "np.inf")

    def product_sign(self, sign: str) -> str:
        return f" {sign} " if sign == "@" else " * "

    def relation(self, left: str, sign: str, right: str) -> str:
        if sign == "←" and right.startswith((f"{left} + ", f"{left} - ")):
            return f"{left} {right[len(left) + 1]}= {right[len(left) + 3 :]}"
        return f"{left} {code_sign(sign)} {right}"

    def power(self, inner: str, exponent: str) -> str:
        return f"{inner} ** {exponent}"

    def root(self, radicand: str) -> str:
        return f"np.sqrt({radicand})"

    def absolute(self, inner: str, is_norm: bool) -> str:
        return f"np.linalg.norm({inner})" if is_norm else f"np.abs({inner})"

    def call(self, function: Glyphs, arguments: list[str]) -> str:
        name, is_listed = code_function(function.stem, len(arguments))
        inner = ", ".join(arguments)
        return f"{name}([{inner}])" if is_listed else f"{name}({inner})"

    def big_sum(self, index: str, last: str, body: str) -> str:
        return f"np.sum({body})"

    def cases(self, branches: list[tuple[str, str | None]]) -> str:
        text = branches[-1][0]
        for value, when in reversed(branches[:-1]):
            text = f"np.where({when}, {value}, {text})"
        return text


def code_sign(sign: str) -> str:
    """A relation's sign in Python."""
    return _CODE_SIGNS.get(sign, sign)


def code_function(stem: str, arguments: int) -> tuple[str, bool]:
    """A function's name in NumPy, and whether it takes its arguments as a list; its extremes pass NaN on, Python's do not."""
    if stem not in ("max", "min"):
        return _CODE_FUNCTIONS.get(stem, stem), False
    return (f"np.{stem}imum", False) if arguments == 2 else (f"np.{stem}", arguments > 1)


_CODE_SIGNS = {"←": "=", "≈": "=", "≤": "<="}
_CODE_FUNCTIONS = {
    "exp": "np.exp",
    "ln": "np.log",
    "sign": "np.sign",
    "tanh": "np.tanh",
    "Φ": "normal_cdf",
    "φ": "normal_pdf",
}

TEXT_FORMAT = NumberFormat()


def to_text(expression: Expression, number_format: NumberFormat = TEXT_FORMAT) -> str:
    """The expression as one line of Unicode text."""
    return render(expression, TextStyle(number_format))


def to_code(expression: Expression, number_format: NumberFormat = TEXT_FORMAT) -> str:
    """The expression as one line of Python with NumPy as ``np``; meant for expressions in notation `code`."""
    return render(expression, CodeStyle(number_format))
