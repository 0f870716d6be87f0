"""Formulas as LaTeX, for documents: mathematics mode without delimiters."""

import unicodedata

from bpstudio.explain.expression import Expression, Glyphs, Number
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.rendering import Style, render

LETTERS = {
    "Θ": r"\Theta",
    "Δ": r"\Delta",
    "Σ": r"\Sigma",
    "Φ": r"\Phi",
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "δ": r"\delta",
    "ε": r"\varepsilon",
    "η": r"\eta",
    "λ": r"\lambda",
    "σ": r"\sigma",
    "φ": r"\varphi",
    "∂": r"\partial",
    "∇": r"\nabla",
}
_SIGNS = {
    "·": r" \cdot ",
    "×": r"\times",
    "⊙": r"\odot",
    "←": r"\leftarrow",
    "≈": r"\approx",
    "≤": r"\leq",
    "−": "-",
    "…": r"\cdots",
    "∞": r"\infty",
}
_FUNCTIONS = {"ln": r"\ln", "max": r"\max", "min": r"\min", "tanh": r"\tanh"}
_HAT = "\u0302"


class LatexStyle(Style[str]):
    """Two-dimensional: fractions are \\frac, Σ is \\sum, exp(x) is e^{x}."""

    is_flat = False

    def __init__(self, number_format: NumberFormat) -> None:
        self.number_format = number_format

    def word(self, text: str) -> str:
        return "".join(_SIGNS.get(letter, letter) for letter in text)

    def symbol(self, glyphs: Glyphs) -> str:
        raised = f"^{{{_scripted(glyphs.superscript)}}}" if glyphs.superscript else ""
        lowered = f"_{{{_scripted(glyphs.subscript)}}}" if glyphs.subscript else ""
        return _stem(glyphs.stem) + raised + lowered

    def number(self, number: Number) -> str:
        text = self.number_format.format(number.value).replace("−", "-").replace(",", "{,}")
        if text == "NaN":
            return r"\mathrm{NaN}"
        mantissa, mark, exponent = text.partition("e")
        shown = mantissa.replace("∞", r"\infty")
        return rf"{shown} \cdot 10^{{{exponent}}}" if mark else shown

    def row(self, parts: list[str]) -> str:
        return "".join(parts)

    def parentheses(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def absolute(self, inner: str, is_norm: bool) -> str:
        return rf"\left\|{inner}\right\|" if is_norm else rf"\left|{inner}\right|"

    def fraction(self, numerator: str, denominator: str) -> str:
        return rf"\frac{{{numerator}}}{{{denominator}}}"

    def power(self, inner: str, exponent: str) -> str:
        return f"{{{inner}}}^{{{exponent}}}"

    def root(self, radicand: str) -> str:
        return rf"\sqrt{{{radicand}}}"

    def call(self, function: Glyphs, arguments: list[str]) -> str:
        inner = ", ".join(arguments)
        if function.stem == "exp":
            return f"e^{{{inner}}}"
        return _FUNCTIONS.get(function.stem, self.symbol(function)) + self.parentheses(inner)

    def big_sum(self, index: str, last: str, body: str) -> str:
        below = f"_{{{index}}}" if index else ""
        above = f"^{{{last}}}" if last else ""
        return rf"\sum{below}{above} {body}"

    def cases(self, branches: list[tuple[str, str | None]]) -> str:
        lines = [rf"{value} & \text{{otherwise}}" if when is None else f"{value} & {when}" for value, when in branches]
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"


def _stem(stem: str) -> str:
    """Greek as commands, accents as \\hat, words upright."""
    if len(stem) > 1 and stem.isascii() and stem.isalpha():
        return rf"\mathrm{{{stem}}}"
    letters = unicodedata.normalize("NFD", stem)
    parts: list[str] = []
    for letter in letters:
        if letter == _HAT:
            parts[-1] = rf"\hat{{{parts[-1].strip()}}}"
        else:
            parts.append(_LETTERS.get(letter) or _command(letter))
    return "".join(parts)


_LETTERS = {"′": "'", "/": " / ", "₀": "_{0}", "₁": "_{1}", "₂": "_{2}", "ₓ": "_{x}"}


def _command(letter: str) -> str:
    return LETTERS[letter] + " " if letter in LETTERS else letter


def _scripted(text: str) -> str:
    if text == "data":
        return r"\mathrm{data}"
    return "".join(LETTERS.get(letter, letter) for letter in text)


LATEX_FORMAT = NumberFormat()


def to_latex(expression: Expression, number_format: NumberFormat = LATEX_FORMAT) -> str:
    """The expression for LaTeX's mathematics mode."""
    return render(expression, LatexStyle(number_format))
