"""Notify before the change, which is then made without the lock.

The rule that is missing: the change and its notification belong to one critical section. Here `put` announces
the item, lets go of the lock and only then appends. The getter that was woken may look in between, finds
nothing and waits again; the notification is used up before there is anything to notify of. And since the room
was checked in another hold of the lock, two putters may use the same free place.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class NotifyBeforeChangeQueue(Generic[T]):
    """A monitor that announces the item before it is there."""

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
            self.not_empty.notify()
        self.queue.append(item)  # FAULT: the woken getter may have looked already

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_full.notify()
            return item
