"""The goals, and whether a measurement reached them."""

from dataclasses import dataclass

from scripts.benchmarks.engine_parts.timing import Turns

FAST, COMPILED = "bpstudio fast", "bpstudio compiled"
TORCH, NUMPY, FLOOR = "PyTorch eager", "plain NumPy", "bare matmuls"


@dataclass(frozen=True)
class Goal:
    """At least ``bound``, or at most if ``is_upper``."""

    workload: str
    what: str
    bound: float
    measured: float | None
    is_upper: bool = False
    unit: str = "×"

    @property
    def row(self) -> str:
        """A line of the table."""
        sign = "≤" if self.is_upper else "≥"
        goal = f"{sign} {self.bound:g} {self.unit}"
        if self.measured is None:
            return f"| {self.workload} | {self.what} | {goal} | not measured | |"
        is_reached = self.measured <= self.bound if self.is_upper else self.measured >= self.bound
        shown = f"{self.measured:.{3 if self.unit == 'µs' else 2}f} {self.unit}"
        return f"| {self.workload} | {self.what} | {goal} | {shown} | {'reached' if is_reached else '**missed**'} |"


MICROSECONDS = {"W1": (0.4, 26), "W2": (1.7, 30), "W3": (0.2, 35), "W4": (4.5, 27)}
"""The compiled loop's goal, and what plain NumPy takes on the machine the goal was set on."""
TORCH_BY_COMPILED = {"W1": 100, "W2": 100, "W3": 100, "W4": 40}
FLOOR_AND_TORCH = {"W5": (1.15, 1.5), "W6": (1.12, 1.0)}


def goals_of(name: str, turns: Turns) -> list[Goal]:
    """All goals of one workload."""
    if name in FLOOR_AND_TORCH:
        most, least = FLOOR_AND_TORCH[name]
        return [
            Goal(name, f"{FAST}: time of the bare matmuls", most, turns.ratio(FAST, FLOOR), is_upper=True),
            Goal(name, f"{FAST} quicker than {TORCH}", least, turns.ratio(TORCH, FAST)),
        ]
    micros, reference = MICROSECONDS[name]
    of_numpy = turns.ratio(COMPILED, NUMPY)
    scaled = None if of_numpy is None else of_numpy * reference
    return [
        Goal(name, f"{FAST} quicker than {TORCH}", 25, turns.ratio(TORCH, FAST)),
        Goal(name, f"{FAST} quicker than {NUMPY}", 3.5, turns.ratio(NUMPY, FAST)),
        Goal(name, f"{COMPILED} quicker than {TORCH}", TORCH_BY_COMPILED[name], turns.ratio(TORCH, COMPILED)),
        Goal(name, f"{COMPILED} where {NUMPY} takes {reference} µs", micros, scaled, is_upper=True, unit="µs"),
    ]
