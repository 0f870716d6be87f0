"""The guide's pages as data: titles, headings, and where words occur. Markdown files in one folder; no Qt."""

import re
from pathlib import Path

from bpstudio.records import dataclass

LARGEST_PAGE = 1_000_000
"""Characters; the guide is ours, but a folder may have been tampered with."""
SNIPPET = 44

_HEADING = re.compile(r"^(#{1,3}) +(.+?) *#*$", re.MULTILINE)
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([\w.-]+\.md)(?:#[\w-]*)?\)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_TARGET = re.compile(r"\]\([^)]*\)")
_MARKS = re.compile(r"[*_`#>|\[\]]+|-{3,}|~{3,}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: 1 is the title; ``slug`` is its name in links."""

    level: int
    text: str
    slug: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``name`` is its file, ``plain`` its words without marks."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    plain: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A page in which all words occur, how often, and the first place."""

    page: Page
    count: int
    snippet: str


def slug(text: str) -> str:
    """The name of a heading in links, as on well-known hosts: lower case, hyphens for spaces, no other marks."""
    kept = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return kept.replace(" ", "-")


def read_pages(folder: Path) -> tuple[Page, ...]:
    """All pages of a folder: the index first, then in the order in which it names them, then the rest by title."""
    texts = {path.name: path.read_text(encoding="utf-8")[:LARGEST_PAGE] for path in sorted(folder.glob("*.md"))}
    named = [name for name in _LINK.findall(texts.get("index.md", "")) if name in texts]
    pages = {name: _page(name, text) for name, text in texts.items()}
    rest = sorted(pages, key=lambda name: pages[name].title.lower())
    order = dict.fromkeys([*(["index.md"] if "index.md" in texts else []), *named, *rest])
    return tuple(pages[name] for name in order)


def _page(name: str, text: str) -> Page:
    without_code = _FENCED.sub("", text)
    headings = tuple(
        Heading(len(marks), plain_words(words), slug(plain_words(words)))
        for marks, words in _HEADING.findall(without_code)
    )
    title = next((heading.text for heading in headings), name.removesuffix(".md").replace("-", " ").capitalize())
    return Page(name, title, headings, plain_words(text))


def plain_words(text: str) -> str:
    """Markdown without its marks, on one line: what a reader reads."""
    text = _TARGET.sub("]", _PICTURE.sub(r"\1", text))
    return " ".join(_MARKS.sub("", text).split())


def search(pages: tuple[Page, ...], words: str) -> tuple[Hit, ...]:
    """Pages that hold every word, those with most first."""
    wanted = words.lower().split()
    if not wanted:
        return ()
    found = []
    for page in pages:
        plain = page.plain.lower()
        counts = [plain.count(word) for word in wanted]
        if all(counts):
            bonus = 10 * sum(word in page.title.lower() for word in wanted)
            found.append((sum(counts) + bonus, Hit(page, sum(counts), _snippet(page.plain, wanted[0]))))
    return tuple(hit for _, hit in sorted(found, key=lambda item: -item[0]))


def _snippet(plain: str, word: str) -> str:
    at = plain.lower().find(word)
    start, end = max(0, at - SNIPPET), min(len(plain), at + len(word) + SNIPPET)
    return ("…" if start else "") + plain[start:end] + ("…" if end < len(plain) else "")
