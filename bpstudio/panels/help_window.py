"""The guide in a window of its own: contents and search on the left, the page on the right, back and forward, Esc closes."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bpstudio.look.text_size import text_scale
from bpstudio.panels.help_browser import HelpBrowser
from bpstudio.panels.help_pages import Page, read_pages, search, slug
from bpstudio.viewstate.theme import Theme

PLACE = Qt.ItemDataRole.UserRole
WIDTH, CONTENTS = 1080, 280
"""Of the window, and of the list of pages at the standard size of text."""


class HelpWindow(QWidget):
    """Shows the Markdown pages of a folder. Loads nothing from outside; a link that leads out is given to the desktop."""

    outside_link_clicked = Signal(QUrl)

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("help")
        self.setWindowTitle("Guide – bpstudio")
        self.resize(WIDTH, 720)
        self._pages: tuple[Page, ...] = read_pages(folder)
        self.browser = HelpBrowser(folder)
        self.field = self._make_field()
        self.contents = self._make_contents()
        self.results = self._make_results()
        self.back = self._button("back", "&Back", "The page before (Alt+Left)")
        self.forward = self._button("forward", "&Forward", "The page after (Alt+Right)")
        self.home = self._button("home", "C&ontents", "The first page (Alt+Home)")
        self.count = QLabel("")
        self.count.setObjectName("help-count")
        self._lay_out()
        self._connect()
        self._add_keys()

    # Building.

    def _make_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName("help-search")
        field.setAccessibleName("Search the guide")
        field.setToolTip("Search all pages (Ctrl+F); Enter goes to the next place, Shift+Enter to the one before")
        field.setPlaceholderText("Search the guide")
        field.setClearButtonEnabled(True)
        return field

    def _make_contents(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setObjectName("help-contents")
        tree.setAccessibleName("Contents of the guide")
        tree.setToolTip("Click a page or a part of it")
        tree.setHeaderHidden(True)
        tree.setExpandsOnDoubleClick(False)
        tree.setTextElideMode(Qt.TextElideMode.ElideNone)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for page in self._pages:
            item = QTreeWidgetItem([page.title])
            item.setData(0, PLACE, (page.name, ""))
            tree.addTopLevelItem(item)
            for heading in page.headings:
                if heading.level == 2:
                    part = QTreeWidgetItem([heading.text])
                    part.setData(0, PLACE, (page.name, heading.slug))
                    item.addChild(part)
        return tree

    def _make_results(self) -> QListWidget:
        found = QListWidget()
        found.setObjectName("help-results")
        found.setAccessibleName("Pages found")
        found.setToolTip("Pages that hold all the words: click one to open it")
        found.setWordWrap(True)
        return found

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"help-{name}")
        button.setAccessibleName(text.replace("&", ""))
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        for button in (self.back, self.forward, self.home):
            bar.addWidget(button)
        bar.addStretch(1)
        self._lists = QStackedWidget()
        self._lists.addWidget(self.contents)
        self._lists.addWidget(self.results)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.field, self.count, self._lists):
            column.addWidget(widget)
        self.count.hide()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.browser)
        split.setStretchFactor(1, 1)
        contents = round(CONTENTS * (1.0 + 0.5 * (text_scale() - 1.0)))
        split.setSizes([contents, WIDTH - contents])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addLayout(bar)
        layout.addWidget(split, 1)

    def _connect(self) -> None:
        self.back.clicked.connect(self.browser.backward)
        self.forward.clicked.connect(self.browser.forward)
        self.home.clicked.connect(self.open_first)
        self.browser.backwardAvailable.connect(self.back.setEnabled)
        self.browser.forwardAvailable.connect(self.forward.setEnabled)
        self.back.setEnabled(False)
        self.forward.setEnabled(False)
        self.browser.page_shown.connect(self._mark_page)
        self.browser.outside_link_clicked.connect(self.outside_link_clicked)
        self.contents.itemClicked.connect(lambda item, _column: self._open_item(item))
        self.contents.itemActivated.connect(lambda item, _column: self._open_item(item))
        self.results.itemClicked.connect(self._open_result)
        self.results.itemActivated.connect(self._open_result)
        self.field.textChanged.connect(self._search)

    def _add_keys(self) -> None:
        keys = {
            "Alt+Left": self.browser.backward,
            "Alt+Right": self.browser.forward,
            "Alt+Home": self.open_first,
            "Ctrl+F": self._start_search,
            "Esc": self._escape,
            "Shift+Return": lambda: self.browser.go_to_word(forward=False),
            "Ctrl+W": self.close,
        }
        for key, run in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.activated.connect(run)
        self.field.returnPressed.connect(self._next_place)

    # Showing.

    def apply(self, theme: Theme) -> None:
        """Show the guide in the colours of ``theme``; the same again does nothing."""
        self.browser.dress(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """The first page, unless one is open."""
        if not self.browser.page_name:
            self.open_first()
        self.browser.setFocus(Qt.FocusReason.OtherFocusReason)
        super().showEvent(event)

    def open_first(self) -> None:
        """The index, or what there is."""
        if self._pages:
            self.open_page(self._pages[0].name)
        else:
            self.browser.setPlainText("The guide is missing from this installation: resources/help holds no pages.")

    def open_page(self, name: str, fragment: str = "") -> bool:
        """Open a page, at a heading if one is given; False where there is no such page."""
        if all(page.name != name for page in self._pages):
            return False
        self.browser.open_page(name, fragment)
        return True

    def open_topic(self, words: str) -> bool:
        """Open the page or the part of one that is called so; False where nothing is."""
        wanted = slug(words)
        for page in self._pages:
            for heading in page.headings:
                if wanted and heading.slug in (wanted, f"the-{wanted}"):
                    return self.open_page(page.name, "" if heading.level == 1 else heading.slug)
        begun = [page for page in self._pages if wanted and slug(page.title).startswith(f"{wanted}-")]
        return self.open_page(begun[0].name, "") if begun else False

    def summon(self, theme: Theme, topic: str) -> None:
        """Come to the front in this theme, on this topic if there is one; else where the reader was."""
        self.apply(theme)
        self.open_topic(topic)
        self.show()
        self.raise_()
        self.activateWindow()

    def _mark_page(self, name: str) -> None:
        for index in range(self.contents.topLevelItemCount()):
            item = self.contents.topLevelItem(index)
            if item is not None:
                is_shown = item.data(0, PLACE)[0] == name
                item.setExpanded(is_shown)
                if is_shown:
                    self.contents.setCurrentItem(item)

    def _open_item(self, item: QTreeWidgetItem) -> None:
        self.open_page(*item.data(0, PLACE))

    # Searching.

    def _start_search(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _search(self, text: str) -> None:
        hits = search(self._pages, text)
        self.results.clear()
        for hit in hits:
            item = QListWidgetItem(f"{hit.page.title} ({hit.count})\n{hit.snippet}")
            item.setData(PLACE, hit.page.name)
            self.results.addItem(item)
        is_searching = bool(text.strip())
        self._lists.setCurrentWidget(self.results if is_searching else self.contents)
        self.count.setVisible(is_searching)
        noun = "page" if len(hits) == 1 else "pages"
        self.count.setText(f"{len(hits)} {noun} found" if hits else "Nothing found: try another word.")
        self.browser.mark_words(tuple(text.lower().split()))

    def _next_place(self) -> None:
        """Enter: to the next place on this page, or to the first page found."""
        names = [self.results.item(row).data(PLACE) for row in range(self.results.count())]
        if names and self.browser.page_name not in names:
            self._open_result(self.results.item(0))
        else:
            self.browser.go_to_word()

    def _open_result(self, item: QListWidgetItem) -> None:
        if item.data(PLACE) != self.browser.page_name:
            self.open_page(item.data(PLACE))
        self.results.setCurrentItem(item)
        self.browser.go_to_word()

    def _escape(self) -> None:
        """Ends a search first, then closes."""
        if self.field.text():
            self.field.clear()
        else:
            self.close()


def open_outside(link: QUrl) -> None:
    """Give a link that leads out of the guide to the desktop's browser; only web addresses."""
    if link.scheme() in ("https", "http"):
        QDesktopServices.openUrl(link)
