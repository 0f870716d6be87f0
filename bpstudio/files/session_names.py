"""Which files are sessions: by their first bytes, or by their ending. Asked at each start, so it knows no more of them."""

import os
from pathlib import Path

from bpstudio.files.examples import example_names

SUFFIX = ".bps"
SIGNATURE = b"PK\x03\x04"


def is_session_file(path: str | Path) -> bool:
    """Whether a file is a session, by its first bytes; False when it cannot be read."""
    try:
        if not os.path.isfile(path):  # asked first: opening a pipe waits for somebody to write into it
            return False
        with open(path, "rb") as file:
            return file.read(4) == SIGNATURE
    except (OSError, ValueError):
        return False


def saved_source(source: object) -> Path | None:
    """The path of the session that ``source`` names; None for examples, run files, dicts and standard input."""
    if not isinstance(source, str | Path) or source == "-" or source in example_names():
        return None
    path = Path(source)
    return path if is_session_file(path) or (path.suffix == SUFFIX and path.exists()) else None
