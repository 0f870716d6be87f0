"""Level: how coarse a step is, from an epoch down to one operation."""

from enum import IntEnum

from bpstudio.errors import PositionError


class Level(IntEnum):
    """Coarse to fine; boundaries of a coarse level are boundaries of every finer one."""

    EPOCH = 0
    ITERATION = 1
    SAMPLE = 2
    PASS = 3
    LAYER = 4
    UNIT = 5
    OPERATION = 6

    @property
    def finer(self) -> "Level":
        """The next finer level; the finest stays."""
        return Level(min(self + 1, Level.OPERATION))

    @property
    def coarser(self) -> "Level":
        """The next coarser level; the coarsest stays."""
        return Level(max(self - 1, Level.EPOCH))

    @property
    def label(self) -> str:
        """The word for it, as the command line takes it."""
        return self.name.lower()


def parse_level(text: str) -> Level:
    """Return the level named ``text`` (`unit`); raises PositionError naming the known ones."""
    try:
        return Level[text.upper()]
    except KeyError:
        known = ", ".join(level.label for level in Level)
        raise PositionError(f"there is no level {text!r}; expected one of {known}") from None
