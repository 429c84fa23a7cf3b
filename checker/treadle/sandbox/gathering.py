"""What functions in C read of the items that they get one by one, or from a key, and that nobody knows before the call.

A generator that waits inside of `list(...)` would have C code above it whose state nobody can read, and what `min(...)`
compares would be reported by nobody. So `list(items)` becomes `list(gathered(items))`: the loop is Python
(`treadle.sandbox.inside.gathering`), does with each item what the function in C would do, when it would, and the
function is given what is left: all items, the least one, what decides. Where that is not the same it is doubted.
"""

from __future__ import annotations

import collections
import itertools
import types
from collections.abc import Callable
from typing import Any

from treadle.sandbox import calls, foreign, runtime
from treadle.sandbox.steps import report

GATHERERS: dict[Callable[..., Any], str] = {
    list: "listed", tuple: "listed", collections.deque: "taken", sorted: "ordered", sum: "summed",
    any: "first_true", all: "first_false", min: "least", max: "greatest",
    set: "distinct", frozenset: "distinct", dict: "paired",
}  # fmt: skip
"""By which function the items are gathered."""

_GATHERERS = {id(function): gatherer for function, gatherer in GATHERERS.items()}  # what is called may have no hash

NAMES = frozenset({*(function.__name__ for function in GATHERERS), "join"})
"""What a call must call its function by: only such calls are looked at."""

KEYED = frozenset({"sorted", "min", "max", "sort", "groupby", "merge", "nsmallest", "nlargest"})
"""The names of functions that compare what their key gives."""

_COMPARING = {"ordered", "summed", "first_true", "first_false", "least", "greatest"}
_NOT_GATHERED = {"filter", "filterfalse", "reduce", "accumulate", "groupby", "merge"}

METHODS = ("__add__", "__radd__")


def iterates(name: str, operands: int) -> bool:
    """May a function of this name, with so many operands by position, go through the first of them?"""
    return name in NAMES and (operands == 1 or (operands > 1 and name not in ("min", "max")))


def gathered(function: Any, items: Any, *others: Any) -> Any:
    """What `function` is given in place of its first operand."""
    inside = getattr(runtime.current, "inside", None)  # where there is no sandbox there is nothing inside of it
    gatherer = _gatherer(function) if _runs_code(items) else None
    if inside is None or gatherer is None:
        return items
    if runtime.watching is not None:
        report(calls.reads((items,)) + calls.advanced((items,)))
    if gatherer == "summed":
        for other in others:
            plain(other)
    return inside(gatherer)(items)


def _runs_code(items: Any) -> bool:
    """May code of the program run, or wait, when somebody goes through the items?"""
    kind = type(items)
    if kind is types.GeneratorType or kind in calls.C_ITERATORS:
        return kind is types.GeneratorType or calls.runs_python(items)
    own = type(getattr(kind, "__iter__", None)) is types.FunctionType
    return own and not isinstance(items, calls.CONTAINERS) and not hasattr(kind, "keys")


def _gatherer(function: Any) -> str | None:
    if type(function) in (types.BuiltinMethodType, types.MethodDescriptorType) and function.__name__ == "join":
        return "taken" if type(getattr(function, "__self__", None)) in (str, bytes) else None
    return _GATHERERS.get(id(function))


def left_out(function: Any, operands: tuple[Any, ...]) -> bool:
    """Will a function in C use the operators of items that nobody knows yet, and that are not gathered?"""
    if not any(map(_runs_code, operands)):
        return False
    if function.__name__ in _NOT_GATHERED:  # a function of the program reports itself what it does with them
        return not any(type(operand) is types.FunctionType for operand in operands)
    return _gatherer(function) in _COMPARING and not any(map(callable, operands))  # keyed


class Key:
    """The key of a function in C, which compares what it gives."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, item: Any) -> Any:
        found = self.function(item)
        unchanging(found)
        return found


def keyed(key: Any, function: Any) -> Any:
    """What `function` is given as its key."""
    in_c = isinstance(function, foreign.IN_C) or function is itertools.groupby or foreign.is_foreign(function)
    return Key(key) if key is not None and in_c and runtime.current is not None else key


def unchanging(item: Any) -> None:
    """Doubt it if somebody may change the item while a function in C compares it."""
    if runtime.current is not None and next(calls.nested(item), None) is not None:
        runtime.current.doubt(f"when a {type(item).__qualname__} is compared in C is not explored")


def plain(item: Any) -> None:
    """Doubt it if adding the item up could read what changes, or run code of the program."""
    unchanging(item)
    if runtime.current is not None and any(
        type(getattr(type(item), name, None)) is types.FunctionType for name in METHODS
    ):
        runtime.current.doubt(f"when a {type(item).__qualname__} is added up in C is not explored")
