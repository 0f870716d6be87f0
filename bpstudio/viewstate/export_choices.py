"""What can be exported, as what, and in which look: the choices a dialog offers and a command takes. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum

from bpstudio.program.levels import Level
from bpstudio.records import dataclass


class Subject(StrEnum):
    """What is exported."""

    FIGURE = "figure"
    STEPS = "steps"
    WORKED = "worked"
    PANEL = "panel"
    WINDOW = "window"


class ExportFormat(StrEnum):
    """What it is written as; the value is the ending of the file."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    TEX = "tex"
    GIF = "gif"
    APNG = "apng"
    WEBP = "webp"
    MP4 = "mp4"
    HTML = "html"
    MARKDOWN = "md"

    @property
    def has_pixels(self) -> bool:
        """Whether a factor for pixels makes a difference."""
        return self in _PIXELS

    @property
    def can_be_transparent(self) -> bool:
        """Whether a background can be left out. GIF knows no half-transparent pixels, so edges of letters would fray."""
        return self in _TRANSPARENT


class PresetName(StrEnum):
    """Looks for a purpose."""

    SCREEN = "screen"
    SLIDE = "slide"
    PAPER = "paper"
    TRANSPARENT = "transparent"


class RangeName(StrEnum):
    """Which steps a dialog exports."""

    SAMPLE = "sample"
    ITERATION = "iteration"
    POSITIONS = "positions"


F = ExportFormat
_PIXELS = (F.PNG, F.GIF, F.APNG, F.WEBP, F.MP4)
_TRANSPARENT = (F.PNG, F.SVG, F.PDF, F.APNG, F.WEBP, F.HTML, F.TEX)
PICTURES = (F.PNG, F.SVG, F.PDF)
ANIMATIONS = (F.GIF, F.APNG, F.WEBP, F.MP4)

FORMATS: dict[Subject, tuple[ExportFormat, ...]] = {
    Subject.FIGURE: (*PICTURES, F.TEX),
    Subject.STEPS: (F.HTML, F.GIF, F.APNG, F.WEBP, F.MP4, *PICTURES, F.TEX),
    Subject.WORKED: (F.HTML, F.MARKDOWN, F.TEX),
    Subject.PANEL: PICTURES,
    Subject.WINDOW: PICTURES,
}
"""In the order in which they are offered."""

FORMAT_WORDS: dict[ExportFormat, str] = {
    F.PNG: "PNG: pixels",
    F.SVG: "SVG: lines and text, for the web",
    F.PDF: "PDF: lines and text, for print",
    F.TEX: "LaTeX: TikZ",
    F.GIF: "GIF: animation, 256 colours",
    F.APNG: "APNG: animation, all colours",
    F.WEBP: "WebP: animation, smallest file",
    F.MP4: "MP4: video",
    F.HTML: "HTML: page that plays offline",
    F.MARKDOWN: "Markdown",
}

SMALLEST_SIZE = (640, 480)
LARGEST_SIZE = (8000, 8000)
SMALLEST_SCALE, LARGEST_SCALE = 0.25, 8.0
SHORTEST_STEP, LONGEST_STEP = 0.02, 60.0
"""Seconds a step is shown in an animation."""


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """One export as it is asked for. ``size`` (0, 0) and ``scale`` 0 stand for what the preset says."""

    subject: Subject = Subject.FIGURE
    file_format: ExportFormat = ExportFormat.PNG
    preset: PresetName = PresetName.SCREEN
    is_transparent: bool = False
    size: tuple[int, int] = (0, 0)
    scale: float = 0.0
    panel: str = ""
    range_name: RangeName = RangeName.ITERATION
    start: int = 0
    end: int = 0
    level: Level = Level.UNIT
    seconds: float = 0.8

    @property
    def writes_folder(self) -> bool:
        """Whether this makes numbered pictures in a folder instead of one file."""
        return self.subject is Subject.STEPS and self.file_format in (*PICTURES, F.TEX)

    def with_format_offered(self) -> "ExportChoices":
        """The same with the first format of its subject where its own does not go with it."""
        offered = FORMATS[self.subject]
        return self if self.file_format in offered else replace(self, file_format=offered[0])


def choices_to_text(choices: ExportChoices) -> dict[str, str]:
    """What is worth remembering, as texts by name; where steps begin and end belongs to one run only."""
    kept = asdict(choices)
    for name in ("start", "end", "panel", "level"):
        kept.pop(name)
    width, height = kept.pop("size")
    return {name: str(value) for name, value in kept.items()} | {"size": f"{width}x{height}"}


def choices_from_text(kept: Mapping[str, str]) -> ExportChoices:
    """What :func:`choices_to_text` has kept; anything unreadable counts as not set."""
    found = ExportChoices()
    readers: dict[str, Callable[[str], ExportChoices]] = {
        "subject": lambda text: replace(found, subject=Subject(text)),
        "file_format": lambda text: replace(found, file_format=ExportFormat(text)),
        "preset": lambda text: replace(found, preset=PresetName(text)),
        "is_transparent": lambda text: replace(found, is_transparent=text == "True"),
        "range_name": lambda text: replace(found, range_name=RangeName(text)),
        "scale": lambda text: replace(found, scale=_within(float(text), SMALLEST_SCALE, LARGEST_SCALE)),
        "seconds": lambda text: replace(found, seconds=_within(float(text), SHORTEST_STEP, LONGEST_STEP)),
        "size": lambda text: replace(found, size=_size(text)),
    }
    for name, read in readers.items():
        try:
            found = read(kept[name])
        except (KeyError, ValueError):
            continue
    if found.subject is Subject.PANEL:
        found = replace(found, subject=Subject.FIGURE)
    return found.with_format_offered()


def _within(value: float, least: float, most: float) -> float:
    if value == 0.0 or not least <= value <= most:
        raise ValueError(value)
    return value


def _size(text: str) -> tuple[int, int]:
    width, height = (int(part) for part in text.split("x"))
    if not (SMALLEST_SIZE[0] <= width <= LARGEST_SIZE[0] and SMALLEST_SIZE[1] <= height <= LARGEST_SIZE[1]):
        raise ValueError(text)
    return width, height
