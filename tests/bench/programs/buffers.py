"""The question as programs for treadle: P producers of N items each, C consumers, a buffer of capacity K.

Items are all the same and nobody is joined, so that threads of a kind are identical; only in `tagged` each item tells
who made it and when.
"""

import queue
import threading

from boundedqueue import BoundedQueue, MonitorQueue
from boundedqueue.broken.one_condition import OneConditionQueue


def monitor(producers, consumers, items, capacity):
    """On the queue with one lock and two conditions."""
    hand_over(MonitorQueue(capacity), producers, consumers, items)


def standard(producers, consumers, items, capacity):
    """On the standard library's own queue."""
    hand_over(queue.Queue(capacity), producers, consumers, items)


def fast(producers, consumers, items, capacity):
    """On the queue of another design: puts take turns, and a get takes no lock unless it must wait."""
    hand_over(BoundedQueue(capacity), producers, consumers, items)


def one_condition(producers, consumers, items, capacity):
    """On the queue whose putters and getters wait on the same condition: it deadlocks."""
    hand_over(OneConditionQueue(capacity), producers, consumers, items)


def endless(producers, consumers, capacity):
    """On the queue with one condition, by threads that loop for ever."""
    buffer = OneConditionQueue(capacity)
    start(producers, put_for_ever, buffer)
    start(consumers, get_for_ever, buffer)


def endless_monitor(producers, consumers, capacity):
    """On the queue with two conditions, by threads that loop for ever: it never deadlocks."""
    buffer = MonitorQueue(capacity)
    start(producers, put_for_ever, buffer)
    start(consumers, work_for_ever, buffer)


def tagged(producers, consumers, items, capacity):
    """On the standard library's own queue, with items that tell who made them; their order is asserted."""
    buffer = queue.Queue(capacity)
    start(producers, put_tagged, buffer, items)
    share, rest = divmod(producers * items, consumers)
    start(rest, get_tagged, buffer, share + 1)
    start(consumers - rest, get_tagged, buffer, share)


def hand_over(buffer, producers, consumers, items):
    """P threads put N items each, C threads get them all: as many each as can be, the last ones one less."""
    start(producers, put, buffer, items)
    share, rest = divmod(producers * items, consumers)
    start(rest, get, buffer, share + 1)
    start(consumers - rest, get, buffer, share)


def start(threads, target, *arguments):
    """Start so many threads that do the same."""
    for _ in range(threads):
        threading.Thread(target=target, args=arguments).start()


def put(buffer, items):
    """Put so many items."""
    for _ in range(items):
        buffer.put("item")


def get(buffer, items):
    """Get so many items."""
    for _ in range(items):
        buffer.get()


def put_for_ever(buffer):
    """Put items without end."""
    while True:
        buffer.put("item")


def get_for_ever(buffer):
    """Get items without end."""
    while True:
        buffer.get()


def work_for_ever(buffer):
    """Get items without end, and say that each is done: else their number would grow without end."""
    while True:
        buffer.get()
        buffer.task_done()


class Item:
    """Something that tells who made it, and how many its maker had made before."""

    def __init__(self, maker, number):
        """Made by that thread, after so many others."""
        self.maker = maker
        self.number = number


def put_tagged(buffer, items):
    """Put so many items of one's own."""
    for number in range(items):
        buffer.put(Item(threading.get_ident(), number))


def get_tagged(buffer, items):
    """Get so many items; those of one maker come in the order in which they were made."""
    seen = []
    for _ in range(items):
        item = buffer.get()
        for earlier in seen:
            assert earlier.maker != item.maker or earlier.number < item.number, "an overtaken item"
        seen.append(item)
