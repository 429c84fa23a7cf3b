"""Notify forgotten: one side changes the state and tells no one.

The rule that is missing: whoever makes a call enabled wakes a thread that waits for it. If `put` is silent, a
getter that waited before the item came never learns of it; if `get` is silent, the same holds for a putter
that waits for room.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class PutForgetsNotifyQueue(Generic[T]):
    """A monitor whose `put` wakes no getter."""

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
            # FAULT: no self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_full.notify()
            return item


class GetForgetsNotifyQueue(Generic[T]):
    """A monitor whose `get` wakes no putter."""

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
            while not self.queue:
                self.not_empty.wait()
            return self.queue.popleft()  # FAULT: and no self.not_full.notify()
