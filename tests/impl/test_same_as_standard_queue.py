"""In one thread, every sequence of calls has the results that `queue.Queue` gives."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CALLS: dict[str, Callable[[Any, int], Any]] = {
    "put_nowait": lambda q, n: q.put_nowait(n),
    "put, block false": lambda q, n: q.put(n, False, 5),
    "put, timeout": lambda q, n: q.put(n, timeout=0),
    "get_nowait": lambda q, n: q.get_nowait(),
    "get, block false": lambda q, n: q.get(block=False),
    "get, timeout": lambda q, n: q.get(True, 0.0),
    "get, negative timeout": lambda q, n: q.get(timeout=-1) if not q.is_shutdown else None,
    "task_done": lambda q, n: q.task_done(),
    "join": lambda q, n: q.join() if not q.unfinished_tasks else None,
    "qsize": lambda q, n: q.qsize(),
    "empty": lambda q, n: q.empty(),
    "full": lambda q, n: q.full(),
    "unfinished_tasks": lambda q, n: q.unfinished_tasks,
    "maxsize": lambda q, n: setattr(q, "maxsize", n % 4 - 1),
    "shutdown": lambda q, n: q.shutdown(),
    "shutdown now": lambda q, n: q.shutdown(immediate=True),
}
HAS_SHUTDOWN = hasattr(queue.Queue, "shutdown")


class StandardQueue(queue.Queue):  # type: ignore[type-arg]
    if not HAS_SHUTDOWN:
        is_shutdown = False


def outcome(call: str, q: Any, n: int) -> object:
    try:
        return CALLS[call](q, n)
    except Exception as error:
        return type(error), str(error)


@settings(max_examples=300, deadline=None)
@given(
    maxsize=st.integers(-1, 3),
    calls=st.lists(st.sampled_from([call for call in CALLS if HAS_SHUTDOWN or "shutdown" not in call]), max_size=40),
)
def test_every_sequence_of_calls_has_the_results_of_the_standard_queue(
    maxsize: int, calls: list[str], queue_classes: list[Any]
) -> None:
    for queue_class in queue_classes:
        ours, theirs = queue_class(maxsize), StandardQueue(maxsize)
        for n, call in enumerate(calls):
            assert outcome(call, ours, n) == outcome(call, theirs, n), (queue_class, n, call)
            assert list(ours.queue) == list(theirs.queue)


@pytest.fixture(scope="module")
def queue_classes() -> list[Any]:
    from boundedqueue import FastQueue, MonitorQueue

    return [FastQueue, MonitorQueue]
