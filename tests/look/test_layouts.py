"""Laying out at once: everything within the widget is in its place, and nothing else of the program is touched."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.look.layouts import lay_out_now


class Requests(QObject):
    """Counts the layout requests that reach what an area shows."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self.count = 0
        inner = area.widget()
        assert inner is not None
        inner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def labelled(qtbot: QtBot) -> tuple[QScrollArea, QLabel, QLabel]:
    """Two lines that wrap, one below the other, in a panel that scrolls."""
    area, inner = QScrollArea(), QWidget()
    column = QVBoxLayout(inner)
    first, second = QLabel("short"), QLabel("below")
    for label in (first, second):
        label.setWordWrap(True)
        column.addWidget(label)
    column.addStretch(1)
    area.setWidgetResizable(True)
    area.setWidget(inner)
    area.resize(160, 400)
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    QApplication.processEvents()
    return area, first, second


def test_what_has_grown_pushes_down_what_lies_below_at_once(qtbot: QtBot) -> None:
    area, first, second = labelled(qtbot)
    before = second.y()
    first.setText("many words that need several lines " * 4)
    lay_out_now(area)
    assert first.height() >= first.heightForWidth(first.width())
    assert second.y() > before
    assert not first.geometry().intersects(second.geometry())


def test_requests_of_others_wait_for_their_turn(qtbot: QtBot) -> None:
    area, first, _ = labelled(qtbot)
    elsewhere, other, _ = labelled(qtbot)
    theirs = Requests(elsewhere)
    first.setText("longer than before, by far " * 3)
    other.setText("longer than before, by far " * 3)
    lay_out_now(area)
    assert theirs.count == 0
    QApplication.processEvents()
    assert theirs.count > 0
