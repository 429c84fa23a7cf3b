"""The theorems of the bridge: which queues refine the concurrent model, how the kinds of step stop growing, which
queues do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from queueproof.bridge import TABLE, Mismatch, ModelRow, mapped, model_rows, rows, saw
from queueproof.correspondence import pairs
from queueproof.exploration import WAKE_UPS
from queueproof.extraction import Extracted, Refuted, Size, extract
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import (
    EVERY_WAKE_UP,
    EXHAUSTED,
    FIFO,
    PROVED,
    REFUTED,
    Finding,
    Theorem,
    both,
)
from queuespec import two_conditions as two
from queuespec.system import Action
from queuespec.two_conditions import Counters

CLOSED_FROM = (3, 3)
SMALL = tuple(size for size in TABLE if size.putters + size.getters <= 4 and size.capacity <= 2)
BROKEN = (
    ("broken.one_condition.OneConditionQueue", Size(1, 2, 1)),
    ("broken.if_instead_of_while.IfInsteadOfWhileInGetQueue", Size(1, 2, 1)),
    ("broken.if_instead_of_while.IfInsteadOfWhileInPutQueue", Size(2, 1, 1)),
    ("broken.notify_forgotten.PutForgetsNotifyQueue", Size(1, 1, 1)),
    ("broken.notify_forgotten.GetForgetsNotifyQueue", Size(1, 1, 1)),
    ("broken.wrong_condition_notified.WrongConditionNotifiedQueue", Size(1, 1, 1)),
    ("broken.notify_only_on_empty_to_nonempty.EdgeNotifyQueue", Size(1, 2, 2)),
    ("broken.size_read_outside_lock.SizeReadOutsideLockQueue", Size(1, 1, 1)),
    ("broken.check_and_wait_not_atomic.CheckAndWaitNotAtomicQueue", Size(1, 1, 1)),
    ("broken.notify_before_change_without_lock.NotifyBeforeChangeQueue", Size(1, 1, 1)),
    ("naive.NaiveQueue", Size(1, 1, 1)),
)
"""The queues that break one of the model's rules, and where it shows. Four faults break none: two are in calls that
the endless threads do not make (`shutdown`, a timeout), one counts wrong for `join`, one takes another item than it
says."""


@dataclass
class Growth:
    """How the set of rows grows with the number of threads."""

    known: set[NamedTuple] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    by_threads: dict[tuple[int, int], set[NamedTuple]] = field(default_factory=dict)
    states: int = 0

    def add(self, extracted: Extracted, found: Set[NamedTuple]) -> None:
        """Take in one configuration and the rows that were found there."""
        new = found - self.known
        self.known |= found
        self.states += len(extracted.states)
        size = extracted.size
        self.by_threads.setdefault((size.putters, size.getters), set()).update(found)
        self.lines.append(
            f"{size}: {len(extracted.states)} states, {len(extracted.steps)} steps, {len(found)} rows, {len(new)} new"
        )

    def closed_from(self) -> tuple[int, int] | None:
        """The least (P, C) whose rows are all rows, if some larger configuration was looked at as well."""
        for threads, found in sorted(self.by_threads.items(), key=lambda each: (sum(each[0]), each[0])):
            if found == self.known and any(p > threads[0] and c > threads[1] for p, c in self.by_threads):
                return threads
        return None


@dataclass(frozen=True)
class Refines:
    """A queue of the real code, in all configurations of a table: its steps are the model's, and its rows closed."""

    kind: str
    sizes: tuple[Size, ...] = TABLE
    options: tuple[tuple[str, Any], ...] = ()
    closed_from: tuple[int, int] | None = None
    """From which numbers of putters and getters on no new row appears; None: nothing is claimed of that."""
    engine: str = field(default="treadle", init=False)

    @property
    def name(self) -> str:
        """What is shown."""
        told = "".join(f", {name}={value}" for name, value in self.options)
        return f"each step of {self.kind} is an action of the model, in {len(self.sizes)} configurations{told}"

    def check(self) -> Finding:
        """Show it."""
        growth, of_model = Growth(), set[ModelRow]()
        try:
            for size in self.sizes:
                extracted = extract(self.kind, size, **dict(self.options))
                found, found_of_model = rows(extracted)
                growth.add(extracted, found)
                of_model |= found_of_model
        except (Mismatch, Refuted) as mismatch:
            return Finding(False, states=growth.states, detail=str(mismatch))
        if self.closed_from is None:
            return Finding(True, states=growth.states)
        if of_model != model_rows(self.sizes):
            return Finding(False, states=growth.states, detail="the model has rows that the code has not")
        threads = growth.closed_from()
        if threads != self.closed_from:
            told = "\n".join(growth.lines)
            return Finding(False, states=growth.states, detail=f"the rows are closed from {threads} on:\n{told}")
        closing = (
            f"{len(growth.known)} rows (where a thread stood, what it saw, what it did); from {self.closed_from[0]} x "
            f"{self.closed_from[1]} on nothing new appears; they are the {len(of_model)} rows of the model"
        )
        return Finding(True, states=growth.states, detail="\n".join([closing, *growth.lines]))


@dataclass(frozen=True)
class Broken:
    """A faulty queue must not refine the model: in this configuration some step is no action of it."""

    kind: str
    size: Size
    engine: str = field(default="treadle", init=False)

    @property
    def name(self) -> str:
        """What is shown."""
        return f"some step of {self.kind} is no action of the model, {self.size}"

    def check(self) -> Finding:
        """Show it."""
        extracted = extract(self.kind, self.size)
        try:
            for _ in mapped(extracted):
                pass
        except Mismatch as mismatch:
            return Finding(True, states=len(extracted.states), detail=str(mismatch))
        return Finding(False, states=len(extracted.states), detail="every step is an action of the model")


class Pair(NamedTuple):
    """Two states."""

    one: Counters
    other: Counters


def follows_from_sight(action: Action) -> Lemma:
    """Where the same is seen, the action changes every counter by the same."""

    def alike(pair: Pair) -> bool:
        here, there = saw(pair.one), saw(pair.other)
        return (
            two.types(pair.one)
            and two.types(pair.other)
            and bool(action.guard(pair.one))
            and bool(action.guard(pair.other))
            and bool(here.empty) is bool(there.empty)
            and bool(here.full) is bool(there.full)
            and bool(here.putter_sleeps) is bool(there.putter_sleeps)
            and bool(here.getter_sleeps) is bool(there.getter_sleeps)
        )

    def same_change(pair: Pair) -> bool:
        after, other = action.effect(pair.one), action.effect(pair.other)
        return all(after[i] - pair.one[i] == other[i] - pair.other[i] for i in range(len(after)))

    return Lemma(f"{action.name} does what follows from what it saw", Pair, alike, same_change)


def _refines(kind: str, called: str) -> Theorem:
    others = (Refines(kind, SMALL, tuple(options.items())) for name, options in WAKE_UPS.items() if name != FIFO)
    return Theorem(
        f"{called}-refines-model",
        f"Every step of {kind} is one action of the model with two conditions, or none; from 3 x 3 threads on no new "
        "kind of step appears.",
        EXHAUSTED,
        (Refines(kind, TABLE, closed_from=CLOSED_FROM), *others),
        EVERY_WAKE_UP,
    )


def theorems() -> Iterator[Theorem]:
    """The theorems of this subject."""
    yield Theorem(
        "steps-follow-from-sight",
        "What a critical section of the model does follows from whether the queue is empty or full and whether a "
        "putter or a getter sleeps, for all K, P and C: so there are finitely many kinds of step.",
        PROVED,
        both(follows_from_sight(action) for action in two.SYSTEM.actions),
        EVERY_WAKE_UP,
    )
    yield _refines("MonitorQueue", "monitor")
    yield _refines("queue.Queue", "standard-queue")
    yield Theorem(
        "broken-queues-break-the-bridge",
        "Each of the queues that break a rule of the model makes a step that is no action of it.",
        REFUTED,
        tuple(Broken(kind, size) for kind, size in BROKEN),
        EVERY_WAKE_UP,
    )
    yield Theorem(
        "counterexamples-correspond",
        "Where a rule is broken, the counterexample of the model and that of the real code are the same, step by step.",
        REFUTED,
        tuple(pairs()),
        EVERY_WAKE_UP,
    )
