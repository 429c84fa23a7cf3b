"""Our side: `treadle check` as a process, on real queues."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from bench.process import Command
from bench.question import Question
from bench.subject import Answer, Subject, failed

PROGRAMS = Path(__file__).parent / "programs" / "buffers.py"
BOUNDS = ("--max-states", "1000000000", "--max-executions", "1000000000", "--max-seconds", "1000000")
"""No bound of its own: the cap of the benchmark is what ends it."""


def subjects() -> list[Subject]:
    """Treadle on each of the queues."""
    told = f"treadle {version('treadle')}"
    return [
        Subject(name, about, asking(program, *options), read, ours=True, version=told)
        for name, about, program, options in (
            ("MonitorQueue", "one lock, two conditions", "monitor", ()),
            ("queue.Queue", "the standard library's own source", "standard", ()),
            (
                "queue.Queue, tagged",
                "items that tell their maker, order asserted, CPython's source of Condition",
                "tagged",
                ("--primitives", "stdlib"),
            ),
            ("BoundedQueue", "another design: puts take turns, no lock on get", "fast", ()),
        )
    ]


def asking(program: str, *options: str) -> Callable[[Question], Sequence[Command] | None]:
    """How treadle is asked about that program of ours; of the faulty queue only `monitor` has a variant."""

    def ask(question: Question) -> Sequence[Command] | None:
        name = program
        if question.conditions == 1 or question.items is None:
            if program != "monitor":
                return None
            if question.items is None:
                name = "endless" if question.conditions == 1 else "endless_monitor"
            else:
                name = "one_condition"
        target = f"{PROGRAMS}::{name}({', '.join(map(str, question.numbers))})"
        treadle = str(Path(sys.executable).with_name("treadle"))
        return [(treadle, "check", "--json", "--quiet", "--include", "boundedqueue", *BOUNDS, *options, target)]

    return ask


def read(output: str, status: int) -> Answer:
    """What `treadle check --json` says; a violation that is no deadlock keeps its own name."""
    try:
        (told,) = json.loads(output)["programs"]
    except (ValueError, KeyError, TypeError):
        return failed(output)
    found = told["counterexample"]
    return Answer(
        told["reason"] if told["verdict"] == "violated" else told["verdict"],
        told["states"],
        told["transitions"],
        len(found["schedule"]) if found else None,
        told["message"] if told["verdict"] == "unknown" else "",
    )
