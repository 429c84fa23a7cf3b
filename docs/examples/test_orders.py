"""Programs that are tests: each is checked in every interleaving when pytest comes to it."""

import threading

from one_condition import OneConditionQueue, produce

import treadle
from queuespec import BoundedFifo


@treadle.checked(expect="violated", reason="deadlock")
def the_known_deadlock_is_still_there():
    """A fault that is known, and kept as a test until it is mended."""
    queue = OneConditionQueue(1)
    for _ in range(2):
        threading.Thread(target=queue.get).start()
    threading.Thread(target=produce, args=(queue,)).start()


@treadle.checked()
def one_consumer_is_no_danger():
    """With a single consumer the same queue is a correct FIFO: each of its steps is one of the specification's."""
    queue = treadle.refines(OneConditionQueue(1), BoundedFifo(1), view=lambda q: tuple(q.items))
    threading.Thread(target=produce, args=(queue,)).start()
    assert queue.get() == "tea"
    assert queue.get() == "cake"


@treadle.checked()
def never_too_full():
    """Whatever the capacity, there is never more in the queue than that."""
    capacity = 1 + treadle.choose(2)
    queue = OneConditionQueue(capacity)
    treadle.invariant(lambda: len(queue.items) <= capacity)
    threading.Thread(target=produce, args=(queue,)).start()
    queue.get()
    queue.get()
