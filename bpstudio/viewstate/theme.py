"""Themes: one colour per meaning, the same on canvas, equation, matrix, plot and export. Pure data, `#rrggbb`."""

from functools import lru_cache

from bpstudio.records import dataclass
from bpstudio.viewstate.selection import ThemeName


@dataclass(frozen=True, slots=True)
class Theme:
    """The colour tokens. Text on ``background`` and ``surface`` has a contrast of at least 4.5, meaning lines 3."""

    name: ThemeName
    background: str
    surface: str
    line: str
    text: str
    quiet: str
    positive: str
    negative: str
    forward: str
    backward: str
    on_accent: str
    not_finite: str
    selection: str
    breakpoint: str
    faded: str
    control: str
    hover: str

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than what it stands on."""
        return luminance(self.text) > luminance(self.background)


LIGHT = Theme(
    name=ThemeName.LIGHT,
    background="#FAFAF8",
    surface="#FFFFFF",
    line="#E4E6EA",
    text="#1F2328",
    quiet="#5F6873",
    positive="#0D47AB",
    negative="#A94F00",
    forward="#0E7280",
    backward="#96104E",
    on_accent="#FFFFFF",
    not_finite="#793EF0",
    selection="#FFD54A",
    breakpoint="#C62828",
    faded="#B9BFC7",
    control="#F1F2F0",
    hover="#E6E9EC",
)

DARK = Theme(
    name=ThemeName.DARK,
    background="#15181C",
    surface="#1D2126",
    line="#2C3238",
    text="#E6E8EB",
    quiet="#9AA3AD",
    positive="#64A0FE",
    negative="#FFB250",
    forward="#5BD8E5",
    backward="#F17AA9",
    on_accent="#15181C",
    not_finite="#CDB4FF",
    selection="#FFD54A",
    breakpoint="#FF7474",
    faded="#4A525B",
    control="#262B31",
    hover="#313840",
)

HIGH_CONTRAST = Theme(
    name=ThemeName.HIGH_CONTRAST,
    background="#000000",
    surface="#000000",
    line="#8A8A8A",
    text="#FFFFFF",
    quiet="#E0E0E0",
    positive="#6FABFF",
    negative="#FFC266",
    forward="#62EEFC",
    backward="#EE8BB0",
    on_accent="#000000",
    not_finite="#DCC8FF",
    selection="#FFE600",
    breakpoint="#FF8080",
    faded="#8A8A8A",
    control="#101010",
    hover="#303030",
)

_THEMES = {theme.name: theme for theme in (LIGHT, DARK, HIGH_CONTRAST)}


def theme(name: ThemeName, is_system_dark: bool = False) -> Theme:
    """The theme called ``name``; SYSTEM is light or dark as the desktop is."""
    if name is ThemeName.SYSTEM:
        return DARK if is_system_dark else LIGHT
    return _THEMES[name]


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)
def mixed(colour: str, towards: str, share: float) -> str:
    """The colour ``share`` of the way (0 to 1) from ``colour`` to ``towards``, opaque."""
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02X}" for a, b in pairs)
