"""File dialogs do not follow what others change in a folder."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFileSystemModel
from pytestqt.qtbot import QtBot

from bpstudio.look.file_dialogs import file_dialog

ROOT = Path(__file__).resolve().parents[2] / "bpstudio"


def test_the_folder_is_not_watched(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = file_dialog(None, "Open", str(tmp_path))
    qtbot.addWidget(dialog)
    model = dialog.findChild(QFileSystemModel)
    assert isinstance(model, QFileSystemModel)
    assert model.testOption(QFileSystemModel.Option.DontWatchForChanges)
    assert dialog.directory().absolutePath() == str(tmp_path)
    plain = QFileDialog()
    qtbot.addWidget(plain)
    watching = plain.findChild(QFileSystemModel)
    assert isinstance(watching, QFileSystemModel)
    assert not watching.testOption(QFileSystemModel.Option.DontWatchForChanges)


def test_every_file_dialog_is_made_so() -> None:
    makers = [path.name for path in ROOT.rglob("*.py") if "QFileDialog(" in path.read_text(encoding="utf-8")]
    assert makers == ["file_dialogs.py"]
