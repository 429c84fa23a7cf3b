"""Notification: with FIFO wake-up every sleeper is notified at last; if any may be woken, one may be overlooked.

The rule that combines the premises is written out in the chapter on liveness.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queueproof.unbounded.induction import keeps, step
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import ANY, FIFO, PROVED, REFUTED, Theorem, both, proved
from queuespec import two_conditions, watched
from queuespec.two_conditions import Counters, get_enter, get_recheck, put_enter
from queuespec.watched import Watched


def lemmas(spec: Any = watched) -> Iterator[Lemma]:
    """FIFO wake-up: every put moves the line up by one, nothing else moves it, and notified is for good.

    For putters it is the same, in the mirror.
    """
    yield from keeps(spec.SYSTEM.actions, Watched, spec.invariant)
    for action in spec.SYSTEM.actions:
        put = action.name.startswith("put")

        def then(w: Watched, after: Watched, put: bool = put) -> bool:
            if put and w.ahead >= 0 and w.queue.length < w.queue.capacity:
                return after.ahead == w.ahead - 1
            return after.ahead == w.ahead

        yield step(action, Watched, spec.invariant, then, "moves the line up if it puts" if put else "moves nobody")
    yield Lemma(
        "the watched getter sleeps, or was notified",
        Watched,
        spec.invariant,
        lambda w: bool(spec.sleeps(w)) is not bool(w.ahead == watched.NOTIFIED),
    )

    for enters, guard in ((get_enter, two_conditions.get_enter_guard), (get_recheck, two_conditions.get_recheck_guard)):
        yield Lemma(
            f"whoever falls asleep in {enters.__name__} stands last",
            Counters,
            lambda s, guard=guard: two_conditions.types(s) and guard(s) and s.length == 0,  # type: ignore[misc]
            lambda s, enters=enters: (  # type: ignore[misc]
                spec.invariant(spec.just_asleep(enters(s))) and spec.just_asleep(enters(s)).ahead == s.waiting_getters
            ),
        )
    yield from mirrored(spec)


def mirrored(spec: Any = watched) -> Iterator[Lemma]:
    """The queue is its own mirror image: a step of a putter is the step of a getter seen from the other side."""
    for action in two_conditions.SYSTEM.actions:
        kind, _, section = action.name.partition("_")
        other = two_conditions.SYSTEM[f"{'get' if kind == 'put' else 'put'}_{section}"]
        yield Lemma(
            f"{action.name} is {other.name} in the mirror",
            Counters,
            lambda s, action=action: two_conditions.types(s) and action.guard(s),  # type: ignore[misc]
            lambda s, action=action, other=other: (  # type: ignore[misc]
                bool(other.guard(spec.mirror(s))) and other.effect(spec.mirror(s)) == spec.mirror(action.effect(s))
            ),
        )
    yield Lemma(
        "the invariant is its own mirror image, and the mirror of the mirror is the queue",
        Counters,
        two_conditions.invariant,
        lambda s: bool(two_conditions.invariant(spec.mirror(s))) and spec.mirror(spec.mirror(s)) == s,
    )


def overlooked() -> Iterator[Lemma]:
    """Two getters sleep, a put wakes the other one, which takes the item and sleeps again; and so on."""

    def two_sleep(s: Counters) -> bool:
        return (
            two_conditions.types(s)
            and s.length == 0
            and s.waiting_getters >= 2
            and s.woken_getters == 0
            and s.running_getters == 0
            and s.running_putters >= 1
            and s.waiting_putters == 0
        )

    yield Lemma(
        "of two sleepers the same one is woken, and all is as before",
        Counters,
        two_sleep,
        lambda s: get_enter(get_recheck(put_enter(s))) == s,
    )


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    return [
        Theorem(
            "every-sleeper-is-notified",
            "With fair threads and FIFO wake-up every sleeper, getter or putter, is notified at last, for all "
            "K, P, C >= 1.",
            PROVED,
            proved(lemmas()),
            (FIFO,),
        ),
        Theorem(
            "a-sleeper-is-overlooked",
            "That every sleeping getter is notified at last is false if any sleeper may be woken: one may be "
            "overlooked for ever, for all K, P >= 1 and C >= 2.",
            REFUTED,
            both(overlooked()),
            (ANY,),
        ),
    ]
