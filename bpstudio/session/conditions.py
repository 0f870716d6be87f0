"""Conditions and watches: a small language over a run's numbers, let through by an allow-list; nothing is ever executed.

Python's parser gives the syntax tree; only what is listed here becomes a node (:mod:`bpstudio.session.expression`). Addresses
are recognised before parsing, so brackets mean nothing else.
"""

import ast
import difflib
import math
import re
import warnings
from collections.abc import Sequence

from bpstudio.errors import AddressError, BpstudioError
from bpstudio.model.address import Address, parse_address
from bpstudio.model.optimizers import slot_names
from bpstudio.model.spec import ActivationName, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.expression import (
    Binary,
    Constant,
    Moment,
    Node,
    Previous,
    Range,
    Ranges,
    Read,
    Slot,
    Unary,
    is_true,
)

LONGEST = 500
MOST_NODES = 100
DEEPEST = 30

SCALARS = ("loss", "sample_loss", "data_loss", "penalty")
COUNTERS = ("iteration", "epoch", "sample")
ARRAYS = ("a", "z", "slope", "e", "delta", "w", "b", "dw", "db", "sample_dw", "sample_db", "step_w", "step_b")
ONE_ARGUMENT = ("abs", "sqrt", "exp", "log", "sign", "isnan", "isinf", "isfinite")
TWO_OR_MORE = ("min", "max")
OVER_TIME = ("previous", "changed", "sign_changed")
FUNCTIONS = (*ONE_ARGUMENT, *TWO_OR_MORE, *OVER_TIME)
CONSTANTS = {"nan": math.nan, "inf": math.inf, "True": 1.0, "False": 0.0}

_ADDRESS = re.compile(r"(?:state\.[a-z]+\.[wb]|\b[a-z_]+)\s*\[[^\[\]]{0,40}\](?:\s*\[[^\[\]]{0,40}\])?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9.]*$")

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**",
    ast.USub: "-", ast.UAdd: "+", ast.Not: "not", ast.And: "and", ast.Or: "or",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class ConditionError(BpstudioError):
    """An expression is wrong; ``column`` counts characters from 0."""

    def __init__(self, problem: str, column: int = 0) -> None:
        self.problem = problem
        self.column = column
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression; ``slots`` says what its reads mean, in the order of their slots."""

    text: str
    node: Node
    slots: tuple[Slot, ...]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The numbers of the run it reads."""
        return tuple(slot for slot in self.slots if isinstance(slot, Address))

    def value(self, moment: Moment) -> float:
        """The expression's value at a moment."""
        return self.node.value(moment)

    def holds(self, moment: Moment) -> bool:
        """Whether it is true at a moment."""
        return is_true(self.node.value(moment))

    def range(self, ranges: Ranges) -> Range:
        """Every value it can have while its slots stay within their ranges."""
        return self.node.range(ranges)


def compile_condition(text: str, spec: RunSpec) -> Condition:
    """Return the compiled expression; raises ConditionError with one sentence for anything that is not allowed."""
    if len(text) > LONGEST:
        raise ConditionError(f"the expression is too long: at most {LONGEST} characters, got {len(text):,}", LONGEST)
    if not text.strip():
        raise ConditionError("the expression is empty; write something like loss < 0.1")
    if not text.isascii() or "\0" in text or "\n" in text:
        column = next((k for k, c in enumerate(text) if not c.isascii() or c in "\0\n"), 0)
        raise ConditionError(f"{text[column]!r} can't stand in an expression", column)
    compiler = _Compiler(text, spec)
    node = compiler.compile()
    return Condition(text.strip(), node, tuple(compiler.slots))


class _Compiler:
    def __init__(self, text: str, spec: RunSpec) -> None:
        self.spec = spec
        self.slots: list[Slot] = []
        self._text = text
        self._addresses: dict[str, Address] = {}
        self._nodes = 0

    def compile(self) -> Node:
        stripped = self._text.rstrip()
        lead = len(stripped) - len(stripped.lstrip())
        masked = self._masked(stripped)[lead:]
        if masked.count("(") > MOST_NODES or masked.count("-") + masked.count("not") > MOST_NODES:
            raise ConditionError(f"the expression is too large: at most {MOST_NODES} parts")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's remarks on odd literals are no concern of the user
                tree = ast.parse(masked, mode="eval")
        except SyntaxError as error:
            column = min(len(stripped), max(0, (error.offset or 1) - 1 + lead))
            raise ConditionError("this is not an expression; it breaks off or has a mark too many", column) from None
        except (RecursionError, MemoryError, ValueError):
            raise ConditionError("the expression is nested too deeply") from None
        self._lead = lead
        return self._node(tree.body, 0)

    def _masked(self, text: str) -> str:
        """Each address replaced by a name of the same length, so that columns stay what they are."""
        found: list[str] = []
        at = 0
        for match in _ADDRESS.finditer(text):
            name = f"_{len(self._addresses)}".ljust(len(match[0]), "_")
            self._addresses[name] = self._address(match[0], match.start())
            found += [text[at : match.start()], name]
            at = match.end()
        rest = text[at:]
        for place in (*found[::2], rest):
            if re.search(r"(?<![A-Za-z0-9_])_", place):
                raise ConditionError("a name can't begin with an underscore", text.find("_"))
        return "".join([*found, rest])

    def _address(self, text: str, column: int) -> Address:
        name = text.split("[")[0].strip()
        if not name.startswith("state.") and name not in ARRAYS:
            raise ConditionError(f"there is no quantity {name!r}{_meant(name, ARRAYS)}", column)
        try:
            address = parse_address(re.sub(r"\s+", "", text))
        except AddressError as error:
            raise ConditionError(str(error), column) from None
        problem = address_problem(address, self.spec)
        if problem:
            raise ConditionError(problem, column)
        return address

    def _node(self, tree: ast.AST, depth: int) -> Node:
        self._nodes += 1
        column = getattr(tree, "col_offset", 0) + self._lead
        if self._nodes > MOST_NODES:
            raise ConditionError(f"the expression is too large: at most {MOST_NODES} parts", column)
        if depth > DEEPEST:
            raise ConditionError(f"the expression is nested too deeply: at most {DEEPEST} levels", column)
        match tree:
            case ast.Constant(value=bool(value)):
                return Constant(float(value))
            case ast.Constant(value=int(number) | float(number)):
                return Constant(_as_float(number))
            case ast.Name(id=name):
                return self._name(name, column)
            case ast.UnaryOp(op=operation, operand=inner) if type(operation) in _OPERATORS:
                return Unary(_OPERATORS[type(operation)], self._node(inner, depth + 1))
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATORS:
                sides = self._node(left, depth + 1), self._node(right, depth + 1)
                return Binary(_OPERATORS[type(operation)], *sides)
            case ast.BoolOp(op=operation, values=values):
                return self._folded(_OPERATORS[type(operation)], values, depth)
            case ast.Compare():
                return self._comparison(tree, depth, column)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments, depth, column)
            case _:
                raise ConditionError(
                    "only numbers, names, arithmetic, comparisons, and, or, not and the listed functions can stand here",
                    column,
                )

    def _folded(self, name: str, values: Sequence[ast.AST], depth: int) -> Node:
        first, *rest = (self._node(value, depth + 1) for value in values)
        for node in rest:
            first = Binary(name, first, node)
        return first

    def _comparison(self, tree: ast.Compare, depth: int, column: int) -> Node:
        sides = [self._node(side, depth + 1) for side in (tree.left, *tree.comparators)]
        whole: Node | None = None
        for operation, left, right in zip(tree.ops, sides, sides[1:], strict=False):
            if type(operation) not in _OPERATORS:
                raise ConditionError("only < <= > >= == != compare numbers", column)
            link = Binary(_OPERATORS[type(operation)], left, right)
            whole = link if whole is None else Binary("and", whole, link)
        if whole is None:
            raise ConditionError("a comparison needs two sides", column)
        return whole

    def _name(self, name: str, column: int) -> Node:
        if name in self._addresses:
            return Read(self._slot(self._addresses[name]))
        if name in CONSTANTS:
            return Constant(CONSTANTS[name])
        if name in COUNTERS:
            return Read(self._slot(name))
        if name in SCALARS:
            return Read(self._slot(parse_address(name)))
        if name in ARRAYS:
            raise ConditionError(f"{name} is many numbers; name one of them, like {_example(name)}", column)
        if name in FUNCTIONS:
            raise ConditionError(f"{name} is a function; write {name}(…)", column)
        known = (*SCALARS, *COUNTERS, *ARRAYS, *FUNCTIONS)
        raise ConditionError(f"there is nothing called {name!r}{_meant(name, known)}", column)

    def _slot(self, slot: Slot) -> int:
        if slot not in self.slots:
            self.slots.append(slot)
        return self.slots.index(slot)

    def _call(self, name: str, arguments: Sequence[ast.AST], depth: int, column: int) -> Node:
        if name not in FUNCTIONS:
            raise ConditionError(f"there is no function {name!r}{_meant(name, FUNCTIONS)}", column)
        if name in TWO_OR_MORE:
            if len(arguments) < 2:
                raise ConditionError(f"{name} takes two numbers or more", column)
            return self._folded(name, arguments, depth)
        if len(arguments) != 1:
            raise ConditionError(f"{name} takes one number, got {len(arguments)}", column)
        inner = self._node(arguments[0], depth + 1)
        if name in ONE_ARGUMENT:
            return Unary(name, inner)
        if not isinstance(inner, Read):
            raise ConditionError(f"{name} takes one number of the run, like {name}(loss)", column)
        before = Previous(inner.slot)
        return before if name == "previous" else Binary(name, inner, before)


def _as_float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def address_problem(address: Address, spec: RunSpec) -> str:
    """What is wrong with an address in this run, in a sentence; empty if nothing is."""
    name, sizes, layer = address.quantity.value, spec.network.sizes, address.layer
    if address.slot is not None and address.slot not in slot_names(spec.optimizer):
        known = ", ".join(slot_names(spec.optimizer)) or "none"
        return f"this optimizer has no state {address.slot!r} (it has {known})"
    if address.quantity.is_scalar or layer is None:
        return ""
    lowest = 0 if name == "a" else 1
    if not lowest <= layer < len(sizes):
        return f"{address}: there is no such layer; expected {lowest} to {len(sizes) - 1}"
    if not address.indices:
        return f"{address} is many numbers; name one of them, like {_example(str(address).split('[')[0], layer)}"
    has_bias = layer > 0 and spec.network.layer(layer).bias.present
    if name in ("b", "db", "sample_db", "step_b", "state.b") and not has_bias:
        return f"{address}: layer {layer} has no bias"
    is_softmax = layer > 0 and spec.network.layer(layer).activation is ActivationName.SOFTMAX
    if name == "slope" and is_softmax != (len(address.indices) == 2):
        return f"{address}: " + ("softmax has slope[l][j,k]" if is_softmax else "expected slope[l][j]")
    limits = (sizes[layer], sizes[layer] if name == "slope" else sizes[layer - 1])
    for index, limit in zip(address.indices, limits, strict=False):
        if index >= limit:
            return f"{address}: index {index} is too large; expected 0 to {limit - 1}"
    return ""


def _example(name: str, layer: int = 1) -> str:
    is_weight_shaped = name.endswith("w")
    return f"{name}[{layer}][0,0]" if is_weight_shaped else f"{name}[{layer}][0]"


def _meant(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name[:60], known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def problem_of(text: str, spec: RunSpec) -> str | None:
    """What is wrong with an expression, in a sentence; None if nothing is. For editors."""
    try:
        compile_condition(text, spec)
    except ConditionError as error:
        return str(error)
    return None


def completions(text: str, cursor: int, spec: RunSpec) -> tuple[str, ...]:
    """Whole words that can continue what is being typed before ``cursor``, the likeliest first."""
    match = _NAME.search(text[:cursor])
    typed = match[0] if match else ""
    depth = spec.network.depth
    layers = range(1, depth + 1)
    words = [*SCALARS, *COUNTERS]
    words += [f"{name}[{layer}][0]" for name in ("delta", "a", "z", "e", "slope", "b", "db") for layer in layers]
    words += [f"{name}[{layer}][0,0]" for name in ("w", "dw", "step_w") for layer in layers]
    words += [f"state.{slot}.w[{layer}][0,0]" for slot in slot_names(spec.optimizer) for layer in layers]
    words += [f"{name}(" for name in FUNCTIONS]
    words += ["and", "or", "not"]
    return tuple(word for word in words if word.startswith(typed) and word != typed)[:40]
