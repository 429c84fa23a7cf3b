"""The queue with one shared condition, whose notify(m) wakes m sleepers of either kind: the one that can
deadlock.

The environment picks who is woken: ``pick`` putters, the rest getters. A woken thread looks again at once
or later; since it may do so at any time, being woken and running are one: a thread is asleep or awake.

The safe side rests on ``up or down``: counting from the moment when the queue was last empty (or full),
only so many threads can have fallen asleep and stayed so. The converse is a strategy: put everybody of one
kind to sleep, fill, put everybody of the other kind to sleep, drain, and so on; in each round more threads
remain asleep.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from queuespec.system import Action, System, action


class Shared(NamedTuple):
    """Capacity, how many one notify wakes, items, all threads of each kind, and how many of them sleep."""

    capacity: int
    wakes: int
    length: int
    putters: int
    getters: int
    waiting_putters: int
    waiting_getters: int


def initial(capacity: int, putters: int, getters: int, wakes: int = 1) -> Shared:
    """An empty queue; nobody sleeps."""
    return Shared(capacity, wakes, 0, putters, getters, 0, 0)


def types(s: Shared) -> bool:
    """Counts are counts."""
    return (
        s.capacity >= 1
        and s.length >= 0
        and s.length <= s.capacity
        and s.waiting_putters >= 0
        and s.waiting_putters <= s.putters
        and s.waiting_getters >= 0
        and s.waiting_getters <= s.getters
    )


def can_deadlock(s: Shared) -> bool:
    """The law: 2 m K < P + C."""
    return 2 * s.wakes * s.capacity < s.putters + s.getters


def deadlock(s: Shared) -> bool:
    """There are threads, and all of them sleep."""
    return s.waiting_putters == s.putters and s.waiting_getters == s.getters and s.putters + s.getters > 0


def since_empty(s: Shared) -> bool:
    """What holds after the queue was empty and has not been full since."""
    slept_when_empty = max(0, s.putters - s.wakes * s.capacity)
    asleep = s.waiting_putters + s.waiting_getters
    return s.waiting_putters <= slept_when_empty and asleep <= max(0, slept_when_empty + s.getters - s.wakes * s.length)


def since_full(s: Shared) -> bool:
    """What holds after the queue was full and has not been empty since."""
    slept_when_full = max(0, s.getters - s.wakes * s.capacity)
    asleep = s.waiting_putters + s.waiting_getters
    return s.waiting_getters <= slept_when_full and asleep <= max(
        0, slept_when_full + s.putters - s.wakes * (s.capacity - s.length)
    )


def invariant(s: Shared) -> bool:
    """Inductive when 2 m K >= P + C."""
    return types(s) and (since_empty(s) or since_full(s))


def woken(s: Shared) -> int:
    """How many a notify wakes: m, or all when fewer sleep."""
    return min(s.wakes, s.waiting_putters + s.waiting_getters)


def pick_is_legal(s: Shared, pick: int) -> bool:
    """``pick`` putters and the rest getters can be woken."""
    rest = woken(s) - pick
    return pick >= 0 and pick <= s.waiting_putters and rest >= 0 and rest <= s.waiting_getters


def picks(s: Shared) -> Iterable[int]:
    """All candidates for the number of putters among the woken."""
    return range(woken(s) + 1)


def notify(s: Shared, pick: int) -> Shared:
    """Wake ``pick`` putters and the rest getters."""
    return s._replace(waiting_putters=s.waiting_putters - pick, waiting_getters=s.waiting_getters - (woken(s) - pick))


def put_guard(s: Shared, pick: int) -> bool:
    """A putter is awake and there is room."""
    return s.waiting_putters < s.putters and s.length < s.capacity and pick_is_legal(s, pick)


def put(s: Shared, pick: int) -> Shared:
    """It puts and notifies."""
    return notify(s, pick)._replace(length=s.length + 1)


def put_waits_guard(s: Shared) -> bool:
    """A putter is awake and the queue is full."""
    return s.waiting_putters < s.putters and s.length == s.capacity


def put_waits(s: Shared) -> Shared:
    """It falls asleep."""
    return s._replace(waiting_putters=s.waiting_putters + 1)


def get_guard(s: Shared, pick: int) -> bool:
    """A getter is awake and there is an item."""
    return s.waiting_getters < s.getters and s.length > 0 and pick_is_legal(s, pick)


def get(s: Shared, pick: int) -> Shared:
    """It gets and notifies."""
    return notify(s, pick)._replace(length=s.length - 1)


def get_waits_guard(s: Shared) -> bool:
    """A getter is awake and the queue is empty."""
    return s.waiting_getters < s.getters and s.length == 0


def get_waits(s: Shared) -> Shared:
    """It falls asleep."""
    return s._replace(waiting_getters=s.waiting_getters + 1)


SYSTEM = System(
    "one condition, notify(m)",
    (
        Action("put", put_guard, put, picks),
        action(put_waits_guard, put_waits),
        Action("get", get_guard, get, picks),
        action(get_waits_guard, get_waits),
    ),
)


# Repairs. A notify that is aimed at the other kind, and a notify that wakes everybody.


def put_aimed_guard(s: Shared) -> bool:
    """A putter is awake and there is room."""
    return s.waiting_putters < s.putters and s.length < s.capacity


def put_aimed(s: Shared) -> Shared:
    """It puts and wakes one getter, if any sleeps."""
    return s._replace(length=s.length + 1, waiting_getters=max(0, s.waiting_getters - 1))


def get_aimed_guard(s: Shared) -> bool:
    """A getter is awake and there is an item."""
    return s.waiting_getters < s.getters and s.length > 0


def get_aimed(s: Shared) -> Shared:
    """It gets and wakes one putter, if any sleeps."""
    return s._replace(length=s.length - 1, waiting_putters=max(0, s.waiting_putters - 1))


AIMED = System(
    "one condition, notify aimed at the other kind",
    (
        action(put_aimed_guard, put_aimed),
        action(put_waits_guard, put_waits),
        action(get_aimed_guard, get_aimed),
        action(get_waits_guard, get_waits),
    ),
)


def put_wakes_all(s: Shared) -> Shared:
    """It puts and wakes everybody."""
    return s._replace(length=s.length + 1, waiting_putters=0, waiting_getters=0)


def get_wakes_all(s: Shared) -> Shared:
    """It gets and wakes everybody."""
    return s._replace(length=s.length - 1, waiting_putters=0, waiting_getters=0)


NOTIFY_ALL = System(
    "one condition, notify_all",
    (
        action(put_aimed_guard, put_wakes_all),
        action(put_waits_guard, put_waits),
        action(get_aimed_guard, get_wakes_all),
        action(get_waits_guard, get_waits),
    ),
)


def notify_all_invariant(s: Shared) -> bool:
    """Getters sleep only while the queue is empty, putters only while it is full."""
    return types(s) and (s.waiting_getters == 0 or s.length == 0) and (s.waiting_putters == 0 or s.length == s.capacity)


def aimed_invariant(s: Shared) -> bool:
    """All getters sleep only while the queue is empty, all putters only while it is full."""
    return (
        types(s)
        and (s.waiting_getters < s.getters or s.length == 0)
        and (s.waiting_putters < s.putters or s.length == s.capacity)
    )
