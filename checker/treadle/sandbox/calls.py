"""What a call of C code touches: which of its operands it reads or writes, and what it hides.

Python functions report their own accesses, so only callables without Python code are looked at here. What
is known of them is closed: anything else counts as a write on every mutable operand and as state that no
snapshot can see.
"""

from __future__ import annotations

import array
import bisect
import builtins
import collections
import datetime
import decimal
import functools
import gc
import heapq
import itertools
import math
import operator
import os
import re
import sys
import threading
import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from treadle.sandbox.runtime import ATTRIBUTES, WHOLE
from treadle.vocabulary.operation import Primitive


class Touch(NamedTuple):
    """One access: the object, the location in it, and whether it is written."""

    obj: object
    location: object
    write: bool


class Effect(NamedTuple):
    """Everything that a call of C code does that others may notice."""

    touches: tuple[Touch, ...]
    hidden: str | None = None
    random: str | None = None


NOTHING = Effect(())

ATOMS = frozenset(
    {int, str, float, bool, complex, bytes, type(None), type(...), type(NotImplemented), range, slice}
    | {types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.CodeType, types.ModuleType}
    | {
        types.MethodDescriptorType,
        types.WrapperDescriptorType,
        types.MethodWrapperType,
        types.CellType,
        property,
    }
    | {types.GetSetDescriptorType, types.MemberDescriptorType, types.TracebackType, types.GenericAlias}
)
"""Types whose instances have no content of their own that can change (attributes of modules are globals)."""

WRAPPERS = (collections.UserDict, collections.UserList, collections.ChainMap)
"""Those that keep what they hold in attributes."""

CONTAINERS = (
    list, dict, set, bytearray, array.array, collections.deque, *WRAPPERS,
)  # fmt: skip
"""Containers whose methods are not transformed: those in C, and some of the standard library in Python."""
VIEWS: tuple[type, ...] = (
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    types.MappingProxyType,
    memoryview,
)
SEQUENCES = (*CONTAINERS, frozenset, tuple, str, bytes, range)
GENERATORS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)

_UNCHANGING = (
    re.Pattern, re.Match, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
)  # fmt: skip
_CONSTANT_IN_C = (
    *_UNCHANGING, types.UnionType, types.AsyncGeneratorType, types.FrameType, staticmethod, classmethod, super,
    weakref.ref, operator.itemgetter, operator.attrgetter, operator.methodcaller, threading.local, *GENERATORS,
)  # fmt: skip
_REVERSIBLES: tuple[Any, ...] = ([], {}, collections.deque(), range(0))
_VIEWS: tuple[Any, ...] = ({}.values(), {}.items())
_ITERABLES: tuple[Iterable[Any], ...] = (
    [],
    {},
    set(),
    bytearray(),
    array.array("b"),
    collections.deque(),
    (),
    "",
    "é",
    b"",
    range(0),
)
C_ITERATORS = frozenset(
    {type(iter(source)) for source in _ITERABLES}
    | {type(reversed(source)) for source in _REVERSIBLES}
    | {type(iter(view)) for view in _VIEWS}
    | {type(reversed(view)) for view in _VIEWS}
    | {type(iter(range(1 << 70))), type(iter(int, 0)), zip, map, filter, enumerate, reversed}
    | {kind for kind in vars(itertools).values() if isinstance(kind, type) and hasattr(kind, "__next__")}
)
"""Iterators written in C: each is its own iterator, and what it iterates over is found through gc."""

HOLDERS = (*(kind for kind in CONTAINERS if kind not in WRAPPERS), *GENERATORS, *VIEWS, *C_ITERATORS)
"""What is touched as a whole without touching its attributes."""

_KNOWN_LAYOUTS: frozenset[Any] = frozenset(
    {*ATOMS, *CONTAINERS, *VIEWS, *SEQUENCES, *C_ITERATORS, *_CONSTANT_IN_C, type, BaseException}
)
"""Classes in C whose instances are looked into, or cannot change (what an error holds are its attributes)."""

_READERS: set[Any] = {
    len, list, tuple, set, frozenset, dict, sorted, min, max, sum, any, all, iter, enumerate, zip, map,
    filter, reversed, bool, isinstance, issubclass, callable, abs, round, divmod, pow, ord, chr, int,
    float, complex, type, bytes, bytearray, range, slice, object, super, property, staticmethod,
    classmethod, hash, bin, hex, oct, collections.deque, collections.defaultdict,
    collections.OrderedDict, sys.exc_info, sys.intern, sys._getframe, sys.getrecursionlimit,
    functools.partial, types.MethodType, types.SimpleNamespace, types.MappingProxyType,
    functools.reduce, locals, globals, builtins.aiter, builtins.anext, types.ModuleType,
    types.GenericAlias, sys.exit, weakref.ref, os.getpid, os.getppid,
}  # fmt: skip
if hasattr(sys, "exception"):
    _READERS.add(sys.exception)
_READERS |= {kind for kind in vars(itertools).values() if isinstance(kind, type)}
_READERS |= {function for function in vars(math).values() if callable(function)}
_WRITING_OPERATORS = {"setitem", "delitem", "attrgetter", "itemgetter", "methodcaller", "call"}
_READERS |= {
    function
    for name, function in vars(operator).items()
    if callable(function)
    and name.strip("_") not in _WRITING_OPERATORS
    and not (name.strip("_").startswith("i") and name.strip("_") not in ("index", "is", "invert", "inv", "indexOf"))
    and not name.startswith("is_")
}
READERS = {id(reader): reader for reader in _READERS}
WRITERS = {
    id(writer): writer
    for module in (heapq, bisect)
    for writer in vars(module).values()
    if type(writer) is types.BuiltinFunctionType
}
"""C functions that keep no state of their own and may change the containers that they are given."""
DEEP = {id(reader): reader for reader in (str, repr, format, print, ascii, operator.eq, operator.ne)}
RANDOM = {id(id): "id() is an address, which differs from one execution to the next"}

_READING_METHODS = frozenset(
    [
        "get",
        "keys",
        "values",
        "items",
        "copy",
        "count",
        "index",
        "union",
        "intersection",
        "difference",
        "symmetric_difference",
        "isdisjoint",
        "issubset",
        "issuperset",
        "decode",
        "hex",
        "startswith",
        "endswith",
        "find",
        "rfind",
        "split",
        "strip",
        "join",
        "upper",
        "lower",
        "isdigit",
        "tobytes",
        "tolist",
        "__len__",
        "__contains__",
        "__iter__",
        "__getitem__",
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__add__",
        "__radd__",
        "__mul__",
        "__rmul__",
        "__or__",
        "__and__",
        "__sub__",
        "__xor__",
        "__ror__",
        "__rand__",
        "__rsub__",
        "__rxor__",
        "__reversed__",
        "__repr__",
        "__str__",
        "__format__",
        "__sizeof__",
        "__bool__",
        "__hash__",
        "__copy__",
        "fromkeys",
        "__class_getitem__",
        "__length_hint__",
        "__reduce__",
    ]
)
_OBJECT_METHODS = frozenset(
    [
        "__new__",
        "__init__",
        "__init_subclass__",
        "__subclasshook__",
        "__class__",
        "__hash__",
        "__repr__",
        "__str__",
    ]
)


_WITHOUT_ORDER = frozenset(map(id, (set, frozenset, bool, type, super, object, staticmethod, classmethod, property)))
_IN_ORDER = frozenset(
    "iter next repr ascii format __format__ join extend extendleft fromkeys reduce writelines".split()  # noqa: SIM905
)


def is_a(obj: Any, kinds: Any) -> bool:
    """Is the object one of these kinds? (`isinstance` also asks `obj.__class__`, which is the program's to define.)"""
    return issubclass(type(obj), kinds)


def contents(obj: Any) -> Iterator[object]:
    """The mutable containers that iterating over `obj` reads: itself, or those beneath a C iterator."""
    kind = type(obj)
    if kind in ATOMS or kind is tuple or kind is frozenset:
        return
    if is_a(obj, CONTAINERS):
        yield obj
        yield from wrapped(obj)
    elif kind is memoryview:
        yield from contents(_exporter(obj))
    elif is_a(obj, VIEWS) or kind in C_ITERATORS:
        for inner in gc.get_referents(obj):
            yield from contents(inner)
    elif is_opaque(kind):
        yield obj


def wrapped(container: Any) -> Iterator[object]:
    """The containers in which one of the standard library's in Python keeps what it holds; they can be had from it."""
    if is_a(container, WRAPPERS):
        kept = instance_dict(container)
        for inner in (kept.get("data"), kept.get("maps"), *(kept.get("maps") or ())):
            yield from contents(inner)


def _exporter(view: memoryview) -> object:
    try:
        return view.obj
    except ValueError:  # released
        return None


_known_kinds: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def is_opaque(kind: type) -> bool:
    """Do instances of the class keep something in C that may change, and that is not known here?"""
    known = _known_kinds.get(kind)
    if known is None:
        known = _known_kinds[kind] = not is_ours(kind) and _has_layout_in_c(kind)
    return known


def _has_layout_in_c(kind: type) -> bool:
    for base in kind.__mro__:
        new = vars(base).get("__new__")
        if base is object or base in _KNOWN_LAYOUTS:
            return False
        if base.__flags__ & (_HEAP_TYPE | _IMMUTABLE_TYPE) != _HEAP_TYPE or (
            type(new) is types.BuiltinFunctionType and new.__self__ is base
        ):
            return True
    return False


_HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8


_PURE_ITERATORS = C_ITERATORS - {
    kind for kind in (map, filter, type(iter(int, 0)), *vars(itertools).values()) if is_a(kind, type)
}


_OVER_OTHERS = (zip, enumerate, reversed)


def runs_python(iterator: Any) -> bool:
    """May a step of this C iterator run Python code, so that C code with a state of its own is in between?"""
    if type(iterator) not in _PURE_ITERATORS:
        return True
    inner = [part for part in gc.get_referents(iterator) if type(part) not in ATOMS]
    if type(iterator) in _OVER_OTHERS:
        inner = [item for part in inner for item in (gc.get_referents(part) if type(part) is tuple else [part])]
        return any(item is not None and runs_python(item) for item in inner if type(item) not in ATOMS)
    return False


def nested(obj: Any, seen: dict[int, object] | None = None) -> Iterator[object]:
    """The mutable containers that a deep reader (repr, equality) of `obj` reads."""
    seen = {} if seen is None else seen
    if type(obj) in ATOMS or id(obj) in seen:
        return
    seen[id(obj)] = obj
    if is_a(obj, (tuple, frozenset)):
        base: Any = tuple if is_a(obj, tuple) else frozenset
        for item in base.__iter__(obj):
            yield from nested(item, seen)
        return
    for container in contents(obj):
        yield container
        for item in items(container):
            yield from nested(item, seen)


def items(container: Any) -> list[Any]:
    """What is in a container, found without running code of the user's subclass."""
    if is_a(container, dict):
        return [*dict.keys(container), *dict.values(container)]
    kinds: tuple[Any, ...] = (list, set, collections.deque, tuple, frozenset)
    for kind in kinds:
        if is_a(container, kind):
            return [*kind.__iter__(container)]
    return []


def reads(operands: Iterable[object], deep: bool = False) -> tuple[Touch, ...]:
    """A read of each container among `operands`, with `deep` also of those inside."""
    return tuple(
        Touch(c, WHOLE, False) for operand in operands for c in (nested(operand) if deep else contents(operand))
    )


def element(container: Any, key: Any) -> object:
    """The location of the element under `key`, when no resizing is involved and it can be told apart."""
    if is_a(container, list) and type(key) is int:
        position = key + list.__len__(container) if key < 0 else key
        return ("[", position) if 0 <= position < list.__len__(container) else WHOLE
    if is_a(container, dict) and type(key) in (int, str):
        return ("[", key) if dict.__contains__(container, key) else WHOLE
    return WHOLE


def item(container: Any, key: Any, write: bool, makes: bool = True) -> Iterator[Touch]:
    """The accesses that loading or storing `container[key]` makes; what is missing is made, if `makes`."""
    if is_a(container, collections.defaultdict) and makes and element(container, key) == WHOLE:
        write = True
    yield Touch(container, element(container, key), write)
    for inner in wrapped(container):
        yield Touch(inner, WHOLE, write)


def keeps_order(function: Any, operands: tuple[Any, ...]) -> bool:
    """Does what the C function gives or does depend on the order in which its operands are iterated over?"""
    if is_a(function, type):
        return id(function) not in _WITHOUT_ORDER and not _is_record(function)
    if type(function) is not types.BuiltinFunctionType:
        return type(function) is types.MethodDescriptorType and function.__name__ in _IN_ORDER
    if function.__name__ in ("min", "max", "sorted"):
        return len(operands) > 1  # with a key, the first of several that are equal comes out
    return function.__name__ in _IN_ORDER


def _is_record(cls: Any) -> bool:
    new = cls.__new__  # a named tuple takes its fields as they are
    return issubclass(cls, tuple) and type(new) is types.FunctionType and is_evaluated(new.__code__)


def is_reading(name: str) -> bool:
    """Is it the name of a method that changes nothing?"""
    return name in _READING_METHODS


def is_evaluated(code: types.CodeType) -> bool:
    """Was the code made by `eval`, `exec` or `compile` of a text? (That of a frozen module was not.)"""
    return code.co_filename.startswith("<") and not code.co_filename.startswith("<frozen ")


def is_ours(obj: object) -> bool:
    """Does `obj` belong to treadle itself, whose primitives report what they do?"""
    return str(getattr(obj, "__module__", "")).startswith("treadle.")


def effect(function: Any, operands: tuple[Any, ...]) -> Effect:
    """What calling `function`, which is not a plain Python function, with `operands` touches."""
    kind = type(function)
    if kind is types.MethodType:
        inner = function.__func__
        return NOTHING if type(inner) is types.FunctionType else effect(inner, (function.__self__, *operands))
    if id(function) in DEEP:
        return Effect(reads(operands, deep=True) + (advanced(operands) if function is print else ()))
    if id(function) in RANDOM:
        return Effect((), random=RANDOM[id(function)])
    if id(function) in READERS:
        return Effect(reads(operands) + advanced(operands))
    if is_a(function, type):
        return _construction(function, operands)
    if (
        is_a(function, types.BuiltinFunctionType) or kind is types.MethodWrapperType
    ):  # methods of heap types: a subclass
        owner = getattr(function, "__self__", None)
        if owner is None or type(owner) is types.ModuleType:
            return _builtin(function, operands)
        return method(owner, function.__name__, operands)
    if kind in (types.MethodDescriptorType, types.WrapperDescriptorType) and operands:
        return method(operands[0], function.__name__, operands[1:])
    if kind is types.ClassMethodDescriptorType:
        return Effect(reads(operands))
    return _instance(function, operands)


def advanced(operands: Iterable[object]) -> tuple[Touch, ...]:
    """An iterator that is consumed is written, and with one in C those beneath it; what one of them calls is called."""
    iterators = [iterator for operand in operands for iterator in _beneath(operand)]
    touches = tuple(Touch(iterator, WHOLE, True) for iterator in iterators)
    if any(type(iterator) in C_ITERATORS - _PURE_ITERATORS for iterator in iterators):
        from treadle.sandbox.foreign import called_back

        touches += tuple(called_back(next, iterators))
    return touches


def _beneath(obj: object) -> Iterator[object]:
    kind = type(obj)
    if kind in GENERATORS or is_opaque(kind):
        yield obj
    elif kind in C_ITERATORS:
        yield obj
        for part in gc.get_referents(obj):
            for inner in gc.get_referents(part) if type(part) is tuple else (part,):  # may have gaps
                yield from _beneath(inner)


def _construction(cls: Any, operands: tuple[Any, ...]) -> Effect:
    if is_ours(cls) or is_a(vars(type(cls)).get("__call__"), types.FunctionType):
        return NOTHING
    if issubclass(cls, BaseException) or type(getattr(cls, "__init__", None)) is types.FunctionType:
        return NOTHING
    makers = (cls.__new__, cls.__init__)
    known = any(issubclass(cls, base) for base in (*SEQUENCES, int, float, complex, types.SimpleNamespace))
    if known or makers == (object.__new__, object.__init__) or type(cls.__new__) is types.FunctionType:
        return Effect(reads(operands))
    return _unknown(cls, operands)


def _builtin(function: Any, operands: tuple[Any, ...]) -> Effect:
    name = function.__name__
    if function in (getattr, hasattr, setattr, delattr) and len(operands) >= 2:
        write = function in (setattr, delattr)
        return Effect(tuple(attribute(operands[0], operands[1], write)))
    if function is next and operands:
        return _next(operands[0])
    if id(function) in WRITERS:
        return Effect(tuple(Touch(touch.obj, WHOLE, True) for touch in reads(operands)))
    if name == "vars" and operands:
        return Effect((), hidden="vars() of an object")
    if name == "dir" and operands:
        return Effect((Touch(operands[0], ATTRIBUTES, False),), hidden="dir() of an object")
    if name in ("vars", "dir", "__build_class__"):
        return NOTHING
    return _unknown(function, operands)


def _next(iterator: Any) -> Effect:
    if type(iterator) in C_ITERATORS:
        return Effect(reads((iterator,)) + advanced((iterator,)))
    if is_a(iterator, GENERATORS):
        return Effect((Touch(iterator, WHOLE, True),))
    if type(getattr(type(iterator), "__next__", None)) is types.FunctionType:
        return NOTHING
    return _unknown(next, (iterator,))


def method(owner: Any, name: str, operands: tuple[Any, ...]) -> Effect:
    """What the C method `name` of `owner` touches."""
    arguments = reads(operands)
    if name in ("__reduce_ex__", "__reduce__", "__getstate__", "__sizeof__", "__dir__"):
        return Effect((Touch(owner, ATTRIBUTES, False), *reads((owner, *instance_dict(owner).values()), deep=True)))
    if is_a(owner, CONTAINERS):
        return Effect((*_on_container(owner, name, operands), *arguments, *advanced(operands)))
    if is_a(owner, (str, bytes)):
        return Effect(reads(operands, deep=name in ("format", "format_map", "__mod__")) + advanced(operands))
    if is_a(owner, (int, float, complex, tuple, frozenset, range, slice, type(None), *_UNCHANGING)):
        return Effect(reads((owner, *operands), deep=is_a(owner, tuple)))
    if is_a(owner, VIEWS):
        return Effect(reads((owner, *operands)))
    if is_a(owner, GENERATORS):
        return Effect((Touch(owner, WHOLE, True),))
    if type(owner) in C_ITERATORS:
        return Effect(reads((owner,)) + advanced((owner,)))
    if name in ("__setattr__", "__delattr__", "__getattribute__", "__getattr__") and operands:
        if is_a(owner, type) and is_a(operands[0], owner):
            owner, operands = operands[0], operands[1:]
        return Effect(tuple(attribute(owner, operands[0], name in ("__setattr__", "__delattr__"))))
    if name in _OBJECT_METHODS or is_a(owner, BaseException):
        return Effect(reads((owner, *operands)))
    if is_a(owner, type) and (name in _READING_METHODS or name in ("mro", "__subclasses__")):
        return Effect(arguments)
    if name in ("__eq__", "__ne__", "__get__", "__set_name__", "__reduce_ex__", "__format__", "__dir__"):
        return Effect(reads((owner, *operands), deep=True))
    return _unknown(getattr(owner, name, name), (owner, *operands))


def _on_container(owner: Any, name: str, operands: tuple[Any, ...]) -> tuple[Touch, ...]:
    if name in ("get", "__getitem__", "setdefault", "__setitem__") and operands:
        return tuple(item(owner, operands[0], name in ("setdefault", "__setitem__"), name != "get"))
    if name in ("__eq__", "__ne__", "__repr__", "__str__", "__format__", "__contains__", "index", "count"):
        return reads((owner, *operands), deep=True)
    return tuple(Touch(container, WHOLE, name not in _READING_METHODS) for container in contents(owner))


def _instance(function: Any, operands: tuple[Any, ...]) -> Effect:
    kind = type(function)
    if kind is functools.partial:
        inner = (*function.args, *operands, *function.keywords.values())
        return NOTHING if type(function.func) is types.FunctionType else effect(function.func, inner)
    if is_a(function, (operator.itemgetter, operator.attrgetter)):
        return Effect(tuple(Touch(operand, WHOLE, False) for operand in operands if type(operand) not in ATOMS))
    call = getattr(kind, "__call__", None)  # noqa: B004 - what the type defines, not whether it can be called
    if type(call) is types.FunctionType or is_ours(kind) or kind is types.GenericAlias:
        return NOTHING
    return _unknown(function, (function, *operands))


def _unknown(function: Any, operands: tuple[Any, ...]) -> Effect:
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    mutable = [operand for operand in _flat(operands) if type(operand) not in ATOMS and not is_a(operand, type)]
    touched = tuple(
        Touch(operand, location, True)
        for operand in mutable
        if not is_ours(type(operand))
        for location in ((WHOLE, ATTRIBUTES) if is_a(operand, HOLDERS) else (ATTRIBUTES,))
    )
    return Effect(touched + reads(mutable, deep=True), hidden=f"the C code of {name} may touch anything")


def _flat(operands: Iterable[Any]) -> Iterator[Any]:
    for operand in operands:
        if type(operand) in (tuple, frozenset):
            yield from _flat(operand)
        else:
            yield operand


def attribute(obj: Any, name: Any, write: bool) -> Iterator[Touch]:
    """The accesses that reading or writing attribute `name` of `obj` makes, class attributes included."""
    kind = type(obj)
    if kind is types.ModuleType:
        yield Touch(vars(obj), ("[", name), write)
        return
    if is_a(obj, type):
        yield from _class_attribute(obj, name, write)
        return
    if is_a(obj, types.CellType):
        yield Touch(obj, (".", name), write)
        return
    if kind is types.MethodType and name not in ("__self__", "__func__"):
        yield from attribute(obj.__func__, name, write)
        return
    if kind.__module__ == "typing" or kind is types.GenericAlias:  # it stands for its origin
        origin = instance_dict(obj).get("__origin__") if kind is not types.GenericAlias else obj.__origin__
        if is_a(origin, type):
            yield from _class_attribute(origin, name, write)
            return
    if kind is types.FunctionType:
        if write or name in vars(obj):
            yield Touch(obj, (".", name), write)
        return
    if kind is super:
        obj = vars(super)["__self__"].__get__(obj)
        kind = type(obj)
    if kind in ATOMS or is_a(obj, type):
        return
    found = next((base for base in kind.__mro__ or () if name in vars(base)), None)
    if is_ours(kind) and (found is not None or not issubclass(kind, Primitive)):
        return
    value = None if found is None else vars(found)[name]
    if is_a(value, property):
        return
    kept_in_c = type(value) is types.GetSetDescriptorType and name != "__class__"
    plain = value is None or not _fixed(value) or write or kept_in_c
    if plain or name in instance_dict(obj):
        yield Touch(obj, (".", name), write)
    if not write and name not in instance_dict(obj):
        yield from _above(kind, found, name)
    if found is not None and not write and not _fixed(value):
        yield Touch(found, (".", name), False)


def _class_attribute(cls: Any, name: Any, write: bool) -> Iterator[Touch]:
    owner = cls if write else next((base for base in cls.__mro__ or () if name in vars(base)), None)
    if write or owner is None or not _fixed(vars(owner).get(name)):
        yield Touch(cls if owner is None else owner, (".", name), write)
    if not write:
        yield from _above(cls, owner, name)


def _above(kind: Any, found: object, name: Any) -> Iterator[Touch]:
    """The classes without the attribute, which would come first if they had it."""
    if type(name) is str and name.startswith("__") and name.endswith("__"):
        return
    for base in kind.__mro__:
        if base is found or not base.__flags__ & _HEAP_TYPE or is_ours(base):
            return
        yield Touch(base, (".", name), False)


def instance_dict(obj: Any) -> dict[str, Any]:
    """The attributes of the object itself, found without running code of the user's."""
    try:
        found = object.__getattribute__(obj, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return found if is_a(found, dict) else {}


def _fixed(value: object) -> bool:
    """Is this class attribute one that code under check does not replace: a method or the like?"""
    return is_a(value, (types.FunctionType, classmethod, staticmethod, property)) or type(value) in (
        types.MethodDescriptorType,
        types.WrapperDescriptorType,
        types.BuiltinFunctionType,
        types.GetSetDescriptorType,
        types.ClassMethodDescriptorType,
    )
