"""A timed-out waiter leaves without looking again.

The rule that is missing: the state decides, not the way the wait ended. A getter whose time is up may be
chosen by a notification before it has the lock again. If it then raises Empty at once, the item stays and the
notification is used up: another getter, which could have been woken instead, sleeps beside the item.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from boundedqueue.errors import Empty

T = TypeVar("T")


class TimedOutWaiterLeavesQueue(Generic[T]):
    """A monitor whose `get` believes the result of the wait."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        with self.mutex:
            while len(self.queue) >= self.capacity:
                self.not_full.wait()
            self.queue.append(item)
            self.not_empty.notify()

    def get(self, timeout: float | None = None) -> T:
        """Remove and return the oldest item, waiting while there is none. Raises Empty when time is up."""
        with self.mutex:
            while not self.queue:
                if not self.not_empty.wait(timeout):
                    raise Empty  # FAULT: this thread may have been notified as well
            item = self.queue.popleft()
            self.not_full.notify()
            return item
