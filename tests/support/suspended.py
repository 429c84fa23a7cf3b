"""Transformed functions suspended at each access, and what can be known of their frames there."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import greenlet

from treadle.sandbox import frames, hooks, runtime, transform


class Host:
    """Suspends the thread at each access."""

    thread: Any = None
    now = 0.0
    alone = False

    def access(self, obj: object, location: object, write: bool) -> None:
        greenlet.getcurrent().parent.switch((obj, location, write))

    def interrupts(self, obj: object, location: object) -> bool:
        return True

    def depends_on(self, obj: object) -> None: ...

    def hidden(self, reason: str) -> None: ...

    def expose(self, attributes: dict[str, Any], owner: object) -> None: ...

    def doubt(self, reason: str) -> None: ...
    def loop(self) -> None: ...
    def nondeterministic(self, reason: str) -> None: ...


def load(source: str) -> types.ModuleType:
    """The module of this text, transformed."""
    made = types.ModuleType("subject")
    setattr(made, transform.NAME, hooks.namespace())
    exec(transform.compile_module(source, "subject.py", modname="subject"), made.__dict__)
    return made


def suspensions(function: Any) -> Iterator[list[types.FrameType]]:
    """The stacks, innermost frame first, of each suspension of `function` run in a greenlet."""
    thread = greenlet.greenlet(function)
    runtime.let_run(Host())  # type: ignore[arg-type]
    try:
        thread.switch()
        while not thread.dead:
            stack, frame = [], thread.gr_frame
            while frame is not None:
                stack.append(frame)
                frame = frame.f_back
            yield stack
            thread.switch()
    finally:
        runtime.let_run(None)


def states(function: Any, name: str) -> list[frames.FrameState | frames.Opaque]:
    """The states of the frame of the function called `name` at each suspension."""
    found = []
    for stack in suspensions(function):
        for i, frame in enumerate(stack):
            if frame.f_code.co_name == name:
                found.append(frames.local_state(frame, stack[i - 1]))
    return found
