"""Theorems about the fast queue: which program, and that it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from queueproof.exploration import Explored
from queueproof.unbounded.theorem import EXHAUSTED, Theorem
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Report

PROGRAMS = Path(__file__).with_name("fast_programs.py")

# P producers of N items each, C consumers, capacity K.
SIZES = ((1, 1, 1, 1), (1, 1, 2, 1), (1, 1, 2, 2), (1, 2, 2, 1), (2, 1, 1, 1), (2, 2, 1, 1))


@dataclass(frozen=True)
class ExploredFast(Explored):
    """A program about the fast queue must hold."""

    def explore(self) -> Report:
        """Explore it."""
        (report,) = check_file(PROGRAMS, self.program, Options(include=("boundedqueue",)))
        return replace(report, program=self.program)


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
            "fast-refines-fifo",
            "With a lock for its turn, each step of FastQueue is one of the bounded FIFO, and nobody sleeps in vain.",
            EXHAUSTED,
            (
                *(ExploredFast(f"hand_over{size}") for size in SIZES),
                *(ExploredFast(name) for name in ("timed_getter", "timed_putter")),
                *(ExploredFast(f"closing({sizes}, {now})") for sizes in ("2, 1", "1, 2") for now in (False, True)),
                ExploredFast("joining(2)"),
            ),
        ),
        Theorem(
            "fast-hands-over",
            "With its own turn, step by step, FastQueue leaves nobody waiting: one producer, one consumer, two items.",
            EXHAUSTED,
            (ExploredFast("spinning(1, 1, 1, 1)"), ExploredFast("spinning(1, 1, 2, 1)")),
        ),
    ]
