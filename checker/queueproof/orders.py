"""Theorems about the order pipeline: its programs, in every interleaving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from boundedqueue.orders import program
from queueproof.exploration import Explored
from queueproof.unbounded.theorem import EXHAUSTED, Theorem
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Report

PROGRAMS = (
    program.every_order_is_processed_once,
    program.a_worker_that_dies_is_replaced_and_its_order_is_tried_again,
    program.an_order_that_always_fails_is_reported_and_harms_no_other,
    program.shutdown_during_submission_loses_no_accepted_order,
    program.shutdown_with_an_order_that_fails_loses_no_accepted_order,
)


@dataclass(frozen=True)
class ExploredOrders(Explored):
    """A program about the order pipeline must hold."""

    def explore(self) -> Report:
        """Explore it."""
        (report,) = check_file(Path(program.__file__), self.program, Options(include=("boundedqueue",)))
        return replace(report, program=self.program)


def theorems() -> list[Theorem]:
    """The theorem about the order pipeline."""
    return [
        Theorem(
            "no-order-is-lost",
            "Two handlers, two workers, a shutdown and a failing order: every accepted order is processed once or "
            "reported.",
            EXHAUSTED,
            tuple(ExploredOrders(one.__name__) for one in PROGRAMS),
        )
    ]
