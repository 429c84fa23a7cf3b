"""What cannot be virtualised: used by the code under check, it is refused or makes the verdict less than
`holds`.

Importing such a module is harmless and allowed. Whoever uses it is told the file, the line and the remedy.
What differs from one execution to the next (the wall clock, random numbers, addresses) is answered with a
value that replays, and the execution is told that it was asked.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, NoReturn

from treadle.sandbox import runtime
from treadle.sandbox.finder import STDLIB
from treadle.sandbox.hooks import NAME
from treadle.sandbox.places import place, refuse
from treadle.sandbox.virtual import Workshop

MARK = NAME
"""The global name by which a module in the sandbox is known."""


def nondeterministic(what: str, remedy: str) -> None:
    """Tell the execution that `what` may differ from one execution to the next."""
    if runtime.current is not None:
        runtime.current.nondeterministic(f"{place()}: {what}; {remedy}")


def hidden(what: str) -> None:
    """Tell the execution that `what` has state that no snapshot can see."""
    if runtime.current is not None:
        runtime.current.hidden(f"{place()}: {what}")


class Refusal:
    """Something of a guarded module: it may be named, in an annotation for example, but not used."""

    __slots__ = ("__name__", "_remedy_", "_what_")

    def __init__(self, what: str, remedy: str) -> None:
        self._what_, self._remedy_, self.__name__ = what, remedy, what.rpartition(".")[2]

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Use it, which is refused."""
        refuse(self._what_, self._remedy_)

    __enter__ = __aenter__ = __iter__ = __mro_entries__ = __await__ = __call__

    def __exit__(self, *_: object) -> None:
        return None

    def __getattr__(self, name: str) -> Refusal:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Refusal(f"{self._what_}.{name}", self._remedy_)

    def __getitem__(self, _: object) -> Refusal:
        return self

    def __or__(self, _: object) -> Refusal:
        return self

    __ror__ = __or__

    def __instancecheck__(self, _: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self._what_}, refused>"


class Guard(ModuleType):
    """A module object of which only plain values and exceptions are the real ones."""

    def __init__(self, name: str, remedy: str) -> None:
        super().__init__(name)
        object.__setattr__(self, "_remedy_", remedy)
        object.__setattr__(self, "__path__", [])

    def submodule(self, name: str) -> Guard:
        """The guard of a module inside of this one."""
        return Guard(name, object.__getattribute__(self, "_remedy_"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(self.__name__), name)
        if isinstance(value, (int, float, str, bytes, tuple, frozenset, type(None))):
            return value
        if isinstance(value, type) and issubclass(value, BaseException):
            return value
        return Refusal(f"{self.__name__}.{name}", object.__getattribute__(self, "_remedy_"))


class Overlay(ModuleType):
    """A module object that has what the real module has, except for what it was given itself."""

    def __init__(self, real: ModuleType, own: dict[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        object.__setattr__(self, "_real_", real)
        self.__dict__.update({name: getattr(real, name) for name in ("__path__", "__all__") if hasattr(real, name)})
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_real_"), name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(object.__getattribute__(self, "_real_")), *self.__dict__})


GUARDED = {
    "socket": "replace the connection by a queue.Queue in the program",
    "socketserver": "call the handler from a thread of the program instead",
    "select": "wait on a threading.Condition instead",
    "selectors": "wait on a threading.Condition instead",
    "ssl": "replace the connection by a queue.Queue in the program",
    "multiprocessing": "use threads in the program",
    "concurrent.futures.process": "use ThreadPoolExecutor in the program",
    "concurrent.futures.interpreter": "use ThreadPoolExecutor in the program",
    "subprocess": "replace the process by a function in the program",
    "asyncio": "only threads are explored; keep event loops out of the program",
    "signal": "set a threading.Event from a thread of the program instead",
}
"""Modules that may be imported but not used, with the remedy."""


def _guard_builder(name: str) -> Callable[[Workshop], ModuleType]:
    return lambda workshop: Guard(name, GUARDED[name])


BUILDERS: dict[str, Callable[[Workshop], ModuleType]] = {name: _guard_builder(name) for name in GUARDED}


def guarded_builtins(import_: Callable[..., ModuleType], doubt: Callable[[str], None]) -> dict[str, Any]:
    """The builtins of one module in the sandbox; `doubt` is told why the verdict is never `holds`."""
    evaluating = {name: _evaluator(name, doubt) for name in ("exec", "eval")}
    return {**builtins.__dict__, "__import__": import_, **_BUILTINS, **evaluating}


def _evaluator(name: str, doubt: Callable[[str], None]) -> Callable[..., Any]:
    real = getattr(builtins, name)

    def evaluate(source: Any, globals: Any = None, locals: Any = None, /, **named: Any) -> Any:
        caller = sys._getframe(1)
        if not _is_library(caller):
            doubt(f"{place()}: what {name}() runs is not watched; write the code where it is used")
        if globals is None:
            globals = caller.f_globals
            locals = caller.f_locals if locals is None else locals
        return real(source, globals, globals if locals is None else locals, **named)

    return evaluate


def _is_library(frame: FrameType) -> bool:
    """Does it belong to a module of the standard library?"""
    file = frame.f_code.co_filename
    return file.startswith(str(STDLIB)) and "site-packages" not in file


def _id(obj: object, /) -> int:
    if not _is_library(sys._getframe(1)):  # which asks only whether it has met an object before
        nondeterministic("id() gives an address", "compare with `is`, or number the objects in the program")
    return builtins.id(obj)


def _hash(obj: object, /) -> int:
    if isinstance(obj, (str, bytes)) and sys._getframe(1).f_code.co_name != "__hash__":
        nondeterministic("hash() of a text differs between processes", "number the objects in the program")
    if type(obj).__hash__ is object.__hash__:
        nondeterministic("hash() of an object gives an address", "number the objects in the program")
    return builtins.hash(obj)


def _open(*arguments: Any, **named: Any) -> Any:
    hidden("a file is opened, and what is in it is no part of the state")
    return builtins.open(*arguments, **named)


def _input(*_: object) -> NoReturn:
    refuse("input()", "pass the text into the program as a constant")


def _breakpoint(*_: object, **__: object) -> NoReturn:
    refuse("breakpoint()", "remove it")


def _exit(code: object = None) -> NoReturn:
    """`exit`, which must not close the standard input of the checker."""
    raise SystemExit(code)


_BUILTINS = {
    "id": _id, "hash": _hash, "open": _open, "input": _input, "breakpoint": _breakpoint, "exit": _exit, "quit": _exit,
}  # fmt: skip
