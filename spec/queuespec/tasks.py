"""Unfinished tasks: what is put counts as unfinished until it is said to be done, and whoever joins waits for that.

A thread that joins is *running* (about to look at the count), *waiting*, or *woken*. The queue between those who put
and those who work is hidden: of an item it only matters whether it was dealt with.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec.system import System, action


class Tasks(NamedTuple):
    """How many items were put and not dealt with, what the queue counts, and who waits for that to be nothing."""

    open: int
    unfinished: int
    running: int
    waiting: int
    woken: int


def initial(joiners: int) -> Tasks:
    """Nothing was put; nobody has joined yet."""
    return Tasks(0, 0, joiners, 0, 0)


def types(t: Tasks) -> bool:
    """Counts are counts."""
    return t.open >= 0 and t.running >= 0 and t.waiting >= 0 and t.woken >= 0


def invariant(t: Tasks) -> bool:
    """The queue counts what is open, and nobody waits for nothing."""
    return types(t) and t.unfinished == t.open and (t.waiting == 0 or t.open > 0)


def lost_wakeup(t: Tasks) -> bool:
    """All is done, and somebody waits who will not hear of it."""
    return t.open == 0 and t.waiting > 0


def anytime(_: Tasks) -> bool:
    """Anybody may put an item at any time."""
    return True


def put(t: Tasks) -> Tasks:
    """An item is put."""
    return t._replace(open=t.open + 1, unfinished=t.unfinished + 1)


def task_done_guard(t: Tasks) -> bool:
    """Some item is not dealt with yet."""
    return t.open > 0


def task_done(t: Tasks) -> Tasks:
    """It is; if it was the last, everybody who waits is woken."""
    after = t._replace(open=t.open - 1, unfinished=t.unfinished - 1)
    if after.unfinished == 0:
        return after._replace(waiting=0, woken=t.woken + t.waiting)
    return after


def join_enter_guard(t: Tasks) -> bool:
    """Somebody is about to join."""
    return t.running > 0


def join_enter(t: Tasks) -> Tasks:
    """It returns if nothing is unfinished, or else waits."""
    if t.unfinished == 0:
        return t
    return t._replace(running=t.running - 1, waiting=t.waiting + 1)


def join_recheck_guard(t: Tasks) -> bool:
    """Somebody who waited was woken."""
    return t.woken > 0


def join_recheck(t: Tasks) -> Tasks:
    """It looks again: something may have been put meanwhile."""
    if t.unfinished == 0:
        return t._replace(woken=t.woken - 1, running=t.running + 1)
    return t._replace(woken=t.woken - 1, waiting=t.waiting + 1)


SYSTEM = System(
    "unfinished tasks",
    (
        action(anytime, put),
        action(task_done_guard, task_done),
        action(join_enter_guard, join_enter),
        action(join_recheck_guard, join_recheck),
    ),
)
