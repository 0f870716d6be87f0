"""Superscripts and subscripts in plain Unicode text, as far as Unicode has them."""

from bpstudio.explain.expression import Glyphs

_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyz,",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ,",
        strict=True,
    )
)
_SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvx,", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ,", strict=True))


def script_text(glyphs: Glyphs) -> str:
    """The quantity on one line: ``Θ⁽¹⁾₁₂``; ``W_A`` where Unicode lacks a letter."""
    return glyphs.stem + _raised(glyphs.superscript) + _lowered(glyphs.subscript)


def _raised(text: str) -> str:
    converted = "".join(_SUPERSCRIPTS.get(letter, "") for letter in text)
    return converted if len(converted) == len(text) else f"^{text}"


def _lowered(text: str) -> str:
    converted = "".join(_SUBSCRIPTS.get(letter, "") for letter in text)
    return converted if len(converted) == len(text) else f"_{text}"
