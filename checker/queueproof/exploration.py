"""Theorems about real code, by exhaustive exploration: which program, and the verdict that it must come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from queueproof.faults import FAULTS, Fault, fault_program
from queueproof.unbounded.theorem import ANY, EVERY_WAKE_UP, EXHAUSTED, FIFO, MORE, REFUTED, SPURIOUS, Finding, Theorem
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Report, Verdict

__all__ = ["FAULTS", "PROGRAMS", "Explored", "Fault", "fault_program", "hand_over", "theorems", "violated"]

PROGRAMS = Path(__file__).with_name("programs.py")
INCLUDE = ("boundedqueue", "queueproof.in_order")

MONITOR = "MonitorQueue"
STANDARD = "queue.Queue"

# P producers of N items each, C consumers, capacity K.
SIZES = ((1, 1, 1, 1), (1, 2, 2, 1), (2, 1, 2, 1), (2, 2, 1, 1), (2, 2, 2, 1), (2, 2, 2, 2), (3, 3, 1, 1), (3, 3, 2, 2))
SMALL = SIZES[:-1]
ONE_CONSUMER = ((1, 1, 2, 1), (1, 1, 3, 2), (2, 1, 2, 1), (3, 1, 1, 2))
IF_IN_GET = "broken.if_instead_of_while.IfInsteadOfWhileInGetQueue"


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


def violated(program: str, reason: Reason, **options: Any) -> Explored:
    """That program is violated, for that reason."""
    return Explored(program, Verdict.VIOLATED, reason, tuple(options.items()))


WAKE_UPS: dict[str, dict[str, Any]] = {
    FIFO: {},
    ANY: {"wake_order": "any"},
    SPURIOUS: {"spurious": True},
    MORE: {"wake_order": "any", "spurious": True},
}
"""How each kind of wake-up is explored. A thread that a notify wakes beyond the number asked for might as well sleep
on, and wake by itself at the moment when it goes on; so any waiter and spurious wakeups together cover that."""


def hand_over_however_woken(kind: str, sizes: Iterable[tuple[int, int, int, int]]) -> tuple[Explored, ...]:
    """The same under each kind of wake-up but FIFO."""
    sizes = tuple(sizes)
    others = (options for name, options in WAKE_UPS.items() if name != FIFO)
    return tuple(part for options in others for part in hand_over(kind, sizes, **options))


def theorems() -> list[Theorem]:
    """The theorems that are established by exploration, in the order in which they are best read."""
    return [*_holding(), _law(), *_faulty()]


def _holding() -> Iterator[Theorem]:
    yield Theorem(
        "monitor-refines-fifo",
        "Every step of MonitorQueue is one action of the bounded FIFO, and nobody sleeps in vain.",
        EXHAUSTED,
        (*hand_over(MONITOR, SIZES), *_calls(MONITOR), *hand_over_however_woken(MONITOR, SMALL[:3])),
        EVERY_WAKE_UP,
    )
    yield Theorem(
        "standard-queue-refines-fifo",
        "So is every step of CPython's own queue.Queue, unmodified.",
        EXHAUSTED,
        (
            *hand_over(STANDARD, SIZES),
            *_timed(STANDARD),
            Explored(f"joining({STANDARD!r}, 2)"),
            *hand_over_however_woken(STANDARD, SMALL[:4]),
        ),
        EVERY_WAKE_UP,
    )
    for name, kind, order in (
        ("standard-lifo", "queue.LifoQueue", "last in, first out"),
        ("standard-priority", "queue.PriorityQueue", "least first"),
        ("standard-simple", "queue.SimpleQueue", "first in, first out, without a bound (the Python source)"),
    ):
        yield Theorem(
            name,
            f"CPython's {kind} hands over every item, {order}.",
            EXHAUSTED,
            (*hand_over(kind, SMALL[:4]), *hand_over_however_woken(kind, SMALL[1:3])),
            EVERY_WAKE_UP,
        )
    yield Theorem(
        "monitor-any-waiter",
        "MonitorQueue needs no order of wake-up, and survives spurious wakeups.",
        EXHAUSTED,
        (
            *hand_over(MONITOR, SMALL, **WAKE_UPS[ANY]),
            *hand_over(MONITOR, SMALL[:4], **WAKE_UPS[SPURIOUS]),
            *hand_over(MONITOR, SMALL[:4], **WAKE_UPS[MORE]),
        ),
        EVERY_WAKE_UP,
    )
    yield Theorem(
        "standard-condition-source",
        "With CPython's own source of Condition in place of one indivisible step, the same holds.",
        EXHAUSTED,
        (*hand_over(MONITOR, SMALL[:4], primitives="stdlib"), *hand_over(STANDARD, SMALL[:4], primitives="stdlib")),
        (FIFO,),
    )
    yield Theorem(
        "safe-on-cpython-unsafe-by-contract",
        "With one consumer, `if` for `while` in get never fails on CPython, and fails where a wait may end unasked, "
        "as the documentation of Condition allows.",
        EXHAUSTED,
        (
            *hand_over(IF_IN_GET, ONE_CONSUMER),
            *hand_over(IF_IN_GET, ONE_CONSUMER, **WAKE_UPS[ANY]),
            *(
                violated(f"hand_over({IF_IN_GET!r}, 1, 1, 1, 1)", Reason.EXCEPTION, **WAKE_UPS[wake_up])
                for wake_up in (SPURIOUS, MORE)
            ),
        ),
        (FIFO, ANY),
    )


def _timed(kind: str) -> tuple[Explored, ...]:
    return (Explored(f"timed_getter({kind!r})"), Explored(f"timed_putter({kind!r})"))


def _calls(kind: str) -> tuple[Explored, ...]:
    """Timeouts, shutdown and join."""
    shut = tuple(Explored(f"closing({kind!r}, {immediate})") for immediate in (False, True))
    return (*_timed(kind), *shut, Explored(f"joining({kind!r}, 2)"))


def _law_parts(threads: int, capacity: int, **options: Any) -> tuple[Explored, ...]:
    kind, told = "broken.one_condition.OneConditionQueue", tuple(options.items())
    return tuple(
        violated(f"loop({kind!r}, {p}, {c}, {k})", Reason.DEADLOCK, **options)
        if 2 * k < p + c
        else Explored(f"loop({kind!r}, {p}, {c}, {k})", options=told)
        for p in range(1, threads + 1)
        for c in range(1, threads + 1)
        for k in range(1, capacity + 1)
    )


def _law() -> Theorem:
    parts = _law_parts(4, 3)
    return Theorem(
        "one-condition-law",
        "One shared condition with notify-one deadlocks exactly when 2K < P + C (P, C to 4, K to 3).",
        EXHAUSTED,
        (*parts, *_law_parts(3, 2, **WAKE_UPS[ANY])),
        (FIFO, ANY),
    )


def _faulty() -> Iterator[Theorem]:
    for fault in FAULTS:
        claim = f"{fault.what[0].upper()}{fault.what[1:]}."
        program = fault_program(fault.kind, fault.program)
        yield Theorem(f"fault-{fault.name}", claim, REFUTED, (violated(program, fault.reason),), (FIFO,))
    yield Theorem(
        "faults-however-woken",
        "Each of these faults is caught under every other kind of wake-up too, for the same reason.",
        REFUTED,
        tuple(
            violated(fault_program(fault.kind, fault.program), fault.reason, **options)
            for fault in FAULTS
            for name, options in WAKE_UPS.items()
            if name != FIFO
        ),
        (ANY, MORE, SPURIOUS),
    )
