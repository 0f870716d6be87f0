"""Older session files, brought up to this version member by member before they are read.

A minor version adds: files of an older one gain what it lacks, files of a newer one keep what is unknown here. The step from n to
n + 1 stands under n. A major version (`bpstudio-session/2`) would be another table.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bpstudio.files.session_archive import MINOR, Archive

Members = Mapping[str, bytes]
Migration = Callable[[Members], Members]

MIGRATIONS: dict[int, Migration] = {}
"""What each minor version's members need to be those of the next. The first version, 0, is the newest so far."""


def migrate(archive: Archive, migrations: Mapping[int, Migration] = MIGRATIONS, newest: int = MINOR) -> Archive:
    """The archive as this version would have written it; a newer one is left as it is."""
    members = archive.members
    for minor in range(archive.minor, newest):
        members = migrations[minor](members)
    return replace(archive, members=members, minor=max(archive.minor, newest))
