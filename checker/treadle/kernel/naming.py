"""Names for people: what the objects and threads of an execution are called in reports and schedules.

An object is called by the shortest way to it from a variable of the program: `q.not_empty`, `orders[0].total`. Threads
are called by the name that the program gave them, else by what they run: `consumer-1`, `consumer-2`, in order of
starting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import CellType, FunctionType, ModuleType
from typing import Any

from treadle.kernel.execution import Control, Execution, Touch, is_globals
from treadle.sandbox.calls import instance_dict
from treadle.sandbox.runtime import WHOLE
from treadle.sandbox.threads import Thread
from treadle.vocabulary.operation import Operation, Primitive

NOTHING = object()
"""Stands for a value that is not there."""
DEPTH = 5
"""How far from a variable an object is looked for."""


class Naming:
    """The names of one execution; what has once been named keeps its name."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._names: dict[int, str] = {}
        self._kept: list[object] = []

    # -- threads ----------------------------------------------------------------------------------------------------

    def threads(self) -> list[str]:
        """The names of all threads, in order of starting."""
        counts: dict[str, int] = {}
        names = []
        for control in self._execution.controls:
            given = "main" if control.thread is self._execution.main else control.thread._name
            if given is None:
                base = control.kind.rpartition(".")[2]
                counts[base] = counts.get(base, 0) + 1
                given = f"{base}-{counts[base]}"
            while given in names:
                given += "'"
            names.append(given)
        return names

    def thread(self, thread: object) -> str:
        """The name of one thread."""
        for control, name in zip(self._execution.controls, self.threads(), strict=True):
            if control.thread is thread:
                return name
        return "a thread"

    # -- objects ----------------------------------------------------------------------------------------------------

    def name(self, obj: object) -> str:
        """What an object is called."""
        if isinstance(obj, Thread):
            return self.thread(obj)
        if id(obj) not in self._names:
            self._look_around()
        return self._names.get(id(obj), f"a {type(obj).__name__}")

    def knows(self, obj: object) -> bool:
        """Can the object be reached from a variable of the program?"""
        self.name(obj)
        return id(obj) in self._names

    def _look_around(self) -> None:
        """Name everything that can be reached now and has no name yet, nearest first."""
        queue: deque[tuple[object, str, int]] = deque((obj, name, 0) for name, obj in self._variables())
        seen: set[int] = set()
        while queue:
            obj, name, depth = queue.popleft()
            if id(obj) in seen or isinstance(obj, (str, int, float, bytes, type(None), type, ModuleType)):
                continue
            seen.add(id(obj))
            self._kept.append(obj)
            name = self._names.setdefault(id(obj), name)
            if depth < DEPTH:
                queue.extend((child, label, depth + 1) for label, child in _children(obj, name))

    def _variables(self) -> Iterator[tuple[str, object]]:
        for module_name, module in self._execution.modules.items():
            if module_name == self._execution.sandbox.modname:
                yield from ((n, v) for n, v in vars(module).items() if not n.startswith("__"))
                yield "globals", vars(module)
        for control in self._execution.controls:
            frame = control.greenlet.gr_frame if control.greenlet else None
            frames = []
            while frame is not None:
                frames.append(frame)
                frame = frame.f_back
            for held in reversed(frames):
                if not str(held.f_globals.get("__name__", "")).startswith("treadle."):
                    yield from ((n, v) for n, v in held.f_locals.items() if n != "self" and n[0] not in "._")
            yield from control.thread.__dict__.items()
            for place, value in enumerate((control.thread._target, *control.thread._args)):
                if isinstance(value, FunctionType):
                    yield from _closure(value)
                elif place:
                    yield type(value).__name__.lower(), value

    # -- operations -------------------------------------------------------------------------------------------------

    def operation(self, control: Control) -> str:
        """What a thread is about to do, as schedules say it: `acquire q.mutex in put`."""
        operation = control.pending
        if operation is None:
            return "finished" if not control.live else "begin"
        function = self._function(control)
        return f"{self.action(operation)}{f' in {function}' if function else ''}"

    def action(self, operation: Operation) -> str:
        """The operation without where it is."""
        if isinstance(operation, Touch):
            kind = "write" if operation.write else "read"
            return f"{kind} {self.location(operation.obj, operation.location)}"
        targets = operation.targets()
        return f"{operation.kind} {self.name(targets[0])}" if targets else operation.kind

    def location(self, obj: object, location: Any) -> str:
        """A place where data is: the attribute `q.items`, all that is in it `q.items[:]`, `results[0]`, `count`."""
        name = self.name(obj)
        if isinstance(location, tuple) and len(location) == 2:
            if location[0] == ".":
                return f"{name}.{location[1]}"
            return str(location[1]) if is_globals(obj) else f"{name}[{location[1]!r}]"
        return name + ("[:]" if location == WHOLE else "")

    def _function(self, control: Control) -> str:
        frame = control.greenlet.gr_frame
        while frame is not None:
            if not str(frame.f_globals.get("__name__", "")).startswith("treadle."):
                return str(frame.f_code.co_name)
            frame = frame.f_back
        return ""


def _children(obj: Any, name: str) -> Iterator[tuple[str, object]]:
    if isinstance(obj, dict):
        yield from ((f"{name}[{key!r}]", value) for key, value in obj.items() if isinstance(key, (str, int)))
    elif isinstance(obj, (list, tuple, deque)):
        yield from ((f"{name}[{place}]", value) for place, value in enumerate(obj))
    elif isinstance(obj, CellType):
        try:
            yield name, obj.cell_contents
        except ValueError:
            return
    elif isinstance(obj, FunctionType):
        yield from _closure(obj)
    elif hasattr(obj, "__dict__"):
        yield from ((f"{name}.{label}", value) for label, value in vars(obj).items())
    for base in type(obj).__mro__ if not isinstance(obj, (dict, list, tuple, Primitive)) else ():
        for slot in getattr(base, "__slots__", ()) if isinstance(getattr(base, "__slots__", ()), (tuple, list)) else ():
            if not slot.startswith("__") and hasattr(obj, slot):
                yield f"{name}.{slot}", getattr(obj, slot)


def _closure(function: FunctionType) -> Iterator[tuple[str, object]]:
    yield from zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)


SHOWN = 30
"""A value whose text is longer than this is not shown beside an access."""
_PLAIN = (int, float, str, bytes, bool, type(None))


def value_at(obj: Any, location: Any) -> str:
    """The value that is there now, as text; empty if it is no plain value or too long.

    >>> value_at({"tea": 2}, ("[", "tea"))
    '2'
    >>> value_at([1, 2], WHOLE)
    '[1, 2]'
    """
    if location == WHOLE:
        found: object = list(obj) if type(obj) in (list, deque) else obj
        known = type(obj) in (list, deque) and all(type(item) in _PLAIN for item in found)  # type: ignore[attr-defined]
    else:
        found = _at(obj, location)
        known = type(found) in _PLAIN
    return repr(found) if known and len(repr(found)) <= SHOWN else ""


def _at(obj: Any, location: Any) -> object:
    try:
        if type(obj) is CellType:
            return obj.cell_contents
        kind, key = location
        if kind == "[":
            return obj[key] if type(obj) in (list, dict, deque) else NOTHING
        return instance_dict(obj).get(key, NOTHING)
    except (LookupError, TypeError, ValueError):
        return NOTHING
