"""What gathers the items of a generator before they are handed to a function in C that goes through all of them.

Executed inside of the sandbox. While the generator waits, C code in the middle of `list(...)` would hold what nobody
can see; a loop in Python holds it in variables.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from treadle.sandbox.gathering import plain


def listed(items: Iterable[Any]) -> list[Any]:
    """All items."""
    found = []
    for item in items:
        found.append(item)
    return found


def compared(items: Iterable[Any]) -> list[Any]:
    """All items, of which the function does something with each at once: no one notices that if they are plain."""
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
