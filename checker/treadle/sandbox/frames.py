"""Frames: the complete local state of a suspended thread, or the reason why it cannot be known.

A frame's state is its code, its position and every value that it may still use: live variables, cells,
and what is on the evaluation stack, found again in local variables with the help of the stack map. A
frame is *opaque* if a slot of its stack is not known, or if C code may sit between it and the frame that
it called.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from treadle.sandbox.callees import error_passed, leads_to
from treadle.sandbox.calls import C_ITERATORS
from treadle.sandbox.instructions import CALLS
from treadle.sandbox.liveness import live_names
from treadle.sandbox.stackmap import Slot, Stack, StackMap, stack_map
from treadle.sandbox.steps import Each, Once
from treadle.sandbox.transform import is_transformed

_EVIDENT = frozenset({"constant", "small", "null", "hooks", "hook", "empty", "lasti", "cell"})
_SELF_ITERATING = (types.GeneratorType, types.CoroutineType, Each)


@dataclass(frozen=True, eq=False)
class FrameState:
    """Where a frame is suspended, and every value by name that it may still use."""

    code: types.CodeType
    lasti: int
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Opaque:
    """The state of the frame cannot be known."""

    reason: str


class Unknown(Exception):  # noqa: N818 - control flow within this module
    """A value on the stack that no local variable holds."""


class Suspended:
    """A frame of transformed code, and how to find the values on its stack again."""

    def __init__(self, frame: types.FrameType) -> None:
        self.frame = frame
        self.code = frame.f_code
        self.map: StackMap = stack_map(self.code)
        self.index = self.map.flow.at(frame.f_lasti)
        if self.map.flow.instructions[self.index].opname == "PRECALL":  # 3.11 may make the call there, once it is warm
            self.index += 1
        self.instruction = self.map.flow.instructions[self.index]
        self.locals: dict[str, Any] = dict(frame.f_locals)
        self.values: dict[str, object] = {}
        self.raised: dict[object, object] = {}

    def back_to_yield(self) -> None:
        """A waiting generator is at its `yield`; from Python 3.13 on its position is one further."""
        instructions = self.map.flow.instructions
        if self.instruction.opname != "YIELD_VALUE":
            self.index -= 1
            self.instruction = instructions[self.index]
        if self.instruction.opname != "YIELD_VALUE":
            raise Unknown("the generator waits at no yield")

    def stack(self) -> Stack:
        """The tags of the stack before the instruction in progress."""
        stack = self.map.before[self.index]
        if stack is None or not self.map.consistent:
            raise Unknown("the bytecode is not understood")
        return stack

    def rest(self) -> tuple[Stack, Stack]:
        """What stays on the stack during the instruction, and what it has taken."""
        stack, pops = self.stack(), self.map.pops(self.index)
        if pops is None:
            raise Unknown(f"{self.instruction.opname} is not understood")
        return stack[: len(stack) - pops], stack[len(stack) - pops :]

    def value(self, slot: Slot) -> object:
        """The value in the slot, which from now on belongs to the state."""
        for tag in sorted(slot, key=repr):
            if isinstance(tag, str) and tag in self.locals:
                self.values[tag] = self.locals[tag]
                return self.locals[tag]
        for tag in sorted(slot, key=repr):
            if isinstance(tag, tuple) and tag[0] == "iterator" and tag[1] in self.locals:
                return self._iterator(tag[1])
            if isinstance(tag, tuple) and tag[0] in ("exit", "enter", "handled") and tag[1] in self.locals:
                self.values[tag[1]] = self.locals[tag[1]]
                return _Bound(tag[0], self.locals[tag[1]])
            if isinstance(tag, tuple) and tag[0] in _EVIDENT:
                return _Bound(str(tag[0]), tag[1] if len(tag) > 1 else None)
            if isinstance(tag, tuple) and tag[0] in ("raised", "outer") and tag[1] in self.raised:
                self.values[f"<raised {tag[1]}>"] = self.raised[tag[1]]
                return self.raised[tag[1]]
            if isinstance(tag, tuple) and tag[0] == "built":
                return _Bound(str(tag[1]), self.take(tag[2]))
        raise Unknown("a value on the stack is in no variable")

    def _iterator(self, name: str) -> object:
        held = self.locals[name]
        if isinstance(held, (Each, Once)):
            self.values[name] = held.iterator
            return held if isinstance(held, Each) else held.iterator
        if type(held) in C_ITERATORS or isinstance(held, _SELF_ITERATING):
            self.values[name] = held
            return held
        raise Unknown("an iterator is in no variable")

    def passes(self, callee: types.FrameType | None) -> None:
        """An exception that passes through a `with` is known from what `__exit__` was called with."""
        if self.instruction.opname == "WITH_EXCEPT_START" and callee is not None:
            tags = [tag for slot in self.stack()[-1:] for tag in slot if isinstance(tag, tuple) and tag[0] == "raised"]
            passing = error_passed(callee)
            if tags and isinstance(passing, BaseException):
                self.raised[tags[0][1]] = passing

    def take(self, slots: Sequence[Slot]) -> list[object]:
        """The values of several slots."""
        return [self.value(slot) for slot in slots]

    def state(self, unstarted: bool = False) -> FrameState:
        """The frame's state, once the stack has been taken."""
        names = self.locals if unstarted else live_names(self.code, self.instruction.offset)
        for name in names:
            if name in self.locals:
                self.values[name] = self.locals[name]
        for name in (*self.code.co_cellvars, *self.code.co_freevars):
            self.values.pop(name, None)
            if f".c:{name}" in self.locals:
                self.values[f".c:{name}"] = self.locals[f".c:{name}"]
            elif name == "__class__":
                self.values[name] = self.locals.get(name)
            else:
                raise Unknown(f"the cell of {name} is not at hand yet")
        return FrameState(self.code, self.instruction.offset, tuple(sorted(self.values.items())))


@dataclass(frozen=True)
class _Bound:
    """A method of a context manager, or something that the position alone determines."""

    kind: str
    owner: object


def local_state(frame: types.FrameType, callee: types.FrameType | None) -> FrameState | Opaque:
    """The state of a frame that is suspended inside a call.

    `callee` is the frame that it called, in transformed code or in treadle's own (a hook or a primitive);
    None says that the frame is suspended in a hook and that there is nothing to check.
    """
    if not is_transformed(frame.f_code):
        return Opaque(f"{frame.f_code.co_qualname} is not transformed")
    try:
        suspended = Suspended(frame)
        rest, taken = suspended.rest()
        suspended.passes(callee)
        suspended.take(rest)
        if _in_hook(suspended, taken):
            if callee is not None and not _is_treadle(callee):
                reason = _through_iter(suspended, taken, callee)
                if reason is not None:
                    return Opaque(reason)
            suspended.take(taken)
        elif callee is None or not leads_to(suspended, taken, callee):
            return Opaque(f"{_where(suspended)}: C code may be in between ({suspended.instruction.opname})")
        return suspended.state()
    except Unknown as unknown:
        return Opaque(f"{frame.f_code.co_filename}:{frame.f_lineno}: {unknown}")


def generator_state(generator: Any) -> FrameState | Opaque | None:
    """The state of a generator that is not running; None if it has finished."""
    frame = generator.gi_frame
    if frame is None:
        return None
    if not is_transformed(frame.f_code):
        return Opaque(f"{frame.f_code.co_qualname} is not transformed")
    if generator.gi_running:
        return Opaque("the generator is running")
    try:
        suspended = Suspended(frame)
        if not generator.gi_suspended:
            return suspended.state(unstarted=True)
        suspended.back_to_yield()
        rest, _ = suspended.rest()
        suspended.take(rest)
        return suspended.state()
    except Unknown as unknown:
        return Opaque(f"{frame.f_code.co_filename}:{frame.f_lineno}: {unknown}")


def _in_hook(suspended: Suspended, taken: Stack) -> bool:
    if suspended.instruction.opname not in CALLS:
        return False
    return any(isinstance(tag, tuple) and tag[0] == "hook" for slot in taken[:2] for tag in slot)


def _through_iter(suspended: Suspended, taken: Stack, callee: types.FrameType) -> str | None:
    """`iter(x)` of a loop calls `x.__iter__` directly; no other hook calls code of the user's."""
    iterates = any(tag == ("hook", "iter") for slot in taken[:2] for tag in slot)
    function = getattr(type(suspended.value(taken[-1])), "__iter__", None) if iterates else None
    if getattr(function, "__code__", None) is callee.f_code:
        return None
    return f"{_where(suspended)}: a hook is in between"


def _is_treadle(frame: types.FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("treadle.")


def _where(suspended: Suspended) -> str:
    return f"{suspended.code.co_filename}:{suspended.frame.f_lineno}"
