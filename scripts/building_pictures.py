"""Pictures of building a network and of its data, for the guide: what a person would do, by mouse and keys in the real window."""

import random
import tempfile
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from settled_pictures import take

from bpstudio import resources
from bpstudio.panels.build_panel import BuildPanel
from bpstudio.panels.data_panel import DataPanel
from bpstudio.viewstate.breakpoint_state import BreakpointDraft, BreakpointKind
from bpstudio.viewstate.selection import ThemeName
from bpstudio.window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
NEAR = 0.13


def building_pictures(window: MainWindow, folder: Path) -> None:
    """Each stage from a blank network to a breakpoint, then the data by name, as a table and imported."""
    window.set_theme(ThemeName.LIGHT)
    window.resize(1366, 768)
    window.reset_layout()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    QTest.keyClick(window, Qt.Key.Key_N, CTRL)
    take(window, folder / "build-1-new.png")
    QTest.keyClick(window, Qt.Key.Key_F8)
    data = _data(window)
    _paint(data)
    take(window, folder / "build-2-points.png")
    QTest.keyClick(window, Qt.Key.Key_F7)
    units = _build(window).cards[0].units.line
    units.setFocus()
    units.selectAll()
    QTest.keyClicks(units, "6")
    QTest.qWait(300)
    take(window, folder / "build-3-network.png")
    QTest.keyClick(window, Qt.Key.Key_F8)
    window.canvas.setFocus()
    _train(window, 400)
    take(window, folder / "build-4-trained.png")
    _break(window)
    take(window, folder / "build-5-break.png")
    _save_and_open_again(window)
    take(window, folder / "build-6-again.png")
    _data_pictures(window, data, folder)


def _data(window: MainWindow) -> DataPanel:
    if window.builds.data is None:
        raise RuntimeError("the data are not shown")
    return window.builds.data


def _build(window: MainWindow) -> BuildPanel:
    if window.builds.build is None:
        raise RuntimeError("the form is not shown")
    return window.builds.build


def _paint(data: DataPanel) -> None:
    """Two bent clouds of fifteen points."""
    painter, numbers = data.points.painter, random.Random(8)
    clear = data.findChild(QToolButton, "data-clear")
    if clear is not None:
        QTest.mouseClick(clear, LEFT)
    painted: list[tuple[float, float]] = []
    for kind in (0, 1):
        QTest.mouseClick(data.points.buttons[kind], LEFT)
        while len(painted) < 15 * (kind + 1):
            across = numbers.uniform(-0.9, 0.9)
            height = 0.75 - across * across if kind == 0 else -0.75 + across * across / 2
            x, y = across, height + numbers.uniform(-0.25, 0.25)
            if all(abs(x - a) > NEAR or abs(y - b) > NEAR for a, b in painted):
                painted.append((x, y))
                QTest.mouseClick(painter, LEFT, pos=painter.place(x, y).toPoint())


def _train(window: MainWindow, iterations: int) -> None:
    window.controller.run_to(iterations)
    while window.controller.is_running:
        QTest.qWait(10)


def _break(window: MainWindow) -> None:
    """Back to the start, and on to where the loss is small."""
    controller = window.controller
    controller.debugger.accept(BreakpointDraft(kind=BreakpointKind.CONDITION, condition="loss < 0.1"))
    QTest.keyClick(window, Qt.Key.Key_Home, CTRL)
    QTest.qWait(50)
    QTest.keyClick(window, Qt.Key.Key_F5)
    while controller.long_move.is_under_way:
        QTest.qWait(10)
    window.builds.docks["Data"].hide()
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)


def _save_and_open_again(window: MainWindow) -> None:
    """Save, look at something else, and open what was saved: it stands where it stood."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "my-network.bps"
        window.work.save_to(path)
        while window.work.document.background.is_busy:
            QTest.qWait(10)
        window.controller.open("xor")
        window.work.document.open(str(path))
        while window.controller.long_move.is_under_way:
            QTest.qWait(10)
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    window.status.clearMessage()  # it names the folder, which is another one each time


def _data_pictures(window: MainWindow, data: DataPanel, folder: Path) -> None:
    window.open("iris")
    QTest.keyClick(window, Qt.Key.Key_F8)
    data.tabs.setCurrentIndex(1)
    take(window, folder / "data-table.png", data)
    data.tabs.setCurrentIndex(2)
    data.generator.set.setFocus()
    QTest.keyClicks(data.generator.set, "spi")
    take(window, folder / "data-make.png", data)
    data.tabs.setCurrentIndex(0)
    window.builds.read_csv(str(resources.path("datasets", "penguins.csv")))
    dialog = window.findChild(QWidget, "import-data")
    if dialog is None:
        raise RuntimeError("there is no import dialog")
    take(window, folder / "data-import.png", dialog)
    dialog.close()
    QApplication.processEvents()
