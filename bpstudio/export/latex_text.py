"""Plain text for LaTeX: what has a meaning there is escaped, symbols become mathematics, everything else stays or is left out."""

import re
import unicodedata

from bpstudio.explain.latex_style import LETTERS
from bpstudio.explain.number_format import MINUS

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\textdollar{}",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\u2009": r"\,",
    "\u00a0": "~",
    "…": r"\dots{}",
    '"': "''",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
}
_SYMBOLS = {
    **LETTERS,
    "Γ": r"\Gamma",
    "Λ": r"\Lambda",
    "θ": r"\theta",
    "μ": r"\mu",
    "ℓ": r"\ell",
    MINUS: "-",
    "·": r"\cdot",
    "×": r"\times",
    "⊙": r"\odot",
    "÷": r"\div",
    "±": r"\pm",
    "←": r"\leftarrow",
    "→": r"\rightarrow",
    "≈": r"\approx",
    "≠": r"\neq",
    "≤": r"\leq",
    "≥": r"\geq",
    "∞": r"\infty",
    "√": r"\surd",
    "∈": r"\in",
    "′": "'",
    "▸": r"\triangleright",
    "ʻ": "'",
}
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+")
_PIECES = re.compile(f"(?P<raised>{_RAISED.pattern})|(?P<lowered>{_LOWERED.pattern})|(?P<letter>.)", re.DOTALL)
_HAT = "\u0302"
LOST = "?"
_LAST_LATIN = "\u017f"
"""Up to here pdfLaTeX knows the letters with their accents by itself."""


def latex_text(text: str) -> str:
    """The text for LaTeX's text mode.

    Letters that pdfLaTeX can't set without further packages become question marks; :func:`lost_comment` names them.
    """
    parts: list[str] = []
    for match in _PIECES.finditer(unicodedata.normalize("NFC", text)):
        if match["raised"]:
            parts.append(f"$^{{{_plain(match['raised'])}}}$")
        elif match["lowered"]:
            parts.append(f"$_{{{_plain(match['lowered'])}}}$")
        else:
            parts.append(_letter(match["letter"]))
    return "".join(parts).replace("$$", "")


def _plain(script: str) -> str:
    """The letters that scripts stand for."""
    return unicodedata.normalize("NFKC", script).replace(MINUS, "-")


def _letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter in _SYMBOLS:
        return f"${_SYMBOLS[letter]}$"
    decomposed = unicodedata.normalize("NFD", letter)
    if len(decomposed) == 2 and decomposed[1] == _HAT:
        return rf"$\hat{{{decomposed[0]}}}$"
    if letter in "\n\t":
        return " "
    if letter.isprintable() and letter <= _LAST_LATIN:
        return letter
    return LOST


def letters_lost(*texts: str) -> set[str]:
    """The letters of texts that :func:`latex_text` makes question marks."""
    letters = set(unicodedata.normalize("NFC", "".join(texts))) - {LOST}
    return {letter for letter in letters if _letter(letter) == LOST and not _is_script(letter)}


def lost_comment(*texts: str) -> tuple[str, ...]:
    """A comment that names the letters of texts which became question marks; nothing where there are none."""
    lost = sorted(letters_lost(*texts))
    shown = " ".join(letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in lost)
    return (latex_comment(f"set as {LOST}, for pdfLaTeX lacks them: {shown}"),) if lost else ()


def _is_script(letter: str) -> bool:
    return bool(_RAISED.fullmatch(letter) or _LOWERED.fullmatch(letter))


def latex_comment(text: str) -> str:
    """The text behind a percent sign: one line, nothing that could end it."""
    return "% " + " ".join(part for part in text.split() if part)
