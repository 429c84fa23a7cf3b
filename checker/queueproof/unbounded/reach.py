"""Whether a state of a model can be reached: a search among the states that are no larger, from where it began.

A model keeps its threads and its capacity, so a state says from which beginning it comes. A counterexample to
induction is looked for there: if it can be reached the model is wrong, if it cannot the invariant may be too weak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import singledispatch
from typing import Any

from queuespec import fine_grained, hand_over, shutdown, two_conditions
from queuespec.apple import Apple
from queuespec.broken import Gapped
from queuespec.broken_calls import Mislaid, Split
from queuespec.contents import Contents
from queuespec.fine_grained import Fine
from queuespec.hand_over import Handing
from queuespec.one_condition import Shared
from queuespec.one_condition_fifo import Line, Round
from queuespec.pill import Pills
from queuespec.search import reachable
from queuespec.shutdown import Closable
from queuespec.system import Action, System, action
from queuespec.tasks import Tasks
from queuespec.tickets import Tickets
from queuespec.two_conditions import Counters
from queuespec.unlocked import Looked
from queuespec.watched import NOTIFIED, Watched

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
def _(h: Handing) -> Beginnings:
    return [(h.queue.capacity, hand_over.putters(h), hand_over.getters(h))]


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
def _(c: Contents) -> Beginnings:
    return [(c.capacity,)]


@beginnings.register
def _(s: Line) -> Beginnings:
    return [(s.capacity, s.putters, s.getters, s.wakes)]


@beginnings.register
def _(r: Round) -> Beginnings:
    return beginnings(r.line)


@beginnings.register
def _(s: Split) -> Beginnings:
    reading = (s.first > 0) + (s.second > 0)
    return [(1, 1, workers) for workers in _some(s.to_put + s.open + reading)]


def _some(least: int) -> range:
    """So many threads or one or two more, that have left by now."""
    return range(least, least + 3)


def numbers(state: Any) -> Iterator[int]:
    """All the numbers in a state; of a sequence of items, how many there are."""
    for value in state:
        if isinstance(value, tuple):
            yield from numbers(value) if hasattr(value, "_fields") else [len(value)]
        else:
            yield value


def can_reach(system: System, initial: Callable[..., Any], state: Any) -> bool:
    """Whether the state can be reached. Nothing is looked at beyond one that is corrupt, or larger than this one."""
    return _can_reach(system, [initial(*each) for each in beginnings(state)], state)


def can_reach_in(spec: Any, state: Any) -> bool:
    """Whether the state can be reached by the steps that a module of the specification describes."""
    if isinstance(state, Watched):
        return _can_reach(spec.SYSTEM, _just_asleep(spec, state), state)
    if isinstance(state, Contents):
        return can_reach(_putting(spec, set(state.all_put)), spec.initial, state)
    if isinstance(state, Line):
        names = ("put", "get", "put_waits", "get_waits", "regroup")
        steps = tuple(action(getattr(spec, f"{name}_guard"), getattr(spec, name)) for name in names)
        return can_reach(System("a line", steps), lambda *each: spec.initial(*each).line, state)
    if isinstance(state, Round):
        move = action(lambda r: not spec.deadlock(r.line), spec.move)
        return can_reach(System("the strategy", (move,)), spec.initial, state)
    if isinstance(state, Counters) and hasattr(spec, "OPEN_SYSTEM"):
        return can_reach(_few(spec.OPEN_SYSTEM, state), two_conditions.initial, state)
    if isinstance(state, Counters) and not hasattr(spec, "initial"):
        return can_reach(two_conditions.SYSTEM, two_conditions.initial, state)
    starts = beginnings(state)
    return _can_reach(spec.SYSTEM, [spec.initial(*each) for each in starts], state)


def _just_asleep(spec: Any, state: Watched) -> list[Any]:
    """The watched getter begins to be watched when it falls asleep, whenever that is."""
    steps, starts = two_conditions.SYSTEM, [two_conditions.initial(*each) for each in beginnings(state.queue)]
    return [
        spec.just_asleep(after)
        for before in reachable(steps, starts)
        for _, after in steps.steps(before)
        if after.waiting_getters > before.waiting_getters
    ]


def _putting(spec: Any, items: set[Any]) -> System:
    """Put any of these items, and get."""
    puts = (Action("put", spec.put_guard, lambda c, item=item: spec.put(c, item)) for item in items)
    return System("contents", (*puts, action(spec.get_guard, spec.get)))


def _few(system: System, state: Counters) -> System:
    """Where threads come and go: at most one putter and one getter more than there are in the state."""
    most = tuple(count(state) + 1 for count in (two_conditions.putters, two_conditions.getters))

    def limited(guard: Callable[[Counters], bool]) -> Callable[[Counters], bool]:
        return lambda s: two_conditions.putters(s) <= most[0] and two_conditions.getters(s) <= most[1] and guard(s)

    return System(system.name, tuple(replace(each, guard=limited(each.guard)) for each in system.actions))


def _can_reach(system: System, starts: list[Any], state: Any) -> bool:
    most = max(sum(map(abs, numbers(each))) for each in (state, *starts))
    most = max(most, fine_grained.GET_DONE)  # a place is a number, too
    sane = tuple(replace(each, guard=_where_sane(each.guard, most)) for each in system.actions)
    return state in reachable(System(system.name, sane), starts)


def _where_sane(guard: Callable[..., bool], most: int) -> Callable[..., bool]:
    def sane(state: Any) -> bool:
        counters = getattr(state, "outside", getattr(state, "queue", state))
        overrun = counters.length > counters.capacity if hasattr(counters, "length") else False
        least = NOTIFIED if isinstance(state, Watched) else 0
        return not overrun and all(least <= number <= most for number in numbers(state))

    return lambda state, *pick: sane(state) and guard(state, *pick)
