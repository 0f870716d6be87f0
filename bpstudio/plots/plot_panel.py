"""The common frame of all plots: bar, chart, crosshair with exact values, a click that goes there, copy and save.

Importing pyqtgraph takes as long as all the rest of a start, so a chart is made after the first paint of its panel, which shows
lines as a still.
"""

import importlib
import math
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from bpstudio.look.layouts import lay_out_now
from bpstudio.look.text_size import as_heading, text_scale
from bpstudio.plots.plot_bar import PlotBar
from bpstudio.plots.readout_strip import ReadoutStrip
from bpstudio.plots.still_lines import StillLines
from bpstudio.records import dataclass
from bpstudio.viewstate.plots_state import Readout
from bpstudio.viewstate.theme import Theme

FIGURE_SIZE = (960, 540)


class PlotState(Protocol):
    """What a panel asks of its state. Places are what its chart points at: an iteration, or two coordinates."""

    @property
    def title(self) -> str:
        """What the plot is called in a picture."""

    @property
    def tsv(self) -> str:
        """The numbers as text with tabs."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw; its read-out then says why."""

    def snapped(self, place: Any) -> Any:
        """The nearest place with a number; None where there is none."""

    def neighbour(self, place: Any, by: int) -> Any:
        """The place so many further on."""

    def read(self, place: Any) -> Readout:
        """The numbers at a place; without one those where the run stands."""

    def goal(self, place: Any) -> int | None:
        """The iteration that a click on a place goes to."""


@dataclass(frozen=True, slots=True)
class PlotKind:
    """A kind of plot: object name, title, what it says to those who don't see it, module and class of its chart."""

    name: str
    title: str
    words: str
    module: str
    chart: str


class PlotPanel(QWidget):
    """Shows a state by its chart. ``apply`` with the same again does nothing."""

    iteration_requested = Signal(object)
    save_requested = Signal()
    picture_requested = Signal()
    float_requested = Signal()
    close_requested = Signal()
    detail_requested = Signal(int, int)

    def __init__(self, kind: PlotKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.setObjectName(kind.name)
        self.setAccessibleName(kind.words)
        self.chart: Any = None  # a Chart, whose module is not imported yet
        self.state: Any = None  # a PlotState
        self._theme: Theme | None = None
        self._scale = 0.0
        self.bar = PlotBar(kind.name, kind.title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.bar)
        self._hint = QLabel()
        self._hint.setObjectName(f"{kind.name}-hint")
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.hide()
        self._column.addWidget(self._hint, 1)
        self._room = StillLines()
        self._column.addWidget(self._room, 1)
        self._fill_menu()

    def _fill_menu(self) -> None:
        add = self.bar.add_action
        add("plot-whole", "&Whole run\t0", "Show all of it again", self.show_whole)
        add(
            "plot-detail",
            "&More points here\tD",
            "Measure more of the iterations in sight, by computing them again",
            self.ask_detail,
        )
        self.bar.menu.addSeparator()
        add(
            "plot-copy-numbers",
            "Copy &numbers",
            "Copy the numbers of the plot in full, with tabs between",
            self.copy_numbers,
        )
        add("plot-copy-picture", "&Copy picture", "Copy the plot as a picture", self.picture_requested.emit)
        add("plot-save-picture", "&Save picture…", "Save the plot as PNG, SVG or PDF", self.save_requested.emit)
        self.bar.menu.addSeparator()
        add(
            "plot-float", "&Float or dock", "Take the plot out of the window, or put it back", self.float_requested.emit
        )
        add("plot-close", "C&lose", "Hide the plot; it comes back from the menu View", self.close_requested.emit)

    # Making the chart.

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint has come: the chart may be loaded."""
        if self.chart is None:
            QTimer.singleShot(0, self, self.load_chart)

    def load_chart(self) -> None:
        """Make the chart, unless it is there."""
        if self.chart is not None:
            return
        self.chart = self._make_chart()
        self.chart.place_pointed.connect(self._point_at)
        self.chart.place_chosen.connect(self._choose)
        self.chart.stepped.connect(self._step)
        self.chart.whole_requested.connect(self.show_whole)
        self.chart.view_taken.connect(self._keep_view)
        self.chart.detail_requested.connect(self.ask_detail)
        self.chart.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.chart.customContextMenuRequested.connect(self._open_menu)
        self._column.replaceWidget(self._room, self.chart)
        self._room.deleteLater()
        self.setFocusProxy(self.chart)
        if self.state is not None and self._theme is not None:
            for _ in range(2):  # the names of the axes take room, which changes what fits
                self._draw()
                lay_out_now(self)
            self._read(None)  # what the chart says the line above it need not

    def _draw(self) -> None:
        """Show the chart, a still of it until it is loaded, or in its place why there is nothing to show."""
        words = self.state.read(None).note if self.state.is_empty else ""
        self._hint.setText(words)
        self._hint.setVisible(bool(words))
        shown: Any = self._room if self.chart is None else self.chart
        shown.setVisible(not words)
        shown.apply(self.state, self._theme)

    def _make_chart(self) -> Any:
        module = importlib.import_module(f"bpstudio.plots.{self.kind.module}")
        return getattr(module, self.kind.chart)(f"{self.kind.name}-chart", self.kind.words)

    # Showing.

    def apply(self, state: PlotState, theme: Theme) -> None:
        """Show ``state``; the same again does nothing."""
        scale = text_scale()
        if state == self.state and theme == self._theme and scale == self._scale:
            return
        self.state, self._theme, self._scale = state, theme, scale
        self._draw()
        self._read(self._pointed)

    @property
    def _pointed(self) -> Any:
        return None if self.chart is None else self.chart.pointed

    def show_whole(self) -> None:
        """All of it in sight again, from now on."""
        if self.chart is not None and self.state is not None and self._theme is not None:
            self.chart.is_following = True
            self.chart.apply(self.state, self._theme)

    def ask_detail(self) -> None:
        """Ask for more points of the iterations in sight."""
        if isinstance(getattr(self.state, "end", None), int) and self.chart is not None:
            (left, right), _ = self.chart.ranges
            first, end = max(0, math.floor(left)), min(self.state.end, math.ceil(right) + 1)
            if end > first:
                self.detail_requested.emit(first, end)

    def _keep_view(self) -> None:
        """Who has zoomed or moved the view goes on seeing the same part."""
        self.chart.is_following = False

    # Pointing.

    def _point_at(self, place: Any) -> None:
        found = None if place is None or self.state is None else self.state.snapped(place)
        self.chart.point_at(found)
        self._read(found)

    def _step(self, by: int) -> None:
        if self.state is None:
            return
        found = self.state.neighbour(self.chart.pointed, by)
        self.chart.point_at(found)
        self._read(found)

    def _choose(self, place: Any) -> None:
        goal = None if self.state is None else self.state.goal(place)
        if goal is not None:
            self.iteration_requested.emit(goal)

    def _read(self, place: Any) -> None:
        if self.state is not None and self._theme is not None:
            self.bar.strip.show_readout(Readout("") if self.state.is_empty else self.state.read(place), self._theme)

    def _open_menu(self, place: QPoint) -> None:
        self.bar.menu.popup(self.chart.mapToGlobal(place))

    # Taking it elsewhere.

    def copy_numbers(self) -> None:
        """Put the numbers on the clipboard."""
        if self.state is not None:
            # As text, which spreadsheets part at tabs: a QMimeData made in Python and left on the clipboard crashes the exit.
            QGuiApplication.clipboard().setText(self.state.tsv)

    def figure(self, size: tuple[int, int] = FIGURE_SIZE) -> QWidget | None:
        """The plot with title and legend as a widget of its own, to be made a picture of; None before there is anything."""
        if self.state is None or self._theme is None:
            return None
        made = QWidget()
        made.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        column = QVBoxLayout(made)
        column.setContentsMargins(14, 12, 8, 8)
        column.setSpacing(4)
        title = QLabel()
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setText(self.state.title)
        as_heading(title)
        strip = ReadoutStrip("figure-legend")
        chart = self._make_chart()
        for widget, share in ((title, 0), (strip, 0), (chart, 1)):
            column.addWidget(widget, share)
        made.resize(*size)
        made.show()  # not on the screen: it must be laid out
        strip.show_readout(self.state.read(None), self._theme)
        for _ in range(2):  # the names of the axes take room, which changes what fits
            chart.apply(self.state, self._theme)
            lay_out_now(made)
        return made
