"""Notify only when the queue turns from empty to non-empty: the tempting saving.

The rule that is missing: every item needs a getter on its way while any getter waits. Two getters wait, two
puts follow each other: the second one finds the queue non-empty and is silent, so the second getter sleeps
beside an item. Programs that go on putting never stop altogether, and a detector of deadlocks sees nothing
wrong; only the question "is anyone blocked in a call that the specification allows?" finds it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class EdgeNotifyQueue(Generic[T]):
    """A monitor whose `put` notifies on the edge only."""

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
            if len(self.queue) == 1:  # FAULT: other getters may be waiting for this item
                self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_full.notify()
            return item
