"""A queue that serves calls in the order in which they came: each call draws a ticket, and tickets are
served in turn.

``marked`` is one get ticket that somebody watches. At most C - 1 others are served between drawing and
being served, and the rank falls with the step that is due, so the watched call is served.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec.system import System, action


class Tickets(NamedTuple):
    """Threads, capacity and items; put and get tickets drawn and served; the watched get ticket."""

    capacity: int
    putters: int
    getters: int
    length: int
    put_drawn: int
    put_served: int
    get_drawn: int
    get_served: int
    marked: int


def initial(capacity: int, putters: int, getters: int) -> Tickets:
    """Nobody has drawn a ticket."""
    return Tickets(capacity, putters, getters, 0, 0, 0, 0, 0, 0)


def types(t: Tickets) -> bool:
    """Every thread holds at most one ticket; what was put and not yet got is in the queue."""
    return (
        t.capacity >= 1
        and t.putters >= 1
        and t.length == t.put_served - t.get_served
        and t.length >= 0
        and t.length <= t.capacity
        and t.put_served <= t.put_drawn
        and t.put_drawn <= t.put_served + t.putters
        and t.get_served <= t.get_drawn
        and t.get_drawn <= t.get_served + t.getters
    )


def watched(t: Tickets) -> bool:
    """The watched ticket was drawn and is not yet served."""
    return t.get_served <= t.marked and t.marked < t.get_drawn


def overtakers(t: Tickets) -> int:
    """How many gets are still served before the watched one."""
    return t.marked - t.get_served


def rank(t: Tickets) -> tuple[int, int]:
    """Falls, in lexicographic order, with the step that is due, and never rises."""
    if t.length > 0:
        return overtakers(t), 0
    return overtakers(t), 1 if t.put_served < t.put_drawn else 2


def due(t: Tickets) -> int:
    """The step that the watched ticket waits for: 0 a get, 1 a put, 2 that a putter draws a ticket."""
    return rank(t)[1]


def put_draws_guard(t: Tickets) -> bool:
    """Some putter holds no ticket."""
    return t.put_drawn - t.put_served < t.putters


def put_draws(t: Tickets) -> Tickets:
    """It draws one."""
    return t._replace(put_drawn=t.put_drawn + 1)


def get_draws_guard(t: Tickets) -> bool:
    """Some getter holds no ticket."""
    return t.get_drawn - t.get_served < t.getters


def get_draws(t: Tickets) -> Tickets:
    """It draws one."""
    return t._replace(get_drawn=t.get_drawn + 1)


def put_guard(t: Tickets) -> bool:
    """A putter's turn has come, and there is room."""
    return t.put_served < t.put_drawn and t.length < t.capacity


def put(t: Tickets) -> Tickets:
    """It puts."""
    return t._replace(length=t.length + 1, put_served=t.put_served + 1)


def get_guard(t: Tickets) -> bool:
    """A getter's turn has come, and there is an item."""
    return t.get_served < t.get_drawn and t.length > 0


def get(t: Tickets) -> Tickets:
    """It gets."""
    return t._replace(length=t.length - 1, get_served=t.get_served + 1)


SYSTEM = System(
    "tickets",
    (
        action(put_draws_guard, put_draws),
        action(get_draws_guard, get_draws),
        action(put_guard, put),
        action(get_guard, get),
    ),
)
