"""Tokens of a shape as JSON: plain values as they are, whatever else under a name that tells it from all others."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

from treadle.kernel.execution import Remaining
from treadle.kernel.shapes import Mark, Shape, Shapes
from treadle.vocabulary.operation import Operation

LONG = 1000
"""Integers of more bits are written in hexadecimal: JSON readers bound the digits of a number."""


class Tokens:
    """Renders shapes. Different tokens are rendered differently: shapes that are told apart stay so."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._others: dict[Any, int] = {}

    def shape(self, number: int) -> dict[str, Any]:
        """What a shape says. Of a thread: what it is about to do; of a primitive: its status."""
        shape = self._shapes[number]
        if shape and shape[0] == "thread":
            _, operation, fields, daemon, targets, calls, *rest = shape
            assert isinstance(operation, type) and issubclass(operation, Operation) and isinstance(fields, tuple)
            told = {"about to": operation.kind, "fields": self.row(fields), "daemon": daemon}
            return {**told, "targets": targets, "calls": calls, "tokens": self.row(rest)}
        if shape and shape[0] == "primitive":
            _, kind, status, *rest = shape
            named = kind.__name__ if isinstance(kind, type) else kind
            return {"kind": named, "status": self.row(status), "tokens": self.row(rest)}
        return {"tokens": self.row(shape)}

    def row(self, tokens: Any) -> list[Any]:
        """Several tokens."""
        return [self.token(token) for token in tokens]

    def token(self, token: Any) -> Any:
        """One token."""
        kind = type(token)
        if token is None or kind in (bool, str) or (kind is int and token.bit_length() < LONG):
            return token
        if kind is tuple:
            if len(token) == 3 and token[0] is Mark.INSTANT:
                return {"instant": token[2], "of": token[1]}
            return self.row(token)
        if kind is Remaining:
            return {"remaining": float(token)}
        if kind is Mark:
            return {"mark": token.name}
        if kind is int:
            return {"int": hex(token)}
        if kind is bytes:
            return {"bytes": token.hex()}
        number = self._others.setdefault((kind, token), len(self._others))
        return {"value": _named(token), "number": number}

    def definitions(self) -> list[str]:
        """What the numbers of definitions in the tokens stand for."""
        return [_named(obj) for obj in self._shapes._kept]


def _named(obj: Any) -> str:
    """What the object is called, the same in every execution; others may be called so too."""
    if isinstance(obj, types.CodeType):
        return f"{obj.co_qualname} ({Path(obj.co_filename).name}:{obj.co_firstlineno})"
    if isinstance(obj, types.ModuleType):
        return f"module {obj.__name__}"
    if isinstance(obj, float):
        return repr(obj)
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    return ".".join(filter(None, (getattr(named, "__module__", None), named.__qualname__)))


def names(shapes: Shapes) -> dict[int, str]:
    """What the objects that have a number are, by this number."""
    found: dict[int, str] = {}
    for shape in shapes.values:
        if shape and type(shape[-1]) is tuple and len(shape[-1]) == 2 and shape[-1][0] is Mark.NUMBER:
            found.setdefault(shape[-1][1], _kind(shape))
    return found


def _kind(shape: Shape) -> str:
    """What kind of object has this shape, in a word."""
    first, second, *_ = (*shape, None)
    if first == "primitive":
        return second.__name__ if isinstance(second, type) else str(second)
    if first in ("instance", "exception") and type(second) is tuple and second[0] == "class":
        return str(second[1])
    return first if type(first) is str else "object"
