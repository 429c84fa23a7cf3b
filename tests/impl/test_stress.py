"""Real threads without any control: every item is accounted for. Evidence only; the proofs are elsewhere."""

from __future__ import annotations

import ctypes
import itertools
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from boundedqueue import Empty, FastQueue, Full, MonitorQueue, ShutDown

SECONDS = 1.5


@pytest.fixture(params=[None, 5e-6], ids=["usual switch interval", "tiny switch interval"])
def switch_interval(request: pytest.FixtureRequest) -> Any:
    before = sys.getswitchinterval()
    sys.setswitchinterval(request.param or before)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("maxsize", [1, 3])
@pytest.mark.usefixtures("switch_interval")
def test_every_item_is_accounted_for_with_timeouts_and_shutdown(queue_class: Any, maxsize: int) -> None:
    queue = queue_class(maxsize)
    put: list[list[tuple[int, int]]] = [[] for _ in range(8)]
    taken: list[list[tuple[int, int]]] = [[] for _ in range(8)]
    stop = threading.Event()

    def produce(me: int) -> None:
        dice, n = random.Random(me), 0
        while not stop.is_set():
            try:
                match dice.randrange(3):
                    case 0:
                        queue.put((me, n))
                    case 1:
                        queue.put((me, n), timeout=dice.random() * 0.002)
                    case 2:
                        queue.put_nowait((me, n))
                put[me].append((me, n))
                n += 1
            except Full:
                n += 1
            except ShutDown:
                return

    def consume(me: int) -> None:
        dice = random.Random(-me)
        while True:
            try:
                match dice.randrange(3):
                    case 0:
                        item = queue.get()
                    case 1:
                        item = queue.get(timeout=dice.random() * 0.002)
                    case 2:
                        item = queue.get_nowait()
                taken[me].append(item)
                queue.task_done()
            except Empty:
                pass
            except ShutDown:
                return

    threads = [threading.Thread(target=produce, args=(n,), daemon=True) for n in range(8)]
    threads += [threading.Thread(target=consume, args=(n,), daemon=True) for n in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS / 4)
    stop.set()
    queue.shutdown()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads), "a thread is stuck"
    all_put = Counter(item for items in put for item in items)
    all_taken = Counter(item for items in taken for item in items)
    assert all_put == all_taken
    assert max(all_taken.values()) == 1
    for items in taken:
        for producer in range(8):
            mine = [n for who, n in items if who == producer]
            assert mine == sorted(mine), "one consumer saw one producer's items out of order"
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)
    queue.join()


@pytest.mark.usefixtures("switch_interval")
def test_the_capacity_is_never_exceeded(queue_class: Any) -> None:
    queue = queue_class(2)
    sizes: Counter[int] = Counter()
    end = time.monotonic() + SECONDS / 4

    def produce() -> None:
        while time.monotonic() < end:
            queue.put(0)
        queue.put(None)

    def consume() -> None:
        while queue.get() is not None:
            sizes[len(queue.queue)] += 1

    threads = [threading.Thread(target=role, daemon=True) for role in [produce, consume] * 3]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        sizes[queue.qsize()] += 1
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert set(sizes) <= {0, 1, 2}


def test_shutdown_now_among_many_threads_wakes_all_of_them(queue_class: Any) -> None:
    for _ in range(30):
        queue = queue_class(1)
        ended: Counter[str] = Counter()

        def work(call: Any, queue: Any = queue, ended: Counter[str] = ended) -> None:
            try:
                while True:
                    call(queue)
            except ShutDown:
                ended["shut down"] += 1

        calls = [lambda q: q.put(1), lambda q: (q.get(), q.task_done())] * 3
        threads = [threading.Thread(target=work, args=(call,), daemon=True) for call in calls]
        joiner = threading.Thread(target=queue.join, daemon=True)
        for thread in [*threads, joiner]:
            thread.start()
        time.sleep(0.002)
        queue.shutdown(immediate=True)
        for thread in [*threads, joiner]:
            thread.join(20)
        assert not any(thread.is_alive() for thread in [*threads, joiner]), "a thread is stuck"
        assert ended["shut down"] == 6
        assert queue.unfinished_tasks == 0


class Interrupted(BaseException):
    pass


@dataclass
class Interruptible:
    """A thread that performs an operation again and again, and survives what is raised in it from outside."""

    operation: Callable[[], object]
    stop: threading.Event
    interrupts: int = 0
    rounds: int = 0
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.repeat()
            except Interrupted:
                self.interrupts += 1

    def repeat(self) -> None:
        while not self.stop.is_set():
            with suppress(Full, Empty, ShutDown):
                self.operation()
            self.rounds += 1

    def interrupt(self) -> None:
        """Raise in the thread, and wait until it has gone on: one interrupt for one operation."""
        interrupts, patience = self.interrupts, time.monotonic() + 20
        ident = ctypes.c_ulong(self.thread.ident or 0)
        assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(Interrupted)) == 1
        while self.interrupts == interrupts:
            assert time.monotonic() < patience, "a thread is stuck"
            time.sleep(0)
        rounds = self.rounds
        while self.rounds == rounds:
            assert time.monotonic() < patience, "a thread is stuck"
            time.sleep(0)


@pytest.mark.skipif(FastQueue is MonitorQueue, reason="without the GIL there is no fast queue")
@pytest.mark.parametrize("maxsize", [1, 3])
@pytest.mark.usefixtures("switch_interval", "no_callbacks_of_collections")
def test_interrupts_in_any_thread_lose_at_most_an_item_each_and_leave_nobody_stuck(maxsize: int) -> None:
    queue, stop, numbers = FastQueue[int](maxsize), threading.Event(), itertools.count()
    put: list[int] = []
    taken: list[int] = []

    def produce() -> None:
        number = next(numbers)
        queue.put(number, timeout=random.random() * 0.002)
        put.append(number)

    def consume() -> None:
        taken.append(queue.get(timeout=random.random() * 0.002))

    threads = [Interruptible(role, stop) for role in [produce, consume] * 8]
    end, interrupts = time.monotonic() + SECONDS / 2, 0
    while time.monotonic() < end:
        random.choice(threads).interrupt()
        interrupts += 1
    stop.set()
    for one in threads:
        one.thread.join(20)
    assert not any(one.thread.is_alive() for one in threads), "a thread is stuck"
    assert interrupts > 3
    assert (hasattr(queue, "_turn"), len(queue._putters), len(queue._getters)) == (True, 0, 0)
    queue.shutdown()
    taken += list(queue)
    assert len(set(taken)) == len(taken), "an item came twice"
    assert len(set(put) - set(taken)) <= interrupts
