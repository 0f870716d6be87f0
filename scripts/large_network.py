"""Writes a run file with a large network and made-up digits, to look at.

With a square number of inputs the data are seven-segment digits, moved about, blurred and noisy; otherwise clusters.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
CLASSES = 10


def digit(number: int, side: int, random: np.random.Generator) -> Array:
    """An image of a digit, shape (side, side), 0 to 1."""
    image = np.zeros((side, side))
    width, height = side * 0.42, side * 0.66
    left = side * 0.29 + random.uniform(-0.06, 0.06) * side
    top = side * 0.17 + random.uniform(-0.06, 0.06) * side
    thick = side * random.uniform(0.07, 0.12)
    slant = random.uniform(-0.12, 0.12)
    middle, bottom, right = top + height / 2, top + height, left + width
    ends = {
        "a": (left, top, right, top), "b": (right, top, right, middle), "c": (right, middle, right, bottom),
        "d": (left, bottom, right, bottom), "e": (left, middle, left, bottom), "f": (left, top, left, middle),
        "g": (left, middle, right, middle),
    }  # fmt: skip
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    columns = columns + slant * (rows - side / 2)
    for segment in SEGMENTS[number]:
        x1, y1, x2, y2 = ends[segment]
        along = np.array([x2 - x1, y2 - y1])
        share = np.clip(((columns - x1) * along[0] + (rows - y1) * along[1]) / (along @ along), 0.0, 1.0)
        distance = np.hypot(columns - x1 - share * along[0], rows - y1 - share * along[1])
        image = np.maximum(image, np.clip(1.5 * (1.0 - distance / thick), 0.0, 1.0))
    return np.clip(image + random.normal(0.0, 0.02, image.shape) * (image > 0.05), 0.0, 1.0)


def rows(inputs: int, classes: int, samples: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Inputs (samples, inputs) and one-hot targets (samples, classes)."""
    labels = np.arange(samples) % classes
    side = math.isqrt(inputs)
    if side * side == inputs and side >= 8 and classes == CLASSES:
        data = np.stack([digit(int(label), side, random).ravel() for label in labels])
    else:
        data = random.normal(size=(classes, inputs))[labels] + 0.5 * random.normal(size=(samples, inputs))
    return np.round(data, 3), np.eye(classes)[labels]


def document(sizes: tuple[int, ...], samples: int = 60, seed: int = 0) -> dict[str, object]:
    """A run file: tanh layers and a softmax, trained in batches of 10."""
    random = np.random.default_rng(seed)
    inputs, targets = rows(sizes[0], sizes[-1], samples, random)
    layers = [{"units": units, "activation": "tanh"} for units in sizes[1:-1]]
    return {
        "format": "bpstudio-run/1",
        "title": f"Made-up data for {'-'.join(map(str, sizes))}",
        "network": {"inputs": sizes[0], "layers": [*layers, {"units": sizes[-1], "activation": "softmax"}]},
        "initializer": {"name": "glorot_uniform", "scale": 1.0},
        "loss": {"name": "cross_entropy", "reduction": "mean"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "data": {"inputs": inputs.tolist(), "targets": targets.tolist()},
        "training": {"batch_size": 10, "shuffle": True, "order": "sample_major"},
        "seed": seed,
        "notation": "theta",
    }


def main() -> int:
    """Parse arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--sizes", default="784-128-10")
    parser.add_argument("--samples", type=int, default=60)
    options = parser.parse_args()
    sizes = tuple(int(part) for part in options.sizes.split("-"))
    options.file.write_text(json.dumps(document(sizes, options.samples)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
