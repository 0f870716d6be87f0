"""The guide's window: contents, links, search, back and forward, pictures, keys, and nothing from outside."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QTextDocument
from pytestqt.qtbot import QtBot

from bpstudio import resources
from bpstudio.panels.help_document import MARGIN, dress_document
from bpstudio.panels.help_pages import read_pages
from bpstudio.panels.help_window import HelpWindow
from bpstudio.viewstate.theme import DARK, LIGHT

Key = Qt.Key
PICTURE = QTextDocument.ResourceType.ImageResource.value
INDEX = """# The guide

Go [on](second.md#far-down), [out](https://example.org/), or [up](../secret.md). The word delta.

![wide](wide-light.png)

| a | b |
|---|---|
| 1 | 2 |
"""
SECOND = "# Second page\n\n" + "Words about delta.\n\n" * 60 + "## Far down\n\nThe end.\n"


def save_picture(path: Path, colour: str) -> None:
    image = QImage(2400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    image.save(str(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "guide"
    pages.mkdir()
    (tmp_path / "secret.md").write_text("# Secret\n", encoding="utf-8")
    (pages / "index.md").write_text(INDEX, encoding="utf-8")
    (pages / "second.md").write_text(SECOND, encoding="utf-8")
    save_picture(pages / "wide-light.png", "#FFFFFF")
    save_picture(pages / "wide-dark.png", "#000000")
    return pages


@pytest.fixture
def window(qtbot: QtBot, folder: Path) -> Iterator[HelpWindow]:
    made = HelpWindow(folder)
    qtbot.addWidget(made)
    made.apply(LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    yield made
    made.close()


def click_link(qtbot: QtBot, window: HelpWindow, word: str) -> None:
    browser = window.browser
    cursor = browser.document().find(word)
    cursor.setPosition(cursor.selectionStart() + 1)
    place = browser.cursorRect(cursor).center()
    qtbot.mouseClick(browser.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(1, 0))


def picture(window: HelpWindow) -> QImage:
    url = window.browser.source().resolved(QUrl("wide-light.png"))
    found = window.browser.document().resource(PICTURE, url)
    assert isinstance(found, QImage)
    return found


def test_a_page_of_tables_is_dressed_in_few_changes(qtbot: QtBot) -> None:
    """Each change lays a table out anew."""
    document = QTextDocument()
    document.setMarkdown("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 100)
    document.documentLayout()
    changes: list[int] = []
    document.contentsChange.connect(lambda *change: changes.append(1))
    dress_document(document, LIGHT)
    assert len(changes) < 10


def test_it_opens_on_the_index(window: HelpWindow) -> None:
    assert window.browser.page_name == "index.md"
    item = window.contents.currentItem()
    assert item is not None
    assert item.text(0) == "The guide"


def test_the_contents_list_pages_and_their_parts(window: HelpWindow) -> None:
    second = window.contents.topLevelItem(1)
    assert second is not None
    assert (second.text(0), second.childCount()) == ("Second page", 1)


def test_a_part_chosen_in_the_contents_is_scrolled_to(qtbot: QtBot, window: HelpWindow) -> None:
    second = window.contents.topLevelItem(1)
    assert second is not None
    second.setExpanded(True)
    part = second.child(0)
    assert part is not None
    place = window.contents.visualItemRect(part).center()
    qtbot.mouseClick(window.contents.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.browser.page_name == "second.md"
    assert window.browser.verticalScrollBar().value() > 500


def test_a_link_leads_to_a_heading_and_back_leads_home(qtbot: QtBot, window: HelpWindow) -> None:
    click_link(qtbot, window, "on")
    assert window.browser.page_name == "second.md"
    assert window.browser.verticalScrollBar().value() > 500
    qtbot.mouseClick(window.back, Qt.MouseButton.LeftButton)
    assert window.browser.page_name == "index.md"
    qtbot.keyClick(window, Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window.browser.page_name == "second.md"


def test_a_page_keeps_its_look_when_one_goes_back(qtbot: QtBot, window: HelpWindow) -> None:
    window.open_page("second.md")
    qtbot.keyClick(window, Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window.browser.document().documentMargin() == MARGIN


def test_a_link_to_the_web_is_told_and_not_loaded(qtbot: QtBot, window: HelpWindow) -> None:
    with qtbot.waitSignal(window.outside_link_clicked) as told:
        click_link(qtbot, window, "out")
    assert told.args == [QUrl("https://example.org/")]
    assert window.browser.page_name == "index.md"


def test_nothing_outside_the_folder_is_read(qtbot: QtBot, window: HelpWindow) -> None:
    click_link(qtbot, window, "up")
    assert window.browser.page_name == "index.md"
    kind = QTextDocument.ResourceType.MarkdownResource.value
    assert window.browser.loadResource(kind, QUrl("../secret.md")) is None
    assert window.browser.loadResource(kind, QUrl("https://example.org/page.md")) is None


def test_pictures_are_as_wide_as_there_is_room(qtbot: QtBot, window: HelpWindow) -> None:
    room = window.browser.viewport().width() - 2 * MARGIN
    assert room - 4 <= picture(window).deviceIndependentSize().width() <= room
    assert not window.browser.horizontalScrollBar().isVisible()


def test_pictures_follow_the_width(qtbot: QtBot, window: HelpWindow) -> None:
    window.resize(760, 600)
    qtbot.waitUntil(lambda: picture(window).deviceIndependentSize().width() < 440)
    assert picture(window).deviceIndependentSize().width() <= window.browser.viewport().width() - 2 * MARGIN


def test_a_dark_theme_shows_the_dark_twin_of_a_picture(window: HelpWindow) -> None:
    assert picture(window).pixelColor(3, 3).lightness() > 250
    window.apply(DARK)
    assert picture(window).pixelColor(3, 3).lightness() < 5


def test_search_lists_pages_and_marks_the_words(qtbot: QtBot, window: HelpWindow) -> None:
    qtbot.keyClick(window, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.field.hasFocus()
    qtbot.keyClicks(window.field, "delta")
    assert window.results.isVisible()
    assert window.results.count() == 2
    assert len(window.browser.extraSelections()) == 1


def test_enter_goes_from_place_to_place_and_round(qtbot: QtBot, window: HelpWindow) -> None:
    window.open_page("second.md")
    qtbot.keyClicks(window.field, "delta")
    places = []
    for _ in range(3):
        qtbot.keyClick(window.field, Key.Key_Return)
        places.append(window.browser.textCursor().selectionStart())
    assert places == sorted(set(places))
    qtbot.keyClick(window.field, Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert window.browser.textCursor().selectionStart() == places[1]


def test_enter_opens_the_first_page_that_holds_the_words(qtbot: QtBot, window: HelpWindow) -> None:
    qtbot.keyClicks(window.field, "the end")
    qtbot.keyClick(window.field, Key.Key_Return)
    assert window.browser.page_name == "second.md"
    assert window.browser.textCursor().hasSelection()


def test_a_result_clicked_opens_its_page(qtbot: QtBot, window: HelpWindow) -> None:
    qtbot.keyClicks(window.field, "words")
    place = window.results.visualItemRect(window.results.item(0)).center()
    qtbot.mouseClick(window.results.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.browser.page_name == "second.md"


def test_words_that_stand_nowhere_are_said_to(qtbot: QtBot, window: HelpWindow) -> None:
    qtbot.keyClicks(window.field, "zebra")
    assert window.count.text() == "Nothing found: try another word."


def test_escape_ends_the_search_then_closes(qtbot: QtBot, window: HelpWindow) -> None:
    qtbot.keyClicks(window.field, "delta")
    qtbot.keyClick(window, Key.Key_Escape)
    assert window.contents.isVisible()
    assert window.isVisible()
    qtbot.keyClick(window, Key.Key_Escape)
    assert not window.isVisible()


def test_an_unknown_page_is_refused(window: HelpWindow) -> None:
    assert not window.open_page("../secret.md")
    assert window.browser.page_name == "index.md"


def test_a_topic_is_a_page_or_a_part_of_one(window: HelpWindow) -> None:
    assert window.open_topic("Second page")
    assert window.browser.verticalScrollBar().value() == 0
    assert window.open_topic("far down")
    assert window.browser.verticalScrollBar().value() > 500
    assert not window.open_topic("zebra")


def test_applying_the_same_theme_twice_reads_nothing_again(window: HelpWindow) -> None:
    loads: list[str] = []
    window.browser.sourceChanged.connect(lambda url: loads.append(url.toString()))
    window.browser.page_shown.connect(loads.append)
    window.apply(LIGHT)
    assert loads == []


def test_an_empty_folder_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    empty = HelpWindow(tmp_path)
    qtbot.addWidget(empty)
    empty.open_first()
    assert "missing" in empty.browser.toPlainText()


GUIDE = resources.path("help")
SHIPPED = read_pages(GUIDE)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")


@pytest.mark.parametrize("name", [page.name for page in SHIPPED])
def test_every_link_and_picture_of_the_shipped_guide_leads_somewhere(name: str) -> None:
    slugs = {page.name: {heading.slug for heading in page.headings} for page in SHIPPED}
    for file, part in LINK.findall((GUIDE / name).read_text(encoding="utf-8")):
        if "://" in file:
            continue
        assert (GUIDE / (file or name)).is_file(), file
        assert not part or part in slugs[file or name], f"{file}#{part}"
