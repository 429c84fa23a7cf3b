"""The readable reference: one lock and, for each thing a thread may wait for, one condition on that lock.

Three rules make it right, and each has a variant in `boundedqueue.broken` that dies without it:

1. The state is read and changed with the lock held, so each critical section is *one action* of the
specification. 2. A thread waits in a `while` loop: being woken is a hint, only the state says whether the
call is enabled. Waiting
   gives up the lock and begins to wait in one indivisible step, so no notification falls between check and
   wait.
3. Whoever makes a call enabled notifies one thread that waits for it. Putters and getters wait on conditions
of
   their own, so the one that wakes can use what it was woken for.

This is the monitor of Hoare ("Monitors: an operating system structuring concept", CACM 1974) with the
signalling of Lampson and Redell (Mesa, CACM 1980), as in the standard library's `queue.Queue`; the attributes
have its names.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic
from typing import TypeVar

from boundedqueue.arguments import check_timeout, checked_maxsize
from boundedqueue.errors import Empty, Full, ShutDown
from boundedqueue.interface import QueueInterface

T = TypeVar("T")


class MonitorQueue(QueueInterface[T]):
    """A bounded blocking FIFO with the interface of Python 3.13's `queue.Queue`.

    `maxsize` is the capacity; zero or less means unbounded. Raises TypeError if it is no integer.

    >>> queue = MonitorQueue[str](2)
    >>> queue.put("tea"); queue.put("cake"); queue.full()
    True
    >>> queue.get(), queue.get(), queue.empty()
    ('tea', 'cake', True)
    """

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = checked_maxsize(maxsize)
        self.queue: deque[T] = deque()
        self.unfinished_tasks = 0
        self.is_shutdown = False
        self.mutex = threading.Lock()
        self.not_empty = threading.Condition(self.mutex)
        self.not_full = threading.Condition(self.mutex)
        self.all_tasks_done = threading.Condition(self.mutex)

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Append `item`, waiting while the queue is full: for ever, `timeout` seconds, or not at all.

        Raises Full when the wait is over and there is still no room, ShutDown once the queue is shut down,
        ValueError for a timeout that is negative or NaN.
        """
        if block:
            check_timeout(timeout)
        with self.mutex:  # action Put, PutFull or PutShutDown
            deadline = _deadline(timeout) if block else None
            while 0 < self.maxsize <= len(self.queue) and not self.is_shutdown:
                if not (block and _wait(self.not_full, deadline)):
                    raise Full
            if self.is_shutdown:
                raise ShutDown
            self.queue.append(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return the oldest item; wait while there is none: for ever, `timeout` seconds, or not.

        Raises Empty when the wait is over and there is still no item, ShutDown once the queue is shut down
        and empty, ValueError for a timeout that is negative or NaN.
        """
        if block:
            check_timeout(timeout)
        with self.mutex:  # action Get, GetEmpty or GetShutDown
            deadline = _deadline(timeout) if block else None
            while not self.queue and not self.is_shutdown:
                if not (block and _wait(self.not_empty, deadline)):
                    raise Empty
            if not self.queue:
                raise ShutDown
            item = self.queue.popleft()
            self.not_full.notify()
            return item

    def task_done(self) -> None:
        """Say that the work on one item taken earlier is complete.

        Raises ValueError when it is called more often than items were put.
        """
        with self.mutex:  # action TaskDone
            if self.unfinished_tasks <= 0:
                raise ValueError("task_done() called too many times")
            self.unfinished_tasks -= 1
            if self.unfinished_tasks == 0:
                self.all_tasks_done.notify_all()

    def join(self) -> None:
        """Wait until `task_done` was called for every item put."""
        with self.mutex:  # action Join
            while self.unfinished_tasks:
                self.all_tasks_done.wait()

    def shutdown(self, immediate: bool = False) -> None:
        """Make every further `put` raise ShutDown, and every `get` that finds the queue empty.

        `immediate` also discards the items that are queued now and counts them as done. Whoever is blocked
        wakes.
        """
        with self.mutex:  # action ShutDown or ShutDownNow
            self.is_shutdown = True
            if immediate:
                self.unfinished_tasks = max(0, self.unfinished_tasks - len(self.queue))
                self.queue.clear()
                self.all_tasks_done.notify_all()
            self.not_empty.notify_all()
            self.not_full.notify_all()

    def qsize(self) -> int:
        """Return the number of items; it may have changed by the time you look."""
        with self.mutex:  # action Size
            return len(self.queue)


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else monotonic() + timeout


def _wait(condition: threading.Condition, deadline: float | None) -> bool:
    """Wait until notified or until the deadline; return False, without waiting, once the deadline has passed.

    What ends the wait is not reported, on purpose: a thread that times out may have been notified at the same
    moment, and if it left without looking at the state again, that notification would be lost.
    """
    remaining = None if deadline is None else deadline - monotonic()
    if remaining is not None and remaining <= 0:
        return False
    try:
        condition.wait(remaining)
    except BaseException:  # an interrupt: another thread can use what this one may have been woken for
        condition.notify()
        raise
    return True
