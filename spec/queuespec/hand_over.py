"""The queue that hands over: puts take turns, a get of an item that is there takes none, and whoever waits is answered.

No mutex and no condition. There are two lines, of putters and of getters, and one *turn*. Who has the turn
may append an item, give it to the getter that waits longest, join a line, and answer those that wait; what
it does is several steps, and meanwhile gets take items. In ``queue`` *waiting* means in line, *woken* means
answered and not yet back. ``took`` counts the getters that took an item and have yet to look whether a putter
waits; ``helping`` those that saw one and come to let it in. Whose turn it is, is not kept: the model may do more
than a queue does in which one thread has it.

The invariant: while a getter waits there is no item, or who has the turn will look; while a putter waits the
queue is full, or who has the turn will look, or a getter that made room will.
"""

from __future__ import annotations

from typing import NamedTuple

from queuespec import two_conditions as two
from queuespec.system import System, action
from queuespec.two_conditions import Counters

# What the turn is used for. PUTTING: the shortcut of a put. LOOKED: to look for room. SERVING: to look for an item,
# then for room. GIVING: it has the item that a getter is to be given; ADMITTED: it has let in the item of a putter that
# has yet to be told; then it goes on as in SERVING. DONE: to be given back.
FREE, PUTTING, LOOKED, SERVING, GIVING, ADMITTED, DONE = range(7)


class Handing(NamedTuple):
    """Items and threads; the getters that made room and have yet to look, and to help; the turn."""

    queue: Counters
    took: int
    helping: int
    turn: int


def initial(capacity: int, putters: int, getters: int) -> Handing:
    """An empty queue; nobody has entered it yet."""
    return Handing(two.initial(capacity, putters, getters), 0, 0, FREE)


def putters(h: Handing) -> int:
    """The number of putters, wherever they are."""
    return two.putters(h.queue)


def getters(h: Handing) -> int:
    """The number of getters, wherever they are."""
    return two.getters(h.queue) + h.took + h.helping


# What must hold.


def types(h: Handing) -> bool:
    """Counts are counts, and the turn is used for something."""
    return two.types(h.queue) and h.took >= 0 and h.helping >= 0 and h.turn >= FREE and h.turn <= DONE


def will_look_for_items(h: Handing) -> bool:
    """Before the turn is given back it will be looked for an item for each getter that waits."""
    return h.turn >= SERVING and h.turn <= ADMITTED


def will_look_for_room(h: Handing) -> bool:
    """The same for room, or a getter that made room will look whether a putter waits."""
    return (h.turn >= LOOKED and h.turn <= ADMITTED) or h.took > 0 or h.helping > 0


def items_are_answered(h: Handing) -> bool:
    """While a getter waits there is no item, or it will be looked for one."""
    return h.queue.waiting_getters == 0 or h.queue.length == 0 or will_look_for_items(h)


def room_is_answered(h: Handing) -> bool:
    """While a putter waits the queue is full, or it will be looked for room."""
    return h.queue.waiting_putters == 0 or h.queue.length == h.queue.capacity or will_look_for_room(h)


def promises_are_kept(h: Handing) -> bool:
    """Who is to be given an item, or told, still stands in line."""
    s = h.queue
    return (h.turn != GIVING or s.waiting_getters > 0) and (h.turn != ADMITTED or s.waiting_putters > 0)


def invariant(h: Handing) -> bool:
    """The inductive invariant."""
    return types(h) and items_are_answered(h) and room_is_answered(h) and promises_are_kept(h)


def lost_wakeup(h: Handing) -> bool:
    """Somebody waits although there is something for it, and nobody is there who would look."""
    s = h.queue
    possible = (s.waiting_getters > 0 and s.length > 0) or (s.waiting_putters > 0 and s.length < s.capacity)
    return possible and h.turn == FREE and h.took == 0 and h.helping == 0


def deadlock(h: Handing) -> bool:
    """There are threads, and all of them wait in line."""
    s = h.queue
    awake = s.running_putters + s.woken_putters + s.running_getters + s.woken_getters + h.took + h.helping
    return h.turn == FREE and awake == 0 and s.waiting_putters + s.waiting_getters > 0


# What a step does to the counters.


def more(s: Counters, items: int) -> Counters:
    """So many items more."""
    return s._replace(length=s.length + items)


def answered_getter(s: Counters) -> Counters:
    """The getter that waits longest leaves the line."""
    return s._replace(waiting_getters=s.waiting_getters - 1, woken_getters=s.woken_getters + 1)


def answered_putter(s: Counters) -> Counters:
    """The putter that waits longest leaves the line."""
    return s._replace(waiting_putters=s.waiting_putters - 1, woken_putters=s.woken_putters + 1)


def begins_to_serve(h: Handing) -> Handing:
    """Where no getter waits there is nothing to do but to look for room."""
    return h._replace(turn=LOOKED if h.queue.waiting_getters == 0 else SERVING)


# A put that finds the turn free: the shortcut.


def put_begins_guard(h: Handing) -> bool:
    """The turn is free and a putter is about to enter."""
    return h.turn == FREE and h.queue.running_putters > 0


def put_begins(h: Handing) -> Handing:
    """It takes the turn."""
    return h._replace(turn=PUTTING)


def put_hands_over_guard(h: Handing) -> bool:
    """A getter waits."""
    return h.turn == PUTTING and h.queue.waiting_getters > 0


def put_hands_over(h: Handing) -> Handing:
    """It gives its item to the getter."""
    return h._replace(queue=answered_getter(h.queue), turn=DONE)


def put_appends_guard(h: Handing) -> bool:
    """No getter waits, and it found room, which has not become less meanwhile."""
    return h.turn == PUTTING and h.queue.waiting_getters == 0 and h.queue.length < h.queue.capacity


def put_appends(h: Handing) -> Handing:
    """It appends its item."""
    return h._replace(queue=more(h.queue, 1), turn=DONE)


# The long way, in line.


def put_comes_guard(h: Handing) -> bool:
    """The turn is free and a putter has found it taken, or the queue full."""
    return h.turn == FREE and h.queue.running_putters > 0


def get_comes_guard(h: Handing) -> bool:
    """The turn is free and a getter has found no item."""
    return h.turn == FREE and h.queue.running_getters > 0


def put_comes(h: Handing) -> Handing:
    """It takes the turn."""
    return h._replace(turn=SERVING)


def get_comes(h: Handing) -> Handing:
    """It takes the turn."""
    return h._replace(turn=SERVING)


def put_is_admitted_guard(h: Handing) -> bool:
    """There is room by now, and no getter waits."""
    s = h.queue
    return h.turn == SERVING and s.running_putters > 0 and s.waiting_getters == 0 and s.length < s.capacity


def put_is_admitted(h: Handing) -> Handing:
    """It appends its item."""
    return begins_to_serve(h._replace(queue=more(h.queue, 1)))


def put_meets_getter_guard(h: Handing) -> bool:
    """There is room by now, and a getter waits."""
    s = h.queue
    return h.turn == SERVING and s.running_putters > 0 and s.waiting_getters > 0 and s.length < s.capacity


def put_meets_getter(h: Handing) -> Handing:
    """It gives the item to the getter."""
    return h._replace(queue=answered_getter(h.queue))


def put_joins_guard(h: Handing) -> bool:
    """It found no room; there may be some by now."""
    return h.turn == SERVING and h.queue.running_putters > 0


def put_joins(h: Handing) -> Handing:
    """It joins the line, and looks for room once more."""
    s = h.queue
    s = s._replace(running_putters=s.running_putters - 1, waiting_putters=s.waiting_putters + 1)
    return begins_to_serve(h._replace(queue=s))


def get_joins_guard(h: Handing) -> bool:
    """It found no item; there may be one by now."""
    return h.turn == SERVING and h.queue.running_getters > 0


def get_joins(h: Handing) -> Handing:
    """It joins the line, and looks for an item once more."""
    s = h.queue
    return h._replace(queue=s._replace(running_getters=s.running_getters - 1, waiting_getters=s.waiting_getters + 1))


def put_returns_guard(h: Handing) -> bool:
    """A putter was answered."""
    return h.queue.woken_putters > 0


def put_returns(h: Handing) -> Handing:
    """It is back."""
    s = h.queue
    return h._replace(queue=s._replace(woken_putters=s.woken_putters - 1, running_putters=s.running_putters + 1))


def get_returns_guard(h: Handing) -> bool:
    """A getter was answered."""
    return h.queue.woken_getters > 0


def get_returns(h: Handing) -> Handing:
    """It is back, with its item."""
    s = h.queue
    return h._replace(queue=s._replace(woken_getters=s.woken_getters - 1, running_getters=s.running_getters + 1))


# A get of an item that is there.


def get_takes_guard(h: Handing) -> bool:
    """A getter is about to enter, and there is an item. Who has the turn does not matter."""
    return h.queue.running_getters > 0 and h.queue.length > 0


def get_takes(h: Handing) -> Handing:
    """It takes the item."""
    s = h.queue
    return h._replace(queue=more(s._replace(running_getters=s.running_getters - 1), -1), took=h.took + 1)


def get_looks_guard(h: Handing) -> bool:
    """A getter has taken an item."""
    return h.took > 0


def get_looks(h: Handing) -> Handing:
    """It looks whether a putter waits for the room that it made."""
    s = h.queue
    if s.waiting_putters > 0:
        return h._replace(took=h.took - 1, helping=h.helping + 1)
    return h._replace(took=h.took - 1, queue=s._replace(running_getters=s.running_getters + 1))


def get_helps_guard(h: Handing) -> bool:
    """The turn is free and a getter comes to let a putter in."""
    return h.turn == FREE and h.helping > 0


def get_helps(h: Handing) -> Handing:
    """It takes the turn."""
    s = h.queue
    s = s._replace(running_getters=s.running_getters + 1)
    return begins_to_serve(h._replace(queue=s, helping=h.helping - 1))


# Who has the turn answers those that wait.


def item_is_taken_guard(h: Handing) -> bool:
    """A getter waits, and there is an item."""
    return h.turn == SERVING and h.queue.waiting_getters > 0 and h.queue.length > 0


def item_is_taken(h: Handing) -> Handing:
    """The item is taken for the getter."""
    return h._replace(queue=more(h.queue, -1), turn=GIVING)


def getter_is_given_it_guard(h: Handing) -> bool:
    """An item was taken for it."""
    return h.turn == GIVING


def getter_is_given_it(h: Handing) -> Handing:
    """It leaves the line; then it is looked for items again."""
    return h._replace(queue=answered_getter(h.queue), turn=SERVING)


def no_item_guard(h: Handing) -> bool:
    """No getter waits, or there is no item."""
    return h.turn == SERVING and (h.queue.waiting_getters == 0 or h.queue.length == 0)


def no_item(h: Handing) -> Handing:
    """Look for room."""
    return h._replace(turn=LOOKED)


def putter_is_let_in_guard(h: Handing) -> bool:
    """A putter waits, and there is room."""
    return h.turn == LOOKED and h.queue.waiting_putters > 0 and h.queue.length < h.queue.capacity


def putter_is_let_in(h: Handing) -> Handing:
    """Its item is appended."""
    return h._replace(queue=more(h.queue, 1), turn=ADMITTED)


def putter_is_told_guard(h: Handing) -> bool:
    """Its item was appended."""
    return h.turn == ADMITTED


def putter_is_told(h: Handing) -> Handing:
    """It leaves the line; then it is looked for items again."""
    return h._replace(queue=answered_putter(h.queue), turn=SERVING)


def no_room_guard(h: Handing) -> bool:
    """No putter waits, or there is no room."""
    return h.turn == LOOKED and (h.queue.waiting_putters == 0 or h.queue.length == h.queue.capacity)


def no_room(h: Handing) -> Handing:
    """All are answered that could be."""
    return h._replace(turn=DONE)


def serves_again_guard(h: Handing) -> bool:
    """It has looked for items."""
    return h.turn == LOOKED


def serves_again(h: Handing) -> Handing:
    """It does so once more, from the beginning."""
    return h._replace(turn=SERVING)


def gives_back_guard(h: Handing) -> bool:
    """All is done, or a put has found the queue full."""
    return h.turn == DONE or h.turn == PUTTING


def gives_back(h: Handing) -> Handing:
    """The turn is free."""
    return h._replace(turn=FREE)


SYSTEM = System(
    "hand-over",
    (
        action(put_begins_guard, put_begins),
        action(put_hands_over_guard, put_hands_over),
        action(put_appends_guard, put_appends),
        action(put_comes_guard, put_comes),
        action(get_comes_guard, get_comes),
        action(put_is_admitted_guard, put_is_admitted),
        action(put_meets_getter_guard, put_meets_getter),
        action(put_joins_guard, put_joins),
        action(get_joins_guard, get_joins),
        action(put_returns_guard, put_returns),
        action(get_returns_guard, get_returns),
        action(get_takes_guard, get_takes),
        action(get_looks_guard, get_looks),
        action(get_helps_guard, get_helps),
        action(item_is_taken_guard, item_is_taken),
        action(getter_is_given_it_guard, getter_is_given_it),
        action(no_item_guard, no_item),
        action(putter_is_let_in_guard, putter_is_let_in),
        action(putter_is_told_guard, putter_is_told),
        action(no_room_guard, no_room),
        action(serves_again_guard, serves_again),
        action(gives_back_guard, gives_back),
    ),
)
