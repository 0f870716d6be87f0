"""Seconds to go back, or forward, to where a condition became true in a long run of a tiny network, with the index and without.

"Where did |delta| of this unit last exceed 0.5?" The run has learnt its task after a few per cent of the way.
"""

import argparse
import sys
import time

from workloads import spec_of

from bpstudio.model.address import parse_address
from bpstudio.model.spec import OptimizerName, OptimizerSpec, Summation
from bpstudio.session.breakpoints import Breakpoint, StopReason, Trouble
from bpstudio.session.range_index import RangeIndex
from bpstudio.session.search import Direction, Search
from bpstudio.session.session import Session
from bpstudio.session.watching import FillJob

SLICE_SECONDS = 0.02
ADDRESS = "delta[2][0]"
CONDITION = f"abs({ADDRESS}) > 0.5"


def continued(
    session: Session, text: str, direction: Direction, index: RangeIndex, limit: int
) -> tuple[float, StopReason]:
    """Continue to the condition, with the breakpoint on numbers that are not finite that every window has; say how long."""
    breakpoints = [Breakpoint(key=1, where=text), Breakpoint(key=2, where=Trouble.NOT_FINITE)]
    began = time.perf_counter()
    search = Search(session, breakpoints, direction, limit=limit, index=index)
    longest, is_over = 0.0, False
    while not is_over:
        slice_began = time.perf_counter()
        is_over = search.advance(SLICE_SECONDS)
        longest = max(longest, time.perf_counter() - slice_began)
    took = time.perf_counter() - began
    stop = search.stop
    if stop is None:
        raise RuntimeError("the search ended without a reason")
    where = f"{stop.kind} at iteration {session.iteration:,}"
    way = "back" if direction is Direction.BACK else "forward"
    print(f"{way:8} {text:32} {took:7.3f} s   longest slice {longest * 1000:4.0f} ms   {where}")
    return took, stop


def fill(session: Session, index: RangeIndex) -> float:
    """Record all iterations in the index; returns the seconds it took."""
    job, began = FillJob(session, (), index, session.losses.count), time.perf_counter()
    while not job.advance(1.0):
        print(f"recording {job.progress[0]:,} of {job.progress[1]:,}", end="\r", file=sys.stderr)
    return time.perf_counter() - began


def main() -> int:
    """Parse arguments, measure, print; exit code 1 above the limit or when a search stops elsewhere than it must."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=1_000_000)
    parser.add_argument("--limit-s", type=float, default=0.5)
    options = parser.parse_args()
    count: int = options.iterations
    session = Session(spec_of("W1", Summation.FAST, OptimizerSpec(OptimizerName.ADAM, 0.001)))
    index = RangeIndex([parse_address(ADDRESS)])
    began = time.perf_counter()
    session.run_iterations(count)
    print(f"trained {count:,} iterations in {time.perf_counter() - began:.1f} s")
    print(f"recorded {ADDRESS} in {fill(session, index):.1f} s: {index.nbytes / 1e6:.1f} MB")
    took, back = continued(session, CONDITION, Direction.BACK, index, count)
    _, earlier = continued(session, CONDITION, Direction.BACK, index, count)
    _, forward = continued(session, CONDITION, Direction.FORWARD, index, count)
    session.seek(iteration=min(count, session.iteration + 10_000))
    print("without the index, from 10,000 iterations further on:")
    _, plain = continued(session, CONDITION, Direction.BACK, RangeIndex(), count)
    is_right = back.position == forward.position == plain.position > earlier.position
    return 0 if took <= options.limit_s and is_right else 1


if __name__ == "__main__":
    sys.exit(main())
