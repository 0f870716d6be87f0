"""A page that leafs through numbered pictures with the arrow keys: the pictures lie beside it."""

import html
import json

from bpstudio.records import dataclass
from bpstudio.viewstate.theme import Theme


@dataclass(frozen=True, slots=True)
class Page:
    """One picture on the page: its file and what is said below it."""

    file: str
    caption: str
    formula: str
    sentence: str


def gallery_html(title: str, pages: list[Page], theme: Theme) -> str:
    """A self-contained page, no network: arrow keys, Home and End, buttons, and a slider go through the pictures."""
    data = json.dumps([[p.file, p.caption, p.formula, p.sentence] for p in pages], ensure_ascii=False)
    safe = data.replace("<", "\\u003c")
    first = pages[0]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
body {{ margin: 0; background: {theme.background}; color: {theme.text}; font: 16px/1.5 "DejaVu Sans", system-ui, sans-serif; }}
main {{ max-width: 1140px; margin: 0 auto; padding: 16px; }}
h1 {{ font-size: 20px; margin: 0 0 8px; }}
img {{ width: 100%; height: auto; border: 1px solid {theme.line}; background: {theme.background}; }}
nav {{ display: flex; gap: 8px; align-items: center; margin: 12px 0; }}
nav input {{ flex: 1; accent-color: {theme.forward}; }}
button {{ font: inherit; padding: 6px 14px; color: {theme.text}; background: {theme.surface};
  border: 1px solid {theme.quiet}; border-radius: 6px; }}
button:focus-visible, input:focus-visible {{ outline: 3px solid {theme.selection}; }}
pre {{ white-space: pre-wrap; font: inherit; margin: 8px 0; }}
.quiet {{ color: {theme.quiet}; }}
</style>
</head>
<body>
<main>
<h1>{html.escape(title)}</h1>
<img id="picture" src="{html.escape(first.file)}" alt="{html.escape(first.caption)}">
<nav>
<button id="back" aria-label="previous step">←</button>
<input id="slider" type="range" min="0" max="{len(pages) - 1}" value="0" aria-label="step">
<button id="on" aria-label="next step">→</button>
<span id="count" class="quiet"></span>
</nav>
<p id="caption" class="quiet">{html.escape(first.caption)}</p>
<pre id="formula">{html.escape(first.formula)}</pre>
<p id="sentence">{html.escape(first.sentence)}</p>
</main>
<script>
const pages = {safe};
let at = 0;
const by = name => document.getElementById(name);
function show(step) {{
  at = Math.max(0, Math.min(pages.length - 1, step));
  const [file, caption, formula, sentence] = pages[at];
  by("picture").src = file;
  by("picture").alt = caption;
  by("caption").textContent = caption;
  by("formula").textContent = formula;
  by("sentence").textContent = sentence;
  by("slider").value = at;
  by("count").textContent = (at + 1) + " / " + pages.length;
}}
by("back").onclick = () => show(at - 1);
by("on").onclick = () => show(at + 1);
by("slider").oninput = event => show(Number(event.target.value));
document.addEventListener("keydown", event => {{
  const moves = {{ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: pages.length - 1}};
  if (event.key in moves) {{ event.preventDefault(); show(moves[event.key]); }}
}});
show(0);
</script>
</body>
</html>
"""
