"""DataState: the rows a run trains on as a table, and as points where two numbers and a class make one."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bpstudio.explain.number_format import NumberFormat
from bpstudio.files.data_edits import column_names, held_mask, joined, row_count
from bpstudio.model.spec import Array, Dataset
from bpstudio.records import dataclass

MOST_PAINTED = 5_000
"""More points than this are a cloud without single ones."""


class PointMode(StrEnum):
    """What a point is: two inputs with a class, or an input with its target."""

    CLASSES = "classes"
    CURVE = "curve"


@dataclass(frozen=True, slots=True, eq=False)
class PointSet:
    """Rows as points: ``x``, ``y`` and ``kind`` (N,), which are held out (N,), and what a kind's targets are (K, n_L)."""

    mode: PointMode
    x: Array
    y: Array
    kind: NDArray[np.int64]
    is_held: NDArray[np.bool_]
    kinds: tuple[str, ...]
    targets: Array
    axes: tuple[str, str]

    @property
    def count(self) -> int:
        """How many points there are."""
        return int(self.x.shape[0])

    def row(self, x: float, y: float, kind: int) -> Array:
        """The row of the data that a point stands for, (n_0 + n_L,)."""
        if self.mode is PointMode.CURVE:
            return np.array([x, y])
        return np.concatenate([[x, y], self.targets[kind]])


@dataclass(frozen=True, slots=True, eq=False)
class DataState:
    """The data of the run as it is described: ``points`` is None where rows are no points, and ``why_not`` says why."""

    dataset: Dataset
    title: str
    counts: str
    points: PointSet | None
    why_not: str
    problem: str
    numbers: NumberFormat = NumberFormat()


def build_data_state(dataset: Dataset, problem: str) -> DataState:
    """What is to be shown of ``dataset``; ``problem`` is why the run does not train on it yet."""
    points, why_not = points_of(dataset)
    held = row_count(dataset) - dataset.count
    counts = f"{dataset.count:,} {'row' if dataset.count == 1 else 'rows'} to train on"
    shape = shape_words(dataset)
    title = f"{dataset.note[:1].upper()}{dataset.note[1:]}" or "Data of this run"
    return DataState(
        dataset,
        title,
        f"{counts}, {held:,} held out; {shape}" if held else f"{counts}; {shape}",
        points,
        why_not,
        problem,
    )


def shape_words(dataset: Dataset) -> str:
    """How many inputs and targets a row has."""
    inputs, targets = dataset.inputs.shape[1], dataset.targets.shape[1]
    return f"{inputs} {'input' if inputs == 1 else 'inputs'}, {targets} {'target' if targets == 1 else 'targets'}"


def points_of(dataset: Dataset) -> tuple[PointSet | None, str]:
    """The rows as points; or None and the sentence that says why they are none."""
    inputs, targets = joined(dataset)
    if inputs.shape[1] == 1 and targets.shape[1] == 1:
        nothing = np.zeros(len(inputs), dtype=np.int64)
        names = column_names(dataset)
        curve = PointSet(
            PointMode.CURVE,
            inputs[:, 0],
            targets[:, 0],
            nothing,
            held_mask(dataset),
            ("point",),
            np.zeros((1, 1)),
            (names[0], names[1]),
        )
        return curve, ""
    if inputs.shape[1] != 2:
        return None, "Points can be painted for two inputs with classes, or for one input and one target."
    found = _classes(targets, dataset.target_names)
    if found is None:
        return (
            None,
            "Points can be painted where targets are classes: one column of 0 and 1, or one column for each class.",
        )
    kind, kinds, kind_targets = found
    names = column_names(dataset)
    return PointSet(
        PointMode.CLASSES,
        inputs[:, 0],
        inputs[:, 1],
        kind,
        held_mask(dataset),
        kinds,
        kind_targets,
        (names[0], names[1]),
    ), ""


def _classes(targets: Array, names: tuple[str, ...]) -> tuple[NDArray[np.int64], tuple[str, ...], Array] | None:
    """Class of each row, the classes' names and their targets (K, n_L); None where targets are no classes."""
    is_flag = bool(((targets == 0.0) | (targets == 1.0)).all())
    if targets.shape[1] == 1 and is_flag:
        return targets[:, 0].astype(np.int64), ("0", "1"), np.array([[0.0], [1.0]])
    if targets.shape[1] > 1 and is_flag and bool((targets.sum(axis=1) == 1.0).all()):
        count = targets.shape[1]
        return targets.argmax(axis=1), names or tuple(str(k) for k in range(count)), np.eye(count)
    return None


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of the plane is seen: least and greatest x and y."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def width(self) -> float:
        """Greatest x minus least."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Greatest y minus least."""
        return self.top - self.bottom


def frame_of(points: PointSet) -> Frame:
    """A frame with room around all points; −1.2 to 1.2 at least where they lie around 0."""
    left, right = _side(points.x)
    bottom, top = _side(points.y)
    return Frame(left, right, bottom, top)


def _side(values: Array) -> tuple[float, float]:
    if not values.size:
        return -1.2, 1.2
    low, high = float(values.min()), float(values.max())
    if low >= -1.2 and high <= 1.2:
        return -1.2, 1.2
    room = 0.08 * (high - low) or max(1.0, abs(high)) * 0.1
    return low - room, high + room


def ticks_of(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Round numbers from ``low`` to ``high``, at most ``most`` + 1 of them: multiples of 1, 2 or 5 times a power of ten."""
    width = high - low
    if not (np.isfinite(width) and width > 0.0):
        return ()
    power = 10.0 ** np.floor(np.log10(width / most))
    step = next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if width / (power * factor) <= most)
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return tuple(float(k * step) for k in range(first, last + 1))


def handy(value: float, width: float) -> float:
    """A coordinate rounded to a thousandth of what is in sight: a point painted by hand has a short number."""
    digits = int(np.clip(3 - np.ceil(np.log10(width)), 0, 12)) if width > 0.0 else 3
    return round(value, digits)
