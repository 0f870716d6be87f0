"""The worked solution as one HTML page: equations as drawings with their words, colours by the reader's system, no network."""

import html
import re
from collections.abc import Iterator

from PySide6.QtGui import QPainter

from bpstudio.equations.equation_painter import EquationLayout, height_of, line_width, paint_lines
from bpstudio.explain.expression import Expression
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.pieces import to_pieces
from bpstudio.export.figure_painter import FigurePainter
from bpstudio.export.given import Given
from bpstudio.export.page_style import POLICY, colour_rules, with_properties
from bpstudio.export.picture import svg_of
from bpstudio.export.svg_text import font_rules
from bpstudio.export.worked import Heading, Item, WorkedOperation, capital, plain
from bpstudio.viewstate.theme import LIGHT

PIXELS = 17.0
WIDTH = 760.0
MARGIN = 3.0

_STYLE = """
body { margin: 0; background: var(--background); color: var(--text);
  font: 16px/1.55 "DejaVu Sans", "Bitstream Vera Sans", Verdana, sans-serif; }
main { max-width: 800px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; }
h2 { font-size: 22px; margin: 40px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
h3 { font-size: 19px; margin: 32px 0 4px; }
h4 { font-size: 17px; margin: 28px 0 4px; color: var(--quiet); }
h5 { font-size: 16px; margin: 24px 0 4px; }
h6 { font-size: 15px; margin: 18px 0 4px; color: var(--quiet); font-weight: normal; font-style: italic; }
section { margin: 0 0 14px; padding: 10px 14px; background: var(--surface); border: 1px solid var(--line);
  border-left: 4px solid var(--forward); border-radius: 6px; break-inside: avoid; overflow-x: auto; }
section.back { border-left-color: var(--backward); }
section p { margin: 4px 0 0; }
section p span { white-space: nowrap; }
.what { color: var(--quiet); font-size: 14px; margin: 0 0 4px; }
.what b { color: var(--text); }
svg { display: block; margin: 2px 0 6px; max-width: 100%; height: auto; }
pre { margin: 4px 0; white-space: pre-wrap; font: 15px/1.5 "DejaVu Sans Mono", ui-monospace, monospace; }
@media print { body { background: #fff; } main { max-width: none; padding: 0; } section { border-color: #ccc; } }
"""


def worked_page(title: str, content: str) -> str:
    """The page around its parts, with the font for the letters in them."""
    letters = frozenset(html.unescape(re.sub("<[^>]*>", "", content)) + title)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{POLICY}
<title>{html.escape(title)}</title>
<style>
{font_rules(letters, letters)}
{colour_rules()}{_STYLE}</style>
</head>
<body>
<main>
<h1>{html.escape(title)}</h1>
{content}</main>
</body>
</html>
"""


def page_part(item: Item, names: Notation, numbers: NumberFormat) -> str:
    """A part of the page."""
    if isinstance(item, Heading):
        return f"<h{item.depth + 2}>{html.escape(capital(item.text))}</h{item.depth + 2}>\n"
    if isinstance(item, Given):
        return "".join(_given(item, names, numbers))
    return "".join(_operation(item, names, numbers))


def _given(item: Given, names: Notation, numbers: NumberFormat) -> Iterator[str]:
    yield f"<h2>{html.escape(item.title)}</h2>\n<section>\n"
    for row in item.rows:
        equations = ", ".join(f"<span>{html.escape(plain(each, names, numbers))}</span>" for each in row.equations)
        yield f"<p>{html.escape(capital(row.words))}{': ' if row.equations else ''}{equations}</p>\n"
    yield "</section>\n"


def _operation(item: WorkedOperation, names: Notation, numbers: NumberFormat) -> Iterator[str]:
    kind = ' class="back"' if item.is_backward else ""
    yield f'<section id="p{item.position}"{kind}>\n'
    yield f'<p class="what"><b>{item.position}</b> · {html.escape(item.label)}</p>\n'
    for expression in item.equations:
        words = html.escape(plain(expression, names, numbers))
        if names.is_code:
            yield f"<pre>{words}</pre>\n"
        else:
            yield f'<div role="img" aria-label="{words}">{_drawing(expression, numbers)}</div>\n'
    yield f"<p>{html.escape(item.sentence)}</p>\n</section>\n"


def _drawing(expression: Expression, numbers: NumberFormat) -> str:
    """The equation as an SVG whose colours follow the page; broken into lines where it is too wide."""
    lines = EquationLayout(LIGHT, PIXELS).lines(to_pieces(expression, numbers), WIDTH - 2 * MARGIN)
    size = round(line_width(lines) + 2 * MARGIN) + 1, round(height_of(lines) + 2 * MARGIN)

    def paint(painter: FigurePainter) -> None:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        paint_lines(painter, MARGIN, MARGIN, lines)

    svg = svg_of(size, "", "", paint)
    inner = svg[svg.index("<g ") : svg.rindex("</svg>")].strip()
    return f'<svg width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}">{with_properties(inner)}</svg>'
