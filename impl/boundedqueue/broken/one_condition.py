"""One shared condition: getters and putters wait on the same one, and each change notifies one waiter.

The rule that is missing: the thread that is woken must be able to use what it was woken for. Here a `put` may
wake another putter, which finds the queue full and waits again; the notification is used up and the getter
that needed it sleeps for ever. With capacity K, P putters and C getters that go on for ever, this can
deadlock exactly when 2K < P + C. The cure is one condition for each thing waited for (or `notify_all`).
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class OneConditionQueue(Generic[T]):
    """A monitor whose waiters all share `changed`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.changed = threading.Condition(self.mutex)

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        with self.mutex:
            while len(self.queue) >= self.capacity:
                self.changed.wait()
            self.queue.append(item)
            self.changed.notify()  # FAULT: may wake another putter

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.changed.wait()
            item = self.queue.popleft()
            self.changed.notify()  # FAULT: may wake another getter
            return item
