"""What modules of the standard library use in place of weak references: what they refer to lives on.

Executed inside of the sandbox. When CPython finds that nobody needs an object any more is no part of what is explored.
So an executor lives as long as its threads (those of one that is dropped end with the program), and a handler of
`logging` as long as the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class ref:  # noqa: N801 - the name is part of the interface
    """In place of a weak reference."""

    def __init__(self, obj: Any, callback: object = None) -> None:
        self._obj = obj

    def __call__(self) -> Any:
        return self._obj


class WeakSet:
    """In place of a set of weak references, in the order in which they came."""

    def __init__(self) -> None:
        self._items: list[Any] = []

    def add(self, item: Any) -> None:
        """As of a set."""
        if item not in self._items:
            self._items.append(item)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


WeakKeyDictionary = dict
WeakValueDictionary = dict
