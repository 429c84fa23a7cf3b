"""All theorems, those for every capacity and those by exploration, and how their parts are shared out to processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache

from queueproof import bridging, exploration, fast, starvation, unbounded
from queueproof.unbounded.theorem import Finding, Outcome, Theorem


def all_theorems() -> list[Theorem]:
    """Every theorem, in the order in which they are best read."""
    parts = (unbounded, bridging, starvation, exploration, fast)
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
) -> Iterator[tuple[Theorem, Outcome]]:
    """Establish the theorems and yield each with its outcome, in order, as soon as it is known.

    `advance` is called once for each part that is done. The seconds of an outcome are those of its parts, added up.
    Processes are spawned, so a program that calls this must guard its main module as `multiprocessing` asks.
    """
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        futures: dict[str, list[Future[tuple[Finding, float]]]] = {
            theorem.name: [pool.submit(_check, theorem.name, number) for number in range(len(theorem.parts))]
            for theorem in theorems
        }
        for of_theorem in futures.values():
            for future in of_theorem:
                future.add_done_callback(lambda _: advance())
        for theorem in theorems:
            found = [future.result() for future in futures[theorem.name]]
            yield theorem, theorem.outcome([f for f, _ in found], sum(seconds for _, seconds in found))
