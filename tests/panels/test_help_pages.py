"""The guide's pages as data: order, titles, headings, search."""

from pathlib import Path

import pytest

from bpstudio.panels.help_pages import plain_words, read_pages, search, slug

INDEX = """# The guide

Read [stepping](stepping.md) first, then [keys](keys.md#all-of-them).

## What you see

```
# not a heading
```
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.md").write_text(INDEX, encoding="utf-8")
    (tmp_path / "keys.md").write_text("# Keys\n\n## All of them\n\nF11 steps. A step is small.\n", encoding="utf-8")
    (tmp_path / "stepping.md").write_text("# Stepping\n\nEvery step lights its edges.\n", encoding="utf-8")
    (tmp_path / "appendix.md").write_text("no heading here\n", encoding="utf-8")
    return tmp_path


def test_the_index_comes_first_then_what_it_names_then_the_rest(folder: Path) -> None:
    assert [page.name for page in read_pages(folder)] == ["index.md", "stepping.md", "keys.md", "appendix.md"]


def test_a_title_is_the_first_heading_or_made_from_the_file_name(folder: Path) -> None:
    assert [page.title for page in read_pages(folder)] == ["The guide", "Stepping", "Keys", "Appendix"]


def test_comments_in_code_are_no_headings(folder: Path) -> None:
    assert [heading.text for heading in read_pages(folder)[0].headings] == ["The guide", "What you see"]


def test_a_heading_has_the_name_that_links_use() -> None:
    assert slug("All of them: F11, ⇧F11") == "all-of-them-f11-f11"
    assert slug("Step_back & co.") == "step_back--co"


def test_search_wants_every_word_and_counts_them(folder: Path) -> None:
    hits = search(read_pages(folder), "STEP f11")
    assert [(hit.page.name, hit.count) for hit in hits] == [("keys.md", 3)]
    assert "F11 steps" in hits[0].snippet


def test_a_word_in_the_title_counts_more(folder: Path) -> None:
    assert [hit.page.name for hit in search(read_pages(folder), "step")][:1] == ["stepping.md"]


def test_no_words_find_nothing(folder: Path) -> None:
    assert search(read_pages(folder), "  ") == ()


def test_plain_words_leave_marks_and_link_targets_out() -> None:
    text = "**δ** is [here](a.md#b)\n\n![A picture](x.png) `code`\n\n|a|b|\n|---|---|\n"
    assert plain_words(text) == "δ is here A picture code ab"


def test_a_folder_without_pages_has_none(tmp_path: Path) -> None:
    assert read_pages(tmp_path) == ()
