"""From live objects to a graph: what each kind of object holds, by a closed list of kinds.

Every value becomes tokens in a *shape*, with holes for the references to objects that have an identity. Objects of a
kind that is not on the list make the picture *hidden*: nothing about them is guessed, and states that contain them
are never merged.
"""

from __future__ import annotations

import array
import collections
import enum
import functools
import gc
import itertools
import random
import types
import weakref
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from treadle.kernel.graph import Interner, Node
from treadle.sandbox import frames
from treadle.sandbox.threads import Ident
from treadle.sandbox.virtual.time import Reading
from treadle.vocabulary.instant import Deadline, Instant
from treadle.vocabulary.operation import Primitive

Shape = tuple[Hashable, ...]


class Mark(enum.Enum):
    """Tokens that no value of a program can be."""

    REF = enum.auto()
    TUPLE = enum.auto()
    FROZENSET = enum.auto()
    METHOD = enum.auto()
    BUILTIN_METHOD = enum.auto()
    IDENT = enum.auto()
    INSTANT = enum.auto()
    HIDDEN = enum.auto()
    ABSENT = enum.auto()


class Shapes(Interner[Shape]):
    """The shapes seen so far, and the code objects, classes and functions that tokens stand for (kept alive)."""

    def __init__(self) -> None:
        super().__init__()
        self.unordered: set[int] = set()
        self._definitions: dict[int, int] = {}
        self._kept: list[object] = []

    def definition(self, obj: object) -> int:
        """A number for an object that means the same in every execution (told apart by identity)."""
        number = self._definitions.get(id(obj))
        if number is None:
            number = self._definitions[id(obj)] = len(self._kept)
            self._kept.append(obj)
        return number


ATOMS = frozenset({type(None), int, str, bytes, type(...), type(NotImplemented)})
STATELESS = (
    types.ModuleType,
    types.CodeType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.GenericAlias,
    types.UnionType,
    property,
)
HEAP_TYPE = 1 << 9
PLAIN_BASES = (object, list, dict, set, frozenset, tuple, int, str, float, bytes, bytearray, collections.deque,
               collections.OrderedDict, collections.defaultdict, BaseException)  # fmt: skip


class Walker:
    """Turns the objects reachable from what it is given into nodes. One walker, one picture."""

    def __init__(self, shapes: Shapes, now: float = 0.0) -> None:
        self.shapes, self.now = shapes, now
        self.objects: list[Any] = []
        self.index: dict[int, int] = {}
        self.nodes: list[Node] = []
        self.hidden: str | None = None
        self.next_instant: float | None = None
        self._shape: list[Hashable] = []
        self._refs: list[int] = []

    # -- references and values ------------------------------------------------------------------------------------

    def ref(self, obj: object) -> int:
        """The index of the object's node, which will be described in its turn."""
        index = self.index.get(id(obj))
        if index is None:
            index = self.index[id(obj)] = len(self.objects)
            self.objects.append(obj)
        return index

    def describe_all(self) -> list[Node]:
        """Describe every object that has been referred to, and those that they refer to."""
        while len(self.nodes) < len(self.objects):
            self.nodes.append(self.describe(self.objects[len(self.nodes)]))
        return self.nodes

    def describe(self, obj: Any) -> Node:
        """The node of one object."""
        self._shape, self._refs = [], []
        describe = _DESCRIBE.get(type(obj))
        if describe is not None:
            describe(self, obj)
        else:
            self._other(obj)
        return self.node(obj)

    def node(self, obj: object = None) -> Node:
        """The node whose tokens were just written."""
        shape = self.shapes(tuple(self._shape))
        if isinstance(obj, (set, frozenset)):
            self.shapes.unordered.add(shape)
        return (shape, tuple(self._refs))

    def picture(self, tokens: Iterable[Any]) -> Node:
        """The node of a row of values that is no object itself: a thread, the world."""
        self._shape, self._refs = [], []
        for token in tokens:
            self.value(token)
        return self.node()

    @staticmethod
    def kind(obj: object) -> Hashable:
        """The type of an object of ours, as a token."""
        cls: Any = type(obj)
        return cls  # type: ignore[no-any-return]

    def token(self, token: Hashable) -> None:
        """Write a token."""
        self._shape.append(token)

    def value(self, value: Any) -> None:
        """Write a value: in place if it has no identity that matters, else a reference."""
        kind = type(value)
        if kind in ATOMS or kind is Mark:
            self._shape.append(value)
            return
        write = _INLINE.get(kind)
        if write is not None:
            write(self, value)
        elif isinstance(value, STATELESS):
            self._shape.append(("definition", self.shapes.definition(value)))
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, tuple) and _solid_base(kind) is tuple and not hasattr(value, "__dict__"):
            self._class(kind)
            self._tuple(value)
        elif isinstance(value, enum.Enum):
            self._shape.append(("enum", kind.__module__, kind.__qualname__, str(value.name), repr(value.value)))
        else:
            self._shape.append(Mark.REF)
            self._refs.append(self.ref(value))

    def values(self, values: Iterable[Any]) -> None:
        """Write values one after another."""
        for value in values:
            self.value(value)

    def hide(self, reason: str) -> None:
        """Something cannot be seen."""
        self._shape.append(Mark.HIDDEN)
        self.hidden = self.hidden or reason

    # -- kinds of values without an identity ----------------------------------------------------------------------

    def _class(self, cls: type) -> None:
        token = getattr(cls, "__treadle_token__", None)
        if token is not None:
            self._shape.append(("class", *token))
        elif "<locals>" in cls.__qualname__:
            self._shape.append(Mark.REF)
            self._refs.append(self.ref(cls))
        else:
            self._shape.append(("class", cls.__module__, cls.__qualname__))

    def _tuple(self, value: tuple[Any, ...]) -> None:
        self._shape += (Mark.TUPLE, len(value))
        self.values(value)

    def _frozenset(self, value: frozenset[Any]) -> None:
        if all(type(item) in ATOMS for item in value):
            self._shape += (Mark.FROZENSET, tuple(sorted((type(i).__name__, repr(i)) for i in value)))
        else:
            self._shape.append(Mark.REF)
            self._refs.append(self.ref(value))

    def _function(self, value: types.FunctionType) -> None:
        if value.__closure__ or value.__defaults__ or value.__kwdefaults__ or value.__dict__:
            self._shape.append(Mark.REF)
            self._refs.append(self.ref(value))
        else:
            self._shape.append(("function", self.shapes.definition(value.__code__)))

    def _method(self, value: types.MethodType) -> None:
        self._shape.append(Mark.METHOD)
        self.value(value.__func__)
        self.value(value.__self__)

    def _builtin(self, value: types.BuiltinFunctionType) -> None:
        owner = value.__self__
        if owner is None or isinstance(owner, (types.ModuleType, type)):
            self._shape.append(("builtin", str(value.__module__), value.__qualname__))
        else:
            self._shape += (Mark.BUILTIN_METHOD, value.__name__)
            self.value(owner)

    def _instant(self, value: Instant) -> None:
        remaining = float(value) - self.now
        if remaining > 0 and (self.next_instant is None or remaining < self.next_instant):
            self.next_instant = remaining
        if isinstance(value, Deadline):
            remaining = max(0.0, remaining)
        self._shape.append((Mark.INSTANT, type(value).__name__, round(remaining, 9)))

    def _ident(self, value: Ident) -> None:
        self._shape += (Mark.IDENT, Mark.REF)
        self._refs.append(self.ref(value.thread))

    # -- kinds of objects with an identity ------------------------------------------------------------------------

    def _list(self, obj: list[Any]) -> None:
        self._shape.append("list")
        self.values(obj)

    def _dict(self, obj: dict[Any, Any]) -> None:
        self._shape.append("dict")
        for key, value in obj.items():
            self.value(key)
            self.value(value)

    def _set(self, obj: set[Any]) -> None:
        """Atoms first, in order; then the others, whose order the canonical form decides."""
        atoms = sorted((type(item).__name__, repr(item)) for item in obj if type(item) in ATOMS)
        self._shape += (type(obj).__name__, tuple(atoms))
        for item in obj:
            if type(item) not in ATOMS:
                before = len(self._shape)
                self.value(item)
                if self._shape[before:] != [Mark.REF]:
                    self._wrap(before, item)

    def _wrap(self, before: int, item: Any) -> None:
        """Give a compound element of a set a node of its own, so that elements are references only."""
        del self._shape[before:]
        self.hide(f"a set that holds a {type(item).__name__}")

    def _deque(self, obj: collections.deque[Any]) -> None:
        self._shape += ("deque", obj.maxlen)
        self.values(obj)

    def _cell(self, obj: types.CellType) -> None:
        self._shape.append("cell")
        try:
            self.value(obj.cell_contents)
        except ValueError:
            self._shape.append(Mark.ABSENT)

    def _closure(self, obj: types.FunctionType) -> None:
        self._shape += ("closure", self.shapes.definition(obj.__code__))
        self.values(obj.__closure__ or ())
        for part in (obj.__defaults__, obj.__kwdefaults__, obj.__dict__):
            if part:
                self.value(tuple(part.items()) if isinstance(part, dict) else part)
            else:
                self._shape.append(Mark.ABSENT)

    def _partial(self, obj: functools.partial[Any]) -> None:
        self._shape.append("partial")
        self.values((obj.func, obj.args, tuple(obj.keywords.items())))

    def _bytearray(self, obj: bytearray) -> None:
        self._shape += ("bytearray", bytes(obj))

    def _array(self, obj: array.array[Any]) -> None:
        self._shape += ("array", obj.typecode, obj.tobytes())

    def _weakref(self, obj: weakref.ref[Any]) -> None:
        self._shape.append("weakref")
        self.value(obj())

    def _random(self, obj: random.Random) -> None:
        self._shape += ("random", obj.getstate())

    def _generator(self, obj: types.GeneratorType[Any, Any, Any]) -> None:
        self._shape.append("generator")
        if obj.gi_frame is None or obj.gi_running:  # finished; or its frame is on a thread's stack
            self._shape += ("running" if obj.gi_running else "finished", self.shapes.definition(obj.gi_code))
            return
        state = frames.generator_state(obj)
        assert state is not None
        self.frame(state)

    def frame(self, state: frames.FrameState | frames.Opaque) -> None:
        """Write what a suspended frame holds."""
        if isinstance(state, frames.Opaque):
            self.hide(state.reason)
            return
        self._shape += (self.shapes.definition(state.code), state.lasti, len(state.values))
        for name, value in state.values:
            self._shape.append(name)
            self.value(value)

    def _iterator(self, obj: Any) -> None:
        """Iterators of built-in sequences, enumerate, zip...: they say themselves what they hold."""
        try:
            reduced = obj.__reduce__()
        except TypeError:
            self.hide(f"a {type(obj).__name__}")
            return
        self._shape.append(type(obj).__name__)
        for part in reduced[1:]:
            self.value(part)
        self._shape.append("end")

    def _table_iterator(self, obj: Any) -> None:
        """Iterators over dicts and sets: the container, and how much is left of it."""
        containers = [c for c in gc.get_referents(obj) if isinstance(c, (dict, set, frozenset))]
        self._shape += (type(obj).__name__, obj.__length_hint__(), len(containers))
        self.values(containers)

    def _other(self, obj: Any) -> None:
        if isinstance(obj, Primitive):
            self._primitive(obj)
        elif isinstance(obj, type):
            self._local_class(obj)
        elif isinstance(obj, BaseException):
            self._exception(obj)
        elif type(obj).__module__ == "_thread":
            self._shape.append("a lock outside of the sandbox")
        else:
            self._instance(obj)

    def _primitive(self, obj: Primitive) -> None:
        links = obj.links()
        ours = type(obj).__module__.startswith("treadle.")
        self._shape += ["primitive", self.kind(obj) if ours else "subclass", tuple(obj.status()), len(links)]
        self.values(links)
        self._class(type(obj))
        for name, value in sorted(getattr(obj, "__dict__", {}).items()):
            self._shape.append(name)  # what a subclass or the program has added
            self.value(value)

    def _exception(self, obj: BaseException) -> None:
        self._shape.append("exception")
        self.values((type(obj), obj.args, obj.__cause__, obj.__context__))
        self._attributes(obj)

    def _instance(self, obj: Any) -> None:
        base = _solid_base(type(obj))
        if base not in PLAIN_BASES:
            self.hide(f"a {type(obj).__module__}.{type(obj).__qualname__}")
            return
        self._shape.append("instance")
        self._class(type(obj))
        if base is not object:
            describe = _DESCRIBE.get(base)
            if describe is not None:
                describe(self, obj)
            elif base is tuple:
                self._tuple(obj)
            else:
                self._shape.append(base.__repr__(obj))
            if isinstance(obj, collections.defaultdict):
                self.value(obj.default_factory)
        self._attributes(obj)

    def _attributes(self, obj: Any) -> None:
        names = getattr(obj, "__dict__", None)
        if names:
            for name in sorted(names):
                self._shape.append(name)
                self.value(names[name])
        for name, member in _slots(type(obj)):
            try:
                value = member.__get__(obj)
            except AttributeError:
                continue
            self._shape.append((name,))
            self.value(value)

    def _local_class(self, cls: type) -> None:
        self._shape += ("local class", cls.__module__, cls.__qualname__)
        self.values(cls.__bases__)
        for name, value in sorted(vars(cls).items()):
            if not (name.startswith("__") and name.endswith("__")):
                self._shape.append(name)
                self.value(value)

    def _static(self, obj: Any) -> None:
        self._shape.append(type(obj).__name__)
        self.value(obj.__func__)


def _find_solid_base(cls: Any) -> Any:
    """The class, made in C, that decides the layout of the instances (as `copyreg` finds it)."""
    for base in cls.__mro__:
        new = vars(base).get("__new__")
        if not base.__flags__ & HEAP_TYPE or (isinstance(new, types.BuiltinFunctionType) and new.__self__ is base):
            return base
    return object


def _find_slots(cls: Any) -> tuple[tuple[str, types.MemberDescriptorType], ...]:
    """The slots of a class written in Python."""
    return tuple(
        (f"{base.__qualname__}.{name}", member)
        for base in cls.__mro__
        if base.__flags__ & HEAP_TYPE
        for name, member in sorted(vars(base).items())
        if isinstance(member, types.MemberDescriptorType)
    )


_solid_base: Callable[[Any], Any] = functools.cache(_find_solid_base)
_slots: Callable[[Any], tuple[tuple[str, types.MemberDescriptorType], ...]] = functools.cache(_find_slots)

_INLINE: dict[type, Callable[[Walker, Any], None]] = {
    bool: lambda walker, value: walker.token(("bool", value)),
    float: lambda walker, value: walker.token(("float", repr(value))),
    complex: lambda walker, value: walker.token(("complex", repr(value))),
    range: lambda walker, value: walker.token(("range", value.start, value.stop, value.step)),
    slice: lambda walker, value: walker.values(("slice", value.start, value.stop, value.step)),
    tuple: Walker._tuple,
    frozenset: Walker._frozenset,
    types.FunctionType: Walker._function,
    types.MethodType: Walker._method,
    types.BuiltinFunctionType: Walker._builtin,
    types.MethodWrapperType: lambda walker, value: walker.values((value.__name__, value.__self__)),
    Instant: Walker._instant,
    Deadline: Walker._instant,
    Reading: Walker._instant,
    Ident: Walker._ident,
}

_DESCRIBE: dict[type, Callable[[Walker, Any], None]] = {
    list: Walker._list,
    dict: Walker._dict,
    collections.OrderedDict: Walker._dict,
    set: Walker._set,
    frozenset: Walker._set,
    collections.deque: Walker._deque,
    bytearray: Walker._bytearray,
    array.array: Walker._array,
    types.CellType: Walker._cell,
    types.FunctionType: Walker._closure,
    types.GeneratorType: Walker._generator,
    functools.partial: Walker._partial,
    weakref.ref: Walker._weakref,
    random.Random: Walker._random,
    staticmethod: Walker._static,
    classmethod: Walker._static,
    enumerate: Walker._iterator,
    zip: Walker._iterator,
    map: Walker._iterator,
    filter: Walker._iterator,
    reversed: Walker._iterator,
    itertools.count: lambda walker, obj: walker.token(("count", repr(obj))),
}
_SEQUENCES: tuple[Iterable[Any], ...] = ([], (), "", "é", b"", range(0))
_DESCRIBE |= {type(iter(sequence)): Walker._iterator for sequence in _SEQUENCES}
_DESCRIBE[type(reversed([]))] = Walker._iterator
_TABLES: tuple[Iterable[Any], ...] = ({}, {}.items(), {}.values(), set())
_DESCRIBE |= {type(iter(table)): Walker._table_iterator for table in _TABLES}
