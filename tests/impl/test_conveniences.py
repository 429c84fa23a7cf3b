"""Many items at once, iteration until shutdown, and the context manager do what their docstrings say."""

from __future__ import annotations

import time
from typing import Any

import pytest

from boundedqueue import Empty, Full, ShutDown


def test_put_many_puts_all_in_order_waiting_for_room(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(2)
    put = in_thread(queue.put_many, [1, 2, 3, 4])
    assert put.blocks()
    assert [queue.get() for _ in range(4)] == [1, 2, 3, 4]
    assert put.result() == 4


def test_put_many_says_how_many_are_in_when_time_is_up(queue_class: Any) -> None:
    queue = queue_class(3)
    assert queue.put_many([1, 2], timeout=0.02) == 2
    began = time.monotonic()
    assert queue.put_many([3, 4, 5], timeout=0.05) == 1
    assert 0.05 <= time.monotonic() - began < 5
    with pytest.raises(Full):
        queue.put_many([4], block=False)
    assert queue.get_many(10) == [1, 2, 3]


def test_put_many_says_how_many_are_in_when_the_queue_is_shut_down(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    put = in_thread(queue.put_many, ["a", "b"])
    assert put.blocks()
    queue.shutdown()
    assert put.result() == 1
    with pytest.raises(ShutDown):
        queue.put_many(["b"])


def test_put_many_of_nothing_puts_nothing(queue_class: Any) -> None:
    queue = queue_class(1)
    assert queue.put_many([]) == 0
    assert queue.empty()


def test_put_many_refuses_a_bad_timeout_before_it_puts_anything(queue_class: Any) -> None:
    queue = queue_class(1)
    with pytest.raises(ValueError, match="non-negative"):
        queue.put_many([1], timeout=float("nan"))
    assert queue.empty()


def test_put_many_refuses_an_iterator_before_it_puts_anything(queue_class: Any) -> None:
    queue = queue_class()
    with pytest.raises(TypeError, match="has no len"):
        queue.put_many(item for item in "abc")
    assert queue.qsize() == 0


def test_get_many_waits_for_one_and_takes_what_is_there(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class()
    get = in_thread(queue.get_many, 3)
    assert get.blocks()
    queue.put(1)
    assert get.result() == [1]
    queue.put_many([2, 3, 4, 5])
    assert queue.get_many(3) == [2, 3, 4]
    assert queue.get_many(3) == [5]


def test_get_many_raises_as_get_does_when_there_is_nothing(queue_class: Any) -> None:
    queue = queue_class()
    with pytest.raises(Empty):
        queue.get_many(3, timeout=0.01)
    with pytest.raises(ValueError, match="at least 1"):
        queue.get_many(0)
    queue.put(1)
    queue.shutdown()
    assert queue.get_many(3) == [1]
    with pytest.raises(ShutDown):
        queue.get_many(3)


def test_iteration_yields_until_the_queue_is_shut_down_and_empty(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class()
    items = in_thread(list, queue)
    queue.put_many([1, 2, 3])
    assert items.blocks()
    queue.put(4)
    queue.close()
    assert items.result() == [1, 2, 3, 4]
    assert list(queue) == []


def test_leaving_the_context_closes_the_queue_and_keeps_what_is_in_it(queue_class: Any) -> None:
    with queue_class() as queue:
        queue.put("a")
    with pytest.raises(ShutDown):
        queue.put("b")
    assert list(queue) == ["a"]


def test_leaving_the_context_by_an_exception_discards_what_is_in_it(queue_class: Any) -> None:
    queue = queue_class()
    with pytest.raises(KeyError), queue:
        queue.put("a")
        raise KeyError
    assert list(queue) == []
    queue.join()
