"""The dialog of a bookmark: what it saves and removes."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.panels.bookmark_dialog import BookmarkDialog
from bpstudio.viewstate.timeline_state import Bookmark

FAR = 2**70
Opener = Callable[[Bookmark, bool], BookmarkDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Opener:
    host = QWidget()
    qtbot.addWidget(host)

    def opened(bookmark: Bookmark, is_new: bool) -> BookmarkDialog:
        dialog = BookmarkDialog(bookmark, "iteration <b>7</b>", is_new, host)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return opened


def test_enter_saves_name_and_note_at_the_exact_position(qtbot: QtBot, open_dialog: Opener) -> None:
    dialog = open_dialog(Bookmark(FAR, "flat", "here"), False)
    qtbot.keyClicks(dialog.name, "steep")
    with qtbot.waitSignal(dialog.bookmark_saved) as heard:
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert heard.args == [Bookmark(FAR, "steep", "here")]


def test_a_bookmark_needs_a_name(qtbot: QtBot, open_dialog: Opener) -> None:
    dialog = open_dialog(Bookmark(FAR, "  "), True)
    with qtbot.assertNotEmitted(dialog.bookmark_saved):
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)


def test_one_that_exists_can_be_removed(qtbot: QtBot, open_dialog: Opener) -> None:
    dialog = open_dialog(Bookmark(FAR, "flat"), False)
    remove = dialog.findChild(QPushButton, "bookmark-remove")
    assert remove is not None
    with qtbot.waitSignal(dialog.bookmark_removed) as heard:
        qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert heard.args == [FAR]


def test_a_new_one_cannot_be_removed(open_dialog: Opener) -> None:
    assert open_dialog(Bookmark(FAR, "flat"), True).findChild(QPushButton, "bookmark-remove") is None
