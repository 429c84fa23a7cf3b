"""The deadlock law: one shared condition with notify(m) can deadlock if and only if 2 m K < P + C."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from queueproof.unbounded.induction import keeps
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import (
    ANY,
    EVERY_WAKE_UP,
    FIFO,
    MORE,
    PROVED,
    Confirmed,
    Theorem,
    both,
    proved,
)
from queueproof.unbounded.theorems.unasked import keeps_shared
from queuespec import one_condition, one_condition_fifo
from queuespec.one_condition import Shared
from queuespec.one_condition_fifo import Line, Round
from queuespec.system import Action


class Choice(NamedTuple):
    """A state, and whom the environment picks to be woken."""

    state: Shared
    pick: int


class Configuration(NamedTuple):
    """How a queue begins."""

    capacity: int
    putters: int
    getters: int
    wakes: int


def sensible(c: Configuration) -> bool:
    """There is room for something, threads of both kinds, and notify wakes somebody."""
    return c.capacity >= 1 and c.putters >= 1 and c.getters >= 1 and c.wakes >= 1


def cannot(s: Any) -> bool:
    """The other side of the law: 2 m K >= P + C."""
    return bool(2 * s.wakes * s.capacity >= s.putters + s.getters)


def picked(action: Action) -> Action:
    """The action with its pick made part of the state."""
    return Action(
        action.name,
        lambda c: action.guard(c.state, c.pick),
        lambda c: c._replace(state=action.effect(c.state, c.pick)),
    )


def induction(spec: Any = one_condition, notify_one: bool = False) -> Iterator[Lemma]:
    """If 2 m K >= P + C, every step keeps the invariant; with ``notify_one``, for m = 1 only."""

    def safe(s: Shared) -> bool:
        return cannot(s) and (s.wakes == 1 if notify_one else True)

    choosing = [picked(a) for a in spec.SYSTEM.actions if a.picks is not None]
    yield from keeps(choosing, Choice, lambda c: bool(spec.invariant(c.state)), lambda c: safe(c.state))
    plain = [a for a in spec.SYSTEM.actions if a.picks is None]
    yield from keeps(plain, Shared, spec.invariant, safe)


def safe_side(spec: Any = one_condition) -> Iterator[Lemma]:
    """The invariant holds initially and excludes deadlock; no step changes the configuration."""
    yield Lemma(
        "the invariant holds initially",
        Configuration,
        sensible,
        lambda c: spec.invariant(spec.initial(*c)),
    )
    yield Lemma(
        "no deadlock",
        Shared,
        lambda s: spec.invariant(s) and cannot(s) and s.putters >= 1 and s.getters >= 1,
        lambda s: not spec.deadlock(s),
    )
    yield Lemma(
        "at first the queue is empty and nobody sleeps",
        Configuration,
        sensible,
        lambda c: spec.initial(*c) == (c.capacity, c.wakes, 0, c.putters, c.getters, 0, 0),
    )
    yield Lemma(
        "a deadlock is that there are threads and all of them sleep",
        Shared,
        spec.types,
        lambda s: bool(spec.deadlock(s)) is bool(0 < s.putters + s.getters <= s.waiting_putters + s.waiting_getters),
    )
    yield Lemma(
        "either the law allows a deadlock or it does not",
        Shared,
        spec.types,
        lambda s: bool(spec.can_deadlock(s)) is not bool(cannot(s)),
    )


def guards_are_right(spec: Any = one_condition) -> Iterator[Lemma]:
    """Whoever is awake can put where there is room, get where there is an item, and sleeps otherwise.

    The environment may pick as many putters as sleep, and as few as leave no more than the sleeping getters.
    """

    def put(s: Shared) -> bool:
        return s.waiting_putters + 1 <= s.putters and s.length + 1 <= s.capacity

    def get(s: Shared) -> bool:
        return s.waiting_getters + 1 <= s.getters and s.length >= 1

    def possible(c: Choice) -> bool:
        s, total = c.state, spec.woken(c.state)
        least, most = max(0, total - s.waiting_getters), min(total, s.waiting_putters)
        return bool(least <= c.pick and c.pick <= most)

    for name, can in (("put", put), ("get", get)):
        guard = picked(spec.SYSTEM[name]).guard
        yield Lemma(
            f"{name} is possible exactly when it should be",
            Choice,
            lambda c: spec.types(c.state),
            lambda c, guard=guard, can=can: (  # type: ignore[misc]
                bool(guard(c)) is (bool(can(c.state)) and bool(possible(c)))
            ),
        )
        for action in (spec.AIMED, spec.NOTIFY_ALL):
            (plain,) = (a for a in action.actions if a.name.startswith(name) and "waits" not in a.name)
            yield Lemma(
                f"{plain.name} is possible exactly when it should be",
                Shared,
                spec.types,
                lambda s, plain=plain, can=can: bool(plain.guard(s)) is bool(can(s)),  # type: ignore[misc]
            )
        waits = spec.SYSTEM[f"{name}_waits"]
        yield Lemma(
            f"{name}_waits is possible exactly when it should be",
            Shared,
            lambda s, name=name: spec.types(s) and awake(name, s),  # type: ignore[misc]
            lambda s, waits=waits, can=can: bool(waits.guard(s)) is not bool(can(s)),  # type: ignore[misc]
        )


def awake(name: str, s: Shared) -> bool:
    """Somebody of the kind that puts (or gets) is awake."""
    return s.waiting_putters < s.putters if name == "put" else s.waiting_getters < s.getters


def repairs_do(spec: Any = one_condition) -> Iterator[Lemma]:
    """The steps of both repairs move one item, and wake one of the other kind, or everybody."""
    expected = {
        "put_aimed": lambda s: (s.length + 1, s.waiting_putters, max(0, s.waiting_getters - 1)),
        "get_aimed": lambda s: (s.length - 1, max(0, s.waiting_putters - 1), s.waiting_getters),
        "put_wakes_all": lambda s: (s.length + 1, 0, 0),
        "get_wakes_all": lambda s: (s.length - 1, 0, 0),
    }
    for name, wanted in expected.items():
        effect = getattr(spec, name)

        def then(s: Shared, effect: Any = effect, wanted: Any = wanted) -> bool:
            after = effect(s)
            moved = (after.length, after.waiting_putters, after.waiting_getters) == wanted(s)
            return bool(moved and after[:2] == s[:2] and after[3:5] == s[3:5])

        yield Lemma(f"{name} does what it says", Shared, spec.types, then)


def steps_are_right(spec: Any = one_condition) -> Iterator[Lemma]:
    """A put adds one item, a get takes one, a wait one thread; notify wakes m of the sleepers, or all."""

    def asleep(s: Shared) -> Any:
        return s.waiting_putters + s.waiting_getters

    def effect(c: Choice, after: Shared, change: int) -> bool:
        s = c.state
        return (
            after.length == s.length + change
            and asleep(after) == max(0, asleep(s) - s.wakes)
            and after.waiting_putters == s.waiting_putters - c.pick
            and bool(spec.types(after))
            and after[:2] == s[:2]
            and after[3:5] == s[3:5]
        )

    for name, change in (("put", 1), ("get", -1)):
        action = picked(spec.SYSTEM[name])
        yield Lemma(
            f"{name} does what it says",
            Choice,
            lambda c, action=action: action.guard(c) and spec.types(c.state),  # type: ignore[misc]
            lambda c, action=action, change=change: effect(c, action.effect(c).state, change),  # type: ignore[misc]
        )
    for name, one_more in (("put_waits", (1, 0)), ("get_waits", (0, 1))):
        action = spec.SYSTEM[name]
        yield Lemma(
            f"{name} does what it says",
            Shared,
            lambda s, action=action: action.guard(s) and spec.types(s),  # type: ignore[misc]
            lambda s, action=action, more=one_more: (  # type: ignore[misc]
                action.effect(s)[:5] == s[:5]
                and action.effect(s)[5:] == (s.waiting_putters + more[0], s.waiting_getters + more[1])
                and bool(spec.types(action.effect(s)))
            ),
        )


def rank_falls(before: tuple[int, int, int], after: tuple[int, int, int]) -> bool:
    """The rank is a triple of natural numbers, and in lexicographic order smaller afterwards."""
    (a, b, c), (x, y, z) = before, after
    natural = x >= 0 and y >= 0 and z >= 0
    return natural and (x < a or (x == a and (y < b or (y == b and z < c))))


def strategy(spec: Any = one_condition_fifo) -> Iterator[Lemma]:
    """If 2 m K < P + C: the strategy begins, makes legal moves, stays on schedule, and its rank falls."""
    yield Lemma(
        "the strategy can begin",
        Configuration,
        lambda c: sensible(c) and 2 * c.wakes * c.capacity < c.putters + c.getters,
        lambda c: spec.on_schedule(spec.initial(*c)),
    )

    def playing(r: Round) -> bool:
        return bool(spec.on_schedule(r)) and not spec.deadlock(r.line)

    yield Lemma(
        "there are four phases, and who slept was a putter",
        Round,
        spec.on_schedule,
        lambda r: r.phase >= 0 and r.phase <= 3 and r.slept >= 0 and r.slept <= r.line.putters,
    )
    yield Lemma("every move is a legal step", Round, playing, spec.move_is_legal)
    yield Lemma("every move stays on schedule", Round, playing, lambda r: spec.on_schedule(spec.move(r)))
    yield Lemma("the rank falls", Round, playing, lambda r: rank_falls(spec.rank(r), spec.rank(spec.move(r))))


def strategy_for_notify_one(spec: Any = one_condition_fifo) -> Lemma:
    """The moves of the strategy once more, for m = 1."""

    def then(r: Round) -> bool:
        after = spec.move(r)
        return bool(spec.move_is_legal(r) and spec.on_schedule(after) and rank_falls(spec.rank(r), spec.rank(after)))

    return Lemma(
        "for m = 1 every move is legal, stays on schedule, and lowers the rank",
        Round,
        lambda r: r.line.wakes == 1 and spec.on_schedule(r) and not spec.deadlock(r.line),
        then,
    )


def moves_are_steps(spec: Any = one_condition_fifo) -> Iterator[Lemma]:
    """Forget the order of the line: each step of the strategy's queue is one of the shared condition."""
    shared = one_condition

    def notifying(name: str) -> Lemma:
        step, guard = getattr(spec, name), getattr(spec, f"{name}_guard")
        action = shared.SYSTEM[name]

        def then(s: Line) -> bool:
            before, after = spec.without_order(s), spec.without_order(step(s))
            pick = before.waiting_putters - after.waiting_putters
            return action.guard(before, pick) and action.effect(before, pick) == after

        return Lemma(f"{name} in order is a {name}", Line, lambda s: guard(s) and spec.types(s), then)

    def waiting(name: str) -> Lemma:
        step, guard = getattr(spec, name), getattr(spec, f"{name}_guard")
        action = shared.SYSTEM[name]

        def then(s: Line) -> bool:
            before, after = spec.without_order(s), spec.without_order(step(s))
            return action.guard(before) and action.effect(before) == after

        return Lemma(f"{name} in order is a {name}", Line, lambda s: guard(s) and spec.types(s), then)

    yield from (notifying("put"), notifying("get"), waiting("put_waits"), waiting("get_waits"))
    yield Lemma(
        "to regroup the line changes nothing",
        Line,
        lambda s: spec.regroup_guard(s) and spec.types(s),
        lambda s: spec.without_order(spec.regroup(s)) == spec.without_order(s) and spec.types(spec.regroup(s)),
    )
    yield Lemma(
        "a deadlock of the line is a deadlock",
        Line,
        lambda s: spec.types(s) and spec.deadlock(s),
        lambda s: shared.deadlock(spec.without_order(s)),
    )


def the_line_is_a_line(spec: Any = one_condition_fifo) -> Iterator[Lemma]:
    """Whoever falls asleep joins the line at its end, and is counted once."""

    def joins(name: str, group: int) -> Lemma:
        step, guard = getattr(spec, name), getattr(spec, f"{name}_guard")

        def then(s: Line) -> bool:
            after = step(s)
            others = all(after[i] == s[i] for i in range(9) if i != group)
            return others and after[group] == s[group] + 1 and all(s[i] == 0 for i in range(group + 1, 9))

        return Lemma(f"{name} joins at the end", Line, lambda s: guard(s) and spec.types(s), then)

    yield from (joins("get_waits", 7), joins("put_waits", 8))
    yield Lemma(
        "the sleepers are counted",
        Round,
        lambda r: spec.types(r.line),
        lambda r: (
            spec.asleep_getters(r) == r.line.first_getters + r.line.last_getters
            and spec.asleep_putters(r) == r.line.first_putters + r.line.last_putters
        ),
    )
    yield Lemma(
        "at first nothing is there and nobody sleeps",
        Configuration,
        sensible,
        lambda c: spec.initial(*c) == ((c.capacity, c.wakes, 0, c.putters, c.getters, 0, 0, 0, 0), 0, 0),
    )


def the_oldest_go_first(spec: Any = one_condition_fifo) -> Lemma:
    """A group of the line is touched only after all groups in front of it are empty."""

    def then(s: Line) -> bool:
        after = spec.notify(s)
        before_groups, after_groups = s[5:], after[5:]
        return all(after_groups[i] == before_groups[i] or all(after_groups[j] == 0 for j in range(i)) for i in range(4))

    return Lemma("the oldest are woken first", Line, spec.types, then)


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    unasked = keeps_shared(one_condition.invariant, cannot)
    return [
        Theorem(
            "deadlock-law-safe",
            "One shared condition with notify(m) cannot deadlock if 2mK >= P + C, for all m, K, P, C >= 1, "
            "whoever is woken.",
            PROVED,
            (
                *proved([*safe_side(), *induction(), *unasked, *guards_are_right(), *steps_are_right()]),
                *(Confirmed(lemma) for lemma in induction(notify_one=True)),
            ),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "deadlock-law-reachable",
            "One shared condition with notify(m) can deadlock if 2mK < P + C, for all m, K, P, C >= 1, even "
            "if sleepers are woken in order of arrival.",
            PROVED,
            (
                *proved([*strategy(), *moves_are_steps(), *the_line_is_a_line(), the_oldest_go_first()]),
                Confirmed(strategy_for_notify_one()),
            ),
            (FIFO, ANY, MORE),
        ),
        Theorem(
            "notify-all",
            "One shared condition cannot deadlock if a notification wakes everybody, for all K, P, C >= 1.",
            PROVED,
            (*both(_notify_all()), *proved(x for x in repairs_do() if "all" in x.name)),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "notify-the-other-kind",
            "One shared condition cannot deadlock if a put wakes a getter and a get wakes a putter, for all "
            "K, P, C >= 1.",
            PROVED,
            (*both(_aimed()), *proved(x for x in repairs_do() if "aimed" in x.name)),
            EVERY_WAKE_UP,
        ),
    ]


def _both_kinds(s: Shared) -> bool:
    return s.putters >= 1 and s.getters >= 1


def _repair(spec: Any, actions: tuple[Action, ...], invariant: Any) -> Iterator[Lemma]:
    yield Lemma(
        "the invariant holds initially",
        Configuration,
        sensible,
        lambda c: invariant(spec.initial(*c)),
    )
    yield from keeps(actions, Shared, invariant, _both_kinds)
    yield from keeps_shared(invariant)
    yield Lemma(
        "no deadlock",
        Shared,
        lambda s: invariant(s) and _both_kinds(s),
        lambda s: not spec.deadlock(s),
    )


def repairs(spec: Any = one_condition) -> Iterator[Lemma]:
    """The lemmas of both repairs."""
    yield from repairs_do(spec)
    yield from _notify_all(spec)
    yield from _aimed(spec)


def _notify_all(spec: Any = one_condition) -> Iterator[Lemma]:
    return _repair(spec, spec.NOTIFY_ALL.actions, spec.notify_all_invariant)


def _aimed(spec: Any = one_condition) -> Iterator[Lemma]:
    return _repair(spec, spec.AIMED.actions, spec.aimed_invariant)
