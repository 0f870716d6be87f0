"""A font with fewer letters: the only speaker of fontTools, which takes longer to load than all else that an export needs."""

import io
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont


def cut(source: Path | io.BytesIO, letters: frozenset[str], flavor: str | None) -> bytes:
    """The bytes of ``source`` with these letters; ``flavor`` says how they are packed, such as `woff`."""
    options = Options(hinting=False, recalc_timestamp=False, notdef_outline=True, layout_features=["*"])
    options.drop_tables += ["FFTM"]
    buffer = io.BytesIO()
    with TTFont(source, lazy=True, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(sorted(letters)))
        subsetter.subset(font)
        font.flavor = flavor
        font.save(buffer)
    return buffer.getvalue()
