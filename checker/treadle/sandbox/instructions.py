"""Instructions: how many slots of the evaluation stack each takes.

The list is closed. An instruction that is not on it takes what nobody knows, and the frame that is suspended in
it is opaque.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

VERSION = sys.version_info[:2]
ITERATOR = 1 if VERSION < (3, 15) else 2
"""The slots of an iterator in use: from 3.15 on there is one more, for the position if it is a list or tuple."""

_NONE = """
    CACHE COPY_FREE_VARS DELETE_DEREF DELETE_GLOBAL DELETE_NAME EXTENDED_ARG FOR_ITER GET_LEN IMPORT_FROM
    JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD KW_NAMES LOAD_ASSERTION_ERROR LOAD_BUILD_CLASS
    LOAD_CLASSDEREF LOAD_CLOSURE LOAD_COMMON_CONSTANT LOAD_DEREF LOAD_LOCALS LOAD_NAME MAKE_CELL NOP NOT_TAKEN
    MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE PRECALL RESUME RETURN_CONST RETURN_GENERATOR SETUP_ANNOTATIONS
    WITH_EXCEPT_START
"""
_ONE = """
    BEFORE_WITH CALL_INTRINSIC_1 CHECK_EXC_MATCH CONVERT_VALUE DELETE_ATTR FORMAT_SIMPLE GET_AWAITABLE GET_ITER
    GET_YIELD_FROM_ITER JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP LIST_TO_TUPLE LOAD_ATTR LOAD_FROM_DICT_OR_DEREF
    LOAD_METHOD LOAD_SPECIAL POP_EXCEPT POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_NONE
    POP_JUMP_BACKWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_NONE
    POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_FORWARD_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE
    POP_JUMP_IF_TRUE POP_TOP RETURN_VALUE SEND STORE_DEREF STORE_GLOBAL STORE_NAME TO_BOOL UNARY_INVERT
    UNARY_NEGATIVE UNARY_NOT UNARY_POSITIVE UNPACK_EX UNPACK_SEQUENCE YIELD_VALUE
"""
_TWO = """
    BINARY_OP BINARY_SUBSCR CALL_INTRINSIC_2 COMPARE_OP CONTAINS_OP DELETE_SUBSCR FORMAT_WITH_SPEC
    IMPORT_NAME IS_OP SET_FUNCTION_ATTRIBUTE STORE_ATTR
"""
_ARGUMENT = """
    BUILD_LIST BUILD_SET BUILD_SLICE BUILD_STRING BUILD_TUPLE RAISE_VARARGS
"""

POPS: dict[str, Callable[[int], int]] = {
    **dict.fromkeys(_NONE.split(), lambda _: 0),
    **dict.fromkeys(_ONE.split(), lambda _: 1),
    **dict.fromkeys(_TWO.split(), lambda _: 2),
    **dict.fromkeys(_ARGUMENT.split(), lambda n: n),
    "END_SEND": lambda _: 1 + ITERATOR,
    "POP_ITER": lambda _: ITERATOR,
    "MATCH_CLASS": lambda _: 3,
    "BINARY_SLICE": lambda _: 3,
    "STORE_SUBSCR": lambda _: 3,
    "LOAD_SUPER_ATTR": lambda _: 3,
    "STORE_SLICE": lambda _: 4,
    "BUILD_MAP": lambda n: 2 * n,
    "BUILD_CONST_KEY_MAP": lambda n: n + 1,
    "FORMAT_VALUE": lambda n: 2 if n & 4 else 1,
    "MAKE_FUNCTION": lambda n: 1 + bin(n).count("1") if VERSION < (3, 13) else 1,
    "CALL": lambda n: n + 2,
    "CALL_KW": lambda n: n + 3,
    "CALL_FUNCTION_EX": lambda n: 4 if VERSION >= (3, 14) else 3 + (n & 1),
    "END_FOR": lambda _: 2 if VERSION == (3, 12) else 1,
}
"""How many slots an instruction takes, by its argument; with its known effect on the depth, how many it puts."""

CALLS = frozenset({"CALL", "CALL_KW", "CALL_FUNCTION_EX"})
