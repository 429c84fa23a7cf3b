"""A task: one program under one set of options, checked by whoever is told to, anywhere.

Tasks and what comes of them are plain data, so that any executor can carry them.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from treadle.checking import check_program, program_names
from treadle.sandbox.importer import LoadError
from treadle.strategies.cutting import Hands
from treadle.sweep.identity import Checker, SweepError, complain_unless_same, portable
from treadle.terminal import silenced
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Report

_ONE_AT_A_TIME = threading.Lock()
"""A check has its process to itself: executors whose workers have several threads wait for each other here."""


@dataclass(frozen=True)
class Task:
    """One program to be checked. `told` is the file as it was named, for people; `file` is where it is."""

    told: str
    file: str
    name: str
    options: Options

    @property
    def label(self) -> str:
        """What the program is called in reports."""
        return f"{self.told}::{self.name}"


@dataclass(frozen=True)
class Done:
    """What came of a task: the report, or None if the program starts no thread; and what was under check."""

    report: Report | None
    digests: Mapping[str, str]


def perform(task: Task, checker: Checker) -> Done:
    """Check the program of a task here, for `checker`.

    Raises `SweepError` if here is another checker, or lacks what the program needs; `LoadError` as a check does.
    """
    complain_unless_same(checker)
    with _ONE_AT_A_TIME, silenced():
        try:
            report, digests = check_program(task.file, task.name, task.options)
        except LoadError:
            _complain_if_lacking(task)
            raise
    return Done(report and replace(report, program=task.label), portable(digests))


def perform_here(task: Task, hands: Hands | None) -> Report | None:
    """The report on the program of a task, explored by this process; `hands` step large levels too."""
    with _ONE_AT_A_TIME, silenced():
        report, _ = check_program(task.file, task.name, task.options, hands)
    return report and replace(report, program=task.label)


def _complain_if_lacking(task: Task) -> None:
    """Whoever made the task could load the program; say so if it cannot be loaded here."""
    if not Path(task.file).is_file():
        raise _lacking(task, f"it has no file {task.file}") from None
    try:
        program_names(task.file, [task.name], task.options)
    except LoadError as error:
        raise _lacking(task, str(error)) from None


def _lacking(task: Task, why: str) -> SweepError:
    remedy = "give the workers the same files in the same places, and the same packages"
    return SweepError(f"{task.label}: a worker on {platform.node()} cannot load the program ({why}); {remedy}")
