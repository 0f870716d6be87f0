"""APNG, one frame at a time: each is a PNG of what has changed, whose data goes on in the same file.

Pillow writes APNG as well, but keeps every frame in memory until the last is known (3 MB each); here Pillow encodes the frames
and this puts them one behind the other, as "Animated Portable Network Graphics" of the PNG specification, third edition, says.
"""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import IO

from PIL import Image, ImageChops

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEEP = 0
"""What a frame has painted stays for the next (dispose)."""
REPLACE, OVER = 0, 1
"""A frame's pixels take the place of those below, or lie over them where they are opaque (blend)."""

Box = tuple[int, int, int, int]


def write_apng(file: IO[bytes], images: Iterable[Image.Image], durations: Sequence[int]) -> None:
    """Write frames of one size and mode, RGB or RGBA, each shown for its duration in milliseconds, over and over.

    Of opaque frames what has not changed is left empty, which takes next to no room.
    """
    before: Image.Image | None = None
    sequence = 0
    for image, duration in zip(images, durations, strict=True):
        frame, box, blend = _frame(before, image)
        chunks = list(_chunks(frame))
        if before is None:
            header = next(data for kind, data in chunks if kind == b"IHDR")
            file.write(SIGNATURE + _chunk(b"IHDR", header))
            file.write(_chunk(b"acTL", struct.pack(">II", len(durations), 0)))
        left, top, right, bottom = box
        place = struct.pack(">IIIII", sequence, right - left, bottom - top, left, top)
        file.write(_chunk(b"fcTL", place + struct.pack(">HHBB", duration, 1000, KEEP, blend)))
        sequence += 1
        for data in (data for kind, data in chunks if kind == b"IDAT"):
            if before is None:
                file.write(_chunk(b"IDAT", data))
            else:
                file.write(_chunk(b"fdAT", struct.pack(">I", sequence) + data))
                sequence += 1
        before = image
    file.write(_chunk(b"IEND", b""))


def _frame(before: Image.Image | None, image: Image.Image) -> tuple[Image.Image, Box, int]:
    """What of the image must be written in which rectangle, and how it meets what is there; always RGBA."""
    if before is None:
        return image.convert("RGBA"), (0, 0, *image.size), REPLACE
    difference = ImageChops.difference(before, image)
    box = difference.getbbox(alpha_only=False) or (0, 0, 1, 1)
    if image.mode == "RGBA":
        return image.crop(box), box, REPLACE
    changed = reduce(ImageChops.lighter, difference.crop(box).split()).point(lambda value: 255 if value else 0)
    frame = Image.new("RGBA", changed.size)
    frame.paste(image.crop(box), mask=changed)
    return frame, box, OVER


def _chunks(image: Image.Image) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of the image as a PNG: kind and data."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    data, at = buffer.getvalue(), len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
