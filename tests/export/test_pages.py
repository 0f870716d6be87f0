"""Pages for a browser: whole in themselves, every step as text, and what they do in headless Chromium without a network."""

import base64
import html
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from bpstudio.export.gallery import Page
from bpstudio.export.player import Parts, PlayerExport, looks_of
from bpstudio.export.player_page import player_page
from bpstudio.export.presets import Look, look
from bpstudio.export.steps import StepsOptions, run_to_end
from bpstudio.export.worked_export import WorkedExport
from bpstudio.files.run_file import open_run
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat, PresetName
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")


class Links(HTMLParser):
    """What a page would load or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]


@cache
def made(kind: str) -> str:
    """A page, made once for all tests that read it."""
    session = Session(open_run("two-layer-deltas"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        end = session.program.iteration_start(1)
        if kind == "player":
            options = StepsOptions(0, end, Level.UNIT, ExportFormat.HTML)
            run_to_end(PlayerExport(session, path, options, ViewOptions()))
        else:
            run_to_end(
                WorkedExport(session, path, StepsOptions(0, 60, Level.OPERATION, ExportFormat.HTML), ViewOptions())
            )
        return path.read_text()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The page that plays, as a file."""
    path = tmp_path / "page.html"
    path.write_text(made("player"))
    return path


@pytest.mark.parametrize("kind", ["player", "worked"])
def test_a_page_loads_nothing_and_forbids_itself_the_network(kind: str) -> None:
    text = made(kind)
    links = Links()
    links.feed(text)
    assert all(link.startswith(("#", "data:")) for link in links.found)
    assert "default-src 'none'" in text
    assert set(re.findall(r"url\((\w+):", text)) == {"data"}


@pytest.mark.parametrize("kind", ["player", "worked"])
def test_a_page_holds_its_font_with_all_its_letters(kind: str) -> None:
    text = made(kind)
    found = re.search(r"font-weight:normal;src:url\(data:font/woff;base64,([^)]+)\)", text)
    assert found is not None
    letters = set(TTFont(io.BytesIO(base64.b64decode(found[1]))).getBestCmap())
    body = re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL)
    used = {ord(letter) for letter in html.unescape(re.sub("<[^>]*>", "", body)) if letter > " "}
    assert used <= letters, [chr(letter) for letter in used - letters]


def test_every_step_is_in_the_page_as_text() -> None:
    text = made("player")
    steps = re.findall(r"<li><a href=\"#\d+\">(.*?)</a><pre>(.*?)</pre><p>(.*?)</p></li>", text, re.DOTALL)
    assert len(steps) == 36
    assert "before the first operation" in steps[0][0]
    assert any("δ⁽²⁾₁" in formula for _, formula, _ in steps)
    assert any("backward pass" in caption and "−0.007443" in formula for caption, formula, _ in steps)


def test_the_parts_of_a_picture_are_kept_once_and_make_it_whole() -> None:
    text = made("player")
    found = re.search(r'<script type="application/json" id="pictures">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert [len(frames) for frames in data["frames"]] == [36, 36]
    assert len(set(data["parts"])) == len(data["parts"])
    whole = sum(len(data["parts"][number]) for frames in data["frames"] for frame in frames for number in frame)
    assert len(found[1]) < whole / 4
    first = "".join(data["parts"][number] for number in data["frames"][0][0])
    assert first in text, "the first picture is there without a script"


def test_parts_are_numbered_in_the_order_they_come() -> None:
    parts = Parts()
    assert [parts.numbered(["a", "b", "a"]), parts.numbered(["c", "b"])] == [[0, 1, 0], [2, 1]]
    assert parts.texts == ["a", "b", "c"]


def test_a_page_is_light_and_dark_and_a_paper_only_itself() -> None:
    assert [each.theme for each in looks_of(Look(DARK))] == [LIGHT, DARK]
    assert len(looks_of(look(PresetName.PAPER))) == 1


def test_nothing_in_a_run_can_break_the_page() -> None:
    hostile = "</script></title><script>alert(1)</script>\"'"
    page = Page("", hostile, hostile, hostile)
    text = player_page(hostile, [page], [f"<g>{html.escape(hostile)}</g>"], [[[0]]], (100, 100), 1.0)
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert "alert(1)</script>" not in text


# In a browser.


def dumped(page: Path, folder: Path, fragment: str = "") -> str:
    """The page as Chromium has made it after its script has run, the network off."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update", "--disable-sync"]
    alone = ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}"]
    command = [program, "--headless", "--no-sandbox", *quiet, *alone, "--dump-dom", f"{page.as_uri()}{fragment}"]
    environment = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment)
    assert done.returncode == 0
    return done.stdout.decode()


def shown(dom: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*>(.*?)</(?:p|span)>', dom, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_the_page_plays_in_a_browser_without_a_network(page: Path, tmp_path: Path) -> None:
    probe = """<script>
const press = key => document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const log = [];
const note = () => log.push(document.getElementById("count").textContent);
note(); press("ArrowRight"); note(); press("End"); note(); press("ArrowRight"); note(); press("PageUp"); note();
press("Home"); press("ArrowLeft"); note(); document.getElementById("slider").value = 7;
document.getElementById("slider").dispatchEvent(new Event("input")); note();
const light = document.getElementById("drawing").innerHTML;
document.getElementById("theme").click();
log.push(light !== document.getElementById("drawing").innerHTML);
press(" "); log.push(document.getElementById("play").getAttribute("aria-label"));
press(" "); log.push(document.getElementById("play").getAttribute("aria-label"));
log.push(document.querySelectorAll("#drawing text").length > 20);
log.push(document.fonts.check('12px "DejaVu Sans"'));
const result = document.createElement("p"); result.id = "result"; result.textContent = JSON.stringify(log);
document.body.append(result);
</script></body>"""
    page.write_text(page.read_text().replace("</body>", probe))
    dom = dumped(page, tmp_path / "profile")
    assert json.loads(shown(dom, "result")) == [
        "1 / 36", "2 / 36", "36 / 36", "36 / 36", "26 / 36", "1 / 36", "8 / 36", True, "pause", "play", True, True,
    ]  # fmt: skip


def test_a_link_opens_the_page_at_its_step(page: Path, tmp_path: Path) -> None:
    dom = dumped(page, tmp_path / "profile", "#14")
    assert shown(dom, "count") == "15 / 36"
    assert 'aria-current="step"' in dom
    assert shown(dom, "caption") != ""
