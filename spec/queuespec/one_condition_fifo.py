"""One shared condition that wakes in order of arrival, and a schedule that drives it into deadlock.

The line of sleepers is, oldest first: getters, putters, getters, putters (any of the four groups may be
empty). Not every line has this form, but all lines of the schedule have: the schedule is a strategy in
rounds of four phases, and each of its moves is a step of the queue. In every round more putters remain
asleep; so it ends, in a deadlock, whenever 2 m K < P + C.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec.one_condition import Shared


class Line(NamedTuple):
    """Capacity, how many one notify wakes, items, all threads of each kind, and the line of sleepers."""

    capacity: int
    wakes: int
    length: int
    putters: int
    getters: int
    first_getters: int
    first_putters: int
    last_getters: int
    last_putters: int


class Round(NamedTuple):
    """The line, the phase of the round, and how many putters slept when the queue was last empty."""

    line: Line
    phase: int
    slept: int


SLEEP_GETTERS, FILL, SLEEP_PUTTERS, DRAIN = 0, 1, 2, 3


def initial(capacity: int, putters: int, getters: int, wakes: int = 1) -> Round:
    """An empty queue, nobody sleeps, the first round begins."""
    return Round(Line(capacity, wakes, 0, putters, getters, 0, 0, 0, 0), SLEEP_GETTERS, 0)


def types(s: Line) -> bool:
    """Counts are counts."""
    return (
        s.wakes >= 1
        and s.length >= 0
        and s.length <= s.capacity
        and s.first_getters >= 0
        and s.first_putters >= 0
        and s.last_getters >= 0
        and s.last_putters >= 0
        and s.first_putters + s.last_putters <= s.putters
        and s.first_getters + s.last_getters <= s.getters
    )


def can_deadlock(s: Line) -> bool:
    """The law: 2 m K < P + C."""
    return 2 * s.wakes * s.capacity < s.putters + s.getters


def deadlock(s: Line) -> bool:
    """There are threads, and all of them stand in the line."""
    asleep = s.first_getters + s.first_putters + s.last_getters + s.last_putters
    return asleep == s.putters + s.getters and asleep > 0


def without_order(s: Line) -> Shared:
    """The state of ``one_condition`` that this one stands for."""
    return Shared(
        s.capacity,
        s.wakes,
        s.length,
        s.putters,
        s.getters,
        s.first_putters + s.last_putters,
        s.first_getters + s.last_getters,
    )


# Notification: the oldest m leave the line, from group to group.


def notify(s: Line) -> Line:
    """Wake the oldest m sleepers, or all when fewer sleep."""
    first_getters = min(s.wakes, s.first_getters)
    left = s.wakes - first_getters
    first_putters = min(left, s.first_putters)
    left = left - first_putters
    last_getters = min(left, s.last_getters)
    left = left - last_getters
    return s._replace(
        first_getters=s.first_getters - first_getters,
        first_putters=s.first_putters - first_putters,
        last_getters=s.last_getters - last_getters,
        last_putters=s.last_putters - min(left, s.last_putters),
    )


def put_guard(s: Line) -> bool:
    """A putter is awake and there is room."""
    return s.first_putters + s.last_putters < s.putters and s.length < s.capacity


def put(s: Line) -> Line:
    """It puts and notifies."""
    return notify(s)._replace(length=s.length + 1)


def get_guard(s: Line) -> bool:
    """A getter is awake and there is an item."""
    return s.first_getters + s.last_getters < s.getters and s.length > 0


def get(s: Line) -> Line:
    """It gets and notifies."""
    return notify(s)._replace(length=s.length - 1)


def put_waits_guard(s: Line) -> bool:
    """A putter is awake and the queue is full."""
    return s.first_putters + s.last_putters < s.putters and s.length == s.capacity


def put_waits(s: Line) -> Line:
    """It joins the line at its end."""
    return s._replace(last_putters=s.last_putters + 1)


def get_waits_guard(s: Line) -> bool:
    """A getter is awake, the queue is empty, and the line ends with getters."""
    return s.first_getters + s.last_getters < s.getters and s.length == 0 and s.last_putters == 0


def get_waits(s: Line) -> Line:
    """It joins the line at its end."""
    return s._replace(last_getters=s.last_getters + 1)


def regroup_guard(s: Line) -> bool:
    """The first two groups are empty."""
    return s.first_getters == 0 and s.first_putters == 0


def regroup(s: Line) -> Line:
    """The same line, its sleepers counted in the first two groups."""
    return s._replace(first_getters=s.last_getters, first_putters=s.last_putters, last_getters=0, last_putters=0)


# The strategy.


def getters_left(r: Round) -> int:
    """How many getters still sleep when the queue is full: those that the m K wakeups did not reach."""
    s = r.line
    return max(0, s.getters - max(0, s.wakes * s.capacity - r.slept))


def on_schedule(r: Round) -> bool:
    """What holds throughout the strategy."""
    s = r.line
    if not (types(s) and can_deadlock(s) and r.slept >= 0 and r.slept <= s.putters):
        return False
    if r.phase == SLEEP_GETTERS:
        only_last = r.slept == s.putters or s.first_getters == 0
        return s.length == 0 and s.first_putters == r.slept and s.last_putters == 0 and only_last
    if r.slept == s.putters or s.first_getters != 0:
        return False
    if r.phase == FILL:
        woken = s.wakes * s.length
        return (
            s.last_putters == 0
            and s.first_putters == max(0, r.slept - woken)
            and s.last_getters == max(0, s.getters - max(0, woken - r.slept))
        )
    if r.phase == SLEEP_PUTTERS:
        return (
            s.length == s.capacity
            and s.first_putters == max(0, r.slept - s.wakes * s.capacity)
            and s.last_getters == getters_left(r)
        )
    woken = s.wakes * (s.capacity - s.length)
    return (
        r.phase == DRAIN
        and getters_left(r) < s.getters
        and s.first_putters == 0
        and s.last_getters == max(0, getters_left(r) - woken)
        and s.last_putters == max(0, s.putters - max(0, woken - getters_left(r)))
    )


def asleep_getters(r: Round) -> int:
    """The sleeping getters."""
    return r.line.first_getters + r.line.last_getters


def asleep_putters(r: Round) -> int:
    """The sleeping putters."""
    return r.line.first_putters + r.line.last_putters


def move_is_legal(r: Round) -> bool:
    """The guard of the step that the strategy takes; turning to the next phase is no step of the queue."""
    s = r.line
    if r.phase == SLEEP_GETTERS:
        return asleep_getters(r) == s.getters or get_waits_guard(s)
    if r.phase == FILL:
        return s.length == s.capacity or put_guard(s)
    if r.phase == SLEEP_PUTTERS:
        return asleep_putters(r) == s.putters or put_waits_guard(s)
    return get_guard(s) if s.length > 0 else regroup_guard(s)


def move(r: Round) -> Round:
    """What the strategy does."""
    s = r.line
    if r.phase == SLEEP_GETTERS:
        return r._replace(phase=FILL) if asleep_getters(r) == s.getters else r._replace(line=get_waits(s))
    if r.phase == FILL:
        return r._replace(phase=SLEEP_PUTTERS) if s.length == s.capacity else r._replace(line=put(s))
    if r.phase == SLEEP_PUTTERS:
        return r._replace(phase=DRAIN) if asleep_putters(r) == s.putters else r._replace(line=put_waits(s))
    if s.length > 0:
        return r._replace(line=get(s))
    return Round(regroup(s), SLEEP_GETTERS, s.last_putters)


def moves_left(r: Round) -> int:
    """How many moves the present phase still has."""
    if r.phase == SLEEP_GETTERS:
        return r.line.getters - asleep_getters(r)
    if r.phase == FILL:
        return r.line.capacity - r.line.length
    if r.phase == SLEEP_PUTTERS:
        return r.line.putters - asleep_putters(r)
    return r.line.length


def rank(r: Round) -> tuple[int, int, int]:
    """Falls, in lexicographic order, with every move: putters yet to trap, phases and moves left."""
    return r.line.putters - r.slept, DRAIN - r.phase, moves_left(r)
