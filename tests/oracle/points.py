"""Which instructions of a program are scheduling points, and what each can touch.

`opcode` granularity: every instruction but a closed list that works on the thread's own frame alone. `access`
granularity leaves out more, each time because the instruction's operands are evidently private or constant:

* loading a name that no code stores to once threads run (setting up in `program` and `__init__` is watched: a
  late store there makes the exploration start again with the name counted as stored);
* calling a Python function of the program (its body has points) or a primitive (which is one itself); *
comparing with or adding a constant number or string; testing the result of a comparison; looping over
`range`.

An instruction that is on no list touches everything.
"""

from __future__ import annotations

import ast
import builtins
import dis
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

from oracle.footprints import ANY, ITEMS_READ, ITEMS_WRITTEN, NOTHING, Footprint, reads, writes
from oracle.outcome import Refused
from oracle.virtual import NAMES_OF_OPERATIONS

FILENAME = "<program under the oracle>"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HARMLESS = _words(
    """
    NOP RESUME CACHE NOT_TAKEN POP_TOP PUSH_NULL COPY SWAP LOAD_CONST LOAD_SMALL_INT
    LOAD_COMMON_CONSTANT LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_AND_CLEAR LOAD_FAST_LOAD_FAST
    LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST STORE_FAST_MAYBE_NULL
    STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST DELETE_FAST MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE
    MAKE_CELL COPY_FREE_VARS LOAD_CLOSURE KW_NAMES PRECALL BUILD_LIST BUILD_TUPLE BUILD_MAP BUILD_SET
    BUILD_CONST_KEY_MAP BUILD_SLICE LIST_APPEND SET_ADD MAP_ADD JUMP_FORWARD JUMP_BACKWARD
    JUMP_BACKWARD_NO_INTERRUPT POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_FORWARD_IF_NONE
    POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE IS_OP END_FOR
    POP_ITER END_SEND PUSH_EXC_INFO POP_EXCEPT RERAISE RAISE_VARARGS CHECK_EXC_MATCH
    LOAD_ASSERTION_ERROR RETURN_GENERATOR
    """
)
ENDINGS = frozenset({"RETURN_VALUE", "RETURN_CONST", "YIELD_VALUE"})
ENTERING = frozenset({"BEFORE_WITH", "WITH_EXCEPT_START", "LOAD_SPECIAL"})
CALLS = frozenset({"CALL", "CALL_KW", "CALL_FUNCTION_EX"})
COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})
TRUTH = frozenset({"UNARY_NOT", "TO_BOOL", "JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP"}) | {
    f"POP_JUMP_{way}IF_{value}" for way in ("", "FORWARD_", "BACKWARD_") for value in ("TRUE", "FALSE")
}
BOOLEAN = frozenset({"COMPARE_OP", "CONTAINS_OP", "IS_OP", "UNARY_NOT", "TO_BOOL", "WITH_EXCEPT_START"})
BOOLEAN_CALLS = frozenset({"acquire", "wait", "locked", "is_alive", "len", "isinstance"})
ADDITIVE = frozenset({"+", "-", "+=", "-=", "//", "//="})
READING_ITEMS = frozenset({"BINARY_SUBSCR", "BINARY_SLICE", "CONTAINS_OP", "COMPARE_OP", "GET_ITER", "UNPACK_SEQUENCE"})
WRITING_ITEMS = frozenset({"STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "FOR_ITER"})
READING_CALLS = frozenset({"len", "sorted", "list", "tuple", "sum", "min", "max", "get", "index", "count", "copy"})
WRITING_CALLS = _words(
    """
    append appendleft extend pop popleft popitem remove insert clear update setdefault sort reverse next
    """
)
REFLECTIVE = _words(
    """
    __dict__ __class__ globals locals vars setattr delattr exec eval __setattr__ __delattr__ settrace
    modules gc
    """
)
METHODS_IN_C = frozenset(name for kind in (list, dict, set, deque, str, tuple) for name in dir(kind))
SETTING_UP = frozenset({"program", "__init__", "<module>"})


@dataclass(frozen=True)
class Point:
    """A scheduling point: its label, what it touches, and the name it stores to if its code sets up."""

    label: str
    footprint: Footprint
    late_store: str | None = None


Table = dict[int, Point]


@dataclass
class Module:
    """A compiled program with the points of all its code objects."""

    source: str
    granularity: str
    written: frozenset[str] = frozenset()
    code: CodeType = field(init=False)
    handles_shared: bool = field(init=False)

    def __post_init__(self) -> None:
        if not self.source.isascii():
            raise Refused("sources in ASCII only")
        self.lines = self.source.splitlines()
        self.code = compile(self.source, FILENAME, "exec")
        self.codes = list(_nested(self.code))
        self.tables: dict[tuple[int, bool], Table] = {}
        self.called: dict[tuple[int, int], str | None] = {}
        self.functions = {code.co_name for code in self.codes}
        names = {name for code in self.codes for name in code.co_names}
        if self.granularity == "access" and names & REFLECTIVE:
            raise Refused(f"{sorted(names & REFLECTIVE)} may touch anything by name: use granularity='opcode'")
        self.stored = self.written | {
            instruction.argval
            for code in self.codes
            if code.co_name not in SETTING_UP
            for instruction in dis.get_instructions(code)
            if instruction.opname in _STORES
        }
        self.handles_shared = self.granularity == "opcode" or any(
            {"start", "join", "is_alive"} & set(code.co_names) for code in self.codes if code.co_name != "program"
        )

    def table(self, code: CodeType, transparent: bool) -> Table:
        """The points of one code object, by offset; its endings are none if it is transparent."""
        key = (id(code), transparent)
        if key not in self.tables:
            self.tables[key] = self._table(code, transparent)
        return self.tables[key]

    def transparent(self, code: CodeType, caller: CodeType, offset: int) -> bool:
        """Is nothing but the interpreter between this code and its caller, whose current instruction this is?

        Otherwise a C function is suspended in between, and goes on with whatever it does when this code ends.
        """
        return code.co_name in COMPREHENSIONS or self.name_called(caller, offset) == code.co_name

    def name_called(self, code: CodeType, offset: int) -> str | None:
        """The last part of the name that is called at this offset, if the source says it plainly."""
        key = (id(code), offset)
        if key not in self.called:
            self.called[key] = self._name_called(code, offset)
        return self.called[key]

    def _name_called(self, code: CodeType, offset: int) -> str | None:
        call = self._expression(code, offset)
        if not isinstance(call, ast.Call):
            return None
        return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", None)

    def _expression(self, code: CodeType, offset: int) -> ast.expr | None:
        """The expression that an instruction belongs to; None if unknown, or a statement."""
        try:
            return ast.parse(f"({self._text(code, offset)})", mode="eval").body
        except SyntaxError:
            return None

    def _text(self, code: CodeType, offset: int) -> str:
        first, last, start, end = list(code.co_positions())[offset // 2]
        if first is None or last is None or start is None or end is None:
            return ""
        lines = self.lines[first - 1 : last]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        return "\n".join(lines)

    def _table(self, code: CodeType, transparent: bool) -> Table:
        table: Table = {}
        instructions = list(dis.get_instructions(code))
        extended: list[int] = []
        for index, instruction in enumerate(instructions):
            if instruction.opname == "EXTENDED_ARG":
                extended.append(instruction.offset)
                continue
            footprint = self._touched(code, instructions, index, transparent)
            if footprint is not None:
                name = instruction.argval if instruction.opname in _STORES and code.co_name in SETTING_UP else None
                line = list(code.co_positions())[instruction.offset // 2][0]
                label = f"line {line}: {instruction.opname} {instruction.argrepr}".rstrip()
                for offset in (*extended, instruction.offset):
                    table[offset] = Point(label, footprint, name)
            extended.clear()
        return table

    def _touched(
        self, code: CodeType, instructions: list[dis.Instruction], index: int, transparent: bool
    ) -> Footprint | None:
        """What an instruction touches; None if it is no scheduling point."""
        name = instructions[index].opname
        if name in HARMLESS:
            return None
        if name in ENDINGS:
            return None if transparent else ANY
        footprint = self._accesses(code, instructions, index)
        return NOTHING if footprint is None and self.granularity == "opcode" else footprint

    def _accesses(self, code: CodeType, instructions: list[dis.Instruction], index: int) -> Footprint | None:
        """What an instruction touches; None if that is constant or private."""
        here = instructions[index]
        before = instructions[index - 1] if index and not here.is_jump_target else None
        name = here.opname
        if name in _LOADS:
            return reads((_LOADS[name], here.argval)) if here.argval in self.stored else None
        if name in _STORES:
            return writes((_STORES[name], here.argval))
        if name in CALLS:
            return self._call(code, instructions, index)
        if name in ENTERING:
            return None  # entering and leaving is Python code or a primitive
        if name in TRUTH:
            return None if before and self._gives_truth(code, before) else ITEMS_READ
        if name == "BINARY_OP":
            return self._binary(here, before)
        if name == "COMPARE_OP" and before and _is_scalar(before):
            return None
        if name in ("GET_ITER", "FOR_ITER") and self._over_range(code, instructions, index):
            return None
        return ITEMS_READ if name in READING_ITEMS else ITEMS_WRITTEN if name in WRITING_ITEMS else ANY

    def _binary(self, here: dis.Instruction, before: dis.Instruction | None) -> Footprint | None:
        if before and _is_scalar(before) and here.argrepr in ADDITIVE:
            return None
        return ITEMS_WRITTEN if here.argrepr.endswith("=") else ITEMS_READ

    def _gives_truth(self, code: CodeType, before: dis.Instruction) -> bool:
        if before.opname in CALLS:
            return self.name_called(code, before.offset) in BOOLEAN_CALLS
        return before.opname in BOOLEAN

    def _over_range(self, code: CodeType, instructions: list[dis.Instruction], index: int) -> bool:
        """Does the loop run over `range(...)`, called in place?"""
        if instructions[index].opname == "FOR_ITER":
            index -= 1
        call = instructions[index - 1]
        return (
            instructions[index].opname == "GET_ITER"
            and not instructions[index].is_jump_target
            and call.opname == "CALL"
            and self.name_called(code, call.offset) == "range"
        )

    def _call(self, code: CodeType, instructions: list[dis.Instruction], index: int) -> Footprint | None:
        expression = self._expression(code, instructions[index].offset)
        if isinstance(expression, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            return None
        name = self.name_called(code, instructions[index].offset)
        if name is None:
            if instructions[index - 1].opname == "LOAD_SPECIAL":
                return None  # `__enter__`, as 3.14 calls it
            return None if self._leaves(code, instructions, index, expression) else ANY
        if name in NAMES_OF_OPERATIONS or name == "range":
            of_builtin = isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name)
            return ANY if name == "set" and of_builtin else None
        if name in self.functions and name not in METHODS_IN_C and not hasattr(builtins, name):
            return None
        return ITEMS_READ if name in READING_CALLS else ITEMS_WRITTEN if name in WRITING_CALLS else ANY

    def _leaves(
        self, code: CodeType, instructions: list[dis.Instruction], index: int, expression: ast.expr | None
    ) -> bool:
        """Is this the call of `__exit__(None, None, None)` at the end of a `with`?"""
        arguments = [one for one in instructions[index - 4 : index] if one.opname != "PRECALL"][-3:]
        return all(one.opname == "LOAD_CONST" and one.argval is None for one in arguments) and (
            isinstance(expression, (ast.Name, ast.Attribute))
            or self._text(code, instructions[index].offset).startswith("with ")
        )


_LOADS = {
    "LOAD_ATTR": "attribute",
    "LOAD_METHOD": "attribute",
    "LOAD_GLOBAL": "global",
    "LOAD_DEREF": "variable",
}
_STORES = {
    "STORE_ATTR": "attribute",
    "DELETE_ATTR": "attribute",
    "STORE_GLOBAL": "global",
    "DELETE_GLOBAL": "global",
    "STORE_DEREF": "variable",
    "DELETE_DEREF": "variable",
}


def _is_scalar(instruction: dis.Instruction) -> bool:
    """Does it load a constant whose comparison or sum with a container reads nothing of that?"""
    if instruction.opname == "LOAD_SMALL_INT":
        return True
    return instruction.opname == "LOAD_CONST" and isinstance(instruction.argval, (int, float, str, type(None)))


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)
