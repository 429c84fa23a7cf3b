"""Refinement: each richer queue, seen through a mapping, is a simpler one.

Where counters suffice the mapping is proved step by step for all integers: the step of the rich queue,
mapped, is the named step of the simple one, or nothing. Where the order of threads matters, the state
graphs of small configurations are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import (
    EVERY_WAKE_UP,
    EXHAUSTED,
    FIFO,
    PROVED,
    Finding,
    Searched,
    Theorem,
    both,
    proved,
)
from queueproof.unbounded.theorems import unasked
from queuespec import apple, environment, one_condition, pill, shutdown, threads, two_conditions
from queuespec.apple import Apple
from queuespec.one_condition import Shared
from queuespec.pill import Pills
from queuespec.search import reachable
from queuespec.shutdown import Closable
from queuespec.system import System
from queuespec.two_conditions import Counters

AbstractStep = Callable[[Any], Any]  # from the rich state to where the simple queue must be
Guard = Callable[[Any], bool]


def simulates(
    system: System,
    case: type[Any],
    invariant: Guard,
    mapping: Callable[[Any], Any],
    steps: Mapping[str, tuple[Guard, AbstractStep]],
) -> Iterator[Lemma]:
    """Every action of the system, mapped, is the abstract step named for it, which is enabled."""
    for action in system.actions:
        guard, step = steps[action.name]

        def then(s: Any, action: Any = action, guard: Any = guard, step: Any = step) -> bool:
            return bool(guard(s)) and mapping(action.effect(s)) == step(s)

        yield Lemma(
            f"{action.name} is a step of the simpler queue",
            case,
            lambda s, action=action: action.guard(s) and invariant(s),  # type: ignore[misc]
            then,
        )


# Two conditions are one condition whose notify is aimed at the other kind.


def as_shared(s: Counters) -> Shared:
    """Forget who was woken: awake is awake."""
    return Shared(
        s.capacity,
        1,
        s.length,
        two_conditions.putters(s),
        two_conditions.getters(s),
        s.waiting_putters,
        s.waiting_getters,
    )


def two_to_one(spec: Any = two_conditions) -> Iterator[Lemma]:
    """Each critical section is a put, a get or a wait of the shared condition."""

    def put_guard(s: Counters) -> bool:
        t = as_shared(s)
        if s.length == s.capacity:
            return one_condition.put_waits_guard(t)
        return one_condition.put_aimed_guard(t)

    def put(s: Counters) -> Shared:
        t = as_shared(s)
        return one_condition.put_waits(t) if s.length == s.capacity else one_condition.put_aimed(t)

    def get_guard(s: Counters) -> bool:
        t = as_shared(s)
        return one_condition.get_waits_guard(t) if s.length == 0 else one_condition.get_aimed_guard(t)

    def get(s: Counters) -> Shared:
        t = as_shared(s)
        return one_condition.get_waits(t) if s.length == 0 else one_condition.get_aimed(t)

    steps = {"put_enter": (put_guard, put), "put_recheck": (put_guard, put)}
    steps |= {"get_enter": (get_guard, get), "get_recheck": (get_guard, get)}
    return simulates(spec.SYSTEM, Counters, spec.types, as_shared, steps)


# Shutdown, pills and apple hide to the plain queue in its open world.


def _plain(name: str, queue: Callable[[Any], Counters]) -> tuple[Guard, AbstractStep]:
    action = two_conditions.SYSTEM[name]
    return (lambda s: action.guard(queue(s))), (lambda s: action.effect(queue(s)))


def shutdown_to_plain(spec: Any = shutdown) -> Iterator[Lemma]:
    """A refused thread leaves; a refused woken one first hands on its wakeup, for which nobody waits."""

    def refused_or(name: str, leave: AbstractStep, refused: Guard) -> tuple[Guard, AbstractStep]:
        guard, step = _plain(name, spec.hide)
        return guard, lambda c: leave(spec.hide(c)) if refused(c) else step(c)

    def closed(c: Closable) -> bool:
        return c.closed == 1

    def drained(c: Closable) -> bool:
        return c.closed == 1 and c.queue.length == 0

    def woken_putter_leaves(s: Counters) -> Counters:
        return environment.putter_leaves(environment.put_is_cancelled(s))

    def woken_getter_leaves(s: Counters) -> Counters:
        return environment.getter_leaves(environment.get_is_cancelled(s))

    def anytime(_: Closable) -> bool:
        return True

    steps = {
        "put_enter": refused_or("put_enter", environment.putter_leaves, closed),
        "put_recheck": refused_or("put_recheck", woken_putter_leaves, closed),
        "get_enter": refused_or("get_enter", environment.getter_leaves, drained),
        "get_recheck": refused_or("get_recheck", woken_getter_leaves, drained),
        "shutdown": (anytime, lambda c: environment.everybody_wakes(spec.hide(c))),
        "shutdown_now": (anytime, lambda c: environment.queue_is_emptied(spec.hide(c))),
    }
    return simulates(spec.SYSTEM, Closable, spec.invariant, spec.hide, steps)


def _stops(hide: Callable[[Any], Counters]) -> dict[str, tuple[Guard, AbstractStep]]:
    def runs(s: Any) -> bool:
        return environment.putter_runs(hide(s))

    leaves = (runs, lambda s: environment.putter_leaves(hide(s)))
    return {
        "putter_stops": leaves,
        "last_putter_stops": (runs, hide),
        "last_putter_leaves": leaves,
        "put_enter": _plain("put_enter", hide),
        "put_recheck": _plain("put_recheck", hide),
    }


def pill_to_plain(spec: Any = pill) -> Iterator[Lemma]:
    """A pill is an item; who gets one leaves."""

    def getting(name: str) -> tuple[Guard, AbstractStep]:
        guard, step = _plain(name, spec.hide)

        def get(p: Pills) -> Counters:
            after: Counters = step(p)
            poisoned = p.queue.length > 0 and p.queue.length == p.pills
            return environment.getter_leaves(after) if poisoned else after

        return guard, get

    steps = _stops(spec.hide) | {name: getting(name) for name in ("get_enter", "get_recheck")}
    return simulates(spec.SYSTEM, Pills, spec.invariant, spec.hide, steps)


def apple_to_plain(spec: Any = apple) -> Iterator[Lemma]:
    """The apple is an item; who gets it leaves, and comes back once as a putter."""

    def getting(name: str) -> tuple[Guard, AbstractStep]:
        guard, step = _plain(name, spec.hide)

        def get(a: Apple) -> Counters:
            after: Counters = step(a)
            poisoned = a.queue.length > 0 and a.queue.length == a.inside
            if not poisoned:
                return after
            return environment.putter_arrives(environment.getter_leaves(after))

        return guard, get

    enabled, put = _plain("put_enter", spec.hide)
    steps = _stops(spec.hide) | {name: getting(name) for name in ("get_enter", "get_recheck")}
    steps["apple_returns"] = (
        lambda a: enabled(a) and a.queue.length < a.queue.capacity,
        lambda a: environment.putter_leaves(put(a)),
    )
    return simulates(spec.SYSTEM, Apple, spec.invariant, spec.hide, steps)


# Threads with names, woken in order of arrival, are the counters.

CONFIGURATIONS = tuple(product((1, 2, 3), (1, 2, 3), (1, 2, 3)))


def threads_to_counters(
    spec: Any = threads, configurations: Iterable[tuple[int, int, int]] = CONFIGURATIONS
) -> Finding:
    """On the state graph: each step is the counters' step of that name, and every counter state occurs."""
    states = 0
    for configuration in configurations:
        seen = reachable(spec.SYSTEM, [spec.initial(*configuration)])
        states += len(seen)
        for state in seen:
            for name, after in spec.SYSTEM.steps(state):
                action = two_conditions.SYSTEM[name]
                before = spec.counters(state)
                if not action.guard(before) or action.effect(before) != spec.counters(after):
                    return Finding(False, states=states, detail=f"{name} of {state} leads to {after}")
        image = {spec.counters(state) for state in seen}
        expected = reachable(two_conditions.SYSTEM, [two_conditions.initial(*configuration)])
        if image != expected:
            return Finding(False, states=states, detail=f"the image differs for {configuration}")
    return Finding(bool(states), states=states)


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    graph = Searched("each step is a step of the counters, and all their states occur", threads_to_counters)
    return [
        Theorem(
            "two-conditions-refine-one",
            "The queue with two conditions is one with a shared condition whose notify is aimed at the other "
            "kind, for all K, P and C.",
            PROVED,
            (*both(two_to_one()), *proved(unasked.refines_shared(as_shared, two_conditions.types))),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "fifo-wake-up-refines-any",
            "With named threads and FIFO wake-up the queue is the one that only counts threads, and reaches "
            "all of its states, for all K, P, C <= 3.",
            EXHAUSTED,
            (graph,),
            (FIFO,),
        ),
        Theorem(
            "shutdown-refines-plain",
            "Forget the refused, and the queue with shutdown is the plain queue in an open world, for all K, P, C.",
            PROVED,
            proved([*shutdown_to_plain(), *unasked.refines_plain(shutdown, Closable)]),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "pills-refine-plain",
            "Take pills for items, and the queue with poison pills is the plain queue, for all K, P and C.",
            PROVED,
            proved([*pill_to_plain(), *unasked.refines_plain(pill, Pills)]),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "apple-refines-plain",
            "Take the apple for an item, and the queue with a poison apple is the plain queue, for all K, P, C.",
            PROVED,
            proved([*apple_to_plain(), *unasked.refines_plain(apple, Apple)]),
            EVERY_WAKE_UP,
        ),
    ]
