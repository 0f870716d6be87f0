"""Exporting from the window: from the key to the file, panels by their menus, choices that are remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.export import preview, widget_picture, window_export
from bpstudio.export.figure import build_figure
from bpstudio.export.picture import Painted, figure_bytes
from bpstudio.export.presets import Look
from bpstudio.export.window_export import export
from bpstudio.panels.export_dialog import ExportDialog
from bpstudio.plots.plot_panel import PlotPanel
from bpstudio.program.levels import Level
from bpstudio.viewstate.export_choices import ExportChoices, ExportFormat, RangeName, Subject
from bpstudio.viewstate.histogram_state import HistogramState
from bpstudio.viewstate.plots_state import LinesState
from bpstudio.viewstate.theme import Theme
from bpstudio.window import MainWindow
from tests.support.windows import session_of

Key = Qt.Key
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def dialog_of(window: MainWindow) -> ExportDialog:
    dialog = window.findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    return dialog


def answer(qtbot: QtBot, window: MainWindow, dialog: ExportDialog, path: Path) -> None:
    qtbot.keyClick(dialog, Key.Key_Return)
    target = window.findChild(QFileDialog, "export-target")
    assert isinstance(target, QFileDialog)
    target.fileSelected.emit(str(path))
    target.close()


def test_ctrl_e_writes_the_figure_of_this_moment(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.controller.seek_position(50)
    qtbot.keyClick(window, Key.Key_E, CTRL)
    dialog = dialog_of(window)
    qtbot.waitUntil(lambda: not dialog.preview.pixmap().isNull())
    assert "2200 × 1360" in dialog.words.text()
    answer(qtbot, window, dialog, tmp_path / "figure.png")
    window.work.document.background.finish()
    figure = build_figure(session_of(window), window.controller.options, window.controller.selection)
    expected = figure_bytes(figure, ExportFormat.PNG, Look(window.theme, scale=2.0))
    assert (tmp_path / "figure.png").read_bytes() == expected
    assert "figure.png" in window.status.currentMessage()


@pytest.mark.parametrize("subject", list(Subject))
def test_every_subject_has_a_preview_and_a_few_words(subject: Subject, qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_E, CTRL)
    dialog = dialog_of(window)
    before = session_of(window).position
    dialog.subject.setCurrentIndex(dialog.subject.findData(subject))
    with qtbot.waitSignal(dialog.choices_changed):
        pass
    image = dialog.preview.pixmap().toImage()
    assert len({image.pixel(x, y) for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)}) > 3
    assert any(letter.isdigit() for letter in dialog.words.text()) or "One picture" in dialog.words.text()
    assert session_of(window).position == before
    dialog.close()


def test_what_was_chosen_is_chosen_the_next_time(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    qtbot.keyClick(window, Key.Key_E, CTRL)
    dialog = dialog_of(window)
    dialog.subject.setCurrentIndex(dialog.subject.findData(Subject.STEPS))
    dialog.file_format.setCurrentIndex(dialog.file_format.findData(ExportFormat.HTML))
    dialog.range_name.setCurrentIndex(dialog.range_name.findData(RangeName.SAMPLE))
    (tmp_path / "films").mkdir()
    answer(qtbot, window, dialog, tmp_path / "films" / "x.html")
    qtbot.waitUntil((tmp_path / "films" / "x.html").exists)
    qtbot.waitUntil(lambda: window.findChild(ExportDialog) is None)
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Key.Key_E, CTRL)
    choices = dialog_of(window).choices
    assert (choices.subject, choices.file_format, choices.range_name) == (
        Subject.STEPS,
        ExportFormat.HTML,
        RangeName.SAMPLE,
    )
    assert window.settings.export_folder == str(tmp_path / "films")
    dialog_of(window).close()


def test_the_panel_with_the_focus_is_exported_by_its_key(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    window.outline.setFocus()
    qtbot.keyClick(window, Key.Key_E, CTRL | ALT)
    dialog = dialog_of(window)
    assert (dialog.choices.subject, dialog.choices.panel) == (Subject.PANEL, "Program")
    dialog.scale.setValue(1.0)
    answer(qtbot, window, dialog, tmp_path / "program.png")
    window.work.document.background.finish()
    image = QImage(str(tmp_path / "program.png"))
    assert image.size() == window.outline.size()


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_the_menu_of_a_panel_exports_and_copies_it(qtbot: QtBot, window: MainWindow) -> None:
    dock = window._docks["Program"]
    QApplication.sendEvent(
        dock, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), dock.mapToGlobal(QPoint(5, 5)))
    )
    menu = dock.findChild(QMenu, "panel-menu")
    assert isinstance(menu, QMenu)
    entries = {action.text().replace("&", ""): action for action in menu.actions()}
    assert list(entries) == ["Export this panel…", "Copy as picture", "Float", "Close"]
    assert all(action.statusTip() for action in entries.values())
    entries["Copy as picture"].trigger()
    assert QApplication.clipboard().image().size() == window.outline.size() * 2
    entries["Export this panel…"].trigger()
    assert dialog_of(window).choices.panel == "Program"
    dialog_of(window).close()
    menu.close()
    QApplication.clipboard().clear()


def test_a_panel_that_is_filled_when_it_is_seen_is_exported_filled(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.controller.seek_position(58)
    path = tmp_path / "matrices.svg"
    export(window, ExportChoices(Subject.PANEL, ExportFormat.SVG, panel="Matrices"), path)
    qtbot.waitUntil(path.exists)
    assert path.read_text().count("</text>") > 20


@pytest.mark.parametrize("file_format", [ExportFormat.PNG, ExportFormat.SVG, ExportFormat.PDF])
def test_a_panel_behind_others_comes_to_the_front_to_be_exported(
    file_format: ExportFormat, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.controller.seek_position(58)
    for title in ("Network", "Timeline", "Matrices", "Watches"):
        path = tmp_path / f"{title}.{file_format.value}"
        export(window, ExportChoices(Subject.PANEL, file_format, panel=title), path)
        qtbot.waitUntil(path.exists)
        assert path.stat().st_size > 500
    assert not window._docks["Watches"].widget().visibleRegion().isEmpty()


@pytest.mark.parametrize("title", ["Norms", "Units", "Histograms"])
def test_a_plot_behind_others_is_exported_when_it_is_measured(
    title: str, qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open("iris")
    window.controller.run_to(400)
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=20_000)
    panel = dict(window.open_panels())[title]
    assert isinstance(panel, PlotPanel)
    painted = []

    def paints(figure: QWidget, file_format: ExportFormat, scale: float) -> Painted:
        painted.append(iterations_in(panel.state))
        return widget_picture.painted_widget(figure, file_format, scale)

    monkeypatch.setattr(window_export, "painted_widget", paints)
    assert panel.visibleRegion().isEmpty()
    export(window, ExportChoices(Subject.PANEL, ExportFormat.PNG, panel=title), tmp_path / "plot.png")
    qtbot.waitUntil(lambda: bool(painted), timeout=20_000)
    assert painted == [set(range(401))]
    qtbot.waitUntil((tmp_path / "plot.png").exists)
    assert "written" in window.status.currentMessage()


def iterations_in(state: LinesState | HistogramState) -> set[float]:
    """The iterations with numbers in a plot."""
    if isinstance(state, HistogramState):
        return set(state.iterations.tolist())
    line = state.lines[0]
    return {line.at(index) for index in range(len(line.y))}


def test_a_preview_of_a_plot_behind_others_comes_to_show_all_of_it(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open("iris")
    window.controller.run_to(400)
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=20_000)
    norms = window.plots.norms
    shown: list[set[float]] = []

    def shows(figure: QWidget, theme: Theme) -> QImage:
        shown.append(iterations_in(norms.state))
        return preview.widget_preview(figure, theme)

    monkeypatch.setattr(window_export, "widget_preview", shows)
    qtbot.keyClick(window, Key.Key_E, CTRL)
    dialog = dialog_of(window)
    dialog.subject.setCurrentIndex(dialog.subject.findData(Subject.PANEL))
    dialog.panel.setCurrentIndex(dialog.panel.findData("Norms"))
    qtbot.waitUntil(lambda: bool(shown) and shown[-1] == set(range(401)), timeout=20_000)
    qtbot.waitUntil(lambda: not dialog.preview.pixmap().isNull())
    dialog.close()


def test_a_worked_solution_is_written_in_slices_and_the_run_stays_where_it_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.controller.seek_position(58)
    end = session_of(window).program.iteration_start(1)
    choices = ExportChoices(Subject.WORKED, ExportFormat.TEX, end=end, level=Level.OPERATION)
    export(window, choices, tmp_path / "x.tex")
    qtbot.waitUntil(lambda: "168 operations" in window.status.currentMessage())  # the file is there a moment earlier
    assert (tmp_path / "x.tex").exists()
    assert session_of(window).position == 58


def test_an_error_is_one_sentence_in_a_box(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    export(window, ExportChoices(), tmp_path / "nowhere" / "x.png")
    window.work.document.background.finish()
    box = window.findChild(QMessageBox, "problem")
    assert isinstance(box, QMessageBox)
    assert "could not be written" in box.text()
    box.close()
