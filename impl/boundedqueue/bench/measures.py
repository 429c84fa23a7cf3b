"""What is measured: seconds per item in one thread and in several, the latency of a hand-off, the cost of
waiting."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from statistics import quantiles
from typing import Any

from boundedqueue.bench.contenders import Make

Measure = Callable[[Make], float]


def one_thread(capacity: int, seconds: float, make: Make) -> float:
    """Seconds for one put and one get in the same thread: nobody ever waits."""
    queue = make(capacity)
    put, get = queue.put, queue.get
    pairs, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        for _ in range(50):
            put(None)
            get()
        pairs += 50
    return elapsed / pairs


def threads(producers: int, consumers: int, capacity: int, seconds: float, make: Make) -> float:
    """Seconds per item when so many threads put and get as fast as they can."""
    queue = make(capacity)
    counts = [0] * consumers
    running = True

    def produce() -> None:
        while running:
            queue.put(0)

    def consume(me: int) -> None:
        count = 0
        while queue.get() is not None:
            count += 1
        counts[me] = count

    putting = [threading.Thread(target=produce, daemon=True) for _ in range(producers)]
    getting = [threading.Thread(target=consume, args=(n,), daemon=True) for n in range(consumers)]
    began = time.perf_counter()
    for thread in putting + getting:
        thread.start()
    time.sleep(seconds)
    running = False
    for thread in putting:
        thread.join()
    for _ in getting:
        queue.put(None)
    for thread in getting:
        thread.join()
    return (time.perf_counter() - began) / max(1, sum(counts))


class Bare:
    """What is left of a queue when nothing is checked, counted or waited for: two methods around a deque."""

    __slots__ = ("items",)

    def __init__(self, maxsize: int) -> None:
        self.items: deque[Any] = deque()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Append."""
        self.items.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the oldest."""
        return self.items.popleft()


def alternation(capacity: int, seconds: float) -> float:
    """Seconds per item when a producer and a consumer of a bare queue take turns, and each wakes the other by a lock.

    They move `capacity` + 2 items in each turn. No bounded queue can move more between two switches: one that the
    consumer waits for, as many as there is room for, and the one that the producer is blocked with.
    """
    queue, batch = Bare(0), range(capacity + 2)
    may_put, may_get = threading.Lock(), threading.Lock()
    may_get.acquire()
    rounds, running = 0, True

    def produce() -> None:
        nonlocal rounds
        while running:
            may_put.acquire()
            for _ in batch:
                queue.put(0)
            rounds += 1
            may_get.release()
        may_put.acquire()
        may_get.release()  # with nothing: the end

    def consume() -> None:
        while may_get.acquire() and queue.items:
            for _ in batch:
                queue.get()
            may_put.release()

    both = [threading.Thread(target=role, daemon=True) for role in (produce, consume)]
    began = time.perf_counter()
    for thread in both:
        thread.start()
    time.sleep(seconds)
    running = False
    for thread in both:
        thread.join()
    return (time.perf_counter() - began) / max(1, rounds * len(batch))


def hand_off(items: int, percentile: int, make: Make) -> float:
    """Seconds from the start of a put to the return of the get that was blocked for it: a percentile of them."""
    queue = make(1)
    latencies: list[float] = []

    def consume() -> None:
        while (sent := queue.get()) is not None:
            latencies.append(time.perf_counter() - sent)

    consumer = threading.Thread(target=consume, daemon=True)
    consumer.start()
    for _ in range(items):
        time.sleep(0.0005)  # let the consumer block again
        queue.put(time.perf_counter())
    queue.put(None)
    consumer.join()
    return quantiles(latencies, n=100)[percentile - 1]


def idle_share(seconds: float, make: Make) -> float:
    """Processor time, as a share of one processor, that four blocked getters and four putters cost."""
    empty, full = make(1), make(1)
    full.put(0)
    blocked = [threading.Thread(target=empty.get, daemon=True) for _ in range(4)]
    blocked += [threading.Thread(target=full.put, args=(0,), daemon=True) for _ in range(4)]
    for thread in blocked:
        thread.start()
    time.sleep(0.05)
    before, began = time.process_time(), time.perf_counter()
    time.sleep(seconds)
    share = (time.process_time() - before) / (time.perf_counter() - began)
    for _ in range(4):
        empty.put(0)
        full.get()
    for thread in blocked:
        thread.join()
    return share


def ratios(seconds: float) -> dict[str, Measure]:
    """The rows of the table that compare queues, by name; smaller results are better."""
    rows: dict[str, Measure] = {}
    for capacity in (1, 1000):
        rows[f"one thread, put and get, capacity {capacity}"] = partial(one_thread, capacity, seconds / 20)
    for crowd in (1, 4):
        for capacity in (1, 16, 1000):
            name = f"{crowd} producer(s), {crowd} consumer(s), capacity {capacity}"
            rows[name] = partial(threads, crowd, crowd, capacity, seconds)
    for name, percentile in (("median", 50), ("99th percentile", 99)):
        rows[f"hand-off to a blocked get, {name}"] = partial(hand_off, max(5, int(seconds * 500)), percentile)
    return rows


def limits(seconds: float) -> dict[str, Callable[[], float]]:
    """Of some rows of that table, the least that a queue written in Python could take."""
    found: dict[str, Callable[[], float]] = {}
    for capacity in (1, 1000):
        found[f"one thread, put and get, capacity {capacity}"] = partial(one_thread, capacity, seconds / 20, Bare)
    for capacity in (1, 16, 1000):
        found[f"1 producer(s), 1 consumer(s), capacity {capacity}"] = partial(alternation, capacity, seconds)
    return found


def is_unbounded(queue: Any) -> bool:
    """Can nobody ever block in this queue's `put`?"""
    return not hasattr(queue, "maxsize")
