"""Item taken before the check: `get` reads the head of the queue first and waits afterwards.

The rule that is missing: only after the check, in the same hold of the lock, is the state what the check
said. A wait gives up the lock, so what was read before it belongs to another time. Here a getter that had to
wait returns what it saw before there was an item, and removes one that nobody ever gets: it is lost.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class ItemTakenBeforeCheckQueue(Generic[T]):
    """A monitor whose `get` looks at the item too early."""

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

    def get(self) -> T | None:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            item = self.queue[0] if self.queue else None  # FAULT: read before the wait
            while not self.queue:
                self.not_empty.wait()
            self.queue.popleft()
            self.not_full.notify()
            return item
