"""Where bpstudio keeps what belongs to neither a document nor the settings: journals, locks, logs, the user's seal."""

import os
from pathlib import Path

FOLDER = "bpstudio"


def state_folder() -> Path:
    """The folder (XDG_STATE_HOME/bpstudio, by default ~/.local/state/bpstudio); it may not exist yet."""
    given = os.environ.get("XDG_STATE_HOME", "")
    base = Path(given) if given and os.path.isabs(given) else Path.home() / ".local" / "state"
    return base / FOLDER


def made(folder: Path) -> Path | None:
    """The folder, made if need be, for this user only; None where that is impossible: nothing then depends on it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def own_secret() -> bytes:
    """32 random bytes that tell this user's breakpoints from those of other people; new ones where none can be kept."""
    folder = made(state_folder())
    fresh = os.urandom(32)  # what the module secrets gives, without the 4 ms it takes to import
    if folder is None:
        return fresh
    path = folder / "seal"
    try:
        kept = path.read_bytes()
        if len(kept) == 32:
            return kept
        path.unlink()
    except OSError:
        pass
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh)
    except OSError:
        return fresh
    return fresh
