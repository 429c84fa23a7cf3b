"""Calls block exactly while the queue is full or empty, wake when that ends, time out when it does not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from boundedqueue import Empty, Full, ShutDown


def test_a_put_into_a_full_queue_waits_for_a_get(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    queue.put("a")
    put = in_thread(queue.put, "b")
    assert put.blocks()
    assert queue.get() == "a"
    put.result()
    assert queue.get() == "b"


def test_a_get_from_an_empty_queue_waits_for_a_put(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    get = in_thread(queue.get)
    assert get.blocks()
    queue.put("a")
    assert get.result() == "a"


def test_blocked_putters_enter_in_the_order_in_which_they_came(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    queue.put(0)
    puts = []
    for n in (1, 2, 3):
        puts.append(in_thread(queue.put, n))
        assert puts[-1].blocks()
    assert [queue.get(timeout=5) for _ in range(4)] == [0, 1, 2, 3]
    for put in puts:
        put.result()


def test_a_timed_put_raises_full_and_leaves_the_queue_as_it_was(queue_class: Any) -> None:
    queue = queue_class(1)
    queue.put("a")
    began = time.monotonic()
    with pytest.raises(Full):
        queue.put("b", timeout=0.05)
    assert time.monotonic() - began >= 0.05
    assert (list(queue.queue), queue.unfinished_tasks) == (["a"], 1)
    assert queue.get() == "a"
    queue.put("c")
    assert queue.get() == "c"


def test_a_timed_get_raises_empty_and_leaves_no_waiter_behind(queue_class: Any) -> None:
    queue = queue_class(1)
    began = time.monotonic()
    with pytest.raises(Empty):
        queue.get(timeout=0.05)
    assert time.monotonic() - began >= 0.05
    queue.put("a")
    assert queue.get_nowait() == "a"


def test_a_timed_call_succeeds_when_the_other_side_comes_in_time(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    get = in_thread(queue.get, timeout=10)
    assert get.blocks()
    queue.put("a", timeout=10)
    assert get.result() == "a"
    queue.put("b")
    put = in_thread(queue.put, "c", True, 10)
    assert put.blocks()
    assert queue.get() == "b"
    put.result()


def test_raising_maxsize_lets_blocked_putters_in_at_the_next_get(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    queue.put(0)
    put = in_thread(queue.put, 1)
    assert put.blocks()
    queue.maxsize = 2
    assert queue.get() == 0
    put.result()
    queue.put(2, timeout=5)
    with pytest.raises(Full):
        queue.put_nowait(3)


def test_join_waits_for_task_done_of_every_item(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class()
    queue.put("a")
    queue.put("b")
    join = in_thread(queue.join)
    queue.get()
    queue.get()
    queue.task_done()
    assert join.blocks()
    queue.task_done()
    join.result()


def test_shutdown_wakes_every_blocked_putter(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    queue.put("a")
    puts = [in_thread(queue.put, "b"), in_thread(queue.put, "c", timeout=10)]
    assert all(put.blocks() for put in puts)
    queue.shutdown()
    for put in puts:
        with pytest.raises(ShutDown):
            put.result()
    assert queue.get() == "a"
    assert queue.unfinished_tasks == 1


def test_shutdown_wakes_every_blocked_getter(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class(1)
    gets = [in_thread(queue.get), in_thread(queue.get, timeout=10)]
    assert all(get.blocks() for get in gets)
    queue.shutdown()
    for get in gets:
        with pytest.raises(ShutDown):
            get.result()


def test_after_shutdown_the_items_that_are_left_can_still_be_taken(queue_class: Any) -> None:
    queue = queue_class(2)
    queue.put("a")
    queue.put("b")
    queue.shutdown()
    assert queue.is_shutdown
    for call in (lambda: queue.put("c"), lambda: queue.put_nowait("c"), lambda: queue.put("c", timeout=1)):
        with pytest.raises(ShutDown):
            call()
    assert [queue.get(), queue.get_nowait()] == ["a", "b"]
    for call in (queue.get, queue.get_nowait, lambda: queue.get(timeout=1)):
        with pytest.raises(ShutDown):
            call()


def test_shutdown_may_be_called_twice_and_become_immediate(queue_class: Any) -> None:
    queue = queue_class()
    queue.put("a")
    queue.shutdown()
    queue.shutdown(immediate=True)
    with pytest.raises(ShutDown):
        queue.get()
    assert queue.unfinished_tasks == 0


def test_shutdown_now_discards_the_items_and_lets_join_return(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class()
    for n in range(3):
        queue.put(n)
    queue.get()
    queue.task_done()
    join = in_thread(queue.join)
    assert join.blocks()
    queue.shutdown(immediate=True)
    join.result()
    assert (queue.qsize(), queue.unfinished_tasks) == (0, 0)


def test_shutdown_now_does_not_finish_tasks_that_were_taken_before(queue_class: Any, in_thread: Any) -> None:
    queue = queue_class()
    queue.put("taken")
    queue.put("discarded")
    queue.get()
    queue.shutdown(immediate=True)
    join = in_thread(queue.join)
    assert join.blocks()
    queue.task_done()
    join.result()
