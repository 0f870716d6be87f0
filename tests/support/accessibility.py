"""An audit of widgets: names, tips, keyboard reach, and text that does not fit. Each finding is one line of words."""

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QAction, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollBar,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTextEdit,
    QToolBar,
    QToolButton,
    QWidget,
)

from bpstudio.panels.reading_order import stops
from bpstudio.viewstate.theme import contrast, mixed

CONTROLS = (
    QAbstractButton,
    QComboBox,
    QAbstractSpinBox,
    QLineEdit,
    QAbstractItemView,
    QSlider,
)
LEAST_CONTRAST = 4.5
SLACK = 1
"""Pixels by which a size may fall short: hints are rounded up."""


def audit(root: QWidget) -> list[str]:
    """Everything wrong with the visible widgets of a window or dialog; an empty list is a pass."""
    found: list[str] = []
    chain = _focus_chain(root)
    for widget in _visible(root):
        found += [f"{_called(widget)}: {problem}" for problem in _problems(widget, chain)]
    return found


def audit_actions(window: QMainWindow) -> list[str]:
    """Every action of the window: in a menu, with words for tip and status line."""
    in_menus = set(actions_in(window.menuBar()))
    found = []
    for action in [*in_menus, *window.actions()]:
        if action.isSeparator() or not action.text() or action.menu() is not None:
            continue
        name = f"action {action.text()!r}"
        if action not in in_menus:
            found.append(f"{name} is in no menu")
        if not action.statusTip() and action.isEnabled():
            found.append(f"{name} has no status tip")
        if not action.toolTip():
            found.append(f"{name} has no tooltip")
    return found


def actions_in(menu: QMenu | QMenuBar) -> Iterator[QAction]:
    """The actions of a menu and of those that open from it."""
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from actions_in(inner)
        else:
            yield action


def _visible(root: QWidget) -> Iterator[QWidget]:
    yield root
    for widget in root.findChildren(QWidget):
        is_own = widget.window() is root and not widget.objectName().startswith("qt_")
        if is_own and widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def _called(widget: QWidget) -> str:
    parents: list[str] = []
    at: QWidget | None = widget
    while at is not None and len(parents) < 3:
        if at.objectName() or not parents:
            parents.append(at.objectName() or type(at).__name__)
        at = at.parentWidget()
    return " in ".join(parents)


def _focus_chain(root: QWidget) -> set[QWidget]:
    """What Tab reaches, going round once: in the main window what it goes through there."""
    if isinstance(root, QMainWindow):
        return set(stops(root))
    chain, at = {root}, root.nextInFocusChain()
    while at is not root and at is not None and at not in chain:
        chain.add(at)
        at = at.nextInFocusChain()
    return chain


def _problems(widget: QWidget, chain: set[QWidget]) -> Iterator[str]:
    if _is_control(widget):
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            yield "has no accessible name"
        # A tip would lie over what an area paints; it says what it is for on Shift+F1.
        if not (widget.toolTip() or widget.whatsThis() or _is_standard(widget)):
            yield "has no tooltip"
        if not _is_reachable(widget, chain):
            yield "cannot be reached by keyboard"
    yield from _clipped(widget)
    yield from faint(widget)


def faint(widget: QWidget) -> Iterator[str]:
    """Text too near in colour to its ground, as Qt has it after palette and style sheet; what cannot be used may be weaker."""
    palette = widget.palette()
    roles: tuple[QPalette.ColorRole, ...] = ()
    ground = palette.color(QPalette.ColorRole.Base)
    if isinstance(widget, QLabel) and widget.text():
        roles, ground = (widget.foregroundRole(),), palette.color(QPalette.ColorRole.Window)
    elif isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit | QAbstractItemView):
        roles = (QPalette.ColorRole.Text, QPalette.ColorRole.PlaceholderText)
    for role in roles:
        ink = palette.color(role)
        seen = mixed(ground.name(), ink.name(), ink.alphaF())
        if widget.isEnabled() and contrast(seen, ground.name()) < LEAST_CONTRAST:
            yield f"has {role.name} {seen} on {ground.name()}: {contrast(seen, ground.name()):.2f}:1"


def _is_control(widget: QWidget) -> bool:
    """Something a person uses; the inner parts of Qt's own widgets are not."""
    if isinstance(widget, QHeaderView | QScrollBar | QTabBar | QMenuBar) or _is_inner(widget):
        return False
    is_own = type(widget).__module__.startswith("bpstudio") and not isinstance(widget, QMainWindow)
    takes_keys = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return isinstance(widget, CONTROLS) or (is_own and takes_keys and not isinstance(widget, QLabel))


def _is_inner(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if isinstance(parent, QComboBox | QAbstractSpinBox | QTabBar | QDockWidget | QMessageBox | QAbstractItemView):
        return not isinstance(widget, QAbstractScrollArea) or isinstance(parent, QComboBox | QAbstractItemView)
    return type(widget).__name__ in (
        "QToolBarExtension",
        "QDockWidgetTitleButton",
        "QComboBoxListView",
        "QTableCornerButton",
    )


def _is_standard(widget: QWidget) -> bool:
    """OK, Cancel, Close: what they do is what they say, in every program."""
    return isinstance(widget.parentWidget(), QDialogButtonBox) and isinstance(widget, QPushButton)


def _is_reachable(widget: QWidget, chain: set[QWidget]) -> bool:
    if isinstance(widget, QToolButton) and isinstance(widget.defaultAction(), QAction):
        return True  # audit_actions asks for its menu
    if not widget.isEnabled():
        return True
    at: QWidget | None = widget
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and at in chain


# Text that does not fit.


def _clipped(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel) and widget.text():
        yield from _clipped_label(widget)
    elif isinstance(widget, QPushButton | QCheckBox | QRadioButton) and widget.text():
        yield from _too_small(widget, widget.text(), widget.sizeHint())
    elif isinstance(widget, QToolButton) and widget.text() and widget.icon().isNull():
        yield from _too_small(widget, widget.text(), widget.minimumSizeHint())
    elif isinstance(widget, QComboBox):
        yield from _clipped_combo(widget)
    elif isinstance(widget, QAbstractSpinBox):
        yield from _clipped_spin(widget)
    elif isinstance(widget, QHeaderView) and widget.orientation() is Qt.Orientation.Horizontal:
        yield from _clipped_header(widget)
    elif isinstance(widget, QTabBar):
        yield from _clipped_tabs(widget)
    elif isinstance(widget, QToolBar):
        yield from _overflowing(widget)
    elif isinstance(widget, QLineEdit) and not _is_inner(widget):
        yield from _clipped_field(widget)


def _too_small(widget: QWidget, text: str, hint: QSize) -> Iterator[str]:
    if widget.width() < hint.width() - SLACK or widget.height() < hint.height() - SLACK:
        size = f"{widget.width()}×{widget.height()}"
        yield f"cuts {text!r}: it is {size} and needs {hint.width()}×{hint.height()}"


def _clipped_label(label: QLabel) -> Iterator[str]:
    if not label.wordWrap():
        yield from _too_small(label, label.text(), label.minimumSizeHint())
        return
    needed = label.heightForWidth(label.width())
    if label.height() < needed - SLACK:
        yield f"cuts {label.text()[:40]!r}: {label.height()} high and needs {needed}"
    longest = max(label.text().split(), key=label.fontMetrics().horizontalAdvance, default="")
    if label.fontMetrics().horizontalAdvance(longest) > label.contentsRect().width() + SLACK:
        yield f"cuts the word {longest!r}"


def _clipped_combo(combo: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    field = combo.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, combo)
    needed = combo.fontMetrics().horizontalAdvance(combo.currentText())
    if needed > field.width() + SLACK:
        yield f"cuts {combo.currentText()!r}: {field.width()} wide and needs {needed}"
    if combo.fontMetrics().height() > combo.height():
        yield f"cuts {combo.currentText()!r}: {combo.height()} high"


def _clipped_spin(spin: QAbstractSpinBox) -> Iterator[str]:
    edit = spin.findChild(QLineEdit)
    if edit is None:
        return
    needed, metrics = edit.fontMetrics().horizontalAdvance(spin.text()), edit.fontMetrics()
    if needed > edit.width() - edit.textMargins().left() or metrics.height() > spin.height():
        yield f"cuts {spin.text()!r}: {edit.width()} wide and needs {needed}"


def _clipped_header(header: QHeaderView) -> Iterator[str]:
    for section in range(header.count()):
        text = str(header.model().headerData(section, header.orientation()) or "")
        needed = header.fontMetrics().horizontalAdvance(text)
        if not header.isSectionHidden(section) and text and needed > header.sectionSize(section):
            yield f"cuts the title {text!r}: {header.sectionSize(section)} wide and needs {needed}"
    if header.fontMetrics().height() > header.height() > 0:
        yield f"cuts its titles: {header.height()} high"


def _clipped_tabs(bar: QTabBar) -> Iterator[str]:
    if bar.elideMode() is not Qt.TextElideMode.ElideNone:
        for tab in range(bar.count()):
            needed = bar.fontMetrics().horizontalAdvance(bar.tabText(tab))
            if needed > bar.tabRect(tab).width():
                yield f"cuts the tab {bar.tabText(tab)!r}"
    needed = sum(bar.tabRect(tab).width() for tab in range(bar.count()) if bar.isTabVisible(tab))
    if needed > bar.width() + SLACK:
        yield f"scrolls its tabs {', '.join(bar.tabText(tab) for tab in range(bar.count()))}: {bar.width()} wide, needs {needed}"
    if bar.count() and bar.fontMetrics().height() > bar.height():
        yield f"cuts its tabs: {bar.height()} high"


def _overflowing(bar: QToolBar) -> Iterator[str]:
    """What has no room in a tool bar lies behind an arrow at its end."""
    for action in bar.actions():
        part = bar.widgetForAction(action)
        if action.isVisible() and part is not None and not part.isVisible():
            name = part.objectName() or repr(action.text())
            yield f"hides {name} behind its arrow: {bar.width()} wide, needs {bar.sizeHint().width()}"


def _clipped_field(field: QLineEdit) -> Iterator[str]:
    words = field.placeholderText()
    needed = field.fontMetrics().horizontalAdvance(words)
    if words and needed > field.width() - 8 and words not in field.toolTip():
        yield f"cuts {words!r}: {field.width()} wide and needs {needed}, and its tip does not say it"
    if field.fontMetrics().height() > field.height():
        yield f"is {field.height()} high and needs {field.fontMetrics().height()}"
