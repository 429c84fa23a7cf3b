"""Whether a state of a model can be reached: a search among the states that are no larger, from where it began.

A model keeps its threads and its capacity, so a state says from which beginning it comes. A counterexample to
induction is looked for there: if it can be reached the model is wrong, if it cannot the invariant may be too weak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import singledispatch
from typing import Any

from queuespec import fine_grained, shutdown, two_conditions
from queuespec.apple import Apple
from queuespec.broken import Gapped
from queuespec.broken_calls import Mislaid, Split
from queuespec.fine_grained import Fine
from queuespec.one_condition import Shared
from queuespec.pill import Pills
from queuespec.search import reachable
from queuespec.shutdown import Closable
from queuespec.system import System
from queuespec.tasks import Tasks
from queuespec.tickets import Tickets
from queuespec.two_conditions import Counters
from queuespec.unlocked import Looked

Beginnings = list[tuple[int, ...]]


@singledispatch
def beginnings(state: Any) -> Beginnings:
    """What the model's `initial` must have been called with."""
    raise TypeError(f"it is not known how {type(state).__name__} begins")


@beginnings.register
def _(s: Counters) -> Beginnings:
    return [(s.capacity, two_conditions.putters(s), two_conditions.getters(s))]


@beginnings.register
def _(g: Gapped) -> Beginnings:
    return [(g.queue.capacity, two_conditions.putters(g.queue), two_conditions.getters(g.queue) + g.deciding)]


@beginnings.register
def _(m: Mislaid) -> Beginnings:
    return beginnings(m.queue)


@beginnings.register
def _(f: Fine) -> Beginnings:
    return [(f.outside.capacity, fine_grained.putters(f), fine_grained.getters(f))]


@beginnings.register
def _(c: Closable) -> Beginnings:
    return [(c.queue.capacity, shutdown.putters(c), shutdown.getters(c))]


@beginnings.register
def _(s: Shared) -> Beginnings:
    return [(s.capacity, s.putters, s.getters, s.wakes)]


@beginnings.register(Pills)
@beginnings.register(Apple)
def _(p: Any) -> Beginnings:
    return [(p.queue.capacity, putters, p.all_getters) for putters in _some(two_conditions.putters(p.queue))]


@beginnings.register
def _(t: Tickets) -> Beginnings:
    return [(t.capacity, t.putters, t.getters)]


@beginnings.register
def _(s: Looked) -> Beginnings:
    putters = s.running_putters + s.saw_room + s.saw_full + s.waiting_putters
    return [(s.capacity, putters, s.running_getters + s.saw_item + s.saw_nothing + s.waiting_getters)]


@beginnings.register
def _(t: Tasks) -> Beginnings:
    return [(t.running + t.waiting + t.woken,)]


@beginnings.register
def _(s: Split) -> Beginnings:
    reading = (s.first > 0) + (s.second > 0)
    return [(1, 1, workers) for workers in _some(s.to_put + s.open + reading)]


def _some(least: int) -> range:
    """So many threads or one or two more, that have left by now."""
    return range(least, least + 3)


def numbers(state: Any) -> Iterator[int]:
    """All the numbers in a state."""
    for value in state:
        if isinstance(value, tuple):
            yield from numbers(value)
        else:
            yield value


def can_reach(system: System, initial: Callable[..., Any], state: Any) -> bool:
    """Whether the state can be reached. Nothing is looked at beyond one that is corrupt, or larger than this one."""
    starts = beginnings(state)
    most = max(fine_grained.GET_DONE, sum(map(abs, numbers(state))), *map(sum, starts))  # a place is a number, too
    sane = tuple(replace(action, guard=_where_sane(action.guard, most)) for action in system.actions)
    return state in reachable(System(system.name, sane), [initial(*each) for each in starts])


def _where_sane(guard: Callable[..., bool], most: int) -> Callable[..., bool]:
    def sane(state: Any) -> bool:
        counters = getattr(state, "outside", getattr(state, "queue", state))
        overrun = counters.length > counters.capacity if hasattr(counters, "capacity") else False
        return not overrun and all(0 <= number <= most for number in numbers(state))

    return lambda state, *pick: sane(state) and guard(state, *pick)
