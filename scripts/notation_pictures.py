"""The two notations next to each other, each on its example: the arrays at a hidden δ, and the tables of shapes."""

import sys
from pathlib import Path

import bpstudio  # isort: skip  (before Qt: it fixes the hash seed)
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from bpstudio.export.picture import png_bytes, write_figure
from bpstudio.look.drawing import draw_text
from bpstudio.look.fonts import load_fonts
from bpstudio.look.palette import apply_theme
from bpstudio.model.spec import NotationName
from bpstudio.panels.matrices_panel import COLUMNS
from bpstudio.panels.matrix_view import MatrixView
from bpstudio.panels.rows_table import RowsTable
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.viewstate.matrices_state import MatricesState, build_matrices_state
from bpstudio.viewstate.matrix_shapes import ShapeRow
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import LIGHT

SIDES = (("two-layer-deltas", NotationName.THETA, 2), ("matrix-form", NotationName.MATRIX, 1))
"""Example, notation, and the hidden layer whose δ is computed."""
WIDTH, GAP, HEADING = 560, 24, 40
SCALE = 2
SHEET_HEIGHT, SHAPES_HEIGHT = 1060, 470


def state_of(example: str, name: NotationName, layer: int) -> MatricesState:
    """The arrays when the first δ of the layer has just been computed."""
    session = bpstudio.open(example)
    found = session.program.position_of(0, Pass.BACKWARD, layer, OperationKind.DELTA)
    if found is None:
        raise LookupError(f"no δ in {example}")
    session.seek(position=found + 1)
    return build_matrices_state(session, Selection(), ViewOptions(notation=name), layer)


def rendered(widget: QWidget, height: int) -> QImage:
    """A widget that was never shown, laid out at this height and twice as sharp."""
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.resize(WIDTH, height)
    widget.show()
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    QApplication.processEvents()
    image = QImage(SCALE * WIDTH, SCALE * height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(QColor(LIGHT.background))
    widget.render(image, QPoint(0, 0))
    widget.close()
    widget.deleteLater()
    return image


def side_by_side(images: list[QImage], titles: list[str], height: int) -> QImage:
    """Pictures next to each other, each with its title."""
    made = QImage(SCALE * (2 * WIDTH + GAP), SCALE * (height + HEADING), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(SCALE)
    made.fill(QColor(LIGHT.background))
    with QPainter(made) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        for number, (image, title) in enumerate(zip(images, titles, strict=True)):
            left = number * (WIDTH + GAP)
            draw_text(painter, left + 10.0, 26.0, title, 17.0, LIGHT.text)
            painter.drawImage(QPointF(left, HEADING), image)
    return made


def notation_pictures(folder: Path) -> None:
    """Both pictures."""
    application = QApplication.instance()
    load_fonts()
    if isinstance(application, QApplication):
        apply_theme(application, LIGHT)
    sheets, shapes, titles = [], [], []
    for example, name, layer in SIDES:
        state = state_of(example, name, layer)
        view = MatrixView()
        view.setFrameShape(MatrixView.Shape.NoFrame)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.resize(WIDTH, SHEET_HEIGHT)
        view.apply(state, LIGHT, None)
        view.verticalScrollBar().setValue(0)
        sheets.append(rendered(view, SHEET_HEIGHT))
        table: RowsTable[ShapeRow] = RowsTable("shapes", COLUMNS, lambda row: row.key, "")
        table.setFrameShape(RowsTable.Shape.NoFrame)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.apply(state.shapes, LIGHT)
        shapes.append(rendered(table, SHAPES_HEIGHT))
        titles.append(f"{name.value}: {example}")
    write_figure(folder / "notations-arrays.png", png_bytes(side_by_side(sheets, titles, SHEET_HEIGHT)))
    write_figure(folder / "notations-shapes.png", png_bytes(side_by_side(shapes, titles, SHAPES_HEIGHT)))


if __name__ == "__main__":
    made = QApplication(["bpstudio"])
    notation_pictures(Path(sys.argv[1]))
