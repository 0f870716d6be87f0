"""The decorator of frozen dataclasses with less to compile: a start makes 160 of them.

The standard library writes six functions for a frozen class and compiles each. Of these, the words that show it, the comparison
and the hash are the same for all classes but for the names of the fields; here they are shared instead. The rest is the standard
decorator's work. `records.pyi` says that this is it, so that type checkers treat the classes as they are meant.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any


def dataclass(cls: type | None = None, /, **options: bool) -> Any:
    """`dataclasses.dataclass`, with the same options and the same result."""
    if cls is None:
        return lambda decorated: dataclass(decorated, **options)
    if not options.get("frozen") or options.keys() - {"frozen", "slots", "eq", "kw_only"}:
        return dataclasses.dataclass(**options)(cls)
    own = frozenset(vars(cls))
    made: type = dataclasses.dataclass(**(options | {"repr": False, "eq": False}))(cls)
    for name, function in _shared(made, options.get("eq", True)).items():
        if name not in own:
            setattr(made, name, function)
    return made


def _shared(cls: type, has_eq: bool) -> dict[str, Callable[..., Any]]:
    """What is not compiled for each class."""
    fields = dataclasses.fields(cls)
    functions: dict[str, Callable[..., Any]] = {"__repr__": _made_repr([f.name for f in fields if f.repr])}
    if has_eq:
        values = _values_of([f.name for f in fields if f.compare])
        functions |= {"__eq__": _made_eq(values), "__hash__": lambda self: hash(values(self))}
    return functions


def _made_repr(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _made_eq(values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def equals(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equals


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    """What makes the values of these fields a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)
