"""A local variable is live exactly where some path of control may still read it."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Any

import pytest

from treadle.sandbox.liveness import live_names


def mark() -> None:
    """Where the state is looked at."""


def at_mark(function: Any) -> list[frozenset[str]]:
    """The live variables at each call of `mark`, in the order of the source."""
    code: CodeType = function.__code__
    found, called = [], False
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("LOAD_GLOBAL") and instruction.argval == "mark":
            called = True
        elif called and instruction.opname == "CALL":
            found.append(live_names(code, instruction.offset))
            called = False
    return found


def straight(a: int, b: int) -> int:
    mark()
    c = a
    mark()
    return c


def branch(a: int, b: int) -> int:
    mark()
    if a:
        return a
    mark()
    return b


def loop(xs: list[int], total: int) -> int:
    for x in xs:
        mark()
        total += x
    mark()
    return total


def handler(a: int, b: int) -> int:
    try:
        mark()
        a = 0
        mark()
    except KeyError:
        return a
    return b


def overwritten(a: int) -> int:
    mark()
    a = 1
    return a + a


def deleted(a: int) -> None:
    mark()
    del a


def reflective(a: int, b: int) -> dict[str, Any]:
    mark()
    return locals()


CASES = [
    (straight, [{"a"}, {"c"}]),
    (branch, [{"a", "b"}, {"b"}]),
    (loop, [{"total", "x"}, {"total"}]),
    (handler, [{"a", "b"}, {"a", "b"}]),
    (overwritten, [set()]),
    (deleted, [{"a"}]),
    (reflective, [{"a", "b"}]),
]


@pytest.mark.parametrize(("function", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_variable_is_live_where_it_may_be_read(function: Any, expected: list[set[str]]) -> None:
    assert at_mark(function) == expected


def test_variables_in_cells_are_not_counted() -> None:
    def outer(a: int) -> Any:
        mark()
        return lambda: a

    assert at_mark(outer) == [frozenset()]


def test_equal_code_objects_are_told_apart() -> None:
    source = "def f(a):\n    return a\n"
    one, two = (compile(source, "same.py", "exec").co_consts[0] for _ in range(2))
    assert one == two
    assert one is not two
    assert live_names(one, 0) == live_names(two, 0) == {"a"}
