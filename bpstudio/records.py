"""The decorator of frozen dataclasses with less to compile: a start makes 160 of them.

The standard library writes six functions for a frozen class and compiles each. But for `__init__` they differ from class to class
only in the names of the fields; here they are shared instead. `__init__` is written by the standard library too, but when the
first object of the class is made: at a start that is half of the classes. `records.pyi` says that this is the standard decorator,
so that type checkers treat the classes as they are meant. Fields of the kind `InitVar` are not provided for.
"""

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any

Function = Callable[..., Any]


def dataclass(cls: type | None = None, /, **options: bool) -> Any:
    """`dataclasses.dataclass`, with the same options and the same result."""
    if cls is None:
        return lambda decorated: dataclass(decorated, **options)
    if not options.get("frozen") or options.keys() - {"frozen", "slots", "eq", "kw_only"}:
        return dataclasses.dataclass(**options)(cls)
    own = frozenset(vars(cls))
    can_wait = bool(cls.__doc__) and "__init__" not in own and not any(map(dataclasses.is_dataclass, cls.__bases__))
    fewer = {"repr": False, "eq": False} | ({"init": False, "frozen": False} if can_wait else {})
    made: type = dataclasses.dataclass(**(options | fewer))(cls)
    functions = _shown_and_compared(made, options.get("eq", True))
    if can_wait:
        vars(made)["__dataclass_params__"].frozen = True
        functions |= _frozen(made) | {"__init__": _waiting_init(made), "__signature__": _Signature()}
    for name, function in functions.items():
        if name not in own:
            setattr(made, name, function)
    return made


def _shown_and_compared(cls: type, has_eq: bool) -> dict[str, Any]:
    fields = dataclasses.fields(cls)
    functions: dict[str, Any] = {"__repr__": _made_repr([f.name for f in fields if f.repr])}
    if has_eq:
        values = _values_of([f.name for f in fields if f.compare])
        functions |= {"__eq__": _made_eq(values), "__hash__": lambda self: hash(values(self))}
    return functions


def _made_repr(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _made_eq(values: Function) -> Function:
    def equals(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equals


def _values_of(names: list[str]) -> Function:
    """What makes the values of these fields a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _frozen(cls: Any) -> dict[str, Any]:
    """What forbids changes, and what `copy` needs then."""
    names = tuple(field.name for field in dataclasses.fields(cls))

    def set_attribute(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete_attribute(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    functions: dict[str, Any] = {"__setattr__": set_attribute, "__delattr__": delete_attribute}
    if "__slots__" in vars(cls):
        functions |= {"__getstate__": _state_of, "__setstate__": _take_state}
    return functions


def _state_of(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _take_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _waiting_init(cls: type) -> Function:
    """An `__init__` that puts the real one in its place when it is first called."""

    def init(self: Any, *values: Any, **named: Any) -> None:
        _settled_init(cls)(self, *values, **named)

    init.waits_for = cls  # type: ignore[attr-defined]
    return init


def _settled_init(cls: Any) -> Function:
    """The real `__init__` of a class, made if it waits still."""
    waits_for = getattr(cls.__init__, "waits_for", None)
    if waits_for is not None:
        waits_for.__init__ = _made_init(waits_for)
    function: Function = cls.__init__
    return function


def _made_init(cls: type) -> Function:
    """The standard library's `__init__`, written for a class with the same fields that is then forgotten."""
    fields = dataclasses.fields(cls)
    space: dict[str, Any] = {"__doc__": cls.__doc__, "__module__": cls.__module__}
    space["__annotations__"] = {field.name: field.type for field in fields}
    space |= {field.name: _same_field(field) for field in fields}
    if hasattr(cls, "__post_init__"):
        space["__post_init__"] = None
    twin: Any = dataclasses.dataclass(frozen=True, repr=False, eq=False, match_args=False)(
        type(cls.__name__, (), space)
    )
    function: Function = twin.__init__
    function.__qualname__ = f"{cls.__qualname__}.__init__"
    return function


def _same_field(field: "dataclasses.Field[Any]") -> Any:
    """A field as it was declared; one that is not given takes its default at once, with slots there is no other place for it."""
    if not field.init and field.default is not MISSING:
        return dataclasses.field(init=False, default_factory=lambda: field.default)
    if field.default is not MISSING:
        return dataclasses.field(default=field.default, init=field.init, kw_only=field.kw_only)
    if field.default_factory is not MISSING:
        return dataclasses.field(default_factory=field.default_factory, init=field.init, kw_only=field.kw_only)
    return dataclasses.field(init=field.init, kw_only=field.kw_only)


class _Signature:
    """`inspect.signature` of a class is that of the real `__init__`."""

    def __get__(self, record: object, owner: type) -> inspect.Signature:
        signature = inspect.signature(_settled_init(owner))
        return signature.replace(parameters=list(signature.parameters.values())[1:])
