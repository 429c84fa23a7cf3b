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
