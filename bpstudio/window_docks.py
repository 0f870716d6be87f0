"""How docks share the window: their widths at each size of text, and tabs that fit: names, or icons where there is no room."""

from PySide6.QtCore import QChildEvent, QEvent, QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QPainter
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QTabBar
from shiboken6 import isValid

from bpstudio.look.guard import guarded
from bpstudio.look.palette import TAB_PADDING
from bpstudio.look.panel_icons import PANELS, panel_icon
from bpstudio.look.text_size import tab_icon_pixels, text_scale
from bpstudio.panels import reading_order
from bpstudio.viewstate.theme import LIGHT, Theme

LEFT, RIGHT = 262, 332
"""Widths of the program and of the panels on the right, at the standard size of text."""
CLOSE = "qt_dockwidget_closebutton"
MARK, MARK_WIDTH, MARK_HEIGHT = 10, 18, 14
"""The marks that float and close a dock, and their places, in pixels at the standard size of text: Qt's own."""
GROWTH = 0.25
"""How much of the growth of text the docks take part in: the canvas needs room as well."""


class Dock(QDockWidget):
    """A dock in which Tab goes as in the window when it is one of its own, and whose marks grow with the size of text.

    Qt draws the marks that float and close a dock as large at every size of text.
    """

    def __init__(self, title: str, window: QMainWindow) -> None:
        super().__init__(title, window)
        for button in self.findChildren(QAbstractButton):
            button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The marks in the title: wherever Qt puts one it grows from there, and is painted as large."""
        if isinstance(watched, QAbstractButton) and text_scale() > 1.0:
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
                _grow_mark(watched)
            elif event.type() is QEvent.Type.Paint:
                _paint_mark(watched)
                return True
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, is_forward: bool) -> bool:
        """Tab and Shift+Tab of what is in it."""
        return reading_order.go_on(self, is_forward) if self.isFloating() else super().focusNextPrevChild(is_forward)


def _grow_mark(button: QAbstractButton) -> None:
    """Make the place that Qt gives a mark larger to the left and evenly up and down; the one before the last makes room."""
    given, scale = button.geometry(), text_scale()
    width, height = round(MARK_WIDTH * scale), round(MARK_HEIGHT * scale)
    if (given.width(), given.height()) == (width, height):
        return
    shift = 0 if button.objectName() == CLOSE else width - given.width()
    button.setGeometry(given.right() + 1 - width - shift, given.center().y() + 1 - height // 2, width, height)


@guarded
def _paint_mark(button: QAbstractButton) -> None:
    with QPainter(button) as painter:
        if button.underMouse():
            painter.fillRect(button.rect(), button.palette().midlight())
        side = round(MARK * text_scale())
        place = QRect(0, 0, side, side)
        place.moveCenter(button.rect().center())
        button.icon().paint(painter, place)


def side_widths(scale: float) -> list[int]:
    """The widths of the docks left and right for a size of text, 1 to 2."""
    share = 1.0 + GROWTH * (scale - 1.0)
    return [round(LEFT * share), round(RIGHT * share)]


def grow_docks(window: QMainWindow, before: float, after: float) -> None:
    """After a change of the size of text: docks at the sides as much wider as their standards are, those below as much higher."""
    if after == before:
        return
    area = Qt.DockWidgetArea
    wider = side_widths(after)[0] / side_widths(before)[0]
    sides = _in_sight(window, area.LeftDockWidgetArea, area.RightDockWidgetArea)
    below = _in_sight(window, area.BottomDockWidgetArea)
    window.resizeDocks(sides, [round(wider * dock.width()) for dock in sides], Qt.Orientation.Horizontal)
    window.resizeDocks(below, [round(after / before * dock.height()) for dock in below], Qt.Orientation.Vertical)


def _in_sight(window: QMainWindow, *areas: Qt.DockWidgetArea) -> list[QDockWidget]:
    """The docks in front at these sides."""
    return [
        dock
        for dock in window.findChildren(QDockWidget)
        if window.dockWidgetArea(dock) in areas and not dock.isFloating() and not dock.visibleRegion().isEmpty()
    ]


def show_whole_titles(bar: QTabBar) -> None:
    """Scroll tabs that have no room instead of cutting their titles."""
    bar.setElideMode(Qt.TextElideMode.ElideNone)
    bar.setUsesScrollButtons(True)


class DockTabs(QObject):
    """Keeps the tabs of the window's docks whole: all names, the name of the front one among icons, or icons alone.

    A tab's tip and accessible name are always the panel's whole name. Qt makes bars anew whenever panels are put together, and
    says so by an event only; whether a bar's tabs fit is asked when it is painted with other tabs or another width.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._theme = LIGHT
        self._seen: dict[QTabBar, tuple[object, ...]] = {}
        window.installEventFilter(self)
        for bar in window.findChildren(QTabBar):
            show_whole_titles(bar)
            if bar.parent() is window:
                self._watch(bar)

    def apply(self, theme: Theme) -> None:
        """Icons in another colour, tabs of another size."""
        self._theme = theme
        for bar in filter(isValid, list(self._seen)):
            self._seen[bar] = ()
            bar.update()

    def settle(self) -> None:
        """Fit the bars now: before a window is painted for the first time."""
        for bar in filter(isValid, list(self._seen)):
            if self._seen[bar] != _signature(bar):
                self._fit(bar)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """New bars of the window, and paintings of a bar that has changed."""
        if isinstance(watched, QTabBar):
            if event.type() is QEvent.Type.Paint and self._seen.get(watched) != _signature(watched):
                self._seen[watched] = _signature(watched)
                QTimer.singleShot(0, watched, lambda bar=watched: self._fit(bar))
        elif isinstance(event, QChildEvent) and event.type() is QEvent.Type.ChildPolished:
            child = event.child()
            if isinstance(child, QTabBar):
                self._watch(child)
        return super().eventFilter(watched, event)

    def _watch(self, bar: QTabBar) -> None:
        if bar in self._seen:
            return
        self._seen[bar] = ()
        show_whole_titles(bar)
        bar.installEventFilter(self)
        bar.destroyed.connect(lambda _gone=None, key=bar: self._seen.pop(key, None))

    def _fit(self, bar: QTabBar) -> None:
        """Choose how much of the names is shown."""
        names = _names(bar)
        size = tab_icon_pixels(text_scale())
        widths = _widths(bar)
        narrow = size + 2 * (TAB_PADDING - 2)
        front = bar.currentIndex()
        with_front = narrow * (len(names) - 1) + (widths[front] if front >= 0 else 0) + size + 6
        mode = "names" if sum(widths) <= bar.width() else "front" if with_front <= bar.width() else "icons"
        has_icons = mode != "names" and all(name in PANELS for name in names)
        shown = mode if has_icons else "names"
        if bar.property("shows") != shown:
            bar.setProperty("shows", shown)
            bar.style().unpolish(bar)
            bar.style().polish(bar)
        bar.setIconSize(QSize(size, size))
        for index, name in enumerate(names):
            colour = self._theme.text if index == front else self._theme.quiet
            bar.setTabIcon(index, panel_icon(name, size, colour) if has_icons else QIcon())
        self._seen[bar] = _signature(bar)


def _names(bar: QTabBar) -> list[str]:
    return [bar.tabText(index) for index in range(bar.count())]


def _widths(bar: QTabBar) -> list[int]:
    """How wide the tabs are with their names."""
    return [bar.fontMetrics().horizontalAdvance(name) + 2 * TAB_PADDING + 1 for name in _names(bar)]


def _signature(bar: QTabBar) -> tuple[object, ...]:
    """What decides how a bar's tabs are shown."""
    return bar.width(), bar.currentIndex(), *_names(bar), *_widths(bar)
