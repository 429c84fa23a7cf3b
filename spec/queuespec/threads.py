"""The queue with two conditions at the level of single threads, woken in the order in which they fell asleep.

Here each thread has a name (putters 1, 2, ..., getters -1, -2, ...) and each condition a line. ``counters``
forgets names and order; the steps that remain are those of ``two_conditions``.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec.system import Action, System
from queuespec.two_conditions import Counters


class Threads(NamedTuple):
    """Items, the threads outside, the threads woken, and the line of each condition, oldest first."""

    capacity: int
    length: int
    running: frozenset[int]
    woken: frozenset[int]
    not_full: tuple[int, ...]
    not_empty: tuple[int, ...]


def initial(capacity: int, putters: int, getters: int) -> Threads:
    """An empty queue; everybody is outside."""
    everybody = frozenset(range(1, putters + 1)) | frozenset(range(-getters, 0))
    return Threads(capacity, 0, everybody, frozenset(), (), ())


def counters(t: Threads) -> Counters:
    """How many threads are where."""
    return Counters(
        t.capacity,
        t.length,
        sum(who > 0 for who in t.running),
        len(t.not_full),
        sum(who > 0 for who in t.woken),
        sum(who < 0 for who in t.running),
        len(t.not_empty),
        sum(who < 0 for who in t.woken),
    )


def notify_not_empty(t: Threads) -> Threads:
    """Wake the getter that has slept longest, if any sleeps."""
    return t._replace(not_empty=t.not_empty[1:], woken=t.woken | frozenset(t.not_empty[:1]))


def notify_not_full(t: Threads) -> Threads:
    """Wake the putter that has slept longest, if any sleeps."""
    return t._replace(not_full=t.not_full[1:], woken=t.woken | frozenset(t.not_full[:1]))


def enter_guard(t: Threads, who: int) -> bool:
    """The thread is outside."""
    return who in t.running


def recheck_guard(t: Threads, who: int) -> bool:
    """The thread was woken."""
    return who in t.woken


def put(t: Threads, who: int) -> Threads:
    """The critical section of a putter, whether it enters or was woken."""
    awake = t._replace(running=t.running - {who}, woken=t.woken - {who})
    if t.length == t.capacity:
        return awake._replace(not_full=(*t.not_full, who))
    return notify_not_empty(awake._replace(length=t.length + 1, running=awake.running | {who}))


def get(t: Threads, who: int) -> Threads:
    """The critical section of a getter, whether it enters or was woken."""
    awake = t._replace(running=t.running - {who}, woken=t.woken - {who})
    if t.length == 0:
        return awake._replace(not_empty=(*t.not_empty, who))
    return notify_not_full(awake._replace(length=t.length - 1, running=awake.running | {who}))


SYSTEM = System(
    "two conditions, threads with names, FIFO wake-up",
    (
        Action("put_enter", enter_guard, put, lambda t: sorted(who for who in t.running if who > 0)),
        Action("put_recheck", recheck_guard, put, lambda t: sorted(who for who in t.woken if who > 0)),
        Action("get_enter", enter_guard, get, lambda t: sorted(who for who in t.running if who < 0)),
        Action("get_recheck", recheck_guard, get, lambda t: sorted(who for who in t.woken if who < 0)),
    ),
)
