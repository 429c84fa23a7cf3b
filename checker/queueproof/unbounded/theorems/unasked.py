"""Waking unasked: a sleeper may wake by itself, or because a notify woke more than it was asked to.

A notify that wakes more is one that wakes as many as it should, and sleepers that wake by themselves at that moment.
So both contracts ask for the same: that an invariant, a mapping and a measure stand a sleeper that wakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from queueproof.unbounded.induction import Predicate, always, keeps, step
from queueproof.unbounded.lemma import Lemma
from queuespec import environment
from queuespec.one_condition import Shared
from queuespec.system import Action, action
from queuespec.two_conditions import Counters

WAKES = (
    action(environment.putter_sleeps, environment.putter_wakes),
    action(environment.getter_sleeps, environment.getter_wakes),
)
"""With two conditions."""

SHARED_WAKES = (
    Action(
        "putter_wakes",
        lambda s: s.waiting_putters > 0,
        lambda s: s._replace(waiting_putters=s.waiting_putters - 1),
    ),
    Action(
        "getter_wakes",
        lambda s: s.waiting_getters > 0,
        lambda s: s._replace(waiting_getters=s.waiting_getters - 1),
    ),
)
"""With one condition, where who is not asleep is awake."""


def keeps_shared(invariant: Predicate, assuming: Predicate = always) -> Iterator[Lemma]:
    """With one condition, who wakes unasked keeps the invariant."""
    return keeps(SHARED_WAKES, Shared, invariant, assuming)


def refines_shared(mapping: Callable[[Counters], Shared], invariant: Predicate) -> Iterator[Lemma]:
    """Who wakes unasked with two conditions does so with one."""
    for wake, simple in zip(WAKES, SHARED_WAKES, strict=True):
        yield step(
            wake,
            Counters,
            invariant,
            lambda s, after, simple=simple: (  # type: ignore[misc]
                simple.guard(mapping(s)) and mapping(after) == simple.effect(mapping(s))
            ),
            "in the simpler queue too",
        )


def inside(wake: Action) -> Action:
    """The wake-up in a state that has the plain queue in it."""
    return replace(wake, guard=lambda s: wake.guard(s.queue), effect=lambda s: s._replace(queue=wake.effect(s.queue)))


def keeps_inside(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """Where the plain queue is part of the state, who wakes unasked keeps the invariant."""
    return keeps(map(inside, WAKES), case, spec.invariant)


def refines_plain(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """Where the plain queue is part of the state, who wakes unasked does so in the plain queue."""
    for wake in WAKES:
        yield step(
            inside(wake),
            case,
            spec.invariant,
            lambda s, after, wake=wake: (  # type: ignore[misc]
                wake.guard(spec.hide(s)) and spec.hide(after) == wake.effect(spec.hide(s))
            ),
            "in the simpler queue too",
        )


def leaves(case: type[Any], invariant: Predicate, measure: Callable[[Any], Any], what: str) -> Iterator[Lemma]:
    """Who wakes unasked in a queue that is part of the state leaves the measure as it is."""
    for wake in map(inside, WAKES):
        yield step(wake, case, invariant, lambda s, after: measure(after) == measure(s), f"leaves {what}")


def leaves_as_much(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """Who wakes unasked keeps the invariant, and as much is to be completed as before."""
    yield from keeps_inside(spec, case)
    yield from leaves(case, spec.invariant, spec.completions_left, "as many completions")


def leaves_the_awake_awake(invariant: Predicate) -> Iterator[Lemma]:
    """Who wakes unasked takes and brings no item, and puts nobody to sleep."""

    def then(s: Counters, after: Counters) -> bool:
        return (
            after.length == s.length
            and after.running_putters + after.woken_putters >= s.running_putters + s.woken_putters
            and after.running_getters + after.woken_getters >= s.running_getters + s.woken_getters
        )

    for wake in WAKES:
        yield step(wake, Counters, invariant, then, "leaves the items, and the awake awake")
