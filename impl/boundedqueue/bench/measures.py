"""What is measured: seconds per item in one thread and in several, the latency of a hand-off, the cost of
waiting."""

from __future__ import annotations

import threading
import time
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


def is_unbounded(queue: Any) -> bool:
    """Can nobody ever block in this queue's `put`?"""
    return not hasattr(queue, "maxsize")
