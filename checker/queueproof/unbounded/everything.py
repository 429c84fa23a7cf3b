"""All theorems, and how their parts are shared out to processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from importlib.util import find_spec

from queueproof.unbounded.theorem import Finding, Outcome, Progress, Theorem
from queueproof.unbounded.theorems import (
    classes,
    fifo,
    grain,
    handing,
    joining,
    law,
    liveness,
    refinement,
    rules,
    safety,
    termination,
)

SUBJECTS = (safety, grain, fifo, law, refinement, termination, joining, liveness, handing, rules, classes)
ENGINES = {"z3": "z3-solver", "cvc5": "cvc5", "crosshair": "crosshair-tool"}


def theorems() -> list[Theorem]:
    """Every theorem, in the order in which they are best read."""
    return [theorem for subject in SUBJECTS for theorem in subject.theorems()]


def missing_engines() -> list[str]:
    """The packages of engines that this interpreter lacks; without them their theorems are not
    established.
    """
    return [package for module, package in ENGINES.items() if find_spec(module) is None]


@cache
def _known() -> dict[str, Theorem]:
    return {theorem.name: theorem for theorem in theorems()}


def _check(name: str, number: int) -> tuple[Finding, float]:
    """Check one part of a theorem, in a process of the pool."""
    started = time.perf_counter()
    finding = _known()[name].parts[number].check()
    return finding, time.perf_counter() - started


def prove_all(progress: Progress = lambda _: None, processes: int = 2) -> Iterator[tuple[Theorem, Outcome]]:
    """Prove every theorem and yield it with its outcome, in order, as soon as it is known.

    The seconds of an outcome are those of its parts, added up. Processes are spawned, so a program that
    calls this must guard its main module as :mod:`multiprocessing` asks.
    """
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        futures: dict[str, list[Future[tuple[Finding, float]]]] = {
            theorem.name: [pool.submit(_check, theorem.name, n) for n in range(len(theorem.parts))]
            for theorem in theorems()
        }
        for theorem in theorems():
            progress(f"{theorem.name}: {len(theorem.parts)} parts")
            found = [future.result() for future in futures[theorem.name]]
            yield theorem, theorem.outcome([f for f, _ in found], sum(seconds for _, seconds in found))
