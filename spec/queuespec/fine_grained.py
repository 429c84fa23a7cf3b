"""The queue with two conditions, with its mutex in the open: lock, test, append, notify and unlock are steps.

At most one thread is inside; ``inside`` says where it stands. A thread that waits on a condition releases
the mutex and falls asleep in one step, as conditions promise. ``coarse`` maps each state to one of
``two_conditions``, so that every step is one whole critical section there, or nothing: a critical section
may be taken as one step.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import two_conditions as two
from queuespec.system import System, action
from queuespec.two_conditions import Counters

# Where the thread inside the mutex stands; 0: nobody is inside.
FREE = 0
PUT_ENTERED, PUT_AGAIN, PUT_APPENDED, PUT_DONE = 1, 2, 3, 4
GET_ENTERED, GET_AGAIN, GET_REMOVED, GET_DONE = 5, 6, 7, 8


class Fine(NamedTuple):
    """The threads that are not inside, the items, and where the one inside stands."""

    outside: Counters
    inside: int


def initial(capacity: int, putters: int, getters: int) -> Fine:
    """An empty queue; nobody has entered it yet."""
    return Fine(two.initial(capacity, putters, getters), FREE)


def putters(f: Fine) -> int:
    """The number of putters, the one inside included."""
    return two.putters(f.outside) + (1 if PUT_ENTERED <= f.inside <= PUT_DONE else 0)


def getters(f: Fine) -> int:
    """The number of getters, the one inside included."""
    return two.getters(f.outside) + (1 if GET_ENTERED <= f.inside <= GET_DONE else 0)


def types(f: Fine) -> bool:
    """Counts are counts, and the one inside stands somewhere."""
    return two.types(f.outside) and f.inside >= FREE and f.inside <= GET_DONE


def items_are_served(f: Fine) -> bool:
    """While a getter sleeps, every item has a getter on the way, or its notification comes next."""
    s = f.outside
    unannounced = 1 if f.inside == PUT_APPENDED else 0
    coming = 1 if f.inside == GET_AGAIN else 0
    return s.waiting_getters == 0 or s.length - unannounced <= s.woken_getters + coming


def slots_are_served(f: Fine) -> bool:
    """While a putter sleeps, every free slot has a putter on the way, or its notification comes next."""
    s = f.outside
    unannounced = 1 if f.inside == GET_REMOVED else 0
    coming = 1 if f.inside == PUT_AGAIN else 0
    return s.waiting_putters == 0 or s.capacity - s.length - unannounced <= s.woken_putters + coming


def invariant(f: Fine) -> bool:
    """The inductive invariant; with the mutex free it is the one of ``two_conditions``."""
    return types(f) and items_are_served(f) and slots_are_served(f)


def lost_wakeup(f: Fine) -> bool:
    """With the mutex free: somebody sleeps, there is something for it, and nobody is on the way."""
    return f.inside == FREE and two.lost_wakeup(f.outside)


def deadlock(f: Fine) -> bool:
    """With the mutex free: there are threads, and all of them sleep."""
    return f.inside == FREE and two.deadlock(f.outside)


# The steps of a putter.


def put_locks_guard(f: Fine) -> bool:
    """The mutex is free and a putter is about to enter."""
    return f.inside == FREE and f.outside.running_putters > 0


def put_locks(f: Fine) -> Fine:
    """It acquires the mutex."""
    s = f.outside
    return Fine(s._replace(running_putters=s.running_putters - 1), PUT_ENTERED)


def put_locks_again_guard(f: Fine) -> bool:
    """The mutex is free and a putter was woken."""
    return f.inside == FREE and f.outside.woken_putters > 0


def put_locks_again(f: Fine) -> Fine:
    """It acquires the mutex again, inside its wait."""
    s = f.outside
    return Fine(s._replace(woken_putters=s.woken_putters - 1), PUT_AGAIN)


def put_tests(f: Fine) -> bool:
    """A putter is about to test whether the queue is full."""
    return f.inside == PUT_ENTERED or f.inside == PUT_AGAIN


def put_waits_guard(f: Fine) -> bool:
    """It finds the queue full."""
    return put_tests(f) and f.outside.length == f.outside.capacity


def put_waits(f: Fine) -> Fine:
    """It releases the mutex and falls asleep, indivisibly."""
    s = f.outside
    return Fine(s._replace(waiting_putters=s.waiting_putters + 1), FREE)


def put_appends_guard(f: Fine) -> bool:
    """It finds room."""
    return put_tests(f) and f.outside.length < f.outside.capacity


def put_appends(f: Fine) -> Fine:
    """It appends its item."""
    return Fine(f.outside._replace(length=f.outside.length + 1), PUT_APPENDED)


def put_notifies_guard(f: Fine) -> bool:
    """Its item is there."""
    return f.inside == PUT_APPENDED


def put_notifies(f: Fine) -> Fine:
    """It wakes one getter, if any sleeps."""
    return Fine(two.notify_not_empty(f.outside), PUT_DONE)


def put_unlocks_guard(f: Fine) -> bool:
    """It is done."""
    return f.inside == PUT_DONE


def put_unlocks(f: Fine) -> Fine:
    """It releases the mutex and leaves."""
    return Fine(f.outside._replace(running_putters=f.outside.running_putters + 1), FREE)


# The steps of a getter, mirror images.


def get_locks_guard(f: Fine) -> bool:
    """The mutex is free and a getter is about to enter."""
    return f.inside == FREE and f.outside.running_getters > 0


def get_locks(f: Fine) -> Fine:
    """It acquires the mutex."""
    s = f.outside
    return Fine(s._replace(running_getters=s.running_getters - 1), GET_ENTERED)


def get_locks_again_guard(f: Fine) -> bool:
    """The mutex is free and a getter was woken."""
    return f.inside == FREE and f.outside.woken_getters > 0


def get_locks_again(f: Fine) -> Fine:
    """It acquires the mutex again, inside its wait."""
    s = f.outside
    return Fine(s._replace(woken_getters=s.woken_getters - 1), GET_AGAIN)


def get_tests(f: Fine) -> bool:
    """A getter is about to test whether the queue is empty."""
    return f.inside == GET_ENTERED or f.inside == GET_AGAIN


def get_waits_guard(f: Fine) -> bool:
    """It finds the queue empty."""
    return get_tests(f) and f.outside.length == 0


def get_waits(f: Fine) -> Fine:
    """It releases the mutex and falls asleep, indivisibly."""
    s = f.outside
    return Fine(s._replace(waiting_getters=s.waiting_getters + 1), FREE)


def get_removes_guard(f: Fine) -> bool:
    """It finds an item."""
    return get_tests(f) and f.outside.length > 0


def get_removes(f: Fine) -> Fine:
    """It removes an item."""
    return Fine(f.outside._replace(length=f.outside.length - 1), GET_REMOVED)


def get_notifies_guard(f: Fine) -> bool:
    """Its slot is free."""
    return f.inside == GET_REMOVED


def get_notifies(f: Fine) -> Fine:
    """It wakes one putter, if any sleeps."""
    return Fine(two.notify_not_full(f.outside), GET_DONE)


def get_unlocks_guard(f: Fine) -> bool:
    """It is done."""
    return f.inside == GET_DONE


def get_unlocks(f: Fine) -> Fine:
    """It releases the mutex and leaves."""
    return Fine(f.outside._replace(running_getters=f.outside.running_getters + 1), FREE)


# Spurious wakeups may fall between any two of these.


def putter_sleeps(f: Fine) -> bool:
    """Some putter sleeps."""
    return f.outside.waiting_putters > 0


def putter_wakes(f: Fine) -> Fine:
    """It wakes without having been notified."""
    s = f.outside
    return f._replace(outside=s._replace(waiting_putters=s.waiting_putters - 1, woken_putters=s.woken_putters + 1))


def getter_sleeps(f: Fine) -> bool:
    """Some getter sleeps."""
    return f.outside.waiting_getters > 0


def getter_wakes(f: Fine) -> Fine:
    """It wakes without having been notified."""
    s = f.outside
    return f._replace(outside=s._replace(waiting_getters=s.waiting_getters - 1, woken_getters=s.woken_getters + 1))


SYSTEM = System(
    "two conditions, fine-grained",
    (
        action(put_locks_guard, put_locks),
        action(put_locks_again_guard, put_locks_again),
        action(put_waits_guard, put_waits),
        action(put_appends_guard, put_appends),
        action(put_notifies_guard, put_notifies),
        action(put_unlocks_guard, put_unlocks),
        action(get_locks_guard, get_locks),
        action(get_locks_again_guard, get_locks_again),
        action(get_waits_guard, get_waits),
        action(get_removes_guard, get_removes),
        action(get_notifies_guard, get_notifies),
        action(get_unlocks_guard, get_unlocks),
        action(putter_sleeps, putter_wakes),
        action(getter_sleeps, getter_wakes),
    ),
)


# The coarse view: a critical section happens when it appends, removes or falls asleep.


def coarse(f: Fine) -> Counters:
    """The state of ``two_conditions`` that this one stands for."""
    s = f.outside
    if f.inside == PUT_ENTERED:
        return s._replace(running_putters=s.running_putters + 1)
    if f.inside == PUT_AGAIN:
        return s._replace(woken_putters=s.woken_putters + 1)
    if f.inside == PUT_APPENDED:
        return two.notify_not_empty(s._replace(running_putters=s.running_putters + 1))
    if f.inside == PUT_DONE:
        return s._replace(running_putters=s.running_putters + 1)
    if f.inside == GET_ENTERED:
        return s._replace(running_getters=s.running_getters + 1)
    if f.inside == GET_AGAIN:
        return s._replace(woken_getters=s.woken_getters + 1)
    if f.inside == GET_REMOVED:
        return two.notify_not_full(s._replace(running_getters=s.running_getters + 1))
    if f.inside == GET_DONE:
        return s._replace(running_getters=s.running_getters + 1)
    return s
