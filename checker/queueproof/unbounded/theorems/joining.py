"""Join: the queue counts what is open, and whoever joins is let go exactly when nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from queueproof.unbounded.induction import always, implies, keeps, step
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import EVERY_WAKE_UP, PROVED, Theorem, both, proved
from queuespec import tasks
from queuespec.tasks import Tasks


class Joiners(NamedTuple):
    """How many threads there are that may join."""

    joiners: int


def initially(spec: Any = tasks) -> Iterator[Lemma]:
    """Nothing is open, nobody has joined, and the invariant holds."""
    yield Lemma(
        "nothing is open at first",
        Joiners,
        lambda c: c.joiners >= 0,
        lambda c: spec.initial(c.joiners) == (0, 0, c.joiners, 0, 0) and spec.invariant(spec.initial(c.joiners)),
    )


def induction(spec: Any = tasks) -> Iterator[Lemma]:
    """Every step keeps the invariant, and somebody who wakes unasked does too."""
    yield from keeps(spec.SYSTEM.actions, Tasks, spec.invariant)
    yield Lemma(
        "waking unasked keeps the invariant",
        Tasks,
        lambda t: spec.invariant(t) and t.waiting > 0,
        lambda t: spec.invariant(t._replace(waiting=t.waiting - 1, woken=t.woken + 1)),
    )


def put_does(t: Tasks, after: Tasks) -> bool:
    """One more is open, and counted."""
    return after == (t.open + 1, t.unfinished + 1, t.running, t.waiting, t.woken)


def task_done_does(t: Tasks, after: Tasks) -> bool:
    """One less is open, and counted; the last one wakes all that wait."""
    if t.open == 1:
        return after == (0, 0, t.running, 0, t.woken + t.waiting)
    return after == (t.open - 1, t.unfinished - 1, t.running, t.waiting, t.woken)


def join_enter_does(t: Tasks, after: Tasks) -> bool:
    """Whoever joins is outside again exactly if nothing is open, and waits exactly if something is."""
    if t.open == 0:
        return after == t
    return after == (t.open, t.unfinished, t.running - 1, t.waiting + 1, t.woken)


def join_recheck_does(t: Tasks, after: Tasks) -> bool:
    """So does whoever was woken."""
    if t.open == 0:
        return after == (t.open, t.unfinished, t.running + 1, t.waiting, t.woken - 1)
    return after == (t.open, t.unfinished, t.running, t.waiting + 1, t.woken - 1)


DOES = {
    "put": put_does,
    "task_done": task_done_does,
    "join_enter": join_enter_does,
    "join_recheck": join_recheck_does,
}


def effects(spec: Any = tasks) -> Iterator[Lemma]:
    """Every step does what it says, and is possible when it should be."""
    possible = {
        "put": always,
        "task_done": lambda t: t.open > 0,
        "join_enter": lambda t: t.running > 0,
        "join_recheck": lambda t: t.woken > 0,
    }
    for action in spec.SYSTEM.actions:
        yield step(action, Tasks, spec.invariant, DOES[action.name], "does what it says")
        yield Lemma(f"{action.name} is possible when it should be", Tasks, possible[action.name], action.guard)


def consequences(spec: Any = tasks) -> Iterator[Lemma]:
    """Nobody waits for nothing, and the count is right."""
    yield implies("no joiner waits when all is done", Tasks, spec.invariant, lambda t: not spec.lost_wakeup(t))
    yield implies("the count is that of the open items", Tasks, spec.invariant, lambda t: t.unfinished == t.open)
    yield implies("counts are counts", Tasks, spec.invariant, lambda t: min(t.open, t.running, t.waiting, t.woken) >= 0)
    yield Lemma(
        "that somebody waits when all is done is a lost wakeup",
        Tasks,
        lambda t: t.open == 0 and t.waiting > 0,
        spec.lost_wakeup,
    )


def lemmas(spec: Any = tasks) -> Iterator[Lemma]:
    """All of them."""
    yield from initially(spec)
    yield from induction(spec)
    yield from effects(spec)
    yield from consequences(spec)


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    return [
        Theorem(
            "join",
            "The queue counts exactly the items that were put and not dealt with; whoever joins is let go exactly when "
            "there are none, and nobody waits when there are none, for any number of items, workers and joiners.",
            PROVED,
            (*both(induction()), *proved([*initially(), *effects(), *consequences()])),
            EVERY_WAKE_UP,
        )
    ]
