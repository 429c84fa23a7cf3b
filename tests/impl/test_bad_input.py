"""Whatever a caller does wrong raises the standard queue's own error, or one clear one, and harms nothing."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
from typing import Any

import pytest

from boundedqueue import Empty, Full, ShutDown


@pytest.mark.parametrize("timeout", [-1, -0.001, -math.inf, math.nan])
def test_a_timeout_that_is_negative_or_nan_is_refused(queue_class: Any, timeout: float) -> None:
    queue = queue_class(1)
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        queue.get(timeout=timeout)
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        queue.put("a", timeout=timeout)
    queue.put("a")
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        queue.get(timeout=timeout)
    assert queue.get() == "a"


def test_a_timeout_is_ignored_when_the_call_does_not_block(queue_class: Any) -> None:
    queue = queue_class(1)
    queue.put("a", False, -1)
    with pytest.raises(Full):
        queue.put("b", False, -1)
    assert queue.get(False, math.nan) == "a"
    with pytest.raises(Empty):
        queue.get(False, -1)


def test_a_timeout_that_is_no_number_is_refused(queue_class: Any) -> None:
    queue = queue_class(1)
    with pytest.raises(TypeError):
        queue.get(timeout="soon")
    with pytest.raises(TypeError):
        queue.put("a", timeout="soon")
    assert queue.qsize() == 0


def test_a_timeout_beyond_what_the_platform_can_wait_leaves_no_waiter_behind(queue_class: Any) -> None:
    queue = queue_class(1)
    for forever in (1e300, math.inf):
        with pytest.raises(OverflowError):
            queue.get(timeout=forever)
    queue.put("a")
    for forever in (1e300, math.inf):
        with pytest.raises(OverflowError):
            queue.put("b", timeout=forever)
    assert queue.get_nowait() == "a"
    with pytest.raises(Empty):
        queue.get_nowait()
    assert queue.unfinished_tasks == 1


@pytest.mark.parametrize("maxsize", ["3", 2.5, None, [], math.inf])
def test_a_maxsize_that_is_no_integer_is_refused(queue_class: Any, maxsize: object) -> None:
    with pytest.raises(TypeError, match="maxsize must be an integer"):
        queue_class(maxsize)


@pytest.mark.parametrize("maxsize", [0, -1, -1000])
def test_a_maxsize_of_zero_or_less_is_unbounded(queue_class: Any, maxsize: int) -> None:
    queue = queue_class(maxsize)
    for n in range(100):
        queue.put_nowait(n)
    assert not queue.full()
    assert [queue.get_nowait() for _ in range(100)] == list(range(100))


def test_task_done_too_often_is_refused_and_changes_nothing(queue_class: Any) -> None:
    queue = queue_class()
    queue.put("a")
    queue.task_done()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"task_done\(\) called too many times"):
            queue.task_done()
    assert queue.unfinished_tasks == 0
    queue.put("b")
    assert queue.unfinished_tasks == 1


@pytest.mark.parametrize("item", [None, ValueError("an item"), StopIteration, (), lambda: None, NotImplemented])
def test_anything_is_an_item(queue_class: Any, in_thread: Any, item: object) -> None:
    queue = queue_class(1)
    queue.put(item)
    assert queue.get() is item
    get = in_thread(queue.get)
    assert get.blocks(0.02)
    queue.put(item)
    assert get.result() is item
    queue.put("first")
    put = in_thread(queue.put, item)
    assert put.blocks(0.02)
    assert queue.get() == "first"
    put.result()
    assert queue.get() is item


def test_items_are_never_compared_tested_or_hashed(queue_class: Any, in_thread: Any) -> None:
    class Hostile:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __bool__(self) -> bool:
            raise AssertionError("tested")

    queue, item = queue_class(1), Hostile()
    queue.put(item)
    put = in_thread(queue.put, item)
    assert put.blocks(0.02)
    assert [queue.get() is item, queue.get() is item] == [True, True]
    get = in_thread(queue.get)
    assert get.blocks(0.02)
    queue.put(item)
    assert get.result() is item


def test_use_after_shutdown_raises_shutdown_and_shutdown_again_is_harmless(queue_class: Any) -> None:
    queue = queue_class(1)
    queue.shutdown()
    queue.shutdown()
    with pytest.raises(ShutDown):
        queue.put("a")
    with pytest.raises(ShutDown):
        queue.get()
    assert (queue.qsize(), queue.empty(), queue.full(), queue.unfinished_tasks) == (0, True, False, 0)
    queue.join()


def test_a_queue_cannot_be_pickled_or_copied_in_depth(queue_class: Any) -> None:
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match=r"cannot (be )?pickle"):
            attempt(queue_class(1))


def test_threads_blocked_on_a_queue_do_not_keep_the_interpreter_from_leaving(queue_class: Any) -> None:
    script = (
        "import threading, time\n"
        f"from boundedqueue import {queue_class.__name__} as Queue\n"
        "full, empty = Queue(1), Queue(1)\n"
        "full.put('a')\n"
        "for call in (lambda: full.put('b'), empty.get, full.join):\n"
        "    threading.Thread(target=call, daemon=True).start()\n"
        "time.sleep(0.1)\n"
        "print('leaving with', full.qsize())\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stdout, result.stderr) == (0, "leaving with 1\n", "")
