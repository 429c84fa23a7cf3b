"""The queue whose lock is not held where it must be: what a thread has seen may be out of date when it acts.

Three variants. Somebody who polls without any lock; somebody who looks before it takes the lock; somebody who
announces an item under the lock and appends it later. A thread is *running* (awake, about to look; who was woken
looks like everybody), has *seen* something and is about to act on it, or *waits*.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec.broken import Variant
from queuespec.system import System, action


class Looked(NamedTuple):
    """The items, and how many threads are where; who has seen something has not acted on it yet."""

    capacity: int
    length: int
    running_putters: int
    saw_room: int
    saw_full: int
    waiting_putters: int
    running_getters: int
    saw_item: int
    saw_nothing: int
    waiting_getters: int


def initial(capacity: int, putters: int, getters: int) -> Looked:
    """An empty queue; nobody has looked yet."""
    return Looked(capacity, 0, putters, 0, 0, 0, getters, 0, 0, 0)


def types(s: Looked) -> bool:
    """Counts are counts, and the queue never holds more than its capacity."""
    return (
        s.capacity >= 1
        and s.length >= 0
        and s.length <= s.capacity
        and s.running_putters >= 0
        and s.saw_room >= 0
        and s.saw_full >= 0
        and s.waiting_putters >= 0
        and s.running_getters >= 0
        and s.saw_item >= 0
        and s.saw_nothing >= 0
        and s.waiting_getters >= 0
    )


def sight_is_up_to_date(s: Looked) -> bool:
    """For each that saw room there is a free slot, and for each that saw an item there is one."""
    return s.saw_room <= s.capacity - s.length and s.saw_item <= s.length


def sleepers_are_served(s: Looked) -> bool:
    """While a getter sleeps, every item has a getter that will look or take; likewise free slots and putters."""
    items = s.waiting_getters == 0 or s.length <= s.running_getters + s.saw_item
    slots = s.waiting_putters == 0 or s.capacity - s.length <= s.running_putters + s.saw_room
    return items and slots


def invariant(s: Looked) -> bool:
    """What a queue keeps whose lock is held from look to act."""
    return types(s) and sight_is_up_to_date(s) and sleepers_are_served(s)


def corrupt(s: Looked) -> bool:
    """An item was taken that is not there, or the capacity is exceeded."""
    return s.length < 0 or s.length > s.capacity


def overlooked(s: Looked) -> bool:
    """Somebody sleeps although there is something for it, and nobody of its kind will look or take."""
    getter = s.waiting_getters > 0 and s.length > 0 and s.running_getters + s.saw_item == 0
    putter = s.waiting_putters > 0 and s.length < s.capacity and s.running_putters + s.saw_room == 0
    return getter or putter


def _wake_getter(s: Looked) -> Looked:
    if s.waiting_getters > 0:
        return s._replace(waiting_getters=s.waiting_getters - 1, running_getters=s.running_getters + 1)
    return s


def _wake_putter(s: Looked) -> Looked:
    if s.waiting_putters > 0:
        return s._replace(waiting_putters=s.waiting_putters - 1, running_putters=s.running_putters + 1)
    return s


# Looking: what is seen is kept. Who polls and sees nothing for it looks again.


def put_runs(s: Looked) -> bool:
    """Some putter is about to look."""
    return s.running_putters > 0


def put_looks(s: Looked) -> Looked:
    """It sees whether there is room."""
    if s.length == s.capacity:
        return s._replace(running_putters=s.running_putters - 1, saw_full=s.saw_full + 1)
    return s._replace(running_putters=s.running_putters - 1, saw_room=s.saw_room + 1)


def put_may(s: Looked) -> bool:
    """Some putter is about to look, and there is room."""
    return s.running_putters > 0 and s.length < s.capacity


def get_runs(s: Looked) -> bool:
    """Some getter is about to look."""
    return s.running_getters > 0


def get_looks(s: Looked) -> Looked:
    """It sees whether there is an item."""
    if s.length == 0:
        return s._replace(running_getters=s.running_getters - 1, saw_nothing=s.saw_nothing + 1)
    return s._replace(running_getters=s.running_getters - 1, saw_item=s.saw_item + 1)


def get_may(s: Looked) -> bool:
    """Some getter is about to look, and there is an item."""
    return s.running_getters > 0 and s.length > 0


# Acting on what was seen.


def put_saw_room(s: Looked) -> bool:
    """Some putter saw room."""
    return s.saw_room > 0


def put_appends(s: Looked) -> Looked:
    """It appends its item, wherever that leads, and tells nobody."""
    return s._replace(length=s.length + 1, saw_room=s.saw_room - 1, running_putters=s.running_putters + 1)


def put_puts(s: Looked) -> Looked:
    """It appends its item, wherever that leads, and notifies."""
    return _wake_getter(put_appends(s))


def put_saw_full(s: Looked) -> bool:
    """Some putter saw that the queue was full."""
    return s.saw_full > 0


def put_sleeps(s: Looked) -> Looked:
    """It falls asleep, whatever happened in between."""
    return s._replace(saw_full=s.saw_full - 1, waiting_putters=s.waiting_putters + 1)


def get_saw_item(s: Looked) -> bool:
    """Some getter saw an item."""
    return s.saw_item > 0


def get_removes(s: Looked) -> Looked:
    """It removes an item, be there one or not, and tells nobody."""
    return s._replace(length=s.length - 1, saw_item=s.saw_item - 1, running_getters=s.running_getters + 1)


def get_gets(s: Looked) -> Looked:
    """It removes an item, be there one or not, and notifies."""
    return _wake_putter(get_removes(s))


def get_saw_nothing(s: Looked) -> bool:
    """Some getter saw that the queue was empty."""
    return s.saw_nothing > 0


def get_sleeps(s: Looked) -> Looked:
    """It falls asleep, whatever happened in between."""
    return s._replace(saw_nothing=s.saw_nothing - 1, waiting_getters=s.waiting_getters + 1)


# Looking and acting at once, as those do that hold the lock.


def put_must_wait(s: Looked) -> bool:
    """Some putter is about to look, and the queue is full."""
    return s.running_putters > 0 and s.length == s.capacity


def put_waits(s: Looked) -> Looked:
    """It falls asleep at once."""
    return s._replace(running_putters=s.running_putters - 1, waiting_putters=s.waiting_putters + 1)


def get_must_wait(s: Looked) -> bool:
    """Some getter is about to look, and the queue is empty."""
    return s.running_getters > 0 and s.length == 0


def get_waits(s: Looked) -> Looked:
    """It falls asleep at once."""
    return s._replace(running_getters=s.running_getters - 1, waiting_getters=s.waiting_getters + 1)


def get(s: Looked) -> Looked:
    """It removes an item at once, and notifies."""
    return _wake_putter(s._replace(length=s.length - 1))


def put_announces(s: Looked) -> Looked:
    """It sees room and notifies; the item comes later."""
    return _wake_getter(put_looks(s))


NAIVE = System(
    "polling without a lock",
    (action(put_may, put_looks), action(put_saw_room, put_appends), action(get_may, get_looks),
     action(get_saw_item, get_removes)),
)  # fmt: skip

LOOK_BEFORE_LOCK = System(
    "a look before the lock",
    (action(put_runs, put_looks), action(put_saw_room, put_puts), action(put_saw_full, put_sleeps),
     action(put_must_wait, put_waits), action(get_runs, get_looks), action(get_saw_item, get_gets),
     action(get_saw_nothing, get_sleeps), action(get_must_wait, get_waits)),
)  # fmt: skip

NOTIFY_BEFORE_CHANGE = System(
    "a notify before the change",
    (action(put_may, put_announces), action(put_must_wait, put_waits), action(put_saw_room, put_appends),
     action(get_may, get), action(get_must_wait, get_waits)),
)  # fmt: skip

VARIANTS = (
    Variant("no-lock", "one lock is held from look to act", NAIVE, "put_looks", (1, 1, 2), corrupt, 6,
            Looked, initial, invariant),
    Variant("look-before-lock", "a thread looks while it holds the lock", LOOK_BEFORE_LOCK, "get_sleeps", (1, 1, 1),
            overlooked, 4, Looked, initial, invariant),
    Variant("notify-before-change", "a put notifies when the item is there, under one lock with it",
            NOTIFY_BEFORE_CHANGE, "put_appends", (1, 1, 1), overlooked, 3, Looked, initial, invariant),
)  # fmt: skip
