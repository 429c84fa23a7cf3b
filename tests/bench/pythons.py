"""The peers that execute Python code: each has a small program of its own in `peers`, which prints one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.process import Command
from bench.question import Question
from bench.subject import Answer, Subject, failed

FOLDER = Path(__file__).parent / "peers"


def subject(peers: Path, name: str, about: str, version: str, launcher: str = "") -> Subject:
    """The peer of that name as installed in that virtual environment; version is empty if it is not."""
    python = str(peers / "bin" / "python")
    script = FOLDER / f"{name.replace('-', '_')}_program.py"
    before = (str(peers / "bin" / launcher),) if launcher else ()

    def ask(question: Question) -> Sequence[Command] | None:
        if question.items is None:
            return None  # each schedule is executed to its end
        return [(*before, python, script.name, *map(str, (question.conditions, *question.numbers)))]

    return Subject(
        name,
        about,
        ask,
        read,
        (script, FOLDER / "buffer.py"),
        absent="" if version else "not installed",
        version=version,
    )


def read(output: str, status: int) -> Answer:
    """The last line is the answer; `states` are schedules here."""
    lines = output.strip().splitlines()
    try:
        told = json.loads(lines[-1])
        return Answer(told["verdict"], told.get("schedules"), note=told.get("note", ""))
    except (IndexError, ValueError, KeyError, TypeError):
        return failed(output)
