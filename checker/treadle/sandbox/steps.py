"""Steps of iterators: each is announced before it is made, by what a loop or `yield from` uses in their place."""

from __future__ import annotations

import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from treadle.sandbox import calls, runtime
from treadle.sandbox.calls import Touch

running: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
"""Generators by the identity of their frames."""


def report(touches: Iterable[Touch]) -> None:
    """Tell the host of these accesses, one after the other."""
    for touch in touches:
        host = runtime.watching
        if host is not None:
            if type(touch.obj) is types.GeneratorType:
                running[id(touch.obj.gi_frame)] = touch.obj
            host.access(*touch)


class Each:
    """An iterator in C, each step of which reads the containers beneath it."""

    __slots__ = ("iterator", "own")

    def __init__(self, iterator: Iterator[Any], own: bool) -> None:
        self.iterator = iterator
        self.own = own
        """Did the loop make the iterator, so that nobody else knows it?"""

    def __iter__(self) -> Each:
        return self

    def announce(self, *_: object) -> None:
        """A step is made next."""
        if runtime.watching is not None:
            report(calls.reads((self.iterator,)) + (() if self.own else calls.advanced((self.iterator,))))

    def __next__(self) -> Any:
        self.announce()
        return next(self.iterator)

    def __length_hint__(self) -> int:
        hint = getattr(self.iterator, "__length_hint__", None)
        return 0 if hint is None else int(hint())


class Within(Each):
    """An iterator in C that a function in C goes through: the call as a whole was announced, and nobody gets a turn
    before the next step. What the step does depends on what is beneath all the same."""

    __slots__ = ()

    def announce(self, *_: object) -> None:
        """A step is made next."""
        if (host := runtime.watching) is not None:
            for touch in calls.reads((self.iterator,)) + calls.advanced((self.iterator,)):
                host.depends_on(touch.obj)


class Once:
    """An iterator of the user's, whose `__iter__` must not be called a second time."""

    __slots__ = ("iterator",)

    def __init__(self, iterator: Iterator[Any]) -> None:
        self.iterator = iterator

    def __iter__(self) -> Iterator[Any]:
        return self.iterator


class Delegate(Each):
    """A generator that `yield from` delegates to."""

    __slots__ = ()

    def announce(self, *_: object) -> None:
        """It goes on next."""
        if runtime.watching is not None:
            report(calls.advanced((self.iterator,)))

    def send(self, value: Any) -> Any:
        """Go on with a value."""
        self.announce()
        return self.iterator.send(value)  # type: ignore[attr-defined]

    def throw(self, *error: Any) -> Any:
        """Go on with an exception."""
        self.announce()
        return self.iterator.throw(*error)  # type: ignore[attr-defined]

    def close(self) -> None:
        """End it."""
        self.announce()
        self.iterator.close()  # type: ignore[attr-defined]


RESUMING = frozenset({Each.__next__.__code__, Delegate.send.__code__, Delegate.throw.__code__, Delegate.close.__code__})
"""The functions that resume an iterator on behalf of a loop or of `yield from`."""
