"""Python code that is not transformed: what it may touch of what it is given.

The functions of real modules report nothing themselves. So before such a function is called, everything that can be
reached from its operands counts as written by it (as read, for the few that are known only to read). Operands that
cannot change cost nothing, which is nearly always so.
"""

from __future__ import annotations

import copy
import json
import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from treadle.sandbox import calls
from treadle.sandbox.calls import ATOMS, Touch, instance_dict, is_a, is_ours
from treadle.sandbox.runtime import WHOLE

NAME = "__treadle__"
READERS = frozenset(map(id, (copy.copy, copy.deepcopy, json.dumps)))
BYSTANDERS = frozenset({"abc", "_py_abc", "enum", "typing", "collections.abc", "_collections_abc", "types", "operator"})
"""Modules whose functions touch what they are given only by calling it."""
MOST = 10_000
"""More objects than that are not looked at one by one."""


def is_foreign(function: object) -> bool:
    """Is it a Python function that reports nothing of what it does?"""
    if type(function) is not types.FunctionType or NAME in function.__globals__:
        return False
    module = str(function.__globals__.get("__name__", ""))
    return not (_is_generated(function) or module.partition(".")[0] == "treadle" or module in BYSTANDERS)


def _is_generated(function: types.FunctionType) -> bool:
    """Was it made of a text, as the methods of dataclasses and named tuples are?"""
    return function.__code__.co_filename.startswith("<")


def constructor(callee: object) -> object:
    """The foreign function that runs when a class or a callable object is called; None if there is none."""
    kind: Any = type(callee)
    looked_up = (callee.__new__, callee.__init__) if is_a(callee, type) else (getattr(kind, "__call__", None),)  # type: ignore[misc]  # noqa: B004
    return next((function for function in looked_up if is_foreign(function)), None)


def touches(function: object, operands: Iterable[Any]) -> Iterator[Touch]:
    """What a call of the foreign function with these operands may touch."""
    return reachable(operands, id(function) not in READERS)


def reachable(operands: Iterable[Any], write: bool) -> Iterator[Touch]:
    """An access to everything that can be reached from the operands through containers and attributes."""
    waiting = list(operands)
    seen: dict[int, object] = {}
    while waiting and len(seen) < MOST:
        obj = waiting.pop()
        kind = type(obj)
        if kind in ATOMS or id(obj) in seen or is_a(obj, (type, types.ModuleType)) or is_ours(kind):
            continue
        seen[id(obj)] = obj
        base: Any = tuple if is_a(obj, tuple) else frozenset
        if is_a(obj, base):
            waiting += base.__iter__(obj)
        for container in calls.contents(obj):
            yield Touch(container, WHOLE, write)
            waiting += calls.items(container)
        for name, value in instance_dict(obj).items():
            yield Touch(obj, (".", name), write)
            waiting.append(value)


_SPECIAL = frozenset({"__init__", "__new__", "__init_subclass__", "__post_init__"})
_known: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def has_foreign_operators(kind: type) -> bool:
    """Does an operator on objects of this class run Python code that reports nothing: of a dataclass, of a real
    module?"""
    known = _known.get(kind)
    if known is None:
        known = _known[kind] = any(
            type(value) is types.FunctionType and (NAME not in value.__globals__ or _is_generated(value))
            for base in kind.__mro__
            if not is_ours(base) and base.__module__ not in BYSTANDERS
            for name, value in vars(base).items()
            if name.startswith("__") and name not in _SPECIAL
        )
    return known


def compared(operands: Iterable[Any]) -> Iterator[Touch]:
    """What operators on these operands, and on what is in them, read by such code."""
    waiting = list(operands)
    seen: dict[int, object] = {}
    while waiting and len(seen) < MOST:
        obj = waiting.pop()
        kind = type(obj)
        if kind in ATOMS or id(obj) in seen:
            continue
        seen[id(obj)] = obj
        base: Any = tuple if is_a(obj, tuple) else frozenset
        if is_a(obj, base):
            waiting += base.__iter__(obj)
        elif is_a(obj, calls.CONTAINERS):
            waiting += calls.items(obj)
        elif has_foreign_operators(kind):
            yield from reachable((obj,), False)


_COMPARING = """
    sorted min max sum str repr format print ascii hash sort index count remove __contains__ __eq__ merge
    heappush heappop heapify heappushpop heapreplace bisect bisect_left bisect_right insort insort_left insort_right
"""
COMPARING = frozenset(_COMPARING.split())
"""The names of C functions and methods that use the operators of what they are given."""
