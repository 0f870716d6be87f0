"""The matrices panel by keys and mouse: selecting, copying, one array alone, the table of shapes, large arrays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from bpstudio.files.run_file import parse_run
from bpstudio.look.drawing import text_width
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.panels.matrices_panel import AT_WORK, SHAPES, MatricesPanel
from bpstudio.panels.matrix_picture import HeatPictures, reduced
from bpstudio.panels.matrix_view import MatrixView
from bpstudio.session.session import Session
from bpstudio.viewstate.matrices_state import MatricesState, build_matrices_state
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT, contrast
from tests.panels.states import session_of

Key = Qt.Key
Q = Quantity


def state_of(session: Session, layer: int | None = None, selection: Selection | None = None) -> MatricesState:
    options = ViewOptions(notation=session.spec.notation)
    return build_matrices_state(session, selection or Selection(), options, layer)


def wide_session() -> Session:
    """A layer of 1000 × 1000 weights."""
    return Session(
        parse_run(
            {
                "format": "bpstudio-run/1",
                "network": {"inputs": 1000, "layers": [{"units": 1000, "activation": "relu"}]},
                "initializer": {"name": "glorot_uniform"},
                "data": {"inputs": [[0.5] * 1000], "targets": [[0.0] * 1000]},
                "optimizer": {"name": "sgd", "learning_rate": 0.1},
                "loss": {"name": "squared_error"},
                "training": {"summation": "fast"},
                "notation": "code",
            },
            Path(),
        )
    )


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[MatricesPanel]:
    made = MatricesPanel()
    qtbot.addWidget(made)
    made.resize(420, 700)
    made.apply(state_of(session_of("matrix-form", 10)), LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def click_cell(qtbot: QtBot, view: MatrixView, key: str, row: int, column: int) -> None:
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.cell_centre(key, row, column).toPoint())


def test_a_click_on_a_cell_chooses_its_address_and_sample(qtbot: QtBot, panel: MatricesPanel) -> None:
    chosen: list[tuple[object, object]] = []
    panel.cell_chosen.connect(lambda address, sample: chosen.append((address, sample)))
    click_cell(qtbot, panel.view, "a[0]", 2, 0)
    click_cell(qtbot, panel.view, "w[1]", 0, 1)
    click_cell(qtbot, panel.view, "b[1]", 0, 1)
    assert chosen == [
        (Address(Q.ACTIVATION, 0, (0,)), 2),
        (Address(Q.WEIGHT, 1, (1, 0)), None),
        (Address(Q.BIAS, 1, (1,)), None),
    ]


def test_the_pointer_tells_what_it_is_on(qtbot: QtBot, panel: MatricesPanel) -> None:
    found: list[object] = []
    panel.cell_hovered.connect(found.append)
    qtbot.mouseMove(panel.view.viewport(), panel.view.cell_centre("w[1]", 0, 1).toPoint())
    qtbot.mouseMove(panel.view.viewport(), QPoint(2, 2))
    assert found == [Address(Q.WEIGHT, 1, (1, 0)), None]


def test_the_same_state_again_does_nothing(panel: MatricesPanel) -> None:
    sheet = panel.view.sheet
    panel.apply(state_of(session_of("matrix-form", 10)), LIGHT)
    assert panel.view.sheet is sheet


def test_arrows_go_through_all_arrays_and_enter_chooses(qtbot: QtBot, panel: MatricesPanel) -> None:
    chosen: list[object] = []
    panel.cell_chosen.connect(lambda address, _sample: chosen.append(address))
    state = panel.state
    assert state is not None
    seen = {state.matrices[0].key}
    for _ in range(400):
        qtbot.keyClick(panel.view, Key.Key_Right)
        current = panel.view.current
        assert current is not None
        seen.add(current.key)
    assert seen == {found.key for found in state.matrices}
    for _ in range(400):
        qtbot.keyClick(panel.view, Key.Key_Left)
    qtbot.keyClick(panel.view, Key.Key_Return)
    assert chosen == [Address(Q.ACTIVATION, 0, (0,))]
    assert "row 1, column 1 of X: 1\n" in panel.view.accessibleDescription()


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Key.Key_C, Qt.KeyboardModifier.ControlModifier, "0.5\t-0.4"),
        (Key.Key_N, Qt.KeyboardModifier.NoModifier, "np.array([[0.5, -0.4]])"),
        (Key.Key_L, Qt.KeyboardModifier.NoModifier, "W_{h} = \\begin{bmatrix}\n  0.5 & -0.4\n\\end{bmatrix}"),
    ],
)
def test_keys_copy_the_array_of_the_current_cell(
    qtbot: QtBot, panel: MatricesPanel, key: Qt.Key, modifier: Qt.KeyboardModifier, expected: str
) -> None:
    copied: list[str] = []
    panel.text_copied.connect(lambda text, _words: copied.append(text))
    click_cell(qtbot, panel.view, "w[1]", 0, 0)
    qtbot.keyClick(panel.view, key, modifier)
    assert copied == [expected]


def test_the_context_menu_copies_and_opens(qtbot: QtBot, panel: MatricesPanel) -> None:
    copied: list[str] = []
    panel.text_copied.connect(lambda _text, words: copied.append(words))
    click_cell(qtbot, panel.view, "z[1]", 0, 0)
    menu = panel.made_menu()
    actions = {action.text().replace("&", ""): action for action in menu.actions() if action.text()}
    actions["Copy as NumPy"].trigger()
    actions["Show this array alone"].trigger()
    menu.deleteLater()
    assert copied == ["Zₕ (3, 2) is on the clipboard, as NumPy."]
    shown = [(panel.view.is_alone, panel.back.isVisible())]
    qtbot.keyClick(panel.view, Key.Key_Escape)
    shown.append((panel.view.is_alone, panel.back.isVisible()))
    assert shown == [(True, True), (False, False)]


def test_the_table_of_shapes_leads_to_an_array(qtbot: QtBot, panel: MatricesPanel) -> None:
    """Choosing a layer is a wish; the state that answers it shows the array that was asked for."""
    session = session_of("matrix-form", 10)
    panel.layer_chosen.connect(lambda layer: panel.apply(state_of(session, layer), LIGHT))
    assert (panel.layer.itemText(0), panel.layer.itemText(panel.layer.count() - 1)) == (AT_WORK, SHAPES)
    panel.layer.setCurrentIndex(panel.layer.count() - 1)
    panel.layer.activated.emit(panel.layer.count() - 1)
    assert panel.pages.currentWidget() is panel.shapes
    panel.shapes.choose("w[2]")
    qtbot.keyClick(panel.shapes, Key.Key_Return)
    assert panel.pages.currentWidget() is panel.view
    assert panel.state is not None
    assert panel.state.chosen == 2
    assert panel.view.current is not None
    assert panel.view.current.name == "Wₒ"


def test_what_the_operation_writes_comes_into_sight(qtbot: QtBot, panel: MatricesPanel) -> None:
    panel.resize(330, 330)
    session = session_of("matrix-form")
    end = session.program.iteration_start(1)
    for position in range(1, end):
        session.seek(position=position)
        state = state_of(session)
        panel.apply(state, LIGHT)
        for found in state.matrices:
            if found.key == state.written and found.marks.written is not None:
                centre = panel.view.cell_centre(found.key, *found.marks.written).toPoint()
                assert panel.view.viewport().rect().contains(centre), f"{found.name} at position {position}"
                break


def test_no_array_lies_over_another(panel: MatricesPanel) -> None:
    for width in (260, 420, 900):
        panel.resize(width, 500)
        sheet = panel.view.sheet
        assert sheet is not None
        areas = [table.caption.united(table.cells) for table in sheet.tables]
        for number, area in enumerate(areas):
            assert not any(area.intersects(other) for other in areas[number + 1 :])


# Large arrays.


def test_a_large_array_is_a_picture_on_the_sheet_and_scrolls_alone(qtbot: QtBot, panel: MatricesPanel) -> None:
    panel.apply(state_of(wide_session()), LIGHT)
    sheet = panel.view.sheet
    assert sheet is not None
    assert sheet.tables[0].is_picture
    panel.view.array_opened.emit("w[1]")
    alone = panel.view.sheet
    assert alone is not None
    assert alone.is_alone
    assert alone.tables[0].cells.height() > 10_000
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum())
    side = panel.view.horizontalScrollBar()
    side.setValue(side.maximum())
    corner = panel.view.cell_centre("w[1]", 999, 999).toPoint()
    assert panel.view.viewport().rect().contains(corner)
    picture = panel.view.viewport().grab().toImage()
    assert len({picture.pixel(corner.x() + dx, corner.y() + dy) for dx in range(-20, 20) for dy in range(-6, 6)}) > 8


def test_scrolling_looks_at_the_cells_in_sight_only(panel: MatricesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_of(wide_session())
    panel.apply(state, LIGHT)
    panel.view.array_opened.emit("w[1]")
    looked: list[int] = []
    kind = type(state.matrices[0])
    window = kind.window

    def counted(self: object, rows: slice, columns: slice) -> object:
        looked.append((rows.stop - rows.start) * (columns.stop - columns.start))
        return window(self, rows, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "window", counted)
    panel.view.verticalScrollBar().setValue(5000)
    panel.view.viewport().grab()
    assert 0 < sum(looked) < 2_000


def test_a_picture_keeps_the_largest_number_of_each_block() -> None:
    values = np.random.default_rng(7).normal(size=(130, 97))
    values[17, 40] = -90.0
    small = reduced(values, 13, 10)
    assert small.shape == (13, 10)
    assert float(small.min()) == -90.0
    assert set(small.ravel()) <= set(values.ravel())
    values[99, 3] = np.nan
    assert np.isnan(reduced(values, 13, 10)).sum() == 1


def test_negative_numbers_of_a_picture_are_hatched() -> None:
    """Never by colour alone: a negative area has two tones, a positive one."""
    session = wide_session()
    found = state_of(session).matrices[0]
    assert found.numbers is not None or found.before is not None
    image = HeatPictures().image(found, 200, 200, LIGHT)
    assert isinstance(image, QImage)
    before = found.before
    assert before is not None
    tones: dict[bool, list[float]] = {True: [], False: []}
    blocks = reduced(before.array, 200, 200)
    for y in range(200):
        for x in range(200):
            is_strong = abs(blocks[y, x]) > 0.95 * before.extent
            if is_strong:
                tones[bool(blocks[y, x] < 0.0)].append(contrast(QColor(image.pixel(x, y)).name(), "#FFFFFF"))
    assert max(tones[False]) - min(tones[False]) < 1.0
    assert max(tones[True]) - min(tones[True]) > 2.0


@pytest.mark.parametrize("name", list(NotationName))
def test_it_paints_in_every_notation_and_in_the_dark(qtbot: QtBot, panel: MatricesPanel, name: NotationName) -> None:
    options = ViewOptions(notation=name)
    light = build_matrices_state(session_of("iris", 3000), Selection(), options)
    panel.apply(light, LIGHT)
    first = panel.view.viewport().grab().toImage()
    panel.apply(light, DARK)
    second = panel.view.viewport().grab().toImage()
    assert first != second


def test_a_sum_on_its_way_has_room_for_all_its_digits(panel: MatricesPanel) -> None:
    """The array it will land in may have no number yet."""
    session = session_of("two-layer-deltas", 47)
    state = state_of(session)
    panel.apply(state, LIGHT)
    running = next(found for found in state.matrices if found.marks.running is not None)
    assert running.marks.running is not None
    sheet = panel.view.sheet
    assert sheet is not None
    table = next(table for table in sheet.tables if state.matrices[table.matrix] is running)
    needed = text_width(state.numbers.format(running.marks.running), 12.0)
    assert len(state.numbers.format(running.marks.running)) > 6
    assert table.cell_width > needed
