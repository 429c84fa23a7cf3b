"""The queue with two conditions, each time with one rule broken: what every rule is there for.

Each variant names the rule that it breaks, the action at which the proof must fail, and how it goes wrong
in its smallest configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from queuespec import environment as world
from queuespec import two_conditions as two
from queuespec.system import Action, System, action
from queuespec.two_conditions import SYSTEM, Counters


def corrupt(s: Counters) -> bool:
    """An item was taken that is not there, or the capacity is exceeded."""
    return s.length < 0 or s.length > s.capacity


@dataclass(frozen=True)
class Variant:
    """A broken queue: the rule, where its proof fails, and its smallest counterexample (K, P, C)."""

    name: str
    rule: str
    system: System
    fails_at: str
    configuration: tuple[int, int, int]
    goes_wrong: Callable[[Any], bool]
    steps: int
    case: type[Any] = Counters
    initial: Callable[[int, int, int], Any] = two.initial
    invariant: Callable[[Any], bool] = two.invariant


def get_blindly(s: Counters) -> Counters:
    """A woken getter takes an item without looking."""
    return two.notify_not_full(
        s._replace(length=s.length - 1, woken_getters=s.woken_getters - 1, running_getters=s.running_getters + 1)
    )


def put_blindly(s: Counters) -> Counters:
    """A woken putter appends its item without looking."""
    return two.notify_not_empty(
        s._replace(length=s.length + 1, woken_putters=s.woken_putters - 1, running_putters=s.running_putters + 1)
    )


def put_enter_silently(s: Counters) -> Counters:
    """A putter puts and tells nobody."""
    after = two.put_enter(s)
    return after._replace(waiting_getters=s.waiting_getters, woken_getters=s.woken_getters)


def put_recheck_silently(s: Counters) -> Counters:
    """A woken putter puts and tells nobody."""
    after = two.put_recheck(s)
    return after._replace(waiting_getters=s.waiting_getters, woken_getters=s.woken_getters)


def get_enter_silently(s: Counters) -> Counters:
    """A getter gets and tells nobody."""
    after = two.get_enter(s)
    return after._replace(waiting_putters=s.waiting_putters, woken_putters=s.woken_putters)


def get_recheck_silently(s: Counters) -> Counters:
    """A woken getter gets and tells nobody."""
    after = two.get_recheck(s)
    return after._replace(waiting_putters=s.waiting_putters, woken_putters=s.woken_putters)


def _wakes(s: Counters, after: Counters, completed: bool, putter: bool) -> Counters:
    """The critical section, but if it completed it wakes a thread of that kind, and of that kind only."""
    silent = after._replace(
        waiting_putters=max(s.waiting_putters, after.waiting_putters),
        woken_putters=min(s.woken_putters, after.woken_putters),
        waiting_getters=max(s.waiting_getters, after.waiting_getters),
        woken_getters=min(s.woken_getters, after.woken_getters),
    )
    if not completed:
        return after
    return two.notify_not_full(silent) if putter else two.notify_not_empty(silent)


def put_enter_wakes_putters(s: Counters) -> Counters:
    """A putter puts and wakes a putter."""
    return _wakes(s, two.put_enter(s), s.length < s.capacity, putter=True)


def put_recheck_wakes_putters(s: Counters) -> Counters:
    """A woken putter puts and wakes a putter."""
    return _wakes(s, two.put_recheck(s), s.length < s.capacity, putter=True)


def get_enter_wakes_getters(s: Counters) -> Counters:
    """A getter gets and wakes a getter."""
    return _wakes(s, two.get_enter(s), s.length > 0, putter=False)


def get_recheck_wakes_getters(s: Counters) -> Counters:
    """A woken getter gets and wakes a getter."""
    return _wakes(s, two.get_recheck(s), s.length > 0, putter=False)


def put_enter_on_edge(s: Counters) -> Counters:
    """A putter notifies only if the queue was empty."""
    return two.put_enter(s) if s.length == 0 else put_enter_silently(s)


def put_recheck_on_edge(s: Counters) -> Counters:
    """A woken putter notifies only if the queue was empty."""
    return two.put_recheck(s) if s.length == 0 else put_recheck_silently(s)


def _named(name: str, of: Action, effect: Callable[[Counters], Counters]) -> Action:
    return Action(name, of.guard, effect)


def _system(name: str, **effects: Callable[[Counters], Counters]) -> System:
    return SYSTEM.changed(name, **{a: _named(a, SYSTEM[a], effect) for a, effect in effects.items()})


VARIANTS = (
    Variant(
        "if-in-get",
        "a woken getter looks again (while, not if)",
        _system("if in get", get_recheck=get_blindly),
        "get_recheck",
        (1, 1, 2),
        corrupt,
        4,
    ),
    Variant(
        "if-in-put",
        "a woken putter looks again (while, not if)",
        _system("if in put", put_recheck=put_blindly),
        "put_recheck",
        (1, 2, 1),
        corrupt,
        5,
    ),
    Variant(
        "put-never-notifies",
        "a put notifies",
        _system("put never notifies", put_enter=put_enter_silently, put_recheck=put_recheck_silently),
        "put_enter",
        (1, 1, 1),
        two.lost_wakeup,
        2,
    ),
    Variant(
        "get-never-notifies",
        "a get notifies",
        _system("get never notifies", get_enter=get_enter_silently, get_recheck=get_recheck_silently),
        "get_enter",
        (1, 1, 1),
        two.lost_wakeup,
        3,
    ),
    Variant(
        "wrong-condition",
        "a put notifies getters, and a get putters",
        _system(
            "wrong condition notified",
            put_enter=put_enter_wakes_putters,
            put_recheck=put_recheck_wakes_putters,
            get_enter=get_enter_wakes_getters,
            get_recheck=get_recheck_wakes_getters,
        ),
        "put_enter",
        (1, 1, 1),
        two.lost_wakeup,
        2,
    ),
    Variant(
        "notify-on-edge",
        "every put notifies, not only the one that ends emptiness",
        _system("notify on edge", put_enter=put_enter_on_edge, put_recheck=put_recheck_on_edge),
        "put_enter",
        (2, 1, 2),
        two.lost_wakeup,
        5,
    ),
    Variant(
        "timeout-without-look",
        "a getter whose time is over looks again before it gives up",
        SYSTEM.changed(
            "timeout without look",
            get_times_out=Action("get_times_out", two.get_recheck_guard, world.get_times_out),
        ),
        "get_times_out",
        (1, 1, 2),
        two.lost_wakeup,
        4,
    ),
)


# Check and sleep taken apart: a getter that found the queue empty decides to sleep, and only later does.


class Gapped(NamedTuple):
    """The counters, and how many getters have decided to sleep but do not sleep yet."""

    queue: Counters
    deciding: int


def gapped_initial(capacity: int, putters: int, getters: int) -> Gapped:
    """An empty queue."""
    return Gapped(two.initial(capacity, putters, getters), 0)


def gapped_invariant(g: Gapped) -> bool:
    """The invariant of the whole queue."""
    return two.invariant(g.queue) and g.deciding >= 0


def gapped_lost_wakeup(g: Gapped) -> bool:
    """The lost wakeup of the whole queue."""
    return two.lost_wakeup(g.queue)


def _decide(g: Gapped, after: Counters) -> Gapped:
    slept = after.waiting_getters > g.queue.waiting_getters
    if slept:
        return Gapped(after._replace(waiting_getters=g.queue.waiting_getters), g.deciding + 1)
    return Gapped(after, g.deciding)


def get_enter(g: Gapped) -> Gapped:
    """A getter enters; if the queue is empty it decides to sleep and releases the mutex."""
    return _decide(g, two.get_enter(g.queue))


def get_recheck(g: Gapped) -> Gapped:
    """A woken getter looks again; if the queue is empty it decides to sleep and releases the mutex."""
    return _decide(g, two.get_recheck(g.queue))


def get_sleeps_guard(g: Gapped) -> bool:
    """Some getter has decided to sleep."""
    return g.deciding > 0


def get_sleeps(g: Gapped) -> Gapped:
    """It sleeps, whatever happened in between."""
    return Gapped(g.queue._replace(waiting_getters=g.queue.waiting_getters + 1), g.deciding - 1)


def _inside(name: str) -> Action:
    inner = SYSTEM[name]
    return Action(name, lambda g: inner.guard(g.queue), lambda g: g._replace(queue=inner.effect(g.queue)))


GAPPED = System(
    "gap between check and sleep",
    (
        _inside("put_enter"),
        _inside("put_recheck"),
        Action("get_enter", lambda g: two.get_enter_guard(g.queue), get_enter),
        Action("get_recheck", lambda g: two.get_recheck_guard(g.queue), get_recheck),
        action(get_sleeps_guard, get_sleeps),
    ),
)

GAP = Variant(
    "check-and-sleep-apart",
    "a thread checks and falls asleep in one step",
    GAPPED,
    "get_sleeps",
    (1, 1, 1),
    gapped_lost_wakeup,
    3,
    Gapped,
    gapped_initial,
    gapped_invariant,
)
