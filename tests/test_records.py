"""Our decorator of dataclasses makes what the standard one makes."""

import copy
import dataclasses
import inspect
import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from bpstudio import records

Decorator = Callable[..., Any]


def plain(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Plain:
        """A class."""

        kind: ClassVar[str] = "plain"
        number: int
        text: str = "x"
        many: tuple[int, ...] = ()
        found: list[int] = field(default_factory=list)

    return Plain


def empty(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return Empty


def single(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Single:
        number: float = math.nan

    return Single


def by_name(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class ByName:
        second: int = 2
        first: int

    return ByName


def without_eq(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True, eq=False)
    class WithoutEq:
        number: int = 0

    return WithoutEq


def own(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Own:
        number: int = 0

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    return Own


def partly(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Partly:
        number: int = 1
        hidden: int = field(default=2, repr=False)
        aside: int = field(default=3, compare=False)
        made: int = field(default=4, init=False)
        later: int = field(init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "later", self.number + 1)

    return Partly


def derived(dataclass: Decorator) -> Any:
    base = plain(dataclass)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Derived(base):  # type: ignore[misc, valid-type]
        more: int = 5

    return Derived


MADE = [plain, empty, single, by_name, without_eq, own, partly, derived]
GIVEN: dict[Callable[[Decorator], Any], list[dict[str, Any]]] = {
    plain: [{"number": 1}, {"number": 1, "text": "y"}, {"number": 2, "found": [1]}],
    single: [{}, {"number": 1.0}, {"number": 2.0}],
    by_name: [{"first": 1}, {"first": 1, "second": 3}],
    partly: [{}, {"number": 2}, {"hidden": 5}, {"aside": 6}],
    derived: [{"number": 1}, {"number": 1, "more": 6}],
}


@pytest.fixture(params=MADE)
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any, list[dict[str, Any]]]:
    make = request.param
    return make(records.dataclass), make(dataclasses.dataclass), GIVEN.get(make, [{}])


def test_it_is_made_and_shown_alike(pair: tuple[Any, Any, list[dict[str, Any]]]) -> None:
    ours, theirs, given = pair
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    for arguments in given:
        assert repr(ours(**arguments)) == repr(theirs(**arguments))
        assert dataclasses.asdict(ours(**arguments)) == dataclasses.asdict(theirs(**arguments)) or "nan" in repr(ours())


def test_it_compares_alike(pair: tuple[Any, Any, list[dict[str, Any]]]) -> None:
    ours, theirs, given = pair
    for one in given:
        for other in given:
            assert (ours(**one) == ours(**other)) is (theirs(**one) == theirs(**other))
    assert ours(**given[0]) != theirs(**given[0]) or ours.__name__ == "Own"
    for arguments in given:
        try:
            expected = hash(theirs(**arguments))
        except TypeError:
            with pytest.raises(TypeError):
                hash(ours(**arguments))
            continue
        assert hash(ours(**arguments)) == expected or ours.__name__ == "WithoutEq"


def test_it_cannot_be_changed_but_copied(pair: tuple[Any, Any, list[dict[str, Any]]]) -> None:
    ours, theirs, given = pair
    for made in (ours(**given[-1]), theirs(**given[-1])):
        for name in [each.name for each in dataclasses.fields(made)]:
            with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
                setattr(made, name, 1)
            with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
                delattr(made, name)
        copied = copy.deepcopy(made)
        assert type(copied) is type(made)
        assert repr(copied) == repr(made)
        changed = dataclasses.replace(made)
        assert repr(changed) == repr(made)


def test_a_record_that_holds_itself_is_shown_alike() -> None:
    for dataclass in (records.dataclass, dataclasses.dataclass):
        made = plain(dataclass)(1, found=[])
        made.found.append(made)
        assert repr(made).endswith("found=[...])")


def test_other_kinds_are_those_of_the_standard_library() -> None:
    @records.dataclass(slots=True)
    class Changing:
        number: int = 0

    made = Changing()
    made.number = 2
    assert made == Changing(2)
    with pytest.raises(TypeError):
        hash(made)
