"""SPIN: our own model in Promela, compiled and run; steps as fine as the code's, or a critical section a step."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.process import Command
from bench.question import DEADLOCK, HOLDS, Question
from bench.subject import Answer, Subject, failed

MODEL = Path(__file__).parent / "models" / "buffer.pml"


def subjects() -> list[Subject]:
    """SPIN in its two forms; and depth-first for a deadlock which need not be a shortest one."""
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    absent = f"{' and '.join(missing)} not installed" if missing else ""
    version = "" if missing else _version()
    return [
        Subject(name, about, ask, read, (MODEL,), absent=absent, version=version)
        for name, about, ask in (
            ("SPIN, atomic", "a model; critical sections made one step by hand", asking()),
            ("SPIN, fine", "a model; steps as in the code, partial-order reduction", asking("-DFINE")),
            ("SPIN, depth-first", "as atomic; the first deadlock it meets, not a shortest", asking(shortest=False)),
        )
    ]


def _version() -> str:
    return subprocess.run(["spin", "-V"], capture_output=True, text=True).stdout.strip()


def asking(*defines: str, shortest: bool = True) -> Callable[[Question], Sequence[Command] | None]:
    """The commands: generate, compile, run. Breadth-first where there is a deadlock, so that it is a shortest one."""

    def ask(question: Question) -> Sequence[Command] | None:
        if question.conditions == 2 and not shortest:
            return None  # it would be the same once more
        items = ("-DENDLESS",) if question.items is None else (f"-DN={question.items}",)
        fault = ("-DONE",) if question.conditions == 1 else ()
        size = (f"-DP={question.producers}", f"-DC={question.consumers}", f"-DK={question.capacity}")
        search = ("-DBFS",) if question.conditions == 1 and shortest else ()
        wide = ("-DVECTORSZ=4096",) if question.producers + question.consumers > 24 else ()
        return [
            ("spin", "-a", *size, *items, *fault, *defines, MODEL.name),
            ("gcc", "-O2", "-w", "-DSAFETY", *search, *wide, "-o", "pan", "pan.c"),
            ("./pan", f"-m{100_000 if shortest else 1_000_000}"),
        ]

    return ask


def read(output: str, status: int) -> Answer:
    """What `pan` prints. A search that did not reach everything is no pass."""
    errors = re.search(r"errors: (\d+)", output)
    if errors is None:
        return failed(output)
    states = re.search(r"(\d+) states, stored", output)
    transitions = re.search(r"(\d+) transitions \(", output)
    counts = (int(states[1]) if states else None, int(transitions[1]) if transitions else None)
    if re.search(r"invalid end state \(at depth", output):
        return Answer(DEADLOCK, *counts)
    if errors[1] != "0":
        return Answer("failed", *counts, note="an error that is no deadlock")
    if "Search not completed" in output or "max search depth too small" in output:
        return Answer("unknown", *counts, note="search not completed")
    return Answer(HOLDS, *counts)
