"""Bytes of the history of long runs, and milliseconds of random seeks and of steps back anywhere in them.

A tiny network (2-2-1, Adam) over a million iterations, and 784-128-10 (SGD, batches of 32) over a hundred thousand. Each move
ends with the numbers of its iteration computed, as the window needs them. Exit code 1 where a limit is missed.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from workloads import spec_of

from bpstudio.model.spec import (
    ActivationName,
    Dataset,
    InitializerSpec,
    LayerSpec,
    LossName,
    LossSpec,
    NetworkSpec,
    OptimizerName,
    OptimizerSpec,
    RunSpec,
    Summation,
    TrainingSpec,
)
from bpstudio.program.levels import Level
from bpstudio.session.history import DEFAULT_BUDGET
from bpstudio.session.session import Session

MEGABYTE = 1024 * 1024
CHUNK = 512
WIDE_ROWS = 3200
STEPS_BACK = 8
CROSSED = 3
"""Checkpoints to come by again in the end, so that they are compared."""


@dataclass(frozen=True)
class Limits:
    """What is promised: bytes, and milliseconds. None where only the worst case counts."""

    megabytes: float
    seek_median_ms: float | None
    seek_worst_ms: float
    step_back_ms: float | None


TINY = Limits(2.0, 15.0, 150.0, 20.0)
WIDE = Limits(DEFAULT_BUDGET / MEGABYTE, None, 2000.0, None)


def wide_spec() -> RunSpec:
    """784-128-10, ReLU and softmax, SGD, batches of 32 of random rows."""
    draw = np.random.default_rng(1)
    targets = np.eye(10)[draw.integers(0, 10, WIDE_ROWS)]
    return RunSpec(
        "784-128-10",
        NetworkSpec(784, (LayerSpec(128, ActivationName.RELU), LayerSpec(10, ActivationName.SOFTMAX))),
        InitializerSpec(),
        Dataset(draw.normal(size=(WIDE_ROWS, 784)), targets, np.empty((0, 784)), np.empty((0, 10))),
        LossSpec(LossName.CROSS_ENTROPY, 1.0),
        optimizer=OptimizerSpec(learning_rate=0.01),
        training=TrainingSpec(batch_size=32, summation=Summation.FAST),
    )


def train(session: Session, count: int) -> None:
    """Run on to ``count`` iterations, in slices as the window does."""
    began = time.perf_counter()
    while session.iteration < count:
        session.run_iterations(min(CHUNK, count - session.iteration))
        if session.iteration % (CHUNK * 64) == 0:
            print(f"  {session.iteration:,} of {count:,}", end="\r", file=sys.stderr)
    seconds = time.perf_counter() - began
    print(f"  trained {count:,} iterations in {seconds:.1f} s: {seconds / count * 1e6:.1f} µs each")


def timed(move: Callable[[], object], session: Session) -> float:
    """Milliseconds of a move, the numbers of the iteration it leads to included."""
    began = time.perf_counter()
    move()
    session.tape.losses  # noqa: B018 (computes the iteration)
    return (time.perf_counter() - began) * 1000.0


def real_bytes(session: Session) -> int:
    """Bytes of the history with what Python keeps beside each array: objects, entries of dictionaries and lists."""
    history = session.history
    holders = [*history._holders, history._iterations]
    objects = [entry for holder in history._holders for entry in holder.values()]
    return sum(map(sys.getsizeof, holders)) + sum(
        sys.getsizeof(kept) + sys.getsizeof(kept.state) + sys.getsizeof(kept.checksum) + sys.getsizeof(1 << 40)
        for kept in objects
    )


def measure(spec: RunSpec, count: int, moves: int, limits: Limits) -> bool:
    """Train, then go to random places and step back from them; returns whether the limits hold."""
    session, choose = Session(spec), random.Random(3)
    print(f"{spec.title}: {session.engine.state().nbytes:,} bytes of state")
    train(session, count)
    end = session.position
    seeks, back = [], []
    for _ in range(moves):
        place = choose.randrange(end)
        seeks.append(timed(lambda place=place: session.seek(position=place), session))
        session.seek(position=session.program.iteration_start(session.iteration))
        back += [timed(lambda: session.step_back(Level.ITERATION), session) for _ in range(STEPS_BACK)]
    session.seek(iteration=choose.randrange(max(1, count // 2)))
    session.run_iterations(min(count // 2, CROSSED * session.history.stride))
    history, megabytes = session.history, real_bytes(session) / MEGABYTE
    print(f"  {history.count} checkpoints, {history.stride} iterations apart: {megabytes:.2f} MB in all")
    print(
        f"  (the loss of every iteration, which the plot shows, takes {session.losses.values.nbytes / MEGABYTE:.1f} MB)"
    )
    print(f"  random seek:  median {statistics.median(seeks):8.2f} ms   worst {max(seeks):8.2f} ms   of {len(seeks)}")
    print(f"  step back:    median {statistics.median(back):8.2f} ms   worst {max(back):8.2f} ms   of {len(back)}")
    print(f"  {session.verified:,} states derived again match their checkpoints; {len(session.damages)} do not")
    kept = [
        megabytes <= limits.megabytes,
        max(seeks) <= limits.seek_worst_ms,
        limits.seek_median_ms is None or statistics.median(seeks) <= limits.seek_median_ms,
        limits.step_back_ms is None or max(back) <= limits.step_back_ms,
        not session.damages,
    ]
    print(f"  limits {'kept' if all(kept) else 'missed'}: {limits}")
    return all(kept)


def main() -> int:
    """Parse arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=1_000_000, help="of the tiny network; 0 leaves it out")
    parser.add_argument("--wide-iterations", type=int, default=100_000, help="of the wide network; 0 leaves it out")
    parser.add_argument("--moves", type=int, default=200)
    options = parser.parse_args()
    adam = OptimizerSpec(OptimizerName.ADAM, 0.001)
    is_kept = True
    if options.iterations:
        is_kept &= measure(spec_of("W1", Summation.FAST, adam), options.iterations, options.moves, TINY)
    if options.wide_iterations:
        is_kept &= measure(wide_spec(), options.wide_iterations, max(1, options.moves // 4), WIDE)
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
