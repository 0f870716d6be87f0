"""Ranges of steps as files: numbered, whole or not at all, nothing left of what was cancelled, back to where it began."""

import errno
import json
import os
import re
import threading
from pathlib import Path

import pytest

from bpstudio.errors import ExportError
from bpstudio.export.animation import AnimationExport
from bpstudio.export.gallery import Page, gallery_html
from bpstudio.export.player import PlayerExport
from bpstudio.export.presets import Look
from bpstudio.export.steps import RangeExport, StepsExport, StepsOptions, export_steps, positions, run_to_end
from bpstudio.export.worked_export import WorkedExport
from bpstudio.files.run_file import open_run
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import LIGHT

pytestmark = pytest.mark.usefixtures("qapp")
SMALL = Look(LIGHT, (700, 500))
F = ExportFormat


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """An empty folder; the person's own lies beside it."""
    made = tmp_path / "room"
    made.mkdir()
    return made


def test_steps_are_numbered_and_the_page_leafs_through_them(room: Path) -> None:
    session = Session(open_run("mazur"))
    options = StepsOptions(0, session.program.iteration_start(1), Level.LAYER, look=SMALL)
    paths = export_steps(session, room / "steps", options, ViewOptions())
    names = [path.name for path in paths]
    assert names[0] == "step-0000.png"
    assert names[-1] == "index.html"
    assert len(names) == len(positions(session, options)) + 1
    assert sorted(names) == sorted(path.name for path in (room / "steps").iterdir())
    page = paths[-1].read_text()
    found = re.search(r"const pages = (\[.*\]);", page)
    assert found is not None
    assert [entry[0] for entry in json.loads(found[1])] == names[:-1]
    assert "ArrowRight" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_cannot_be_broken_by_a_title() -> None:
    page = gallery_html("</title><script>x", [Page("a.png", "</script>", "", "")], LIGHT)
    assert page.count("<script>") == 1
    assert page.count("</script>") == 1


def job_of(kind: str, session: Session, folder: Path) -> RangeExport:
    """One of each kind of export, into a folder of which two levels are not there yet, or a file."""
    view = ViewOptions()
    match kind:
        case "pictures":
            options = StepsOptions(0, 30, Level.OPERATION, look=SMALL)
            return StepsExport(session, folder / "new" / "deep", options, view)
        case "tikz":
            return StepsExport(session, folder / "tex", StepsOptions(0, 30, Level.OPERATION, F.TEX), view)
        case "worked":
            return WorkedExport(session, folder / "x.html", StepsOptions(0, 30, Level.OPERATION, F.HTML), view)
        case "html":
            return PlayerExport(session, folder / "x.html", StepsOptions(0, 30, Level.OPERATION, F.HTML, SMALL), view)
        case _:
            options = StepsOptions(0, 30, Level.OPERATION, F(kind), SMALL)
            return AnimationExport(session, folder / f"x.{kind}", options, view)


KINDS = ["pictures", "tikz", "worked", "html", "gif", "apng", "webp"]


@pytest.mark.parametrize("kind", KINDS)
def test_cancelling_leaves_nothing_behind_and_goes_back(kind: str, room: Path) -> None:
    session = Session(open_run("mazur"))
    session.seek(position=5)
    job = job_of(kind, session, room)
    for _ in range(500):
        if job.progress[0] == 2:
            break
        assert not job.advance(0.0)
    assert job.progress == (2, 30 if kind == "worked" else 31)
    assert list(room.glob("new/deep/*")) == [], "nothing has its name before it is whole"
    job.cancel()
    assert list(room.iterdir()) == []
    assert session.position == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_finished_export_goes_back_and_leaves_no_traces(kind: str, room: Path) -> None:
    session = Session(open_run("mazur"))
    session.seek(position=7)
    job = job_of(kind, session, room)
    while not job.advance(0.2):
        pass
    assert session.position == 7
    written = [path for path in room.rglob("*") if path.is_file()]
    assert sorted(written) == sorted(job.paths)
    assert not [path for path in room.rglob("*") if path.name.startswith(".")]
    assert str(len(job.paths) - 1) in job.words or str(job.progress[1]) in job.words


def test_a_folder_that_is_there_keeps_its_other_files(room: Path) -> None:
    folder = room / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "step-0000.png").write_text("old")
    session = Session(open_run("mazur"))
    job = StepsExport(session, folder, StepsOptions(0, 3, Level.OPERATION, look=SMALL), ViewOptions())
    job.advance(0.0)
    job.cancel()
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"notes.txt": "mine", "step-0000.png": "old"}
    export_steps(session, folder, StepsOptions(0, 3, Level.OPERATION, look=SMALL), ViewOptions())
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "step-0000.png").read_bytes().startswith(b"\x89PNG")
    assert os.listdir(room) == ["mine"]


def test_a_new_folder_has_the_rights_of_any_new_folder(room: Path) -> None:
    (room / "other").mkdir()
    export_steps(Session(open_run("mazur")), room / "x", StepsOptions(0, 0, Level.UNIT, look=SMALL), ViewOptions())
    assert (room / "x").stat().st_mode == (room / "other").stat().st_mode


def test_too_many_pictures_are_refused_before_the_first(room: Path) -> None:
    session = Session(open_run("iris"))
    with pytest.raises(ExportError, match="more than"):
        export_steps(session, room / "x", StepsOptions(0, 10**9, Level.OPERATION), ViewOptions())
    assert not (room / "x").exists()


def test_a_gif_that_would_fill_the_memory_is_refused_in_one_sentence(room: Path) -> None:
    session = Session(open_run("iris"))
    huge = StepsOptions(0, 3000, Level.OPERATION, F.GIF, Look(size=(2000, 1500)))
    with pytest.raises(ExportError, match="choose webp or html"):
        AnimationExport(session, room / "x.gif", huge, ViewOptions())


@pytest.mark.parametrize("kind", ["gif", "html"])
def test_a_file_into_a_folder_that_is_not_there_is_one_sentence(kind: str, room: Path) -> None:
    session = Session(open_run("mazur"))
    with pytest.raises(ExportError, match=r"there is no such folder|could not be written"):
        run_to_end(job_of(kind, session, room / "nowhere"))
    assert list(room.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(room: Path) -> None:
    (room / "file").write_text("")
    session = Session(open_run("mazur"))
    for place in (room / "file" / "inside", room / "file"):
        with pytest.raises(ExportError, match="could not be made"):
            export_steps(session, place, StepsOptions(0, 5, Level.UNIT), ViewOptions())
    assert os.listdir(room) == ["file"]


@pytest.mark.parametrize("kind", ["worked", "html", "gif", "pictures"])
def test_cancelling_while_the_last_part_is_done_beside_leaves_nothing(kind: str, room: Path) -> None:
    session = Session(open_run("mazur"))
    job = job_of(kind, session, room)
    while job.progress[0] < job.progress[1]:
        if job.advance(0.0):
            return  # the last part was quicker than a look at it
    job.cancel()
    assert list(room.iterdir()) == []
    assert "bpstudio-export_0" not in {thread.name for thread in threading.enumerate()}


def test_what_goes_wrong_beside_is_said_and_leaves_nothing(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of("pictures", Session(open_run("mazur")), room)
    real, calls = Path.write_bytes, 0

    def write_bytes(path: Path, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(ExportError, match="No space left"):
        run_to_end(job)
    assert list(room.iterdir()) == []
