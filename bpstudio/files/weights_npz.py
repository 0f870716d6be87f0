"""Reads and writes NumPy's .npz: a ZIP of .npy members. Nothing is ever unpickled; sizes are checked before reading."""

import io
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from bpstudio.errors import WeightsError
from bpstudio.files.limits import MOST_PARAMETERS
from bpstudio.files.shown import escaped, shown_name
from bpstudio.files.weight_file import MOST_TENSORS, TensorInfo, as_numbers, checked, require_readable
from bpstudio.model.spec import Array

WRONG_BYTES = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    SyntaxError,
    RuntimeError,
    RecursionError,
    OverflowError,
    MemoryError,
)
"""What zipfile and NumPy's header reader raise on bytes that somebody made up."""
NUMBERS = "fiub"
LONGEST_HEADER = 10_000


class NpzFile:
    """A .npz that is open for reading; see :class:`WeightFile`."""

    def __init__(self, path: Path) -> None:
        require_readable(path)
        self.path = path
        try:
            self.tensors = checked(path, self._list())
        except WRONG_BYTES as error:
            raise WeightsError(f"{shown_name(path)} is not a whole .npz file") from error

    def _list(self) -> list[TensorInfo]:
        found = []
        with zipfile.ZipFile(self.path) as archive:
            members = archive.infolist()
            if len(members) > MOST_TENSORS:
                raise WeightsError(
                    f"{shown_name(self.path)} holds {len(members):,} arrays; at most {MOST_TENSORS:,} are read"
                )
            for member in members:
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # NumPy writes no others
                    raise WeightsError(f"{shown_name(self.path)} is packed in a way that is not read")
                if not member.is_dir():
                    with archive.open(member) as stream:
                        found.append(self._header(member, stream)[0])
        return found

    def _header(self, member: zipfile.ZipInfo, stream: IO[bytes]) -> tuple[TensorInfo, bool, np.dtype[np.generic]]:
        """What the member's .npy header says: the array, whether its order is Fortran's, and its type."""
        name = member.filename.removesuffix(".npy")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers of Python 2 are warned about
            version = np.lib.format.read_magic(stream)
            readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            if version not in readers:
                raise WeightsError(f'{shown_name(self.path)}: "{escaped(name)}" is of an unknown version of .npy')
            shape, is_fortran, dtype = readers[version](stream, max_header_size=LONGEST_HEADER)
        if dtype.kind not in NUMBERS or dtype.itemsize > 16:
            problem = f'"{escaped(name)}" holds {escaped(str(dtype))}, not numbers'
            raise WeightsError(f"{shown_name(self.path)}: {problem}; objects are never read")
        return TensorInfo(name, tuple(int(n) for n in shape), str(dtype)), bool(is_fortran), dtype

    def read(self, name: str) -> Array:
        """See :class:`WeightFile`; raises WeightsError where the bytes are not what the header says."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
                with archive.open(names[name]) as stream:
                    return self._read(names[name], stream)
        except WRONG_BYTES as error:
            raise WeightsError(f'{shown_name(self.path)}: "{escaped(name)}" is damaged') from error

    def _read(self, member: zipfile.ZipInfo, stream: IO[bytes]) -> Array:
        about, is_fortran, dtype = self._header(member, stream)
        wanted = about.size * dtype.itemsize
        if not 0 <= about.size <= MOST_PARAMETERS:
            raise WeightsError(f'{shown_name(self.path)}: "{escaped(about.name)}" is too large')
        content = stream.read(wanted + 1)
        if len(content) != wanted:
            raise WeightsError(
                f'{shown_name(self.path)}: "{escaped(about.name)}" does not hold the numbers it promises'
            )
        values = np.frombuffer(content, dtype).reshape(about.shape, order="F" if is_fortran else "C")
        return as_numbers(values)


def npz_bytes(arrays: Mapping[str, Array]) -> bytes:
    """A .npz of these arrays, members stored in order with one fixed date: the same arrays give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return buffer.getvalue()
