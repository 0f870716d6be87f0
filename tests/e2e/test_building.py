"""From nothing to a trained network of one's own in the real window, by mouse and keys alone: no manual, no file, no code."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.files.run_file import open_run
from bpstudio.intents import Gauge
from bpstudio.model.address import parse_address
from bpstudio.panels.build_panel import BuildPanel
from bpstudio.panels.data_panel import DataPanel
from bpstudio.panels.edit_dialogs import NumberDialog
from bpstudio.window import MainWindow
from tests.support.windows import session_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def data_of(window: MainWindow) -> DataPanel:
    assert window.builds.data is not None
    return window.builds.data


def build_of(window: MainWindow) -> BuildPanel:
    assert window.builds.build is not None
    return window.builds.build


def child(parent: QWidget, kind: type[QWidget], name: str) -> QWidget:
    found = parent.findChild(kind, name)
    assert isinstance(found, QWidget)
    return found


def type_into(qtbot: QtBot, field: QWidget, text: str) -> None:
    assert isinstance(field, QLineEdit)
    field.setFocus()
    qtbot.keyClick(field, Key.Key_A, CTRL)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Tab)


def places(count: int, centre: tuple[float, float], numbers: random.Random) -> list[tuple[float, float]]:
    """Places around a centre that are not near each other: a click near a point would choose it."""
    found: list[tuple[float, float]] = []
    while len(found) < count:
        x, y = centre[0] + numbers.uniform(-0.55, 0.55), centre[1] + numbers.uniform(-0.55, 0.55)
        if all(abs(x - a) > 0.13 or abs(y - b) > 0.13 for a, b in found):
            found.append((x, y))
    return found


def paint_thirty(qtbot: QtBot, window: MainWindow) -> None:
    """Clear what is there and paint two clouds of fifteen, class by class."""
    data = data_of(window)
    painter, numbers = data.points.painter, random.Random(3)
    qtbot.mouseClick(child(data, QToolButton, "data-clear"), LEFT)
    for kind, centre in enumerate(((-0.55, -0.5), (0.55, 0.5))):
        qtbot.mouseClick(child(data, QToolButton, f"kind-{kind}"), LEFT)
        for x, y in places(15, centre, numbers):
            qtbot.mouseClick(painter, LEFT, pos=painter.place(x, y).toPoint())


def test_from_nothing_to_a_trained_network(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_N, CTRL)
    assert session_of(window).spec.network.sizes == (2, 2, 1)
    qtbot.keyClick(window, Key.Key_F8)
    paint_thirty(qtbot, window)
    dataset = session_of(window).spec.dataset
    assert dataset.count == 30
    assert dataset.targets[:, 0].tolist() == [0.0] * 15 + [1.0] * 15
    qtbot.keyClick(window, Key.Key_F7)
    type_into(qtbot, child(build_of(window), QLineEdit, "layer-0-units"), "6")
    assert session_of(window).spec.network.sizes == (2, 6, 1)
    assert session_of(window).spec.dataset == dataset
    window.controller.playback.set_gauge(Gauge.FULL_SPEED)
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Key.Key_Space)
    qtbot.waitUntil(lambda: session_of(window).iteration > 300, timeout=20_000)
    qtbot.keyClick(window, Key.Key_F6)
    session = session_of(window)
    assert not window.controller.is_running
    assert session.tape.value("loss") < 0.1
    hidden = np.tanh(dataset.inputs @ session.array("w[1]").T + session.array("b[1]"))
    said = hidden @ session.array("w[2]").T + session.array("b[2]") > 0.0
    assert (said == (dataset.targets > 0.5)).all()


def test_every_click_and_letter_is_taken_back_and_made_again(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_N, CTRL)
    qtbot.keyClick(window, Key.Key_F8)
    painter = data_of(window).points.painter
    qtbot.mouseClick(painter, LEFT, pos=painter.place(0.9, -0.9).toPoint())
    qtbot.keyClick(window, Key.Key_F7)
    type_into(qtbot, child(build_of(window), QLineEdit, "layer-0-units"), "12")
    sizes = [session_of(window).spec.network.sizes, session_of(window).spec.dataset.count]
    assert sizes == [(2, 12, 1), 3]
    window.canvas.setFocus()
    qtbot.keyClick(window, Key.Key_Z, CTRL)
    assert session_of(window).spec.network.sizes == (2, 2, 1)
    qtbot.keyClick(window, Key.Key_Z, CTRL)
    assert session_of(window).spec.dataset.count == 2
    assert painter.points is not None
    qtbot.keyClick(window, Key.Key_Z, CTRL | SHIFT)
    qtbot.keyClick(window, Key.Key_Z, CTRL | SHIFT)
    assert [session_of(window).spec.network.sizes, session_of(window).spec.dataset.count] == sizes


def test_a_run_comes_back_from_a_change_with_all_it_had_learnt(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    window.controller.run_to(200)
    qtbot.waitUntil(lambda: not window.controller.is_running)
    bits, position = session.array("w[1]").tobytes(), session.position
    qtbot.keyClick(window, Key.Key_F7)
    qtbot.mouseClick(child(build_of(window), QPushButton, "build-add"), LEFT)
    assert session_of(window).iteration == 0
    window.canvas.setFocus()
    qtbot.keyClick(window, Key.Key_Z, CTRL)
    assert session_of(window) is session
    assert (session.position, session.array("w[1]").tobytes()) == (position, bits)


def test_typing_in_the_form_keeps_the_focus_while_the_canvas_changes(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_F7)
    line = child(build_of(window), QLineEdit, "layer-0-units")
    line.setFocus()
    qtbot.keyClick(line, Key.Key_A, CTRL)
    qtbot.keyClicks(line, "5")
    qtbot.waitUntil(lambda: session_of(window).spec.network.sizes == (2, 5, 2, 1))
    assert QApplication.focusWidget() is line
    assert window.canvas.state is not None
    assert window.canvas.state.columns[1].caption.startswith("5 units")


def test_a_double_click_on_an_edge_or_an_input_asks_for_its_number(qtbot: QtBot, window: MainWindow) -> None:
    session = session_of(window)
    for address in ("w[1][1,0]", "a[0][1]"):
        place = place_of(window, address)
        qtbot.mouseDClick(window.canvas, LEFT, pos=place)
        dialog = window.findChild(NumberDialog)
        assert dialog is not None
        assert window.controller.symbol(parse_address(address)) in dialog.windowTitle()
        type_into(qtbot, dialog.field, "0.75")
        qtbot.keyClick(dialog.field, Key.Key_Return)
        qtbot.waitUntil(lambda: window.findChild(NumberDialog) is None)
    assert session.array("w[1]")[1, 0] == 0.75
    assert session.spec.dataset.inputs[0, 1] == 0.75
    qtbot.mouseDClick(window.canvas, LEFT, pos=place_of(window, "a[1][0]"))
    assert window.findChild(NumberDialog) is None


def place_of(window: MainWindow, address: str) -> QPoint:
    """The first place on the canvas where this number is."""
    for y in range(0, window.canvas.height(), 5):
        for x in range(0, window.canvas.width(), 5):
            if str(window.canvas.address_at(QPointF(x, y))) == address:
                return QPoint(x, y)
    raise LookupError(address)


@pytest.mark.parametrize("name", ["blank", "xor", "two-layers", "classifier", "classes", "regression"])
def test_every_template_opens_from_the_menu(qtbot: QtBot, window: MainWindow, name: str) -> None:
    action = next(
        a for menu in window.findChildren(QMenu) for a in menu.actions() if a.objectName() == f"template-{name}"
    )
    action.trigger()
    session = session_of(window)
    assert session.spec.title in window.windowTitle()
    first = session.tape.value("loss")
    session.seek(iteration=400)
    assert session.tape.value("loss") < first


def test_how_a_run_starts_is_written_as_a_run_file_that_starts_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    qtbot.keyClick(window, Key.Key_N, CTRL)
    qtbot.keyClick(window, Key.Key_E, CTRL | SHIFT)
    dialog = window.findChild(QFileDialog, "save-run-dialog")
    assert dialog is not None
    path = tmp_path / "mine.json"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    window.controller.background.finish()
    assert json.loads(path.read_text(encoding="utf-8"))["title"] == "My network"
    assert open_run(path) == session_of(window).start_spec


def test_data_written_as_csv_come_back_by_import(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open("moons")
    qtbot.keyClick(window, Key.Key_F8)
    dataset = session_of(window).spec.dataset
    window.builds.write_csv(str(tmp_path / "rows.tsv"))
    window.controller.background.finish()
    window.builds.read_csv(str(tmp_path / "rows.tsv"))
    dialog = window.findChild(QWidget, "import-data")
    assert dialog is not None
    qtbot.mouseClick(child(dialog, QWidget, "import-standardise"), LEFT, pos=QPoint(8, 8))
    preview = child(dialog, QWidget, "import-preview")
    preview.selectColumn(3)  # type: ignore[attr-defined]
    use = child(dialog, QComboBox, "import-use")
    qtbot.keyClick(use, Key.Key_End)
    preview.selectColumn(2)  # type: ignore[attr-defined]
    qtbot.keyClick(use, Key.Key_Home)
    qtbot.keyClick(use, Key.Key_Down)
    ok = next(b for b in dialog.findChildren(QPushButton) if "Import" in b.text())
    qtbot.mouseClick(ok, LEFT)
    qtbot.waitUntil(lambda: session_of(window).spec.dataset.note.startswith("rows.tsv"))
    again = session_of(window).spec.dataset
    assert np.vstack([dataset.inputs, dataset.held_out_inputs]).tolist() == again.inputs.tolist()
    assert np.vstack([dataset.targets, dataset.held_out_targets]).tolist() == again.targets.tolist()


def test_a_table_dropped_on_the_window_is_imported(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,y\n1,2,0\n3,4,1\n", encoding="utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, Qt.KeyboardModifier.NoModifier))
    dialog = window.findChild(QWidget, "import-data")
    assert dialog is not None
    qtbot.keyClick(dialog, Key.Key_Escape)


def test_a_file_that_cannot_be_written_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.builds.write_csv(str(tmp_path / "none" / "rows.csv"))
    window.controller.background.finish()
    box = window.findChild(QWidget, "problem")
    assert box is not None
    assert "rows.csv" in box.text()  # type: ignore[attr-defined]
    box.close()
