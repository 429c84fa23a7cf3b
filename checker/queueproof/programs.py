"""The programs: producers and consumers on a queue, as ordinary threaded Python.

These functions run in treadle's sandbox; `kind` names the queue. Items are fresh objects, told apart by identity only:
whoever loses, doubles or reorders one is caught by the specification, and yet identical producers stay
interchangeable. No thread is kept or joined where that is not needed, for the same reason.
"""

from __future__ import annotations

import contextlib
import importlib
import queue
import threading
from types import MappingProxyType
from typing import Any

import boundedqueue
import treadle
from boundedqueue.errors import Empty, Full, ShutDown
from queueproof.in_order import InOrderQueue
from queuespec.sequential import BoundedFifo, Lifo, Priority, Simple

STANDARD = MappingProxyType(
    {"queue.Queue": queue.Queue, "queue.LifoQueue": queue.LifoQueue, "queue.PriorityQueue": queue.PriorityQueue}
)


class Item:
    """Something to be handed over."""

    def __repr__(self) -> str:
        return "item"


def make(kind: str, capacity: int) -> Any:
    """A queue of that kind and capacity, watched against its specification."""
    if kind == "queue.SimpleQueue":
        return treadle.refines(queue.SimpleQueue(), Simple(0), view=lambda q: tuple(q._queue))
    if kind in STANDARD:
        specification = {"queue.LifoQueue": Lifo, "queue.PriorityQueue": Priority}.get(kind, BoundedFifo)
        return treadle.refines(STANDARD[kind](capacity), specification(capacity), view=in_order)
    return treadle.refines(_ours(kind)(capacity), BoundedFifo(capacity), view=in_order)


def in_order(watched: Any) -> tuple[Any, ...]:
    """What the queue holds, as the specification writes it."""
    return tuple(sorted(watched.queue) if isinstance(watched, queue.PriorityQueue) else watched.queue)


def _ours(kind: str) -> Any:
    if kind == InOrderQueue.__name__:
        return InOrderQueue
    if ":" in kind:
        foreign, _, name = kind.partition(":")
        return getattr(importlib.import_module(foreign), name)
    module, _, name = kind.rpartition(".")
    return getattr(importlib.import_module(f"boundedqueue.{module}") if module else boundedqueue, name)


def produce(buffer: Any, items: int) -> None:
    """Put so many new items."""
    for _ in range(items):
        buffer.put(Item())


def produce_numbers(buffer: Any, items: int) -> None:
    """Put the numbers from 0 on: for queues that compare their items."""
    for number in range(items):
        buffer.put(number)


def consume(buffer: Any, items: int) -> None:
    """Get so many items."""
    for _ in range(items):
        buffer.get()


def hand_over(kind: str, producers: int, consumers: int, items: int, capacity: int) -> None:
    """P producers put N items each, C consumers get them all: as many each as can be, the last ones one less."""
    buffer = make(kind, capacity)
    target = produce_numbers if kind == "queue.PriorityQueue" else produce
    for _ in range(producers):
        threading.Thread(target=target, args=(buffer, items)).start()
    share, rest = divmod(producers * items, consumers)
    for consumer in range(consumers):
        threading.Thread(target=consume, args=(buffer, share + (consumer < rest))).start()


def loop(kind: str, producers: int, consumers: int, capacity: int) -> None:
    """Producers and consumers that never end."""
    buffer = STANDARD[kind](capacity) if kind in STANDARD else _ours(kind)(capacity)
    # Where the queue counts what is put, each item is said to be done, or the count would grow without end.
    target = _work_for_ever if hasattr(buffer, "unfinished_tasks") else _consume_for_ever
    for _ in range(producers):
        threading.Thread(target=_produce_for_ever, args=(buffer,)).start()
    for _ in range(consumers):
        threading.Thread(target=target, args=(buffer,)).start()


def impatient_loop(kind: str, producers: int, consumers: int, capacity: int) -> None:
    """As `loop`, but one of the consumers gives up after a second, each time, and tries again."""
    buffer = _ours(kind)(capacity)
    for _ in range(producers):
        threading.Thread(target=_produce_for_ever, args=(buffer,)).start()
    threading.Thread(target=_try_for_ever, args=(buffer,)).start()
    for _ in range(consumers - 1):
        threading.Thread(target=_consume_for_ever, args=(buffer,)).start()


def _try_for_ever(buffer: Any) -> None:
    while True:
        with contextlib.suppress(Empty):
            buffer.get(timeout=1)


def insisting_loop(kind: str, producers: int, consumers: int, capacity: int) -> None:
    """As `loop`, but the consumers insist on being given an item."""
    buffer = _ours(kind)(capacity)
    for _ in range(producers):
        threading.Thread(target=_produce_for_ever, args=(buffer,)).start()
    for _ in range(consumers):
        threading.Thread(target=_insist_for_ever, args=(buffer,)).start()


def _insist_for_ever(buffer: Any) -> None:
    while True:
        assert buffer.get() == "item"


def shut_loop(kind: str, producers: int, consumers: int, capacity: int) -> None:
    """Producers and consumers that never end until they are refused, and somebody who shuts the queue down."""
    buffer = _ours(kind)(capacity)
    for _ in range(producers):
        threading.Thread(target=_produce_until_shut, args=(buffer,)).start()
    for _ in range(consumers):
        threading.Thread(target=_consume_until_shut, args=(buffer,)).start()
    buffer.shutdown()


def _produce_until_shut(buffer: Any) -> None:
    with contextlib.suppress(ShutDown):
        while True:
            buffer.put("item")


def _consume_until_shut(buffer: Any) -> None:
    with contextlib.suppress(ShutDown):
        while True:
            buffer.get()


def _produce_for_ever(buffer: Any) -> None:
    while True:
        buffer.put("item")


def _consume_for_ever(buffer: Any) -> None:
    while True:
        buffer.get()


def _work_for_ever(buffer: Any) -> None:
    while True:
        buffer.get()
        buffer.task_done()


def timed_getter(kind: str) -> None:
    """A getter whose patience may end races with one that waits for ever; what the first gets it hands on."""
    buffer = make(kind, 2)
    threading.Thread(target=consume_impatiently, args=(buffer,)).start()
    threading.Thread(target=consume, args=(buffer, 1)).start()
    threading.Thread(target=produce, args=(buffer, 1)).start()


def timed_putter(kind: str) -> None:
    """A putter whose patience may end races with one that waits for ever; there is room for each in time."""
    buffer = make(kind, 1)
    threading.Thread(target=produce_impatiently, args=(buffer,)).start()
    threading.Thread(target=produce, args=(buffer, 1)).start()
    threading.Thread(target=consume, args=(buffer, 1)).start()


def consume_impatiently(buffer: Any) -> None:
    """Get an item within a second and hand it on, or give up."""
    with contextlib.suppress(Empty):
        buffer.put(buffer.get(timeout=1))


def produce_impatiently(buffer: Any) -> None:
    """Put an item within a second, or give up."""
    with contextlib.suppress(Full):
        buffer.put(Item(), timeout=1)


def closing(kind: str, immediate: bool) -> None:
    """Shutdown races with a putter, with getters and with each other's blocking."""
    buffer = make(kind, 1)
    for _ in range(2):
        threading.Thread(target=consume_until_shut, args=(buffer,)).start()
    threading.Thread(target=produce_until_shut, args=(buffer, 2)).start()
    threading.Thread(target=buffer.shutdown, args=(True,) if immediate else ()).start()


def consume_until_shut(buffer: Any) -> None:
    """Get an item, unless the queue is shut down and empty."""
    with contextlib.suppress(ShutDown):
        buffer.get()


def produce_until_shut(buffer: Any, items: int) -> None:
    """Put so many items, as long as the queue is not shut down."""
    with contextlib.suppress(ShutDown):
        for _ in range(items):
            buffer.put(Item())


def joining(kind: str, workers: int) -> None:
    """Whoever joins is let go exactly when every item has been dealt with."""
    buffer = make(kind, 2)
    for _ in range(workers):
        threading.Thread(target=work, args=(buffer,)).start()
    for _ in range(workers):
        buffer.put(Item())
    buffer.join()
    assert buffer.unfinished_tasks == 0


def finishing(kind: str, producers: int, consumers: int, capacity: int) -> None:
    """One item for each worker, put before any of them starts; and somebody who waits until all are done."""
    assert producers == 1, "one thread puts"
    buffer = _ours(kind)(capacity * consumers)  # there is room for all
    threading.Thread(target=_put_and_start, args=(buffer, consumers)).start()
    buffer.join()


def _put_and_start(buffer: Any, workers: int) -> None:
    for _ in range(workers):
        buffer.put("item")
    for _ in range(workers):
        threading.Thread(target=work, args=(buffer,)).start()


def work(buffer: Any) -> None:
    """Deal with one item."""
    buffer.get()
    buffer.task_done()
