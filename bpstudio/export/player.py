"""A range of steps as one HTML page that plays and pages offline, light and dark; every step is in it as text as well.

Neighbouring pictures are nearly the same, so each part of a picture is kept once: a picture is a list of parts.
"""

from dataclasses import field, replace
from pathlib import Path

from bpstudio.explain.labels import counted
from bpstudio.export.figure import FigureState, build_figure
from bpstudio.export.gallery import Page
from bpstudio.export.picture import figure_svg
from bpstudio.export.player_page import player_page
from bpstudio.export.presets import PAPER, Look, Type
from bpstudio.export.steps import RangeExport, StepsOptions, positions
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT


@dataclass(slots=True)
class Parts:
    """Texts that are kept once, by number."""

    texts: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def numbered(self, texts: list[str]) -> list[int]:
        """The numbers of these texts; new ones are kept."""
        found = []
        for text in texts:
            number = self.numbers.setdefault(text, len(self.texts))
            if number == len(self.texts):
                self.texts.append(text)
            found.append(number)
        return found


class PlayerExport(RangeExport):
    """Collects the pictures of each step in both themes and writes the page. Raises ExportError for too many steps."""

    def __init__(self, session: Session, path: Path, steps: StepsOptions, view: ViewOptions) -> None:
        super().__init__(session, positions(session, steps))
        self._path = path
        self._steps = steps
        self._view = view
        self._parts = Parts()
        self._looks = looks_of(steps.look)
        self._pictures: list[list[list[int]]] = [[] for _ in self._looks]
        self._pages: list[Page] = []

    @property
    def words(self) -> str:
        """What was written."""
        return f"{counted(len(self._pages))} in {self._path}"

    def _take(self, number: int) -> None:
        figure = build_figure(self._session, self._view)
        for pictures, look in zip(self._pictures, self._looks, strict=True):
            pictures.append(self._parts.numbered(parts_of(figure, look)))
        self._pages.append(Page("", figure.caption, figure.formula, figure.sentence))

    def _finish(self, seconds: float) -> bool:
        if not self._end_beside(self._write, seconds):
            return False
        self.paths = [self._path]
        return True

    def _write(self) -> None:
        title, size = self._session.spec.title, self._looks[0].size
        page = player_page(title, self._pages, self._parts.texts, self._pictures, size, self._steps.seconds)
        self._put(self._path, page.encode())

    def _discard(self) -> None:
        """Nothing is written before the end."""


def looks_of(look: Look) -> tuple[Look, ...]:
    """Light and dark; for a paper its own colours only. Title, position and sentence are text of the page."""
    footer = look.type.footer - 2.7 * look.type.sentence
    left_out = (look.type.header + look.type.footer - footer) * look.zoom
    bare = replace(
        look,
        size=(look.size[0], round(look.size[1] - left_out)),
        type=Type(0.0, footer, 0.0, 0.0, look.type.formula, 0.0),
        has_frame=False,
        has_outlines=False,  # the page holds the font
    )
    if look.theme == PAPER:
        return (bare,)
    return tuple(replace(bare, theme=theme, is_transparent=True) for theme in (LIGHT, DARK))


def parts_of(figure: FigureState, look: Look) -> list[str]:
    """The groups of a figure's SVG, in order; joined they are the picture."""
    svg = figure_svg(figure, look)
    inner = svg[svg.index("<g ") : svg.rindex("</svg>")]
    return [part + "</g>" for part in inner.split("</g>") if part.strip()]
