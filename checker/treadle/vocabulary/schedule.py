"""A schedule file: the sequence of choices that determines one execution, as text that people read and keep.

It names threads and operations, never bytecode offsets or line numbers, so it survives other versions of
Python and unrelated edits. It is JSON with one choice a line: `consumer-1: wait queue.not_empty in get
[timeout]` is the thread, what it does, and (unless there is only one way to go on) in which way. The
program's path is kept relative to the file's own folder, so both can move together.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from treadle.vocabulary.options import Options
from treadle.vocabulary.trace import Choice
from treadle.vocabulary.verdict import Reason, Report

SUFFIX = ".schedule.json"
VERSION = 1
NO_LONGER_VIOLATES = "the schedule no longer violates"
"""How the message of a replay begins that ran to the end of the schedule and found nothing wrong."""

_MATTERING = ("wake_order", "spurious", "primitives", "include", "races", "max_accesses")
_REQUIRED: tuple[tuple[str, type, str], ...] = (
    ("program", str, "a text"),
    ("options", dict, "an object"),
    ("reason", str, "a text"),
    ("choices", list, "a list"),
)


class ScheduleError(ValueError):
    """A schedule file that cannot be understood; the message is one sentence that says where and why."""


def choice_text(choice: Choice) -> str:
    """The choice on one line.

    >>> choice_text(Choice("consumer-1", "wait q.not_empty in get", "timeout"))
    'consumer-1: wait q.not_empty in get [timeout]'
    """
    thread = choice.thread
    if not thread or ":" in thread or '"' in thread or not thread.isprintable() or thread != thread.strip():
        thread = json.dumps(thread)
    plain = choice.alternative == "go" and not choice.operation.endswith("]")
    return f"{thread}: {choice.operation}" + ("" if plain else f" [{choice.alternative}]")


def parse_choice(text: str) -> Choice:
    """The choice that the line says. Raises ScheduleError.

    >>> parse_choice("clock: tick")
    Choice(thread='clock', operation='tick', alternative='go')
    """
    match = re.fullmatch(r'("(?:[^"\\]|\\.)*"|[^":]+): (\S.*?)(?: \[([^\[\]]+)\])?', text, re.DOTALL)
    if match is None:
        raise ScheduleError(f"{text!r} does not read 'thread: operation' or 'thread: operation [alternative]'")
    thread, operation, alternative = match.groups()
    try:
        name = json.loads(thread) if thread.startswith('"') else thread
    except ValueError:
        raise ScheduleError(f"{text!r} begins with a quoted thread name that is no JSON string") from None
    return Choice(name, operation, alternative or "go")


@dataclass(frozen=True)
class Schedule:
    """One schedule of one program (`file.py::name`), with the options that its meaning depends on.

    `reason` is the violation that it led to. `cycle_start` is the index of the choice from which it repeats
    for ever, None if it ends.
    """

    program: str
    choices: tuple[Choice, ...]
    options: Options = field(default_factory=Options)
    reason: Reason | None = None
    cycle_start: int | None = None

    @classmethod
    def of(cls, report: Report, options: Options) -> Schedule:
        """The schedule of a report's counterexample. Raises ValueError if it has none."""
        found = report.counterexample
        if found is None:
            raise ValueError(f"{report.program}: no counterexample, so there is no schedule")
        told = {name: value for name, value in options.changed().items() if name in _MATTERING}
        choices = tuple(found.schedule)
        return cls(report.program, choices, Options(**told), report.reason, found.cycle_start)  # type: ignore[arg-type]

    def text(self) -> str:
        """The contents of the schedule file.

        >>> print(Schedule("q.py::pair", (Choice("clock", "tick"),), reason=Reason.DEADLOCK).text(), end="")
        {
          "treadle": 1,
          "program": "q.py::pair",
          "options": {},
          "reason": "deadlock",
          "choices": [
            "clock: tick"
          ]
        }
        """
        content: dict[str, object] = {"treadle": VERSION, "program": self.program}
        content["options"] = {name: value for name, value in self.options.changed().items() if name in _MATTERING}
        content["reason"] = self.reason or ""
        if self.cycle_start is not None:
            content["repeats_from"] = self.cycle_start + 1
        content["choices"] = [choice_text(choice) for choice in self.choices]
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """The schedule that the text says. Raises ScheduleError, one sentence for the first defect."""
        content = _checked_content(text)
        choices = _parse_choices(content["choices"], text)
        return cls(
            program=_checked_program(content["program"]),
            choices=choices,
            options=_parse_options(content["options"]),
            reason=_parse_reason(content["reason"]),
            cycle_start=_parse_repeats_from(content.get("repeats_from"), len(choices)),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all; the program's path relative to its folder. Raises OSError."""
        folder = Path(path).resolve().parent
        folder.mkdir(parents=True, exist_ok=True)
        file, _, name = self.program.rpartition("::")
        near = replace(self, program=f"{_relative(file, folder)}::{name}")
        temporary = folder / f".{Path(path).name}.{os.getpid()}"
        try:
            temporary.write_text(near.text(), encoding="utf-8")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Schedule:
        """Read a file that `save` wrote. Raises ScheduleError, whose sentence begins with the path."""
        try:
            schedule = cls.parse(Path(path).read_bytes().decode("utf-8"))
        except OSError as error:
            raise ScheduleError(f"{path}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise ScheduleError(f"{path}: not a schedule file: not UTF-8 text") from None
        except ScheduleError as error:
            raise ScheduleError(f"{path}: {error}") from None
        file, _, name = schedule.program.rpartition("::")
        here = _relative(str(Path(path).resolve().parent / file), Path.cwd())
        return replace(schedule, program=f"{here}::{name}")


def file_name(program: str) -> str:
    """How the schedule file of a program is called.

    >>> file_name("tests/test_queue.py::two_consumers")
    'test_queue--two_consumers.schedule.json'
    """
    file, _, name = program.rpartition("::")
    return re.sub(r"[^\w.-]", "_", f"{Path(file).stem}--{name}") + SUFFIX


def _relative(file: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(Path(file).resolve(), folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).resolve().as_posix()


def _checked_content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ScheduleError(f"line {error.lineno}: not a schedule file: no JSON ({error.msg})") from None
    except (ValueError, RecursionError):
        raise ScheduleError("not a schedule file: JSON with numbers or nesting out of bounds") from None
    if not isinstance(content, dict) or "treadle" not in content:
        raise ScheduleError('not a schedule file: a JSON object with the key "treadle" was expected')
    if content["treadle"] != VERSION or isinstance(content["treadle"], bool):
        known = f"this treadle reads version {VERSION}"
        raise ScheduleError(f"schedule file of version {content['treadle']!r}, but {known}")
    for key, kind, called in _REQUIRED:
        if key not in content:
            raise ScheduleError(f'the key "{key}" is missing')
        if not isinstance(content[key], kind):
            raise ScheduleError(f'"{key}" must be {called}, not {content[key]!r}')
    return content


def _checked_program(program: str) -> str:
    file, _, name = program.rpartition("::")
    if not file or not name.partition("(")[0].isidentifier():
        raise ScheduleError(f'"program" must read FILE::name, not {program!r}')
    return program


def _parse_choices(lines: Sequence[object], text: str) -> tuple[Choice, ...]:
    choices = []
    for number, line in enumerate(lines, 1):
        try:
            if not isinstance(line, str):
                raise ScheduleError(f"{line!r} is no text")
            choices.append(parse_choice(line))
        except ScheduleError as error:
            raise ScheduleError(f"{_where(line, number, text)}: {error}") from None
    return tuple(choices)


def _where(entry: object, number: int, text: str) -> str:
    written = {json.dumps(entry), json.dumps(entry, ensure_ascii=False)}
    for at, line in enumerate(text.splitlines(), 1):
        if line.strip().rstrip(",") in written:
            return f"line {at}, choice {number}"
    return f"choice {number}"


def _parse_options(told: dict[str, Any]) -> Options:
    for name in told:
        if name not in _MATTERING:
            raise ScheduleError(f"unknown option {name!r} (known are {', '.join(_MATTERING)})")
    default, values = Options(), dict(told)
    for name, value in told.items():
        if name == "include":
            if not (isinstance(value, list) and all(isinstance(module, str) for module in value)):
                raise ScheduleError(f"option 'include' must be a list of module names, not {value!r}")
            values[name] = tuple(value)
        elif type(value) is not type(getattr(default, name)):
            raise ScheduleError(f"option {name!r} cannot be {value!r}")
    try:
        return Options(**values)
    except ValueError as error:
        raise ScheduleError(f"options: {error}") from None


def _parse_reason(reason: str) -> Reason | None:
    if not reason:
        return None
    try:
        return Reason(reason)
    except ValueError:
        raise ScheduleError(f"unknown reason {reason!r} (known are {', '.join(Reason)})") from None


def _parse_repeats_from(number: object, choices: int) -> int | None:
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= choices:
        raise ScheduleError(f'"repeats_from" must be the number of a choice (1 to {choices}), not {number!r}')
    return number - 1
