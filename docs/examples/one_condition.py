"""A bounded queue with a lock, a condition and `while` loops. It looks right; it is wrong by one condition."""

import threading
from collections import deque


class OneConditionQueue:
    """A bounded queue whose getters and putters wait on the same condition."""

    def __init__(self, capacity):
        """Make an empty queue."""
        self.capacity = capacity
        self.items = deque()
        self.changed = threading.Condition()

    def put(self, item):
        """Append an item; wait while there is no room."""
        with self.changed:
            while len(self.items) >= self.capacity:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify()

    def get(self):
        """Remove the oldest item; wait while there is none."""
        with self.changed:
            while not self.items:
                self.changed.wait()
            item = self.items.popleft()
            self.changed.notify()
            return item


def produce(queue):
    """Put two items."""
    queue.put("tea")
    queue.put("cake")


def one_producer_two_consumers():
    """Two items, put by one thread and taken by two; there is room for one."""
    queue = OneConditionQueue(1)
    for _ in range(2):
        threading.Thread(target=queue.get, name="consumer").start()
    threading.Thread(target=produce, args=(queue,), name="producer").start()
