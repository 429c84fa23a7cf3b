"""Progress, notification, starvation, tickets: the premises of each liveness claim, for all integers.

The rule that combines the premises (a fair thread takes an enabled step at last; what is well-founded
cannot fall for ever) is written out in the chapter of each theorem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from queueproof.unbounded.induction import keeps, step
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import (
    EVERY_WAKE_UP,
    PROVED,
    REFUTED,
    Confirmed,
    Part,
    Theorem,
    both,
    proved,
)
from queueproof.unbounded.theorems import notification, unasked
from queueproof.unbounded.theorems.safety import Configuration, sensible, somebody_of_each_kind
from queuespec import tickets, two_conditions
from queuespec.tickets import Tickets
from queuespec.two_conditions import Counters, get_enter, get_recheck, put_enter


def awake_putters(s: Counters) -> int:
    """Putters that can take a step."""
    return s.running_putters + s.woken_putters


def awake_getters(s: Counters) -> int:
    """Getters that can take a step."""
    return s.running_getters + s.woken_getters


def progress(spec: Any = two_conditions) -> Iterator[Lemma]:
    """Where a put or a get is possible, somebody awake can complete it, until somebody completes
    something.
    """

    def given(s: Counters) -> bool:
        return bool(spec.invariant(s)) and somebody_of_each_kind(s)

    yield Lemma(
        "while there is an item, a getter is awake",
        Counters,
        lambda s: given(s) and s.length > 0,
        lambda s: awake_getters(s) > 0,
    )
    yield Lemma(
        "while there is room, a putter is awake",
        Counters,
        lambda s: given(s) and s.length < s.capacity,
        lambda s: awake_putters(s) > 0,
    )
    for action in spec.SYSTEM.actions:
        getter = action.name.startswith("get")

        def can_complete(s: Counters, getter: bool = getter) -> bool:
            return given(s) and (s.length > 0 if getter else s.length < s.capacity)

        yield step(action, Counters, can_complete, lambda s, after: after.length != s.length, "completes if it can")
        yield step(
            action,
            Counters,
            lambda s: given(s) and s.length > 0,
            lambda s, after: after.length != s.length or awake_getters(after) == awake_getters(s),
            "completes, or leaves the awake getters awake",
        )
        yield step(
            action,
            Counters,
            lambda s: given(s) and s.length < s.capacity,
            lambda s, after: after.length != s.length or awake_putters(after) == awake_putters(s),
            "completes, or leaves the awake putters awake",
        )


def entry(s: Counters) -> bool:
    """Nothing there, one getter sleeps, nobody woken, another getter and a putter are outside."""
    return (
        two_conditions.types(s)
        and s.length == 0
        and s.waiting_getters == 1
        and s.woken_getters == 0
        and s.running_getters >= 1
        and s.running_putters >= 1
        and s.waiting_putters == 0
    )


def lasso() -> Iterator[Lemma]:
    """A putter puts and wakes the sleeper, another getter takes the item, the sleeper sleeps again; and so
    on.
    """
    yield Lemma(
        "the lasso is entered after one step",
        Configuration,
        lambda c: c.capacity >= 1 and c.putters >= 1 and c.getters >= 2,
        lambda c: entry(get_enter(two_conditions.initial(*c))),
    )
    yield Lemma(
        "the sleeper is woken",
        Counters,
        entry,
        lambda s: put_enter(s).waiting_getters == 0 and put_enter(s).woken_getters == 1,
    )
    yield Lemma(
        "the other getter takes the item",
        Counters,
        entry,
        lambda s: get_enter(put_enter(s)).length == 0 and get_enter(put_enter(s)).woken_getters == 1,
    )
    yield Lemma(
        "the sleeper finds nothing, and all is as before",
        Counters,
        entry,
        lambda s: get_recheck(get_enter(put_enter(s))) == s,
    )


def lower(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """In lexicographic order."""
    return a[0] < b[0] or (a[0] == b[0] and a[1] < b[1])


def turns(spec: Any = tickets) -> Iterator[Lemma]:
    """Tickets: the step that is due is enabled and lowers the rank; no step raises it; the bound is C - 1."""
    yield Lemma(
        "the invariant holds initially",
        Configuration,
        lambda c: c.capacity >= 1 and c.putters >= 1 and c.getters >= 1,
        lambda c: spec.types(spec.initial(*c)),
    )
    yield from keeps(spec.SYSTEM.actions, Tickets, spec.types)
    yield Lemma(
        "at first nobody holds a ticket",
        Configuration,
        sensible,
        lambda c: spec.initial(*c) == (*c, 0, 0, 0, 0, 0, 0),
    )
    yield Lemma(
        "the queue holds what was put and not yet got, and it fits",
        Tickets,
        spec.types,
        lambda t: t.length == t.put_served - t.get_served and 0 <= t.length <= t.capacity,
    )
    yield Lemma(
        "nobody holds two tickets",
        Tickets,
        spec.types,
        lambda t: t.put_drawn - t.put_served <= t.putters and t.get_drawn - t.get_served <= t.getters,
    )
    yield Lemma(
        "when a getter draws a ticket, at most C - 1 are served before it",
        Tickets,
        lambda t: spec.types(t) and spec.get_draws_guard(t) and t.marked == t.get_drawn,
        lambda t: spec.watched(spec.get_draws(t)) and 0 <= spec.overtakers(spec.get_draws(t)) <= t.getters - 1,
    )

    def waits(t: Tickets) -> bool:
        return bool(spec.types(t)) and bool(spec.watched(t))

    for action in spec.SYSTEM.actions:
        yield step(
            action,
            Tickets,
            waits,
            lambda t, after: not spec.watched(after) or not lower(spec.rank(t), spec.rank(after)),
            "does not raise the rank",
        )
        yield step(
            action,
            Tickets,
            waits,
            lambda t, after, name=action.name: (  # type: ignore[misc]
                spec.watched(after) or (name == "get" and t.get_served == t.marked)
            ),
            "takes no turn but its own",
        )
    due = (("get", 0), ("put", 1), ("put_draws", 2))
    for name, number in due:
        action = spec.SYSTEM[name]
        yield Lemma(
            f"when {name} is due, it is enabled and lowers the rank",
            Tickets,
            lambda t, number=number: waits(t) and spec.due(t) == number,  # type: ignore[misc]
            lambda t, action=action: (  # type: ignore[misc]
                action.guard(t)
                and (not spec.watched(action.effect(t)) or lower(spec.rank(action.effect(t)), spec.rank(t)))
            ),
        )
    yield Lemma(
        "the rank is a pair of natural numbers",
        Tickets,
        waits,
        lambda t: spec.rank(t)[0] >= 0 and 0 <= spec.rank(t)[1] <= 2,
    )


def shared(lemmas: Iterable[Lemma], prefixes: tuple[str, ...]) -> tuple[Part, ...]:
    """All lemmas by path exploration, those whose names begin so by CrossHair too."""
    lemmas = list(lemmas)
    return (*proved(lemmas), *(Confirmed(lemma) for lemma in lemmas if lemma.name.startswith(prefixes)))


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    return [
        Theorem(
            "progress",
            "With fair threads, puts and gets go on for ever: no deadlock, no livelock, for all K, P, C >= 1.",
            PROVED,
            (
                *shared(progress(), ("while", "put_enter completes if", "get_enter completes if")),
                *proved(unasked.leaves_the_awake_awake(two_conditions.types)),
            ),
            EVERY_WAKE_UP,
        ),
        *notification.theorems(),
        Theorem(
            "starvation",
            "That every waiting getter is served at last is false, even with FIFO wake-up and fair threads: "
            "others barge in for ever, for all K, P >= 1 and C >= 2.",
            REFUTED,
            both(lasso()),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "tickets",
            "If gets are served in the order of their tickets, every one is served after at most C - 1 "
            "others, for all K, P, C >= 1.",
            PROVED,
            shared(turns(), ("when",)),
        ),
    ]
