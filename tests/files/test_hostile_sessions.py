"""Session files whose ZIP lies: names that lead elsewhere, links, two of one name, sizes that are not so. One sentence each."""

import hashlib
import io
import json
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bpstudio.errors import SessionFileError
from bpstudio.files.saved_work import SavedWork
from bpstudio.files.session_archive import MANIFEST
from bpstudio.files.session_file import decode, encode, load_session_file, restored
from bpstudio.model.spec import RunSpec
from bpstudio.session.session import Session
from bpstudio.session.stored import store
from tests.files.sessions import branched_session, same_bits

LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
Change = Callable[[bytearray], None]
Member = tuple[str | zipfile.ZipInfo, bytes]


@pytest.fixture(scope="module")
def good() -> bytes:
    return encode(SavedWork(store(branched_session(), 2**16), generation=2))


def plain(spec: RunSpec, is_unfolded: bool) -> Session:
    return Session(spec, is_unfolded=is_unfolded)


def members_of(content: bytes) -> list[Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def packed(members: list[Member], comment: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two of one name are what is wanted
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, content)
        archive.comment = comment
    return buffer.getvalue()


def with_more(content: bytes, *more: Member) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        comment = archive.comment
    return packed([*members_of(content), *more], comment)


def with_manifest(content: bytes, **keys: object) -> bytes:
    """The same with other words in its manifest, whose sum fits."""
    (_, before), *rest = members_of(content)
    text = json.dumps({**json.loads(before), **keys}).encode()
    return packed([(MANIFEST, text), *rest], hashlib.sha256(text).hexdigest().encode())


def refused(content: bytes) -> str:
    with pytest.raises(SessionFileError) as caught:
        decode(content)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    return str(caught.value)


def special(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


MORE: list[tuple[Member, str]] = [
    (("../evil.json", b"{}"), "no name of a member"),
    (("/tmp/evil.json", b"{}"), "no name of a member"),
    (("a\\b.json", b"{}"), "no name of a member"),
    (("C:/evil.json", b"{}"), "no name of a member"),
    (("a//b.json", b"{}"), "no name of a member"),
    (("\x1b[31m.json", b"{}"), "no name of a member"),
    (("x" * 300 + ".json", b"{}"), "no name of a member"),
    (("run.json", b"{}"), "two of it"),
    ((MANIFEST, b"{}"), "two of it"),
    ((special("x/", 0o40755), b""), "no name of a member"),
    ((special("x/link.json", 0o120777), b"/etc/passwd"), "expected a regular file"),
    ((special("x/pipe.json", 0o010644), b""), "expected a regular file"),
    (("unknown.json", b"{}"), "not in the manifest"),
]


@pytest.mark.parametrize(("member", "words"), MORE, ids=range(len(MORE)))
def test_members_that_should_not_be_there(member: Member, words: str, good: bytes) -> None:
    assert words in refused(with_more(good, member))


def set_bytes(start: bytes, offset: int, content: bytes) -> Change:
    """Overwrite part of the first header that begins so."""

    def change(data: bytearray) -> None:
        at = data.index(start) + offset
        data[at : at + len(content)] = content

    return change


LIES: dict[str, tuple[Change, str]] = {
    "encrypted": (set_bytes(CENTRAL, 8, b"\x01\x00"), "encrypted"),
    "another name in front": (set_bytes(LOCAL, 30, b"x"), "damaged"),
    "two gigabytes": (set_bytes(CENTRAL, 20, struct.pack("<II", 2**31, 2**31)), "larger than the file"),
    "more than 32 bits": (set_bytes(CENTRAL, 20, b"\xff" * 8), ""),
    "packed larger than it is": (set_bytes(CENTRAL, 24, struct.pack("<I", 2**30)), "stored, not compressed"),
    "elsewhere": (set_bytes(CENTRAL, 42, struct.pack("<I", 2**31 - 1)), "damaged"),
    "onto another": (set_bytes(CENTRAL, 42, struct.pack("<I", 700)), "damaged"),
    "compressed": (set_bytes(CENTRAL, 10, struct.pack("<H", 8)), "stored, not compressed"),
    "packed by nobody knows what": (set_bytes(CENTRAL, 10, struct.pack("<H", 99)), "stored, not compressed"),
    "for a later reader": (set_bytes(CENTRAL, 6, struct.pack("<H", 99)), ""),
    "another sum": (set_bytes(CENTRAL, 16, b"\0\0\0\0"), "damaged"),
    "two disks": (set_bytes(b"PK\x05\x06", 4, struct.pack("<HH", 1, 1)), ""),
    "more members than there are": (set_bytes(b"PK\x05\x06", 8, struct.pack("<HH", 60_000, 60_000)), ""),
    "a directory of four gigabytes": (set_bytes(b"PK\x05\x06", 12, struct.pack("<I", 2**32 - 2)), "damaged"),
}


@pytest.mark.parametrize("name", LIES)
def test_headers_that_lie(name: str, good: bytes) -> None:
    change, words = LIES[name]
    data = bytearray(good)
    change(data)
    if words:
        assert words in refused(bytes(data))
        return
    try:  # the sums of the manifest decide: a lie that changes nothing of what is read does not matter
        work = decode(bytes(data))
    except SessionFileError:
        return
    assert same_bits(restored(work, plain), restored(decode(good), plain))


def test_what_stands_before_an_archive_is_passed_over(good: bytes) -> None:
    work = decode(b"#!/bin/sh\nexit\n" + good)
    assert same_bits(restored(work, plain), restored(decode(good), plain))


VERSIONS: list[tuple[dict[str, object], str]] = [
    ({"format": "bpstudio-session/2"}, "is newer than this version of bpstudio reads"),
    ({"format": "bpstudio-session/99999999"}, "expected bpstudio-session/1"),
    ({"format": "bpstudio-session/0"}, "expected bpstudio-session/1"),
    ({"format": "bpstudio-run/1"}, "expected bpstudio-session/1"),
    ({"format": ["bpstudio-session/1"]}, "expected bpstudio-session/1"),
    ({"minor": -1}, "minor"),
    ({"minor": 1.5}, "minor"),
    ({"minor": "0"}, "minor"),
    ({"minor": True}, "minor"),
    ({"minor": 10**400}, "minor"),
    ({"generation": 10**400}, "generation"),
    ({"members": []}, "members"),
    ({"members": {"run.json": {"length": -1, "sha256": ""}}}, "length"),
    ({"environment": 5}, "environment"),
]


@pytest.mark.parametrize(("keys", "words"), VERSIONS, ids=range(len(VERSIONS)))
def test_manifests_that_are_wrong(keys: dict[str, object], words: str, good: bytes) -> None:
    assert words in refused(with_manifest(good, **keys))


def test_reading_writes_nothing(good: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / "w.bps"
    path.write_bytes(with_more(good, ("../../evil.json", b"{}")))
    with pytest.raises(SessionFileError, match=r"^w\.bps: "):
        load_session_file(path)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]
