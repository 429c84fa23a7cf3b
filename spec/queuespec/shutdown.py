"""The queue with two conditions that can be shut down: puts are refused, gets drain what is left, then are
refused.

A refused thread (it raises ShutDown) does not come back. Forget who was refused, and what remains is the
plain queue whose threads may leave: ``hide``.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import environment as world
from queuespec import two_conditions as two
from queuespec.system import System, action
from queuespec.two_conditions import Counters


class Closable(NamedTuple):
    """The queue, whether it was shut down (0 or 1), and how many threads were refused."""

    queue: Counters
    closed: int
    refused_putters: int
    refused_getters: int


def initial(capacity: int, putters: int, getters: int) -> Closable:
    """An open, empty queue."""
    return Closable(two.initial(capacity, putters, getters), 0, 0, 0)


def hide(c: Closable) -> Counters:
    """The plain queue that remains when refusals are forgotten."""
    return c.queue


def putters(c: Closable) -> int:
    """All putters, the refused included."""
    return two.putters(c.queue) + c.refused_putters


def getters(c: Closable) -> int:
    """All getters, the refused included."""
    return two.getters(c.queue) + c.refused_getters


def refusals_follow_shutdown(c: Closable) -> bool:
    """Nobody is refused while the queue is open."""
    return c.closed == 1 or (c.refused_putters == 0 and c.refused_getters == 0)


def nobody_sleeps_after_shutdown(c: Closable) -> bool:
    """Once it is closed, nobody sleeps."""
    return c.closed == 0 or (c.queue.waiting_putters == 0 and c.queue.waiting_getters == 0)


def types(c: Closable) -> bool:
    """A flag is a flag."""
    return c.closed == 0 or c.closed == 1


def invariant(c: Closable) -> bool:
    """The inductive invariant."""
    return two.invariant(c.queue) and types(c) and refusals_follow_shutdown(c) and nobody_sleeps_after_shutdown(c)


def stuck(c: Closable) -> bool:
    """It is closed, threads remain, and none of them is awake."""
    s = c.queue
    awake = s.running_putters + s.woken_putters + s.running_getters + s.woken_getters
    return c.closed == 1 and awake == 0 and two.putters(s) + two.getters(s) > 0


def steps_left(c: Closable) -> int:
    """After shutdown, an upper bound for the steps that all threads together can still take."""
    return two.putters(c.queue) + two.getters(c.queue) + c.queue.length


def put_enter_guard(c: Closable) -> bool:
    """Some putter is about to enter."""
    return c.queue.running_putters > 0


def put_enter(c: Closable) -> Closable:
    """A putter enters; it is refused if the queue is closed."""
    s = c.queue
    if c.closed == 1:
        left = s._replace(running_putters=s.running_putters - 1)
        return c._replace(queue=left, refused_putters=c.refused_putters + 1)
    return c._replace(queue=two.put_enter(s))


def put_recheck_guard(c: Closable) -> bool:
    """Some putter was woken."""
    return c.queue.woken_putters > 0


def put_recheck(c: Closable) -> Closable:
    """A woken putter looks again; it is refused if the queue is closed."""
    s = c.queue
    if c.closed == 1:
        left = s._replace(woken_putters=s.woken_putters - 1)
        return c._replace(queue=left, refused_putters=c.refused_putters + 1)
    return c._replace(queue=two.put_recheck(s))


def get_enter_guard(c: Closable) -> bool:
    """Some getter is about to enter."""
    return c.queue.running_getters > 0


def get_enter(c: Closable) -> Closable:
    """A getter enters; it is refused if the queue is closed and empty."""
    s = c.queue
    if c.closed == 1 and s.length == 0:
        left = s._replace(running_getters=s.running_getters - 1)
        return c._replace(queue=left, refused_getters=c.refused_getters + 1)
    return c._replace(queue=two.get_enter(s))


def get_recheck_guard(c: Closable) -> bool:
    """Some getter was woken."""
    return c.queue.woken_getters > 0


def get_recheck(c: Closable) -> Closable:
    """A woken getter looks again; it is refused if the queue is closed and empty."""
    s = c.queue
    if c.closed == 1 and s.length == 0:
        left = s._replace(woken_getters=s.woken_getters - 1)
        return c._replace(queue=left, refused_getters=c.refused_getters + 1)
    return c._replace(queue=two.get_recheck(s))


def anytime(_: Closable) -> bool:
    """Anybody may shut the queue down at any time, more than once."""
    return True


def shutdown(c: Closable) -> Closable:
    """Close the queue and wake everybody."""
    return c._replace(queue=world.everybody_wakes(c.queue), closed=1)


def shutdown_now(c: Closable) -> Closable:
    """Close the queue, drop its items and wake everybody."""
    return c._replace(queue=world.queue_is_emptied(c.queue), closed=1)


PUT_ENTER = action(put_enter_guard, put_enter)
PUT_RECHECK = action(put_recheck_guard, put_recheck)
GET_ENTER = action(get_enter_guard, get_enter)
GET_RECHECK = action(get_recheck_guard, get_recheck)
SHUTDOWN = action(anytime, shutdown)
SHUTDOWN_NOW = action(anytime, shutdown_now)

SYSTEM = System(
    "two conditions with shutdown",
    (PUT_ENTER, PUT_RECHECK, GET_ENTER, GET_RECHECK, SHUTDOWN, SHUTDOWN_NOW),
)
