"""What the pools of the standard library use in place of sets and addresses.

Executed inside of the sandbox. In CPython the order of a set of futures is that of their addresses, which may be any.
Here their order is an open choice where somebody could notice it, and where nobody could it is the order in which they
came.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from queue import Empty
from typing import Any

from treadle.sandbox.choice import Places, choose, has_value

DONE = ("CANCELLED_AND_NOTIFIED", "FINISHED")

place = Places()
"""In place of `id`: an order of all futures, the same for everybody who locks several."""


class InOrder:
    """In place of a set that is gone through by one thread, to the end, whatever the order."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items: list[Any] = []
        for item in place.known(items):
            self.add(item)

    def add(self, item: Any) -> None:
        """As of a set."""
        if item not in self._items:
            self._items.append(item)

    def remove(self, item: Any) -> None:
        """As of a set."""
        self._items.remove(item)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __sub__(self, others: Any) -> set[Any]:
        return {item for item in self._items if item not in others}


class Futures(InOrder):
    """In place of a set of futures."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items if nobody_notices(self._items) else any_order(self._items))


def nobody_notices(futures: list[Any]) -> bool:
    """Is all that may happen to the futures in the meantime done, or kept waiting?"""
    undone = [future for future in futures if not has_value(future, "_state", DONE)]
    for future in futures if undone else ():  # noqa: SIM110 - `all` would hide where it can be interrupted
        if not future._condition._is_owned():
            return False
    return True


def any_order(items: list[Any]) -> list[Any]:
    """The items in each of their orders, all of which are explored."""
    left = items[:]
    order: list[Any] = []
    number = choose(math.factorial(len(left))) if len(left) > 1 else 0
    while left:
        number, first = divmod(number, len(left))
        order.append(left.pop(first))
    return order


def listed(items: Futures) -> list[Any]:
    """In place of `list`."""
    return any_order(items._items)


def ordered(items: Futures, key: Places) -> list[Any]:
    """In place of `sorted`."""
    return key.sorted(items._items)


class SimpleQueue:
    """In place of the queue in C, each of whose calls is indivisible."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._filled = threading.Condition()

    def put(self, item: Any) -> None:
        """As of `queue.SimpleQueue`."""
        with self._filled:
            self._items.append(item)
            self._filled.notify()

    def get(self, block: bool = True) -> Any:
        """As of `queue.SimpleQueue`."""
        with self._filled:
            while not self._items:
                if not block:
                    raise Empty
                self._filled.wait()
            return self._items.popleft()

    def get_nowait(self) -> Any:
        """As of `queue.SimpleQueue`."""
        return self.get(False)
