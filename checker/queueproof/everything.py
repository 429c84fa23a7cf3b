"""All theorems, those for every capacity and those by exploration, and how their parts are shared out to processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import cache

from queueproof import bridging, exploration, fast, orders, starvation, unbounded
from queueproof.unbounded.theorem import Finding, Outcome, Theorem
from treadle.sweep.workers import Work, done_by_processes

LONG = (
    "hand_over('MonitorQueue', 3, 3, 2, 2)",
    "hand_over(2, 2, 1, 1)",
    "each step of FastQueue is an action of the model that hands over, in 9 configurations",
    "each step of queue.Queue is an action of the model, in 28 configurations",
    "put_beside_get('fast')",
    "a_worker_that_dies_is_replaced_and_its_order_is_tried_again",
    "joining(2)",
    "each step of MonitorQueue is an action of the model, in 28 configurations",
    "spinning(1, 1, 2, 1)",
)
"""The parts that take longest. They are begun first, so that no process is left with one when the others are idle."""


def all_theorems() -> list[Theorem]:
    """Every theorem, in the order in which they are best read."""
    parts = (unbounded, bridging, starvation, exploration, fast, orders)
    return [theorem for part in parts for theorem in part.theorems()]


@cache
def _known() -> dict[str, Theorem]:
    return {theorem.name: theorem for theorem in all_theorems()}


def _check(name: str, number: int) -> tuple[Finding, float]:
    """Check one part of a theorem, in a process of the pool."""
    started = time.perf_counter()
    finding = _known()[name].parts[number].check()
    return finding, time.perf_counter() - started


def establish(
    theorems: Sequence[Theorem], processes: int = 2, advance: Callable[[], object] = lambda: None
) -> Generator[tuple[Theorem, Outcome], None, None]:
    """Establish the theorems and yield each with its outcome, in order, as soon as it is known.

    `advance` is called once for each part that is done. The seconds of an outcome are those of its parts, added up.
    Processes are spawned, so a program that calls this must guard its main module as `multiprocessing` asks; with
    `processes` 1 there is none but this.
    """
    parts = [(theorem, number) for theorem in theorems for number in range(len(theorem.parts))]
    if processes > 1:
        parts.sort(key=_turn)
    works = [Work(f"{one.name}: {one.parts[number].name}", _check, (one.name, number)) for one, number in parts]
    found: dict[tuple[str, int], tuple[Finding, float]] = {}
    still = list(theorems)
    with closing(done_by_processes(works, processes)) as results:
        while still:
            of_first = [found.get((still[0].name, number)) for number in range(len(still[0].parts))]
            known = [each for each in of_first if each is not None]
            if len(known) == len(of_first):
                first = still.pop(0)
                yield first, first.outcome([finding for finding, _ in known], sum(seconds for _, seconds in known))
                continue
            place, result = next(results)
            theorem, number = parts[place]
            found[theorem.name, number] = result
            advance()


def _turn(part: tuple[Theorem, int]) -> int:
    """When it is begun: the parts that take longest first, the others in their order (sorting keeps it)."""
    theorem, number = part
    name = theorem.parts[number].name
    return LONG.index(name) if name in LONG else len(LONG)
