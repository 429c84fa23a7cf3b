"""The queue with two conditions: types, conservation, effects, no lost wakeup, no deadlock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from queueproof.unbounded.induction import always, implies, keeps, step, unchanged
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import EVERY_WAKE_UP, PROVED, Theorem, both, proved
from queuespec import environment, two_conditions
from queuespec.two_conditions import Counters


class Configuration(NamedTuple):
    """How a queue begins."""

    capacity: int
    putters: int
    getters: int


def sensible(c: Configuration) -> bool:
    """There is room for something, and threads are counted."""
    return c.capacity >= 1 and c.putters >= 0 and c.getters >= 0


def initially(spec: Any = two_conditions) -> Lemma:
    """The invariant holds of the empty queue."""
    return Lemma(
        "the invariant holds initially",
        Configuration,
        sensible,
        lambda c: spec.invariant(spec.initial(*c)),
    )


def begins(spec: Any, counters: Any = lambda s: s) -> Lemma:
    """At first nothing is in the queue and everybody is outside; ``counters`` finds the counters in a
    state.
    """
    return Lemma(
        "at first the queue is empty and everybody outside",
        Configuration,
        sensible,
        lambda c: counters(spec.initial(*c)) == (c.capacity, 0, c.putters, 0, 0, c.getters, 0, 0),
    )


def induction(spec: Any = two_conditions) -> list[Lemma]:
    """Every critical section keeps the invariant."""
    return list(keeps(spec.SYSTEM.actions, Counters, spec.invariant))


def world_induction(world: Any = environment) -> list[Lemma]:
    """Whatever the world does keeps the invariant."""
    return list(keeps((*world.STEADY, *world.COMING_AND_GOING), Counters, two_conditions.invariant))


def conservation(spec: Any = two_conditions, world: Any = environment) -> Iterator[Lemma]:
    """Capacity and threads remain; so do items, except where the world drops them."""
    threads = "loses and invents no thread"

    def counted(s: Counters) -> tuple[Any, ...]:
        return s.capacity, spec.putters(s), spec.getters(s)

    yield from unchanged((*spec.SYSTEM.actions, *world.STEADY), Counters, spec.invariant, counted, threads)
    keepers = [a for a in (*world.STEADY, *world.COMING_AND_GOING) if a.name != "queue_is_emptied"]
    yield from unchanged(keepers, Counters, spec.invariant, lambda s: (s.length,), "loses no item")


def enabledness(spec: Any = two_conditions) -> Iterator[Lemma]:
    """Whoever is awake can take a step."""
    awake = {
        "put_enter": lambda s: s.running_putters > 0,
        "put_recheck": lambda s: s.woken_putters > 0,
        "get_enter": lambda s: s.running_getters > 0,
        "get_recheck": lambda s: s.woken_getters > 0,
    }
    for name, given in awake.items():
        yield Lemma(f"{name} is enabled for whoever is awake", Counters, given, spec.SYSTEM[name].guard)


def put_does(s: Counters, after: Counters) -> bool:
    """Full: one more putter sleeps. Else: one more item, and one getter less sleeps, if any did."""
    if s.length == s.capacity:
        return (
            after.length == s.length
            and after.waiting_putters == s.waiting_putters + 1
            and after.waiting_getters == s.waiting_getters
        )
    return (
        after.length == s.length + 1
        and after.waiting_putters == s.waiting_putters
        and after.waiting_getters == max(0, s.waiting_getters - 1)
    )


def get_does(s: Counters, after: Counters) -> bool:
    """Empty: one more getter sleeps. Else: one item less, and one putter less sleeps, if any did."""
    if s.length == 0:
        return (
            after.length == s.length
            and after.waiting_getters == s.waiting_getters + 1
            and after.waiting_putters == s.waiting_putters
        )
    return (
        after.length == s.length - 1
        and after.waiting_getters == s.waiting_getters
        and after.waiting_putters == max(0, s.waiting_putters - 1)
    )


def the_woken_one_moved(who: str, s: Counters, after: Counters) -> bool:
    """Of its own kind, those woken before are still woken, less the one that looked again."""
    if who == "put_recheck":
        return after.woken_putters == s.woken_putters - 1
    if who == "get_recheck":
        return after.woken_getters == s.woken_getters - 1
    if who == "put_enter":
        return after.woken_putters == s.woken_putters
    return after.woken_getters == s.woken_getters


def effects(spec: Any = two_conditions) -> Iterator[Lemma]:
    """Every critical section does what its call says."""
    for action in spec.SYSTEM.actions:
        does = put_does if action.name.startswith("put") else get_does

        def then(s: Counters, after: Counters, name: str = action.name, does: Any = does) -> bool:
            return bool(does(s, after)) and the_woken_one_moved(name, s, after)

        yield step(action, Counters, spec.types, then, "does what it says")


def world_effects(world: Any = environment) -> Iterator[Lemma]:
    """Whatever the world does to one kind of thread is exactly that, and possible whenever it should be."""

    def moved(s: Counters, after: Counters) -> tuple[Any, ...]:
        return tuple(after[i] - s[i] for i in range(2, 8))

    expected: dict[str, tuple[Any, tuple[int, ...]]] = {
        "putter_wakes": (lambda s: s.waiting_putters > 0, (0, -1, 1, 0, 0, 0)),
        "getter_wakes": (lambda s: s.waiting_getters > 0, (0, 0, 0, 0, -1, 1)),
        "put_times_out": (lambda s: s.woken_putters > 0 and s.length == s.capacity, (1, 0, -1, 0, 0, 0)),
        "get_times_out": (lambda s: s.woken_getters > 0 and s.length == 0, (0, 0, 0, 1, 0, -1)),
        "putter_arrives": (always, (1, 0, 0, 0, 0, 0)),
        "getter_arrives": (always, (0, 0, 0, 1, 0, 0)),
        "putter_leaves": (lambda s: s.running_putters > 0, (-1, 0, 0, 0, 0, 0)),
        "getter_leaves": (lambda s: s.running_getters > 0, (0, 0, 0, -1, 0, 0)),
    }
    actions = {action.name: action for action in (*world.STEADY, *world.COMING_AND_GOING)}
    for name, (possible, wanted) in expected.items():

        def then(s: Counters, action: Any = actions[name], wanted: Any = wanted) -> bool:
            return bool(action.guard(s)) and moved(s, action.effect(s)) == wanted

        yield Lemma(
            f"{name} moves one thread",
            Counters,
            lambda s, possible=possible: two_conditions.types(s) and possible(s),  # type: ignore[misc]
            then,
        )
    yield from _cancellations(actions)
    yield Lemma(
        "queue_is_emptied leaves nothing, and nobody asleep",
        Counters,
        two_conditions.types,
        lambda s: actions["queue_is_emptied"].effect(s) == world.everybody_wakes(s)._replace(length=0),
    )


def _cancellations(actions: dict[str, Any]) -> Iterator[Lemma]:
    for name, awake in (
        ("put_is_cancelled", lambda s: s.woken_putters > 0),
        ("get_is_cancelled", lambda s: s.woken_getters > 0),
    ):
        yield Lemma(f"{name} is possible for whoever was woken", Counters, awake, actions[name].guard)


def no_lost_wakeup(spec: Any = two_conditions) -> Lemma:
    """The invariant excludes a lost wakeup."""
    return implies("no wakeup is lost", Counters, spec.invariant, lambda s: not spec.lost_wakeup(s))


def somebody_of_each_kind(s: Counters) -> bool:
    """There is a putter and a getter."""
    return two_conditions.putters(s) >= 1 and two_conditions.getters(s) >= 1


def no_deadlock(spec: Any = two_conditions) -> Lemma:
    """The invariant excludes deadlock as long as there is a putter and a getter."""
    return Lemma(
        "no deadlock",
        Counters,
        lambda s: spec.invariant(s) and somebody_of_each_kind(s),
        lambda s: not spec.deadlock(s),
    )


def lost_wakeups_are_lost_wakeups(spec: Any = two_conditions) -> Iterator[Lemma]:
    """The bad states are what they are called: each kind of each is recognised."""
    yield Lemma(
        "a sleeping getter with an item and no help is a lost wakeup",
        Counters,
        lambda s: s.waiting_getters > 0 and s.length > 0 and s.woken_getters == 0,
        spec.lost_wakeup,
    )
    yield Lemma(
        "a sleeping putter with room and no help is a lost wakeup",
        Counters,
        lambda s: s.waiting_putters > 0 and s.length < s.capacity and s.woken_putters == 0,
        spec.lost_wakeup,
    )

    def all_sleep(s: Counters) -> bool:
        everybody = two_conditions.putters(s) + two_conditions.getters(s)
        return everybody > 0 and s.waiting_putters + s.waiting_getters == everybody

    yield Lemma(
        "a deadlock is that there are threads and all of them sleep",
        Counters,
        two_conditions.types,
        lambda s: bool(spec.deadlock(s)) is bool(all_sleep(s)),
    )


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    world = world_induction()
    return [
        Theorem(
            "two-conditions",
            "With two conditions the queue never holds more than K items or fewer than none, loses and "
            "invents no thread and no item, and every call does exactly what it says, for all K, P and C.",
            PROVED,
            (
                *both(effects()),
                *proved([initially(), begins(two_conditions), *conservation(), *world_effects(), *enabledness()]),
            ),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "no-lost-wakeup",
            "With two conditions no wakeup is ever lost, for all K, P and C, although threads barge in, wake "
            "spuriously, time out, are cancelled, come and go.",
            PROVED,
            (
                *both([initially(), *induction(), no_lost_wakeup()]),
                *proved([*world, *lost_wakeups_are_lost_wakeups()]),
            ),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "no-deadlock",
            "With two conditions, a putter and a getter at least, not all threads sleep, for all K, P and C.",
            PROVED,
            both([no_deadlock()]),
            EVERY_WAKE_UP,
        ),
    ]
