"""Ending the work by poison pills: the last putter puts one pill for every getter; who gets a pill leaves.

Pills stand behind all items, because the queue is first in, first out, and the last putter is alone when it
puts them. Take pills for items, and what remains is the plain queue: ``hide``.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import environment as world
from queuespec import two_conditions as two
from queuespec.system import System, action
from queuespec.two_conditions import Counters


class Pills(NamedTuple):
    """The queue (its length counts pills too), pills in it and to be put; is the work over; all getters."""

    queue: Counters
    pills: int
    to_put: int
    over: int
    all_getters: int


def initial(capacity: int, putters: int, getters: int) -> Pills:
    """An empty queue; work has begun."""
    return Pills(two.initial(capacity, putters, getters), 0, 0, 0, getters)


def hide(p: Pills) -> Counters:
    """The plain queue that remains when pills are taken for items."""
    return p.queue


def types(p: Pills) -> bool:
    """Counts are counts, there was a getter, and none arrives."""
    counts = p.pills <= p.queue.length and p.to_put >= 0 and p.all_getters >= 1
    return counts and two.getters(p.queue) <= p.all_getters


def before_the_end(p: Pills) -> bool:
    """While the work goes on, there are putters, no pills, and all getters."""
    return p.over == 1 or (
        two.putters(p.queue) >= 1 and p.pills == 0 and p.to_put == 0 and two.getters(p.queue) == p.all_getters
    )


def a_pill_for_everyone(p: Pills) -> bool:
    """Afterwards there is one pill, put or to be put, for every getter that remains."""
    return p.over == 0 or p.pills + p.to_put == two.getters(p.queue)


def one_putter_puts_them(p: Pills) -> bool:
    """While pills are to be put one putter remains; afterwards none but is outside and about to leave."""
    remaining = two.putters(p.queue)
    if p.to_put == 0:
        return p.over == 0 or remaining == p.queue.running_putters
    return remaining == 1


def items_go_first(p: Pills) -> bool:
    """Once a getter has left, only pills are in the queue."""
    return two.getters(p.queue) == p.all_getters or p.queue.length == p.pills


def invariant(p: Pills) -> bool:
    """The inductive invariant."""
    return (
        two.invariant(p.queue)
        and types(p)
        and before_the_end(p)
        and a_pill_for_everyone(p)
        and one_putter_puts_them(p)
        and items_go_first(p)
    )


def stuck(p: Pills) -> bool:
    """Threads remain, and all of them sleep."""
    return two.deadlock(p.queue)


def ended(p: Pills) -> bool:
    """All getters have left."""
    return two.getters(p.queue) == 0


def completions_left(p: Pills) -> int:
    """After the work is over: an upper bound for the puts, gets and departures still to come."""
    return 2 * p.to_put + p.queue.length + two.putters(p.queue)


def _putting(p: Pills, after: Counters) -> Pills:
    """After the work is over, what is put is a pill."""
    put = after.length - p.queue.length if p.over == 1 else 0
    return p._replace(queue=after, pills=p.pills + put, to_put=p.to_put - put)


def _getting(p: Pills, after: Counters) -> Pills:
    """Items first; a getter that gets a pill leaves."""
    if p.queue.length > 0 and p.queue.length == p.pills:
        return p._replace(queue=world.getter_leaves(after), pills=p.pills - 1)
    return p._replace(queue=after)


def put_enter_guard(p: Pills) -> bool:
    """A putter is about to enter, and has something to put."""
    return p.queue.running_putters > 0 and (p.over == 0 or p.to_put > 0)


def put_enter(p: Pills) -> Pills:
    """It enters with an item, or with a pill."""
    return _putting(p, two.put_enter(p.queue))


def put_recheck_guard(p: Pills) -> bool:
    """A putter was woken."""
    return p.queue.woken_putters > 0


def put_recheck(p: Pills) -> Pills:
    """It looks again."""
    return _putting(p, two.put_recheck(p.queue))


def get_enter_guard(p: Pills) -> bool:
    """A getter is about to enter."""
    return p.queue.running_getters > 0


def get_enter(p: Pills) -> Pills:
    """It enters."""
    return _getting(p, two.get_enter(p.queue))


def get_recheck_guard(p: Pills) -> bool:
    """A getter was woken."""
    return p.queue.woken_getters > 0


def get_recheck(p: Pills) -> Pills:
    """It looks again."""
    return _getting(p, two.get_recheck(p.queue))


def putter_stops_guard(p: Pills) -> bool:
    """A putter is outside and has nothing more to do, and is not the last."""
    return p.over == 0 and p.queue.running_putters > 0 and two.putters(p.queue) > 1


def putter_stops(p: Pills) -> Pills:
    """It leaves."""
    return p._replace(queue=world.putter_leaves(p.queue))


def last_putter_stops_guard(p: Pills) -> bool:
    """The last putter is outside and has nothing more to do."""
    return p.over == 0 and p.queue.running_putters > 0 and two.putters(p.queue) == 1


def last_putter_stops(p: Pills) -> Pills:
    """The work is over; from now on it puts pills."""
    return p._replace(over=1, to_put=two.getters(p.queue))


def last_putter_leaves_guard(p: Pills) -> bool:
    """All pills are put."""
    return p.over == 1 and p.to_put == 0 and p.queue.running_putters > 0


def last_putter_leaves(p: Pills) -> Pills:
    """The last putter leaves too."""
    return p._replace(queue=world.putter_leaves(p.queue))


SYSTEM = System(
    "two conditions with poison pills",
    (
        action(put_enter_guard, put_enter),
        action(put_recheck_guard, put_recheck),
        action(get_enter_guard, get_enter),
        action(get_recheck_guard, get_recheck),
        action(putter_stops_guard, putter_stops),
        action(last_putter_stops_guard, last_putter_stops),
        action(last_putter_leaves_guard, last_putter_leaves),
    ),
)
