"""The `threading` module of the sandbox.

Locks, threads and identities are ours. Semaphore, BoundedSemaphore, Event, Barrier, Timer and
`Condition.wait_for` are CPython's own definitions, cut out of its `threading.py` and run over our locks and
conditions; so is Condition itself when the sandbox was asked for the layer "stdlib".
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import threading as real
from collections import deque
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from treadle.sandbox import primitives, threads
from treadle.sandbox.cache import kept
from treadle.sandbox.runtime import SAME_EVERYWHERE
from treadle.sandbox.virtual import Workshop
from treadle.sandbox.virtual.local import local

FROM_SOURCE = ("Semaphore", "BoundedSemaphore", "Event", "Barrier", "BrokenBarrierError", "Timer")


class Census(Protocol):
    """The part of a host that lists its threads."""

    threads: list[threads.Thread]
    """In order of creation, the main thread first."""


def known_threads() -> list[threads.Thread]:
    """All threads of the running execution, in order of creation."""
    return list(cast(Census, primitives.host()).threads)


def alive_threads() -> list[threads.Thread]:
    """The threads that were started and have not finished, the main thread first."""
    running = primitives.host()
    running.observe(None, "identity")
    return [thread for thread in known_threads() if thread.phase != threads.NEW and thread.is_alive()]


def build(workshop: Workshop) -> ModuleType:
    """Make the module object."""
    module = ModuleType("threading", real.__doc__)
    module.__dict__.update(
        {name: getattr(real, name) for name in ("__all__", "__file__", "TIMEOUT_MAX", "ThreadError")},
        Lock=primitives.Lock, RLock=primitives.RLock, Condition=primitives.Condition, Thread=threads.Thread,
        local=local, ExceptHookArgs=threads.ExceptHookArgs,
        current_thread=threads.current_thread, currentThread=threads.current_thread,
        get_ident=threads.get_ident, get_native_id=threads.get_ident,
        main_thread=lambda: known_threads()[0], enumerate=alive_threads,
        active_count=lambda: len(alive_threads()), activeCount=lambda: len(alive_threads()),
        excepthook=print_failure, __excepthook__=print_failure,
        stack_size=lambda size=0: 0,
        _allocate_lock=primitives.Lock, _deque=deque, _sys=sys, _dangling=(),
        _time=workshop.import_module("time").monotonic,
        _register_atexit=_registrar(workshop),
    )  # fmt: skip
    module.__dict__.update(
        dict.fromkeys(_TRACERS, _ignore_tracer) | dict.fromkeys(("gettrace", "getprofile"), _no_tracer)
    )
    filename, source = definitions(FROM_SOURCE, condition=workshop.primitives == "stdlib")
    workshop.execute_source(source, filename, module)
    for name in FROM_SOURCE:
        setattr(vars(module)[name], SAME_EVERYWHERE, f"threading.{name}")
    if workshop.primitives != "stdlib":
        borrowed = module.Condition.wait_for
        body = {"wait_for": borrowed, "__module__": "threading", "__doc__": real.Condition.__doc__, "__slots__": ()}
        body[SAME_EVERYWHERE] = "threading.Condition"
        module.Condition = type("Condition", (primitives.Condition,), body)  # type: ignore[attr-defined]
    return module


_TRACERS = ("settrace", "setprofile", "settrace_all_threads", "setprofile_all_threads")


def _ignore_tracer(function: object) -> None:
    """Tracing is the interpreter's business, not the program's."""


def _no_tracer() -> None:
    return None


def _registrar(workshop: Workshop) -> Callable[..., None]:
    def register(function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        workshop.exit_callbacks.append(partial(function, *arguments, **named))

    return register


def print_failure(failure: threads.ExceptHookArgs) -> None:
    """`threading.excepthook`: a thread that ends by an exception is reported by the checker, not printed."""


@cache
def definitions(names: tuple[str, ...], *, condition: bool) -> tuple[str, str]:
    """The file of CPython's `threading`, and its text with all lines blank but those that define `names`.

    Of Condition the text has everything, or else only `wait_for`. Line numbers stay what they are.
    """
    spec = importlib.util.find_spec("threading")
    assert spec is not None and spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    return spec.origin, kept(("definitions", *names, str(condition), text), lambda: _only(text, names, condition))


def _only(text: str, names: tuple[str, ...], condition: bool) -> str:
    wanted: set[int] = set()
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef):
            continue
        if node.name in names or (condition and node.name == "Condition"):
            wanted.update(_lines(node))
        elif node.name == "Condition":
            wanted.add(node.lineno)
            wait_for = (part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "wait_for")
            wanted.update(*map(_lines, wait_for))
    lines = text.splitlines()
    return "\n".join(line if place in wanted else "" for place, line in enumerate(lines, 1))


def _lines(node: ast.ClassDef | ast.FunctionDef) -> range:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return range(first, cast(int, node.end_lineno) + 1)
