"""What does, with each item of a generator, what a function in C would do with it.

Executed inside of the sandbox. While the generator waits, C code in the middle of `list(...)` would hold what nobody
can see; a loop in Python holds it in variables. Only comparing items and asking for their truth is reported, as it is
everywhere; what else the loops touch is their own.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any

from treadle.sandbox.gathering import plain, unchanging


def begun(items: Any) -> Iterator[Any]:
    """An iterator over the items, which a list is made of: it is asked how many to expect."""
    iterator: Iterator[Any] = iter(items)
    if hasattr(type(items), "__len__"):
        operator.length_hint(items)
    return iterator


def taken(items: Iterable[Any]) -> list[Any]:
    """All items, one by one."""
    found = []
    for item in items:
        found.append(item)
    return found


def listed(items: Iterable[Any]) -> list[Any]:
    """All items, of which a list is made: it does nothing with them."""
    return taken(begun(items))


def ordered(items: Iterable[Any]) -> list[Any]:
    """All items, which it compares at the end."""
    found = []
    for item in begun(items):
        unchanging(item)
        found.append(item)
    return found


def summed(items: Iterable[Any]) -> list[Any]:
    """All items, each of which it adds up at once: nobody notices when."""
    found = []
    for item in items:
        plain(item)
        found.append(item)
    return found


def first_true(items: Iterable[Any]) -> tuple[bool, ...]:
    """As much as decides whether any item is true."""
    for item in items:
        if item:
            return (True,)
    return ()


def first_false(items: Iterable[Any]) -> tuple[bool, ...]:
    """As much as decides whether all items are true."""
    for item in items:
        if not item:
            return (False,)
    return ()


def least(items: Iterable[Any]) -> list[Any]:
    """The least item, if there is any."""
    found: list[Any] = []
    for item in items:
        if not found or item < found[0]:
            found = [item]
    return found


def greatest(items: Iterable[Any]) -> list[Any]:
    """The greatest item, if there is any."""
    found: list[Any] = []
    for item in items:
        if not found or item > found[0]:
            found = [item]
    return found


def distinct(items: Iterable[Any]) -> set[Any]:
    """The items that differ."""
    found = set()
    for item in items:
        found.add(item)
    return found


def paired(items: Iterable[Any]) -> dict[Any, Any]:
    """What each pair makes of a dict."""
    found: dict[Any, Any] = {}
    for pair in items:
        found.update((pair,))
    return found
