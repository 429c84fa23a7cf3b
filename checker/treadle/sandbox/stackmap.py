"""The stack map: what is on the evaluation stack at each instruction, and which local variable holds the
same.

A forward analysis of the bytecode follows, for each stack slot, its *tags*: local variables that hold the
very same object, or another way to know it. So nothing rests on the transform having mirrored everything:
a slot without a usable tag makes the frame opaque. It is conservative where an instruction is not known:
then all slots lose their tags.
"""

from __future__ import annotations

import dis
import types

from treadle.sandbox.hooks import IDENTITY, NAME
from treadle.sandbox.instructions import ITERATOR, POPS, VERSION
from treadle.sandbox.liveness import Flow, flow

Tag = object
"""A local variable's name (str), or a tuple whose first item says what is known."""
Slot = frozenset[Tag]
Stack = tuple[Slot, ...]

NOTHING: Slot = frozenset()
NULL: Slot = frozenset({("null",)})
HOOKS: Slot = frozenset({("hooks",)})

_BUILDERS = frozenset(
    {"BUILD_TUPLE", "BUILD_LIST", "BUILD_SET", "BUILD_MAP", "BUILD_CONST_KEY_MAP", "BUILD_SLICE", "BUILD_STRING"}
    | {"MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE"}
)
"""Instructions whose result is new, known to nobody yet, and follows from what they have taken."""


class StackMap:
    """The stack before each instruction of a code object; None where it is not known at all."""

    def __init__(self, found: Flow) -> None:
        self.flow = found
        self.code = found.code
        self.cells = frozenset(found.code.co_cellvars + found.code.co_freevars)
        self.before: list[Stack | None] = [None] * len(found.instructions)
        self.consistent = True
        self._work = [0]
        self.before[0] = ()
        while self._work and self.consistent:
            self._step(self._work.pop())

    def pops(self, i: int) -> int | None:
        """How many slots instruction `i` takes, if that is known."""
        instruction = self.flow.instructions[i]
        pops = POPS.get(instruction.opname)
        return None if pops is None else pops(instruction.arg or 0)

    def _arrive(self, i: int, stack: Stack) -> None:
        known = self.before[i]
        if known is None:
            self.before[i] = stack
        else:
            if len(known) != len(stack):
                self.consistent = False
                return
            joined = tuple(a & b for a, b in zip(known, stack, strict=True))
            if joined == known:
                return
            self.before[i] = joined
        self._work.append(i)

    def _step(self, i: int) -> None:
        stack = self.before[i]
        assert stack is not None
        handler = self.flow.handlers[i]
        if handler is not None:
            target, depth, lasti = handler
            raised = frozenset({("raised", target)})
            pushed = (frozenset({("lasti", target)}), raised) if lasti else (raised,)
            self._arrive(target, (*stack[:depth], *pushed))
        target_of_jump = self.flow.jump(i)
        if target_of_jump is not None:
            self._go(i, stack, target_of_jump, True)
        if self.flow.falls_through(i):
            self._go(i, stack, i + 1, False)

    def _go(self, i: int, stack: Stack, target: int, jump: bool) -> None:
        after = self._after(i, stack, jump)
        if after is None:
            self.consistent = False
        else:
            self._arrive(target, after)

    def effect(self, i: int, jump: bool) -> int:
        """By how much instruction `i` changes the depth of the stack."""
        instruction = self.flow.instructions[i]
        name, argument = instruction.opname, instruction.arg
        if VERSION == (3, 11) and name in ("PRECALL", "CALL"):
            return 0 if name == "PRECALL" else -(argument or 0) - 1
        if name == "RETURN_GENERATOR":  # the value first sent, None, is there when the generator starts
            return 1
        return dis.stack_effect(
            instruction.opcode, argument if instruction.opcode >= dis.HAVE_ARGUMENT else None, jump=jump
        )

    def _after(self, i: int, stack: Stack, jump: bool) -> Stack | None:
        instruction = self.flow.instructions[i]
        name, argument = instruction.opname, instruction.arg or 0
        handle = getattr(self, f"_{name.lower()}", None)
        if "FAST" in name and handle is None:
            return self._fast(name, instruction.argval, stack)
        if handle is not None:
            special: Stack | None = handle(i, stack, argument, jump)
            if special is not None:
                return special
        effect = self.effect(i, jump)
        if len(stack) + effect < 0:
            return None
        pops = POPS.get(name)
        made = frozenset({("made", i)})
        clean = tuple(slot - made for slot in stack)
        if pops is None or pops(argument) > len(stack) or pops(argument) + effect < 0:
            return (NOTHING,) * (len(stack) + effect)
        taken = pops(argument)
        pushed = taken + effect
        new = (made,) if pushed == 1 else (NOTHING,) * pushed
        if name in _BUILDERS and pushed == 1:
            new = (made | {("built", name, tuple(map(_lasting, clean[len(clean) - taken :])))},)
        return (*clean[: len(clean) - taken], *new)

    # --- local variables

    def _fast(self, name: str, names: object, stack: Stack) -> Stack | None:
        every = names if isinstance(names, tuple) else (names,)
        if name in ("STORE_FAST", "STORE_FAST_STORE_FAST", "STORE_FAST_MAYBE_NULL"):
            for one in every:
                stack = self._stored(str(one), stack)
            return stack
        if name == "STORE_FAST_LOAD_FAST":
            stack = self._stored(str(every[0]), stack)
            return (*stack, self._variable(every[1]))
        if name == "DELETE_FAST":
            return tuple(_forget(slot, str(every[0])) for slot in stack)
        if name == "LOAD_FAST_AND_CLEAR":
            return (*(_forget(slot, str(every[0])) for slot in stack), NOTHING)
        if name.startswith("LOAD_FAST"):
            return (*stack, *(self._variable(one) for one in every))
        return None

    def _variable(self, name: object) -> Slot:
        return frozenset({("cell", name) if name in self.cells else name})

    def _stored(self, name: str, stack: Stack) -> Stack:
        value = stack[-1]
        rest = [_forget(slot, name) for slot in stack[:-1]]
        if name in self.cells:
            return tuple(rest)
        for i, slot in enumerate(rest):
            if any(isinstance(tag, tuple) and tag[0] in ("made", "raised") for tag in slot & value):
                rest[i] = slot | {name}
            caught = [tag[1] for tag in value if isinstance(tag, tuple) and tag[0] == "raised"]
            if any(("outer", target) in slot for target in caught):
                rest[i] = rest[i] | {("handled", name)}
        return tuple(rest)

    # --- instructions of which more is known than their effect

    def _copy(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        made = frozenset({("made", i)})
        new = [slot - made for slot in stack]
        new[-argument] = made | {tag for tag in new[-argument] if not (isinstance(tag, tuple) and tag[0] == "built")}
        return (*new, new[-argument])

    def _swap(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        new = list(stack)
        new[-1], new[-argument] = new[-argument], new[-1]
        return tuple(new)

    def _push_null(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return (*stack, NULL)

    def _load_const(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return (*stack, frozenset({("constant", argument)}))

    def _load_assertion_error(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return (*stack, frozenset({("constant", self.flow.instructions[i].opname, argument)}))

    _load_build_class = _load_common_constant = _load_assertion_error

    def _load_closure(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return (*stack, self._variable(self.flow.instructions[i].argval))

    def _load_small_int(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return (*stack, frozenset({("small", argument)}))

    def _load_global(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        made = frozenset({("made", i)})
        clean = tuple(slot - made for slot in stack)
        value = HOOKS if self.flow.instructions[i].argval == NAME else made
        if not argument & 1:
            return (*clean, value)
        return (*clean, NULL, value) if VERSION < (3, 13) else (*clean, value, NULL)

    def _load_attr(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack | None:
        if stack[-1] != HOOKS:
            return None
        found = frozenset({("hook", self.flow.instructions[i].argval)})
        pushed = 1 + self.effect(i, jump)
        return (*stack[:-1], *((found,) * pushed))

    _load_method = _load_attr

    def _call(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack | None:
        """A hook gives its first operand back, but for the one that gives the exception that is handled."""
        taken = argument + 2
        function = {tag for slot in stack[-taken : len(stack) - argument] for tag in slot}
        names = {tag[1] for tag in function if isinstance(tag, tuple) and tag[0] == "hook"}
        made = frozenset({("made", i)})
        if len(names) == 1 and names <= set(IDENTITY) and argument and len(function) <= 2:
            return (*(slot - made for slot in stack[:-taken]), (stack[-argument] - made) | made)
        if names == {"caught"}:
            clean = tuple(slot - made for slot in stack[:-taken])
            raised = [{tag for tag in slot if isinstance(tag, tuple) and tag[0] == "raised"} for slot in clean]
            return (*clean, made.union(*[found for found in raised if found][-1:]))
        return None

    def _build_list(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack | None:
        """An empty container that nobody else knows yet is as good as a constant."""
        return None if argument else (*stack, frozenset({("empty", self.flow.instructions[i].opname)}))

    _build_map = _build_set = _build_list

    def _extend(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        new = list(stack[:-1])
        new[-argument] = NOTHING
        return tuple(new)

    _list_extend = _set_update = _dict_update = _dict_merge = _list_append = _set_add = _extend

    def _map_add(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        new = list(stack[:-2])
        new[-argument] = NOTHING
        return tuple(new)

    def _get_iter(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack | None:
        if self.effect(i, jump) != ITERATOR - 1:
            return None
        made = frozenset({("made", i)})
        started = frozenset(("iterator", tag) for tag in stack[-1] if isinstance(tag, str))
        position = (NULL,) * (ITERATOR - 1)  # no loop of transformed code is over a list or tuple itself
        return (*(slot - made for slot in stack[:-1]), started | made, *position)

    def _get_yield_from_iter(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack | None:
        return self._get_iter(i, stack, argument, jump)

    def _for_iter(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        made = frozenset({("made", i)})
        clean = tuple(slot - made for slot in stack)
        effect = self.effect(i, jump)
        if effect < 0:
            return clean[:effect]
        return (*clean, *((NOTHING,) * effect)) if effect != 1 or jump else (*clean, made)

    def _send(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack | None:
        effect = self.effect(i, jump)
        if effect == -1:  # the result takes the place of what was delegated to
            return (*stack[:-2], NOTHING)
        return (*stack[:-1], NOTHING) if effect == 0 else None

    def _before_with(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        made = frozenset({("made", i)})
        leave = frozenset(("exit", tag) for tag in stack[-1] if isinstance(tag, str))
        return (*(slot - made for slot in stack[:-1]), leave, made)

    def _load_special(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        kind = "enter" if argument == 0 else "exit"
        if argument > 1:
            return (*stack[:-1], NOTHING, NOTHING)
        found = frozenset((kind, tag) for tag in stack[-1] if isinstance(tag, str))
        return (*stack[:-1], found, found)

    def _push_exc_info(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        """What was handled before is known from where it was; its slot says what is handled from now on."""
        raised = stack[-1]
        outer = frozenset(("outer", tag[1]) for tag in raised if isinstance(tag, tuple) and tag[0] == "raised")
        return (*stack[:-1], outer, raised)

    def _jump_if_false_or_pop(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return stack if jump else stack[:-1]

    _jump_if_true_or_pop = _jump_if_false_or_pop

    def _check_exc_match(self, i: int, stack: Stack, argument: int, jump: bool) -> Stack:
        return (*stack[:-1], frozenset({("made", i)}))


def _forget(slot: Slot, name: str) -> Slot:
    return frozenset(_without(tag, name) for tag in slot if not _mentions(tag, name))


def _mentions(tag: Tag, name: str) -> bool:
    return tag == name or (isinstance(tag, tuple) and tag[0] != "built" and name in tag[1:])


def _without(tag: Tag, name: str) -> Tag:
    if isinstance(tag, tuple) and tag[0] == "built":
        return (*tag[:2], tuple(_forget(slot, name) for slot in tag[2]))
    return tag


def _lasting(slot: Slot) -> Slot:
    """The tags that mean something after the slot is gone."""
    return frozenset(tag for tag in slot if not (isinstance(tag, tuple) and tag[0] in ("made", "raised")))


_maps: dict[int, StackMap] = {}


def stack_map(code: types.CodeType) -> StackMap:
    """The stack map of `code`, computed once."""
    found = _maps.get(id(code))
    if found is None or found.code is not code:
        found = _maps[id(code)] = StackMap(flow(code))
    return found
