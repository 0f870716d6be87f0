"""Iterations per second of bpstudio beside its peers on six workloads, and what debugging costs; float64, one thread.

An iteration is forward, loss, backward and update, with its whole tape kept. In each round every contender is timed once,
in turn; tables show medians over rounds, and ratios are medians of the ratios within a round. Peers that are not installed
are named and skipped.
"""

import argparse
import platform

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
from scripts.benchmarks.engine_parts.costs import keeping_rows, memory_rows, seek_rows, step_rows
from scripts.benchmarks.engine_parts.goals import FLOOR, NUMPY, TORCH, Goal, goals_of
from scripts.benchmarks.engine_parts.machine import processor, versions
from scripts.benchmarks.engine_parts.peers import contenders
from scripts.benchmarks.engine_parts.timing import Turns, take_turns
from scripts.benchmarks.workloads import WORKLOADS


def say(*lines: str) -> None:
    """Print at once, for all of it takes minutes."""
    print(*lines, sep="\n", flush=True)


def describe_machine() -> None:
    """Say what this is measured on."""
    found, missing = versions()
    say(
        f"{processor()}; {platform.system()} {platform.machine()}; Python {platform.python_version()}; {', '.join(found)}"
    )
    if missing:
        say(f"not installed, so skipped: {', '.join(missing)}")


def measure_peers(names: list[str], rounds: int, seconds: float) -> list[Goal]:
    """Print the table of all contenders; returns the goals."""
    say("", "### Iterations", "")
    say(
        "| workload | who | µs per iteration | × PyTorch eager | × plain NumPy | × bare matmuls |",
        "|---|---|---:|---:|---:|---:|",
    )
    goals: list[Goal] = []
    for name in names:
        everybody = {who: run for who, run in contenders(name).items() if run is not None}
        turns = take_turns(everybody, rounds, seconds)
        for who in everybody:
            say(_peer_row(name, who, turns))
        goals += goals_of(name, turns)
    return goals


def _peer_row(name: str, who: str, turns: Turns) -> str:
    ratios = [turns.ratio(peer, who) for peer in (TORCH, NUMPY, FLOOR)]
    shown = " | ".join("" if ratio is None else f"{ratio:.2f}" for ratio in ratios)
    return f"| {name} | {who} | {turns.median(who) * 1e6:.2f} | {shown} |"


def main() -> None:
    """Parse arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--seconds", type=float, default=0.02, help="per contender and round")
    parser.add_argument("--only-peers", action="store_true", help="leave out what debugging costs")
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    options = parser.parse_args()
    describe_machine()
    goals = measure_peers(options.workloads, options.rounds, options.seconds)
    say("", "### Goals", "", "| workload | what | goal | measured | |", "|---|---|---:|---:|---|")
    say(*(goal.row for goal in goals))
    if options.only_peers:
        return
    say("", "### What keeping everything adds", "", *keeping_rows(2 * options.rounds, options.seconds / 2))
    say("", "### A step, in µs forward / back", "", *step_rows(0.05))
    say("", "### Memory", "", *memory_rows(20_000))
    say("", "### A jump within a long run", "", *seek_rows(40))


if __name__ == "__main__":
    main()
