"""What is in the queue: the items themselves, everything that was ever put and everything that was ever got.

``put == got + buffer`` says it all: nothing is lost, doubled, invented or overtaken. The functions use
nothing of a sequence but ``+``, ``[0]`` and ``[1:]``; how its size is taken is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Items = Any


class Contents(NamedTuple):
    """All items put, all items got, in order, and the items in the queue."""

    capacity: int
    all_put: Items
    all_got: Items
    buffer: Items


def initial(capacity: int) -> Contents:
    """An empty queue without a past."""
    return Contents(capacity, (), (), ())


def invariant(c: Contents, size: Callable[[Items], int] = len) -> bool:
    """What was put is what was got, then what is there; and what is there fits."""
    return c.all_put == c.all_got + c.buffer and size(c.buffer) <= c.capacity


def put_guard(c: Contents, size: Callable[[Items], int] = len) -> bool:
    """There is room."""
    return size(c.buffer) < c.capacity


def put(c: Contents, item: Any) -> Contents:
    """The item joins the queue at its end."""
    return c._replace(all_put=c.all_put + (item,), buffer=c.buffer + (item,))  # noqa: RUF005


def get_guard(c: Contents, size: Callable[[Items], int] = len) -> bool:
    """There is an item."""
    return size(c.buffer) > 0


def get(c: Contents) -> Contents:
    """The item at the front leaves."""
    return c._replace(all_got=c.all_got + (c.buffer[0],), buffer=c.buffer[1:])  # noqa: RUF005
