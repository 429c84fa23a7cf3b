"""What the kernel knows of classes and code, and the tokens that it writes for them.

A *shape* is a row of tokens with holes for references. Tokens stand for values that are the same in every execution;
a class or function that a program makes as it goes is no such value, and is described by what it holds.
"""

from __future__ import annotations

import enum
import sys
import types
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from treadle.kernel.nodes import Interner
from treadle.sandbox.calls import is_evaluated

HEAP_TYPE = 1 << 9
IMMUTABLE_TYPE = 1 << 8

Shape = tuple[Hashable, ...]


class Mark(enum.Enum):
    """Tokens that no value of a program can be."""

    REF = enum.auto()
    TUPLE = enum.auto()
    NAMED_TUPLE = enum.auto()
    SLICE = enum.auto()
    FROZENSET = enum.auto()
    METHOD = enum.auto()
    BUILTIN_METHOD = enum.auto()
    METHOD_WRAPPER = enum.auto()
    ALIAS = enum.auto()
    MEMBER = enum.auto()
    DESCRIPTOR = enum.auto()
    IDENT = enum.auto()
    INSTANT = enum.auto()
    HIDDEN = enum.auto()
    ABSENT = enum.auto()
    NUMBER = enum.auto()
    DERIVED = enum.auto()
    """What follows is not in the object itself: it may change when the objects referred to do."""


RANKS: dict[Hashable, int] = {"instance": 0, "closure": 2, "cell": 3, "primitive": 4}
"""In which order kinds of objects are numbered: what a program's own classes made tends to hold the rest."""


VALUES = frozenset({"closure", "partial", "property", "staticmethod", "classmethod", "field", "made class", "exception",
                    "frozenset", "view"})  # fmt: skip
"""Kinds of objects that are used like values: what they hold is found by who calls, compares or raises them."""
TELLING = {"deque": 2, "array": 2, "iterator": 2}
"""How many tokens say of which type an object is; of other kinds it is one."""
CHANGING = frozenset({"list", "dict", "OrderedDict", "set", "deque", "bytearray"})


def evident(shape: Shape) -> tuple[Shape, int | None]:
    """What is evident of an object to whoever has a reference to it, without any access: its class, and which it is if
    that decides where it can be interrupted. Tokens, and the number of its first references that belong to it (None:
    all)."""
    first = shape[0] if shape else None
    if first == "primitive":
        kind = shape[4] if shape[1] == "subclass" else shape[1]
        return (shape, None) if kind is None else ((first, kind, _number(shape)), 0)
    if first == "generator":
        return (first, _number(shape)), 0
    if first == "instance":
        return _evident_class(shape)
    return (shape, None) if first in VALUES else (shape[: TELLING.get(str(first), 1)], 0)


def _number(shape: Shape) -> Hashable:
    last = shape[-1]
    return last if type(last) is tuple and last[:1] == (Mark.NUMBER,) else None


def _evident_class(shape: Shape) -> tuple[Shape, int | None]:
    end = 3 if shape[1] == "watched" else 2
    base = shape[end] if len(shape) > end else None
    if base is Mark.TUPLE or (isinstance(base, str) and base not in CHANGING):
        return shape, None
    return shape[:end], int(shape[end - 1] is Mark.REF)


class Shapes(Interner[Shape]):
    """The shapes seen so far, and the code objects, classes and functions that tokens stand for (kept alive)."""

    def __init__(self) -> None:
        super().__init__()
        self.unordered: set[int] = set()
        self.derived = self.timed = False
        """Was there any shape whose content may change with another's, or with time?"""
        self._definitions: dict[int, int] = {}
        self._evaluated: dict[types.CodeType, types.CodeType] = {}
        self._kept: list[object] = []
        self._kinds: Interner[Shape] = Interner()

    def __call__(self, value: Shape) -> int:
        known = len(self)
        number = super().__call__(value)
        if number == known:
            self.derived = self.derived or Mark.DERIVED in value
            self.timed = self.timed or any(map(_mentions_time, value))
        return number

    def kind(self, shape: int) -> tuple[int, int]:
        """What kind of object has this shape: objects of classes first, then containers, functions, primitives."""
        first, *rest = self[shape][:2] or (None,)
        return RANKS.get(first, 1), self._kinds((first, *rest) if first in RANKS else (first,))

    def definition(self, obj: object) -> int:
        """A number for an object that means the same in every execution, told apart by identity; code that is made
        anew in each execution, by its content."""
        if type(obj) is types.CodeType and is_evaluated(obj):
            obj = self._evaluated.setdefault(obj, obj)
        number = self._definitions.get(id(obj))
        if number is None:
            number = self._definitions[id(obj)] = len(self._kept)
            self._kept.append(obj)
        return number


def _mentions_time(token: Hashable) -> bool:
    """Is it an instant, or the fields of an operation with a deadline?"""
    return type(token) is tuple and (token[:1] == (Mark.INSTANT,) or any(isinstance(field, float) for field in token))


def is_made_in_c(cls: type) -> bool:
    """Was the class made in C: once and for all, or from a description, and then it cannot be changed?"""
    return not cls.__flags__ & HEAP_TYPE or bool(cls.__flags__ & IMMUTABLE_TYPE)


def _solid_base_of(cls: Any) -> Any:
    """The class, made in C, that decides the layout of the instances (as `copyreg` finds it)."""
    for base in cls.__mro__:
        new = vars(base).get("__new__")
        if is_made_in_c(base) or (isinstance(new, types.BuiltinFunctionType) and new.__self__ is base):
            return base
    return object


def _slots_of(cls: Any) -> tuple[tuple[str, types.MemberDescriptorType], ...]:
    """The slots of a class written in Python."""
    return tuple(
        (f"{base.__qualname__}.{name}", member)
        for base in cls.__mro__
        if base.__flags__ & HEAP_TYPE
        for name, member in sorted(vars(base).items())
        if isinstance(member, types.MemberDescriptorType)
    )


def _fields_of(cls: Any) -> tuple[Any, ...]:
    """What C code keeps in an exception of this class: its arguments, its cause, the name of the file..."""
    return tuple(
        member
        for base in cls.__mro__
        if not base.__flags__ & HEAP_TYPE
        for name, member in sorted(vars(base).items())
        if isinstance(member, (types.MemberDescriptorType, types.GetSetDescriptorType))
        and name not in ("__dict__", "__traceback__", "__weakref__", "__class__")
    )


def is_global(cls: type) -> bool:
    """Is it a class of a module outside of the sandbox, the same in every execution?"""
    found: Any = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(name)
    return found is cls or not cls.__flags__ & HEAP_TYPE


T = TypeVar("T")


def _once_a_class(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """Remember the answers, without keeping the classes alive: each execution has its own."""
    known: weakref.WeakKeyDictionary[type, T] = weakref.WeakKeyDictionary()

    def remembered(cls: Any) -> T:
        answer = known.get(cls)
        if answer is None:
            answer = known[cls] = function(cls)
        return answer

    return remembered


fields = _once_a_class(_fields_of)
solid_base = _once_a_class(_solid_base_of)
slots = _once_a_class(_slots_of)
