"""Liveness: which local variables a suspended frame may still read.

Backward data flow over the bytecode, exception edges included (Aho, Lam, Sethi, Ullman, Compilers,
9.2.5). Dead variables do not belong to the state of a thread: states that differ in them alone are the
same state.
"""

from __future__ import annotations

import dis
import types
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from treadle.sandbox.hooks import is_hidden

REFLECTIVE = frozenset({"locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe", "f_locals", "breakpoint"})
_NO_FALL_THROUGH = frozenset(
    {
        "RETURN_VALUE",
        "RETURN_CONST",
        "RAISE_VARARGS",
        "RERAISE",
        "JUMP_FORWARD",
        "JUMP_BACKWARD",
        "INTERPRETER_EXIT",
    }
    | {"JUMP_BACKWARD_NO_INTERRUPT"}
)


class Flow:
    """The instructions of a code object and where control goes from each."""

    def __init__(self, code: types.CodeType) -> None:
        self.code = code
        bytecode = dis.Bytecode(code)
        self.instructions = list(bytecode)
        self.entries = list(bytecode.exception_entries)  # type: ignore[attr-defined]
        self.offsets = [instruction.offset for instruction in self.instructions]
        self.index = {offset: i for i, offset in enumerate(self.offsets)}

    def at(self, lasti: int) -> int:
        """The number of the instruction that `lasti` (perhaps inside its inline cache) belongs to."""
        return bisect_right(self.offsets, lasti) - 1

    def jump(self, i: int) -> int | None:
        """The number of the instruction that instruction `i` may jump to."""
        instruction = self.instructions[i]
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            return self.at(instruction.argval)
        return None

    def falls_through(self, i: int) -> bool:
        """Can control go on to the next instruction?"""
        return self.instructions[i].opname not in _NO_FALL_THROUGH and i + 1 < len(self.instructions)

    @cached_property
    def handlers(self) -> list[tuple[int, int, bool] | None]:
        """For each instruction its handler's number, the depth it keeps, and whether lasti is pushed."""
        table: list[tuple[int, int, bool] | None] = [None] * len(self.instructions)
        for entry in self.entries:
            for i, offset in enumerate(self.offsets):
                if entry.start <= offset < entry.end:
                    table[i] = (self.index[entry.target], entry.depth, bool(entry.lasti))
        return table

    def successors(self, i: int) -> Iterator[int]:
        """Instructions that may come next, those of handlers included."""
        target = self.jump(i)
        if target is not None:
            yield target
        if self.falls_through(i):
            yield i + 1
        handler = self.handlers[i]
        if handler is not None:
            yield handler[0]


_flows: dict[int, Flow] = {}
_live: dict[int, list[frozenset[str]]] = {}


def flow(code: types.CodeType) -> Flow:
    """The control flow of `code`, computed once."""
    found = _flows.get(id(code))
    if found is None or found.code is not code:
        found = _flows[id(code)] = Flow(code)
    return found


def live_names(code: types.CodeType, lasti: int) -> frozenset[str]:
    """The local variables that may be read after the instruction at `lasti` is done.

    Everything is live in code that looks at its own variables (`locals()` and the like). Variables in
    cells are not included: they outlive the frame.
    """
    found = flow(code)
    table = _live.get(id(code))
    if table is None or len(table) != len(found.instructions):
        table = _live[id(code)] = _solve(found)
    return table[found.at(lasti)]


def _uses(instruction: dis.Instruction, cells: frozenset[str]) -> tuple[set[str], set[str]]:
    """Local variables that the instruction reads, and those that it overwrites first."""
    name = instruction.opname
    if "FAST" not in name or "HIDDEN" in name:
        return set(), set()
    names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
    if name in ("STORE_FAST", "STORE_FAST_MAYBE_NULL", "STORE_FAST_STORE_FAST"):
        read, written = set(), set(names)
    elif name == "STORE_FAST_LOAD_FAST":
        read, written = ({names[1]} if names[0] != names[1] else set()), {names[0]}
    else:  # loads; a deletion, too, depends on the variable being bound
        read, written = set(names), set()
    return read - cells, written - cells


def _solve(found: Flow) -> list[frozenset[str]]:
    """For each instruction the variables that are live after it."""
    code = found.code
    cells = frozenset(code.co_cellvars + code.co_freevars)
    count = len(found.instructions)
    if REFLECTIVE & set(code.co_names):
        everything = frozenset(name for name in code.co_varnames if not is_hidden(name)) - cells
    else:
        everything = frozenset()
    uses = [_uses(instruction, cells) for instruction in found.instructions]
    successors = [list(found.successors(i)) for i in range(count)]
    handlers = [None if handler is None else handler[0] for handler in found.handlers]
    after: list[frozenset[str]] = [everything] * count
    before: list[frozenset[str]] = [everything] * count
    changed = True
    while changed:
        changed = False
        for i in reversed(range(count)):
            new = everything.union(*(before[j] for j in successors[i]))
            read, written = uses[i]
            handler = handlers[i]
            at_handler = frozenset() if handler is None else before[handler]
            entry = (new - written) | read | at_handler | everything
            if new != after[i] or entry != before[i]:
                after[i], before[i], changed = new, entry, True
    return after
