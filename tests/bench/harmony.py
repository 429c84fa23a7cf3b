"""Harmony: our own model in its language, with threads that are identical."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bench.process import Command
from bench.question import DEADLOCK, HOLDS, Question
from bench.subject import Answer, Subject, failed

MODEL = Path(__file__).parent / "models" / "buffer.hny"


def subject(peers: Path, version: str) -> Subject:
    """Harmony as installed in that virtual environment; version is empty if it is not."""
    tool = peers / "bin" / "harmony"

    def ask(question: Question) -> Sequence[Command] | None:
        if question.items is None:
            return None  # it calls every program that never ends a non-terminating one
        numbers = zip("PCNK", question.numbers, strict=True)
        constants = [f"{name}={number}" for name, number in numbers] + [f"TWO={question.conditions == 2}"]
        told = [word for constant in constants for word in ("-c", constant)]
        return [(str(tool), "--noweb", "--suppress", *told, MODEL.name)]

    absent = "" if version and tool.exists() else "not installed"
    return Subject("Harmony", "a model in its own language", ask, read, (MODEL,), absent=absent, version=version)


def read(output: str, status: int) -> Answer:
    """What it prints; a state from which not all threads can end is the deadlock."""
    states = re.search(r"(\d+) states \(", output)
    edges = re.search(r"/(\d+) computations/edges", output)
    counts = (int(states[1]) if states else None, int(edges[1]) if edges else None)
    if "No issues found" in output:
        return Answer(HOLDS, *counts)
    if "Non-terminating state" in output:
        return Answer(DEADLOCK, *counts)
    return failed(output)
