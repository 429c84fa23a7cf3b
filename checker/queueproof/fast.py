"""Theorems about the fast queue: which program, and that it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from queueproof.exploration import Explored
from queueproof.handing import PROGRAMS, HandsOver
from queueproof.unbounded.theorem import EXHAUSTED, REFUTED, Theorem
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Report, Verdict

INTERRUPTS = Path(__file__).with_name("interrupt_programs.py")

# P producers of N items each, C consumers, capacity K.
SIZES = ((1, 1, 1, 1), (1, 1, 2, 1), (1, 1, 2, 2), (2, 1, 1, 1), (2, 2, 1, 1))


@dataclass(frozen=True)
class ExploredFast(Explored):
    """A program about the fast queue must hold."""

    def explore(self) -> Report:
        """Explore it."""
        (report,) = check_file(PROGRAMS, self.program, Options(include=("boundedqueue",)))
        return replace(report, program=self.program)


@dataclass(frozen=True)
class Interrupted(Explored):
    """A program in which an operation is interrupted must come to this verdict."""

    def explore(self) -> Report:
        """Explore it."""
        (report,) = check_file(INTERRUPTS, self.program, Options(include=("boundedqueue", "queueproof")))
        return replace(report, program=self.program)


def interrupted(program: str) -> Interrupted:
    """That program ends in a deadlock."""
    return Interrupted(program, Verdict.VIOLATED, Reason.DEADLOCK)


def theorems() -> list[Theorem]:
    """The theorems about the fast queue."""
    return [
        Theorem(
            "fast-turn-is-a-lock",
            "Two threads never have the fast queue's turn at once, and neither waits for it in vain.",
            EXHAUSTED,
            (ExploredFast("turns(2, 2)"), ExploredFast("turns(3, 1)")),
        ),
        Theorem(
            "fast-refines-model",
            "With a lock for its turn, each step of FastQueue is one action of the model that hands over, or none; "
            "a third putter or getter brings no new kind of step.",
            EXHAUSTED,
            (HandsOver(),),
        ),
        Theorem(
            "fast-refines-fifo",
            "With a lock for its turn, each step of FastQueue is one of the bounded FIFO, and nobody sleeps in vain.",
            EXHAUSTED,
            (
                *(ExploredFast(f"hand_over{size}") for size in SIZES),
                *(ExploredFast(name) for name in ("timed_getter", "timed_putter")),
                *(ExploredFast(f"closing({how})") for how in ("2, 1, False", "1, 2, False", "1, 2, True")),
                ExploredFast("joining(2)"),
            ),
        ),
        Theorem(
            "fast-hands-over",
            "With its own turn, step by step, FastQueue leaves nobody waiting: one producer, one consumer, two items.",
            EXHAUSTED,
            (ExploredFast("spinning(1, 1, 1, 1)"), ExploredFast("spinning(1, 1, 2, 1)")),
        ),
        Theorem(
            "fast-survives-interrupts",
            "An interrupt in get or put leaves nothing locked or doubled, and nobody stuck, and loses at most the item "
            "that the get had taken.",
            EXHAUSTED,
            (Interrupted("get_beside_put('fast', 1)"), Interrupted("put_beside_get('fast')")),
        ),
        Theorem(
            "monitor-survives-interrupts-of-waits",
            "An interrupt while a get or put of MonitorQueue waits, or as it wakes, loses no item and leaves nobody "
            "stuck.",
            EXHAUSTED,
            tuple(Interrupted(f"{beside}('monitor')") for beside in ("get_beside_get", "put_beside_put")),
        ),
        Theorem(
            "standard-loses-wakeups-to-interrupts",
            "Interrupted as it wakes, a get of queue.Queue leaves another asleep beside an item, a put beside room.",
            REFUTED,
            tuple(interrupted(f"{beside}('standard')") for beside in ("get_beside_get", "put_beside_put")),
        ),
        Theorem(
            "standard-stays-locked-by-interrupts",
            "Interrupted as it enters its condition, a get or put of queue.Queue leaves it locked for ever.",
            REFUTED,
            (interrupted("get_beside_put('standard, entered', 1)"), interrupted("put_beside_get('standard, entered')")),
        ),
    ]
