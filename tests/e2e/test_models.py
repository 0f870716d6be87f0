"""Weights of other programs by menu and dialog, and the network for them, by real keys and clicks."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from bpstudio.files.model_export import Framework, model_bytes
from bpstudio.files.model_import import with_weights
from bpstudio.files.run_file import load_run_file, open_run
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array
from bpstudio.panels.weights_dialog import WeightsDialog
from bpstudio.session.session import Session
from bpstudio.window import MainWindow
from tests.support.windows import session_of

Key = Qt.Key


def opened(qtbot: QtBot, window: MainWindow) -> WeightsDialog:
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window.canvas, Key.Key_O, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog = window.findChild(WeightsDialog)
    assert isinstance(dialog, WeightsDialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def keras(folder: Path) -> tuple[Path, list[Array]]:
    random = np.random.default_rng(4)
    arrays = [random.normal(size=shape) for shape in ((2, 2), (2,), (2, 2), (2,), (2, 1), (1,))]
    np.savez(folder / "keras.npz", *arrays)
    return folder / "keras.npz", arrays


def test_weights_are_imported_and_undone(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path, arrays = keras(tmp_path)
    before = session_of(window).array("w[1]").copy()
    dialog = opened(qtbot, window)
    assert not dialog.ok.isEnabled()
    assert dialog.snippets.isVisible()
    qtbot.mouseClick(dialog.choose, Qt.MouseButton.LeftButton)
    files = dialog.findChild(QFileDialog, "weights-file-dialog")
    assert isinstance(files, QFileDialog)
    files.fileSelected.emit(str(path))
    files.reject()
    assert dialog.summary.text() == "6 of 6 places get an array."
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    session = session_of(window)
    assert session.position == 0
    assert session.array("w[1]").tobytes() == np.ascontiguousarray(arrays[0].T).tobytes()
    assert session.array("w[3]").tolist() == arrays[4].T.tolist()
    window.actions_.by_name["undo"].trigger()
    assert session_of(window).array("w[1]").tobytes() == before.tobytes()


def test_a_person_changes_the_mapping_with_the_keyboard(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path, arrays = keras(tmp_path)
    dialog = opened(qtbot, window)
    window.models.open_weights(str(path))
    first, turn = dialog.findChild(QComboBox, "array-0"), dialog.findChild(QCheckBox, "turn-0")
    second = dialog.findChild(QComboBox, "array-2")
    assert isinstance(first, QComboBox) and isinstance(second, QComboBox) and isinstance(turn, QCheckBox)
    assert (first.currentData(), turn.isChecked()) == ("arr_0", True)
    qtbot.keyClick(turn, Key.Key_Space)
    qtbot.keyClick(second, Key.Key_Home)
    assert second.currentData() is None
    assert dialog.summary.text() == "5 of 6 places get an array; one keeps its numbers. Not used: arr_2"
    kept = session_of(window).array("w[2]").copy()
    qtbot.keyClick(dialog.ok, Key.Key_Space)
    assert session_of(window).array("w[1]").tolist() == arrays[0].tolist()
    assert session_of(window).array("w[2]").tobytes() == kept.tobytes()


def test_a_wrong_file_is_one_sentence_in_the_dialog(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"\x80\x02")
    dialog = opened(qtbot, window)
    window.models.open_weights(str(tmp_path / "weights.pt"))
    assert "is a pickle" in dialog.summary.text()
    assert not dialog.ok.isEnabled()
    np.savez(tmp_path / "other.npz", W1=np.ones((9, 9)))
    window.models.open_weights(str(tmp_path / "other.npz"))
    assert dialog.summary.text().startswith("No array of this file fits")
    assert not dialog.ok.isEnabled()
    dialog.reject()


def test_what_is_not_finite_is_refused_at_last(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    np.savez(tmp_path / "nan.npz", W1=np.full((2, 2), np.nan))
    dialog = opened(qtbot, window)
    window.models.open_weights(str(tmp_path / "nan.npz"))
    before = session_of(window)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    box = window.findChild(QMessageBox, "problem")
    assert isinstance(box, QMessageBox)
    assert "not finite" in box.text()
    box.close()
    assert session_of(window) is before


def test_a_network_of_onnx_takes_the_place(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    spec = open_run("xor")
    engine = Engine(spec)
    (tmp_path / "xor.onnx").write_bytes(model_bytes(spec, engine.state()[: engine.layout.size], ".onnx"))
    dialog = opened(qtbot, window)
    window.models.open_weights(str(tmp_path / "xor.onnx"))
    assert dialog.summary.text().startswith("A network 2-2-1 with ")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert session_of(window).spec.network == spec.network


def test_the_model_is_exported_with_the_weights_of_this_moment(window: MainWindow, tmp_path: Path) -> None:
    session = session_of(window)
    session.seek(iteration=20)
    weights = session.array("w[1]").tobytes()
    for name in ("m.safetensors", "m.npz", "m.json"):
        window.models.write_model(str(tmp_path / name))
        window.controller.background.finish()
        found = (
            load_run_file(tmp_path / name) if name == "m.json" else with_weights(session.start_spec, tmp_path / name)
        )
        assert Session(found).array("w[1]").tobytes() == weights
    window.models.write_model(str(tmp_path / "m.py"), Framework.PYTORCH)
    window.controller.background.finish()
    assert "torch.optim.SGD" in (tmp_path / "m.py").read_text(encoding="utf-8")


def test_the_export_dialog_gives_the_name_its_end(window: MainWindow, tmp_path: Path) -> None:
    window.models.ask_model()
    dialog = window.findChild(QFileDialog, "export-model-dialog")
    assert isinstance(dialog, QFileDialog)
    dialog.selectNameFilter("Script in PyTorch (*.py)")
    dialog.filterSelected.emit("Script in PyTorch (*.py)")
    assert dialog.defaultSuffix() == "py"
    dialog.fileSelected.emit(str(tmp_path / "x.py"))
    window.controller.background.finish()
    assert "import torch" in (tmp_path / "x.py").read_text(encoding="utf-8")
    dialog.reject()


def test_a_name_that_says_nothing_is_one_sentence(window: MainWindow, tmp_path: Path) -> None:
    window.models.write_model(str(tmp_path / "m.txt"))
    window.controller.background.finish()
    box = window.findChild(QMessageBox, "problem")
    assert isinstance(box, QMessageBox)
    assert "ends in one of" in box.text()
    box.close()
    assert not (tmp_path / "m.txt").exists()
