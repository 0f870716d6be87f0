"""The import dialog by keys and clicks: what is guessed can be changed, what is wrong is told, what is read is handed on."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.files.csv_options import Missing, Use
from bpstudio.model.spec import Dataset
from bpstudio.panels.import_dialog import ImportDialog
from bpstudio.viewstate.theme import LIGHT

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
TABLE = "length;width;kind;note\n1,5;2;a;x\n2,5;NA;b;y\n-1;0;a;z\n3;1;b;w\n"
Open = Callable[[str], ImportDialog]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Open]:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()

    def open_dialog(text: str) -> ImportDialog:
        dialog = ImportDialog(text.encode(), "t.csv", LIGHT, owner)
        dialog.show()
        return dialog

    yield open_dialog
    for dialog in owner.findChildren(ImportDialog):
        dialog.reject()
    qtbot.wait(1)


def ok(dialog: ImportDialog) -> QPushButton:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)


def test_what_is_guessed_is_shown(opened: Open) -> None:
    dialog = opened(TABLE)
    assert dialog.delimiter.currentText() == "semicolon"
    assert dialog.decimal.currentText() == "comma"
    assert dialog.missing.currentText() == "leave the row out"
    assert dialog.header.isChecked()
    header = dialog.preview.table.headerData
    assert header(0, Qt.Orientation.Horizontal) == "length\ninput"
    assert header(2, Qt.Orientation.Horizontal) == "kind\nclass"
    assert ok(dialog).isEnabled()


def test_rows_are_read_and_handed_on(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(TABLE)
    with qtbot.waitSignal(dialog.dataset_read) as told:
        qtbot.mouseClick(ok(dialog), LEFT)
    dataset, words = told.args or (None, "")
    assert isinstance(dataset, Dataset)
    assert words == "import t.csv"
    assert (dataset.count, dataset.input_names, dataset.target_names) == (3, ("length", "width"), ("a", "b"))


def test_a_column_is_given_another_use(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(TABLE)
    dialog.preview.selectColumn(1)
    assert dialog.use.currentText() == "input"
    dialog.use.setFocus()
    qtbot.keyClicks(dialog.use, "l")
    qtbot.keyClick(dialog.use, Key.Key_Return)
    assert dialog.options.uses == (Use.INPUT, Use.NOTHING, Use.CLASS, Use.NOTHING)


def test_what_is_wrong_is_told_and_nothing_can_be_imported(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(TABLE)
    dialog.missing.setFocus()
    qtbot.keyClicks(dialog.missing, "r")
    qtbot.keyClick(dialog.missing, Key.Key_Return)
    assert dialog.options.missing is Missing.REFUSE
    assert dialog.problem.text() == "Row 2, width: a number is missing."
    assert dialog.preview.table.data(dialog.preview.table.index(1, 1)) == "⚠ NA"
    assert not ok(dialog).isEnabled()


def test_another_delimiter_cuts_other_columns(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(TABLE)
    dialog.delimiter.setFocus()
    qtbot.keyClicks(dialog.delimiter, "tab")
    qtbot.keyClick(dialog.delimiter, Key.Key_Return)
    assert dialog.preview.table.columnCount() == 1
    assert not ok(dialog).isEnabled()


def test_a_share_that_is_none_is_told_at_its_field(qtbot: QtBot, opened: Open) -> None:
    dialog = opened(TABLE)
    line = dialog.held_out.line
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "2")
    qtbot.waitUntil(lambda: dialog.held_out.problem.text() == "Expected a share from 0 to 0.9")
    assert not ok(dialog).isEnabled()


def test_a_mistake_beyond_the_preview_is_told_and_the_dialog_stays(qtbot: QtBot, opened: Open) -> None:
    dialog = opened("a,b\n" + "1,2\n" * 500 + "red,2\n")
    qtbot.mouseClick(ok(dialog), LEFT)
    qtbot.waitUntil(lambda: "red" in dialog.problem.text())
    assert dialog.problem.text() == 't.csv: line 502, a: expected a number, got "red".'
    assert dialog.isVisible()
    assert ok(dialog).isEnabled()


def test_closing_ends_the_reading(qtbot: QtBot, opened: Open) -> None:
    dialog = opened("a,b\n" + "1,2\n" * 100_000)
    told: list[object] = []
    dialog.dataset_read.connect(lambda *args: told.append(args))
    qtbot.mouseClick(ok(dialog), LEFT)
    dialog.reject()
    qtbot.wait(60)
    assert told == []
