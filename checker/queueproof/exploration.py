"""Theorems about real code, by exhaustive exploration: which program, and the verdict that it must come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from queueproof.unbounded.theorem import EXHAUSTED, REFUTED, Finding, Theorem
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Report, Verdict

PROGRAMS = Path(__file__).with_name("programs.py")
INCLUDE = ("boundedqueue", "queueproof.in_order")

MONITOR = "MonitorQueue"
STANDARD = "queue.Queue"

# P producers of N items each, C consumers, capacity K.
SIZES = ((1, 1, 1, 1), (1, 2, 2, 1), (2, 1, 2, 1), (2, 2, 1, 1), (2, 2, 2, 1), (2, 2, 2, 2), (3, 3, 1, 1), (3, 3, 2, 2))
SMALL = SIZES[:-1]


@dataclass(frozen=True)
class Explored:
    """One program, explored to the end, must come to this verdict."""

    program: str
    verdict: Verdict = Verdict.HOLDS
    reason: Reason | None = None
    options: tuple[tuple[str, Any], ...] = ()
    engine: str = field(default="treadle", init=False)

    @property
    def name(self) -> str:
        """What is explored, under which options."""
        told = ", ".join(f"{name}={value}" for name, value in self.options)
        return f"{self.program} with {told}" if told else self.program

    def explore(self) -> Report:
        """Explore it."""
        options = Options(include=INCLUDE, **dict(self.options))
        (report,) = check_file(PROGRAMS, self.program, options)
        return replace(report, program=self.program)

    def check(self) -> Finding:
        """Explore it and compare the verdict with the one that is claimed."""
        report = self.explore()
        ok = report.verdict is self.verdict and report.reason is self.reason
        steps = len(report.counterexample.schedule) if report.counterexample else 0
        if not ok:
            why = f" ({report.reason})" if report.reason else ""
            return Finding(False, states=report.states, detail=f"found {report.verdict}{why}: {report.message}")
        detail = f"{report.reason} in {steps} steps: {report.message}" if report.reason else ""
        return Finding(True, states=report.states, detail=detail)


def hand_over(kind: str, sizes: Iterable[tuple[int, int, int, int]], **options: Any) -> tuple[Explored, ...]:
    """A queue of that kind hands every item over, in each of these sizes."""
    told = tuple(options.items())
    return tuple(Explored(f"hand_over({kind!r}, {p}, {c}, {n}, {k})", options=told) for p, c, n, k in sizes)


def violated(program: str, reason: Reason) -> Explored:
    """That program is violated, for that reason."""
    return Explored(program, Verdict.VIOLATED, reason)


@dataclass(frozen=True)
class Fault:
    """A class with one fault, the smallest program that shows it, and the reason that it is violated for."""

    name: str
    kind: str
    program: str
    reason: Reason
    what: str


FAULTS = (
    Fault(
        "naive",
        "naive.NaiveQueue",
        "hand_over(1, 2, 2, 1)",
        Reason.EXCEPTION,
        "an unsynchronised list, polled, hands one item to two",
    ),
    Fault(
        "one-condition",
        "broken.one_condition.OneConditionQueue",
        "hand_over(1, 2, 2, 1)",
        Reason.LOST_WAKEUP,
        "one shared condition with notify-one wakes the wrong side",
    ),
    Fault(
        "if-in-get",
        "broken.if_instead_of_while.IfInsteadOfWhileInGetQueue",
        "hand_over(1, 2, 2, 1)",
        Reason.EXCEPTION,
        "`if` for `while` in get: a stolen wakeup pops from an empty buffer",
    ),
    Fault(
        "if-in-put",
        "broken.if_instead_of_while.IfInsteadOfWhileInPutQueue",
        "hand_over(2, 1, 2, 1)",
        Reason.SPECIFICATION,
        "`if` for `while` in put: the capacity is exceeded",
    ),
    Fault(
        "put-forgets-notify",
        "broken.notify_forgotten.PutForgetsNotifyQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a put that notifies nobody leaves a getter asleep beside an item",
    ),
    Fault(
        "get-forgets-notify",
        "broken.notify_forgotten.GetForgetsNotifyQueue",
        "hand_over(1, 1, 2, 1)",
        Reason.LOST_WAKEUP,
        "a get that notifies nobody leaves a putter asleep beside room",
    ),
    Fault(
        "wrong-condition",
        "broken.wrong_condition_notified.WrongConditionNotifiedQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "notifying the wrong condition wakes nobody who could go on",
    ),
    Fault(
        "edge-notify",
        "broken.notify_only_on_empty_to_nonempty.EdgeNotifyQueue",
        "hand_over(1, 2, 2, 2)",
        Reason.LOST_WAKEUP,
        "notifying only when the buffer was empty forgets the second sleeper",
    ),
    Fault(
        "size-read-outside-lock",
        "broken.size_read_outside_lock.SizeReadOutsideLockQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a size read without the lock is out of date when it is used",
    ),
    Fault(
        "check-and-wait-not-atomic",
        "broken.check_and_wait_not_atomic.CheckAndWaitNotAtomicQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a notify between the check and the wait is lost",
    ),
    Fault(
        "item-taken-before-check",
        "broken.item_taken_before_check.ItemTakenBeforeCheckQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.SPECIFICATION,
        "an item read before the check is not the item that is removed",
    ),
    Fault(
        "notify-before-change",
        "broken.notify_before_change_without_lock.NotifyBeforeChangeQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a notify before the change tells of something that is not there yet",
    ),
    Fault(
        "timed-out-waiter-leaves",
        "broken.timed_out_waiter_leaves_without_recheck.TimedOutWaiterLeavesQueue",
        "timed_getter()",
        Reason.LOST_WAKEUP,
        "a waiter that believes its timeout takes a notification with it",
    ),
    Fault(
        "shutdown-forgets-getters",
        "broken.shutdown_forgets_getters.ShutdownForgetsGettersQueue",
        "closing(False)",
        Reason.LOST_WAKEUP,
        "a shutdown that notifies no getter leaves it asleep",
    ),
    Fault(
        "task-done-lost-update",
        "broken.task_done_lost_update.TaskDoneLostUpdateQueue",
        "joining(2)",
        Reason.SPECIFICATION,
        "a count changed without the lock lets join go too early, or never",
    ),
)


def fault_program(kind: str, program: str) -> str:
    """The program with the kind of queue as its first argument."""
    name, _, rest = program.partition("(")
    arguments = rest.removesuffix(")")
    return f"{name}({kind!r}, {arguments})" if arguments else f"{name}({kind!r})"


def theorems() -> list[Theorem]:
    """The theorems that are established by exploration, in the order in which they are best read."""
    return [*_holding(), _law(), *_faulty()]


def _holding() -> Iterator[Theorem]:
    yield Theorem(
        "monitor-refines-fifo",
        "Every step of MonitorQueue is one action of the bounded FIFO, and nobody sleeps in vain.",
        EXHAUSTED,
        (*hand_over(MONITOR, SIZES), *_calls(MONITOR)),
    )
    yield Theorem(
        "standard-queue-refines-fifo",
        "So is every step of CPython's own queue.Queue, unmodified.",
        EXHAUSTED,
        (*hand_over(STANDARD, SIZES), *_timed(STANDARD), Explored(f"joining({STANDARD!r}, 2)")),
    )
    for name, kind, order in (
        ("standard-lifo", "queue.LifoQueue", "last in, first out"),
        ("standard-priority", "queue.PriorityQueue", "least first"),
        ("standard-simple", "queue.SimpleQueue", "first in, first out, without a bound (the Python source)"),
    ):
        yield Theorem(name, f"CPython's {kind} hands over every item, {order}.", EXHAUSTED, hand_over(kind, SMALL[:4]))
    yield Theorem(
        "monitor-any-waiter",
        "MonitorQueue needs no order of wake-up, and survives spurious wakeups.",
        EXHAUSTED,
        (*hand_over(MONITOR, SMALL, wake_order="any"), *hand_over(MONITOR, SMALL[:4], spurious=True)),
    )
    yield Theorem(
        "standard-condition-source",
        "With CPython's own source of Condition in place of one indivisible step, the same holds.",
        EXHAUSTED,
        (*hand_over(MONITOR, SMALL[:4], primitives="stdlib"), *hand_over(STANDARD, SMALL[:4], primitives="stdlib")),
    )


def _timed(kind: str) -> tuple[Explored, ...]:
    return (Explored(f"timed_getter({kind!r})"), Explored(f"timed_putter({kind!r})"))


def _calls(kind: str) -> tuple[Explored, ...]:
    """Timeouts, shutdown and join."""
    shut = tuple(Explored(f"closing({kind!r}, {immediate})") for immediate in (False, True))
    return (*_timed(kind), *shut, Explored(f"joining({kind!r}, 2)"))


def _law() -> Theorem:
    kind = "broken.one_condition.OneConditionQueue"
    parts = tuple(
        violated(f"loop({kind!r}, {p}, {c}, {k})", Reason.DEADLOCK)
        if 2 * k < p + c
        else Explored(f"loop({kind!r}, {p}, {c}, {k})")
        for p in range(1, 5)
        for c in range(1, 5)
        for k in range(1, 4)
    )
    return Theorem(
        "one-condition-law",
        "One shared condition with notify-one deadlocks exactly when 2K < P + C (P, C to 4, K to 3).",
        EXHAUSTED,
        parts,
    )


def _faulty() -> Iterator[Theorem]:
    for fault in FAULTS:
        claim = f"{fault.what[0].upper()}{fault.what[1:]}."
        program = fault_program(fault.kind, fault.program)
        yield Theorem(f"fault-{fault.name}", claim, REFUTED, (violated(program, fault.reason),))
