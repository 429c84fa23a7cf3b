"""The naive order queue: a plain list and polling, no lock at all.

What is missing is everything: between the check and the change another thread may do the same, so two putters
share the last free place (the capacity is exceeded) and two getters share the last item (one of them fails
with IndexError). Whoever has to wait asks again and again, which costs processor time while nothing happens
and latency when something does.
"""

from __future__ import annotations

import time
from typing import Generic, TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.001


class NaiveQueue(Generic[T]):
    """A list with a capacity check, for programs that show why this is not enough."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: list[T] = []

    def put(self, item: T) -> None:
        """Append `item` once the list looked short enough."""
        while len(self.queue) >= self.capacity:
            time.sleep(POLL_SECONDS)
        self.queue.append(item)

    def get(self) -> T:
        """Remove and return the first item once the list looked non-empty. May raise IndexError."""
        while not self.queue:
            time.sleep(POLL_SECONDS)
        return self.queue.pop(0)
