"""HelpBrowser: shows the guide's Markdown in the theme's colours, pictures as wide as there is room, nothing from outside."""

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QResizeEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from bpstudio.look.text_size import text_scale
from bpstudio.panels.help_document import MARGIN, dress_document, picture_names
from bpstudio.panels.help_pages import slug
from bpstudio.viewstate.theme import Theme

LARGEST_PICTURE_BYTES = 20_000_000
_PICTURE_TYPE = QTextDocument.ResourceType.ImageResource
_MARKDOWN_TYPE = QTextDocument.ResourceType.MarkdownResource


class HelpBrowser(QTextBrowser):
    """One page at a time. Emits ``page_shown`` (file name) and ``outside_link_clicked`` for what is not part of the guide."""

    page_shown = Signal(str)
    outside_link_clicked = Signal(QUrl)

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help-page")
        self.setAccessibleName("Page of the guide")
        self.setWhatsThis("A page of the guide. Tab goes from link to link, Enter follows one.")
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # so that pictures know their room
        self._folder = folder.resolve()
        self._theme: Theme | None = None
        self._scale = text_scale()
        self._width = 0
        self._words: tuple[str, ...] = ()
        self.anchorClicked.connect(self._follow)
        self.sourceChanged.connect(self._source_changed)

    @property
    def page_name(self) -> str:
        """The file of the page shown, or nothing."""
        return Path(self.source().toLocalFile()).name

    def dress(self, theme: Theme) -> None:
        """Show the page in the colours of ``theme``, and in the size of text that is chosen."""
        if theme == self._theme and text_scale() == self._scale:
            return
        self._theme, self._scale = theme, text_scale()
        if not self.source().isEmpty():
            place = self.verticalScrollBar().value()
            self.reload()
            self.verticalScrollBar().setValue(place)

    def open_page(self, name: str, fragment: str = "") -> None:
        """Show a page from its start, or from one of its headings."""
        url = QUrl.fromLocalFile(str(self._folder / name))
        if fragment:
            url.setFragment(fragment)
        self.setSource(url, _MARKDOWN_TYPE)

    # Loading.

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Pages and pictures of the guide's folder; anything else is not loaded."""
        path = self._inside(QUrl(name))
        if path is None:
            return None
        if kind == _PICTURE_TYPE.value:
            return self._picture(path)
        return path.read_text(encoding="utf-8") if path.suffix == ".md" else None

    def _inside(self, name: QUrl) -> Path | None:
        """The file a link names, if it lies in the guide's folder."""
        url = self.source().resolved(name) if name.isRelative() else name
        if not url.isLocalFile():
            return None
        path = Path(url.toLocalFile()).resolve()
        return path if path.is_relative_to(self._folder) and path.is_file() else None

    def _source_changed(self, url: QUrl) -> None:
        """A page has been loaded, by a link or by going back: dress it, and go to the heading the link names."""
        if self._theme is not None:
            dress_document(self.document(), self._theme)
        self._width = self._room()
        self.mark_words(self._words)
        if url.hasFragment():
            self._go_to_heading(url.fragment())
        self.page_shown.emit(Path(url.toLocalFile()).name)

    def _follow(self, link: QUrl) -> None:
        path = self._inside(link)
        if link.isRelative() and not link.path():
            self._go_to_heading(link.fragment())
        elif path is not None and path.suffix == ".md":
            self.open_page(str(path.relative_to(self._folder)), link.fragment())
        else:
            self.outside_link_clicked.emit(link)

    def _go_to_heading(self, fragment: str) -> None:
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == fragment:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(int(top) - 6)
                self.setTextCursor(QTextCursor(block))
                return
            block = block.next()

    # Pictures.

    def _picture(self, path: Path) -> QImage:
        """A picture no wider than the page; on dark themes its dark twin, where there is one."""
        if self._theme is not None and self._theme.is_dark:
            twin = path.with_name(path.name.replace("-light", "-dark"))
            path = twin if twin.is_file() else path
        image = QImage()
        if path.stat().st_size <= LARGEST_PICTURE_BYTES:
            image.load(str(path))
        room = self._room()
        if image.isNull() or image.width() <= room:
            return image
        sharp = min(image.width(), round(room * self.devicePixelRatioF()))
        smooth = image.scaledToWidth(sharp, Qt.TransformationMode.SmoothTransformation)
        smooth.setDevicePixelRatio(sharp / room)
        return smooth

    def _room(self) -> int:
        return max(120, self.viewport().width() - round(2 * MARGIN) - 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures follow the width."""
        super().resizeEvent(event)
        if self._room() != self._width and not self.source().isEmpty():
            self._width = self._room()
            self._scale_pictures()

    def _scale_pictures(self) -> None:
        document, found = self.document(), False
        for name in picture_names(document):
            path = self._inside(QUrl(name))
            if path is not None:
                found = True
                document.addResource(_PICTURE_TYPE.value, self.source().resolved(QUrl(name)), self._picture(path))
        if found:
            document.markContentsDirty(0, document.characterCount())

    # Finding.

    def mark_words(self, words: tuple[str, ...]) -> None:
        """Mark every place where one of the words stands."""
        self._words = words
        theme = self._theme
        if theme is None:
            return
        marks = []
        for cursor in self._places():
            mark = QTextEdit.ExtraSelection()
            mark.cursor = cursor
            mark.format.setBackground(QColor(theme.selection))
            mark.format.setForeground(QColor("#1F2328"))
            marks.append(mark)
        self.setExtraSelections(marks)

    def _places(self) -> list[QTextCursor]:
        if not self._words:
            return []
        pattern = re.compile("|".join(re.escape(word) for word in self._words), re.IGNORECASE)
        found = []
        for match in pattern.finditer(self.document().toRawText()):
            cursor = QTextCursor(self.document())
            cursor.setPosition(match.start())
            cursor.setPosition(match.end(), QTextCursor.MoveMode.KeepAnchor)
            found.append(cursor)
        return found

    def go_to_word(self, forward: bool = True) -> None:
        """Go to the next or previous marked place, from the last one to the first."""
        places = self._places()
        if not places:
            return
        at = self.textCursor().selectionStart()
        if forward:
            following = [place for place in places if place.selectionStart() > at]
            chosen = following[0] if following else places[0]
        else:
            before = [place for place in places if place.selectionStart() < at]
            chosen = before[-1] if before else places[-1]
        self.setTextCursor(chosen)
        self.ensureCursorVisible()
