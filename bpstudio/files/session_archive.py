"""The container of a session file: a ZIP whose members are stored, named and summed in its manifest. Nothing is ever extracted.

Every member's length and SHA-256 stand in the manifest, the manifest's own sum in the ZIP's comment, so that no changed byte goes
unnoticed. What a newer minor version put in is kept.
"""

import hashlib
import io
import json
import platform
import re
import struct
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import field

import numpy as np

from bpstudio.errors import RunFileError, SessionFileError
from bpstudio.files import session_limits as limits
from bpstudio.files.json_reader import read_json
from bpstudio.files.section import Section
from bpstudio.files.shown import shown
from bpstudio.records import dataclass
from bpstudio.version import __version__

FORMAT = "bpstudio-session/1"
MINOR = 0
MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z0-9_\-]+(?:/[a-z0-9_\-]+)*\.(?:json|f8|[a-z0-9]{1,8})")
_BROKEN = (
    zipfile.BadZipFile,
    struct.error,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    OverflowError,
    ValueError,
    EOFError,
    OSError,
    KeyError,
)
"""What the ZIP reader raises at damaged input."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Members by name, the number of the save, and what the manifest of a newer version held besides.

    ``damaged`` are members whose sum was wrong and which are not needed: they are left out of ``members``.
    """

    members: Mapping[str, bytes]
    generation: int = 1
    minor: int = MINOR
    summation: str = ""
    version: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()


def environment() -> dict[str, object]:
    """What computed a session: versions of what takes part in its numbers."""
    return {
        "bpstudio": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
    }


def pack(archive: Archive) -> bytes:
    """The bytes of a session file. Raises SessionFileError when it would be larger than what can be read again."""
    total = sum(len(content) for content in archive.members.values())
    if total > limits.MOST_SESSION_BYTES - 2**20 or len(archive.members) >= limits.MOST_MEMBERS:
        raise SessionFileError(
            f"the session takes {total / 2**20:,.0f} MiB; at most {limits.MOST_SESSION_BYTES // 2**20} MiB are written"
        )
    sums = {name: _sum_of(content) for name, content in archive.members.items()}
    manifest: dict[str, object] = {
        **archive.extras,
        "format": FORMAT,
        "minor": max(MINOR, archive.minor),
        "generation": archive.generation,
        "environment": environment(),
        "summation": archive.summation,
        "members": sums,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, content in ((MANIFEST, text), *archive.members.items()):
            file.writestr(zipfile.ZipInfo(name), content)
        file.comment = hashlib.sha256(text).hexdigest().encode()
    return buffer.getvalue()


def unpack(content: bytes, needless: re.Pattern[str]) -> Archive:
    """The members of a session file, each checked. A damaged one whose name fits ``needless`` is left out.

    Raises SessionFileError with one sentence.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            found = _members(file, len(content))
            manifest = _read_manifest(found.pop(MANIFEST, None), file.comment)
    except SessionFileError:
        raise
    except RunFileError as error:
        raise SessionFileError(f"{MANIFEST}: {error}") from None
    except _BROKEN as error:
        raise SessionFileError(f"the file is damaged: {shown(str(error))}") from None
    return _checked(found, manifest, needless)


def _members(file: zipfile.ZipFile, size: int) -> dict[str, bytes]:
    entries = file.infolist()
    if len(entries) > limits.MOST_MEMBERS:
        raise SessionFileError(f"the file has {len(entries):,} members; at most {limits.MOST_MEMBERS:,} are read")
    found: dict[str, bytes] = {}
    for entry in entries:
        name = entry.filename
        if not _NAME.fullmatch(name) or len(name) > 200 or name in found:
            raise SessionFileError(f"{shown(name)} is no name of a member, or there are two of it")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise SessionFileError(f"{name}: expected a member that is stored, not compressed")
        if entry.flag_bits & 0x1:
            raise SessionFileError(f"{name} is encrypted, which is not read")
        if (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000):
            raise SessionFileError(f"{name}: expected a regular file")
        size -= entry.file_size
        if size < 0:
            raise SessionFileError("the members are larger than the file: it is damaged")
        try:
            found[name] = file.read(entry)
        except zipfile.BadZipFile:  # its own sum is wrong as well: the manifest's decides what follows
            if name == MANIFEST:
                raise SessionFileError(f"{MANIFEST} is damaged: it is not what was written") from None
            found[name] = b""
    return found


def _read_manifest(content: bytes | None, comment: bytes) -> Section:
    if content is None:
        raise SessionFileError(f"{MANIFEST} is missing: this is no session of bpstudio")
    if len(content) > limits.MOST_MEMBER_JSON:
        raise SessionFileError(f"{MANIFEST} is too long")
    section = Section(read_json(content), "")
    given = section.value("format")
    if given != FORMAT:
        match = re.fullmatch(r"bpstudio-session/([0-9]{1,6})", given) if isinstance(given, str) else None
        if match and int(match[1]) > 1:
            raise SessionFileError(f"{shown(given)} is newer than this version of bpstudio reads; expected {FORMAT}")
        raise SessionFileError(f"{MANIFEST}: format: expected {FORMAT}, got {shown(given)}")
    if hashlib.sha256(content).hexdigest().encode() != comment:
        raise SessionFileError(f"{MANIFEST} is damaged: it is not what was written")
    return section


def _checked(found: dict[str, bytes], manifest: Section, needless: re.Pattern[str]) -> Archive:
    try:
        minor = manifest.whole("minor", None, 0, 2**31)
        generation = manifest.whole("generation", 1, 0, 2**53)
        summation = manifest.text("summation", "")
        version = Section(manifest.value("environment", {}), "environment").text("bpstudio", "")
        sums = Section(manifest.required("members", "an object"), "members")
        extras = manifest.rest()
        listed = {name: _listed(name, value) for name, value in sums.rest().items()}
    except RunFileError as error:
        raise SessionFileError(f"{MANIFEST}: {error}") from None
    unknown = [name for name in found if name not in listed]
    if unknown:
        raise SessionFileError(f"{unknown[0]} is not in the manifest: the file is damaged")
    damaged = []
    for name, (length, digest) in listed.items():
        content = found.get(name)
        if content is not None and len(content) == length and hashlib.sha256(content).hexdigest() == digest:
            continue
        if not needless.fullmatch(name):
            raise SessionFileError(
                f"{name} is {'missing' if content is None else 'damaged: it is not what was written'}"
            )
        damaged.append(name)
        found.pop(name, None)
    return Archive(found, generation, minor, summation, version, extras, tuple(damaged))


def _listed(name: str, value: object) -> tuple[int, str]:
    section = Section(value, f"members.{name}")
    return section.whole("length", None, 0, limits.MOST_UNPACKED_BYTES), section.text("sha256", None)


def _sum_of(content: bytes) -> dict[str, object]:
    return {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}
