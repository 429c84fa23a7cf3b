"""Who is asked: how to ask, how to read the answer, and why one is absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.process import Command
from bench.question import Question


@dataclass(frozen=True)
class Answer:
    """What one said: `holds`, `deadlock`, `unknown`, or something else that went wrong.

    `states` and `transitions` are in its own measure; `length` is the number of steps of the counterexample, where
    steps are ours.
    """

    verdict: str
    states: int | None = None
    transitions: int | None = None
    length: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Subject:
    """A checker, or one way to use it.

    `ask` gives the commands for a question, or None if it cannot be put; `files` are copied into the folder in which
    the commands run; `absent` says why it cannot be asked at all, or is empty.
    """

    name: str
    about: str
    ask: Callable[[Question], Sequence[Command] | None]
    read: Callable[[str, int], Answer]
    files: Sequence[Path] = ()
    ours: bool = False
    absent: str = ""
    version: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def failed(output: str) -> Answer:
    """No answer at all: the last line said may tell why."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return Answer("failed", note=lines[-1][:120] if lines else "no output")
