"""Small pictures of what an export will be, and a few words about how much of it there will be."""

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bpstudio.equations.equation_painter import EquationLayout, paint_lines
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.pieces import to_pieces
from bpstudio.export.animation import LAST_TIMES
from bpstudio.export.figure import build_figure, elided, wrapped
from bpstudio.export.given import Given
from bpstudio.export.jobs import look_of
from bpstudio.export.picture import figure_image
from bpstudio.export.steps import StepsOptions, positions
from bpstudio.export.widget_picture import widget_image
from bpstudio.export.worked import Heading, Worker, capital, plain, title_of
from bpstudio.look.drawing import draw_text
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportChoices, ExportFormat, Subject
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import LIGHT, Theme

SIZE = (800, 536)
"""Twice the size it is shown at, for sharp screens."""
CHECKER = 16


def figure_preview(
    session: Session, choices: ExportChoices, view: ViewOptions, theme: Theme, selection: Selection
) -> QImage:
    """The figure of now, on a chequered ground where it has none of its own, with a thin line around it."""
    look = look_of(choices, theme)
    share = min(SIZE[0] / look.size[0], SIZE[1] / look.size[1])
    image = figure_image(build_figure(session, view, selection), replace(look, scale=share))
    return _framed(image, theme, look.is_transparent)


def widget_preview(widget: QWidget, theme: Theme) -> QImage:
    """A panel or window as it stands."""
    share = min(SIZE[0] / max(1, widget.width()), SIZE[1] / max(1, widget.height()), 2.0)
    return _framed(widget_image(widget, share), theme, False)


def worked_preview(session: Session, choices: ExportChoices, view: ViewOptions, theme: Theme) -> QImage:
    """The head of the handout, as on paper."""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    with QPainter(image) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(1.25, 1.25)
        draw_text(painter, 28.0, 40.0, title_of(session), 20.0, LIGHT.text)
        origin = session.position
        y = 58.0
        wanted = positions(session, _steps(choices, theme))[1:]
        worker = Worker(session, view)
        for boundary in wanted[:3]:
            session.seek(position=boundary - 1)
            for item in worker.items(session.operation):
                if isinstance(item, Heading):
                    if item.depth != 3:
                        y += 20.0
                        draw_text(painter, 28.0, y, item.text, 16.0 - 1.5 * item.depth, LIGHT.quiet)
                    continue
                if isinstance(item, Given):
                    y = _draw_given(painter, y + 20.0, item, worker)
                    continue
                layout = EquationLayout(LIGHT, 15.0)
                for expression in item.equations:
                    lines = layout.lines(to_pieces(expression, worker.numbers, is_code=worker.names.is_code), 560.0)
                    y = paint_lines(painter, 44.0, y + 8.0, lines)
                for line in wrapped(item.sentence, 11.0, 580.0, 2):
                    y += 17.0
                    draw_text(painter, 44.0, y, line, 11.0, LIGHT.text)
        session.seek(position=origin)
    return _framed(image, theme, False)


def _draw_given(painter: QPainter, y: float, item: Given, worker: Worker) -> float:
    """What is given, a line each; returns the baseline of the last."""
    draw_text(painter, 28.0, y, item.title, 16.0, LIGHT.quiet)
    for row in item.rows:
        y += 16.0
        numbers = ", ".join(plain(each, worker.names, worker.numbers) for each in row.equations)
        text = f"{capital(row.words)}: {numbers}" if numbers else capital(row.words)
        draw_text(painter, 44.0, y, elided(text, 11.0, 560.0), 11.0, LIGHT.text)
    return y


def amount(
    session: Session, choices: ExportChoices, theme: Theme, widget: QWidget | None, numbers: NumberFormat
) -> str:
    """How much there will be, in words, with ``numbers`` as the window writes them. Raises ExportError if it is too much."""
    look = look_of(choices, theme)
    width, height = look.pixels if choices.file_format.has_pixels else look.size
    if widget is not None:
        share = choices.scale if choices.file_format is ExportFormat.PNG else 1.0
        width, height = round(widget.width() * share), round(widget.height() * share)
    size = f"{width} × {height}" + (" pixels" if choices.file_format.has_pixels else "")
    match choices.subject:
        case Subject.FIGURE:
            if choices.file_format is ExportFormat.TEX:
                return "A document for pdfLaTeX that draws the network with TikZ, much like this."
            return f"One picture, {size}."
        case Subject.PANEL | Subject.WINDOW:
            return f"One picture, {size}, as it stands on the screen."
        case Subject.STEPS:
            count = len(positions(session, _steps(choices, theme)))
            if choices.writes_folder:
                page = "" if choices.file_format is ExportFormat.TEX else " and a page to leaf through them"
                return f"{count} pictures{page} in a folder."
            if choices.file_format is ExportFormat.HTML:
                return f"One page with {count} steps, light and dark, that plays and pages without a network."
            seconds = (count - 1 + LAST_TIMES) * choices.seconds
            return f"{count} steps, {size}, {numbers.significant(3).format(seconds)} seconds."
        case Subject.WORKED:
            count = len(positions(session, _steps(choices, theme))) - 1
            return f"{count} operations with symbols, numbers and a sentence each."


def _steps(choices: ExportChoices, theme: Theme) -> StepsOptions:
    start, end = sorted((choices.start, choices.end))
    return StepsOptions(start, end, choices.level, choices.file_format, look_of(choices, theme))


def _framed(image: QImage, theme: Theme, is_transparent: bool) -> QImage:
    """With a line around it in the theme's colour."""
    framed = QImage(image.size(), QImage.Format.Format_RGB32)
    framed.fill(QColor(theme.surface))
    framed_rect = QRectF(0.5, 0.5, image.width() - 1.0, image.height() - 1.0)
    with QPainter(framed) as painter:
        if is_transparent:
            for row in range(0, image.height(), CHECKER):
                for column in range((row // CHECKER % 2) * CHECKER, image.width(), 2 * CHECKER):
                    painter.fillRect(column, row, CHECKER, CHECKER, QColor(theme.hover))
        image.setDevicePixelRatio(1.0)
        painter.drawImage(QPointF(0.0, 0.0), image)
        painter.setPen(QPen(QColor(theme.faded), 2.0))
        painter.drawRect(framed_rect)
    return framed
