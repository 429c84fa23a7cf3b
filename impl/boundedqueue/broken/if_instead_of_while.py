"""`if` instead of `while`: a waiter that has been woken does not look again.

The rule that is missing: being woken is a hint, only the state says whether to go on. Between the
notification and the moment the waiter has the lock again, a third thread may take the item (or the free
place). Without the second look, the getter takes from an empty queue (IndexError) and the putter exceeds the
capacity.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class IfInsteadOfWhileInGetQueue(Generic[T]):
    """A monitor whose `get` checks once."""

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

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            if not self.queue:  # FAULT: the item may be gone by the time the lock is back
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_full.notify()
            return item


class IfInsteadOfWhileInPutQueue(Generic[T]):
    """A monitor whose `put` checks once."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        with self.mutex:
            if len(self.queue) >= self.capacity:  # FAULT: the room may be gone by then
                self.not_full.wait()
            self.queue.append(item)
            self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_full.notify()
            return item
