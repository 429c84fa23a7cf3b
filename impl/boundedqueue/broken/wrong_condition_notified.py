"""Wrong condition notified: `put` wakes putters and `get` wakes getters.

The rule that is missing: notify the condition whose waiters the change has enabled. A `put` makes `get`
possible, so it is `not_empty` that it must notify; here it notifies `not_full`, whose waiters find no room
and wait again, while the getter sleeps beside its item.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class WrongConditionNotifiedQueue(Generic[T]):
    """A monitor with its two notifications exchanged."""

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
            self.not_full.notify()  # FAULT: an item is there, so not_empty has changed

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_empty.notify()  # FAULT: room is there, so not_full has changed
            return item
