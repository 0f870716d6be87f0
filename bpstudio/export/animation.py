"""A range of steps as one moving picture: GIF, APNG and WebP with Pillow, MP4 with ffmpeg where the extra `video` is installed.

Qt writes none of them: its PNG and WebP writers know still pictures only. Encoding runs in a thread of its own behind a short
queue of frames, so that painting goes on and a cancelled export ends at once; the file appears when it is whole.
"""

import importlib.util
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtGui import QImage

from bpstudio.errors import ExportError
from bpstudio.explain.labels import counted
from bpstudio.export.apng import write_apng
from bpstudio.export.figure import build_figure
from bpstudio.export.picture import figure_image
from bpstudio.export.steps import RangeExport, StepsOptions, positions
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.selection import ViewOptions

LAST_TIMES = 3
"""The last picture stays this many times longer, so that one sees where it ends before it begins again."""
MOST_BYTES = 1_500_000_000
"""A GIF is held in memory until its last frame is known."""
PALETTE_FRAMES = 8
"""Pictures of the range that the colours of a GIF are taken from."""
EXACT_COLOURS, CLOSEST = 112, 5
QUEUED = 3
WAIT_SECONDS = 0.02
CALM, BRISK = 10, 25
"""Frames a second of a video: few, for nothing moves within a step, unless steps are short."""

_BYTES_A_PIXEL = {ExportFormat.GIF: 1}


def has_video() -> bool:
    """Whether MP4 can be written: the extra `video` brings ffmpeg along."""
    return importlib.util.find_spec("imageio_ffmpeg") is not None


class AnimationExport(RangeExport):
    """Paints each step and hands it to the encoder. Raises ExportError for what can't be written, before the first picture."""

    def __init__(self, session: Session, path: Path, steps: StepsOptions, view: ViewOptions) -> None:
        super().__init__(session, positions(session, steps))
        if steps.file_format is ExportFormat.MP4 and not has_video():
            raise ExportError("MP4 needs ffmpeg: install bpstudio[video], or choose webp, gif or html")
        width, height = steps.look.pixels
        needed = len(self._wanted) * width * height * _BYTES_A_PIXEL.get(steps.file_format, 0)
        if needed > MOST_BYTES:
            raise ExportError(
                f"{len(self._wanted)} pictures of {width} × {height} are too many for a {steps.file_format.value}; "
                "choose webp or html, fewer steps, or a smaller size"
            )
        if not path.parent.is_dir():
            raise ExportError(f"{path.parent}: there is no such folder")
        self._path = path
        self._steps = steps
        self._view = view
        self._count = len(self._wanted)
        self._samples: list[QImage] = []
        if steps.file_format is ExportFormat.GIF:
            self._wanted = [*_spread(self._wanted), *self._wanted]
        self._encoder: _Encoder | None = None

    @property
    def progress(self) -> tuple[int, int]:
        """Steps handed to the encoder, of how many."""
        return max(0, self._done - (len(self._wanted) - self._count)), self._count

    @property
    def words(self) -> str:
        """What was written."""
        return f"{counted(self._count)} in {self._path}"

    def _can_take(self) -> bool:
        return self._encoder is None or self._encoder.is_ready

    def _take(self, number: int) -> None:
        if number < len(self._wanted) - self._count:
            self._samples.append(self._frame())
            return
        if self._encoder is None:
            self._encoder = self._start()
        self._encoder.put(self._frame())

    def _frame(self) -> QImage:
        return figure_image(build_figure(self._session, self._view), self._steps.look)

    def _start(self) -> "_Encoder":
        durations = [max(20, round(self._steps.seconds * 1000 / 10) * 10)] * self._count
        durations[-1] *= LAST_TIMES
        if self._steps.file_format is ExportFormat.MP4:
            return _VideoEncoder(durations, self._steps.look.pixels)
        samples, self._samples = self._samples, []
        return _PillowEncoder(self._steps.file_format, durations, samples)

    def _finish(self, seconds: float) -> bool:
        assert self._encoder is not None
        data = self._encoder.result(max(seconds, 0.001))
        if data is None or not self._end_beside(lambda: self._put(self._path, data), seconds):
            return False
        self.paths = [self._path]
        return True

    def _discard(self) -> None:
        if self._encoder is not None:
            self._encoder.stop()


def _spread(positions: list[int]) -> list[int]:
    """Positions all over the range: the colours of a GIF are taken from their pictures."""
    count = min(PALETTE_FRAMES, len(positions))
    return [positions[number * (len(positions) - 1) // max(1, count - 1)] for number in range(count)]


def _sheet(samples: Sequence[QImage]) -> Image.Image:
    """Pictures of one size as one."""
    width, height = samples[0].width(), samples[0].height()
    sheet = Image.new("RGB", (width, height * len(samples)))
    for number, sample in enumerate(samples):
        sheet.paste(_pillow_image(sample), (0, height * number))
    return sheet


def palette_of(image: Image.Image) -> Image.Image:
    """256 colours: the commonest as they are, so that surfaces keep theirs, and a choice from all for the edges of letters.

    No two are so close that Pillow, which looks at the upper six bits, would take one for the other.
    """
    commonest = _commonest(image, 4 * EXACT_COLOURS)
    table = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette() or []
    chosen: list[tuple[int, ...]] = []
    others = [tuple(table[k : k + 3]) for k in range(0, len(table), 3)]
    for most, colours in ((EXACT_COLOURS, commonest), (256, others)):
        for colour in colours:
            if len(chosen) < most and all(_apart(colour, other) >= CLOSEST for other in chosen):
                chosen.append(colour[:3])
    palette = Image.new("P", (1, 1))
    palette.putpalette(([value for colour in chosen for value in colour] + [0] * 768)[:768])
    return palette


def _commonest(image: Image.Image, most: int) -> list[tuple[int, ...]]:
    """The colours of an RGB image by how often they come. Pillow counts as well, but holds Python's lock for half a second."""
    channels = np.asarray(image).reshape(-1, 3).astype(np.uint32)
    colours, counts = np.unique((channels[:, 0] << 16) | (channels[:, 1] << 8) | channels[:, 2], return_counts=True)
    chosen = np.lexsort((colours, counts))[::-1][:most]
    return [(value >> 16, value >> 8 & 255, value & 255) for value in colours[chosen].tolist()]


def _apart(first: Sequence[int], second: Sequence[int]) -> int:
    return max(abs(a - b) for a, b in zip(first[:3], second[:3], strict=True))


class _Encoder(threading.Thread):
    """Takes frames from a short queue and writes a file; ``result`` is its bytes when it is done."""

    def __init__(self, durations: list[int]) -> None:
        super().__init__(name="encoder", daemon=True)
        self.durations = durations
        self._frames: queue.Queue[QImage | None] = queue.Queue(QUEUED)
        self._stopped = threading.Event()
        self._data: bytes | None = None
        self._error: Exception | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the next frame will be taken at once."""
        return not self._frames.full()

    def put(self, frame: QImage) -> None:
        """Hand over the next frame; waits while the encoder is behind. Raises ExportError if it has failed."""
        if not self.is_alive() and self._error is None:
            self.start()
        while True:
            if self._error is not None:
                raise ExportError(f"the animation could not be made ({self._error})")
            try:
                self._frames.put(frame, timeout=WAIT_SECONDS)
                return
            except queue.Full:
                continue

    def result(self, seconds: float) -> bytes | None:
        """The finished file, or None if it is not finished within this time. Raises ExportError if it has failed."""
        self.join(seconds)
        if self._error is not None:
            raise ExportError(f"the animation could not be made ({self._error})")
        return None if self.is_alive() else self._data

    def stop(self) -> None:
        """End without a result."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """The thread's work."""
        try:
            self._data = self.encode()
        except _StoppedError:
            return
        except Exception as error:  # the edge of the thread: told to whoever asks for the result
            self._error = error

    def encode(self) -> bytes:
        """Make the file of ``next_frame`` for each of the durations."""
        raise NotImplementedError

    def next_frame(self) -> QImage:
        """The next frame; raises when the export has been cancelled."""
        while not self._stopped.is_set():
            try:
                frame = self._frames.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                continue
            if frame is not None:
                return frame
        raise _StoppedError


class _StoppedError(Exception):
    """The export has been cancelled."""


class _PillowEncoder(_Encoder):
    def __init__(self, file_format: ExportFormat, durations: list[int], samples: list[QImage]) -> None:
        super().__init__(durations)
        self._format = file_format
        self._samples = samples
        self._palette: Image.Image | None = None

    def encode(self) -> bytes:
        if self._samples:  # one table for all frames, so that what stays the same stays still
            self._palette = palette_of(_sheet(self._samples))
            self._samples = []
        with tempfile.TemporaryFile() as file:
            timing = {"duration": self.durations, "loop": 0}
            match self._format:
                case ExportFormat.GIF:
                    self._sequence().save(file, "GIF", save_all=True, optimize=False, disposal=1, **timing)
                case ExportFormat.APNG:
                    write_apng(file, self._images(), self.durations)
                case _:
                    self._sequence().save(file, "WEBP", save_all=True, lossless=True, quality=20, method=1, **timing)
            file.seek(0)
            return file.read()

    def _sequence(self) -> "_Sequence":
        return _Sequence(self._images(), len(self.durations))

    def _images(self) -> Iterator[Image.Image]:
        for _ in self.durations:
            image = _pillow_image(self.next_frame())
            if self._palette is not None:
                image = image.quantize(palette=self._palette, dither=Image.Dither.NONE)
            yield image


class _Sequence(Image.Image):
    """Frames that are made when they are asked for, as those of a file that Pillow reads: one in memory at a time."""

    def __init__(self, images: Iterator[Image.Image], count: int) -> None:
        super().__init__()
        self._images = images
        self._at = -1
        self.n_frames = count
        self.is_animated = count > 1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Make the next frame the current one; only forward, except back to the last, which is where it stands."""
        if frame >= self.n_frames:
            raise EOFError
        while self._at < frame:
            image = next(self._images)
            self._at += 1
            self.im = image.im
            self._mode = image.mode
            self._size = image.size
            self.palette = image.palette

    def tell(self) -> int:
        """The current frame."""
        return self._at


class _VideoEncoder(_Encoder):
    """H.264 in MP4; one thread and no marks of the encoder, so that the bytes repeat."""

    def __init__(self, durations: list[int], size: tuple[int, int]) -> None:
        super().__init__(durations)
        self._size = size
        self._rate = CALM if durations[0] >= 400 else BRISK

    def encode(self) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "video.mp4"
            process = subprocess.Popen(
                self._command(path), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            with process:
                try:
                    self._feed(process)
                except BaseException:
                    process.kill()
                    raise
                _, words = process.communicate()
            if process.returncode != 0:
                lines = words.decode(errors="replace").split("\n")
                raise OSError("ffmpeg: " + next((line for line in reversed(lines) if line.strip()), "failed"))
            return path.read_bytes()

    def _feed(self, process: "subprocess.Popen[bytes]") -> None:
        """Each picture as often as it takes for its time; the sum is rounded, not each part."""
        assert process.stdin is not None
        shown, elapsed = 0, 0
        for duration in self.durations:
            frame = self.next_frame().convertToFormat(QImage.Format.Format_RGB32)
            elapsed += duration
            due = max(shown + 1, round(elapsed * self._rate / 1000))
            data = bytes(frame.constBits())
            for _ in range(due - shown):
                process.stdin.write(data)
            shown = due

    def _command(self, path: Path) -> list[str]:
        program = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
        width, height = self._size
        given = ["-f", "rawvideo", "-pix_fmt", "bgr0", "-s", f"{width}x{height}", "-r", str(self._rate), "-i", "-"]
        made = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-c:v", "libx264", "-preset", "fast", "-crf", "18"]
        made += ["-tune", "stillimage", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-threads", "1"]
        same = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
        return [program, "-loglevel", "error", "-y", *given, *made, *same, str(path)]


def _pillow_image(image: QImage) -> Image.Image:
    """The same pixels for Pillow."""
    is_transparent = image.hasAlphaChannel()
    form, mode, raw = ("Format_RGBA8888", "RGBA", "RGBA") if is_transparent else ("Format_RGB32", "RGB", "BGRX")
    image = image.convertToFormat(QImage.Format[form])
    size, stride = (image.width(), image.height()), image.bytesPerLine()
    return Image.frombytes(mode, size, bytes(image.constBits()), "raw", raw, stride, 1)
