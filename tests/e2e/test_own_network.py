"""A network of one's own, from nothing to continuing it the next day: painted, built, trained, stopped, saved, quit, opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QFileDialog, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.panels.breakpoint_editor import BreakpointEditor
from bpstudio.session.session import Session
from bpstudio.window import MainWindow
from tests.support.windows import session_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
MORE = 60
"""Iterations to go on for after opening again."""


@pytest.fixture
def windows(qtbot: QtBot) -> Iterator[list[MainWindow]]:
    made: list[MainWindow] = []
    yield made
    for window in made:
        window.close()
    QApplication.processEvents()


def started(windows: list[MainWindow], qtbot: QtBot, settings: Path) -> MainWindow:
    """The app as it is started: nothing chosen, the first example open."""
    window = make_window(Settings(settings))
    windows.append(window)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.work.begin()
    window.open("two-layer-deltas")
    return window


def bits(session: Session) -> bytes:
    return session.tape.vectors.before.tobytes() + session.losses.values.tobytes()


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(
        lambda: not window.controller.is_running and not window.controller.long_move.is_under_way, timeout=20_000
    )


def child(parent: QWidget, kind: type[QWidget], name: str) -> QWidget:
    found = parent.findChild(kind, name)
    assert isinstance(found, QWidget)
    return found


def paint(qtbot: QtBot, window: MainWindow) -> None:
    """Two rows of fifteen points each, painted with the mouse; the second bends around the first."""
    qtbot.keyClick(window, Key.Key_F8)
    data = window.builds.data
    assert data is not None
    painter = data.points.painter
    qtbot.mouseClick(child(data, QToolButton, "data-clear"), LEFT)
    for kind in (0, 1):
        qtbot.mouseClick(child(data, QToolButton, f"kind-{kind}"), LEFT)
        for k in range(15):
            x = -1.0 + k / 7.0
            y = 0.9 - 1.1 * x * x if kind == 0 else 0.1 - 1.1 * x * x
            qtbot.mouseClick(painter, LEFT, pos=painter.place(x, y).toPoint())


def build(qtbot: QtBot, window: MainWindow) -> None:
    """Six hidden units, a larger rate and another title, typed into the form."""
    qtbot.keyClick(window, Key.Key_F7)
    panel = window.builds.build
    assert panel is not None
    for name, text in {"layer-0-units": "6", "field-optimizer.learning_rate": "0.8", "field-title": "My own"}.items():
        line = child(panel, QLineEdit, name)
        line.setFocus()
        qtbot.keyClick(line, Key.Key_A, CTRL)
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, Key.Key_Tab)


def train(qtbot: QtBot, window: MainWindow, iterations: int) -> None:
    """Full speed by the bar, Space on the canvas, Space again to hold."""
    gauge = next(box for box in window.transport.findChildren(QComboBox) if "full speed" in texts_of(box))
    gauge.setFocus()
    qtbot.keyClicks(gauge, "full")
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Key.Key_Space)
    qtbot.waitUntil(lambda: session_of(window).iteration >= iterations, timeout=20_000)
    qtbot.keyClick(window.canvas, Key.Key_Space)
    settle(qtbot, window)


def texts_of(box: QComboBox) -> list[str]:
    return [box.itemText(k) for k in range(box.count())]


def break_at(qtbot: QtBot, window: MainWindow, condition: str) -> None:
    """Back to the start, and on to where the condition becomes true."""
    qtbot.keyClick(window, Key.Key_F9, CTRL)
    editor = window.findChild(BreakpointEditor)
    assert editor is not None
    editor.condition.line.setFocus()
    qtbot.keyClicks(editor.condition.line, condition)
    qtbot.mouseClick(editor.buttons.button(QDialogButtonBox.StandardButton.Ok), LEFT)
    qtbot.waitUntil(lambda: len(window.controller.debugger.breakpoints) == 1)
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Key.Key_Home, CTRL)
    qtbot.keyClick(window, Key.Key_F5)
    settle(qtbot, window)


def answer_file_dialog(qtbot: QtBot, window: MainWindow, name: str, path: Path) -> None:
    """Name a path and click the button; typing would open the list of files, for which offscreen has no keyboard to grab."""
    dialog = window.findChild(QFileDialog, name)
    assert dialog is not None
    dialog.findChildren(QLineEdit, "fileNameEdit")[0].setText(str(path))
    box = dialog.findChildren(QDialogButtonBox)[0]
    button = box.button(QDialogButtonBox.StandardButton.Save) or box.button(QDialogButtonBox.StandardButton.Open)
    qtbot.mouseClick(button, LEFT)


def test_painted_built_trained_stopped_saved_quit_and_continued_with_the_same_bits(
    windows: list[MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "own.bps"
    window = started(windows, qtbot, tmp_path / "settings.ini")
    qtbot.keyClick(window, Key.Key_N, CTRL)
    paint(qtbot, window)
    build(qtbot, window)
    session = session_of(window)
    assert (session.spec.network.sizes, session.spec.dataset.count) == ((2, 6, 1), 30)
    assert (session.spec.title, session.spec.optimizer.learning_rate) == ("My own", 0.8)
    train(qtbot, window, 300)
    assert session_of(window).tape.value("loss") < 0.2
    break_at(qtbot, window, "loss < 0.3")
    session = session_of(window)
    assert 0 < session.iteration < 300
    loss = session.value("loss")
    assert loss is not None
    assert loss < 0.3
    position, before = session.position, bits(session)
    qtbot.keyClick(window, Key.Key_S, CTRL)
    answer_file_dialog(qtbot, window, "save-dialog", path)
    qtbot.waitUntil(lambda: path.exists() and not window.work.document.background.is_busy)
    assert not window.isWindowModified()
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Key.Key_Q, CTRL)
    qtbot.waitUntil(lambda: not window.isVisible())

    again = started(windows, qtbot, tmp_path / "settings.ini")
    qtbot.keyClick(again, Key.Key_O, CTRL)
    answer_file_dialog(qtbot, again, "open-dialog", path)
    qtbot.waitUntil(lambda: session_of(again).spec.title == "My own")
    settle(qtbot, again)
    opened = session_of(again)
    assert (opened.position, bits(opened)) == (position, before)
    assert [draft.condition for draft in again.controller.debugger.drafts.values()] == ["loss < 0.3"]
    for one in (session, opened):
        one.seek(iteration=300 + MORE)
    assert bits(opened) == bits(session)


def test_what_was_saved_can_be_built_on(windows: list[MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "own.bps"
    window = started(windows, qtbot, tmp_path / "settings.ini")
    qtbot.keyClick(window, Key.Key_N, CTRL)
    window.work.save_to(path)
    qtbot.waitUntil(lambda: path.exists() and not window.work.document.background.is_busy)
    build(qtbot, window)
    assert window.isWindowModified()
    window.controller.undo.undo()
    window.controller.undo.undo()
    window.controller.undo.undo()
    assert not window.isWindowModified()
    window.controller.undo.redo()
    window.work.save()
    qtbot.waitUntil(lambda: not window.work.document.background.is_busy)
    assert window.builds.build is not None
    again = started(windows, qtbot, tmp_path / "settings.ini")
    window.close()
    again.open(str(path))
    assert session_of(again).spec.network.sizes == (2, 6, 1)
    qtbot.keyClick(again, Key.Key_F7)
    assert again.builds.build is not None
    assert again.builds.build.summary.text() == "2-6-1"
