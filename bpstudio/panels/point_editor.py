"""The point painter with its classes: which one a click paints, and what is done to the chosen point."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QButtonGroup, QMenu, QToolButton, QVBoxLayout, QWidget

from bpstudio.look.text_size import text_scale
from bpstudio.panels.flow_layout import FlowLayout
from bpstudio.panels.inspector_panel import plain_label
from bpstudio.panels.plain_text import plain_caption
from bpstudio.panels.point_marks import kind_icon
from bpstudio.panels.point_painter import PointPainter
from bpstudio.viewstate.data_state import PointMode, PointSet
from bpstudio.viewstate.theme import Theme

MOST_KINDS = 12
LARGE_TEXT = 1.5


class PointEditor(QWidget):
    """Shows a PointSet; the signals of its painter are those of the points."""

    kind_changed = Signal(int, int)
    class_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("point-editor")
        self.painter = PointPainter("points")
        self.painter.kind_wished.connect(self._choose_kind)
        self.painter.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.painter.customContextMenuRequested.connect(self._open_menu)
        self._kinds = QWidget()
        self._flow = FlowLayout(self._kinds, gap=4)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._choose_kind)
        self.buttons: list[QToolButton] = []
        self.add = QToolButton()
        self.add.setObjectName("kind-add")
        self.add.setText("+")
        tip = "One class more; the network gets an output for each class"
        self.add.setAccessibleName("Add a class")
        self.add.setToolTip(tip)
        self.add.setStatusTip(tip)
        self.add.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add.clicked.connect(self._add_class)
        self._dressed: tuple[object, ...] = ()
        self.hint = plain_label("points-hint", is_quiet=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addWidget(self._kinds)
        layout.addWidget(self.painter, 1)
        layout.addWidget(self.hint)

    def apply(self, points: PointSet, theme: Theme) -> None:
        """Show ``points``."""
        self.painter.apply(points, theme)
        self.hint.setVisible(text_scale() < LARGE_TEXT)  # large text leaves the room to the points
        dressed = (points.kinds, points.mode, theme)
        if dressed == self._dressed:
            return
        self._dressed = dressed
        is_classes = points.mode is PointMode.CLASSES
        self._kinds.setVisible(is_classes)
        names = points.kinds[:MOST_KINDS] if is_classes else ()
        while len(self.buttons) < len(names):
            self.buttons.append(self._button(len(self.buttons)))
        for kind, button in enumerate(self.buttons):
            button.setVisible(kind < len(names))
            if kind < len(names):
                button.setText(plain_caption(f"class {names[kind]}" if len(names[kind]) < 3 else names[kind]))
                button.setIcon(kind_icon(theme, kind, len(points.kinds), self.devicePixelRatioF()))
                tip = f"Paint points of class {names[kind]}" + (f" (key {kind + 1})" if kind < 9 else "")
                button.setToolTip(tip)
                button.setAccessibleName(tip)
        self._flow.removeWidget(self.add)  # it comes behind the classes
        self._flow.addWidget(self.add)
        self.add.setVisible(is_classes and len(names) < MOST_KINDS)
        self._choose_kind(self.painter.kind)
        self.hint.setText("Click: add. Drag: move. Delete: remove. Hollow: held out.")

    def _button(self, kind: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"kind-{kind}")
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._group.addButton(button, kind)
        self._flow.addWidget(button)
        return button

    def _add_class(self) -> None:
        """Ask for a class, and paint it from now on."""
        points = self.painter.points
        self.class_requested.emit()
        if points is not None and self.painter.points is not points:
            self._choose_kind(len(points.kinds))

    def _choose_kind(self, kind: int) -> None:
        self.painter.choose_kind(kind)
        if kind < len(self.buttons):
            self.buttons[kind].setChecked(True)

    def _open_menu(self, place: QPoint) -> None:
        points, painter = self.painter.points, self.painter
        row = painter.point_at(place.toPointF())
        if points is None or row is None:
            return
        menu = QMenu(self)
        menu.setObjectName("point-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Remove\tDel").triggered.connect(lambda: painter.point_removed.emit(row))
        if points.mode is PointMode.CLASSES:
            group = QActionGroup(menu)
            for kind, name in enumerate(points.kinds[:MOST_KINDS]):
                action = menu.addAction(f"class {plain_caption(name)}")
                action.setCheckable(True)
                action.setChecked(kind == int(points.kind[row]))
                group.addAction(action)
                action.triggered.connect(lambda _checked=False, kind=kind: self.kind_changed.emit(row, kind))
        menu.popup(painter.mapToGlobal(place))
