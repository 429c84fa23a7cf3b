"""Callees: is the frame that an instruction called certainly the one that the instruction calls itself?

Between a frame and its callee there may be C code with a state of its own (`sorted` with a Python key,
`sum` of a generator). The relations listed here are those in which there is none, or in which all that it
knows is among the operands of the instruction. Everything else counts as hidden.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from treadle.sandbox.calls import runs_python
from treadle.sandbox.expressions import ERROR
from treadle.sandbox.instructions import CALLS, ITERATOR
from treadle.sandbox.stackmap import Slot, Stack
from treadle.sandbox.steps import RESUMING, Each

if TYPE_CHECKING:
    from treadle.sandbox.frames import Suspended

_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_ARITHMETIC = [
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "lshift",
    "rshift",
    "and",
    "xor",
    "or",
]
_BINARY = tuple(f"__{kind}{name}__" for name in _ARITHMETIC for kind in ("", "r", "i"))
_TRUTH = ("__bool__", "__len__")
_METHODS: dict[str, tuple[str, ...]] = {
    "BINARY_OP": (*_BINARY, "__getitem__"),
    "COMPARE_OP": _COMPARISONS,
    "CONTAINS_OP": ("__contains__",),
    "BINARY_SUBSCR": ("__getitem__", "__missing__"),
    "BINARY_SLICE": ("__getitem__",),
    "STORE_SUBSCR": ("__setitem__",),
    "STORE_SLICE": ("__setitem__",),
    "DELETE_SUBSCR": ("__delitem__",),
    "UNARY_NEGATIVE": ("__neg__",),
    "UNARY_INVERT": ("__invert__",),
    "UNARY_POSITIVE": ("__pos__",),
    "UNARY_NOT": _TRUTH,
    "JUMP_IF_FALSE_OR_POP": _TRUTH,
    "JUMP_IF_TRUE_OR_POP": _TRUTH,
    "TO_BOOL": _TRUTH,
    "FORMAT_VALUE": ("__format__",),
    "FORMAT_SIMPLE": ("__format__",),
    "FORMAT_WITH_SPEC": ("__format__",),
    "GET_ITER": ("__iter__",),
}
_FUNCTIONS: dict[int, tuple[str, ...]] = {
    id(len): ("__len__",),
    id(iter): ("__iter__",),
    id(next): ("__next__",),
    id(bool): _TRUTH,
    id(hash): ("__hash__",),
    id(repr): ("__repr__",),
    id(abs): ("__abs__",),
}
_COROUTINES = (types.GeneratorType, types.CoroutineType)
_BUILTIN_CONTAINERS = (list, tuple, dict, set, frozenset)


def leads_to(suspended: Suspended, taken: Stack, callee: types.FrameType) -> bool:
    """Does the instruction in progress call `callee` itself? Adds to the state what C code keeps."""
    name = suspended.instruction.opname
    if name in CALLS:
        return _call(suspended, taken, callee)
    if name == "FOR_ITER" or name == "SEND":
        at = -ITERATOR if name == "FOR_ITER" else -ITERATOR - 1
        return _resumes(suspended.value(suspended.stack()[at]), callee)
    if name in ("BEFORE_WITH", "WITH_EXCEPT_START"):
        return _manager(suspended, name, taken, callee)
    if name in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"):
        return _attribute(suspended, name, taken, callee)
    if name in _METHODS or name.startswith("POP_JUMP"):
        operands = suspended.take(taken)
        if any(isinstance(operand, _BUILTIN_CONTAINERS) for operand in operands) and name == "COMPARE_OP":
            return False
        owners = operands[1:] if name == "CONTAINS_OP" else operands
        return _is_method(owners, _METHODS.get(name, _TRUTH), callee)
    return False


def _is_method(owners: Sequence[object], names: Sequence[str], callee: types.FrameType) -> bool:
    """Is the callee one of the methods `names` of the type of an owner, called on that owner?"""
    code = callee.f_code
    for owner in owners:
        for name in names:
            if getattr(_function(type(owner), name), "__code__", None) is code:
                first = _first(callee)
                return first is owner
    return False


def _function(kind: Any, name: str) -> Any:
    """What the type defines under `name`, nothing bound."""
    for base in kind.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            return found.__func__ if isinstance(found, (staticmethod, classmethod)) else found
    return None


def _first(frame: types.FrameType) -> object:
    """The first argument of the frame, if the frame still has it."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None


def _resumes(iterator: Any, callee: types.FrameType) -> bool:
    if isinstance(iterator, _COROUTINES):
        frame = iterator.gi_frame if isinstance(iterator, types.GeneratorType) else iterator.cr_frame
        return frame is callee
    if isinstance(iterator, Each):
        inner = iterator.iterator
        return callee.f_code in RESUMING and (type(inner) is types.GeneratorType or not runs_python(inner))
    return _is_method([iterator], ("__next__",), callee)


def _manager(suspended: Suspended, name: str, taken: Stack, callee: types.FrameType) -> bool:
    if name == "BEFORE_WITH":
        return _is_method([suspended.value(taken[0])], ("__enter__",), callee)
    return any(_is_method([owner], ("__exit__",), callee) for owner in _leaving(suspended, suspended.stack()))


def error_passed(callee: types.FrameType) -> object:
    """The exception that `__exit__`, running in this frame, was called with."""
    variables, code = callee.f_locals, callee.f_code
    if ERROR in variables:
        found = variables[ERROR]
    elif code.co_name == "__exit__" and str(callee.f_globals.get("__name__", "")).startswith("treadle."):
        found = variables.get(code.co_varnames[min(2, code.co_argcount)])
    else:
        return None
    return found[2 - code.co_argcount] if isinstance(found, tuple) and len(found) > 2 - code.co_argcount else found


def _leaving(suspended: Suspended, slots: Sequence[Slot]) -> Iterator[object]:
    for slot in slots:
        for tag in slot:
            if isinstance(tag, tuple) and tag[0] in ("exit", "enter") and tag[1] in suspended.locals:
                yield suspended.locals[tag[1]]


def _attribute(suspended: Suspended, name: str, taken: Stack, callee: types.FrameType) -> bool:
    owner = suspended.value(taken[-1])
    suspended.take(taken[:-1])
    descriptor = _function(type(owner), str(suspended.instruction.argval))
    if isinstance(descriptor, property):
        which = {"STORE_ATTR": descriptor.fset, "DELETE_ATTR": descriptor.fdel}.get(name, descriptor.fget)
        if getattr(which, "__code__", None) is callee.f_code:
            return _first(callee) is owner
    general = {"STORE_ATTR": ("__setattr__",), "DELETE_ATTR": ("__delattr__",)}
    return _is_method([owner], general.get(name, ("__getattribute__", "__getattr__")), callee)


def _call(suspended: Suspended, taken: Stack, callee: types.FrameType) -> bool:
    argument = suspended.instruction.arg or 0
    plain = suspended.instruction.opname == "CALL"
    operands = taken[len(taken) - argument :] if plain else taken[2:]
    for owner in _leaving(suspended, taken[:2]):
        enters = any(isinstance(tag, tuple) and tag[0] == "enter" for slot in taken[:2] for tag in slot)
        return _is_method([owner], ("__enter__",) if enters else ("__exit__",), callee)
    candidates = [slot for slot in taken[:2] if ("null",) not in slot]
    if len(candidates) == 2:  # a decorator: what it is applied to stands where the owner of a method would
        candidates, operands = candidates[:1], (candidates[1], *operands)
    names = sorted(tag for tag in candidates[0] if isinstance(tag, str) and tag in suspended.locals)
    return bool(names) and _called(suspended, suspended.locals[names[0]], names[0], operands, callee)


def _called(suspended: Suspended, function: Any, name: str, operands: Stack, callee: types.FrameType) -> bool:
    while isinstance(function, types.MethodType) or type(function) is functools.partial:
        function = function.__func__ if isinstance(function, types.MethodType) else function.func
    if isinstance(function, types.FunctionType):
        return function.__code__ is callee.f_code
    if isinstance(function, type):
        return _constructs(suspended, function, name, operands, callee)
    owner = getattr(function, "__self__", None)
    if isinstance(function, types.BuiltinFunctionType) and isinstance(owner, _COROUTINES):
        suspended.values[name] = function
        suspended.take(operands)
        return _resumes(owner, callee)
    if id(function) in _FUNCTIONS and operands:
        first, *_ = suspended.take(operands)
        if function is next and isinstance(first, types.GeneratorType):
            return first.gi_frame is callee
        return _is_method([first], _FUNCTIONS[id(function)], callee)
    return getattr(_function(type(function), "__call__"), "__code__", None) is callee.f_code


def _constructs(suspended: Suspended, cls: Any, name: str, operands: Stack, callee: types.FrameType) -> bool:
    """`cls(...)`: the machinery keeps the new object during `__init__`, and the operands during `__new__`."""
    code = callee.f_code
    if _code(_function(type(cls), "__call__")) is not None:
        return _code(_function(type(cls), "__call__")) is code
    if _code(_function(cls, "__new__")) is code:
        suspended.values[name] = cls
        suspended.take(operands)
        return True
    if _code(_function(cls, "__init__")) is not code or not code.co_argcount or _code(_function(cls, "__new__")):
        return False
    made = code.co_varnames[0]
    if made in code.co_cellvars or _rebinds(code, made) or made not in callee.f_locals:
        return False
    suspended.values["made"] = callee.f_locals[made]
    return True


def _code(function: Any) -> types.CodeType | None:
    found = getattr(function, "__code__", None)
    return found if isinstance(found, types.CodeType) else None


@functools.cache
def _rebinds_cached(identity: int, name: str) -> bool:
    from treadle.sandbox.liveness import _flows

    instructions = _flows[identity].instructions
    return any(
        name in (i.argval if isinstance(i.argval, tuple) else (i.argval,))
        for i in instructions
        if i.opname.startswith(("STORE_FAST", "DELETE_FAST"))
    )


def _rebinds(code: types.CodeType, name: str) -> bool:
    from treadle.sandbox.liveness import flow

    flow(code)
    return _rebinds_cached(id(code), name)
