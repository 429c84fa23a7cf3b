"""Two repairs of the queue with one condition that work: wake everybody, or wait on a condition of one's own."""

import threading
from collections import deque

from boundedqueue import MonitorQueue


class WakeEverybodyQueue:
    """A bounded queue with one condition, whose every change wakes all who wait."""

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
            self.changed.notify_all()

    def get(self):
        """Remove the oldest item; wait while there is none."""
        with self.changed:
            while not self.items:
                self.changed.wait()
            item = self.items.popleft()
            self.changed.notify_all()
            return item


def produce(queue):
    """Put two items."""
    queue.put("tea")
    queue.put("cake")


def share(queue):
    """Two items, put by one thread and taken by two; there is room for one."""
    for _ in range(2):
        threading.Thread(target=queue.get, name="consumer").start()
    threading.Thread(target=produce, args=(queue,), name="producer").start()


def wake_everybody():
    """Whoever can go on is among those that wake."""
    share(WakeEverybodyQueue(1))


def two_conditions():
    """Only those are woken who can use it."""
    share(MonitorQueue(1))
