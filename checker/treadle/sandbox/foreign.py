"""Python code that is not transformed: what it may touch of what it is given.

The functions of real modules report nothing themselves. So before such a function is called, everything that can be
reached from its operands counts as written by it (as read, for the few that are known only to read). Operands that
cannot change cost nothing, which is nearly always so.
"""

from __future__ import annotations

import copy
import gc
import json
import operator
import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from treadle.sandbox import calls
from treadle.sandbox.calls import ATOMS, Touch, is_a, is_ours
from treadle.sandbox.matching import attributes, stored
from treadle.sandbox.runtime import WHOLE

NAME = "__treadle__"
READERS = frozenset(map(id, (copy.copy, copy.deepcopy, json.dumps)))
BYSTANDERS = frozenset({"abc", "_py_abc", "enum", "typing", "collections.abc", "_collections_abc", "types", "operator"})
"""Modules whose functions touch what they are given only by calling it."""
_RUNNING = (*calls.GENERATORS, types.FrameType)
"""What has a frame: it is touched by those who let it go on, and they say so."""
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
    return calls.is_evaluated(function.__code__)


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
        if kind in _METHODS:
            waiting.append(obj.__self__)
        if kind in ATOMS or id(obj) in seen or is_a(obj, (type, types.ModuleType)) or is_ours(kind):
            continue
        seen[id(obj)] = obj
        if is_a(obj, _RUNNING):
            continue
        base: Any = tuple if is_a(obj, tuple) else frozenset
        if is_a(obj, base):
            waiting += base.__iter__(obj)
        for container in calls.contents(obj):
            yield Touch(container, WHOLE, write)
            waiting += calls.items(container)
        for name in attributes(obj):
            yield Touch(obj, (".", name), write)
            waiting.append(stored(obj, name))


# --- what C code calls


_METHODS = (types.BuiltinFunctionType, types.MethodWrapperType, types.MethodType)
_UNBOUND = (types.MethodDescriptorType, types.WrapperDescriptorType)
IN_C = (types.BuiltinFunctionType, types.MethodWrapperType, *_UNBOUND)
_GETTERS = (operator.attrgetter, operator.itemgetter)
_KEEPS = (*calls.CONTAINERS, *calls.GENERATORS)


def called_back(function: Any, operands: Iterable[Any]) -> Iterator[Touch]:
    """What C code touches by calling what it is given: the key of `sorted`, the function of `map`, a getter."""
    if type(function) is types.FunctionType or (is_a(function, type) and function in calls.C_ITERATORS):
        return
    in_c = is_a(function, IN_C)
    name = function.__name__ if in_c else ""
    if in_c and is_a(getattr(function, "__self__", None), _KEEPS) and name not in ("sort", "extend", "send"):
        return
    callables, others = _told_apart(operands)
    if is_a(function, _GETTERS):
        callables.append(function)
    for callee in callables:
        yield from _calls(callee, others)
    if name in ("format", "format_map"):  # "{0.x}"
        yield from reachable(others, False)


def _told_apart(operands: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """The callables that report nothing, and the rest; iterators in C are looked into."""
    waiting, callables, others = list(operands), [], []
    while waiting:
        obj = waiting.pop()
        if type(obj) in calls.C_ITERATORS:
            for part in gc.get_referents(obj):
                waiting += gc.get_referents(part) if type(part) is tuple else (part,)  # it may have gaps
        elif is_a(obj, (*_METHODS, *_UNBOUND, *_GETTERS, operator.methodcaller, type)) or is_foreign(obj):
            callables.append(obj)
        else:
            others.append(obj)
    return callables, others


def _calls(callee: Any, others: list[Any]) -> Iterator[Touch]:
    owner = getattr(callee, "__self__", None)
    if is_a(callee, _GETTERS) or id(callee) in calls.READERS or id(callee) in calls.DEEP or id(callee) in READERS:
        yield from reachable(others, False)
    elif is_a(callee, type):
        yield from reachable(others, constructor(callee) is not None)
    elif is_a(callee, types.MethodType):
        if is_foreign(callee.__func__):
            yield from reachable((owner, *others), True)
    elif is_a(callee, _METHODS) and owner is not None and not is_a(owner, (type, types.ModuleType)):
        yield from calls.method(owner, callee.__name__, ()).touches
        yield from reachable(others, False)
    else:
        reads = callee is getattr or callee is hasattr or (calls.is_reading(callee.__name__) and is_a(callee, _UNBOUND))
        yield from reachable(others, not reads)


# --- descriptors and operators


_by_class: weakref.WeakKeyDictionary[type, dict[tuple[str, bool], tuple[object, ...] | None]]
_by_class = weakref.WeakKeyDictionary()


def described(obj: Any, name: str, write: bool) -> Iterator[Touch]:
    """What an access to an attribute touches if a property or the like of a real module serves it."""
    kind = type(obj)
    if kind in ATOMS or is_a(obj, (type, types.ModuleType)) or is_ours(kind):
        return
    known = _by_class.setdefault(kind, {})
    if (name, write) not in known:
        known[name, write] = _served(kind, name, write)
    serving = known[name, write]
    if serving is not None and (serving or name not in calls.instance_dict(obj)):
        yield from reachable((obj, *serving), True)


def _served(kind: Any, name: str, write: bool) -> tuple[object, ...] | None:
    """What else serves the attribute beside the object; None if all of it reports or is in C."""
    if kind.__module__ in BYSTANDERS:
        return None
    general = "__setattr__" if write else "__getattribute__"
    if is_foreign(getattr(kind, general, None)):
        return (None,)
    found: Any = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    if is_a(found, property):
        return (None,) if is_foreign(found.fset if write else found.fget) else None
    if is_foreign(getattr(type(found), "__set__" if write else "__get__", None)):
        return (found,)
    return () if found is None and not write and is_foreign(getattr(kind, "__getattr__", None)) else None


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
        elif calls.is_opaque(kind):
            yield Touch(obj, WHOLE, False)
        elif has_foreign_operators(kind):
            yield from reachable((obj,), False)


_COMPARING = """
    sorted min max sum any all filter filterfalse reduce accumulate groupby str repr format print ascii hash
    sort index count remove __contains__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ merge
    eq ne lt le gt ge contains countOf indexOf not_ truth
    heappush heappop heapify heappushpop heapreplace bisect bisect_left bisect_right insort insort_left insort_right
"""
COMPARING = frozenset(_COMPARING.split())
"""The names of C functions and methods that use the operators of what they are given."""
