"""CPython's own tests of `queue.Queue`, from the interpreter that runs, pass with our classes in its place.

Not run, because they test what `FastQueue` does not promise: FailingQueueTest (it overrides the private
hooks `_put` and `_get`), the tests of PriorityQueue and LifoQueue, and CSimpleQueueTest (re-entrant `put`
into an unbounded queue; `queue.Queue` fails it as well).
"""

from __future__ import annotations

import types
import unittest
from typing import Any

import pytest

from boundedqueue import Empty, FastQueue, Full, MonitorQueue, ShutDown

pytestmark = pytest.mark.usefixtures("few_objects", "memory_enough")

cpython = pytest.importorskip("test.test_queue", reason="this interpreter comes without its test package")


@pytest.fixture
def memory_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python 3.14 on a test with 50 threads asks for 5 GB and is skipped without them; it needs far less."""
    monkeypatch.setattr("test.support.real_max_memuse", 6 * 2**30)
    monkeypatch.setattr("test.support.verbose", 0)


def standing_in_for_queue(queue_class: Any) -> types.SimpleNamespace:
    """A namespace like the module `queue`; the tests look the class up by its name `Queue`."""
    return types.SimpleNamespace(Queue=type("Queue", (queue_class,), {}), Empty=Empty, Full=Full, ShutDown=ShutDown)


class TestFastQueueIsAQueue(cpython.QueueTest, unittest.TestCase):
    queue = standing_in_for_queue(FastQueue)


class TestFastQueueIsASimpleQueue(cpython.BaseSimpleQueueTest, unittest.TestCase):
    queue = standing_in_for_queue(FastQueue)
    type2test = FastQueue


class TestMonitorQueueIsAQueue(cpython.QueueTest, unittest.TestCase):
    queue = standing_in_for_queue(MonitorQueue)


class TestMonitorQueueIsASimpleQueue(cpython.BaseSimpleQueueTest, unittest.TestCase):
    queue = standing_in_for_queue(MonitorQueue)
    type2test = MonitorQueue
