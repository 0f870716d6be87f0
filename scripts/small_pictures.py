"""Pictures of screens in 256 colours, a quarter of the bytes: flat areas keep their colours, and rare hues keep a place."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from bpstudio.export.picture import write_figure

COLOURS = 256
GRID_BITS = 3
"""Colours whose red, green and blue agree but for so many last bits count as one."""


def palette_of(image: Image.Image) -> np.ndarray:
    """Colours for an image, shape (≤ 256, 3): the most frequent first, then always the one farthest from those chosen.

    Distance counts times the root of how many pixels have the colour, so that a legend's thin line keeps its hue.
    """
    pixels = np.asarray(image).reshape(-1, 3)
    exact, counts = np.unique(pixels @ np.array([65536, 256, 1], dtype=np.int64), return_counts=True)
    colours = np.stack([exact >> 16, (exact >> 8) & 255, exact & 255], axis=1)
    order = np.argsort(-counts, kind="stable")
    cells = (colours[order] >> GRID_BITS) @ np.array([1024, 32, 1])
    _, first, cell = np.unique(cells, return_index=True, return_inverse=True)
    weight = np.sqrt(np.bincount(cell, counts[order]))
    candidates = colours[order][first].astype(float)
    chosen = [int(np.argmax(weight))]
    distance = np.full(len(candidates), np.inf)
    while len(chosen) < min(COLOURS, len(candidates)):
        distance = np.minimum(distance, ((candidates - candidates[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(np.argmax(distance * weight)))
    return candidates[chosen].astype(np.uint8)


def shrink(path: Path) -> None:
    """Write a PNG again with a palette, the same bytes each time; one that has a palette already stays."""
    with Image.open(path) as image:
        if image.mode == "P":
            return
        opaque = image.convert("RGB")
    palette = Image.new("P", (1, 1))
    palette.putpalette(palette_of(opaque).reshape(-1).tolist())
    buffer = io.BytesIO()
    opaque.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    write_figure(path, buffer.getvalue())
