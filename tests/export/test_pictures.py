"""Figures of a moment: the same bytes, text that is text, equations as outlines, nothing clipped, looks for a purpose."""

import base64
import io
import re
import xml.etree.ElementTree as ElementTree
import zlib
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from bpstudio.canvas.network_canvas import NetworkCanvas
from bpstudio.export.figure import FigureState, build_figure
from bpstudio.export.picture import copy_image, figure_bytes, figure_image, figure_svg
from bpstudio.export.presets import PAPER, Look, look
from bpstudio.export.widget_picture import widget_bytes, widget_image
from bpstudio.files.examples import example_names
from bpstudio.files.run_file import open_run
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import PICTURES, ExportFormat, PresetName
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme, contrast, luminance

pytestmark = pytest.mark.usefixtures("qapp")
SVG = "{http://www.w3.org/2000/svg}"


def at(name: str, position: int) -> Session:
    session = Session(open_run(name))
    session.seek(position=position)
    return session


def figure_at(name: str, position: int) -> FigureState:
    return build_figure(at(name, position), ViewOptions())


@pytest.mark.parametrize("name", example_names())
@pytest.mark.parametrize("picture_format", PICTURES)
def test_a_figure_has_the_same_bytes_whatever_way_one_came(name: str, picture_format: ExportFormat) -> None:
    direct = at(name, 41)
    detour = at(name, 300)
    detour.seek(position=41)
    first = figure_bytes(build_figure(direct, ViewOptions()), picture_format)
    assert first == figure_bytes(build_figure(detour, ViewOptions()), picture_format)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 3.5])
@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda t: t.name)
def test_a_png_has_its_size_times_the_scale(scale: float, theme: Theme) -> None:
    data = figure_bytes(figure_at("xor", 30), ExportFormat.PNG, Look(theme, (800, 500), scale=scale))
    image = QImage.fromData(data)
    assert (image.width(), image.height()) == (800 * scale, 500 * scale)
    assert len({image.pixel(x, y) for x in range(0, image.width(), 37) for y in range(0, image.height(), 23)}) > 3


def svg_of(figure: FigureState, how: Look | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(figure_bytes(figure, ExportFormat.SVG, how or Look()))


def texts_of(root: ElementTree.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def test_an_svg_carries_title_position_notation_and_sentence_as_text() -> None:
    figure = figure_at("two-layer-deltas", 40)
    words = " ".join(texts_of(svg_of(figure)))
    for expected in ("Two hidden deltas", "position 40", "notation: theta", "δ", *figure.sentence.split()[:3]):
        assert expected in words


def test_the_equation_is_outlines_and_its_words_are_the_description() -> None:
    figure = figure_at("two-layer-deltas", 60)
    root = svg_of(figure)
    assert not any("0.007683" in text and "=" in text for text in texts_of(root))
    assert len(list(root.iter(f"{SVG}path"))) > 15
    description = root.find(f"{SVG}desc")
    assert description is not None and description.text is not None
    assert figure.formula.splitlines()[0] in description.text
    as_text = ElementTree.fromstring(figure_svg(figure, Look(has_outlines=False)))
    assert len(texts_of(as_text)) > len(texts_of(root))


def test_an_svg_holds_a_font_with_every_letter_it_sets() -> None:
    data = figure_bytes(figure_at("two-layer-deltas", 60), ExportFormat.SVG).decode()
    fonts = re.findall(r"font-weight:(\w+);src:url\(data:font/woff;base64,([^)]+)\)", data)
    held = {weight: set(TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap()) for weight, font in fonts}
    root = ElementTree.fromstring(data)
    for element in root.iter(f"{SVG}text"):
        assert {ord(letter) for letter in "".join(element.itertext())} <= held[element.attrib["font-weight"]]
        assert element.attrib["font-family"].startswith("DejaVu Sans, ")


def test_each_text_of_an_svg_says_how_wide_it_is() -> None:
    root = svg_of(figure_at("iris", 500))
    for element in root.iter(f"{SVG}text"):
        text = "".join(element.itertext())
        if len(text) > 1:
            assert 0.2 < float(element.attrib["textLength"]) / (len(text) * float(element.attrib["font-size"])) < 1.3


@pytest.mark.parametrize("preset", list(PresetName))
@pytest.mark.parametrize(("name", "position"), [("two-layer-deltas", 60), ("iris", 70_000), ("xor", 33)])
def test_no_text_leaves_the_picture(preset: PresetName, name: str, position: int) -> None:
    how = look(preset)
    root = svg_of(figure_at(name, position), how)
    width, height = how.size
    for group in root.iter(f"{SVG}g"):
        shift = re.fullmatch(r"matrix\((.*)\)", group.attrib.get("transform", "matrix(1,0,0,1,0,0)"))
        assert shift is not None
        a, b, _, d, e, f = (float(part) for part in shift[1].split(","))
        assert b == 0.0
        for element in group.findall(f"{SVG}text"):
            left, base = a * float(element.attrib["x"]) + e, d * float(element.attrib["y"]) + f
            right = left + a * float(element.attrib.get("textLength", 8.0))
            assert left >= -0.5 and right <= width + 0.5, "".join(element.itertext())
            assert d * float(element.attrib["font-size"]) * 0.7 <= base <= height - 2.0, "".join(element.itertext())


@pytest.mark.parametrize("how", [Look(), Look(has_outlines=False)], ids=["outlines", "letters"])
@pytest.mark.parametrize("name", example_names())
def test_no_text_of_an_svg_is_transparent(name: str, how: Look) -> None:
    session = Session(open_run(name))
    first: dict[tuple[object, ...], int] = {}
    for position in range(min(3000, session.program.iteration_start(1))):
        operation = session.program.operation(position)
        first.setdefault((operation.kind, operation.layer), position)
    count = 0
    for position in first.values():
        session.seek(position=position + 1)
        svg = figure_svg(build_figure(session, ViewOptions()), how)
        for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
            for element in group.findall(f"{SVG}text"):
                count += 1
                ink = element.get("fill-opacity", group.get("fill-opacity", "1"))
                assert float(ink) > 0.0, (position, "".join(element.itertext()))
    assert count > 50


def test_a_hostile_title_stays_text() -> None:
    hostile = replace(figure_at("xor", 0), title='<script>alert("1")</script>\x01 & <b>]]>')
    root = svg_of(hostile)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert '<script>alert("1")</script> & <b>]]>' in texts_of(root)


def test_a_pdf_holds_its_fonts_and_its_title() -> None:
    data = figure_bytes(figure_at("mazur", 20), ExportFormat.PDF)
    assert data.startswith(b"%PDF-")
    assert b"DejaVuSans" in data
    assert b"20000101" in data, "the date is always the same"


def test_a_slide_is_a_full_screen_and_its_words_are_larger() -> None:
    slide, screen = look(PresetName.SLIDE), look(PresetName.SCREEN)
    assert slide.pixels == (1920, 1080)
    for name in ("title", "caption", "formula", "sentence"):
        on_slide = getattr(slide.type, name) * slide.zoom / slide.size[1]
        assert on_slide > 1.25 * getattr(screen.type, name) / screen.size[1]


def test_a_slide_of_another_size_keeps_its_proportions() -> None:
    small = look(PresetName.SLIDE, size=(960, 540))
    assert small.inner_size == look(PresetName.SLIDE).inner_size


def test_a_paper_can_be_told_apart_without_colour() -> None:
    for first, second in ((PAPER.positive, PAPER.negative), (PAPER.forward, PAPER.backward)):
        dark, light = sorted((luminance(first), luminance(second)))
        assert (light + 0.05) / (dark + 0.05) > 1.8
    for colour in (PAPER.text, PAPER.quiet, PAPER.positive, PAPER.negative, PAPER.forward, PAPER.backward):
        assert contrast(colour, PAPER.background) >= 4.5
    assert PAPER.background == "#FFFFFF"


def test_a_paper_leaves_the_title_to_the_paper_and_has_a_frame() -> None:
    figure = figure_at("two-layer-deltas", 60)
    assert figure.title not in texts_of(svg_of(figure, look(PresetName.PAPER)))
    image = figure_image(figure, look(PresetName.PAPER, scale=1.0))
    assert image.pixelColor(0, 300).name().upper() == PAPER.line
    assert image.pixelColor(3, 300).name() == "#ffffff"


def test_without_a_background_the_corners_are_empty_and_the_units_are_not() -> None:
    figure = figure_at("two-layer-deltas", 60)
    image = QImage.fromData(figure_bytes(figure, ExportFormat.PNG, look(PresetName.TRANSPARENT)))
    assert image.hasAlphaChannel()
    assert image.pixelColor(2, 2).alpha() == 0
    assert image.pixelColor(2, 400).alpha() == 0
    assert any(image.pixelColor(x, 190).alpha() == 255 for x in range(100, 300))
    assert not QImage.fromData(figure_bytes(figure, ExportFormat.PNG)).hasAlphaChannel()
    root = svg_of(figure, look(PresetName.TRANSPARENT))
    assert not [r for r in root.iter(f"{SVG}rect") if float(r.attrib["width"]) >= 1000]


@pytest.mark.parametrize("picture_format", PICTURES)
def test_a_panel_can_be_exported_the_same_each_time(picture_format: ExportFormat) -> None:
    label = QLabel("a panel")
    label.resize(200, 80)
    assert widget_bytes(label, picture_format) == widget_bytes(label, picture_format)
    if picture_format is ExportFormat.PNG:
        image = QImage.fromData(widget_bytes(label, picture_format, 1.5))
        assert (image.width(), image.height()) == (300, 120)
    if picture_format is ExportFormat.SVG:
        assert "a panel" in texts_of(ElementTree.fromstring(widget_bytes(label, picture_format)))
    label.deleteLater()


def scrolling_window(qtbot: QtBot) -> tuple[QWidget, QPlainTextEdit, NetworkCanvas]:
    """A label, a text longer than its place, and a network below each other."""
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.addWidget(QLabel("above"))
    text = QPlainTextEdit("\n".join(f"line {number}" for number in range(40)))
    layout.addWidget(text)
    canvas = NetworkCanvas()
    canvas.setMinimumSize(400, 250)
    layout.addWidget(canvas)
    window.resize(500, 500)
    window.show()
    canvas.apply(figure_at("two-layer-deltas", 50).canvas, LIGHT)
    return window, text, canvas


def test_what_scrolls_stays_within_its_edges_in_an_svg(qtbot: QtBot) -> None:
    window, text, canvas = scrolling_window(qtbot)
    canvas.zoom_by(2.0)
    root = ElementTree.fromstring(widget_bytes(window, ExportFormat.SVG))
    inner = root.findall(f"{SVG}svg")
    assert [element.attrib["overflow"] for element in inner] == ["hidden", "hidden"]
    sizes = [(int(element.attrib["width"]), int(element.attrib["height"])) for element in inner]
    assert sizes == [(w.width(), w.height()) for w in (text.viewport(), canvas)]
    assert "line 1" in texts_of(inner[0])
    assert "layer 1" in texts_of(inner[1]), "the network is lines and text, not a picture of pixels"
    assert not list(inner[1].iter(f"{SVG}image"))
    outside = [t for t in texts_of(root) if t not in texts_of(inner[0]) + texts_of(inner[1])]
    assert outside == ["above"]
    assert text.viewport().updatesEnabled()
    assert canvas.updatesEnabled()


def pdf_boxes(data: bytes) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of the clips that the pages of a PDF paint under, in pixels."""
    streams = re.findall(rb"stream\n(.*?)endstream", data, re.DOTALL)
    number = rb"(-?[\d.]+)"
    corner = number + rb" " + number + rb" [ml]\n"
    found = []
    for packed in streams:
        try:
            page = zlib.decompress(packed)
        except zlib.error:
            continue  # a font's table, or text
        for clip in re.finditer(corner * 4 + rb"[^\n]* l\nh\nW\* n", page):
            sides = [float(side) for side in clip.groups()]
            found.append((min(sides[0::2]), min(sides[1::2]), max(sides[0::2]), max(sides[1::2])))
    return found


def test_what_scrolls_stays_within_its_edges_in_a_pdf(qtbot: QtBot) -> None:
    window, text, canvas = scrolling_window(qtbot)
    boxes = pdf_boxes(widget_bytes(window, ExportFormat.PDF))
    for part in (text.viewport(), canvas):
        place = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
        assert (place.x(), place.y(), place.x() + place.width(), place.y() + place.height()) in boxes
    assert text.viewport().updatesEnabled()
    assert canvas.updatesEnabled()


@pytest.mark.parametrize("size", [(200, 80), (301, 151), (302, 150), (303, 149)])
def test_a_page_is_exactly_as_large_as_what_it_shows(size: tuple[int, int]) -> None:
    label = QLabel("a panel")
    label.resize(*size)
    data = widget_bytes(label, ExportFormat.PDF)
    label.deleteLater()
    box = re.search(rb"/MediaBox \[([^]]*)\]", data)
    assert box is not None
    left, bottom, right, top = (float(side) for side in box[1].split())
    assert (right - left, top - bottom) == (0.75 * size[0], 0.75 * size[1])
    assert left == 0.0 and top == -(-3 * size[1] // 4), "painting begins at a whole point at the top"
    start = int(data[data.rindex(b"startxref") :].split()[1])
    assert data[start : start + 4] == b"xref", "the table of contents still holds"


def test_a_network_in_a_panel_is_sharp_at_any_size(qtbot: QtBot) -> None:
    canvas = NetworkCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    canvas.apply(figure_at("two-layer-deltas", 50).canvas, LIGHT)
    canvas.grab()
    small, large = widget_image(canvas, 1.0), widget_image(canvas, 3.0)
    blurred = small.scaled(large.size(), mode=Qt.TransformationMode.SmoothTransformation)
    assert large != blurred
    dark = [image_darkness(image) for image in (large, blurred)]
    assert dark[0] > 1.5 * dark[1], "thin strokes of letters keep their full ink"


def image_darkness(image: QImage) -> int:
    """How many of some pixels are nearly black."""
    return sum(
        image.pixelColor(x, y).lightness() < 45 for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)
    )


def test_a_figure_can_be_copied() -> None:
    image = figure_image(figure_at("xor", 30), Look(LIGHT, (700, 500)))
    copy_image(image)
    assert QApplication.clipboard().image().size() == image.size()
    QApplication.clipboard().clear()
