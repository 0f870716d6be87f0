"""The order of samples in an epoch, held-out split, standardisation, classes: pure functions of arrays and seeds."""

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.spec import Array, Dataset

ORDER_STREAM = 1
SPLIT_STREAM = 2


def _keys(seed: int, stream: int, counter: int, count: int) -> NDArray[np.uint64]:
    """``count`` raw 64-bit numbers, a pure function of seed, stream and counter (Philox)."""
    generator = np.random.Philox(key=(seed & (2**64 - 1)) | (stream << 64), counter=counter << 64)
    return np.asarray(generator.random_raw(count), dtype=np.uint64)


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """A permutation of ``count`` rows for one epoch, (count,): rows sorted by a random key each."""
    return np.argsort(_keys(seed, ORDER_STREAM, epoch, count), kind="stable").astype(np.int64)


def split_held_out(count: int, fraction: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers to train on and to hold out, both ascending; at least one row is left to train on."""
    held = min(count - 1, round(count * fraction))
    if held <= 0:
        return np.arange(count), np.arange(0)
    order = np.argsort(_keys(seed, SPLIT_STREAM, 0, count), kind="stable")
    return np.sort(order[held:]).astype(np.int64), np.sort(order[:held]).astype(np.int64)


def standardise(train: Array, held_out: Array) -> tuple[Array, Array]:
    """Both with the training rows' mean removed and divided by their standard deviation, column by column.

    A constant column becomes 0. The population deviation is used (divided by N).
    """
    mean = train.mean(axis=0)
    deviation = train.std(axis=0)
    # by its values: the mean of equal numbers may be one rounding away from them, and so the deviation from 0
    is_constant = (train == train[0]).all(axis=0) | ~(deviation > 0.0)
    scale = np.where(is_constant, 1.0, deviation)
    return tuple(np.where(is_constant, 0.0, (part - mean) / scale) for part in (train, held_out))  # type: ignore[return-value]


def one_hot(labels: list[str]) -> tuple[Array, tuple[str, ...]]:
    """One column per class, in order of first appearance, (N, classes), and the class names."""
    names = tuple(dict.fromkeys(labels))
    index = {name: k for k, name in enumerate(names)}
    return np.eye(len(names))[[index[label] for label in labels]], names


def make_dataset(
    inputs: Array,
    targets: Array,
    *,
    held_out: float = 0.0,
    is_standardised: bool = False,
    seed: int = 0,
    input_names: tuple[str, ...] = (),
    target_names: tuple[str, ...] = (),
    note: str = "",
) -> Dataset:
    """Split, standardise and freeze; inputs (N, n_0), targets (N, n_L)."""
    train_rows, held_rows = split_held_out(inputs.shape[0], held_out, seed)
    train, aside = inputs[train_rows], inputs[held_rows]
    if is_standardised:
        with np.errstate(all="ignore"):
            train, aside = standardise(train, aside)
    return Dataset(
        _frozen(train),
        _frozen(targets[train_rows]),
        _frozen(aside),
        _frozen(targets[held_rows]),
        input_names,
        target_names,
        note,
    )


def _frozen(array: Array) -> Array:
    own = np.array(array, dtype=np.float64, order="C")
    own.flags.writeable = False
    return own
