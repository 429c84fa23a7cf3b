"""Looking at the program from outside: no step of it, but what is looked at decides what is seen.

A view of a watched object, an invariant and a specification only look. Whoever wants to know at what (`noted`) is told
by the same hooks that report the accesses of threads. If one of them does more than look, or is no code under check,
that cannot be told, and it is evaluated as if nobody had asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from treadle.sandbox import runtime
from treadle.sandbox.guards import MARK

T = TypeVar("T")

MOST_ROUNDS = 1_000_000
"""A look with more rounds of loops is taken for one without an end."""


class Acts(BaseException):
    """More is done than to look."""


class Look:
    """The `runtime.Host` of those who only look: it notes at what."""

    dying = True
    """Nothing counts: watched calls are none."""
    alone = False

    def __init__(self, inside: Callable[[str], Any]) -> None:
        self.objects: list[object] = []
        self.written: list[object] = []
        self.blind = False
        """Was anything looked at of which that is not noted?"""
        self.inside = inside
        self._rounds = 0

    def access(self, obj: object, location: object, write: bool) -> None:
        """Something is read; or written, if it was made for that: what was there before must not be changed."""
        self.objects.append(obj)
        if write and location != runtime.WHOLE:  # of a call to C code, or to code that is real, it is only feared
            self.written.append(obj)

    def depends_on(self, obj: object) -> None:
        """The content of a primitive is read."""
        self.objects.append(obj)

    def loop(self) -> None:
        """A loop goes round once more; raises RuntimeError if there seems to be no end to it."""
        self._rounds += 1
        if self._rounds > MOST_ROUNDS:
            raise RuntimeError(f"it has looked for {MOST_ROUNDS} rounds of a loop, and goes on")

    def interrupts(self, obj: object, location: object) -> bool:
        """Nobody is let go on in between."""
        return False

    def _acts(self) -> None:
        self.blind = True
        raise Acts

    def __getattr__(self, name: str) -> Any:
        self._acts()


_noting: Look | None = None


@contextmanager
def noted(inside: Callable[[str], Any]) -> Iterator[Look]:
    """What is looked at meanwhile is noted; `inside` is that of the host."""
    global _noting
    before, _noting = _noting, Look(inside)
    try:
        yield _noting
    finally:
        _noting = before


def look(function: Callable[..., T], *arguments: Any, knows_more: bool = True) -> T:
    """What the function says; to ask it is no step of the program.

    `knows_more`: it may look at more than its arguments and what these reach. If what it looks at is to be noted, it
    must then be under check itself.
    """
    running, watching, names, note = runtime.current, runtime.watching, runtime.names, _noting
    before, runtime.looking = runtime.looking, True
    try:
        if note is not None and _is_under_check(function):
            blind, note.blind = note.blind, False
            runtime.let_run(note)
            try:
                said = function(*arguments)
                if not note.blind:
                    note.blind = blind
                    return said
            except Acts:
                pass
        elif note is not None and knows_more:
            note.blind = True
        runtime.let_run(None)
        return function(*arguments)
    finally:
        runtime.looking = before
        runtime.let_run(running, watching is not None, names)


def _is_under_check(function: Any) -> bool:
    """Is it a function, or a method, of transformed code? (What caches or wraps one keeps something of its own.)"""
    return MARK in getattr(getattr(function, "__func__", function), "__globals__", ())
