"""What the log shows: the rows that logpoints have written, the latest ones at most. Pure and comparable."""

from collections.abc import Sequence

from bpstudio.records import dataclass

MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row: ``number`` counts all that were ever written, ``position`` is the moment it belongs to."""

    number: int
    position: int
    iteration: int
    text: str


@dataclass(frozen=True, slots=True)
class LogState:
    """The rows, how many older ones were dropped, and where the run stands: rows after ``cursor`` are dimmed."""

    rows: tuple[LogRow, ...] = ()
    dropped: int = 0
    cursor: int = 0


def log_state(rows: Sequence[LogRow], cursor: int, most: int = MOST_ROWS) -> LogState:
    """The last ``most`` of ``rows``."""
    dropped = max(0, len(rows) - most)
    return LogState(tuple(rows[dropped:]), dropped, cursor)
