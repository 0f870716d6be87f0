"""What Tab goes through: the controls that can be seen, in the order in which they are read.

Qt goes by the order in which widgets were made, wherever they lie, leaves out what stands before the proxy of a panel, and takes
docks behind others for visible. Here rectangles decide.
"""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QDockWidget,
    QMainWindow,
    QMenuBar,
    QScrollArea,
    QStatusBar,
    QToolBar,
    QWidget,
)


def stops(root: QWidget) -> list[QWidget]:
    """The controls of a window that take Tab and can be seen, if only by scrolling to them, in reading order."""
    return [widget for widget in _read(root, None) if _is_stop(widget)]


def go_on(root: QWidget, is_forward: bool) -> bool:
    """Give the focus to the next control of a window or the one before, round the ends; False if there is none.

    Qt asks for this as well when what has the focus is hidden or disabled: the next is then the next to where it was.
    """
    now = root.focusWidget()
    order = [widget for widget in _read(root, now) if widget is now or _is_stop(widget)]
    if now not in order:  # nothing, or something in a dock behind others: enter the one before it
        front = _front(root, now)
        order = [widget for widget in order if front is not None and front.isAncestorOf(widget)] or order
    if not order or order == [now]:
        return False
    at = order.index(now) if now in order else (-1 if is_forward else 0)
    goal = order[(at + (1 if is_forward else -1)) % len(order)]
    goal.setFocus(Qt.FocusReason.TabFocusReason if is_forward else Qt.FocusReason.BacktabFocusReason)
    for area in _areas(goal):
        area.ensureWidgetVisible(goal)
    return True


def _front(root: QWidget, now: QWidget | None) -> QWidget | None:
    """The dock in sight where the focus lies in one behind it."""
    if isinstance(root, QMainWindow):
        for dock in root.findChildren(QDockWidget):
            if _holds(dock, now):
                return next((other for other in root.tabifiedDockWidgets(dock) if _is_within(other, root)), None)
    return None


def _holds(widget: QWidget, now: QWidget | None) -> bool:
    return now is not None and (widget is now or widget.isAncestorOf(now))


def _is_within(widget: QWidget, root: QWidget) -> bool:
    """Whether it lies in the window: docks behind others are kept outside."""
    return widget.geometry().intersects(root.rect())


def _is_stop(widget: QWidget) -> bool:
    takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return takes_tab and widget.isEnabled() and widget.isVisible() and _is_seen(widget)


def _is_seen(widget: QWidget) -> bool:
    """Whether a part of it is in sight, or would be if the areas around it were scrolled."""
    outermost = next(reversed(list(_areas(widget))), None)
    shown = widget if outermost is None else outermost
    parts = [shown]
    if isinstance(shown, QAbstractScrollArea):
        parts.append(shown.viewport())  # it may cover the area itself
    return any(not part.visibleRegion().isEmpty() for part in parts)


def _areas(widget: QWidget) -> Iterator[QScrollArea]:
    """The scroll areas around a widget of a window, the nearest first."""
    at = widget
    while not at.isWindow() and (parent := at.parentWidget()) is not None:
        if isinstance(parent, QScrollArea):
            yield parent
        at = parent


def _read(parent: QWidget, now: QWidget | None) -> Iterator[QWidget]:
    """Everything shown in a widget in reading order, each before what is in it; and what has the focus, shown or not."""
    for child in _ordered(parent, now):
        yield child
        yield from _read(child, now)


def _ordered(parent: QWidget, now: QWidget | None) -> list[QWidget]:
    inside = [child for child in parent.children() if isinstance(child, QWidget) and not child.isWindow()]
    children = [child for child in inside if not child.isHidden() or _holds(child, now)]
    if not isinstance(parent, QMainWindow):
        return _by_rows(children)
    children = [child for child in children if _is_within(child, parent)]
    middle = parent.rect().center().y()
    bars = [child for child in children if isinstance(child, QMenuBar | QToolBar | QStatusBar)]
    above, below = [bar for bar in bars if bar.y() < middle], [bar for bar in bars if bar.y() >= middle]
    return [*_by_rows(above), *_by_columns([child for child in children if child not in bars]), *_by_rows(below)]


def _by_rows(widgets: Sequence[QWidget]) -> list[QWidget]:
    """Top to bottom, and from left to right what lies side by side."""
    return _parted(widgets, _across, _along)


def _by_columns(widgets: Sequence[QWidget]) -> list[QWidget]:
    """Left to right, and from top to bottom what lies one below the other: docks of the same side stay together."""
    return _parted(widgets, _along, _across)


Extent = Callable[[QWidget], tuple[int, int]]


def _across(widget: QWidget) -> tuple[int, int]:
    return widget.y(), widget.y() + widget.height()


def _along(widget: QWidget) -> tuple[int, int]:
    return widget.x(), widget.x() + widget.width()


def _parted(widgets: Sequence[QWidget], way: Extent, other: Extent) -> list[QWidget]:
    """Cut where lines pass between widgets, one way if that can be, else the other, no more than needed; each part again."""
    parts = _cut(widgets, way)
    if len(parts) == 1:
        parts = []
        for part in _cut(widgets, other):
            if parts and len(_cut([*parts[-1], *part], way)) > 1:
                parts[-1] += part
            else:
                parts.append(part)
    if len(parts) == 1:
        return sorted(widgets, key=lambda widget: (widget.y(), widget.x()))
    return [widget for part in parts for widget in _parted(part, way, other)]


def _cut(widgets: Sequence[QWidget], extent: Extent) -> list[list[QWidget]]:
    parts: list[list[QWidget]] = []
    end = 0
    for widget in sorted(widgets, key=extent):
        if not parts or extent(widget)[0] >= end:
            parts.append([])
        parts[-1].append(widget)
        end = max(end, extent(widget)[1])
    return parts
