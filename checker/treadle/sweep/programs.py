"""Check many programs: what is to be done, who does it, and the reports in the order of the programs.

A single program is explored here; its large levels are cut among the workers (`treadle.sweep.helping`).

Whoever does it, the reports are the same; only their seconds may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from treadle.checking import located, program_names
from treadle.sandbox.importer import LoadError
from treadle.sweep.folder import Folder
from treadle.sweep.helping import hands_of
from treadle.sweep.identity import SweepError, different, this_checker
from treadle.sweep.task import Done, Task, perform, perform_here
from treadle.sweep.workers import Work, done_by_executor, done_by_processes, processors
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Report

ProgramLike = Callable[..., object] | str | tuple[str | Path, str]
WithOptions = tuple[ProgramLike, Mapping[str, Any]]


def check_all(
    programs: Iterable[ProgramLike | WithOptions],
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    resume: str | Path | None = None,
    **options: Any,
) -> list[Report]:
    """Check every one of the programs and give their reports, in that order; see `treadle.check_all`."""
    tasks = [_task(*_with_options(each, options)) for each in programs]
    if not tasks:
        raise ValueError("there is no program to check; name one")
    if executor is not None and jobs is not None:
        raise ValueError("an executor has its own workers: pass executor or jobs, not both")
    if jobs is not None and (not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 1):
        raise ValueError(f"jobs must be a positive whole number, not {jobs!r}")
    tasks = _checked(tasks)
    workers = executor or jobs or processors()
    if len(tasks) == 1 and resume is None:
        with hands_of(workers) as hands:
            return started(tasks[0].told, tasks[0].name, [perform_here(tasks[0], hands)])
    with nullcontext() if resume is None else closing(Folder(Path(resume))) as folder:
        reports = sweep(tasks, workers, folder)
    return [one for task, report in zip(tasks, reports, strict=True) for one in started(task.told, task.name, [report])]


def sweep(
    tasks: Sequence[Task],
    workers: Executor | int,
    folder: Folder | None = None,
    finished: Callable[[int], object] = lambda count: None,
) -> list[Report | None]:
    """Perform the tasks, by so many processes or by the executor; the report of each, None if it starts no thread.

    What the folder has is not done again. `finished` is told how many are finished, whenever that changes. Raises
    `SweepError` or `LoadError` as soon as there is reason to; what was finished by then is in the folder.
    """
    found = {} if folder is None else {n: done for n, task in enumerate(tasks) if (done := folder.found(task))}
    finished(len(found))
    open_tasks = [number for number in range(len(tasks)) if number not in found]
    for place, done in _performed([tasks[number] for number in open_tasks], workers):
        task = tasks[open_tasks[place]]
        if changed := different(done.digests):
            raise SweepError(f"{task.label}: {changed} is not the same here as where it was checked; check again")
        if folder is not None:
            folder.keep(task, done)
        found[open_tasks[place]] = done
        finished(len(found))
    return [found[number].report for number in range(len(tasks))]


def _performed(tasks: Sequence[Task], workers: Executor | int) -> Iterator[tuple[int, Done]]:
    works = [Work(task.label, perform, (task, this_checker())) for task in tasks]
    return done_by_processes(works, workers) if isinstance(workers, int) else done_by_executor(works, workers)


def tasks_of(file: str, name: str | None, options: Options) -> list[Task]:
    """The programs of a file, or the one of that name, each a task. Raises `LoadError` as a check does."""
    names = program_names(file, None if name is None else [name], options)
    return [Task(file, str(Path(file).resolve()), each, options) for each in names]


def started(file: str, name: str | None, reports: Sequence[Report | None]) -> list[Report]:
    """The reports on one program of a file, or on all if `name` is None: those that start threads, and there must be
    one.
    """
    found = [report for report in reports if report is not None]
    if found:
        return found
    if name is not None:
        raise LoadError(f"{file}: {name} starts no thread; a program makes threads and starts them")
    raise LoadError(f"{file}: no function in this file is a program; write one without parameters that starts threads")


def _with_options(program: ProgramLike | WithOptions, common: Mapping[str, Any]) -> tuple[ProgramLike, Options]:
    if isinstance(program, tuple) and len(program) == 2 and isinstance(program[1], Mapping):
        return program[0], Options(**{**common, **program[1]})
    return program, Options(**common)


def _task(program: ProgramLike, options: Options) -> Task:
    file, name = located(program)
    return Task(str(file), str(Path(file).resolve()), name, options)


def _checked(tasks: Sequence[Task]) -> list[Task]:
    """The tasks with the names of their programs in full; what cannot be loaded is found out before any work begins."""
    together: dict[tuple[str, tuple[str, ...], str], list[int]] = {}
    for number, task in enumerate(tasks):
        loading = (task.told, tuple(task.options.include), task.options.primitives)
        together.setdefault(loading, []).append(number)
    checked = list(tasks)
    for (told, _, _), numbers in together.items():
        names = program_names(told, [tasks[number].name for number in numbers], tasks[numbers[0]].options)
        for number, name in zip(numbers, names, strict=True):
            checked[number] = replace(tasks[number], name=name)
    return checked
