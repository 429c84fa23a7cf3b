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
import sys
import types
import weakref
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from treadle.kernel.nodes import Node
from treadle.kernel.shapes import Mark, Shapes, fields, is_global, slots, solid_base
from treadle.sandbox import frames
from treadle.sandbox.calls import is_evaluated
from treadle.sandbox.guards import MARK
from treadle.sandbox.runtime import SAME_EVERYWHERE
from treadle.sandbox.threads import Ident, Thread
from treadle.sandbox.virtual.time import Reading, Span
from treadle.vocabulary.instant import MOMENT, Deadline, Instant
from treadle.vocabulary.operation import Primitive

ATOMS = frozenset({type(None), int, str, bytes, type(...), type(NotImplemented)})
SCALARS = ATOMS | {bool, float, complex}
STATELESS = (types.CodeType, types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType)
MACHINERY = frozenset("__dict__ __weakref__ __module__ __doc__ __firstlineno__ __static_attributes__".split())  # noqa: SIM905
"""What a class statement binds that decides nothing."""
NOBODY: Node = (-1, ())
"""Stands for the node of an object that was not described."""
NOTHING_DEFINED: Mapping[int, str] = types.MappingProxyType({})
NOTHING_NUMBERED: Mapping[int, int] = types.MappingProxyType({})
PLAIN_BASES = (object, list, dict, set, frozenset, tuple, int, str, float, bytes, bytearray, collections.deque,
               collections.OrderedDict, collections.defaultdict, BaseException)  # fmt: skip


class Walker:
    """Turns the objects reachable from what it is given into nodes. One walker, one picture.

    Arguments: the shapes seen so far; the virtual time; what the sandbox defines, by identity (`Definitions.names`):
    the same in every execution, so its name says all; whether identical threads are told apart; and the objects that
    have a number, which is told: no two of them are alike, and none is like one without.
    """

    def __init__(
        self,
        shapes: Shapes,
        now: float = 0.0,
        names: Mapping[int, str] = NOTHING_DEFINED,
        identities: bool = False,
        numbers: Mapping[int, int] = NOTHING_NUMBERED,
    ) -> None:
        self.shapes, self.now, self.names, self.identities = shapes, now, names, identities
        self.numbers = numbers
        self.objects: list[Any] = []
        self.index: dict[int, int] = {}
        self.nodes: list[Node] = []
        self.hidden: str | None = None
        self.next_instant: float | None = None
        self.fresh = self.clock_is_read = False
        """Is there a reading of the clock that is not past yet? Is any thread about to read it again?"""
        self.doubt: str | None = None
        """Something can be seen, but what happens to it is not explored."""
        self.given = True
        """Is it followed what threads were given: their targets and arguments?"""
        self.attributes: dict[int, object] = {}
        """The dicts in which objects keep their attributes, and whose they are."""
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

    def known(self, obj: object) -> None:
        """The object need not be described: somebody knows all about it."""
        self.ref(obj)
        self.nodes.append(NOBODY)

    @property
    def next_tick(self) -> float | None:
        """How long until the clock has moved on so far that it matters; None if that cannot be."""
        if self.fresh and self.clock_is_read:
            return min(MOMENT, self.next_instant or MOMENT)
        return self.next_instant

    def describe_all(self) -> list[Node]:
        """Describe every object that has been referred to, and those that they refer to."""
        while len(self.nodes) < len(self.objects):
            self.nodes.append(self.describe(self.objects[len(self.nodes)]))
        return self.nodes

    def kept_apart(self, known: Mapping[int, object]) -> None:
        """Doubt it if the dict of an object's attributes is held by itself too, unless that is known."""
        for identity, owner in self.attributes.items():
            if identity in self.index and identity not in known:
                self.doubt = self.doubt or f"the __dict__ of a {type(owner).__qualname__} is kept"

    def describe(self, obj: Any) -> Node:
        """The node of one object."""
        self._shape, self._refs = [], []
        describe = _DESCRIBE.get(type(obj))
        if describe is not None:
            describe(self, obj)
        else:
            self._other(obj)
        number = self.numbers.get(id(obj))
        if number is not None:
            self._shape.append((Mark.NUMBER, number))
        return self.node(obj)

    def node(self, obj: object = None) -> Node:
        """The node whose tokens were just written."""
        shape = self.shapes(tuple(self._shape))
        if type(obj) in (set, frozenset):  # of a subclass, attributes may be among the references
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
        elif issubclass(kind, STATELESS):
            self._shape.append(("definition", self.shapes.definition(value)))
        elif issubclass(kind, type):
            self._class(value)
        elif issubclass(kind, tuple) and solid_base(kind) is tuple and not hasattr(value, "__dict__"):
            self._shape.append(Mark.NAMED_TUPLE)
            self._class(kind)
            self._tuple(value)
        elif issubclass(kind, enum.Enum):
            self._shape.append(Mark.MEMBER)
            self._class(kind)
            self._shape.append((str(value._name_), repr(value._value_) if type(value._value_) in SCALARS else None))
        elif kind is object and id(value) in self.names:
            self._shape.append(("object", self.names[id(value)]))
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
        watched = vars(cls).get("__treadle_watched__")
        if watched is not None:
            self._shape.append("watched")
            self._class(watched)
        elif id(cls) in self.names:
            self._shape.append(("class", self.names[id(cls)]))
        elif SAME_EVERYWHERE in vars(cls):
            self._shape.append(("class", vars(cls)[SAME_EVERYWHERE]))
        elif is_global(cls):
            self._shape.append(("definition", self.shapes.definition(cls)))
        else:
            self._shape.append(Mark.REF)
            self._refs.append(self.ref(cls))

    def _module(self, value: types.ModuleType) -> None:
        if id(value) in self.names:
            self._shape.append(("module", self.names[id(value)]))
        elif sys.modules.get(value.__name__) is value:
            self._shape.append(("definition", self.shapes.definition(value)))
        else:
            self.hide("a module made or imported while threads run")

    def _descriptor(self, value: types.MemberDescriptorType | types.GetSetDescriptorType) -> None:
        self._shape += (Mark.DESCRIPTOR, value.__name__)
        self._class(value.__objclass__)

    def _alias(self, value: Any) -> None:
        self._shape.append(Mark.ALIAS)
        self.value((type(value), getattr(value, "__origin__", None), value.__args__))

    def _tuple(self, value: tuple[Any, ...]) -> None:
        self._shape += (Mark.TUPLE, tuple.__len__(value))
        self.values(tuple.__iter__(value))

    def _frozenset(self, value: frozenset[Any]) -> None:
        if all(type(item) in ATOMS for item in value):
            self._shape += (Mark.FROZENSET, tuple(sorted((type(i).__name__, repr(i)) for i in value)))
        else:
            self._shape.append(Mark.REF)
            self._refs.append(self.ref(value))

    def _function(self, value: types.FunctionType) -> None:
        if id(value) in self.names:
            self._shape.append(("function", self.names[id(value)]))
            return
        held = value.__closure__ or value.__defaults__ or value.__kwdefaults__ or value.__dict__
        if held or is_evaluated(value.__code__):
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
        remaining, kind = float(value) - self.now, type(value).__name__
        if isinstance(value, Deadline):
            remaining = max(0.0, remaining)
        if remaining > 0 and (self.next_instant is None or remaining < self.next_instant):
            self.next_instant = remaining
        told = round(remaining, 9)
        self.fresh = self.fresh or (told == 0 and kind == Reading.__name__)
        self._shape.append((Mark.INSTANT, kind, told))

    def _ident(self, value: Ident) -> None:
        self._shape += (Mark.IDENT, Mark.REF)
        self._refs.append(self.ref(value.thread))

    # -- kinds of objects with an identity ------------------------------------------------------------------------

    def _list(self, obj: list[Any]) -> None:
        self._shape.append("list")
        self.values(list.__iter__(obj))

    def _dict(self, obj: dict[Any, Any]) -> None:
        kind: Any = collections.OrderedDict if isinstance(obj, collections.OrderedDict) else dict
        self._shape.append(kind.__name__)
        for key, value in kind.items(obj):
            self.value(key)
            self.value(value)

    def _set(self, obj: set[Any]) -> None:
        """Scalars first, in order; then references to the others, whose order the canonical form decides."""
        kind: Any = set if isinstance(obj, set) else frozenset
        scalars = sorted((type(item).__name__, repr(item)) for item in kind.__iter__(obj) if type(item) in SCALARS)
        self._shape += (kind.__name__, tuple(scalars))
        for item in kind.__iter__(obj):
            if type(item) not in SCALARS:
                self._shape.append(Mark.REF)
                self._refs.append(self.ref(item))

    def _deque(self, obj: collections.deque[Any]) -> None:
        self._shape += ("deque", obj.maxlen)
        self.values(collections.deque.__iter__(obj))

    def _cell(self, obj: types.CellType) -> None:
        self._shape.append("cell")
        try:
            self.value(obj.cell_contents)
        except ValueError:
            self._shape.append(Mark.ABSENT)

    def _closure(self, obj: types.FunctionType) -> None:
        self._shape += ("closure", self.shapes.definition(obj.__code__))
        if is_evaluated(obj.__code__):
            self._namespace(obj.__globals__)
        self.values(obj.__closure__ or ())
        for part in (obj.__defaults__, obj.__kwdefaults__, obj.__dict__):
            if part:
                self.value(tuple(part.items()) if isinstance(part, dict) else part)
            else:
                self._shape.append(Mark.ABSENT)

    def defined(self, obj: Any) -> tuple[Hashable, ...] | None:
        """The tokens of a definition, which every thread can reach by its name and no picture shows as an object;
        None if it is something else."""
        if type(obj) is dict and MARK in obj:
            return ("globals of", str(obj.get("__name__")))
        if not isinstance(obj, (type, types.FunctionType, enum.Enum)):
            return None
        kept, self._shape, self._refs = (self._shape, self._refs), [], []
        self.value(obj)
        tokens, refs = tuple(self._shape), self._refs
        self._shape, self._refs = kept
        return None if refs else tokens

    def _namespace(self, namespace: dict[str, Any]) -> None:
        """The globals of code that was made by `eval` or `exec`: of a module, or a dict of its own."""
        if MARK in namespace:
            self._shape.append(("globals of", str(namespace.get("__name__"))))
        else:
            self.value(namespace)

    def _partial(self, obj: functools.partial[Any]) -> None:
        self._shape.append("partial")
        self.values((obj.func, obj.args, tuple(obj.keywords.items())))

    def _bytearray(self, obj: bytearray) -> None:
        self._shape += ("bytearray", bytes(memoryview(obj)))

    def _array(self, obj: array.array[Any]) -> None:
        self._shape += ("array", obj.typecode, obj.tobytes())

    def _weakref(self, obj: weakref.ref[Any]) -> None:
        referent = obj()
        its_own = type(referent).__module__ in ("weakref", "_weakrefset")  # they refer to themselves weakly
        if not (referent is None or its_own or isinstance(referent, (type, Thread))):
            self.doubt = self.doubt or "a weak reference is held, and when an object dies is not explored"
        self._shape += (Mark.DERIVED, "weakref")
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
        self._shape += ("iterator", type(obj).__name__, len(reduced))
        self.values(reduced[1:])

    def _table_iterator(self, obj: Any) -> None:
        """Iterators over dicts and sets: the container, and what is left of it."""
        containers = [c for c in gc.get_referents(obj) if isinstance(c, (dict, set, frozenset))]
        try:
            left = obj.__reduce__()[1][0]  # of a copy of the iterator
        except RuntimeError:
            self.hide("an iterator over a table that has changed since")
            return
        self._shape += (Mark.DERIVED, type(obj).__name__, len(left), len(containers))
        self.values(left)
        self.values(containers)

    def _view(self, obj: Any) -> None:
        """What shows a mapping: it holds nothing but that. A class's own may not be seen like this."""
        behind = gc.get_referents(obj)
        if len(behind) != 1 or (type(behind[0]) is dict and "__module__" in behind[0]):
            self.hide(f"a {type(obj).__name__}")
            return
        self._shape += ("view", type(obj).__name__)
        self.values(behind)

    def _other(self, obj: Any) -> None:
        kind = type(obj)
        if issubclass(kind, Primitive):
            self._primitive(obj)
        elif issubclass(kind, type):
            self._made_class(obj)
        elif issubclass(kind, BaseException):
            self._exception(obj)
        elif kind.__module__ == "_thread":
            self._shape.append("a lock outside of the sandbox")
        elif issubclass(kind, weakref.ref):
            self._weakref(obj)
            self.hide(f"a {kind.__qualname__}")
        else:
            self._instance(obj)

    def _primitive(self, obj: Primitive) -> None:
        links = obj.links()
        ours = type(obj).__module__.startswith("treadle.")
        self._shape += ["primitive", self.kind(obj) if ours else "subclass", tuple(obj.status()), len(links)]
        if not ours:
            self._shape.append(self.defined(type(obj)))
        if self.identities and isinstance(obj, Thread):
            self._shape.append(obj.serial)
        if self.given or not isinstance(obj, Thread):
            self.values(links)
        self._class(type(obj))
        for name, value in getattr(obj, "__dict__", {}).items():
            self._shape.append((".", name))  # what a subclass or the program has added
            self.value(value)

    def _exception(self, obj: BaseException) -> None:
        self._shape.append("exception")
        self._class(type(obj))
        for field in fields(type(obj)):
            try:
                self.value(field.__get__(obj))
            except AttributeError:
                self._shape.append(Mark.ABSENT)
        self._attributes(obj)

    def _instance(self, obj: Any) -> None:
        base = solid_base(type(obj))
        if base not in PLAIN_BASES:
            self.hide(f"a {type(obj).__module__}.{type(obj).__qualname__}")
            return
        self._shape.append("instance")
        self._class(type(obj))
        if MARK in getattr(getattr(type(obj), "__del__", None), "__globals__", ()):
            self.doubt = self.doubt or f"{type(obj).__qualname__} has __del__, and when it runs is not explored"
        if base is not object:
            describe = _DESCRIBE.get(dict if base is collections.defaultdict else base)
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
        attributes: dict[str, Any] = getattr(obj, "__dict__", {})
        if attributes and self.attributes.setdefault(id(attributes), obj) is not obj:
            self.doubt = self.doubt or f"objects of {type(obj).__qualname__} have their __dict__ in common"
        for name, value in attributes.items():
            self._shape.append((".", name))
            self.value(value)
        for name, member in slots(type(obj)):
            try:
                value = member.__get__(obj)
            except AttributeError:
                continue
            self._shape.append(("slot", name))
            self.value(value)

    def _made_class(self, cls: type) -> None:
        """A class that the program makes as it goes: two of the same name may differ in what they hold."""
        self._shape += ("made class", cls.__module__, cls.__qualname__)
        self._class(type(cls))
        self.values(cls.__bases__)
        for name, value in vars(cls).items():
            if name not in MACHINERY:
                self._shape.append((".", name))
                self.value(value)

    def _property(self, obj: property) -> None:
        self._shape.append("property")
        self.values((obj.fget, obj.fset, obj.fdel))

    def _static(self, obj: Any) -> None:
        self._shape.append(type(obj).__name__)
        self.value(obj.__func__)


_INLINE: dict[type, Callable[[Walker, Any], None]] = {
    bool: lambda walker, value: walker.token(("bool", value)),
    float: lambda walker, value: walker.token(("float", repr(value))),
    complex: lambda walker, value: walker.token(("complex", repr(value))),
    range: lambda walker, value: walker.token(("range", value.start, value.stop, value.step)),
    slice: lambda walker, value: walker.values((Mark.SLICE, value.start, value.stop, value.step)),
    tuple: Walker._tuple,
    frozenset: Walker._frozenset,
    types.FunctionType: Walker._function,
    types.MethodType: Walker._method,
    types.BuiltinFunctionType: Walker._builtin,
    types.MethodWrapperType: lambda walker, value: walker.values((Mark.METHOD_WRAPPER, value.__name__, value.__self__)),
    types.ModuleType: Walker._module,
    types.MemberDescriptorType: Walker._descriptor,
    types.GetSetDescriptorType: Walker._descriptor,
    types.GenericAlias: Walker._alias,
    types.UnionType: Walker._alias,
    Instant: Walker._instant,
    Deadline: Walker._instant,
    Reading: Walker._instant,
    Span: lambda walker, value: walker.token(("span", float.__repr__(value), value.remains)),
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
    property: Walker._property,
    type(collections.namedtuple("_Pair", "a").a): lambda walker, obj: walker.values(  # type: ignore[attr-defined]
        ("field", obj.__reduce__()[1][0])
    ),
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
_DESCRIBE |= dict.fromkeys((types.MappingProxyType, type({}.keys()), type({}.values()), type({}.items())), Walker._view)
_TABLES: tuple[Iterable[Any], ...] = ({}, {}.items(), {}.values(), set())
_DESCRIBE |= {type(iter(table)): Walker._table_iterator for table in _TABLES}
