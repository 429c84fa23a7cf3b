"""The mutex in the open: the fine-grained queue keeps its invariant, and refines the coarse one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queueproof.unbounded.induction import keeps, unchanged
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import EVERY_WAKE_UP, PROVED, Confirmed, Theorem, proved
from queueproof.unbounded.theorems.safety import Configuration, sensible
from queuespec import environment, fine_grained, two_conditions
from queuespec.fine_grained import GET_AGAIN, PUT_AGAIN, Fine
from queuespec.two_conditions import Counters

INSIDE = ("put_waits", "put_appends", "put_notifies", "get_waits", "get_removes", "get_notifies")


def initially(spec: Any = fine_grained) -> Lemma:
    """The invariant holds of the empty queue, which is the empty queue of the coarse model."""
    return Lemma(
        "the invariant holds initially",
        Configuration,
        sensible,
        lambda c: spec.invariant(spec.initial(*c)) and spec.coarse(spec.initial(*c)) == two_conditions.initial(*c),
    )


def induction(spec: Any = fine_grained) -> list[Lemma]:
    """Every step keeps the invariant."""
    return list(keeps(spec.SYSTEM.actions, Fine, spec.invariant))


def conservation(spec: Any = fine_grained) -> Iterator[Lemma]:
    """No step loses or invents a thread; only append and remove change the items."""

    def counted(f: Fine) -> tuple[Any, ...]:
        return f.outside.capacity, spec.putters(f), spec.getters(f)

    yield from unchanged(spec.SYSTEM.actions, Fine, spec.types, counted, "loses and invents no thread")


def _enter_or_recheck(f: Fine, again: int, enter: Any, recheck: Any) -> Counters:
    s = fine_grained.coarse(f)
    after: Counters = recheck(s) if f.inside == again else enter(s)
    return after


def coarse_step(name: str, f: Fine) -> Counters:
    """Where the coarse model must be after this step."""
    s = fine_grained.coarse(f)
    if name in ("put_waits", "put_appends"):
        return _enter_or_recheck(f, PUT_AGAIN, two_conditions.put_enter, two_conditions.put_recheck)
    if name in ("get_waits", "get_removes"):
        return _enter_or_recheck(f, GET_AGAIN, two_conditions.get_enter, two_conditions.get_recheck)
    if name == "putter_wakes" and s.waiting_putters > 0:
        return environment.putter_wakes(s)
    if name == "getter_wakes" and s.waiting_getters > 0:
        return environment.getter_wakes(s)
    return s  # also for the last sleeper, if the notification that is due has woken it in the coarse view


def coarse_guard(name: str, f: Fine) -> bool:
    """Whether the coarse model may take that step."""
    s = fine_grained.coarse(f)
    if name in ("put_waits", "put_appends"):
        return s.woken_putters > 0 if f.inside == PUT_AGAIN else s.running_putters > 0
    if name in ("get_waits", "get_removes"):
        return s.woken_getters > 0 if f.inside == GET_AGAIN else s.running_getters > 0
    return True


def refinement(spec: Any = fine_grained) -> Iterator[Lemma]:
    """Every step is a step of the coarse model, or nothing."""
    for action in spec.SYSTEM.actions:

        def given(f: Fine, action: Any = action) -> bool:
            return bool(action.guard(f)) and bool(spec.types(f))

        def then(f: Fine, action: Any = action) -> bool:
            after = spec.coarse(action.effect(f))
            return coarse_guard(action.name, f) and after == coarse_step(action.name, f)

        yield Lemma(f"{action.name} is a step of the coarse queue, or nothing", Fine, given, then)


def steps_are_possible(spec: Any = fine_grained) -> Iterator[Lemma]:
    """The thread inside can always take its next step; the free mutex can be taken by whoever is awake."""

    def enabled(f: Fine, names: tuple[str, ...]) -> bool:
        return any(spec.SYSTEM[name].guard(f) for name in names)

    steps = tuple(a.name for a in spec.SYSTEM.actions if "locks" not in a.name and "wakes" not in a.name)
    steps = (*steps, "put_unlocks", "get_unlocks")
    yield Lemma(
        "who is inside can take a step",
        Fine,
        lambda f: spec.types(f) and f.inside != fine_grained.FREE,
        lambda f: enabled(f, steps),
    )
    awake = {
        "put_locks": lambda s: s.running_putters > 0,
        "put_locks_again": lambda s: s.woken_putters > 0,
        "get_locks": lambda s: s.running_getters > 0,
        "get_locks_again": lambda s: s.woken_getters > 0,
    }
    for name, ready in awake.items():
        yield Lemma(
            f"{name} is possible when the mutex is free",
            Fine,
            lambda f, ready=ready: f.inside == fine_grained.FREE and ready(f.outside),  # type: ignore[misc]
            spec.SYSTEM[name].guard,
        )
    for name, asleep in (
        ("putter_wakes", lambda s: s.waiting_putters > 0),
        ("getter_wakes", lambda s: s.waiting_getters > 0),
    ):
        yield Lemma(
            f"{name} is possible at any time",
            Fine,
            lambda f, asleep=asleep: asleep(f.outside),  # type: ignore[misc]
            spec.SYSTEM[name].guard,
        )


def consequences(spec: Any = fine_grained) -> Iterator[Lemma]:
    """With the mutex free, the invariant is that of the coarse model; so nothing is lost there either."""
    yield Lemma("no wakeup is lost", Fine, spec.invariant, lambda f: not spec.lost_wakeup(f))
    yield Lemma(
        "no deadlock",
        Fine,
        lambda f: spec.invariant(f) and spec.putters(f) >= 1 and spec.getters(f) >= 1,
        lambda f: not spec.deadlock(f),
    )
    yield Lemma(
        "with the mutex free the invariant is the coarse one",
        Fine,
        lambda f: f.inside == fine_grained.FREE and spec.invariant(f),
        lambda f: two_conditions.invariant(f.outside) and spec.coarse(f) == f.outside,
    )


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    return [
        Theorem(
            "fine-grained",
            "With lock, test, append, notify and unlock as separate steps no wakeup is lost and not all "
            "threads sleep, for all K, P and C.",
            PROVED,
            (
                *proved(
                    [
                        initially(),
                        *induction(),
                        *conservation(),
                        *steps_are_possible(),
                        *consequences(),
                    ]
                ),
                *(Confirmed(lemma) for lemma in induction() if lemma.name.startswith(INSIDE)),
            ),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "critical-sections-are-atomic",
            "Every step of the fine-grained queue is one critical section of the coarse one, or nothing.",
            PROVED,
            proved(refinement()),
            EVERY_WAKE_UP,
        ),
    ]
