"""The data by real clicks, drags and keys: painting, the table, data by name; each ends in the run that is trained."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from bpstudio.controller.data_desk import DataDesk
from bpstudio.controller.run_controller import RunController
from bpstudio.explain.number_format import NumberFormat
from bpstudio.files.data_edits import row_count, table_of
from bpstudio.files.run_file import open_run
from bpstudio.files.templates import template
from bpstudio.model.dataset import make_dataset
from bpstudio.model.spec import Dataset
from bpstudio.panels.data_panel import DataPanel
from bpstudio.panels.edit_dialogs import NameDialog, PrepareDialog
from bpstudio.panels.point_painter import PointPainter
from bpstudio.panels.sample_table import SampleModel
from bpstudio.viewstate.theme import DARK, LIGHT

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


class Desk:
    """A panel joined to a controller as in the window."""

    def __init__(self, name: str = "blank") -> None:
        self.controller = RunController()
        self.controller.open_spec(template(name), "")
        self.panel = panel = DataPanel()
        self.said: list[str] = []
        self.controller.message_shown.connect(self.said.append)
        desk = self.desk
        painter, table = panel.points.painter, panel.table
        painter.point_added.connect(desk.add_point)
        painter.point_moved.connect(desk.move_point)
        painter.point_removed.connect(lambda row: desk.remove_rows([row]))
        table.cell_typed.connect(desk.set_cell)
        table.row_added.connect(desk.add_row)
        table.rows_removed.connect(desk.remove_rows)
        table.rename_requested.connect(self.ask_name)
        table.table_pasted.connect(desk.paste)
        table.copy_requested.connect(
            lambda rows, columns: QGuiApplication.clipboard().setText(desk.copied(rows, columns))
        )
        panel.points.class_requested.connect(desk.add_class)
        panel.held_out_changed.connect(desk.hold_out)
        panel.clear_requested.connect(desk.clear)
        panel.generator.dataset_wished.connect(desk.use)
        self.controller.view_changed.connect(lambda _state: self.show())
        self.show()

    def ask_name(self, column: int, name: str) -> None:
        dialog = NameDialog(self.panel, name)
        dialog.name_chosen.connect(lambda chosen: self.desk.rename(column, chosen))
        dialog.show()

    @property
    def desk(self) -> DataDesk:
        return self.controller.data_desk

    @property
    def dataset(self) -> Dataset:
        assert self.controller.session is not None
        return self.controller.session.spec.dataset

    @property
    def painter(self) -> PointPainter:
        return self.panel.points.painter

    def show(self) -> None:
        state = self.desk.state()
        assert state is not None
        self.panel.apply(state, LIGHT)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk()
    qtbot.addWidget(made.panel)
    made.panel.resize(330, 480)
    with qtbot.waitActive(made.panel):
        made.panel.show()
        made.panel.activateWindow()
    yield made
    made.controller.stop()


def click(qtbot: QtBot, desk: Desk, x: float, y: float) -> None:
    qtbot.mouseClick(desk.painter, LEFT, pos=desk.painter.place(x, y).toPoint())


def button(desk: Desk, name: str) -> QToolButton:
    found = desk.panel.findChild(QToolButton, name)
    assert found is not None
    return found


def drag(qtbot: QtBot, desk: Desk, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(desk.painter, LEFT, pos=start)
    qtbot.mouseMove(desk.painter, (start + end) / 2)
    qtbot.mouseMove(desk.painter, end)
    qtbot.mouseRelease(desk.painter, LEFT, pos=end)


def test_a_click_adds_a_point_of_the_chosen_class(qtbot: QtBot, desk: Desk) -> None:
    qtbot.mouseClick(button(desk, "kind-1"), LEFT)
    click(qtbot, desk, 0.9, -0.3)
    assert desk.dataset.count == 3
    assert np.allclose(desk.dataset.inputs[2], [0.9, -0.3], atol=0.01)
    assert desk.dataset.targets[2, 0] == 1.0
    qtbot.keyClick(desk.painter, Key.Key_1)
    click(qtbot, desk, -0.9, 0.8)
    assert desk.dataset.targets[3, 0] == 0.0


def test_dragging_moves_a_point_and_counts_once(qtbot: QtBot, desk: Desk) -> None:
    revisions: list[object] = []
    desk.controller.session_opened.connect(revisions.append)
    drag(qtbot, desk, desk.painter.place(0.5, 0.5).toPoint(), desk.painter.place(0.2, -0.8).toPoint())
    assert len(revisions) == 1
    assert desk.dataset.count == 2
    assert np.allclose(desk.dataset.inputs[1], [0.2, -0.8], atol=0.02)
    assert desk.dataset.inputs[0].tolist() == [-0.5, -0.5]


def test_a_click_on_a_point_chooses_it_and_delete_removes_it(qtbot: QtBot, desk: Desk) -> None:
    click(qtbot, desk, 0.5, 0.5)
    assert desk.painter.chosen == 1
    assert desk.dataset.count == 2
    assert desk.panel.table.chosen_rows == [1]
    qtbot.keyClick(desk.painter, Key.Key_Delete)
    assert desk.dataset.inputs.tolist() == [[-0.5, -0.5]]


def test_everything_can_be_painted_from_the_keyboard(qtbot: QtBot, desk: Desk) -> None:
    painter = desk.painter
    painter.setFocus()
    qtbot.keyClick(painter, Key.Key_2)
    for _ in range(5):
        qtbot.keyClick(painter, Key.Key_Right)
    qtbot.keyClick(painter, Key.Key_Up)
    qtbot.keyClick(painter, Key.Key_Space)
    assert table_of(desk.dataset)[2].tolist() == [0.3, 0.06, 1.0]
    qtbot.keyClick(painter, Key.Key_PageDown)
    assert painter.chosen == 0
    assert painter.accessibleDescription() == "point 0, 0, at -0.5, -0.5"
    qtbot.keyClick(painter, Key.Key_Left, CTRL)
    assert desk.dataset.inputs[0].tolist() == [-0.56, -0.5]
    qtbot.keyClick(painter, Key.Key_Delete)
    assert desk.dataset.count == 2


def test_without_points_the_run_keeps_its_data_and_says_so(qtbot: QtBot, desk: Desk) -> None:
    qtbot.mouseClick(button(desk, "data-clear"), LEFT)
    assert desk.dataset.count == 2
    assert desk.painter.points is not None
    assert desk.painter.points.count == 0
    assert desk.panel.problem.isVisible()
    click(qtbot, desk, 0.0, 0.4)
    assert desk.dataset.count == 1
    assert not desk.panel.problem.isVisible()


def test_a_cell_is_typed(qtbot: QtBot, desk: Desk) -> None:
    table = desk.panel.table
    desk.panel.tabs.setCurrentIndex(1)
    table.setFocus()
    table.setCurrentIndex(table.rows.index(1, 0))
    qtbot.keyClick(table, Key.Key_F2)
    editor = table.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "0.5"
    editor.selectAll()
    qtbot.keyClicks(editor, "-0,75")
    with qtbot.waitSignal(table.cell_typed):
        qtbot.keyClick(editor, Key.Key_Return)
    assert desk.dataset.inputs[1].tolist() == [-0.75, 0.5]
    desk.desk.set_cell(0, 1, "red")
    assert desk.said[-1] == "Row 0, x2: not a number; write digits with a point, for example −0.25."


def test_a_table_is_copied_and_pasted(qtbot: QtBot, desk: Desk) -> None:
    table = desk.panel.table
    desk.panel.tabs.setCurrentIndex(1)
    table.setFocus()
    table.choose_row(1)
    qtbot.keyClick(table, Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "0.5\t0.5\t1.0\n"
    QGuiApplication.clipboard().setText("0,1\t0,2\t0\n0,3\t0,4\t1\n")
    qtbot.keyClick(table, Key.Key_V, CTRL)
    assert table_of(desk.dataset).tolist() == [[-0.5, -0.5, 0.0], [0.1, 0.2, 0.0], [0.3, 0.4, 1.0]]
    QGuiApplication.clipboard().setText("0,1\tblue")
    qtbot.keyClick(table, Key.Key_V, CTRL)
    assert desk.said[-1] == 'Row 1, x2: expected a number, got "blue".'


def test_rows_are_added_removed_and_held_out(qtbot: QtBot, desk: Desk) -> None:
    table = desk.panel.table
    desk.panel.tabs.setCurrentIndex(1)
    table.setFocus()
    table.choose_row(0)
    qtbot.keyClick(table, Key.Key_Insert)
    assert table_of(desk.dataset).tolist() == [[-0.5, -0.5, 0.0], [0.0, 0.0, 0.0], [0.5, 0.5, 1.0]]
    table.choose_row(1)
    qtbot.mouseClick(button(desk, "rows-hold"), LEFT)
    assert desk.dataset.held_out_inputs.tolist() == [[0.0, 0.0]]
    assert table.rows.data(table.rows.index(2, 3)) == "held out"
    table.choose_row(2)
    qtbot.mouseClick(button(desk, "rows-hold"), LEFT)
    assert desk.dataset.count == 3
    table.setFocus()
    table.choose_row(2)
    qtbot.keyClick(table, Key.Key_Delete)
    assert row_count(desk.dataset) == 2


def test_data_by_name_are_seen_before_they_are_used(qtbot: QtBot, desk: Desk) -> None:
    generator = desk.panel.generator
    desk.panel.tabs.setCurrentIndex(2)
    generator.set.setFocus()
    qtbot.keyClicks(generator.set, "sp")
    qtbot.keyClick(generator.set, Key.Key_Return)
    samples = generator.lines["samples"].line
    samples.setFocus()
    samples.selectAll()
    qtbot.keyClicks(samples, "6")
    qtbot.keyClick(samples, Key.Key_Tab)
    assert generator.picture.points is not None
    assert generator.picture.points.count == 6
    assert desk.dataset.count == 2
    qtbot.mouseClick(generator.use, LEFT)
    assert desk.dataset.count == 6
    assert desk.dataset.note == "two spirals, 6 points"
    desk.desk.move_point(0, 0.0, 0.0)
    assert desk.dataset.note == "two spirals, 6 points, changed by hand"


def test_what_is_wrong_in_the_generator_is_said_and_cannot_be_used(qtbot: QtBot, desk: Desk) -> None:
    generator = desk.panel.generator
    desk.panel.tabs.setCurrentIndex(2)
    samples = generator.lines["samples"].line
    samples.setFocus()
    samples.selectAll()
    qtbot.keyClicks(samples, "one")
    qtbot.keyClick(samples, Key.Key_Tab)
    assert generator.lines["samples"].problem.isVisible()
    assert not generator.use.isEnabled()


def test_rows_that_are_no_points_say_why(qtbot: QtBot, desk: Desk) -> None:
    desk.controller.open_spec(template("classes"), "")
    assert not desk.panel.points.isVisible()
    assert desk.panel.no_points.text().startswith("Points can be painted for two inputs")
    desk.controller.open_spec(template("regression"), "")
    click(qtbot, desk, 0.5, -0.5)
    assert desk.dataset.inputs.shape == (31, 1)


def test_showing_tells_nothing(qtbot: QtBot, desk: Desk) -> None:
    told: list[object] = []
    panel = desk.panel
    for signal in (panel.points.painter.point_added, panel.table.cell_typed, panel.generator.dataset_wished):
        signal.connect(lambda *args: told.append(args))
    desk.controller.open_spec(template("classifier"), "")
    state = desk.desk.state()
    assert state is not None
    panel.apply(state, DARK)
    assert told == []


def test_a_share_is_held_out_and_inputs_standardised(qtbot: QtBot, desk: Desk) -> None:
    desk.controller.open_spec(template("regression"), "")
    dialog = PrepareDialog(desk.panel, 0.25)
    dialog.preparation_chosen.connect(desk.desk.prepare)
    dialog.show()
    dialog.share.selectAll()
    qtbot.keyClicks(dialog.share, "2")
    qtbot.keyClick(dialog.share, Key.Key_Return)
    assert dialog.problem.text() == "Held out: write a share from 0 to 0.9."
    dialog.share.selectAll()
    qtbot.keyClicks(dialog.share, "0.5")
    dialog.is_standardised.setFocus()
    qtbot.keyClick(dialog.is_standardised, Key.Key_Space)
    qtbot.keyClick(dialog.share, Key.Key_Return)
    assert (desk.dataset.count, len(desk.dataset.held_out_inputs)) == (20, 20)
    assert abs(desk.dataset.inputs.std() - 1.0) < 1e-9
    qtbot.waitUntil(lambda: desk.panel.findChild(PrepareDialog) is None)


def test_very_many_points_are_painted_as_a_cloud(qtbot: QtBot, desk: Desk) -> None:
    generator = np.random.default_rng(0)
    many = generator.normal(size=(200_000, 2))
    desk.desk.use(make_dataset(many, (many[:, :1] > 0).astype(float)), "many")
    assert desk.painter.grab().toImage().pixelColor(desk.painter.place(0.5, 0.0).toPoint()).isValid()
    assert desk.panel.table.rows.rowCount() == 200_000
    click(qtbot, desk, 4.4, 4.0)
    assert desk.dataset.count in (200_000, 200_001)  # a point may lie there


def test_the_row_at_work_is_marked(qtbot: QtBot, desk: Desk) -> None:
    before = desk.painter.grab().toImage()
    desk.panel.show_current(1)
    assert desk.painter.grab().toImage() != before
    header = desk.panel.table.rows.headerData
    assert [header(row, Qt.Orientation.Vertical) for row in (0, 1)] == ["0", "➤ 1"]
    desk.panel.show_current(None)
    assert desk.painter.grab().toImage() == before


def test_a_third_class_is_added_and_painted(qtbot: QtBot, desk: Desk) -> None:
    qtbot.mouseClick(button(desk, "kind-add"), LEFT)
    assert desk.dataset.targets.tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert desk.dataset.target_names == ("0", "1", "2")
    assert button(desk, "kind-2").isChecked()
    click(qtbot, desk, 0.8, -0.8)
    assert desk.dataset.targets[2].tolist() == [0.0, 0.0, 1.0]
    session = desk.controller.session
    assert session is not None
    assert (session.spec.network.sizes, session.spec.loss.name) == ((2, 2, 3), "cross_entropy")
    assert session.spec.network.layers[-1].activation == "softmax"
    qtbot.mouseClick(button(desk, "kind-add"), LEFT)
    assert desk.dataset.targets.shape == (3, 4)
    for _ in range(3):
        desk.controller.undo.undo()
    assert desk.dataset.targets.tolist() == [[0.0], [1.0]]
    assert not button(desk, "kind-2").isVisible()


def test_a_column_is_renamed_from_its_title_and_from_the_menu(qtbot: QtBot, desk: Desk) -> None:
    table = desk.panel.table
    desk.panel.tabs.setCurrentIndex(1)
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(1) + 20, 8)
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(header.viewport(), LEFT, pos=place)
    dialog = desk.panel.findChild(NameDialog)
    assert dialog is not None
    assert dialog.field.text() == "x2"
    qtbot.keyClicks(dialog.field, "height")
    qtbot.keyClick(dialog.field, Key.Key_Return)
    assert desk.dataset.input_names == ("x1", "height")
    assert desk.painter.points is not None
    assert desk.painter.points.axes == ("x1", "height")
    qtbot.waitUntil(lambda: desk.panel.findChild(NameDialog) is None)
    table.setCurrentIndex(table.rows.index(0, 2))
    menu = table.context_menu()
    next(action for action in menu.actions() if "name" in action.text()).trigger()
    menu.deleteLater()
    dialog = desk.panel.findChild(NameDialog)
    assert dialog is not None
    qtbot.keyClicks(dialog.field, " ")
    qtbot.keyClick(dialog.field, Key.Key_Return)
    assert dialog.problem.text() == "Write a name, at most 80 characters."
    qtbot.keyClicks(dialog.field, "class")
    qtbot.keyClick(dialog.field, Key.Key_Return)
    assert desk.dataset.target_names == ("class",)
    qtbot.waitUntil(lambda: desk.panel.findChild(NameDialog) is None)


def test_the_table_shows_a_decimal_comma_and_is_edited_with_a_point() -> None:
    model = SampleModel()
    model.apply(open_run("iris").dataset, LIGHT, NumberFormat(3, decimal_comma=True))
    cell = model.index(0, 0)
    number = model.number(0, 0)
    assert model.data(cell, Qt.ItemDataRole.ToolTipRole) == NumberFormat(decimal_comma=True).in_full.format(number)
    assert "," in model.data(cell)
    assert float(model.data(cell, Qt.ItemDataRole.EditRole)) == number
