"""Exporting from the window: the dialog with its preview, where to, the work in slices, the clipboard, menus of panels."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from bpstudio.errors import BpstudioError
from bpstudio.export.figure import build_figure
from bpstudio.export.jobs import offered_formats, painted_file, range_job
from bpstudio.export.picture import Painted, copy_image, figure_image, write_figure
from bpstudio.export.presets import Look, look
from bpstudio.export.preview import amount, figure_preview, widget_preview, worked_preview
from bpstudio.export.widget_picture import painted_widget, widget_image
from bpstudio.look.fields import write_decimals
from bpstudio.panels.dialogs import ask_export_target, show_problem
from bpstudio.panels.export_dialog import ExportDialog, ExportOffers
from bpstudio.plots.plot_panel import PlotPanel
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import (
    ExportChoices,
    ExportFormat,
    PresetName,
    RangeName,
    Subject,
    choices_from_text,
    choices_to_text,
)
from bpstudio.window import MainWindow

FAILED = "This could not be exported"
SHOWN_MS = 8000
FILLED_MS = 150
"""By then a panel that has come to the front shows what it has to show, or has begun to measure it."""
AGAIN_MS = 200
"""How often one looks whether a plot is measured."""


def ask(window: MainWindow, panel: str = "") -> ExportDialog | None:
    """Open the dialog, at a panel if one is named; None while nothing is open."""
    session = window.controller.session
    if session is None:
        window.status.showMessage("Open a run first: there is nothing to export.", SHOWN_MS)
        return None
    window.controller.pause()
    kept = choices_from_text(window.settings.export_choices)
    kept = replace(kept, level=window.controller.options.level)
    if panel:
        kept = replace(kept, subject=Subject.PANEL, panel=panel).with_format_offered()
    dialog = ExportDialog(window, kept, _offers(window, session))
    for box in (dialog.scale, dialog.seconds):
        write_decimals(box, window.controller.options.decimal_comma)
    dialog.choices_changed.connect(lambda choices: _preview(window, dialog, choices))
    dialog.export_requested.connect(lambda choices: _ask_target(window, choices))
    dialog.show()
    return dialog


def _offers(window: MainWindow, session: Session) -> ExportOffers:
    program, position = session.program, session.position
    sample, iteration = program.span(position, Level.SAMPLE), program.span(position, Level.ITERATION)
    presets = {name: look(name) for name in PresetName}
    return ExportOffers(
        {subject: offered_formats(subject) for subject in Subject},
        [title for title, _ in window.open_panels()],
        {
            RangeName.SAMPLE: (sample.start, sample.end),
            RangeName.ITERATION: (iteration.start, iteration.end),
            RangeName.POSITIONS: (position, program.next_boundary(position, Level.PASS)),
        },
        {name: found.size for name, found in presets.items()},
        {
            name: 2.0 if found.scale == 1.0 and name is not PresetName.SLIDE else found.scale
            for name, found in presets.items()
        },
    )


def _preview(window: MainWindow, dialog: ExportDialog, choices: ExportChoices) -> None:
    """Show what is chosen; of a plot that is not measured yet what there is, and the whole of it when there is more."""

    def show() -> None:
        if dialog.choices == choices:
            _show_preview(window, dialog, choices)

    _when_filled(window, dialog, choices, show, lambda _words: show())


def _show_preview(window: MainWindow, dialog: ExportDialog, choices: ExportChoices) -> None:
    session, controller = window.controller.session, window.controller
    if session is None:
        return
    theme, view = window.theme, controller.options
    try:
        widget = _widget(window, choices)
        words = amount(session, choices, theme, widget, view.numbers)
        if widget is not None:
            image = widget_preview(widget, theme)
        elif choices.subject is Subject.WORKED:
            image = worked_preview(session, choices, view, theme)
        else:
            image = figure_preview(session, choices, view, theme, controller.selection)
    except BpstudioError as error:
        dialog.show_refusal(str(error))
        return
    dialog.show_preview(image, words)


def _widget(window: MainWindow, choices: ExportChoices) -> QWidget | None:
    """What of the window is exported: a panel, all of it, or nothing."""
    if choices.subject is Subject.WINDOW:
        return window
    if choices.subject is not Subject.PANEL:
        return None
    return _panel(window, choices.panel)


def _panel(window: MainWindow, title: str) -> QWidget | None:
    """An open panel; of a plot its figure, with title and legend, which in the window stand in its dock's bar."""
    widget = dict(window.open_panels()).get(title)
    if isinstance(widget, PlotPanel):
        return window.plots.figure(widget) or widget
    return widget


def _ask_target(window: MainWindow, choices: ExportChoices) -> None:
    window.settings.export_choices = choices_to_text(choices)
    folder = window.settings.export_folder

    def chosen(text: str) -> None:
        path = Path(text)
        window.settings.export_folder = str(path.parent)
        export(window, choices, path)

    ask_export_target(window, choices, folder, _name(window, choices), chosen)


def _name(window: MainWindow, choices: ExportChoices) -> str:
    """A name for the file: the run's, and where it was taken."""
    session = window.controller.session
    title = "" if session is None else session.spec.title
    words = "".join(letter if letter.isalnum() else " " for letter in title.partition(":")[0].lower()).split()
    place = (
        f"at-{session.position}" if session is not None and choices.subject is Subject.FIGURE else choices.subject.value
    )
    if choices.subject is Subject.PANEL:
        place = "-".join(choices.panel.lower().split())
    return "-".join([*words[:5], place])


def _chosen_panel(window: MainWindow, choices: ExportChoices) -> QWidget | None:
    """The panel to be exported as it stands in the window, a plot in its dock too; None if none is, or it is closed."""
    return dict(window.open_panels()).get(choices.panel) if choices.subject is Subject.PANEL else None


def _when_filled(
    window: MainWindow,
    asker: QObject,
    choices: ExportChoices,
    then: Callable[[], None],
    meanwhile: Callable[[str], None],
) -> None:
    """Call ``then`` when the panel to be exported shows all it has to show: others are at once what they are.

    Only in sight it is laid out, filled and measured, so it is brought before those it may stand behind. ``meanwhile`` is
    called now and then with what is waited for; nothing is called any more when ``asker`` is gone.
    """
    panel = _chosen_panel(window, choices)
    dock = None if panel is None else panel.parentWidget()
    if isinstance(dock, QDockWidget):
        dock.raise_()
        if window.tabifiedDockWidgets(dock):
            QTimer.singleShot(FILLED_MS, asker, lambda: _when_measured(window, asker, choices, then, meanwhile))
            return
    _when_measured(window, asker, choices, then, meanwhile)


def _when_measured(
    window: MainWindow,
    asker: QObject,
    choices: ExportChoices,
    then: Callable[[], None],
    meanwhile: Callable[[str], None],
) -> None:
    panel = _chosen_panel(window, choices)
    words = window.plots.awaited(panel) if isinstance(panel, PlotPanel) else ""
    if words:
        meanwhile(words)
        QTimer.singleShot(AGAIN_MS, asker, lambda: _when_measured(window, asker, choices, then, meanwhile))
    else:
        then()


def export(window: MainWindow, choices: ExportChoices, path: Path) -> None:
    """Do one export and say in the status line what was written; errors get one sentence.

    A panel behind others is exported when it has come to the front and is filled, a plot when it is measured.
    """
    title = choices.panel
    _when_filled(
        window,
        window,
        choices,
        lambda: _export_now(window, choices, path),
        lambda words: window.status.showMessage(f"{title} will be written: {words}", SHOWN_MS),
    )


def _export_now(window: MainWindow, choices: ExportChoices, path: Path) -> None:
    try:
        _export(window, choices, path)
    except BpstudioError as error:
        show_problem(window, FAILED, str(error))


def _export(window: MainWindow, choices: ExportChoices, path: Path) -> None:
    controller = window.controller
    session = controller.session
    if session is None:
        window.status.showMessage("nothing is open", SHOWN_MS)
        return
    widget = _widget(window, choices)
    if choices.subject in (Subject.STEPS, Subject.WORKED):
        job = range_job(session, path, choices, controller.options, window.theme)

        def finished() -> None:
            controller.show()
            window.status.showMessage(job.words, SHOWN_MS)

        controller.start_job(job, finished)
    elif widget is not None:
        _write_beside(window, painted_widget(widget, choices.file_format, choices.scale or 1.0), path)
    elif choices.subject is Subject.PANEL:
        window.status.showMessage(f"the panel {choices.panel} is not open", SHOWN_MS)
    else:
        painted = painted_file(session, choices, controller.options, window.theme, controller.selection)
        _write_beside(window, painted, path)


def _write_beside(window: MainWindow, painted: Painted, path: Path, title: str = FAILED) -> None:
    """Make the file of what has been painted, and write it, while the window goes on; say when it is there, or why not."""

    def written(error: object) -> None:
        if error is None:
            window.status.showMessage(f"written: {path}", SHOWN_MS)
        else:
            show_problem(window, title, str(error))

    window.work.document.background.submit(lambda: write_figure(path, painted()), written)


def copy_figure(window: MainWindow) -> None:
    """Put the figure of now on the clipboard, twice its size."""
    session = window.controller.session
    if session is not None:
        figure = build_figure(session, window.controller.options, window.controller.selection)
        copy_image(figure_image(figure, Look(window.theme, scale=2.0)))
        window.status.showMessage("The figure is on the clipboard.", 5000)


def copy_panel(window: MainWindow, title: str) -> None:
    """Put a panel on the clipboard as it stands, twice its size."""
    widget = _panel(window, title)
    if widget is not None:
        copy_image(widget_image(widget, 2.0))
        window.status.showMessage(f"The panel {title} is on the clipboard.", 5000)


def save_plot(window: MainWindow, plot: QWidget, path: Path) -> None:
    """Write a plot as a picture: an SVG or PDF if its name says so, else a PNG twice its size."""
    formats = {".svg": ExportFormat.SVG, ".pdf": ExportFormat.PDF}
    try:
        painted = painted_widget(plot, formats.get(path.suffix.lower(), ExportFormat.PNG), 2.0)
    except BpstudioError as error:
        show_problem(window, "This could not be saved", str(error))
        return
    _write_beside(window, painted, path, "This could not be saved")


def copy_plot(window: QMainWindow, plot: QWidget) -> None:
    """Put a plot on the clipboard, twice its size."""
    copy_image(widget_image(plot, 2.0))
    window.statusBar().showMessage("The plot is on the clipboard.", SHOWN_MS)
