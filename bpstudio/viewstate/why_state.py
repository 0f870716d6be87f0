"""Why this number? As rows: the reasons of a number, as far as they are opened, with what to light on the canvas. Pure."""

import math
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from bpstudio.explain import nan_hunt, paths, weight_story, why
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import MINUS, NumberFormat
from bpstudio.explain.reason import Combination, Reason
from bpstudio.explain.scripts import script_text
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.records import dataclass
from bpstudio.session import origins
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import Selection, ViewOptions

Q = Quantity
Path = tuple[str, ...]
"""Which row: the keys on the way to it from the number asked about, which is the empty path."""

DEEPEST = 60
GO_NOTE = "Enter on a bold row goes there"


class WhyMode(StrEnum):
    """How to answer: what it is made of, over which paths it came, which updates made it, where NaN was made."""

    PARENTS = "parents"
    PATHS = "paths"
    UPDATES = "updates"
    ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One number. ``share`` is −1 to 1, of what it was added to; None where nothing is added.

    ``position`` is where it was written, ``address`` and ``sample`` what it is called; each may be None.
    """

    path: Path
    symbol: str
    value: str
    exact: str
    words: str = ""
    detail: str = ""
    share: float | None = None
    share_text: str = ""
    address: Address | None = None
    sample: int | None = None
    position: int | None = None
    lit: tuple[Address, ...] = ()
    is_expandable: bool = False
    is_expanded: bool = False
    is_finite: bool = True
    is_marked: bool = False

    @property
    def depth(self) -> int:
        """How far it is indented; the number asked about stands at 0."""
        return len(self.path)


@dataclass(frozen=True, slots=True)
class WhyState:
    """The answer. ``lit`` are units, edges and biases for the canvas; ``progress`` is how much of a replay is done."""

    headline: str = ""
    note: str = ""
    mode: WhyMode = WhyMode.PARENTS
    modes: tuple[WhyMode, ...] = ()
    rows: tuple[WhyRow, ...] = ()
    lit: tuple[Address, ...] = ()
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class WhyQuestion:
    """What is asked: a number (or what is selected), how to answer, and which rows are open."""

    address: Address | None = None
    sample: int | None = None
    mode: WhyMode = WhyMode.PARENTS
    expanded: frozenset[Path] = frozenset({()})

    def toggled(self, path: Path) -> "WhyQuestion":
        """With a row opened that was closed, or closed with all below it."""
        if path in self.expanded:
            kept = frozenset(other for other in self.expanded if other[: len(path)] != path)
            return replace(self, expanded=kept)
        return replace(self, expanded=self.expanded | {path})


_OF_WEIGHT = (Q.WEIGHT, Q.WEIGHT_GRADIENT, Q.SAMPLE_WEIGHT_GRADIENT, Q.WEIGHT_STEP, Q.WEIGHT_STATE)
_OF_BIAS = (Q.BIAS, Q.BIAS_GRADIENT, Q.SAMPLE_BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS_STATE)
_OF_UNIT = (Q.ACTIVATION, Q.PRE_ACTIVATION, Q.SLOPE, Q.ERROR, Q.DELTA)
_OWN_PATHS = (Q.SAMPLE_WEIGHT_GRADIENT, Q.SAMPLE_BIAS_GRADIENT, Q.ERROR)


def asked_address(address: Address, mode: WhyMode) -> Address:
    """The number a mode is about: of an edge its weight, gradient or updates, of a unit its activation or δ."""
    quantity = address.quantity
    is_weight, is_bias = quantity in _OF_WEIGHT, quantity in _OF_BIAS
    if mode is WhyMode.UPDATES and (is_weight or is_bias):
        return replace(address, quantity=Q.WEIGHT if is_weight else Q.BIAS, slot=None)
    if mode is WhyMode.PATHS and quantity not in _OWN_PATHS:
        if is_weight or is_bias:
            return replace(address, quantity=Q.WEIGHT_GRADIENT if is_weight else Q.BIAS_GRADIENT, slot=None)
        if quantity in _OF_UNIT:
            return replace(address, quantity=Q.DELTA, indices=address.indices[:1])
    return address


def canvas_address(address: Address) -> Address | None:
    """The unit, edge or bias of the canvas that a number belongs to; None for the losses."""
    if address.quantity in _OF_WEIGHT:
        return replace(address, quantity=Q.WEIGHT, slot=None)
    if address.quantity in _OF_BIAS:
        return replace(address, quantity=Q.BIAS, slot=None)
    return replace(address, quantity=Q.ACTIVATION, indices=address.indices[:1]) if address.indices else None


def on_canvas(selection: Selection) -> Selection:
    """The same with the unit, edge or bias that each number belongs to: a δ in an equation lights its unit."""
    selected, hovered = (
        None if address is None else canvas_address(address) for address in (selection.selected, selection.hovered)
    )
    return replace(selection, selected=selected, hovered=hovered)


class WhyTrees:
    """The trees of a session, one for each notation and kind of answer; :meth:`clear` after an edit of the run."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._trees: dict[tuple[NotationName, bool], why.WhyTree] = {}

    def tree(self, name: NotationName, has_paths: bool) -> "why.WhyTree":
        """The tree of parents, or the one whose derivatives open into paths."""
        if (name, has_paths) not in self._trees:
            made = paths.PathTree if has_paths else why.WhyTree
            self._trees[name, has_paths] = made(self.session, notation(name, self.session.spec))
        return self._trees[name, has_paths]

    def clear(self) -> None:
        """Forget what the past was."""
        self._trees.clear()


def build_why_state(
    trees: WhyTrees,
    question: WhyQuestion,
    options: ViewOptions,
    *,
    updates: "origins.Updates | None" = None,
    hunt: "nan_hunt.NanHunt | None" = None,
    progress: float | None = None,
    may_replay: bool = True,
) -> WhyState:
    """The answer to a question at the session's position.

    ``updates`` is what an UpdateHistory has found, ``hunt`` a finished NanHunt, ``progress`` how much is done of the one
    under way. Without ``may_replay`` rows that lie in other iterations stay closed (while playing, say).
    """
    if question.address is None:
        return WhyState("Select a unit, an edge or a number, and ask why")
    builder = _Builder(trees, question, question.address, options, may_replay)
    if builder.mode is WhyMode.UPDATES:
        return builder.updates(updates, progress)
    if builder.mode is WhyMode.ORIGIN:
        return builder.origin(hunt, progress)
    return builder.reasons()


class _Builder:
    """Makes the rows of one state."""

    def __init__(
        self, trees: WhyTrees, question: WhyQuestion, chosen: Address, options: ViewOptions, may_replay: bool
    ) -> None:
        self.question = question
        asked = trees.tree(options.notation, False).root(chosen, question.sample)
        self.modes = _modes(chosen, asked)
        self.mode = question.mode if question.mode in self.modes else WhyMode.PARENTS
        self.tree = trees.tree(options.notation, self.mode is WhyMode.PATHS)
        self.names: Notation = self.tree.names
        self.numbers = options.numbers
        self.may_replay = may_replay
        self.address = asked_address(chosen, self.mode)
        self.root = asked if self.address == chosen else self.tree.root(self.address, question.sample)

    # The modes.

    def reasons(self) -> WhyState:
        """The tree of parents or paths."""
        if self.root is None:
            return self._state(f"{self._asked_symbol()} is not computed yet at this position")
        rows = tuple(self._opened(self.root, ()))
        headline = f"{self.root.symbol} = {self.numbers.format(self.root.value)}"
        words = self._path_words(self.root) if self.mode is WhyMode.PATHS else self._parent_words(self.root)
        return self._state(f"{headline}: {words}" if words else headline, rows=rows, note=self._note(self.root))

    def updates(self, updates: "origins.Updates | None", progress: float | None) -> WhyState:
        """A weight as its initial value and its changes."""
        if updates is None or self.root is None or updates.address != self.address:
            words = f"replaying every update of {self._asked_symbol()} …"
            return self._state(words, progress=0.0 if progress is None else progress)
        rows = [self._top(self.root)]
        for reason in weight_story.story_reasons(updates, self.names):
            rows += self._opened(reason, (reason.key,))
        headline = weight_story.story_headline(updates, self.names, self.numbers)
        return self._state(
            headline, rows=tuple(rows), note=weight_story.story_note(updates, self.numbers), progress=progress
        )

    def origin(self, hunt: "nan_hunt.NanHunt | None", progress: float | None) -> WhyState:
        """Where a number that is not finite was made, what grew behind it, and the way there."""
        if hunt is None or self.root is None or not hunt.is_done:
            return self._state(f"looking for the origin of {self._asked_symbol()} …", progress=progress or 0.0)
        finds = ((hunt.made, "made", "made here"), (hunt.grown, "grown", f"first beyond {hunt.limit:,.0f}"),
                 (hunt.given, "given", "large from the start"))  # fmt: skip
        rows = [self._top(self.root)]
        rows += [self._found(find, key, words) for find, key, words in finds if find is not None]
        way = enumerate(hunt.chain[1:])
        rows += [replace(self._row(reason, (f"chain {k}",)), is_expandable=False, share=None) for k, reason in way]
        words = _origin_words(hunt, self.root.symbol, self.numbers.format(self.root.value))
        return self._state(words, rows=tuple(rows), note=hunt.words or GO_NOTE)

    def _top(self, root: Reason) -> WhyRow:
        """The number asked about, above rows that are not its parents."""
        return replace(self._row(root, ()), is_expandable=False)

    def _state(
        self, headline: str, *, rows: tuple[WhyRow, ...] = (), note: str = "", progress: float | None = None
    ) -> WhyState:
        lit = tuple(dict.fromkeys(address for row in rows for address in row.lit))
        return WhyState(headline, note, self.mode, self.modes, rows, lit, progress)

    # Words.

    def _asked_symbol(self) -> str:
        return script_text(self.names.symbol(self.address, self.question.sample))

    def _parent_words(self, root: Reason) -> str:
        if not root.is_expandable:
            return root.words
        return (self.tree.look(root, lambda terms: terms.words) or "") if self._may_open(root) else ""

    def _path_words(self, root: Reason) -> str:
        found = self.tree.path_sum(root) if isinstance(self.tree, paths.PathTree) else None
        if found is None:
            return self._parent_words(root)
        return "1 path to the output" if found.count == 1 else f"the sum over {found.count:,} paths to the outputs"

    def _note(self, root: Reason) -> str:
        found = self.tree.path_sum(root) if isinstance(self.tree, paths.PathTree) else None
        if found is None or not math.isfinite(found.difference):
            return ""
        if found.difference == 0.0:
            return "all paths add up to the stored number exactly"
        difference = self.numbers.significant(2).format(found.difference)
        return f"all paths add up to the stored number; rounding makes a difference of {difference}"

    # Rows.

    def _may_open(self, reason: Reason) -> bool:
        return self.may_replay or self.tree.is_near(reason)

    def _opened(self, reason: Reason, path: Path) -> Iterator[WhyRow]:
        """The row of a reason, and those below it where it is open."""
        is_expanded = reason.is_expandable and path in self.question.expanded and self._may_open(reason)
        yield self._row(reason, path, is_expanded)
        if is_expanded and len(path) < DEEPEST:
            for child in self.tree.children(reason):
                yield from self._opened(child, (*path, child.key))

    def _row(self, reason: Reason, path: Path, is_expanded: bool = False) -> WhyRow:
        return WhyRow(
            path=path,
            symbol=reason.symbol,
            value=self.numbers.format(reason.value),
            exact=self.numbers.in_full.format(reason.value),
            words=reason.words,
            detail=self._detail(reason),
            share=reason.share,
            share_text="" if reason.share is None else share_text(reason.share, self.numbers),
            address=reason.address,
            sample=reason.sample,
            position=reason.position,
            lit=_lit(reason),
            is_expandable=reason.is_expandable,
            is_expanded=is_expanded,
            is_finite=math.isfinite(reason.value),
            is_marked=not path,
        )

    def _detail(self, reason: Reason) -> str:
        """The numbers of a product: ``0.15 × 0.05``."""
        if reason.combination is not Combination.PRODUCT:
            return ""
        return " × ".join(self.numbers.format(part.value) for part in reason.parts)

    def _found(self, find: "nan_hunt.Find", key: str, words: str) -> WhyRow:
        row = self._row(find.reason, (key,))
        return replace(
            row, value=self.numbers.format(find.value), exact=self.numbers.in_full.format(find.value),
            words=f"{words}: {find.words}", position=find.position, is_expandable=False, is_marked=True,
            is_finite=math.isfinite(find.value),
        )  # fmt: skip


def _modes(address: Address, asked: Reason | None) -> tuple[WhyMode, ...]:
    """The answers there are for what is selected."""
    found = [WhyMode.PARENTS]
    if canvas_address(address) is not None and address.layer:
        found.append(WhyMode.PATHS)
    if address.quantity in _OF_WEIGHT or address.quantity in _OF_BIAS:
        found.append(WhyMode.UPDATES)
    if asked is not None and not math.isfinite(asked.value):
        found.append(WhyMode.ORIGIN)
    return tuple(found)


def _origin_words(hunt: "nan_hunt.NanHunt", symbol: str, value: str) -> str:
    if hunt.made is None:
        return f"{symbol} = {value}: {hunt.words}"
    if hunt.made.position is None:
        return f"{symbol} = {value}: {hunt.made.words}"
    return f"{symbol} = {value}: not finite since iteration {hunt.made.reason.iteration:,}"


def _lit(reason: Reason) -> tuple[Address, ...]:
    """What of the canvas a row is about: its own place, or those of the factors."""
    named = [reason.address] if reason.address is not None else [part.address for part in reason.parts]
    found = (canvas_address(address) for address in named if address is not None)
    return tuple(dict.fromkeys(address for address in found if address is not None))


def share_text(share: float, numbers: NumberFormat) -> str:
    """``+38 %``, ``−0.4 %``: always with its sign, and with the decimal sign of ``numbers``."""
    size = 100.0 * abs(share)
    if size == 0.0:
        return "0 %"
    sign = "+" if share > 0.0 else MINUS
    if size < SMALLEST:
        return f"{sign}<{numbers.significant(1).format(SMALLEST)} %"
    decimals = 0 if size >= FIRST_WHOLE else 1
    return f"{sign}{numbers.fixed(decimals).format(size)} %"


SMALLEST = 0.1
FIRST_WHOLE = 9.95
"""Per cents that are printed without a decimal."""
