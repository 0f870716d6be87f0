"""The main window: lays the views out, hands each its part of a view state, and passes wishes on."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QWidget,
)

from bpstudio import resources
from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import LAYOUT_VERSION, Settings
from bpstudio.intents import Move
from bpstudio.look.icons import application_icon
from bpstudio.look.text_size import text_scale
from bpstudio.panels import bookmark_dialog, dialogs, help_window, reading_order
from bpstudio.panels.inspector_panel import InspectorPanel
from bpstudio.panels.outline_panel import OutlinePanel
from bpstudio.panels.place import Place
from bpstudio.panels.status_line import StatusLine
from bpstudio.panels.timeline import Timeline
from bpstudio.panels.transport_bar import TransportBar
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.version import __version__
from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import Theme, theme
from bpstudio.viewstate.timeline_state import Bookmark, Window
from bpstudio.viewstate.timeline_view import describe_position
from bpstudio.viewstate.view_state import ViewState
from bpstudio.window_actions import Actions
from bpstudio.window_build import BUILD, DATA, BuildPanels, is_table
from bpstudio.window_canvas import CanvasView
from bpstudio.window_debug import DebugPanels
from bpstudio.window_debug_menu import DebugMenu
from bpstudio.window_docks import Dock, DockTabs, grow_docks, side_widths
from bpstudio.window_formulas import FormulaCopies
from bpstudio.window_look import Look
from bpstudio.window_matrices import MatricesDock
from bpstudio.window_menus import Menus, PanelMenu, WindowWishes
from bpstudio.window_models import WindowModels
from bpstudio.window_plots import Pictures, PlotPanels
from bpstudio.window_work import WindowWork

TIMELINE_HEIGHT = 64
LATER = ("Branches", "Log", BUILD, DATA)
"""Panels that show themselves when there is something in them, or when they are asked for."""
RUN_FILES = "Sessions and run files (*.bps *.json);;All files (*)"


@dataclass(frozen=True, slots=True)
class Exports:
    """What the composition root lends the window, which stands below the exports; a panel is named by its title."""

    ask: Callable[["MainWindow", str], object]
    copy: Callable[["MainWindow", str], None]
    pictures: Pictures


class MainWindow(QMainWindow):
    """Shows what the controller says and tells it what the user wishes; decides nothing."""

    def __init__(self, controller: RunController, settings: Settings, exports: Exports) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("bpstudio")
        self.setAcceptDrops(True)
        self.controller = controller
        self.settings = settings
        self.theme: Theme = theme(ThemeName.LIGHT)
        self._dressed: Theme | None = None
        self._exports = exports
        self.canvas = NetworkCanvas()
        self.canvas.setMinimumSize(480, 280)
        self.outline = OutlinePanel()
        self.inspector = InspectorPanel()
        self.status = StatusLine()
        self.transport = TransportBar()
        self.timeline = Timeline(self._describe)
        self.debug = DebugPanels(self, controller)
        self.builds = BuildPanels(self, controller)
        self.matrices = MatricesDock(self, controller)
        self.plots = PlotPanels(self, controller, exports.pictures)
        self.actions_ = Actions(self)
        self.canvas_view = CanvasView(self.canvas, controller, settings)
        self.look = Look(self, controller, settings, self._dress)
        self.tabs, self._text_scale = DockTabs(self), text_scale()
        self._docks: dict[str, QDockWidget] = {}
        self._revealed: frozenset[str] = frozenset()
        self._guide: help_window.HelpWindow | None = None
        self._lay_out()
        self._fill_menus()
        self.models = WindowModels(self, controller, self.actions_, self.menus.file)
        self.work = WindowWork(self, controller, settings, self.actions_, self.menus)
        self._connect()
        self._standard_layout = self.saveState(LAYOUT_VERSION)
        self.look.restore()
        self._restore_layout()

    # Building.

    def _lay_out(self) -> None:
        self.setCentralWidget(self.canvas)
        self.setStatusBar(self.status)
        self.addToolBar(self.transport)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self._timeline_bar())
        self.setDockNestingEnabled(True)
        self._dock("Program", self.outline, Qt.DockWidgetArea.LeftDockWidgetArea)
        self._dock("Inspector", self.inspector, Qt.DockWidgetArea.RightDockWidgetArea)
        self.plots.fill_docks(self._dock)
        for title, panel in (
            *self.debug.places.items(),
            (BUILD, QWidget()),
            (DATA, QWidget()),
            ("Matrices", self.matrices.place),
        ):
            self._dock(title, panel, Qt.DockWidgetArea.RightDockWidgetArea)
            self.tabifyDockWidget(self._docks["Inspector"], self._docks[title])
        self.debug.watch_dock(self._docks["Why"])
        for title in (BUILD, DATA):
            self.builds.watch_dock(title, self._docks[title])
        self.matrices.watch_dock(self._docks["Matrices"])
        for title in LATER:
            self._docks[title].hide()
        self._docks["Inspector"].raise_()
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.resize(1366, 768)
        self._size_docks()
        self._progress = QProgressBar()
        self._progress.setObjectName("progress")
        self._progress.setAccessibleName("Progress of the move")
        self._progress.setMaximumWidth(200)
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("cancel")
        self._cancel.setToolTip("Cancel the move and go back to where it began")
        for widget in (self._progress, self._cancel):
            self.status.addWidget(widget)
            widget.hide()

    def _timeline_bar(self) -> QToolBar:
        """A bar as wide as the window: the timeline shows the whole run to scale."""
        bar = self.timeline_bar = QToolBar("Timeline", self)
        bar.setObjectName("timeline-bar")
        bar.setMovable(False)
        self.timeline.setFixedHeight(TIMELINE_HEIGHT)
        self.timeline.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self.timeline)
        return bar

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = Dock(title, self)
        dock.setObjectName(f"dock-{title.lower()}")
        dock.setWidget(widget)
        if isinstance(widget, Place):
            widget.watch(dock)
        PanelMenu(dock, lambda: self._exports.ask(self, title), lambda: self._exports.copy(self, title))
        self.addDockWidget(area, dock)
        self._docks[title] = dock
        return dock

    def _size_docks(self) -> None:
        sides = [self._docks["Program"], self._docks["Inspector"]]
        self.resizeDocks(sides, side_widths(text_scale()), Qt.Orientation.Horizontal)
        self.plots.size_docks()

    def _fill_menus(self) -> None:
        wishes = WindowWishes(
            open=self.open,
            ask_file=self._ask_file,
            ask_export=lambda: self._exports.ask(self, ""),
            export_panel=self._export_panel,
            copy_figure=lambda: self._exports.copy(self, ""),
            close=self.close,
            ask_goal=self._ask_goal,
            fit=self.canvas.fit,
            zoom_by=self.canvas.zoom_by,
            reset_layout=self.reset_layout,
            fill_debug=DebugMenu(
                self.controller,
                self.debug,
                (self.canvas, self.outline),
                self.actions_,
                self._go_to_panel,
                self.plots.test_number,
            ).fill,
            ask_bookmark=self._ask_bookmark_here,
            ask_preferences=self.look.ask,
            go_to_panel=self._go_to_panel,
            open_guide=self._open_guide,
            show_about=self._show_about,
        )
        self.menus = Menus(
            self,
            self.actions_,
            self.controller,
            self.settings,
            wishes,
            [*self.plots.others(self._docks), self.timeline_bar],
        )
        self.canvas_view.fill(self.actions_, self.menus.view, self.actions_.by_name["fit"])
        self.plots.fill_menu(self.actions_, self.menus.view, self._go_to_panel)
        self.look.fill(self.actions_, self.menus.view)
        FormulaCopies(self, self.controller, self.inspector, self.actions_, self.menus.edit)
        self.builds.fill_menus(self.actions_, self.menus.view.menuAction(), self.menus.file, self._go_to_panel)
        names = self.actions_.by_name
        self.transport.fill(
            [
                [names[n] for n in ("start", "back-out", "back-over", "back-into")],
                [names[n] for n in ("into", "over", "out", "epoch-end")],
                [names[n] for n in ("play-back", "play", "pause", "stop")],
            ]
        )

    def _connect(self) -> None:
        controller = self.controller
        controller.view_changed.connect(self.apply)
        controller.session_opened.connect(self._session_opened)
        controller.message_shown.connect(lambda text: self.status.showMessage(text, 8000))
        controller.failed.connect(self._show_failure)
        controller.running_changed.connect(self._show_running)
        controller.progressed.connect(self._show_progress)
        controller.progress_ended.connect(self._hide_progress)
        self._cancel.clicked.connect(controller.cancel_move)
        self.canvas.address_clicked.connect(controller.select)
        self.canvas.address_hovered.connect(controller.hover)
        self.canvas.next_unit_requested.connect(controller.select_neighbour)
        self.canvas.installEventFilter(self)
        self.builds.watch_canvas(self.canvas, self.debug.ask_number)
        self.outline.position_requested.connect(controller.seek_position)
        self.outline.breakpoint_toggled.connect(self.debug.toggle_breakpoint_of)
        self.inspector.address_chosen.connect(controller.select)
        self.inspector.address_hovered.connect(controller.hover)
        self.transport.level_chosen.connect(controller.set_level)
        self.transport.notation_chosen.connect(controller.set_notation)
        self.transport.speed_chosen.connect(controller.playback.set_speed)
        self.transport.gauge_chosen.connect(controller.playback.set_gauge)
        self._connect_timeline()
        self._show_running(False)

    def _connect_timeline(self) -> None:
        controller, timeline = self.controller, self.timeline
        timeline.installEventFilter(self)
        timeline.seek_requested.connect(controller.seek_position)
        timeline.scrub_moved.connect(controller.scrub)
        timeline.scrub_ended.connect(controller.end_scrub)
        timeline.scrub_cancelled.connect(controller.cancel_scrub)
        timeline.window_requested.connect(self._set_timeline_window)
        timeline.step_requested.connect(lambda way: controller.perform(Move.OVER if way > 0 else Move.BACK_OVER))
        timeline.level_requested.connect(self._change_level)
        timeline.play_requested.connect(controller.toggle)
        timeline.live_requested.connect(controller.return_to_live)
        timeline.hit_requested.connect(lambda way: self.debug.next_hit() if way > 0 else self.debug.previous_hit())
        timeline.run_to_requested.connect(controller.goals.run_to_position)
        timeline.bookmark_requested.connect(self._ask_bookmark)

    def _go_to_panel(self, title: str) -> None:
        """Show a panel and give it the focus; without a title the network."""
        if not title:
            self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        dock = self._docks[title]
        dock.show()
        dock.raise_()
        dock.widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _set_timeline_window(self, window: Window) -> None:
        if self.timeline.state is not None:
            self.controller.travel.set_window(window, self.timeline.state.whole)

    def _change_level(self, direction: int) -> None:
        level = self.controller.options.level
        self.controller.set_level(level.finer if direction > 0 else level.coarser)

    def _describe(self, position: int) -> str:
        session = self.controller.session
        return "" if session is None else describe_position(session, self.controller.options, position)

    def _ask_bookmark_here(self) -> None:
        if self.controller.session is not None:
            self._ask_bookmark(self.controller.session.position)

    def _ask_bookmark(self, position: int) -> None:
        travel = self.controller.travel
        there = travel.bookmark_at(position)
        bookmark = Bookmark(position, "") if there is None else there
        dialog = bookmark_dialog.BookmarkDialog(bookmark, self._describe(position), there is None, self)
        dialog.bookmark_saved.connect(travel.keep_bookmark)
        dialog.bookmark_removed.connect(travel.remove_bookmark)
        dialog.show()

    # Showing.

    def apply(self, state: ViewState) -> None:
        """Hand each view its part."""
        self.canvas.apply(state.canvas, self.theme)
        self.outline.apply(state.outline, self.theme)
        self.inspector.apply(state.inspector, self.theme)
        self.status.apply(state.status)
        self.timeline.apply(state.timeline, self.theme)
        self.debug.apply(state.debug, self.theme)
        self.matrices.apply(state.matrices, self.theme)
        self._reveal("Branches", bool(state.debug.branches.rows))
        self._reveal("Log", bool(state.debug.log.rows))
        self.builds.apply(self.theme)
        self.transport.apply(state.options)
        self.plots.apply(self.theme, state.options.is_playing)
        self.menus.apply(state.options)
        self.canvas_view.apply(state.options)

    def _reveal(self, title: str, has_content: bool) -> None:
        """Show a panel when it gets its first content; who hides it then is left in peace."""
        if has_content and title not in self._revealed:
            self._docks[title].show()
        self._revealed = self._revealed | {title} if has_content else self._revealed - {title}

    def _session_opened(self, session: Session) -> None:
        self.canvas.fit()
        self.menus.offer_unfolding(session.spec.is_matched_pair)
        if not self.builds.has_focus:
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_failure(self, sentence: str) -> None:
        dialogs.show_problem(self, "This could not be opened", sentence)

    def _show_running(self, is_running: bool) -> None:
        names = self.actions_.by_name
        names["play"].setEnabled(not is_running)
        names["pause"].setEnabled(is_running)

    def _show_progress(self, done: int, total: int) -> None:
        """A bar without an end where nobody can know how much there is to do."""
        if self._progress.isHidden():
            self.status.clearMessage()  # it would lie above the bar
        self._progress.setMaximum(min(total, 2**31 - 1))
        self._progress.setValue(min(done, 2**31 - 1))
        for widget in (self._progress, self._cancel):
            widget.show()

    def _hide_progress(self) -> None:
        for widget in (self._progress, self._cancel):
            widget.hide()

    def set_theme(self, name: ThemeName) -> None:
        """Choose a theme for good."""
        self.look.choose(replace(self.look.preferences, theme=name))

    def _dress(self, chosen: Theme) -> None:
        """Dress what does not dress itself."""
        self.theme = chosen
        if self.isVisible():
            QTimer.singleShot(0, self, self._dress_icons)  # a turn of its own, as the guide below
        else:
            self._dress_icons()
        self.tabs.apply(self.theme)
        if self.isVisible():  # before that docks are laid out for the text as it is
            grow_docks(self, self._text_scale, text_scale())
        self._text_scale = text_scale()
        self.timeline.setFixedHeight(round(TIMELINE_HEIGHT * text_scale()))
        self.controller.travel.set_width(round(self.timeline.layout_.track_width))  # larger names need more room
        guide = self._guide
        if guide is not None:
            QTimer.singleShot(0, guide, lambda: guide.apply(self.theme))  # a turn of its own: it lays out a whole page

    def _dress_icons(self) -> None:
        """Icons in the colours of the theme; not when only text grows, for painting all of them takes as long as a frame."""
        if self.theme != self._dressed:
            self._dressed = self.theme
            self.actions_.dress(self.theme)
            self.setWindowIcon(application_icon(self.theme))

    # Opening.

    def open(self, source: str) -> None:
        """Open a session, a run file or an example; what is open stays if that fails."""
        self.work.open(source)

    def _ask_file(self) -> None:
        dialogs.ask_run_file(self, RUN_FILES.split(";;"), self.open)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that was dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            (self.builds.read_csv if is_table(paths[0]) else self.open)(paths[0])

    def _ask_goal(self) -> None:
        dialog = dialogs.GoToDialog(self)
        dialog.goal_chosen.connect(self._go_to)
        dialog.show()

    def _go_to(self, what: str, number: float) -> None:
        session = self.controller.session
        if session is None:
            return
        if what == "percent":
            self.controller.seek_percent(number)
        elif what == "position":
            self.controller.seek_position(int(number))
        else:
            per = session.program.batches.per_epoch if what == "epoch" else 1
            self.controller.seek_iteration(int(number) * per)

    # Exporting.

    def open_panels(self) -> list[tuple[str, QWidget]]:
        """The panels that are open, by title; the network first, whether or not others stand before them."""
        docks = [(t, d.widget()) for t, d in self._docks.items() if d.toggleViewAction().isChecked()]
        return [("Network", self.canvas), *docks, ("Timeline", self.timeline)]

    def _export_panel(self) -> None:
        """The panel that has the focus; the network if none has."""
        focus = QApplication.focusWidget()
        inside = [t for t, panel in self.open_panels() if focus is not None and _holds(panel, focus)]
        self._exports.ask(self, inside[0] if inside else "Network")

    # Keys of the canvas, layout, help.

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """With the canvas in focus, arrows step and change the level, and Space plays."""
        if watched is self.canvas and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._canvas_key(event)
        if watched is self.timeline and event.type() is QEvent.Type.Resize:
            self.controller.travel.set_width(round(self.timeline.layout_.track_width))
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, is_forward: bool) -> bool:
        """Tab and Shift+Tab of everything in the window that has no use of its own for them."""
        return reading_order.go_on(self, is_forward)

    def _canvas_key(self, event: QKeyEvent) -> bool:
        if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            return False
        controller, level = self.controller, self.controller.options.level
        wishes: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Right: lambda: controller.perform(Move.OVER),
            Qt.Key.Key_Left: lambda: controller.perform(Move.BACK_OVER),
            Qt.Key.Key_Up: lambda: controller.set_level(level.coarser),
            Qt.Key.Key_Down: lambda: controller.set_level(level.finer),
            Qt.Key.Key_Space: controller.toggle,
            Qt.Key.Key_Comma: self.debug.previous_hit,
            Qt.Key.Key_Period: self.debug.next_hit,
            Qt.Key.Key_Home: lambda: controller.perform(Move.START),
            Qt.Key.Key_End: lambda: controller.perform(Move.EPOCH_END),
            Qt.Key.Key_Escape: lambda: controller.select(None),
            Qt.Key.Key_F: self.canvas.fit,
        }
        wish = wishes.get(event.key())
        if wish is None:
            return False
        wish()
        return True

    def reset_layout(self) -> None:
        """All panels where they were at first."""
        self.settings.forget_layout()
        for title, dock in self._docks.items():
            dock.setFloating(False)
            dock.setVisible(title not in LATER or title in self._revealed)
        self.restoreState(self._standard_layout, LAYOUT_VERSION)
        self._size_docks()

    def _restore_layout(self) -> None:
        kept = self.settings.layout()
        self._is_to_be_sized = kept is None
        if kept is None:
            return
        geometry, docks = kept
        if not self.restoreGeometry(geometry) or not self.restoreState(docks, LAYOUT_VERSION):
            self.settings.forget_layout()
            self.restoreState(QByteArray(self._standard_layout), LAYOUT_VERSION)

    def showEvent(self, event: QShowEvent) -> None:
        """What needs the window's size is settled before it is painted: widths of panels without a kept layout, and tabs."""
        super().showEvent(event)
        layout = self.layout()
        if layout is None or event.spontaneous():
            return
        layout.activate()
        if self._is_to_be_sized:
            self._is_to_be_sized = False
            self._size_docks()
            layout.activate()
        self.tabs.settle()
        layout.activate()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what runs and keep the layout, unless changes would be lost and the user is asked first."""
        if not self.work.may_close():
            event.ignore()
            return
        self.controller.stop()
        self.controller.debugger.hold_filling()
        self.controller.branching.hold()
        self.settings.keep_layout(self.saveGeometry(), self.saveState(LAYOUT_VERSION))
        self.work.closed()
        event.accept()

    def _open_guide(self) -> None:
        """The guide, at what it says about the panel in focus."""
        if self._guide is None:
            self._guide = help_window.HelpWindow(resources.path("help"), self)
            self._guide.outside_link_clicked.connect(help_window.open_outside)
        focus = QApplication.focusWidget()
        inside = [title for title, dock in self._docks.items() if focus is not None and dock.isAncestorOf(focus)]
        self._guide.summon(self.theme, inside[0] if inside else "")

    def _show_about(self) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, "About bpstudio", "", QMessageBox.StandardButton.Ok, self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(
            f"bpstudio {__version__}: a debugger whose program is backpropagation.\n\n"
            "MIT licence. Fonts: DejaVu. Made with Qt, NumPy and pyqtgraph."
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.show()


def _holds(panel: QWidget, widget: QWidget) -> bool:
    return panel is widget or panel.isAncestorOf(widget)
