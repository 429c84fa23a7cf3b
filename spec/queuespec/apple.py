"""Ending the work by one poison apple: the last putter puts it; who gets it puts it back for the others and
leaves.

The apple stands behind all items. A getter that puts the apple back is, for that moment, a putter: ``hide``
shows the plain queue, in which the getter has left and a putter came, put and left.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import environment as world
from queuespec import two_conditions as two
from queuespec.system import System, action
from queuespec.two_conditions import Counters


class Apple(NamedTuple):
    """The queue, apples in it, to be put, and in a getter's hand; is the work over; all getters."""

    queue: Counters
    inside: int
    to_put: int
    in_hand: int
    over: int
    all_getters: int


def initial(capacity: int, putters: int, getters: int) -> Apple:
    """An empty queue; work has begun."""
    return Apple(two.initial(capacity, putters, getters), 0, 0, 0, 0, getters)


def hide(a: Apple) -> Counters:
    """The plain queue; who holds the apple is a putter about to enter."""
    return a.queue._replace(running_putters=a.queue.running_putters + a.in_hand)


def types(a: Apple) -> bool:
    """Counts are counts, there was a getter, and none arrives."""
    counts = a.inside >= 0 and a.inside <= a.queue.length and a.to_put >= 0 and a.in_hand >= 0
    return counts and a.all_getters >= 1 and two.getters(a.queue) <= a.all_getters


def before_the_end(a: Apple) -> bool:
    """While the work goes on, there are putters, no apple, and all getters."""
    return a.over == 1 or (
        two.putters(a.queue) >= 1 and a.inside + a.to_put + a.in_hand == 0 and two.getters(a.queue) == a.all_getters
    )


def one_apple(a: Apple) -> bool:
    """Afterwards there is exactly one apple."""
    return a.over == 0 or a.inside + a.to_put + a.in_hand == 1


def one_putter_puts_it(a: Apple) -> bool:
    """While the apple is to be put one putter remains; afterwards none but is outside and about to leave."""
    remaining = two.putters(a.queue)
    if a.to_put == 0:
        return a.over == 0 or remaining == a.queue.running_putters
    return remaining == 1


def items_go_first(a: Apple) -> bool:
    """Once a getter has taken the apple, no item is in the queue, and the apple was put."""
    if two.getters(a.queue) == a.all_getters:
        return a.in_hand == 0
    return a.queue.length == a.inside and a.to_put == 0


def invariant(a: Apple) -> bool:
    """The inductive invariant."""
    return (
        two.invariant(a.queue)
        and types(a)
        and before_the_end(a)
        and one_apple(a)
        and one_putter_puts_it(a)
        and items_go_first(a)
    )


def stuck(a: Apple) -> bool:
    """Threads remain, and all of them sleep."""
    return two.deadlock(hide(a))


def ended(a: Apple) -> bool:
    """All getters have left, and nobody holds the apple."""
    return two.getters(a.queue) == 0 and a.in_hand == 0


def completions_left(a: Apple) -> int:
    """After the work is over: an upper bound for the puts, gets and departures still to come."""
    items = a.queue.length - a.inside
    return items + 2 * two.getters(a.queue) + a.in_hand + a.to_put + two.putters(a.queue)


def _putting(a: Apple, after: Counters) -> Apple:
    """After the work is over, what is put is the apple."""
    put = after.length - a.queue.length if a.over == 1 else 0
    return a._replace(queue=after, inside=a.inside + put, to_put=a.to_put - put)


def _getting(a: Apple, after: Counters) -> Apple:
    """Items first; a getter that gets the apple has it in its hand."""
    if a.queue.length > 0 and a.queue.length == a.inside:
        return a._replace(queue=world.getter_leaves(after), inside=0, in_hand=1)
    return a._replace(queue=after)


def put_enter_guard(a: Apple) -> bool:
    """A putter is about to enter, and has something to put."""
    return a.queue.running_putters > 0 and (a.over == 0 or a.to_put > 0)


def put_enter(a: Apple) -> Apple:
    """It enters with an item, or with the apple."""
    return _putting(a, two.put_enter(a.queue))


def put_recheck_guard(a: Apple) -> bool:
    """A putter was woken."""
    return a.queue.woken_putters > 0


def put_recheck(a: Apple) -> Apple:
    """It looks again."""
    return _putting(a, two.put_recheck(a.queue))


def get_enter_guard(a: Apple) -> bool:
    """A getter is about to enter."""
    return a.queue.running_getters > 0


def get_enter(a: Apple) -> Apple:
    """It enters."""
    return _getting(a, two.get_enter(a.queue))


def get_recheck_guard(a: Apple) -> bool:
    """A getter was woken."""
    return a.queue.woken_getters > 0


def get_recheck(a: Apple) -> Apple:
    """It looks again."""
    return _getting(a, two.get_recheck(a.queue))


def apple_returns_guard(a: Apple) -> bool:
    """A getter has the apple in its hand."""
    return a.in_hand > 0


def apple_returns(a: Apple) -> Apple:
    """It puts the apple back, which never waits: the queue is empty. Then it leaves."""
    after = two.put_enter(hide(a))
    return a._replace(queue=world.putter_leaves(after), inside=after.length - a.queue.length, in_hand=0)


def putter_stops_guard(a: Apple) -> bool:
    """A putter is outside and has nothing more to do, and is not the last."""
    return a.over == 0 and a.queue.running_putters > 0 and two.putters(a.queue) > 1


def putter_stops(a: Apple) -> Apple:
    """It leaves."""
    return a._replace(queue=world.putter_leaves(a.queue))


def last_putter_stops_guard(a: Apple) -> bool:
    """The last putter is outside and has nothing more to do."""
    return a.over == 0 and a.queue.running_putters > 0 and two.putters(a.queue) == 1


def last_putter_stops(a: Apple) -> Apple:
    """The work is over; it has the apple to put."""
    return a._replace(over=1, to_put=1)


def last_putter_leaves_guard(a: Apple) -> bool:
    """The apple is put."""
    return a.over == 1 and a.to_put == 0 and a.queue.running_putters > 0


def last_putter_leaves(a: Apple) -> Apple:
    """The last putter leaves too."""
    return a._replace(queue=world.putter_leaves(a.queue))


SYSTEM = System(
    "two conditions with a poison apple",
    (
        action(put_enter_guard, put_enter),
        action(put_recheck_guard, put_recheck),
        action(get_enter_guard, get_enter),
        action(get_recheck_guard, get_recheck),
        action(apple_returns_guard, apple_returns),
        action(putter_stops_guard, putter_stops),
        action(last_putter_stops_guard, last_putter_stops),
        action(last_putter_leaves_guard, last_putter_leaves),
    ),
)
