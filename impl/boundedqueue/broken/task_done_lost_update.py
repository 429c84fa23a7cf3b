"""Lost update in `task_done`: the counter of unfinished tasks is changed without the lock.

The rule that is missing: read, compute and write are three steps, and only the lock makes them one. Two
workers that finish at the same time read the same number and write the same number back; one of the two is
forgotten, the counter never comes to zero and `join` waits for ever.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class TaskDoneLostUpdateQueue(Generic[T]):
    """A monitor whose `task_done` counts without the lock."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue: deque[T] = deque()
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)
        self.all_tasks_done = threading.Condition(self.mutex)
        self.unfinished_tasks = 0

    def put(self, item: T) -> None:
        """Append `item`, waiting while the queue is full."""
        with self.mutex:
            while len(self.queue) >= self.capacity:
                self.not_full.wait()
            self.queue.append(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def get(self) -> T:
        """Remove and return the oldest item, waiting while there is none."""
        with self.mutex:
            while not self.queue:
                self.not_empty.wait()
            item = self.queue.popleft()
            self.not_full.notify()
            return item

    def task_done(self) -> None:
        """Say that the work on one item taken earlier is complete."""
        self.unfinished_tasks -= 1  # FAULT: another thread may have read the same number
        if self.unfinished_tasks == 0:
            with self.mutex:
                self.all_tasks_done.notify_all()

    def join(self) -> None:
        """Wait until `task_done` was called for every item put."""
        with self.mutex:
            while self.unfinished_tasks:
                self.all_tasks_done.wait()
