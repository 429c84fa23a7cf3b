"""What objects are written as: equal contents alike, different contents differently, what cannot be seen as such."""

from __future__ import annotations

import functools
import itertools
import random
from array import array
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from treadle.kernel.graph import Canonicaliser
from treadle.kernel.nodes import Graph
from treadle.kernel.shapes import Shapes
from treadle.kernel.walk import Walker
from treadle.sandbox.primitives import Condition, Lock, RLock
from treadle.vocabulary.instant import Deadline, Instant

SHAPES = Shapes()


def form(value: object, now: float = 0.0) -> object:
    """The canonical form of a world that holds the value."""
    walker = Walker(SHAPES, now)
    world = walker.picture((value,))
    assert walker.hidden is None
    return Canonicaliser(SHAPES.unordered)(Graph(walker.describe_all(), world, [])).shared


def hidden(value: object) -> str | None:
    """Why the value cannot be seen."""
    walker = Walker(SHAPES)
    walker.picture((value,))
    walker.describe_all()
    return walker.hidden


class Plain:
    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("one", "other")


class Pair(NamedTuple):
    one: object
    other: object


class Colour(Enum):
    RED = 1
    BLUE = 2


class Stack(list[Any]):
    pass


def slotted(**attributes: object) -> Slotted:
    made = Slotted()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def closing(value: object) -> Callable[[], object]:
    return lambda: value


def advanced(iterator: Any, steps: int) -> Any:
    for _ in range(steps):
        next(iterator)
    return iterator


def error(*arguments: object, cause: BaseException | None = None) -> Exception:
    made = ValueError(*arguments)
    made.__cause__ = cause
    return made


def held(lock: Lock | RLock) -> Lock | RLock:
    lock.acquire()
    return lock


EXAMPLES: dict[str, list[Callable[[], object]]] = {
    # each makes a new object; all differ from each other
    "numbers": [lambda: 1, lambda: True, lambda: 1.0, lambda: 1 + 0j, lambda: "1", lambda: b"1", lambda: None],
    "zeros": [lambda: 0.0, lambda: -0.0, lambda: 0, lambda: False, lambda: float("nan"), lambda: ""],
    "tuples": [lambda: (), lambda: (1,), lambda: (1, 2), lambda: ((1,), 2), lambda: (1, (2,)), lambda: Pair(1, 2)],
    "lists": [list, lambda: [1], lambda: [[1]], lambda: ["a", "b"], lambda: ["ab"], lambda: [("a", "b")]],
    "dicts": [dict, lambda: {1: 2}, lambda: {True: 2}, lambda: {1: 2, 3: 4}, lambda: {3: 4, 1: 2}],
    "kinds of dict": [
        lambda: OrderedDict({1: 2}),
        lambda: defaultdict(int, {1: 2}),
        lambda: defaultdict(list, {1: 2}),
    ],
    "views": [
        lambda: MappingProxyType({1: 2}),
        lambda: MappingProxyType({1: 3}),
        lambda: {1: 2}.keys(),
        lambda: {1: 2}.values(),
        lambda: {1: 2}.items(),
        lambda: {1: 3}.items(),
    ],
    "sets": [lambda: set(), lambda: {1}, lambda: {True}, lambda: {1, 2}, lambda: frozenset({1, 2})],
    "deques": [lambda: deque(), lambda: deque([1]), lambda: deque([1], 1), lambda: deque([1], 2)],
    "bytes": [lambda: b"a", lambda: bytearray(b"a"), lambda: array("B", b"a"), lambda: array("b", b"a")],
    "ranges": [lambda: range(3), lambda: range(0, 3, 2), lambda: range(1, 3)],
    "instances": [lambda: Plain(), lambda: Plain(a=1), lambda: Plain(b=1), lambda: Plain(a="b"), lambda: Plain(a=[1])],
    "slots": [lambda: slotted(), lambda: slotted(one=1), lambda: slotted(other=1)],
    "subclasses": [lambda: Stack([1]), lambda: [1], lambda: Stack()],
    "enumerations": [lambda: Colour.RED, lambda: Colour.BLUE, lambda: 1, lambda: Colour],
    "functions": [lambda: closing, lambda: closing(1), lambda: closing(2), lambda: functools.partial(closing, 1)],
    "methods": [lambda: [1].append, lambda: [2].append, lambda: [1].pop, lambda: len, lambda: Plain(a=1).__init__],
    "iterators": [lambda: iter([1, 2]), lambda: advanced(iter([1, 2]), 1), lambda: iter((1, 2)), lambda: iter("12")],
    "more iterators": [
        lambda: enumerate([1, 2]),
        lambda: advanced(enumerate([1, 2]), 1),
        lambda: zip([1, 2]),
        lambda: map(str, [1, 2]),
        lambda: map(int, [1, 2]),
        lambda: reversed([1, 2]),
        lambda: itertools.count(),
        lambda: itertools.count(1),
    ],
    "tables being iterated": [
        lambda: iter({1: 2}),
        lambda: advanced(iter({1: 2, 3: 4}), 1),
        lambda: iter({1: 2}.items()),
    ],
    "random": [lambda: random.Random(1), lambda: random.Random(2)],
    "errors": [lambda: error(1), lambda: error(2), lambda: error(1, cause=error(2)), lambda: KeyError(1)],
    "locks": [lambda: Lock(), lambda: RLock(), lambda: held(Lock()), lambda: held(held(RLock())), lambda: Condition()],
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_equal_contents_are_written_alike_and_different_ones_differently(kind: str) -> None:
    forms = [form(make()) for make in EXAMPLES[kind]]
    assert [form(make()) for make in EXAMPLES[kind]] == forms
    assert len(set(forms)) == len(forms)


def test_an_ordered_dict_is_no_dict() -> None:
    assert form({1: 2}) != form(OrderedDict({1: 2}))


def test_a_set_may_hold_anything() -> None:
    one, other = Plain(n=1), Plain(n=2)
    assert form([{(1, one)}, one, other]) != form([{(1, other)}, one, other])
    assert form({(1, 2), (3, 4)}) == form({(3, 4), (1, 2)})
    assert form({1.0}) != form({1}) != form({True})


def test_who_refers_to_the_same_object_matters() -> None:
    one, other = [1], [1]
    assert form([one, one]) != form([one, other])
    assert form((one, one)) != form((one, other))
    assert form([one, other]) == form([other, one])


def test_a_cycle_comes_to_an_end() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    assert form(cycle) != form([[]])


def test_an_instant_is_its_distance_from_now() -> None:
    assert form(Instant(3.0), now=1.0) == form(Instant(5.0), now=3.0)
    assert form(Instant(3.0), now=1.0) != form(Instant(3.0), now=2.0)
    assert form(Instant(1.0), now=2.0) != form(Instant(1.0), now=3.0)


def test_a_deadline_that_has_passed_has_passed() -> None:
    assert form(Deadline(1.0), now=2.0) == form(Deadline(1.0), now=3.0)
    assert form(Deadline(3.0), now=1.0) != form(Deadline(3.0), now=2.0)


def test_the_next_instant_is_the_nearest_that_is_to_come() -> None:
    walker = Walker(SHAPES, 2.0)
    walker.picture(([Instant(1.0), Instant(5.0)], Instant(3.5)))
    walker.describe_all()
    assert walker.next_instant == 1.5


@functools.lru_cache(None)
def cached() -> None:
    """A function with a cache."""


@pytest.mark.parametrize(
    "make",
    [
        lambda: cached,
        lambda: iter(deque([1])),
        lambda: itertools.cycle([1]),
        lambda: memoryview(b"1"),
        lambda: {(1, 2): 3}.keys() & set(),
        lambda: (number for number in [1]),
        lambda: vars(Plain),
    ],
    ids=["cache", "deque iterator", "cycle", "memoryview", "set of nothing", "generator", "a class's own dict"],
)
def test_what_is_not_known_is_hidden_or_an_empty_set(make: Callable[[], object]) -> None:
    made = make()
    assert made == set() or hidden(made) is not None


def test_an_open_file_is_hidden(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        assert hidden([file]) is not None
