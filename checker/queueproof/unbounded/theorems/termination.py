"""Ending the work: by shutdown, by pills, by an apple. Everybody leaves, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queueproof.unbounded.induction import keeps, step, unchanged
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import EVERY_WAKE_UP, PROVED, Confirmed, Theorem, proved
from queueproof.unbounded.theorems import unasked
from queueproof.unbounded.theorems.safety import Configuration, begins, sensible
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


def whoever_is_awake_can_step(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """Each critical section is enabled for the threads that it is for; who has nothing to put puts
    nothing.
    """

    def to_put(s: Any) -> bool:
        return not hasattr(s, "to_put") or s.over == 0 or s.to_put > 0

    awake: dict[str, Any] = {
        "put_enter": lambda s: s.queue.running_putters > 0 and to_put(s),
        "put_recheck": lambda s: s.queue.woken_putters > 0,
        "get_enter": lambda s: s.queue.running_getters > 0,
        "get_recheck": lambda s: s.queue.woken_getters > 0,
    }
    for name, given in awake.items():
        yield Lemma(f"{name} is enabled for whoever is awake", case, given, spec.SYSTEM[name].guard)


def putters_can_stop(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """While the work goes on a putter that is outside can stop; the last one then has something to put."""

    def outside(s: Any) -> bool:
        return bool(s.over == 0 and s.queue.running_putters > 0 and spec.invariant(s))

    def alone(s: Any) -> bool:
        return bool(two_conditions.putters(s.queue) == 1)

    stops, last = spec.SYSTEM["putter_stops"], spec.SYSTEM["last_putter_stops"]
    yield Lemma(
        "a putter can stop, as the last one or not",
        case,
        outside,
        lambda s: bool(stops.guard(s)) is not alone(s) and bool(last.guard(s)) is alone(s),
    )
    yield Lemma(
        "a putter stops once, while the work goes on",
        case,
        lambda s: spec.invariant(s) and (stops.guard(s) or last.guard(s)),
        lambda s: s.over == 0,
    )
    yield step(
        last,
        case,
        spec.invariant,
        lambda s, after: after.over == 1 and after.to_put > 0,
        "ends the work, and leaves something to put",
    )
    yield Lemma(
        "the last putter leaves when all is put",
        case,
        lambda s: spec.invariant(s) and s.over == 1,
        lambda s: (
            bool(spec.SYSTEM["last_putter_leaves"].guard(s)) is bool(s.to_put == 0 and s.queue.running_putters > 0)
        ),
    )


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
        "at first it is open",
        Configuration,
        sensible,
        lambda c: spec.initial(*c)[1:] == (0, 0, 0),
    )
    yield from whoever_is_awake_can_step(spec, Closable)

    def all_sleep(c: Closable) -> bool:
        everybody = two_conditions.putters(c.queue) + two_conditions.getters(c.queue)
        return everybody > 0 and c.queue.waiting_putters + c.queue.waiting_getters == everybody

    yield Lemma(
        "to be stuck is to be closed, while there are threads and all of them sleep",
        Closable,
        lambda c: spec.types(c) and two_conditions.types(c.queue),
        lambda c: bool(spec.stuck(c)) is bool(c.closed == 1 and all_sleep(c)),
    )
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
        left = spec.completions_left(s)
        return any(a.guard(s) and spec.completions_left(a.effect(s)) < left for a in spec.SYSTEM.actions)

    yield Lemma(
        "once the work is over, as long as a getter remains somebody awake can complete",
        case,
        lambda s: s.over == 1 and spec.invariant(s) and not spec.ended(s),
        can_complete,
    )


def nothing_is_over_at_first(spec: Any, case: type[Any]) -> Iterator[Lemma]:
    """When the work begins, there is no pill and no apple, and all getters are there."""

    def begun(c: Configuration) -> bool:
        _, *poison, everybody = spec.initial(*c)
        return all(count == 0 for count in poison) and everybody == c.getters

    yield Lemma("at first the work goes on", Configuration, sensible, begun)
    yield Lemma(
        "no getter arrives",
        case,
        spec.invariant,
        lambda s: two_conditions.getters(s.queue) <= s.all_getters,
    )
    yield Lemma("it goes on or is over", case, spec.invariant, lambda s: s.over == 0 or s.over == 1)


def nothing_is_left(spec: Any, case: type[Any], rest: int) -> Lemma:
    """When all getters have left, no item is left, only the apple."""
    return Lemma(
        "nothing is left behind",
        case,
        lambda s: s.over == 1 and spec.invariant(s) and spec.ended(s),
        lambda s: s.queue.length == rest,
    )


def nobody_leaves_early(spec: Any, case: type[Any]) -> Lemma:
    """While the work goes on, no getter leaves, and there is no poison."""
    return Lemma(
        "nobody leaves early",
        case,
        lambda s: s.over == 0 and spec.invariant(s),
        lambda s: (
            two_conditions.getters(s.queue) == s.all_getters
            and not spec.ended(s)
            and all(poison == 0 for poison in s[1:-2])
        ),
    )


def ending(spec: Any, case: type[Any], rest: int) -> Iterator[Lemma]:
    """The lemmas of pills (nothing remains) and apple (the apple remains)."""
    yield initially(spec)
    yield begins(spec, spec.hide)
    yield from nothing_is_over_at_first(spec, case)
    yield from induction(spec, case)
    yield nobody_is_stuck(spec, case)
    yield from an_awake_thread_completes(spec, case)
    yield nothing_is_left(spec, case, rest)
    yield nobody_leaves_early(spec, case)
    yield from whoever_is_awake_can_step(spec, case)
    yield from putters_can_stop(spec, case)


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
                *proved(unasked.keeps_inside(shutdown, Closable)),
                *(Confirmed(lemma) for lemma in shutdown_ends() if "fewer" in lemma.name),
            ),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "pills-end",
            "With one poison pill for each getter nobody is stuck, every getter leaves, no item is left, "
            "for all K, P, C >= 1.",
            PROVED,
            proved([*ending(pill, Pills, 0), *unasked.leaves_as_much(pill, Pills)]),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "apple-ends",
            "With one poison apple nobody is stuck, every getter leaves and only the apple is left, for all "
            "K, P, C >= 1.",
            PROVED,
            proved([*ending(apple, Apple, 1), *unasked.leaves_as_much(apple, Apple)]),
            EVERY_WAKE_UP,
        ),
    ]
