"""SVG that looks the same everywhere: the font goes with it, each text has its width, and nothing is in it without use."""

import base64
import html
import io
import re
from functools import lru_cache

from bpstudio import resources
from bpstudio.export import font_cutting
from bpstudio.look.drawing import text_width
from bpstudio.look.fonts import FAMILY

FAMILIES = f"{FAMILY}, Bitstream Vera Sans, Verdana, sans-serif"
"""Verdana is nearest in its widths to what DejaVu grew from; the last resort is whatever there is."""

GROUPS = (
    frozenset("0123456789.,=()+-−·× e"),
    frozenset("abcdefghijklmnopqrstuvwxyz "),
    frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾"),
    frozenset("₀₁₂₃₄₅₆₇₈₉"),
)
_SCRIPTS = "⁺⁻⁼ⁿᵀᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ₊₋₌₍₎ₐₑₒₓₔₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ"
_SIGNS = "⊙←→↔≈≤≥≠∞√∂∇∑∏′…–—∘▸✓⋮⋯\u2009\u0302"
SMALL = frozenset("".join(map(chr, (*range(32, 127), *range(160, 384), *range(0x391, 0x3CA))))).union(
    _SCRIPTS, _SIGNS, *GROUPS
)
"""Latin letters, Greek, scripts and signs."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TEXT = re.compile(
    r'<text (?P<before>[^>]*?)font-family="DejaVu Sans" font-size="(?P<size>[\d.]+)" font-weight="(?P<weight>\d+)"'
    r"(?P<after>[^>]*?)>(?P<content>[^<]*)</text>"
)
_UNNAMED = 'font-family="Sans Serif" font-size'
"""What widgets write that have set no font of their own: it is the bundled one."""
_GROUP_FONT = re.compile(r'\nfont-family="[^"\n]*" font-size="[^"\n]*" font-weight="\d+" font-style="\w+" \n>')
_EMPTY_GROUP = re.compile(r"<g [^>]*>\s*</g>\s*")
_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
BOLD = 600
"""Weights from here on are set in the bold file."""


def without_controls(text: str) -> str:
    """Text without control characters: an SVG is XML, and those are not allowed there at all."""
    return _CONTROLS.sub("", text)


def tidied(svg: str) -> str:
    """Qt's SVG without control characters, empty groups and fonts of groups; each text with its width and other families.

    The width keeps neighbours apart where another font steps in.
    """
    svg = _EMPTY_GROUP.sub("", _GROUP_FONT.sub(">", without_controls(svg)))
    svg = svg.replace(_UNNAMED, f'font-family="{FAMILY}" font-size')
    return _TEXT.sub(_fitted, svg)


def _fitted(match: re.Match[str]) -> str:
    content = html.unescape(match["content"])
    size, is_bold = float(match["size"]), int(match["weight"]) >= BOLD
    width = text_width(content, size, is_bold)
    length = f' textLength="{width:.4g}" lengthAdjust="spacingAndGlyphs"' if len(content) > 1 and width > 0.0 else ""
    weight = "bold" if is_bold else "normal"
    return (
        f'<text {match["before"]}font-family="{FAMILIES}" font-size="{match["size"]}" font-weight="{weight}"{length}>'
        f"{match['content']}</text>"
    )


def with_fonts(svg: str) -> str:
    """The SVG with the letters it uses as fonts in it."""
    rules = font_rules(*letters_of(svg))
    return svg.replace("<defs>", f"<defs>\n<style>{rules}</style>", 1) if rules else svg


def letters_of(svg: str) -> tuple[frozenset[str], frozenset[str]]:
    """The letters set in the normal and in the bold font."""
    used: dict[str, set[str]] = {"normal": set(), "bold": set()}
    for weight, content in re.findall(r'font-weight="(normal|bold)"[^>]*>([^<]*)</text>', svg):
        used[weight].update(html.unescape(content))
    return frozenset(used["normal"]), frozenset(used["bold"])


def font_rules(normal: frozenset[str], bold: frozenset[str]) -> str:
    """``@font-face`` rules with the letters asked for."""
    return "".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{'bold' if is_bold else 'normal'};"
        f"src:url(data:font/woff;base64,{subset_of(is_bold, letters)})}}"
        for is_bold, letters in ((False, normal), (True, bold))
        if letters
    )


def subset_of(is_bold: bool, letters: frozenset[str]) -> str:
    """The bundled font with these letters and those that go with them, as WOFF in base 64; the same bytes each time.

    Of digits, small letters, capitals and scripts all come along when one is used, so that neighbouring pictures share a font.
    """
    groups = [group for group in GROUPS if letters & group]
    return _subset(is_bold, letters.union(*groups))


@lru_cache(maxsize=64)
def _subset(is_bold: bool, letters: frozenset[str]) -> str:
    source = io.BytesIO(_small_font(is_bold)) if letters <= SMALL else resources.path("fonts", _FILES[is_bold])
    return base64.b64encode(font_cutting.cut(source, letters, "woff")).decode("ascii")


@lru_cache(maxsize=2)
def _small_font(is_bold: bool) -> bytes:
    """The letters that figures nearly always do with: cutting from these takes a fifth of the time."""
    return font_cutting.cut(resources.path("fonts", _FILES[is_bold]), SMALL, None)
