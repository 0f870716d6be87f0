"""The plots of the window: their docks at the bottom, what each shows, and their wishes. Only what is in sight is computed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QFileDialog, QMainWindow, QMenu, QWidget

from bpstudio.controller.measuring import Measuring
from bpstudio.controller.moments import MomentChoices, Moments, nudged_by
from bpstudio.controller.run_controller import RunController
from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import MINUS
from bpstudio.look.file_dialogs import file_dialog
from bpstudio.look.text_size import text_scale
from bpstudio.model.address import Address
from bpstudio.plots.plot_panel import PlotKind, PlotPanel, PlotState
from bpstudio.records import dataclass
from bpstudio.session.looks import Direction
from bpstudio.session.measures import Group, Spread
from bpstudio.session.recorder import Table
from bpstudio.session.session import Session
from bpstudio.viewstate.run_plots import Choices, Norm, accuracy_state, loss_state, norms_state, units_state
from bpstudio.viewstate.smoothing import MovingMean
from bpstudio.viewstate.theme import LIGHT, Theme
from bpstudio.window_actions import PLOTS, Actions

EPSILONS = ("1", "0.1", "0.01", "0.001", "0.0001", "1e-5", "1e-6")
SMALLEST_EPSILON, LARGEST_EPSILON = 1e-12, 1e6
SMOOTHING = (0, 5, 10, 20, 50, 100, 200, 500, 1000)
FILTERS = {"Pictures (*.png)": "png", "Vector graphics (*.svg)": "svg", "Pages (*.pdf)": "pdf"}
DOCK_HEIGHT = 140
PLAYING_SECONDS = 0.15
"""How old a plot may get while the run is playing: drawing it takes as long as a hundred iterations of a small network."""
LEAST_REST = 12.0
"""And at least so many times as long as it took."""
LINES = ("line_chart", "LineChart")
MEASURING = "measuring the past"
LOSS = PlotKind("loss-plot", "Loss", "Loss of each iteration", *LINES)
ACCURACY = PlotKind("accuracy-plot", "Accuracy", "Share of rows classified right, over the iterations", *LINES)
NORMS = PlotKind("norms-plot", "Norms", "Size of gradients and updates of each layer, over the iterations", *LINES)
UNITS = PlotKind("units-plot", "Units", "Dead and saturated units of each layer, over the iterations", *LINES)
HISTOGRAMS = PlotKind(
    "histograms-plot",
    "Histograms",
    "How the values of a layer are spread, over the iterations",
    "histogram_chart",
    "HistogramChart",
)
CONFUSION = PlotKind(
    "confusion-plot", "Confusion", "Which class was taken for which", "confusion_chart", "ConfusionChart"
)
BOUNDARY = PlotKind(
    "boundary-plot", "Boundary", "Decision boundary in the plane of two inputs", "boundary_chart", "BoundaryChart"
)
SLOPE = PlotKind("slope-plot", "Slope", "Loss along the gradient, with its tangent", "slope_chart", "SlopeChart")


@dataclass(frozen=True, slots=True)
class Pictures:
    """What the composition root lends: write a widget to a file, and put one on the clipboard."""

    save: Callable[[QMainWindow, QWidget, Path], None]
    copy: Callable[[QMainWindow, QWidget], None]


class PlotPanels(QObject):
    """Makes the panels and their docks; ``apply`` shows what is in sight."""

    def __init__(self, window: QMainWindow, controller: RunController, pictures: Pictures) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._pictures = pictures
        self._theme: Theme = LIGHT
        self._is_playing = False
        self._rests_until = 0.0
        self._mean = MovingMean()
        self.choices = Choices()
        self._moment = MomentChoices()
        self.measuring = Measuring(lambda: controller.is_running or controller.long_move.is_under_way, self)
        self.measuring.changed.connect(self._show)
        self.loss = self._loss_panel()
        self.accuracy = PlotPanel(ACCURACY)
        self.norms = self._norms_panel()
        self.units = PlotPanel(UNITS)
        self.histograms = self._histograms_panel()
        self.confusion = PlotPanel(CONFUSION)
        self.boundary = PlotPanel(BOUNDARY)
        self.slope = self._slope_panel()
        self._moments = Moments(controller, self.measuring)
        self.docks: dict[str, QDockWidget] = {}
        self._builders: dict[PlotPanel, Callable[[Session], PlotState]] = {
            self.loss: self._loss_state,
            self.accuracy: self._accuracy_state,
            self.norms: self._norms_state,
            self.units: self._units_state,
            self.histograms: lambda session: self._moments.histogram(session, self._moment, self._is_playing),
            self.confusion: lambda session: self._moments.confusion(session, self._is_playing),
            self.boundary: lambda session: self._moments.boundary(session, self._is_playing),
            self.slope: self._slope_state,
        }
        self._in_sight: set[PlotPanel] = set()
        controller.session_opened.connect(self._open_session)
        for panel in self._builders:
            self._connect(panel)

    # Making.

    def _loss_panel(self) -> PlotPanel:
        panel = PlotPanel(LOSS)
        texts = ["not smoothed", *(f"mean of {count:,}" for count in SMOOTHING[1:])]
        tip = "Smooth the loss: show the mean of so many iterations before it"
        panel.bar.add_combo("smoothing", tip, texts, lambda index: self.choose(smoothing=SMOOTHING[index]))
        panel.bar.add_box(
            "log-axis", "&log", "Show the loss on a logarithmic axis", False, lambda on: self.choose(is_loss_log=on)
        )
        return panel

    def _norms_panel(self) -> PlotPanel:
        panel = PlotPanel(NORMS)
        norms = list(Norm)
        tip = "What is shown of each layer"
        panel.bar.add_combo("norm", tip, [n.value for n in norms], lambda index: self.choose(norm=norms[index]))
        panel.bar.add_box(
            "norm-log-axis", "&log", "Show norms on a logarithmic axis", True, lambda on: self.choose(is_norm_log=on)
        )
        return panel

    def _histograms_panel(self) -> PlotPanel:
        panel = PlotPanel(HISTOGRAMS)
        kinds = list(Spread)
        names = [spread.value for spread in kinds]
        panel.bar.add_combo("spread", "Which values", names, lambda index: self._choose_moment(spread=kinds[index]))
        self._layers = panel.bar.add_combo(
            "spread-layer", "Of which layer", [], lambda index: self._choose_moment(layer=index + 1)
        )
        return panel

    def _slope_panel(self) -> PlotPanel:
        panel = PlotPanel(SLOPE)
        ways = list(Direction)
        names = [*(way.value for way in ways), "one number"]
        tip = "Along what the loss is looked at"
        self._along = panel.bar.add_combo(
            "direction",
            tip,
            names,
            lambda index: self._choose_moment(direction=ways[index] if index < len(ways) else None, nudged=None),
        )
        words = "By how much the number is nudged, ε"
        self._nudge = panel.bar.add_combo(
            "epsilon", words, [f"ε = {text}" for text in EPSILONS], lambda index: self._choose_epsilon(EPSILONS[index])
        )
        self._nudge.setEditable(True)
        self._nudge.setInsertPolicy(self._nudge.InsertPolicy.NoInsert)
        self._nudge.setCurrentText(f"ε = {MomentChoices().epsilon}")
        self._nudge.setMinimumContentsLength(9)
        field = self._nudge.lineEdit()
        if field is not None:
            field.setAccessibleName(words)
            field.editingFinished.connect(lambda: self._choose_epsilon(self._nudge.currentText()))
        panel.bar.offer(self._nudge, False)
        return panel

    def _choose_epsilon(self, text: str) -> None:
        """A number that is not 0; anything else leaves what was."""
        try:
            found = float(text.rpartition("=")[2].replace(MINUS, "-").replace(",", "."))
        except ValueError:
            found = 0.0
        if SMALLEST_EPSILON <= abs(found) <= LARGEST_EPSILON and found != self._moment.epsilon:
            self._choose_moment(epsilon=found)
        self._write_epsilon()

    def _write_epsilon(self) -> None:
        """How far a number is nudged, in digits enough for any that is chosen."""
        numbers = self._controller.options.numbers.significant(6)
        for index, text in enumerate(EPSILONS):
            self._nudge.setItemText(index, f"ε = {numbers.format(float(text))}")
        self._nudge.setCurrentText(f"ε = {numbers.format(self._moment.epsilon)}")

    def test_number(self, address: Address | None = None, sample: int | None = None) -> None:
        """Nudge a number, or what is selected or was just written, on the spot; the plot shows it."""
        session, nudged = self._controller.session, None
        if session is None:
            return
        found = None if address is None else nudged_by(address)
        if found is not None:
            nudged = (found, (session.progress.sample or 0) if sample is None else sample)
        elif self._moments.at_hand(session) is None:
            self._controller.message_shown.emit(
                "Select a unit, an edge or a bias, or run an operation, and test again."
            )
            return
        self._along.setCurrentIndex(self._along.count() - 1)
        self._choose_moment(direction=None, nudged=nudged)

    def _choose_moment(self, **changes: object) -> None:
        self._moment = replace(self._moment, **changes)  # type: ignore[arg-type]
        self.slope.bar.offer(self._nudge, self._moment.direction is None)
        self._show_again()

    def _connect(self, panel: PlotPanel) -> None:
        panel.iteration_requested.connect(self._controller.seek_iteration)
        panel.detail_requested.connect(self.measuring.refine)
        panel.save_requested.connect(partial(self._ask_target, panel))
        panel.picture_requested.connect(partial(self._copy, panel))

    def fill_docks(self, dock: Callable[[str, QWidget, Qt.DockWidgetArea], QDockWidget]) -> None:
        """Put each panel into a dock at the bottom, one behind the other; the loss comes first."""
        for panel in self._builders:
            made = dock(panel.kind.title, panel, Qt.DockWidgetArea.BottomDockWidgetArea)
            made.setTitleBarWidget(panel.bar)
            made.visibilityChanged.connect(partial(self._set_in_sight, panel))
            made.topLevelChanged.connect(panel.bar.title.setVisible)
            panel.float_requested.connect(lambda d=made: d.setFloating(not d.isFloating()))
            panel.close_requested.connect(made.close)
            if self.docks:
                self._window.tabifyDockWidget(next(iter(self.docks.values())), made)
            self.docks[panel.kind.title] = made
        self.docks[self.loss.kind.title].raise_()

    def others(self, docks: Mapping[str, QDockWidget]) -> list[QDockWidget]:
        """The docks that hold no plot; plots have a menu of their own."""
        return [dock for dock in docks.values() if dock not in self.docks.values()]

    def fill_menu(self, actions: Actions, view: QMenu, go: Callable[[str], object]) -> None:
        """Put a menu of the plots before that of the panels."""
        menu = QMenu("P&lots", view)
        for title, spec in PLOTS.items():
            actions.add(spec, partial(go, title), menu)
        before = next((a for a in view.actions() if a.text() == "&Go to panel"), None)
        if before is None:
            view.addMenu(menu)
        else:
            view.insertMenu(before, menu)

    def size_docks(self) -> None:
        """As high as at first."""
        first = self.docks[self.loss.kind.title]
        self._window.resizeDocks([first], [round(DOCK_HEIGHT * text_scale())], Qt.Orientation.Vertical)

    # Showing.

    def _set_in_sight(self, panel: PlotPanel, is_visible: bool) -> None:
        if is_visible:
            self._in_sight.add(panel)
            self._show_again()
        else:
            self._in_sight.discard(panel)
            self._look()

    def _open_session(self, session: Session) -> None:
        self.measuring.reset(session)
        self._moments.forget()
        self._moment = replace(self._moment, layer=1, nudged=None)
        self._name_layers(session)

    def _name_layers(self, session: Session) -> None:
        """Call the layers to choose from as the notation does."""
        names = notation(self._controller.options.notation, session.spec)
        texts = [names.layer_name(layer) for layer in range(1, session.spec.network.depth + 1)]
        if texts != [self._layers.itemText(index) for index in range(self._layers.count())]:
            self._layers.clear()
            self._layers.addItems(texts)
            self._layers.setCurrentIndex(self._moment.layer - 1)

    def choose(self, **changes: object) -> None:
        """Show the run otherwise; the names are those of Choices."""
        self.choices = replace(self.choices, **changes)  # type: ignore[arg-type]
        self._show_again()

    def _show_again(self) -> None:
        self._look()
        self._show()

    def apply(self, theme: Theme, is_playing: bool) -> None:
        """Show the run as it stands now."""
        now, is_same = time.perf_counter(), theme == self._theme and is_playing == self._is_playing
        if is_playing and is_same and now < self._rests_until:
            return
        self._theme, self._is_playing = theme, is_playing
        self._look()
        self._show()
        end = time.perf_counter()
        self._rests_until = end + max(PLAYING_SECONDS, LEAST_REST * (end - now))

    def _look(self) -> None:
        groups = dict.fromkeys(group for panel in self._in_sight for group in self._groups(panel))
        self.measuring.look(tuple(groups), self._is_playing)

    def _show(self) -> None:
        session = self._controller.session
        if session is None or self.measuring.measurer is None or self.measuring.measurer.session is not session:
            return
        options = self._controller.options
        if self.choices.notation is not options.notation:
            self._name_layers(session)
        if (self.choices.notation, self.choices.numbers) != (options.notation, options.numbers):
            self.choices = replace(self.choices, notation=options.notation, numbers=options.numbers)
            self._write_epsilon()
        for panel in tuple(self._in_sight):
            panel.apply(self._builders[panel](session), self._theme)

    def _groups(self, panel: PlotPanel) -> Sequence[Group]:
        session = self._controller.session
        if panel is self.loss:
            has_held_out = session is not None and session.spec.dataset.held_out_inputs.shape[0] > 0
            return (Group.QUALITY,) if has_held_out else ()
        groups = {
            self.accuracy: (Group.QUALITY,),
            self.norms: (Group.NORMS,),
            self.units: (Group.UNITS,),
            self.histograms: (Group.SPREAD,),
        }
        return groups.get(panel, ())

    def awaited(self, panel: PlotPanel) -> str:
        """What a panel in sight still waits for, in words; empty when it shows all there is."""
        is_waiting = panel in self._in_sight and self.measuring.is_under_way and self._groups(panel)
        return (self._progress or MEASURING) if is_waiting else ""

    @property
    def _progress(self) -> str:
        share = self.measuring.progress
        return "" if share >= 1.0 or self._is_playing else f"{MEASURING}: {share:.0%}"

    def _loss_state(self, session: Session) -> PlotState:
        measurer = self.measuring.measurer
        table = None if measurer is None else measurer.table(Group.QUALITY)
        compared = self._controller.branching.compared
        return loss_state(session, table, self.choices, self._mean, compared)

    def _accuracy_state(self, session: Session) -> PlotState:
        return accuracy_state(session, self._table(Group.QUALITY), self.choices, self._progress)

    def _norms_state(self, session: Session) -> PlotState:
        return norms_state(session, self._table(Group.NORMS), self.choices, self._progress)

    def _units_state(self, session: Session) -> PlotState:
        return units_state(session, self._table(Group.UNITS), self.choices, self._progress)

    def _slope_state(self, session: Session) -> PlotState:
        make = self._moments.nudge if self._moment.direction is None else self._moments.slope
        return make(session, self._moment, self._is_playing)

    def _table(self, group: Group) -> Table:
        if self.measuring.measurer is None:
            raise RuntimeError("no run is open")
        return self.measuring.measurer.table(group)

    # Pictures.

    def _ask_target(self, panel: PlotPanel) -> None:
        dialog = file_dialog(self._window, f"Save the plot {panel.kind.title}")
        dialog.setObjectName("save-plot")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([*FILTERS])
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix(FILTERS[text]))
        dialog.selectFile(f"{panel.kind.name}.png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save(panel, Path(path)))
        dialog.show()

    def save(self, panel: PlotPanel, path: Path) -> None:
        """Write the plot as a picture, PNG, SVG or PDF by the name of the file."""
        figure = self.figure(panel)
        if figure is not None:
            self._pictures.save(self._window, figure, path)

    def figure(self, panel: PlotPanel) -> QWidget | None:
        """The plot as it is now, in sight or not, with title and legend; it lasts until the event loop has its turn."""
        session = self._controller.session
        if session is not None:
            panel.apply(self._builders[panel](session), self._theme)
        figure = panel.figure()
        if figure is not None:
            figure.deleteLater()
        return figure

    def _copy(self, panel: PlotPanel) -> None:
        figure = self.figure(panel)
        if figure is not None:
            self._pictures.copy(self._window, figure)
