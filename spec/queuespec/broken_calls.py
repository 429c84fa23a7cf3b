"""Calls that are broken beyond what the counters of the queue can say: each has a state of its own.

A get that reads its item before it looks whether there is one; a shutdown that forgets the getters; a task_done that
counts without the lock.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import environment as world
from queuespec import shutdown
from queuespec import two_conditions as two
from queuespec.broken import Variant
from queuespec.shutdown import Closable
from queuespec.system import Action, System, action
from queuespec.two_conditions import Counters


class Mislaid(NamedTuple):
    """The queue, and how many items were removed that nobody was given."""

    queue: Counters
    lost: int


def mislaid_initial(capacity: int, putters: int, getters: int) -> Mislaid:
    """An empty queue; nothing is lost."""
    return Mislaid(two.initial(capacity, putters, getters), 0)


def mislaid_invariant(m: Mislaid) -> bool:
    """The invariant of the queue, and nothing is lost."""
    return two.invariant(m.queue) and m.lost == 0


def item_lost(m: Mislaid) -> bool:
    """An item is gone, and nobody has it."""
    return m.lost > 0


def _within(inner: Action) -> Action:
    return Action(inner.name, lambda m: inner.guard(m.queue), lambda m: m._replace(queue=inner.effect(m.queue)))


def get_recheck_guard(m: Mislaid) -> bool:
    """Some getter was woken; it read what it will return before it fell asleep, when there was nothing."""
    return m.queue.woken_getters > 0


def get_recheck(m: Mislaid) -> Mislaid:
    """It looks again; if there is an item it removes that, and returns what it read before."""
    lost = 0 if m.queue.length == 0 else 1
    return Mislaid(two.get_recheck(m.queue), m.lost + lost)


ITEM_BEFORE_LOOK = System(
    "item read before the look",
    (*map(_within, (two.PUT_ENTER, two.PUT_RECHECK, two.GET_ENTER)), action(get_recheck_guard, get_recheck)),
)


def forgotten(c: Closable) -> bool:
    """The queue is closed, and somebody sleeps to whom nobody will ever tell it."""
    return c.closed == 1 and c.queue.waiting_getters > 0 and c.queue.woken_getters == 0


def shutdown_forgets_getters(c: Closable) -> Closable:
    """Close the queue and wake the putters."""
    after = world.everybody_wakes(c.queue)
    kept = after._replace(waiting_getters=c.queue.waiting_getters, woken_getters=c.queue.woken_getters)
    return c._replace(queue=kept, closed=1)


SHUTDOWN_FORGETS = shutdown.SYSTEM.changed(
    "shutdown forgets the getters",
    shutdown=Action("shutdown", shutdown.anytime, shutdown_forgets_getters),
    shutdown_now=None,
)

# Counting without the lock: to count one less is to read and to write, and somebody may come in between. Two workers
# are enough to show it; what the first has read stands first.


class Split(NamedTuple):
    """What is still to be put, what is open, the count, and what each of two workers has read of it (0: nothing)."""

    to_put: int
    open: int
    unfinished: int
    first: int
    second: int


def split_initial(capacity: int, putters: int, workers: int) -> Split:
    """One item for each worker is still to be put."""
    return Split(workers, 0, 0, 0, 0)


def split_invariant(s: Split) -> bool:
    """The count is that of the open items and of those that are about to be counted; who has read it is up to date."""
    reading = (1 if s.first > 0 else 0) + (1 if s.second > 0 else 0)
    return (
        s.to_put >= 0
        and s.open >= 0
        and s.unfinished == s.open + reading
        and (s.first == 0 or s.first == s.unfinished)
        and (s.second == 0 or (s.first > 0 and s.second == s.unfinished))
    )


def never_finished(s: Split) -> bool:
    """All is dealt with, and the count will never say so."""
    return s.to_put == 0 and s.open == 0 and s.first == 0 and s.second == 0 and s.unfinished > 0


def put_guard(s: Split) -> bool:
    """Something is still to be put."""
    return s.to_put > 0


def put_counts(s: Split) -> Split:
    """It is put and counted, under the lock."""
    return s._replace(to_put=s.to_put - 1, open=s.open + 1, unfinished=s.unfinished + 1)


def get_reads_guard(s: Split) -> bool:
    """All is put, an item is open, and a worker is free to deal with it."""
    return s.to_put == 0 and s.open > 0 and s.second == 0


def get_reads(s: Split) -> Split:
    """It deals with the item and reads the count."""
    if s.first == 0:
        return s._replace(open=s.open - 1, first=s.unfinished)
    return s._replace(open=s.open - 1, second=s.unfinished)


def get_writes_guard(s: Split) -> bool:
    """A worker has read the count."""
    return s.first > 0


def get_writes(s: Split) -> Split:
    """It writes one less than it read, whatever the count is now."""
    return s._replace(unfinished=s.first - 1, first=s.second, second=0)


COUNT_WITHOUT_LOCK = System(
    "counting without the lock",
    (action(put_guard, put_counts), action(get_reads_guard, get_reads), action(get_writes_guard, get_writes)),
)

VARIANTS = (
    Variant("item-before-look", "a get reads its item after it has looked", ITEM_BEFORE_LOOK, "get_recheck", (1, 1, 1),
            item_lost, 3, Mislaid, mislaid_initial, mislaid_invariant),
    Variant("shutdown-forgets-getters", "shutdown wakes all that sleep", SHUTDOWN_FORGETS, "shutdown", (1, 1, 1),
            forgotten, 2, Closable, shutdown.initial, shutdown.invariant),
    Variant("count-without-lock", "what is unfinished is counted under the lock", COUNT_WITHOUT_LOCK, "get_writes",
            (1, 1, 2), never_finished, 6, Split, split_initial, split_invariant),
)  # fmt: skip
