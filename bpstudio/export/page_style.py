"""What the pages for a browser share: colours that follow the reader's system, and a policy that forbids the network."""

from bpstudio.viewstate.theme import DARK, LIGHT, Theme

POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; font-src data:; img-src data:\">"
)
COLOURS = (
    "background",
    "surface",
    "line",
    "text",
    "quiet",
    "forward",
    "backward",
    "positive",
    "negative",
    "not_finite",
    "selection",
    "control",
    "hover",
)


def colour_rules() -> str:
    """Custom properties for light and dark: as the system, unless the page's root says which."""
    light, dark = _properties(LIGHT), _properties(DARK)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {dark} }}\n"
    )


def _properties(theme: Theme) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {getattr(theme, name)};" for name in COLOURS)


def with_properties(svg: str) -> str:
    """An SVG in the light theme's colours with the properties in their place, so that it follows the page."""
    for name in COLOURS:
        colour = str(getattr(LIGHT, name)).lower()
        for attribute in ("fill", "stroke"):
            svg = svg.replace(f'{attribute}="{colour}"', f'{attribute}="var(--{name.replace("_", "-")})"')
    return svg
