"""What a user can wish: the moves through a run. Wishes come back to the controller by one door."""

from enum import StrEnum


class Way(StrEnum):
    """Which write of a number to go to."""

    NEXT = "next"
    PREVIOUS = "previous"
    FIRST = "first"


class Move(StrEnum):
    """A move of the marked operation; each forward one has a twin that goes back in time."""

    OVER = "step over"
    INTO = "step into"
    OUT = "step out"
    BACK_OVER = "step back over"
    BACK_INTO = "step back into"
    BACK_OUT = "step back out"
    START = "go to the start"
    ITERATION_START = "go to the start of the iteration"
    EPOCH_END = "run to the end of the epoch"


class Gauge(StrEnum):
    """How playing moves: by steps of the current level, or through whole iterations as fast as they compute."""

    STEPS = "steps"
    FULL_SPEED = "full speed"
