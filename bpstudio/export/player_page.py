"""The page of a player: its HTML, style and script. It needs nothing but itself, and forbids itself the network."""

import html
import json
from collections.abc import Sequence

from bpstudio.export.gallery import Page
from bpstudio.export.page_style import POLICY, colour_rules
from bpstudio.export.svg_text import font_rules, letters_of

_STYLE = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--background); color: var(--text);
  font: 16px/1.5 "DejaVu Sans", "Bitstream Vera Sans", Verdana, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 14px 20px 48px; }
header { display: flex; gap: 16px; align-items: baseline; justify-content: space-between; }
h1 { font-size: 21px; line-height: 1.3; margin: 0; }
#caption { color: var(--quiet); margin: 2px 0 8px; font-size: 14px; min-height: 1.5em; }
#picture { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
#picture svg { display: block; width: 100%; height: auto; max-height: calc(100vh - 250px); }
nav { display: flex; gap: 8px; align-items: center; margin: 12px 0; flex-wrap: wrap; }
nav input { flex: 1; min-width: 160px; accent-color: var(--forward); }
button, select { font: inherit; font-size: 15px; padding: 6px 12px; min-width: 44px; color: var(--text);
  background: var(--control); border: 1px solid var(--quiet); border-radius: 6px; cursor: pointer; }
button:hover { background: var(--hover); }
button:focus-visible, input:focus-visible, select:focus-visible, a:focus-visible, summary:focus-visible {
  outline: 3px solid var(--selection); outline-offset: 1px; }
#count { color: var(--quiet); min-width: 6em; text-align: right; font-variant-numeric: tabular-nums; }
#sentence { margin: 4px 0 20px; font-size: 17px; min-height: 3em; }
#formula { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: pre-wrap; }
summary { cursor: pointer; color: var(--quiet); }
ol { padding-left: 3.2em; }
li { margin: 8px 0; }
li[aria-current] { border-left: 3px solid var(--forward); padding-left: 8px; }
li a { color: var(--text); }
li pre { margin: 2px 0; white-space: pre-wrap; font: inherit; color: var(--quiet); }
li p { margin: 0; }
"""

_SCRIPT = """
const data = JSON.parse(document.getElementById("pictures").textContent);
const by = name => document.getElementById(name);
const items = [...by("steps").children];
const count = data.frames[0].length;
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
let at = 0, timer = 0;
function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : system.matches; }
function paint() {
  const frames = data.frames[isDark() && data.frames.length > 1 ? 1 : 0];
  by("drawing").innerHTML = frames[at].map(part => data.parts[part]).join("");
  by("theme").textContent = isDark() ? "Light" : "Dark";
}
function show(step) {
  items[at].removeAttribute("aria-current");
  at = Math.max(0, Math.min(count - 1, step));
  const [caption, formula, sentence] = ["a", "pre", "p"].map(kind => items[at].querySelector(kind).textContent);
  by("caption").textContent = caption;
  by("formula").textContent = formula;
  by("sentence").textContent = sentence;
  by("drawing").parentNode.setAttribute("aria-label", [caption, formula, sentence].join(". "));
  by("slider").value = at;
  by("slider").setAttribute("aria-valuetext", caption);
  by("count").textContent = (at + 1) + " / " + count;
  items[at].setAttribute("aria-current", "step");
  history.replaceState(null, "", "#" + at);
  paint();
}
function stop() {
  clearTimeout(timer);
  timer = 0;
  by("play").textContent = "▶";
  by("play").setAttribute("aria-label", "play");
}
function tick() {
  if (at >= count - 1) { stop(); return; }
  show(at + 1);
  timer = setTimeout(tick, 1000 * data.seconds / Number(by("speed").value));
}
function play() {
  if (timer) { stop(); return; }
  if (at >= count - 1) show(0);
  by("play").textContent = "❚❚";
  by("play").setAttribute("aria-label", "pause");
  timer = setTimeout(tick, 1000 * data.seconds / Number(by("speed").value));
}
by("back").onclick = () => { stop(); show(at - 1); };
by("on").onclick = () => { stop(); show(at + 1); };
by("play").onclick = play;
by("slider").oninput = event => { stop(); show(Number(event.target.value)); };
by("theme").onclick = () => { root.dataset.theme = isDark() ? "light" : "dark"; paint(); };
system.addEventListener("change", paint);
by("steps").addEventListener("click", event => {
  const link = event.target.closest("a");
  if (link) { event.preventDefault(); stop(); show(items.indexOf(link.closest("li"))); scrollTo({top: 0}); }
});
document.addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
  const moves = {ArrowLeft: at - 1, ArrowUp: at - 1, PageUp: at - 10, ArrowRight: at + 1, ArrowDown: at + 1, PageDown: at + 10,
    Home: 0, End: count - 1};
  if (event.key in moves) { event.preventDefault(); stop(); show(moves[event.key]); }
  else if (event.key === " " && !["BUTTON", "SUMMARY", "A"].includes(event.target.tagName)) { event.preventDefault(); play(); }
});
by("count").textContent = "";
show(Number(location.hash.slice(1)) || 0);
"""


def player_page(
    title: str,
    pages: Sequence[Page],
    parts: Sequence[str],
    frames: Sequence[Sequence[Sequence[int]]],
    size: tuple[int, int],
    seconds: float,
) -> str:
    """The page: ``frames`` has one list of pictures for each theme, a picture being numbers of ``parts``."""
    data = json.dumps({"seconds": seconds, "parts": parts, "frames": frames}, ensure_ascii=False, separators=(",", ":"))
    data = data.replace("<", "\\u003c")
    normal, bold = letters_of("".join(parts))
    words = "".join(page.caption + page.formula + page.sentence for page in pages) + title + _CHROME
    fonts = font_rules(normal | frozenset(words), bold | frozenset(title))
    first = "".join(parts[number] for number in frames[0][0])
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{POLICY}
<title>{html.escape(title)}</title>
<style>
{fonts}
{colour_rules()}{_STYLE}</style>
</head>
<body>
<main>
<header><h1>{html.escape(title)}</h1><button id="theme" title="light or dark">Dark</button></header>
<p id="caption">{html.escape(pages[0].caption)}</p>
<div id="picture"><svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{html.escape(pages[0].caption)}">
<g id="drawing">{first}</g></svg></div>
<nav aria-label="steps">
<button id="back" aria-label="previous step" title="previous step (←)">←</button>
<button id="play" aria-label="play" title="play or pause (Space)">▶</button>
<button id="on" aria-label="next step" title="next step (→)">→</button>
<input id="slider" type="range" min="0" max="{len(pages) - 1}" value="0" aria-label="step">
<span id="count">needs a script to play</span>
<select id="speed" aria-label="speed"><option value="0.5">½×</option><option value="1" selected>1×</option>
<option value="2">2×</option><option value="4">4×</option></select>
</nav>
<p id="formula" aria-live="polite">{html.escape(pages[0].formula)}</p>
<p id="sentence" aria-live="polite">{html.escape(pages[0].sentence)}</p>
<details><summary>All steps as text</summary>
<ol id="steps" start="1">
{"".join(_item(number, page) for number, page in enumerate(pages))}</ol>
</details>
</main>
<script type="application/json" id="pictures">{data}</script>
<script>{_SCRIPT}</script>
</body>
</html>
"""


_CHROME = "0123456789 /×½←→▶❚LightDarkAllstepsastextneedsascripttoplay"
"""Letters of the page itself."""


def _item(number: int, page: Page) -> str:
    return (
        f'<li><a href="#{number}">{html.escape(page.caption)}</a><pre>{html.escape(page.formula)}</pre>'
        f"<p>{html.escape(page.sentence)}</p></li>\n"
    )
