"""What the world may do to the queue with two conditions, beyond plain calls that wait for ever.

Spurious wakeups (also: a notify that wakes more than it was asked to, and a wait that timed out); a call
with a timeout that looks again before it gives up; threads that come and go; a woken thread that is
cancelled and hands its wakeup on; an operator who wakes everybody or empties the queue.
"""

from __future__ import annotations

from queuespec.system import System, action
from queuespec.two_conditions import SYSTEM, Counters, notify_not_empty, notify_not_full


def putter_sleeps(s: Counters) -> bool:
    """Some putter sleeps."""
    return s.waiting_putters > 0


def putter_wakes(s: Counters) -> Counters:
    """A sleeping putter wakes without having been notified."""
    return s._replace(waiting_putters=s.waiting_putters - 1, woken_putters=s.woken_putters + 1)


def getter_sleeps(s: Counters) -> bool:
    """Some getter sleeps."""
    return s.waiting_getters > 0


def getter_wakes(s: Counters) -> Counters:
    """A sleeping getter wakes without having been notified."""
    return s._replace(waiting_getters=s.waiting_getters - 1, woken_getters=s.woken_getters + 1)


def put_times_out_guard(s: Counters) -> bool:
    """A woken putter looks again and finds the queue full."""
    return s.woken_putters > 0 and s.length == s.capacity


def put_times_out(s: Counters) -> Counters:
    """Its time is over: it raises Full."""
    return s._replace(woken_putters=s.woken_putters - 1, running_putters=s.running_putters + 1)


def get_times_out_guard(s: Counters) -> bool:
    """A woken getter looks again and finds the queue empty."""
    return s.woken_getters > 0 and s.length == 0


def get_times_out(s: Counters) -> Counters:
    """Its time is over: it raises Empty."""
    return s._replace(woken_getters=s.woken_getters - 1, running_getters=s.running_getters + 1)


def putter_woken(s: Counters) -> bool:
    """Some putter was woken."""
    return s.woken_putters > 0


def put_is_cancelled(s: Counters) -> Counters:
    """A woken putter is interrupted; it hands its wakeup to another putter."""
    return notify_not_full(s._replace(woken_putters=s.woken_putters - 1, running_putters=s.running_putters + 1))


def getter_woken(s: Counters) -> bool:
    """Some getter was woken."""
    return s.woken_getters > 0


def get_is_cancelled(s: Counters) -> Counters:
    """A woken getter is interrupted; it hands its wakeup to another getter."""
    return notify_not_empty(s._replace(woken_getters=s.woken_getters - 1, running_getters=s.running_getters + 1))


def always(_: Counters) -> bool:
    """No condition."""
    return True


def putter_arrives(s: Counters) -> Counters:
    """A new putter."""
    return s._replace(running_putters=s.running_putters + 1)


def getter_arrives(s: Counters) -> Counters:
    """A new getter."""
    return s._replace(running_getters=s.running_getters + 1)


def putter_runs(s: Counters) -> bool:
    """Some putter is outside the queue."""
    return s.running_putters > 0


def putter_leaves(s: Counters) -> Counters:
    """A putter that is outside the queue never comes back."""
    return s._replace(running_putters=s.running_putters - 1)


def getter_runs(s: Counters) -> bool:
    """Some getter is outside the queue."""
    return s.running_getters > 0


def getter_leaves(s: Counters) -> Counters:
    """A getter that is outside the queue never comes back."""
    return s._replace(running_getters=s.running_getters - 1)


def everybody_wakes(s: Counters) -> Counters:
    """Somebody calls notify_all on both conditions."""
    return s._replace(
        waiting_putters=0,
        woken_putters=s.woken_putters + s.waiting_putters,
        waiting_getters=0,
        woken_getters=s.woken_getters + s.waiting_getters,
    )


def queue_is_emptied(s: Counters) -> Counters:
    """Somebody drops all items and wakes everybody."""
    return everybody_wakes(s)._replace(length=0)


STEADY = (
    action(putter_sleeps, putter_wakes),
    action(getter_sleeps, getter_wakes),
    action(put_times_out_guard, put_times_out),
    action(get_times_out_guard, get_times_out),
    action(putter_woken, put_is_cancelled),
    action(getter_woken, get_is_cancelled),
    action(always, everybody_wakes),
    action(always, queue_is_emptied),
)
COMING_AND_GOING = (
    action(always, putter_arrives),
    action(always, getter_arrives),
    action(putter_runs, putter_leaves),
    action(getter_runs, getter_leaves),
)

STEADY_SYSTEM = System("two conditions, hostile world", (*SYSTEM.actions, *STEADY))
OPEN_SYSTEM = System("two conditions, hostile world, threads come and go", (*STEADY_SYSTEM.actions, *COMING_AND_GOING))
