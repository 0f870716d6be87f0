"""Films: read back with Pillow, each frame is the picture of its step, for its time."""

import importlib
import io
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from bpstudio.errors import ExportError
from bpstudio.export import animation as animation_module
from bpstudio.export.animation import LAST_TIMES, AnimationExport, has_video
from bpstudio.export.apng import write_apng
from bpstudio.export.figure import build_figure
from bpstudio.export.picture import figure_bytes
from bpstudio.export.presets import Look, look
from bpstudio.export.steps import StepsOptions, positions, run_to_end
from bpstudio.files.run_file import open_run
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat, PresetName
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")
F = ExportFormat
SMALL = Look(LIGHT, (640, 480))


def film(path: Path, options: StepsOptions) -> Image.Image:
    run_to_end(AnimationExport(Session(open_run("mazur")), path, options, ViewOptions()))
    return Image.open(io.BytesIO(path.read_bytes()))


def pictures(options: StepsOptions) -> list[Image.Image]:
    session = Session(open_run("mazur"))
    found = []
    for position in positions(session, options):
        session.seek(position=position)
        data = figure_bytes(build_figure(session, ViewOptions()), F.PNG, options.look)
        found.append(Image.open(io.BytesIO(data)).convert("RGBA"))
    return found


def differences(first: Image.Image, second: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """By how much each channel of each pixel differs."""
    return np.abs(np.asarray(first.convert("RGB"), np.int64) - np.asarray(second.convert("RGB"), np.int64))


@pytest.mark.parametrize(("file_format", "tolerance"), [(F.APNG, 0.0), (F.WEBP, 0.0), (F.GIF, 0.5)])
def test_each_frame_is_the_picture_of_its_step(file_format: F, tolerance: float, tmp_path: Path) -> None:
    options = StepsOptions(10, 20, Level.OPERATION, file_format, SMALL, 0.5)
    expected = pictures(options)
    image = film(tmp_path / f"x.{file_format.value}", options)
    assert getattr(image, "n_frames", 1) == len(expected) == 11
    for number, picture in enumerate(expected):
        image.seek(number)
        image.load()
        assert differences(image, picture).mean() <= tolerance
        time = image.info["duration"]
        assert time == (500 * LAST_TIMES if number == 10 else 500)
    assert image.info.get("loop", 0) == 0


@pytest.mark.parametrize("file_format", [F.APNG, F.WEBP])
def test_a_film_can_be_without_a_background(file_format: F, tmp_path: Path) -> None:
    options = StepsOptions(10, 13, Level.OPERATION, file_format, look(PresetName.TRANSPARENT, DARK, (640, 480)))
    image = film(tmp_path / "x", options)
    for number, picture in enumerate(pictures(options)):
        image.seek(number)
        assert image.convert("RGBA").getpixel((2, 2)) == (0, 0, 0, 0)
        alpha = ImageChops.difference(image.convert("RGBA").getchannel("A"), picture.getchannel("A"))
        assert alpha.getextrema() == (0, 0)


def test_one_step_is_a_film_of_one_picture(tmp_path: Path) -> None:
    for file_format in (F.GIF, F.APNG, F.WEBP):
        image = film(tmp_path / "x", StepsOptions(5, 5, Level.UNIT, file_format, SMALL))
        assert getattr(image, "n_frames", 1) == 1


def test_what_does_not_change_is_not_written_again(tmp_path: Path) -> None:
    short = film(tmp_path / "a", StepsOptions(0, 1, Level.OPERATION, F.APNG, SMALL))
    assert short.size == (640, 480)
    one = len((tmp_path / "a").read_bytes())
    film(tmp_path / "b", StepsOptions(0, 11, Level.OPERATION, F.APNG, SMALL))
    assert len((tmp_path / "b").read_bytes()) < 4.5 * one


def test_an_apng_is_a_sound_png() -> None:
    frames = [Image.new("RGB", (8, 6), (value, 0, 0)) for value in (10, 10, 200)]
    frames[1].putpixel((3, 2), (0, 255, 0))
    file = io.BytesIO()
    write_apng(file, frames, [100, 200, 300])
    data, at, kinds, sequence = file.getvalue(), 8, [], []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body)
        kinds.append(kind)
        if kind in (b"fcTL", b"fdAT"):
            sequence.append(struct.unpack_from(">I", body)[0])
        at += 12 + length
    assert kinds[:4] == [b"IHDR", b"acTL", b"fcTL", b"IDAT"]
    assert kinds[-1] == b"IEND"
    assert sequence == list(range(len(sequence)))
    image = Image.open(io.BytesIO(data))
    for number, frame in enumerate(frames):
        image.seek(number)
        assert differences(image, frame).max() == 0


def test_without_ffmpeg_video_is_one_sentence_and_not_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(animation_module, "has_video", lambda: False)
    with pytest.raises(ExportError, match=r"bpstudio\[video\]"):
        film(tmp_path / "x.mp4", StepsOptions(0, 3, Level.UNIT, F.MP4, SMALL))
    assert list(tmp_path.glob("*.mp4")) == []


@pytest.mark.skipif(not has_video(), reason="the extra video (imageio-ffmpeg) is not installed")
def test_a_video_lasts_as_long_as_its_steps_and_repeats_its_bytes(tmp_path: Path) -> None:
    options = StepsOptions(10, 13, Level.OPERATION, F.MP4, Look(LIGHT, (641, 481)), 0.5)
    for name in ("a.mp4", "b.mp4"):
        run_to_end(AnimationExport(Session(open_run("mazur")), tmp_path / name, options, ViewOptions()))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    program = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    told = subprocess.run([program, "-i", str(tmp_path / "a.mp4")], capture_output=True, text=True).stderr
    assert "Duration: 00:00:03.0" in told
    assert "642x482" in told


def test_an_encoder_that_fails_is_one_sentence_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(animation_module, "write_apng", broken)
    with pytest.raises(ExportError, match="the disk is full"):
        film(tmp_path / "x.apng", StepsOptions(0, 9, Level.OPERATION, F.APNG, SMALL))
    assert list(tmp_path.glob("*apng*")) == []
