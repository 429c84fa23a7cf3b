"""A queue that serves its getters in the order in which they came: what it takes to rule out starvation.

The monitor with one thing more: a line. Who gets takes a place at its end, and an item only from its front. Nobody can
barge in, so a getter that waits is overtaken by those in front of it and by no one else. It costs a wakeup of everybody
for each item, because only the front may go on.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class InOrderQueue(Generic[T]):
    """A bounded FIFO whose getters are served in the order of their arrival."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.line: deque[object] = deque()
        self.mutex = threading.Lock()
        self.not_full = threading.Condition(self.mutex)
        self.my_turn = threading.Condition(self.mutex)

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        with self.mutex:
            while len(self.queue) >= self.capacity:
                self.not_full.wait()
            self.queue.append(item)
            self.my_turn.notify_all()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none or while others are in front."""
        with self.mutex:
            place = object()
            self.line.append(place)
            while self.line[0] is not place or not self.queue:
                self.my_turn.wait()
            self.line.popleft()
            item = self.queue.popleft()
            self.not_full.notify()
            self.my_turn.notify_all()
            return item
