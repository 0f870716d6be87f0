"""A file of named arrays: what is in it is listed at once, and an array is read only when somebody wants it."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np

from bpstudio.errors import WeightsError
from bpstudio.files.limits import MOST_PARAMETERS
from bpstudio.files.shown import escaped, shown_name
from bpstudio.model.spec import Array
from bpstudio.records import dataclass

MOST_WEIGHT_FILE_BYTES = 512 * 2**20
MOST_TENSORS = 2_000


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """An array's name, shape and type (`float32`), as the file says."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        size = 1
        for length in self.shape:
            size *= length
        return size


class WeightFile(Protocol):
    """What every format offers; arrays come as float64 with their shape, and are finite or not as they were written."""

    path: Path
    tensors: tuple[TensorInfo, ...]

    def read(self, name: str) -> Array:
        """The array of that name, C-ordered float64."""


def require_readable(path: Path) -> None:
    """Raise WeightsError where ``path`` is not a regular file of a bearable size; nothing is opened."""
    name = shown_name(path)
    try:
        about = os.stat(path)
    except FileNotFoundError:
        raise WeightsError(f"there is no file {name}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name is not a possible file name"
        raise WeightsError(f"cannot read {name}: {reason}") from None
    if not stat.S_ISREG(about.st_mode):
        kind = "a folder" if stat.S_ISDIR(about.st_mode) else "not a regular file"
        raise WeightsError(f"{name} is {kind}; expected a file of weights")
    if about.st_size > MOST_WEIGHT_FILE_BYTES:
        raise WeightsError(f"{name} has {about.st_size:,} bytes; at most {MOST_WEIGHT_FILE_BYTES:,} are read")


def checked(path: Path, tensors: list[TensorInfo]) -> tuple[TensorInfo, ...]:
    """The list, if it is not empty and neither too long nor one of its arrays too large."""
    name = shown_name(path)
    if not tensors:
        raise WeightsError(f"{name} holds no arrays")
    if len(tensors) > MOST_TENSORS:
        raise WeightsError(f"{name} holds {len(tensors):,} arrays; at most {MOST_TENSORS:,} are read")
    require_different(name, (tensor.name for tensor in tensors))
    for tensor in tensors:
        if tensor.size > MOST_PARAMETERS or any(length < 0 for length in tensor.shape):
            words = f'the array "{escaped(tensor.name)}" says it has more than {MOST_PARAMETERS:,} numbers'
            raise WeightsError(f"{name}: {words}, which is not read")
    return tuple(tensors)


def require_different(file_name: str, names: Iterable[str]) -> None:
    """Raise WeightsError where two arrays have one name: nobody could say which of them counts."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WeightsError(f'{file_name} holds two arrays named "{escaped(name)}"')
        seen.add(name)


def as_numbers(values: object) -> Array:
    """``values`` as C-ordered float64 of the same shape."""
    with np.errstate(all="ignore"):
        return np.array(values, dtype=np.float64, order="C")
