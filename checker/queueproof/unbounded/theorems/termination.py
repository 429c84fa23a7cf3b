"""Ending the work: by shutdown, by pills, by an apple. Everybody leaves, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queueproof.unbounded.induction import keeps, step, unchanged
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import ANY, EVERY_WAKE_UP, FIFO, PROVED, Confirmed, Theorem, proved
from queueproof.unbounded.theorems.safety import Configuration, begins
from queuespec import apple, pill, shutdown, two_conditions
from queuespec.apple import Apple
from queuespec.pill import Pills
from queuespec.shutdown import Closable

SECTIONS = ("put_enter", "put_recheck", "get_enter", "get_recheck")


def someone_of_each(c: Configuration) -> bool:
    """There is room for something, and threads of both kinds."""
    return c.capacity >= 1 and c.putters >= 1 and c.getters >= 1


def initially(spec: Any) -> Lemma:
    """The invariant holds when the work begins."""
    return Lemma(
        "the invariant holds initially",
        Configuration,
        someone_of_each,
        lambda c: spec.invariant(spec.initial(*c)),
    )


def induction(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """Every action keeps the invariant."""
    return keeps(spec.SYSTEM.actions, case, spec.invariant)


def nobody_is_stuck(spec: Any, case: type[Any]) -> Lemma:
    """The invariant excludes that all who remain sleep."""
    return Lemma("nobody is stuck", case, spec.invariant, lambda s: not spec.stuck(s))


# Shutdown.


def shutdown_counts(spec: Any = shutdown) -> Iterator[Lemma]:
    """Nobody is lost, the refused included; shutdown itself only wakes, or wakes and drops."""

    def counted(c: Closable) -> tuple[Any, ...]:
        return c.queue.capacity, spec.putters(c), spec.getters(c)

    yield from unchanged(spec.SYSTEM.actions, Closable, spec.types, counted, "loses and invents no thread")
    for name, left in (("shutdown", True), ("shutdown_now", False)):
        yield step(
            spec.SYSTEM[name],
            Closable,
            spec.invariant,
            lambda c, after, left=left: (  # type: ignore[misc]
                after.closed == 1 and after.queue.length == (c.queue.length if left else 0)
            ),
            "closes the queue",
        )


def shutdown_sections(spec: Any = shutdown) -> Iterator[Lemma]:
    """Open, a call does what it does in the plain queue. Closed, it completes: it is refused, or takes an
    item.
    """
    for name in SECTIONS:
        plain = two_conditions.SYSTEM[name]

        def opened(c: Closable, after: Closable, plain: Any = plain) -> bool:
            return after == c._replace(queue=plain.effect(c.queue))

        def closed(c: Closable, after: Closable, put: bool = name.startswith("put")) -> bool:
            refused = after.refused_putters + after.refused_getters - c.refused_putters - c.refused_getters
            taken = c.queue.length - after.queue.length
            if not put and c.queue.length > 0:
                return bool(refused == 0) and bool(taken == 1)
            return bool(refused == 1) and bool(taken == 0)

        yield step(
            spec.SYSTEM[name],
            Closable,
            lambda c: c.closed == 0 and spec.invariant(c),
            opened,
            "is plain while open",
        )
        yield step(
            spec.SYSTEM[name],
            Closable,
            lambda c: c.closed == 1 and spec.invariant(c),
            closed,
            "completes once closed",
        )


def shutdown_ends(spec: Any = shutdown) -> Iterator[Lemma]:
    """Once closed, each critical section leaves fewer steps, and whoever remains is awake."""
    for name in SECTIONS:
        yield step(
            spec.SYSTEM[name],
            Closable,
            lambda c: c.closed == 1 and spec.invariant(c),
            lambda c, after: 0 <= spec.steps_left(after) < spec.steps_left(c),
            "leaves fewer steps",
        )
    yield nobody_is_stuck(spec, Closable)
    yield Lemma(
        "while it is open, nobody is refused",
        Closable,
        lambda c: c.closed == 0 and spec.invariant(c),
        lambda c: c.refused_putters == 0 and c.refused_getters == 0,
    )
    yield Lemma(
        "once closed, nobody sleeps",
        Closable,
        lambda c: c.closed == 1 and spec.invariant(c),
        lambda c: c.queue.waiting_putters == 0 and c.queue.waiting_getters == 0,
    )


# Pills and apple.


def an_awake_thread_completes(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """Once the work is over: completions fall with every completed step and never rise; some can be
    completed.
    """
    for action in spec.SYSTEM.actions:
        if action.name not in ("putter_stops", "last_putter_stops"):
            yield step(
                action,
                case,
                lambda s: s.over == 1 and spec.invariant(s),
                lambda s, after: (
                    spec.completions_left(after) < spec.completions_left(s)
                    or (
                        after.queue.length == s.queue.length
                        and spec.completions_left(after) == spec.completions_left(s)
                    )
                ),
                "completes or waits",
            )
    yield Lemma(
        "once the work is over, completions are counted down to no less than nothing",
        case,
        lambda s: s.over == 1 and spec.invariant(s),
        lambda s: spec.completions_left(s) >= 0,
    )

    def can_complete(s: Any) -> bool:
        q = spec.hide(s)
        getter = q.length > 0 and q.running_getters + q.woken_getters > 0
        putter = q.length < q.capacity and q.running_putters + q.woken_putters > 0
        leaver = s.to_put == 0 and s.queue.running_putters > 0
        return bool(getter or putter or leaver)

    yield Lemma(
        "once the work is over, as long as a getter remains somebody awake can complete",
        case,
        lambda s: s.over == 1 and spec.invariant(s) and not spec.ended(s),
        can_complete,
    )


def nothing_is_left(spec: Any, case: type[Any], rest: int) -> Lemma:
    """When all getters have left, no item is left, only the apple."""
    return Lemma(
        "nothing is left behind",
        case,
        lambda s: s.over == 1 and spec.invariant(s) and spec.ended(s),
        lambda s: s.queue.length == rest,
    )


def nobody_leaves_early(spec: Any, case: type[Any]) -> Lemma:
    """While the work goes on, no getter leaves."""
    return Lemma(
        "nobody leaves early",
        case,
        lambda s: s.over == 0 and spec.invariant(s),
        lambda s: two_conditions.getters(s.queue) == s.all_getters and not spec.ended(s),
    )


def ending(spec: Any, case: type[Any], rest: int) -> Iterator[Lemma]:
    """The lemmas of pills (nothing remains) and apple (the apple remains)."""
    yield initially(spec)
    yield begins(spec, spec.hide)
    yield from induction(spec, case)
    yield nobody_is_stuck(spec, case)
    yield from an_awake_thread_completes(spec, case)
    yield nothing_is_left(spec, case, rest)
    yield nobody_leaves_early(spec, case)


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    closing = [initially(shutdown), begins(shutdown, shutdown.hide), *induction(shutdown, Closable)]
    return [
        Theorem(
            "shutdown-ends",
            "After shutdown nobody sleeps, and all threads together take at most P + C + n more steps, for "
            "all K, P and C.",
            PROVED,
            (
                *proved([*closing, *shutdown_counts(), *shutdown_sections(), *shutdown_ends()]),
                *(Confirmed(lemma) for lemma in shutdown_ends()),
            ),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "pills-end",
            "With one poison pill for each getter nobody is stuck, every getter leaves, no item is left, "
            "for all K, P, C >= 1.",
            PROVED,
            proved(ending(pill, Pills, 0)),
            (FIFO, ANY),
        ),
        Theorem(
            "apple-ends",
            "With one poison apple nobody is stuck, every getter leaves and only the apple is left, for all "
            "K, P, C >= 1.",
            PROVED,
            proved(ending(apple, Apple, 1)),
            (FIFO, ANY),
        ),
    ]
