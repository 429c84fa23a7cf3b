"""Put the questions to everybody, one process at a time, and note what came of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.process import Caps, Run, run
from bench.question import HOLDS, Question
from bench.subject import Answer, Subject

RIGHT = "right"


@dataclass(frozen=True)
class Cell:
    """One question put to one subject: the outcome, and the least of all repeats in each measure.

    The outcome is `right`, perhaps within a bound, or says what it was instead: wrong, inconclusive, failed, cut,
    absent, not tried, or a question that cannot be put.
    """

    question: str
    subject: str
    outcome: str
    seconds: float | None = None
    cpu: float | None = None
    megabytes: float | None = None
    states: int | None = None
    transitions: int | None = None
    length: int | None = None
    repeats: tuple[float, ...] = ()

    @property
    def right(self) -> bool:
        """Was the answer the right one, every time?"""
        return self.outcome.startswith(RIGHT)


@dataclass(frozen=True)
class Plan:
    """How often each question is put, and the caps for us and for the peers."""

    repeats: int
    ours: Caps
    peers: Caps

    def caps(self, subject: Subject) -> Caps:
        """The caps for that subject."""
        return self.ours if subject.ours else self.peers


def measured(
    questions: Sequence[Question], subjects: Sequence[Subject], plan: Plan, tell: Callable[[Cell], None]
) -> list[Cell]:
    """A cell for each question and subject. Whoever was cut is not asked for more of the same."""
    cut: dict[str, list[Question]] = {}
    cells = []
    for question in questions:
        row = list(_asked(question, subjects, plan, cut, tell))
        for cell in row:
            if cell.outcome.startswith("cut"):
                cut.setdefault(cell.subject, []).append(question)
        cells += row
    return cells


def _asked(
    question: Question,
    subjects: Sequence[Subject],
    plan: Plan,
    cut: dict[str, list[Question]],
    tell: Callable[[Cell], None],
) -> Iterator[Cell]:
    """One row: everybody once, then everybody again, so that what else the machine does falls on all alike."""
    cells = {}
    for repeat in range(plan.repeats):
        for subject in subjects:
            before = cells.get(subject.name)
            if repeat and not (before and before.right):
                continue
            cell = _reason(question, subject, cut) or _cell(question, subject, plan.caps(subject))
            tell(cell)
            cells[subject.name] = _best(before, cell) if before else cell
    yield from cells.values()


def _reason(question: Question, subject: Subject, cut: dict[str, list[Question]]) -> Cell | None:
    """The cell of a question that is not put, or None if it is."""
    smaller = next((each for each in cut.get(subject.name, ()) if each.within(question)), None)
    if subject.absent:
        outcome = f"absent: {subject.absent}"
    elif subject.ask(question) is None:
        outcome = "cannot be put"
    elif smaller is not None:
        outcome = f"not tried: cut at {smaller}"
    else:
        return None
    return Cell(str(question), subject.name, outcome)


def _cell(question: Question, subject: Subject, caps: Caps) -> Cell:
    commands = subject.ask(question)
    assert commands is not None
    with tempfile.TemporaryDirectory() as folder:
        for file in subject.files:
            shutil.copy(file, folder)
        came = run(commands, Path(folder), caps, subject.environment)
    answer = subject.read(came.output, came.status)
    if came.cut:  # what it had taken until then, its children had, and they cannot be asked any more
        return Cell(str(question), subject.name, outcome(question, came, answer), came.seconds)
    return Cell(
        str(question),
        subject.name,
        outcome(question, came, answer),
        came.seconds,
        came.cpu,
        came.megabytes,
        answer.states,
        answer.transitions,
        answer.length,
        (came.seconds,),
    )


def outcome(question: Question, came: Run, answer: Answer) -> str:
    """In words, what the answer is worth."""
    if came.cut:
        return f"cut: {came.cut}"
    if answer.verdict == question.expected:
        bounded = answer.note and question.expected == HOLDS
        return f"{RIGHT}, {answer.note}" if bounded else RIGHT
    if answer.verdict == "unknown":
        return f"inconclusive: {answer.note}" if answer.note else "inconclusive"
    if answer.verdict.startswith("failed"):
        return f"{answer.verdict}: {answer.note}" if answer.note else answer.verdict
    return f"wrong: {answer.verdict}"


def _best(one: Cell, other: Cell) -> Cell:
    """Both repeats as one cell: the least of each, and wrong once is wrong."""
    if not other.right:
        return other
    least = {
        name: min(mine, its)
        for name in ("seconds", "cpu", "megabytes")
        if (mine := getattr(one, name)) is not None and (its := getattr(other, name)) is not None
    }
    return replace(one, **least, repeats=one.repeats + other.repeats)
