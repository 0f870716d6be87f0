"""Presets: how large, in which colours and with which texts a figure is painted for the screen, a slide or a paper."""

from dataclasses import replace

from bpstudio.records import dataclass
from bpstudio.viewstate.export_choices import PresetName
from bpstudio.viewstate.theme import LIGHT, Theme

PAPER = replace(
    LIGHT,
    background="#FFFFFF",
    line="#C9CCD1",
    text="#000000",
    quiet="#4A4F57",
    positive="#0B3D91",
    negative="#B45F06",
    forward="#05424D",
    backward="#B94B95",
    faded="#9AA0A8",
)
"""Colours whose greys differ as well: a copier keeps positive and forward dark, negative and backward lighter.

Sign and direction are never told by colour alone: negative lines are dashed, arrows point where the work goes.
"""


@dataclass(frozen=True, slots=True)
class Type:
    """Sizes of the texts around the network, in the figure's own pixels; a size of 0 leaves that text out."""

    header: float = 58.0
    footer: float = 100.0
    title: float = 17.0
    caption: float = 12.0
    formula: float = 14.0
    sentence: float = 12.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is painted: ``size`` is that of the picture; it is painted ``zoom`` times larger than life.

    ``scale`` multiplies the pixels of formats that have pixels, and nothing else. ``has_outlines`` sets equations as shapes.
    """

    theme: Theme = LIGHT
    size: tuple[int, int] = (1100, 680)
    zoom: float = 1.0
    scale: float = 1.0
    type: Type = Type()
    is_transparent: bool = False
    has_frame: bool = False
    has_outlines: bool = True

    @property
    def inner_size(self) -> tuple[float, float]:
        """The size in the figure's own pixels."""
        return self.size[0] / self.zoom, self.size[1] / self.zoom

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of a picture made of pixels."""
        return round(self.size[0] * self.scale), round(self.size[1] * self.scale)


SLIDE_TYPE = Type(header=66.0, footer=122.0, title=23.0, caption=15.0, formula=19.0, sentence=15.0)
PAPER_TYPE = Type(header=0.0, footer=58.0, title=0.0, caption=0.0, formula=16.0, sentence=0.0)


def look(
    name: PresetName,
    theme: Theme = LIGHT,
    size: tuple[int, int] = (0, 0),
    scale: float = 0.0,
    *,
    is_transparent: bool = False,
) -> Look:
    """The look of a preset; ``size`` (0, 0) and ``scale`` 0 are the preset's own. A paper has its own colours."""
    match name:
        case PresetName.SCREEN:
            found = Look(theme)
        case PresetName.SLIDE:
            found = Look(theme, (1920, 1080), 1.92, type=SLIDE_TYPE)
        case PresetName.PAPER:
            found = Look(PAPER, (800, 500), scale=3.0, type=PAPER_TYPE, has_frame=True)
        case PresetName.TRANSPARENT:
            found = Look(theme, is_transparent=True)
    if size != (0, 0):
        zoom = found.zoom * min(size[0] / found.size[0], size[1] / found.size[1]) if found.zoom > 1.0 else found.zoom
        found = replace(found, size=size, zoom=zoom)
    if scale > 0.0:
        found = replace(found, scale=scale)
    return replace(found, is_transparent=found.is_transparent or is_transparent)
