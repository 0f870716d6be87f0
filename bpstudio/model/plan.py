"""A plan: the straight list of calls that computes one iteration on preallocated buffers."""

from collections.abc import Callable

Call = Callable[[], object]
Plan = list[Call]


def execute(plan: Plan) -> None:
    """Make all calls, in order."""
    for call in plan:
        call()
