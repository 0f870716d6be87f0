"""A numbered picture for each step of a range, and a page that leafs through them with the arrow keys."""

import html
import json
import time
from dataclasses import dataclass
from pathlib import Path

from bpstudio.errors import ExportError
from bpstudio.export.picture import (
    DEFAULT_SIZE,
    FigureState,
    PictureFormat,
    build_figure,
    figure_bytes,
    write_figure,
)
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import LIGHT, Theme

MOST_PICTURES = 20_000


@dataclass(frozen=True, slots=True)
class StepsOptions:
    """What to export: positions ``start`` to ``end`` at boundaries of ``level``."""

    start: int
    end: int
    level: Level
    picture_format: PictureFormat = PictureFormat.PNG
    scale: int = 1
    size: tuple[int, int] = DEFAULT_SIZE
    theme: Theme = LIGHT


@dataclass(frozen=True, slots=True)
class Page:
    """One picture on the page: its file and what is said below it."""

    file: str
    caption: str
    formula: str
    sentence: str


def positions(session: Session, options: StepsOptions) -> list[int]:
    """The start, then every boundary up to the end; raises ExportError for more than MOST_PICTURES."""
    found = [options.start]
    while found[-1] < options.end:
        found.append(min(options.end, session.program.next_boundary(found[-1], options.level)))
        if len(found) > MOST_PICTURES:
            raise ExportError(
                f"that would be more than {MOST_PICTURES} pictures; choose a shorter range or a coarser level"
            )
    return found


class StepsExport:
    """The pictures of a range, painted in slices, and ``index.html`` when the last is written.

    Raises ExportError for too many steps or a folder that can't be made. Ends where it began: the session goes back.
    """

    def __init__(self, session: Session, folder: Path, steps: StepsOptions, view: ViewOptions) -> None:
        self.paths: list[Path] = []
        self._session = session
        self._origin = session.position
        self._folder = folder
        self._steps = steps
        self._view = view
        self._wanted = positions(session, steps)
        self._pages: list[Page] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError(f"{folder}: the folder could not be made ({error.strerror or error})") from error

    @property
    def progress(self) -> tuple[int, int]:
        """Pictures written, of how many."""
        return len(self._pages), len(self._wanted)

    def advance(self, seconds: float) -> bool:
        """Paint for about this long, one picture at least; True when all is written. Raises ExportError."""
        until = time.perf_counter() + seconds
        while len(self._pages) < len(self._wanted):
            self._paint()
            if time.perf_counter() >= until:
                break
        if len(self._pages) < len(self._wanted):
            return False
        self._finish()
        return True

    def _paint(self) -> None:
        number, steps = len(self._pages), self._steps
        self._session.seek(position=self._wanted[number])
        figure = build_figure(self._session, self._view)
        digits = max(4, len(str(len(self._wanted) - 1)))
        name = f"step-{number:0{digits}}.{steps.picture_format.value}"
        path = self._folder / name
        write_figure(path, figure_bytes(figure, steps.picture_format, steps.theme, steps.size, steps.scale))
        self._pages.append(_page(name, figure))
        self.paths.append(path)

    def _finish(self) -> None:
        index = self._folder / "index.html"
        write_figure(index, page_html(self._session.spec.title, self._pages, self._steps.theme).encode())
        self.paths.append(index)
        self._session.seek(position=self._origin)

    def cancel(self) -> None:
        """Take away what was written, and go back to where it began."""
        for path in self.paths:
            path.unlink(missing_ok=True)
        self.paths = []
        self._session.seek(position=self._origin)


def export_steps(session: Session, folder: Path, steps: StepsOptions, view: ViewOptions) -> list[Path]:
    """Write the pictures and ``index.html`` into ``folder``; returns the paths written, the page last. Raises ExportError."""
    export = StepsExport(session, folder, steps, view)
    while not export.advance(1.0):
        pass
    return export.paths


def _page(name: str, figure: FigureState) -> Page:
    card = figure.card
    return Page(name, figure.caption, "" if card is None else card.plain, "" if card is None else card.sentence)


def page_html(title: str, pages: list[Page], theme: Theme) -> str:
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
