"""Code that no one here wrote, with verdicts that are known from elsewhere: the standard library's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import treadle

CACHED_PROPERTY = """
import functools
import threading

class Order:
    customer = None

    @functools.cached_property
    def total(self):
        return 0 if self.customer is None else self.customer.debt

class Customer:
    order = None

    @functools.cached_property
    def debt(self):
        return 0 if self.order is None else self.order.total

def prog():
    order, customer = Order(), Customer()
    order.customer, customer.order = Customer(), Order()
    threading.Thread(target=lambda: order.total).start()
    threading.Thread(target=lambda: customer.debt).start()
"""

SHUTDOWN_OF_THE_ALPHAS = """
import queue
import threading

class Alpha(queue.Queue):
    def shutdown(self, immediate=False):
        with self.mutex:
            self.is_shutdown = True
            if immediate:
                self.not_empty.notify_all()
            self.not_full.notify_all()

def get(waiting):
    try:
        waiting.get()
    except queue.ShutDown:
        pass

def prog():
    waiting = {kind}()
    threading.Thread(target=get, args=(waiting,)).start()
    threading.Thread(target=waiting.shutdown).start()
"""

HOLDING = {
    "Barrier over two rounds": """
        barrier, passed = threading.Barrier(2), []
        def work():
            for _ in range(2):
                barrier.wait()
        start(work, work)
        assert not barrier.broken and barrier.n_waiting == 0
        """,
    "Semaphore with an acquirer that may give up": """
        semaphore, got = threading.Semaphore(0), []
        def impatient():
            if semaphore.acquire(timeout=1):
                semaphore.release()
        start(impatient, semaphore.acquire, semaphore.release)
        """,
    "Event set, cleared and set": """
        event = threading.Event()
        def signal():
            event.set()
            event.clear()
            event.set()
        start(event.wait, event.wait, signal)
        """,
    "Queue, a getter that may give up loses nothing": """
        orders, got = queue.Queue(1), []
        def impatient():
            try:
                got.append(orders.get(timeout=1))
            except queue.Empty:
                pass
        start(impatient, lambda: orders.put("tea"))
        assert got == ["tea"] or orders.get_nowait() == "tea"
        """,
    "SimpleQueue, two and two": """
        orders = queue.SimpleQueue()
        start(orders.get, orders.get, lambda: orders.put("tea"), lambda: orders.put("cake"))
        assert orders.empty()
        """,
}

START = """
import queue
import threading

def start(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def prog():"""


def found(folder: Path, text: str) -> tuple[str, str | None]:
    path = folder / "real.py"
    path.write_text(text)
    report = treadle.check(f"{path}::prog")
    return report.verdict, report.reason


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the lock is gone since Python 3.12")
def test_one_lock_for_all_cached_properties_of_a_class_can_deadlock(tmp_path: Path) -> None:
    """gh-87634: until Python 3.12 `functools.cached_property` had one lock for each descriptor."""
    assert found(tmp_path, CACHED_PROPERTY) == ("violated", "deadlock")


@pytest.mark.skipif(sys.version_info < (3, 13), reason="queues can be shut down since Python 3.13")
@pytest.mark.parametrize(("kind", "expected"), [("Alpha", ("violated", "deadlock")), ("queue.Queue", ("holds", None))])
def test_shutdown_of_the_alphas_of_python_3_13_forgot_the_getters(
    kind: str, expected: tuple[str, str | None], tmp_path: Path
) -> None:
    """gh-117531: a shutdown that is not immediate did not wake a blocked getter."""
    assert found(tmp_path, SHUTDOWN_OF_THE_ALPHAS.replace("{kind}", kind)) == expected


@pytest.mark.parametrize("name", HOLDING)
def test_the_standard_library_holds(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, START + HOLDING[name].replace("\n    ", "\n")) == ("holds", None)


POOL = """
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait

sold, lock = [0], threading.Lock()

def sell(count):
    with lock:
        sold[0] += count
    return count

def fail():
    raise ValueError("sold out")

def prog():
    pool = ThreadPoolExecutor(1)
"""

POOLS = {
    "a future gives the result of its call": """
        with pool:
            assert pool.submit(sell, 2).result() == 2
        assert sold == [2]
        """,
    "a future gives the exception of its call": """
        with pool:
            assert str(pool.submit(fail).exception()) == "sold out"
        """,
    "shutdown waits for what was submitted": """
        pool.submit(sell, 1)
        pool.submit(sell, 2)
        pool.shutdown(wait=True)
        assert sold == [3]
        """,
    "map gives results in the order of the calls": """
        with pool:
            assert [result for result in pool.map(sell, (1, 2))] == [1, 2]
        """,
    "a list of what map gives": """
        with pool:
            assert list(pool.map(sell, (1, 2))) == [1, 2]
        """,
    "a pool that is dropped ends with the program": """
        pool.submit(sell, 1)
        """,
}


@pytest.mark.parametrize("name", POOLS)
def test_a_pool_holds(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, POOL.rstrip("\n") + POOLS[name].replace("\n    ", "\n")) == ("holds", None)


SLOW_POOLS = {
    "wait returns when all is done": """
        with pool:
            futures = [pool.submit(sell, count) for count in (1, 2)]
            assert len(wait(futures).done) == 2
        assert sold == [3]
        """,
    "two threads share three calls": """
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(sell, count) for count in (1, 2, 3)]
            wait(futures)
            assert [future.result() for future in futures] == [1, 2, 3]
        assert sold == [6]
        """,
    "as_completed gives each future once": """
        with pool:
            futures = [pool.submit(sell, count) for count in (1, 2)]
            assert sorted([future.result() for future in as_completed(futures)]) == [1, 2]
        """,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_POOLS)
def test_a_larger_pool_holds(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, POOL.rstrip("\n") + SLOW_POOLS[name].replace("\n    ", "\n")) == ("holds", None)


def test_finished_futures_come_in_any_order(tmp_path: Path) -> None:
    """In CPython it is the order of their addresses."""
    body = """
    with pool:
        futures = [pool.submit(sell, count) for count in (1, 2)]
        pool.shutdown()
        assert [future.result() for future in as_completed(futures)] == [{}]
    """
    for order in ("1, 2", "2, 1"):
        assert found(tmp_path, POOL.rstrip("\n") + body.format(order)) == ("violated", "assertion")


def test_a_race_with_a_call_in_a_pool_is_found(tmp_path: Path) -> None:
    body = """
    def sell_without_lock():
        sold[0] += 1
    with pool:
        pool.submit(sell_without_lock)
        sell_without_lock()
    assert sold == [2]
    """
    assert found(tmp_path, POOL.rstrip("\n") + body) == ("violated", "assertion")


def test_a_program_beside_an_unused_pool_makes_one_step_more(tmp_path: Path) -> None:
    """At its end the pools of the process are shut down."""
    text = START + HOLDING["SimpleQueue, two and two"].replace("\n    ", "\n")
    counts = []
    for imports in ("", "from concurrent.futures import ThreadPoolExecutor\n"):
        (tmp_path / "real.py").write_text(imports + text)
        report = treadle.check(f"{tmp_path / 'real.py'}::prog")
        counts.append((report.verdict, report.states, report.transitions))
    assert counts == [("holds", 186, 416), ("holds", 187, 417)]


def test_threads_that_meet_the_same_broken_barrier_are_alike(tmp_path: Path) -> None:
    body = """
    barrier, lock, broken = threading.Barrier(2), threading.Lock(), [0]
    def work():
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            for _ in range(2):
                with lock:
                    broken[0] += 1
    start(work, work, work, barrier.abort)
    """
    assert found(tmp_path, START + body) == ("holds", None)
