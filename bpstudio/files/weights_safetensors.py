"""Reads and writes safetensors, by the package of that name."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from bpstudio.errors import WeightsError
from bpstudio.files.shown import escaped, shown_name
from bpstudio.files.weight_file import TensorInfo, as_numbers, checked, require_different, require_readable
from bpstudio.model.spec import Array

KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
"""Types that NumPy has; others, such as BF16, are named and refused when they are to be read."""
MOST_HEADER_BYTES = 4 * 2**20
WRONG_BYTES = (SafetensorError, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError)


class SafetensorsFile:
    """A .safetensors that is open for reading; see :class:`WeightFile`."""

    def __init__(self, path: Path) -> None:
        require_readable(path)
        self.path = path
        self._require_header()
        try:
            with safe_open(path, framework="numpy") as file:
                names = file.keys()
                found = [self._about(name, file.get_slice(name)) for name in names]
        except WRONG_BYTES as error:
            raise WeightsError(f"{shown_name(path)} is not a whole safetensors file") from error
        self.tensors = checked(path, found)

    def _require_header(self) -> None:
        """The first eight bytes say how long the header is: it is read whole, so it must not be long."""
        try:
            with self.path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                header = file.read(min(length, MOST_HEADER_BYTES))
        except OSError as error:
            raise WeightsError(f"cannot read {shown_name(self.path)}: {error.strerror or error}") from None
        if length > MOST_HEADER_BYTES:
            raise WeightsError(f"{shown_name(self.path)} is not a safetensors file, or one with too long a header")
        try:  # the package would take the last of two with one name without a word
            json.loads(header, object_pairs_hook=self._require_different)
        except (ValueError, RecursionError):
            return  # the package says what is wrong

    def _require_different(self, pairs: list[tuple[str, object]]) -> None:
        require_different(shown_name(self.path), (name for name, _ in pairs))

    def _about(self, name: str, part: object) -> TensorInfo:
        shape, kind = part.get_shape(), part.get_dtype()  # type: ignore[attr-defined]
        return TensorInfo(name, tuple(int(n) for n in shape), KINDS.get(str(kind), str(kind)))

    def read(self, name: str) -> Array:
        """See :class:`WeightFile`; raises WeightsError for a type that NumPy does not have."""
        about = next((tensor for tensor in self.tensors if tensor.name == name), None)
        if about is not None and about.dtype not in KINDS.values():
            problem = f'"{escaped(name)}" is of type {about.dtype}, which NumPy does not have; save it as float32'
            raise WeightsError(f"{shown_name(self.path)}: {problem}")
        try:
            with safe_open(self.path, framework="numpy") as file:
                return as_numbers(file.get_tensor(name))
        except WRONG_BYTES as error:
            raise WeightsError(f'{shown_name(self.path)}: "{escaped(name)}" is damaged') from error


def safetensors_bytes(arrays: Mapping[str, Array]) -> bytes:
    """A safetensors file of these arrays; the same arrays give the same bytes, for only one text is written about them.

    Made contiguous first: safetensors 0.8.0 writes Fortran-ordered arrays in the wrong order without a word.
    """
    return save({name: np.ascontiguousarray(values) for name, values in arrays.items()}, metadata={"format": "pt"})
