"""The bounded buffer for the checkers of Python code: one lock, conditions on it, `while` loops, notify-one.

The lock and the conditions are handed in, as each checker has its own or replaces those of `threading`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any


class Buffer:
    """A bounded buffer; with `not_full` and `not_empty` the same condition it has the fault of one condition."""

    def __init__(self, capacity: int, lock: Any, not_full: Any, not_empty: Any) -> None:
        self.capacity = capacity
        self.lock, self.not_full, self.not_empty = lock, not_full, not_empty
        self.items: deque[str] = deque()

    def put(self, item: str) -> None:
        """Append the item; wait while there is no room."""
        with self.lock:
            while len(self.items) >= self.capacity:
                self.not_full.wait()
            self.items.append(item)
            self.not_empty.notify()

    def get(self) -> str:
        """Take the oldest item; wait while there is none."""
        with self.lock:
            while not self.items:
                self.not_empty.wait()
            item = self.items.popleft()
            self.not_full.notify()
            return item


def made(conditions: int, capacity: int, lock: Any, condition: Callable[[Any], Any]) -> Buffer:
    """A buffer with one condition or two on the lock."""
    not_full = condition(lock)
    return Buffer(capacity, lock, not_full, condition(lock) if conditions == 2 else not_full)


def targets(producers: int, consumers: int, items: int) -> list[Callable[[Buffer], None]]:
    """What each thread does: producers put so many items each, consumers share them all."""
    share, rest = divmod(producers * items, consumers)

    def put(buffer: Buffer) -> None:
        for _ in range(items):
            buffer.put("item")

    def get(amount: int) -> Callable[[Buffer], None]:
        def got(buffer: Buffer) -> None:
            for _ in range(amount):
                buffer.get()

        return got

    return [put] * producers + [get(share + (consumer < rest)) for consumer in range(consumers)]
