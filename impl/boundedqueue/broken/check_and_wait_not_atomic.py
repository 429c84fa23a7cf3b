"""Check and wait not atomic: the lock that guards the state is released before the wait begins.

The rule that is missing: a waiter gives up the lock and begins to wait in one indivisible step. Here each
condition has a lock of its own, so there is a gap after the check. A `put` that falls into the gap notifies
no one, because the getter does not wait yet; then the getter begins to wait, for ever, beside an item. This
is the lost wakeup in its purest form.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class CheckAndWaitNotAtomicQueue(Generic[T]):
    """A lock for the items and two conditions that do not know it."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition()
        self.not_full = threading.Condition()

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        while not self._try_put(item):
            with self.not_full:  # FAULT: a get between the check and this wait is never noticed
                self.not_full.wait()
        with self.not_empty:
            self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        while True:
            with self.mutex:
                if self.queue:
                    item = self.queue.popleft()
                    break
            with self.not_empty:  # FAULT: a put between the check and this wait is never noticed
                self.not_empty.wait()
        with self.not_full:
            self.not_full.notify()
        return item

    def _try_put(self, item: T) -> bool:
        with self.mutex:
            if len(self.queue) >= self.capacity:
                return False
            self.queue.append(item)
            return True
