"""The queue with two conditions, one critical section per step: the model that everything else refers to.

Putters wait on ``not_full``, getters on ``not_empty``; both conditions share one mutex. Who a thread is
does not matter, only how many are where: *running* (outside the queue, about to enter: it may overtake
those that wait), *waiting* (asleep on its condition), or *woken* (notified, but the mutex not yet acquired
again). Notify wakes one.

The invariant that carries the proof: while a getter sleeps, every item in the queue has a woken getter on
the way to it; while a putter sleeps, every free slot has a woken putter.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec.system import System, action


class Counters(NamedTuple):
    """How many items there are, and how many threads are where."""

    capacity: int
    length: int
    running_putters: int
    waiting_putters: int
    woken_putters: int
    running_getters: int
    waiting_getters: int
    woken_getters: int


def initial(capacity: int, putters: int, getters: int) -> Counters:
    """An empty queue; nobody has entered it yet."""
    return Counters(capacity, 0, putters, 0, 0, getters, 0, 0)


def putters(s: Counters) -> int:
    """The number of putters, wherever they are."""
    return s.running_putters + s.waiting_putters + s.woken_putters


def getters(s: Counters) -> int:
    """The number of getters, wherever they are."""
    return s.running_getters + s.waiting_getters + s.woken_getters


# What must hold.


def types(s: Counters) -> bool:
    """Counts are counts, and the queue never holds more than its capacity."""
    return (
        s.capacity >= 1
        and s.length >= 0
        and s.length <= s.capacity
        and s.running_putters >= 0
        and s.waiting_putters >= 0
        and s.woken_putters >= 0
        and s.running_getters >= 0
        and s.waiting_getters >= 0
        and s.woken_getters >= 0
    )


def items_are_served(s: Counters) -> bool:
    """While a getter sleeps, every item has a woken getter on the way."""
    return s.waiting_getters == 0 or s.length <= s.woken_getters


def slots_are_served(s: Counters) -> bool:
    """While a putter sleeps, every free slot has a woken putter on the way."""
    return s.waiting_putters == 0 or s.capacity - s.length <= s.woken_putters


def invariant(s: Counters) -> bool:
    """The inductive invariant."""
    return types(s) and items_are_served(s) and slots_are_served(s)


def lost_wakeup(s: Counters) -> bool:
    """Somebody sleeps although there is something for it, and nobody is on the way to take that."""
    getter = s.waiting_getters > 0 and s.length > 0 and s.woken_getters == 0
    putter = s.waiting_putters > 0 and s.length < s.capacity and s.woken_putters == 0
    return getter or putter


def deadlock(s: Counters) -> bool:
    """There are threads, and all of them sleep."""
    awake = s.running_putters + s.woken_putters + s.running_getters + s.woken_getters
    return awake == 0 and s.waiting_putters + s.waiting_getters > 0


# Notification.


def notify_not_empty(s: Counters) -> Counters:
    """Wake one getter, if any sleeps."""
    if s.waiting_getters > 0:
        return s._replace(waiting_getters=s.waiting_getters - 1, woken_getters=s.woken_getters + 1)
    return s


def notify_not_full(s: Counters) -> Counters:
    """Wake one putter, if any sleeps."""
    if s.waiting_putters > 0:
        return s._replace(waiting_putters=s.waiting_putters - 1, woken_putters=s.woken_putters + 1)
    return s


# The four critical sections. The first part of a call enters; a woken thread checks again: the ``while``.


def put_enter_guard(s: Counters) -> bool:
    """Some putter is about to enter."""
    return s.running_putters > 0


def put_enter(s: Counters) -> Counters:
    """A putter enters: it waits if the queue is full, else it puts, notifies and leaves."""
    if s.length == s.capacity:
        return s._replace(running_putters=s.running_putters - 1, waiting_putters=s.waiting_putters + 1)
    return notify_not_empty(s._replace(length=s.length + 1))


def put_recheck_guard(s: Counters) -> bool:
    """Some putter was woken."""
    return s.woken_putters > 0


def put_recheck(s: Counters) -> Counters:
    """A woken putter looks again: somebody may have taken its slot."""
    if s.length == s.capacity:
        return s._replace(woken_putters=s.woken_putters - 1, waiting_putters=s.waiting_putters + 1)
    return notify_not_empty(
        s._replace(length=s.length + 1, woken_putters=s.woken_putters - 1, running_putters=s.running_putters + 1)
    )


def get_enter_guard(s: Counters) -> bool:
    """Some getter is about to enter."""
    return s.running_getters > 0


def get_enter(s: Counters) -> Counters:
    """A getter enters: it waits if the queue is empty, else it gets, notifies and leaves."""
    if s.length == 0:
        return s._replace(running_getters=s.running_getters - 1, waiting_getters=s.waiting_getters + 1)
    return notify_not_full(s._replace(length=s.length - 1))


def get_recheck_guard(s: Counters) -> bool:
    """Some getter was woken."""
    return s.woken_getters > 0


def get_recheck(s: Counters) -> Counters:
    """A woken getter looks again: somebody may have taken its item."""
    if s.length == 0:
        return s._replace(woken_getters=s.woken_getters - 1, waiting_getters=s.waiting_getters + 1)
    return notify_not_full(
        s._replace(length=s.length - 1, woken_getters=s.woken_getters - 1, running_getters=s.running_getters + 1)
    )


PUT_ENTER = action(put_enter_guard, put_enter)
PUT_RECHECK = action(put_recheck_guard, put_recheck)
GET_ENTER = action(get_enter_guard, get_enter)
GET_RECHECK = action(get_recheck_guard, get_recheck)

SYSTEM = System("two conditions", (PUT_ENTER, PUT_RECHECK, GET_ENTER, GET_RECHECK))
