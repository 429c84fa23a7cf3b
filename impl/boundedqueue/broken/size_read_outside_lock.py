"""Size read outside the lock: the check uses a length read before the lock was taken.

The rule that is missing: check and change belong to one critical section. What was read without the lock is
out of date once the lock is there: two putters that both saw the last free place exceed the capacity, two
getters that both saw the last item take it twice (IndexError), and a getter that saw none begins to wait
after the `put` that would have woken it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class SizeReadOutsideLockQueue(Generic[T]):
    """A monitor that looks first and locks afterwards."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        full = len(self.queue) >= self.capacity  # FAULT: out of date once the lock is held
        with self.mutex:
            while full:
                self.not_full.wait()
                full = len(self.queue) >= self.capacity
            self.queue.append(item)
            self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        empty = not self.queue  # FAULT: out of date once the lock is held
        with self.mutex:
            while empty:
                self.not_empty.wait()
                empty = not self.queue
            item = self.queue.popleft()
            self.not_full.notify()
            return item
