"""One sleeping getter under watch, in the queue with two conditions that wakes in order of arrival.

``ahead`` counts the getters that fell asleep before the watched one; NOTIFIED says that it was woken. A
woken thread is woken for good: whether it finds an item when it looks again is another matter (see the
starvation lasso). What is so of getters is so of putters, because the queue is its own ``mirror`` image.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import two_conditions as two
from queuespec.system import Action, System
from queuespec.two_conditions import Counters

NOTIFIED = -1


class Watched(NamedTuple):
    """The counters, and how many sleep in front of the watched getter."""

    queue: Counters
    ahead: int


def invariant(w: Watched) -> bool:
    """The watched getter is one of the sleepers, or was notified."""
    return two.types(w.queue) and w.ahead >= NOTIFIED and w.ahead < w.queue.waiting_getters


def sleeps(w: Watched) -> bool:
    """It still sleeps."""
    return w.ahead >= 0


def after(w: Watched, queue: Counters) -> Watched:
    """The step to these counters: if it woke a getter, the line moved up by one."""
    moved = sleeps(w) and queue.waiting_getters < w.queue.waiting_getters
    return Watched(queue, w.ahead - 1 if moved else w.ahead)


def just_asleep(queue: Counters) -> Watched:
    """Watch the getter that has just fallen asleep: it stands behind all the others."""
    return Watched(queue, queue.waiting_getters - 1)


def mirror(s: Counters) -> Counters:
    """The queue seen from the other side: a free slot is an item there, and a putter a getter."""
    return Counters(
        s.capacity,
        s.capacity - s.length,
        s.running_getters,
        s.waiting_getters,
        s.woken_getters,
        s.running_putters,
        s.waiting_putters,
        s.woken_putters,
    )


def _watch(inner: Action) -> Action:
    return Action(inner.name, lambda w: inner.guard(w.queue), lambda w: after(w, inner.effect(w.queue)))


SYSTEM = System("two conditions, one getter watched", tuple(_watch(a) for a in two.SYSTEM.actions))
