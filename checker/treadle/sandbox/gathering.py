"""Generators that a function in C goes through: their items are gathered by code of the sandbox first.

A generator that waits inside of `list(...)` would have C code above it whose state nobody can read, so states would
never be merged. So `list(items)` becomes `list(gathered(items))`: the loop that gathers is Python
(`treadle.sandbox.inside.gathering`), and the function is given what it would have got one by one. That is the same for
what a function does with all items at the end (`list`, `sorted`, `str.join`), and for what it does with each in between
as long as that runs no code of the program (`sum` of numbers); else it is doubted.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Callable
from typing import Any

from treadle.sandbox import runtime

GATHERERS: dict[Callable[..., Any], str] = {
    list: "listed", tuple: "listed", sorted: "listed", collections.deque: "listed",
    any: "first_true", all: "first_false",
    **dict.fromkeys((set, frozenset, dict, sum, min, max), "compared"),
}  # fmt: skip
"""By which function the items are gathered."""

_GATHERERS = {id(function): gatherer for function, gatherer in GATHERERS.items()}

NAMES = frozenset({*(function.__name__ for function in GATHERERS), "join"})
"""What a call must call its function by: only such calls are looked at."""

METHODS = ("__hash__", "__eq__", "__lt__", "__gt__", "__add__", "__radd__")
"""What the functions that do something with each item call of it."""


def gathered(items: Any, function: Any) -> Any:
    """What `function` is given in place of its only operand."""
    if type(items) is not types.GeneratorType:
        return items
    inside = getattr(runtime.current, "inside", None)  # where there is no sandbox there is nothing inside of it
    gatherer = _gatherer(function) if inside is not None else None
    return items if gatherer is None or inside is None else inside(gatherer)(items)


def _gatherer(function: Any) -> str | None:
    if type(function) is types.BuiltinFunctionType and function.__name__ == "join":
        return "listed" if isinstance(function.__self__, (str, bytes)) else None
    return _GATHERERS.get(id(function))


def plain(item: Any) -> None:
    """Doubt it if comparing, adding or hashing the item could run code of the program."""
    if _runs_code(item) and runtime.current is not None:
        runtime.current.doubt(f"the order in which a {type(item).__qualname__} is made and compared is not explored")


def _runs_code(item: Any) -> bool:
    if type(item) is tuple:
        return any(map(_runs_code, item))
    return any(type(getattr(type(item), name, None)) is types.FunctionType for name in METHODS)
