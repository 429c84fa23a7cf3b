"""Shutdown forgets the getters: it wakes the putters only.

The rule that is missing: whoever makes a call enabled wakes *all* that wait for it. Once the queue is shut
down, every `get` on the empty queue may return (with ShutDown); a getter that is not told waits for items
that nobody can put any more.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from boundedqueue.errors import ShutDown

T = TypeVar("T")


class ShutdownForgetsGettersQueue(Generic[T]):
    """A monitor whose `shutdown` leaves the getters asleep."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)
        self.is_shutdown = False

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full. Raises ShutDown."""
        with self.mutex:
            while len(self.queue) >= self.capacity and not self.is_shutdown:
                self.not_full.wait()
            if self.is_shutdown:
                raise ShutDown
            self.queue.append(item)
            self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none. Raises ShutDown."""
        with self.mutex:
            while not self.queue and not self.is_shutdown:
                self.not_empty.wait()
            if not self.queue:
                raise ShutDown
            item = self.queue.popleft()
            self.not_full.notify()
            return item

    def shutdown(self) -> None:
        """Make every further `put` raise ShutDown, and every `get` that finds the queue empty."""
        with self.mutex:
            self.is_shutdown = True
            self.not_full.notify_all()  # FAULT: and no self.not_empty.notify_all()
