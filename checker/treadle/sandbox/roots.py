"""What of a module survives an execution: its mutable values, and whether its definitions were bound anew.

*Roots* are where the shared state hangs: mutable values that are module globals, attributes of classes, or
defaults, attributes and closure cells of functions, and the cells that a function binds anew. If there are
no roots and every definition is still the one that loading made, the module is as good as freshly loaded.
"""

from __future__ import annotations

import dis
import itertools
import operator
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from treadle.sandbox.hooks import NAME
from treadle.sandbox.values import is_constant

HEAP_TYPE = 1 << 9
"""The flag of classes made by a class statement."""

UNBOUND = object()
"""What a name holds that is not bound."""

_MODULE_MACHINERY = """
    __builtins__ __spec__ __loader__ __path__ __file__ __cached__ __all__ __doc__ __name__ __package__
    __annotations__ __annotate__ __conditional_annotations__
"""
MODULE_MACHINERY = frozenset(_MODULE_MACHINERY.split()) | {NAME}
_CLASS_MACHINERY = """
    __annotations__ __annotations_cache__ __annotate__ __annotate_func__ __dict__ __weakref__ __slots__
    __abstractmethods__ __hash__ _abc_impl __match_args__ __doc__ __static_attributes__
    __dataclass_fields__ __dataclass_params__ __module__ __qualname__ __firstlineno__ __parameters__
    __orig_bases__ __classcell__ _field_defaults _fields _member_map_ _value2member_map_ _member_names_
    _unhashable_values_ _unhashable_values_map_ _hashable_values_
"""
CLASS_MACHINERY = frozenset(_CLASS_MACHINERY.split())


def contents(cell: CellType) -> object:
    """What the cell holds; `UNBOUND` if nothing."""
    try:
        return cell.cell_contents
    except ValueError:
        return UNBOUND


def globals_written(module: ModuleType) -> frozenset[str]:
    """The module's names that some function declares `global`: these are state, whatever they hold."""
    return frozenset(getattr(vars(module).get(NAME), "shared", ()))


@cache
def cells_written(code: CodeType) -> frozenset[str]:
    """The variables of enclosing functions that the code binds anew."""
    free = frozenset(code.co_freevars)
    return free & {str(step.argval) for step in dis.get_instructions(code) if step.opname == "STORE_DEREF"}


Bound = tuple[str, Any, dict[str, object]]
"""The name of a definition, the definition, and what it binds."""


class _Simple:
    """Functions that bind nothing but their code and the values of parameters: most; they are checked all at once."""

    def __init__(self) -> None:
        self.bound: list[Bound] = []
        self._functions: list[FunctionType] = []
        self._parts: list[object] = []

    def takes(self, name: str, holder: object, bindings: dict[str, object]) -> bool:
        """Is it such a function?"""
        if not isinstance(holder, FunctionType) or holder.__closure__ or holder.__kwdefaults__ or holder.__dict__:
            return False
        self.bound.append((name, holder, bindings))
        self._functions.append(holder)
        self._parts += _PARTS(holder)
        return True

    def unchanged(self) -> bool:
        """Do all bind just what they did?"""
        now = itertools.chain.from_iterable(map(_PARTS, self._functions))
        return all(map(operator.is_, now, self._parts)) and not any(map(_ATTRIBUTES, self._functions))


_PARTS = operator.attrgetter("__code__", "__defaults__", "__kwdefaults__", "__closure__")
_ATTRIBUTES = operator.attrgetter("__dict__")


class Definitions:
    """The definitions of one module as loading made them.

    Arguments: the module; the names of all sandboxed modules (classes and functions of others are not
    looked into); its mutable globals that are known to be constants; objects that other modules'
    definitions have accounted for.
    """

    def __init__(
        self,
        module: ModuleType,
        modules: frozenset[str],
        constants: frozenset[str],
        seen: Mapping[int, object],
    ) -> None:
        self.roots: list[tuple[str, object]] = []
        self.seen: dict[int, object] = {}
        self.names: dict[int, str] = {id(module): module.__name__}
        """What the module, its classes, functions and bare objects are called: the same in every execution."""
        self.closures: list[FunctionType] = []
        """Its functions with variables of enclosing ones: all can reach these by the function's name."""
        self._elsewhere, self._modules = seen, modules
        self._bound: list[Bound] = []
        self._simple = _Simple()
        name = module.__name__
        self._constants = {f"{name}.{constant}" for constant in constants}
        for constant in constants & vars(module).keys():
            self._first(vars(module)[constant])
        for key, value in self._remember(name, module.__dict__, MODULE_MACHINERY):
            self._value(f"{name}.{key}", value)

    def changed(self) -> list[str]:
        """The names of definitions that were bound anew, or deleted, or added."""
        found: list[str] = []
        bound = self._bound if self._simple.unchanged() else self._bound + self._simple.bound
        for name, holder, before in bound:
            if _binds_just(holder, before):
                continue
            now = _view(holder)
            if len(now) != len(before) or any(now.get(key, UNBOUND) is not value for key, value in before.items()):
                keys = sorted(before.keys() | now.keys())
                found += [f"{name}.{key}" for key in keys if now.get(key, UNBOUND) is not before.get(key, UNBOUND)]
        return found

    def _remember(self, name: str, holder: object, skipped: frozenset[str]) -> Iterator[tuple[str, object]]:
        bindings = dict(_view(holder))
        if not self._simple.takes(name, holder, bindings):
            self._bound.append((name, holder, bindings))
        return ((key, value) for key, value in bindings.items() if key not in skipped)

    def _value(self, name: str, value: object) -> None:
        """Look at one value that a definition binds; definitions are looked into, once."""
        if name in self._constants:
            return
        if isinstance(value, (staticmethod, classmethod)):
            self._value(name, value.__func__)
        elif isinstance(value, property):
            for part in ("fget", "fset", "fdel"):
                self._value(f"{name}.{part}", getattr(value, part))
        elif isinstance(value, FunctionType):
            if self._first(value):
                self._function(name, value)
        elif isinstance(value, type):
            if self._first(value):
                self._class(name, value)
        elif type(value) is object:
            if self._first(value):
                self.names[id(value)] = name  # it has no content, but is compared by identity
        elif not is_constant(value) and self._first(value):
            self.roots.append((name, value))

    def _first(self, value: object) -> bool:
        """Is this the first time that the object is met?"""
        if id(value) in self.seen or id(value) in self._elsewhere:
            return False
        self.seen[id(value)] = value
        return True

    def _class(self, name: str, cls: type) -> None:
        if cls.__module__ not in self._modules or not cls.__flags__ & HEAP_TYPE:
            return
        self.names[id(cls)] = name
        for key, value in self._remember(name, cls, CLASS_MACHINERY):
            self._value(f"{name}.{key}", value)
        for key, value in vars(cls).get("_field_defaults", {}).items():  # of a named tuple
            self._value(f"{name}.{key}", value)
        if issubclass(cls, Enum):
            for member in cls.__members__.values():
                for key, value in vars(member).items():
                    self._value(f"{name}.{member.name}.{key}", value)

    def _function(self, name: str, function: FunctionType) -> None:
        if function.__globals__.get("__name__") not in self._modules:
            return
        if function.__closure__:
            self.closures.append(function)
        else:
            self.names[id(function)] = name
        for key, value in self._remember(name, function, frozenset({"__code__"})):
            if not _restored(function, key):
                self._value(f"{name}.{key}", value)
        written = cells_written(function.__code__) if function.__closure__ else frozenset()
        for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if variable in written and self._first(cell):
                self.roots.append((f"{name}.<{variable}>", cell))


def _restored(function: FunctionType, binding: str) -> bool:
    """Is it the set in which `recursive_repr` notes what it describes just now? Each thread looks for its own entries
    only, and takes them out before it returns; so the set is no state."""
    return binding == "<repr_running>" and function.__globals__.get("__name__") in ("dataclasses", "reprlib")


def _binds_just(holder: Any, before: Mapping[str, object]) -> bool:
    """Does it bind what it did, in the same order? Seen at a glance; where not, a closer look is needed."""
    if isinstance(holder, FunctionType):
        return False
    values = _view(holder).values()
    return len(values) == len(before) and all(map(operator.is_, values, before.values()))


def _view(holder: Any) -> Mapping[str, object]:
    """What a module's globals, a class or a function binds now, by name."""
    if isinstance(holder, dict):
        return holder
    return holder.__dict__ if isinstance(holder, type) else _function_bindings(holder)


def _function_bindings(function: FunctionType) -> dict[str, object]:
    found: dict[str, object] = {"__code__": function.__code__}
    if function.__defaults__:
        code, defaults = function.__code__, function.__defaults__
        missing = max(0, len(defaults) - code.co_argcount)  # the code may have been replaced by that of another
        parameters = code.co_varnames[max(0, code.co_argcount - len(defaults)) : code.co_argcount]
        names = (*range(missing), *parameters)
        found |= {f"({name})": value for name, value in zip(names, defaults, strict=True)}
    if function.__kwdefaults__:
        found |= {f"({name})": value for name, value in function.__kwdefaults__.items()}
    if function.__closure__:
        variables = zip(function.__code__.co_freevars, function.__closure__, strict=True)
        found |= {f"<{name}>": contents(cell) for name, cell in variables}
    found.update(function.__dict__)
    return found
