"""What the list of branches shows: a tree of forks with what was edited, and how they compare. Pure and comparable."""

import math
import re
from collections.abc import Mapping, Sequence

from bpstudio.explain.number_format import MINUS, NumberFormat
from bpstudio.records import dataclass
from bpstudio.viewstate.watch_state import NO_VALUE

_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@dataclass(frozen=True, slots=True)
class BranchFact:
    """A branch as the session knows it; ``parent`` is None for the first; ``loss`` at the iteration compared, None if unknown."""

    key: int
    parent: int | None
    name: str
    fork_iteration: int = 0
    edits: tuple[str, ...] = ()
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One branch in the tree."""

    key: int
    depth: int
    name: str
    fork: str
    edits: tuple[str, ...]
    loss: str
    exact_loss: str
    is_finite: bool
    is_current: bool
    is_compared: bool
    can_delete: bool


@dataclass(frozen=True, slots=True)
class BranchState:
    """The rows from the first branch down, each under the one it leaves; ``caption`` says where losses are compared."""

    rows: tuple[BranchRow, ...] = ()
    caption: str = ""


def build_branch_state(
    branches: Sequence[BranchFact],
    current: int,
    iteration: int,
    number_format: NumberFormat,
    compared: int | None = None,
) -> BranchState:
    """The tree of ``branches``, as seen from the current one."""
    by_key = {branch.key: branch for branch in branches}
    kept = _ancestors(current, by_key)
    rows = tuple(
        BranchRow(
            branch.key,
            depth,
            branch.name,
            "start" if branch.parent is None else f"iteration {branch.fork_iteration:,}",
            tuple(_written(words, number_format) for words in branch.edits),
            NO_VALUE if branch.loss is None else number_format.format(branch.loss),
            "" if branch.loss is None else number_format.in_full.format(branch.loss),
            is_finite=branch.loss is None or math.isfinite(branch.loss),
            is_current=branch.key == current,
            is_compared=branch.key == compared and branch.key != current,
            can_delete=branch.key not in kept,
        )
        for branch, depth in _tree(branches)
    )
    return BranchState(rows, f"losses at iteration {iteration:,}" if len(rows) > 1 else "")


def _written(words: str, numbers: NumberFormat) -> str:
    """An edit in the words of the session, with signs as they are written in the window."""
    words = words.replace("= -", f"= {MINUS}")
    return _POINT.sub(",", words) if numbers.decimal_comma else words


def _ancestors(key: int, by_key: Mapping[int, BranchFact]) -> set[int]:
    """A branch and those it comes from: none of them can go while it is in use."""
    found: set[int] = set()
    at: int | None = key
    while at is not None and at not in found:
        found.add(at)
        at = by_key[at].parent if at in by_key else None
    return found | {branch.key for branch in by_key.values() if branch.parent is None}


def _tree(branches: Sequence[BranchFact]) -> list[tuple[BranchFact, int]]:
    """Depth first; children by where they leave, then as they came. A stack: a chain of forks may be long."""
    children: dict[int | None, list[BranchFact]] = {}
    for branch in branches:
        children.setdefault(branch.parent, []).append(branch)
    for siblings in children.values():
        siblings.sort(key=lambda branch: branch.fork_iteration)
    stack = [(branch, 0) for branch in reversed(children.get(None, []))]
    found: list[tuple[BranchFact, int]] = []
    while stack:
        branch, depth = stack.pop()
        found.append((branch, depth))
        stack += [(child, depth + 1) for child in reversed(children.get(branch.key, []))]
    return found
