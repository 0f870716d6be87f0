"""Figures and step pictures: the same bytes, text that is text, nothing half-written."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel

from bpstudio.errors import ExportError
from bpstudio.export import steps as steps_module
from bpstudio.export.picture import PictureFormat, build_figure, copy_image, figure_bytes, figure_image, widget_bytes
from bpstudio.export.steps import StepsOptions, export_steps, positions
from bpstudio.files.examples import example_names
from bpstudio.files.run_file import open_run
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")


def at(name: str, position: int) -> Session:
    session = Session(open_run(name))
    session.seek(position=position)
    return session


@pytest.mark.parametrize("name", example_names())
@pytest.mark.parametrize("picture_format", list(PictureFormat))
def test_a_figure_has_the_same_bytes_whatever_way_one_came(name: str, picture_format: PictureFormat) -> None:
    direct = at(name, 41)
    detour = at(name, 300)
    detour.seek(position=41)
    first = figure_bytes(build_figure(direct, ViewOptions()), picture_format)
    assert first == figure_bytes(build_figure(detour, ViewOptions()), picture_format)


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda t: t.name)
def test_a_png_has_its_size_times_the_scale(scale: int, theme: object) -> None:
    figure = build_figure(at("xor", 30), ViewOptions())
    image = QImage.fromData(figure_bytes(figure, PictureFormat.PNG, DARK, (800, 500), scale))
    assert (image.width(), image.height()) == (800 * scale, 500 * scale)
    assert len({image.pixel(x, y) for x in range(0, image.width(), 37) for y in range(0, image.height(), 23)}) > 3


def test_an_svg_carries_title_position_and_notation_as_text() -> None:
    data = figure_bytes(build_figure(at("two-layer-deltas", 40), ViewOptions()), PictureFormat.SVG)
    root = ElementTree.fromstring(data)
    words = " ".join(text for text in root.itertext())
    assert "Two hidden deltas" in words
    assert "position 40" in words
    assert "notation: theta" in words
    assert "δ" in words
    assert "DejaVu Sans" in data.decode()


def test_a_hostile_title_stays_text() -> None:
    session = Session(open_run("xor"))
    document = '<script>alert("1")</script>\x01 & <b>'
    figure = build_figure(session, ViewOptions())
    hostile = type(figure)(document, figure.caption, figure.notation, figure.canvas, figure.card)
    root = ElementTree.fromstring(figure_bytes(hostile, PictureFormat.SVG))
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_steps_are_numbered_and_the_page_leafs_through_them(tmp_path: Path) -> None:
    session = Session(open_run("mazur"))
    end = session.program.iteration_start(1)
    options = StepsOptions(0, end, Level.LAYER, size=(700, 500))
    paths = export_steps(session, tmp_path / "steps", options, ViewOptions())
    names = [path.name for path in paths]
    assert names[0] == "step-0000.png"
    assert names[-1] == "index.html"
    assert len(names) == len(positions(session, options)) + 1
    page = paths[-1].read_text()
    found = re.search(r"const pages = (\[.*\]);", page)
    assert found is not None
    pages = json.loads(found[1])
    assert [entry[0] for entry in pages] == names[:-1]
    assert "ArrowRight" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_cannot_be_broken_by_a_title() -> None:
    page = steps_module.page_html("</title><script>x", [steps_module.Page("a.png", "</script>", "", "")], LIGHT)
    assert page.count("<script>") == 1
    assert page.count("</script>") == 1


def test_cancelling_leaves_nothing_behind_and_goes_back(tmp_path: Path) -> None:
    session = Session(open_run("mazur"))
    session.seek(position=5)
    folder = tmp_path / "steps"
    export = steps_module.StepsExport(
        session, folder, StepsOptions(0, 30, Level.OPERATION, size=(700, 500)), ViewOptions()
    )
    assert not export.advance(0.0)
    assert not export.advance(0.0)
    assert export.progress == (2, 31)
    assert len(list(folder.iterdir())) == 2
    export.cancel()
    assert list(folder.iterdir()) == []
    assert session.position == 5


def test_too_many_pictures_are_refused_before_the_first(tmp_path: Path) -> None:
    session = Session(open_run("iris"))
    with pytest.raises(ExportError, match="more than"):
        export_steps(session, tmp_path / "x", StepsOptions(0, 10**9, Level.OPERATION), ViewOptions())
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    session = Session(open_run("mazur"))
    with pytest.raises(ExportError, match="could not be made"):
        export_steps(session, tmp_path / "file" / "inside", StepsOptions(0, 5, Level.UNIT), ViewOptions())


def test_a_widget_can_be_exported_and_a_figure_copied() -> None:
    label = QLabel("a widget")
    label.resize(200, 80)
    for picture_format in (PictureFormat.PNG, PictureFormat.SVG):
        assert widget_bytes(label, picture_format) == widget_bytes(label, picture_format)
    image = figure_image(build_figure(at("xor", 30), ViewOptions()), LIGHT, (700, 500))
    copy_image(image)
    assert QApplication.clipboard().image().size() == image.size()
    QApplication.clipboard().clear()
    label.deleteLater()
