"""`@treadle.checked`: a program that is its own test.

Calling the decorated function checks every interleaving of it and raises AssertionError, with the readable
report as its text, unless the verdict is the expected one. pytest collects such functions whatever their
names are. treadle reads the file from disk and loads it a second time, in a sandbox; there the decorator
gives back the plain function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from treadle.report.text import completed
from treadle.sandbox.guards import MARK
from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import Schedule, file_name
from treadle.vocabulary.verdict import Reason, Report, Verdict

ATTRIBUTE = "__treadle_checked__"
"""The attribute of a decorated function that holds its `Checked`."""


class Checked:
    """A program with the options of its check and the verdict that is expected."""

    def __init__(self, program: FunctionType, options: Options, expect: Verdict, reason: Reason | None) -> None:
        self.file = Path(program.__code__.co_filename)
        self.name = program.__name__
        self.options, self.expect, self.reason = options, expect, reason

    def run(self, schedules: Path | None = None) -> None:
        """Check the program; raise AssertionError unless it comes out as expected.

        `schedules` is a folder that keeps the schedule of each failure: one that is there is replayed first,
        so what failed once fails again at once.
        """
        stored = schedules / file_name(f"{self.file}::{self.name}") if schedules else None
        expected_to_hold = self.expect is Verdict.HOLDS
        if stored is not None and expected_to_hold and stored.exists():
            self._replay(stored)
        report = completed(self._check())
        if stored is not None and expected_to_hold and report.counterexample:
            Schedule.of(report, self.options).save(stored)
        self._judge(report)

    def _check(self) -> Report:
        from treadle.checking import check_file

        return check_file(self.file, self.name, self.options)[0]

    def _replay(self, stored: Path) -> None:
        """Raise AssertionError if the stored schedule still violates; the full check says everything else."""
        from treadle.checking import replay

        schedule = Schedule.load(stored)
        report = completed(replay(schedule, schedule.options))
        if report.verdict is Verdict.VIOLATED:
            raise AssertionError(f"the schedule of {stored} still violates\n\n{told(report)}")

    def _judge(self, report: Report) -> None:
        if report.verdict is self.expect and self.reason in (None, report.reason):
            return
        wanted = f"{self.expect}: {self.reason}" if self.reason else str(self.expect)
        raise AssertionError(f"expected {wanted}, found:\n\n{told(report)}")


def told(report: Report) -> str:
    """The readable report of any verdict."""
    if report.counterexample is not None:
        return report.counterexample.text
    why = f" ({report.reason})" if report.reason else ""
    return "\n".join([f"{report.program}: {report.verdict}{why}: {report.message}".rstrip(": "), *report.warnings])


def checked(
    *, expect: str = "holds", reason: str | None = None, **options: Any
) -> Callable[[Callable[[], object]], Callable[[], None]]:
    """Decorate a program, a module-level function without parameters, to make a test of it.

    `options` are those of `treadle.check`. `expect` is the verdict and `reason` the reason that the check
    must come to: `expect="violated", reason="deadlock"` asserts that a fault is found. Raises TypeError for a
    function that is no program or an unknown option, ValueError for a value that an option cannot have.

        @treadle.checked(max_states=100_000)
        def two_consumers(): ...
    """
    verdict, why = Verdict(expect), None if reason is None else Reason(reason)
    if why is not None and verdict is not Verdict.VIOLATED:
        raise ValueError(f"a reason ({why}) goes with expect='violated' only")
    known = Options(**options)

    def decorate(program: Callable[[], object]) -> Callable[[], None]:
        function = _checked_program(program)
        if MARK in function.__globals__:
            return function
        test = Checked(function, known, verdict, why)

        @functools.wraps(function)
        def run() -> None:
            test.run()

        setattr(run, ATTRIBUTE, test)
        return run

    return decorate


def _checked_program(program: object) -> FunctionType:
    if not isinstance(program, FunctionType):
        raise TypeError(f"checked() decorates a function, not {program!r}; write @checked(), with parentheses")
    code = program.__code__
    if program.__qualname__ != program.__name__ or code.co_argcount or code.co_kwonlyargcount or code.co_flags & 0x0C:
        raise TypeError(f"{program.__qualname__} is no program: a module-level function without parameters is needed")
    return program
