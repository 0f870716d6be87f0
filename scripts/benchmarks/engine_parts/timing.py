"""How time is measured: contenders take turns, and what counts is the processor's time, not the clock on the wall.

All of them work in one thread, so on an idle machine both are the same; on a busy one only the first means anything.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Turns:
    """Seconds per iteration of each contender in each round."""

    seconds: dict[str, list[float]]

    def median(self, who: str) -> float:
        """Median seconds per iteration."""
        return statistics.median(self.seconds[who])

    def ratio(self, slow: str, quick: str) -> float | None:
        """How many times ``quick`` beats ``slow``: the median of the ratios within a round; None if either is missing."""
        if slow not in self.seconds or quick not in self.seconds:
            return None
        return statistics.median(a / b for a, b in zip(self.seconds[slow], self.seconds[quick], strict=True))


def calibrate(run: Callable[[int], object], seconds: float) -> int:
    """How many iterations take about ``seconds``; the first call warms caches up, the best of three counts."""
    run(2)
    count = 2
    while True:
        spent = min(_timed(run, count) for _ in range(3))
        if spent > seconds / 4:
            return max(1, int(count * seconds / spent))
        count *= 4


def _timed(run: Callable[[int], object], count: int) -> float:
    start = time.process_time()
    run(count)
    return time.process_time() - start


def take_turns(everybody: Mapping[str, Callable[[int], object]], rounds: int, seconds: float) -> Turns:
    """Time every contender once per round, each for about ``seconds``.

    Rounds are short: what the machine does meanwhile hits all contenders of a round alike, or few rounds.
    """
    counts = {who: calibrate(run, seconds) for who, run in everybody.items()}
    times: dict[str, list[float]] = {who: [] for who in everybody}
    for _ in range(rounds):
        for who, run in everybody.items():
            run(max(1, counts[who] // 4))  # what the contender before left in the caches is not this one's fault
            times[who].append(_timed(run, counts[who]) / counts[who])
    return Turns(times)
