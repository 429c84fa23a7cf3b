"""Check a program: choose how to explore it, judge what was found, and give a verdict.

A counterexample is replayed on the real code before it is shown; if the replay does not show the violation again, the
verdict is `unknown`. `holds` needs everything: no bound hit, nothing nondeterministic, every state judged.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from treadle.certificate.destination import checked_destination
from treadle.certificate.recorder import Recorder
from treadle.certificate.writer import write as certify
from treadle.kernel.execution import Choice, Diverged
from treadle.kernel.judging import InvariantViolated
from treadle.properties import progress as progressing
from treadle.properties.refinement import SpecificationViolated
from treadle.properties.states import lost_wakeup, race
from treadle.sandbox.importer import LoadError, Sandbox, programs
from treadle.sandbox.runtime import Refused
from treadle.strategies.cutting import Hands
from treadle.strategies.replay import Replay, replay_words
from treadle.strategies.states import Exploration, Explorer, Found, Progress
from treadle.strategies.tables import collision_probability
from treadle.strategies.worlds import collect, quiet_finalisers
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.schedule import NO_LONGER_VIOLATES, Schedule
from treadle.vocabulary.trace import Counterexample
from treadle.vocabulary.verdict import Reason, Report, Verdict

DIVERGED = (
    "the program is not deterministic ({}); likely causes: the wall clock, random numbers without a seed, the order "
    "of a set, id(), or state that survives an execution"
)

WORTH_TELLING = 1e-9
"""A smaller probability that two states were taken for one is not told."""

P = ParamSpec("P")
R = TypeVar("R")


def _telling_refusals(function: Callable[P, R]) -> Callable[P, R]:
    """What is refused while the function runs becomes a `LoadError`, and nothing is left of the execution."""

    @functools.wraps(function)
    def telling(*arguments: P.args, **named: P.kwargs) -> R:
        with quiet_finalisers():
            try:
                return function(*arguments, **named)
            except Refused as refusal:
                told = str(refusal)
            collect(youngest=False)
        raise LoadError(told)

    return telling


def check(
    program: Callable[..., object] | str | tuple[str | Path, str], *, arguments: Sequence[object] = (), **options: Any
) -> Report:
    """Explore every interleaving of a program and report what was found.

    `program` is a module-level function, or "FILE::name", or (file, name); `arguments` are plain values that make a
    closed program of a function with parameters; the options are those of `treadle.vocabulary.options.Options`. Raises
    TypeError for something that is no program or an unknown option, ValueError for a value that an option cannot have,
    and `LoadError` if the file cannot be loaded.
    """
    path, name = located(program)
    told = f"{name}({', '.join(map(repr, arguments))})" if arguments else name
    (report,) = check_file(path, told, Options(**options))
    return report


@_telling_refusals
def check_file(
    path: str | Path, name: str | None, options: Options, progress: Progress | None = None, hands: Hands | None = None
) -> list[Report]:
    """Check one program of a file, or every program in it if `name` is None: those functions that start threads.

    `name` may carry arguments, as in `buffer(2, 1)`. Raises `LoadError` if the file cannot be loaded, has no such
    program, or none that starts a thread. `hands` step large levels too.
    """
    if options.certificate:
        checked_destination(options.certificate, name)
    sandbox = Sandbox(Path(path), include=options.include, primitives=options.primitives)
    module = sandbox.load()
    if name is not None:
        program = _program(sandbox, name)
        report = _Check(sandbox, program, str(path), options, progress, hands).report()
        if report is not None:
            return [report]
        line = getattr(module, program.name).__code__.co_firstlineno
        raise LoadError(f"{path}:{line}: {name} starts no thread; a program makes threads and starts them")
    checks = (_Check(sandbox, Program(each), str(path), options, progress, hands) for each in programs(module))
    reports = [report for each in checks if (report := each.report()) is not None]
    if not reports:
        raise LoadError(
            f"{path}: no function in this file is a program; write one without parameters that starts threads"
        )
    return reports


@_telling_refusals
def check_program(
    path: str | Path, name: str, options: Options, hands: Hands | None = None
) -> tuple[Report | None, dict[str, str]]:
    """Check one program in a sandbox of its own; the report is None if it starts no thread.

    With it comes the digest of each file that was under check.
    """
    sandbox = Sandbox(Path(path), include=options.include, primitives=options.primitives)
    sandbox.load()
    return _Check(sandbox, _program(sandbox, name), str(path), options, None, hands).report(), sandbox.digests


@_telling_refusals
def program_names(path: str | Path, names: Sequence[str] | None, options: Options) -> list[str]:
    """The programs of a file that go by these names, or may be programs if it is None; `LoadError` as `check_file`."""
    sandbox = Sandbox(Path(path), include=options.include, primitives=options.primitives)
    module = sandbox.load()
    return programs(module) if names is None else [str(_program(sandbox, name)) for name in names]


def _program(sandbox: Sandbox, text: str) -> Program:
    """The program that the text names, after a check that there is one."""
    try:
        program = Program.parse(text)
    except ValueError as error:
        raise LoadError(str(error)) from None
    if not program.arguments:
        sandbox.program(program.name)
    elif not inspect.isfunction(getattr(sandbox.modules[sandbox.modname], program.name, None)):
        raise LoadError(f"{sandbox.file}: there is no function {program.name!r}; check the name")
    return program


@_telling_refusals
def replay(schedule: Schedule, options: Options) -> Report:
    """Replay one recorded schedule on the real code.

    The verdict is `violated` if it still violates; else `unknown`, with a message that says that the schedule no
    longer violates, or which of its choices was not possible. Raises `LoadError` as `check_file` does.
    """
    path, _, name = schedule.program.rpartition("::")
    sandbox = Sandbox(Path(path), include=options.include, primitives=options.primitives)
    sandbox.load()
    started = time.monotonic()
    run, impossible = replay_words(sandbox, _program(sandbox, name), options, schedule.choices)
    try:
        reason, message = _violation(run, options.races)
        if reason is None and schedule.cycle_start is not None and not impossible:
            reason, message = Reason.LIVELOCK, "the cycle can be followed again"
        shown = _counterexample(run, schedule.cycle_start)
    finally:
        run.close()
    report = Report(
        schedule.program,
        Verdict.UNKNOWN,
        strategy="replay",
        executions=1,
        steps=len(run.schedule),
        seconds=time.monotonic() - started,
    )
    if reason is not None:
        return replace(
            report, verdict=Verdict.VIOLATED, reason=reason, message=message, counterexample=shown, violations=1
        )
    message = f"the schedule diverged: {impossible}" if impossible else NO_LONGER_VIOLATES
    return replace(report, message=message)


def located(program: Callable[..., object] | str | tuple[str | Path, str]) -> tuple[str | Path, str]:
    """The file and the name of a program, however it is named; TypeError for something that is no program."""
    if isinstance(program, tuple):
        return program
    if isinstance(program, str):
        path, separator, name = program.rpartition("::")
        if not separator:
            raise TypeError(f"name the program too, as in {program}::my_program")
        return path, name
    if not inspect.isfunction(program) or program.__qualname__ != program.__name__:
        raise TypeError(f"a program is a module-level function, not {program!r}")
    return inspect.getfile(program), program.__name__


class _Check:
    """The check of one program."""

    def __init__(
        self, sandbox: Sandbox, program: Program, path: str, options: Options, progress: Progress | None = None,
        hands: Hands | None = None,
    ) -> None:  # fmt: skip
        self.sandbox, self.program, self.options, self.progress = sandbox, program, options, progress
        self.label = f"{path}::{program}"
        every = options.go_on or bool(options.certificate)  # each violation counts, or each transition
        asked = replace(options, alone_first=options.alone_first and not every)
        self.explorer = Explorer(sandbox, program, asked, progress)
        self.explorer.hands = hands
        self.recorder = Recorder(self.explorer) if options.certificate else None

    def report(self) -> Report | None:
        """The report; None if the program starts no thread."""
        try:
            exploration = self._explored()
            self.explorer.worlds.close()  # what the last executions have to say counts
            verdict = self._judged(exploration)
        finally:
            self.explorer.worlds.close()
        if self.explorer.most_threads < 2 and not exploration.found:
            return None
        worlds = self.explorer.worlds
        report = replace(
            verdict,
            states=len(exploration.states),
            transitions=exploration.transitions,
            executions=worlds.executions,
            steps=worlds.steps,
            seconds=time.monotonic() - self.explorer.started,
            strategy=self.options.strategy,
            bounds=self._bounds(),
            violations=len(exploration.found) or (1 if verdict.verdict is Verdict.VIOLATED else 0),
            audited=self.explorer.audit.audited if self.options.audit else None,
            warnings=tuple(self._warnings(exploration)),
        )
        if self.recorder is not None:
            certify(self.options.certificate, report, self.explorer, self.recorder)
        return report

    def _explored(self) -> Exploration:
        """What was explored. A violation that is reached by steps that were done first, without a choice, need not be a
        shortest one, so it is searched for again without them."""
        explorer = self.explorer
        exploration = explorer.explore()
        if exploration.found and exploration.found[0].state.forced():
            asked, visible = explorer.options, explorer.visible
            explorer.options = replace(asked, alone_first=False)
            again = explorer.explore()
            if again.found and not again.diverged:
                return again
            explorer.options, explorer.visible = asked, visible
        return exploration

    def _again(self, options: Options) -> Explorer:
        """An explorer for another search of the same program; the bounds are those of the whole check."""
        before, again = self.explorer, Explorer(self.sandbox, self.program, options, self.progress)
        again.visible, again.locksets, again.judged = before.visible, before.locksets, before.judged
        again.hands, again.started, again.worlds.executions = before.hands, before.started, before.worlds.executions
        return again

    def _bounds(self) -> dict[str, object]:
        return {name: getattr(self.options, name) for name in ("max_states", "max_seconds", "max_executions")}

    def _judged(self, exploration: Exploration) -> Report:
        if exploration.found:
            return self._violated(exploration.found[0])
        unknown = self._doubt(exploration)
        if unknown:
            return Report(self.label, Verdict.UNKNOWN, message=unknown)
        return self._livelocked(exploration) or Report(self.label, Verdict.HOLDS)

    def _doubt(self, exploration: Exploration) -> str:
        """Why the search, although it found nothing, is no proof."""
        if exploration.stuck is not None:
            place = exploration.stuck
            return (
                f"{place.file}:{place.line}: a thread never reaches a scheduling point: {place.text!r} went on for "
                f"{self.options.max_accesses} accesses; let it wait, or raise max_accesses"
            )
        if exploration.diverged:
            return DIVERGED.format(exploration.diverged)
        if self.explorer.worlds.reasons:
            return DIVERGED.format("; ".join(self.explorer.worlds.reasons))
        if self.explorer.worlds.doubts:
            return "; ".join(self.explorer.worlds.doubts)
        return f"the search was cut short: {exploration.bound}" if exploration.bound else ""

    def _races(self, exploration: Exploration) -> Iterator[str]:
        """Each place that two threads touch at once, in words."""
        for state in exploration.races.values():
            run = self._replayed(state.path())
            if run is not None:
                told = _race(run)
                run.close()
                if told:
                    yield told

    def _warnings(self, exploration: Exploration) -> list[str]:
        doubtful = exploration.diverged or self.options.races
        return [
            *dict.fromkeys(() if doubtful else self._races(exploration)),
            *self._left_locked(exploration),
            *_told_by_fingerprints(exploration.fingerprinted),
            *(f"not seen whole, so never merged: {reason}" for reason in sorted(exploration.unseen)),
            *(f"not deterministic: {reason}" for reason in self.explorer.worlds.reasons),
        ]

    def _left_locked(self, exploration: Exploration) -> Iterator[str]:
        run = self._replayed(exploration.left_locked.path()) if exploration.left_locked is not None else None
        if run is not None:
            for lock in run.execution.left_open():
                yield f"{run.naming.thread(lock._owner)} has finished and still holds {run.naming.name(lock)}"
            run.close()

    # -- violations -------------------------------------------------------------------------------------------------

    def _violated(self, found: Found) -> Report:
        path = found.state.path() + ([found.choice] if found.choice is not None else [])
        run = self._replayed(path)
        if run is None:
            return Report(self.label, Verdict.UNKNOWN, message=DIVERGED.format("a violation could not be replayed"))
        try:
            reason, message = _violation(run, self.options.races)
            shown = _counterexample(run)
        finally:
            run.close()
        if reason is None:
            return Report(self.label, Verdict.UNKNOWN, message=DIVERGED.format("a violation did not show again"))
        return Report(self.label, Verdict.VIOLATED, reason, message, counterexample=shown)

    def _replayed(self, path: Sequence[Choice]) -> Replay | None:
        run = Replay(self.sandbox, self.program, self.options, self.explorer.visible)
        try:
            for choice in path:
                run.step(choice)
        except Diverged:
            run.close()
            return None
        return run

    def _livelocked(self, exploration: Exploration) -> Report | None:
        """The verdict if some quiet cycle is fair; judged without symmetry, and with a choice before each step."""
        if not progressing.quiet_cycle(list(exploration.quiet)):
            return None
        explorer = self.explorer
        if self.options.symmetry or self.options.alone_first:
            explorer = plain = self._again(replace(self.options, symmetry=False, alone_first=False))
            try:
                exploration = plain.explore()
            finally:
                plain.worlds.close()
            if exploration.found:
                return self._violated(exploration.found[0])
            if exploration.bound or exploration.diverged or exploration.stuck:
                why = exploration.bound or exploration.diverged or "a thread never reached a scheduling point"
                return Report(self.label, Verdict.UNKNOWN, message=f"the search for busy-waiting was cut short: {why}")
        states, quiet = exploration.states, exploration.quiet_edges()
        lasso = progressing.livelock(
            list(quiet), lambda number: {choice[0] for choice in explorer.choices(states[number])}
        )
        return self._spinning(exploration, lasso, quiet) if lasso is not None else None

    def _spinning(
        self, exploration: Exploration, lasso: progressing.Lasso, quiet: dict[progressing.Edge, Choice]
    ) -> Report:
        stem = exploration.states[lasso.entry].path()
        run = self._replayed(stem)
        if run is None:
            return Report(self.label, Verdict.UNKNOWN, message=DIVERGED.format("a cycle could not be replayed"))
        try:
            for edge in lasso.cycle:
                run.step(quiet[edge])
            shown = _counterexample(run, len(stem))
        except Diverged:
            return Report(self.label, Verdict.UNKNOWN, message=DIVERGED.format("a cycle could not be replayed"))
        finally:
            run.close()
        spinning = sorted({choice.thread for choice in shown.schedule[len(stem) :]})
        message = f"{', '.join(spinning)} can go round for ever and nothing changes: busy-waiting"
        return Report(self.label, Verdict.VIOLATED, Reason.LIVELOCK, message, counterexample=shown)


def _told_by_fingerprints(states: int) -> list[str]:
    """How probable it is that two of so many states were taken for one, if it is worth telling."""
    probability = collision_probability(states)
    if probability < WORTH_TELLING:
        return []
    told = f"{states:,} states were told apart by fingerprints of 64 bits"
    return [
        f"{told}; two have the same with a probability below {probability:.0e} (--no-vectorised compares whole states)"
    ]


def _counterexample(run: Replay, cycle_start: int | None = None) -> Counterexample:
    return Counterexample(tuple(run.schedule), tuple(run.trace), tuple(run.ending()), cycle_start=cycle_start)


def _race(run: Replay) -> str:
    """The data race in the state in which the replay stands, in words; empty if there is none."""
    found = race(run.execution)
    if found is None:
        return ""
    told = []
    for index in found:
        control, standing = run.execution.controls[index], run.ending()[index]
        where = f"{Path(standing.place.file).name}:{standing.place.line}" if standing.place else "an unknown place"
        operation = control.pending
        told.append(
            f"{run.naming.threads()[index]} is about to {run.naming.action(operation)} at {where}" if operation else ""
        )
    return f"data race: {' while '.join(told)}"


def _violation(run: Replay, races: bool = False) -> tuple[Reason | None, str]:
    """What is violated in the state in which the replay stands, or was on the way there."""
    execution = run.execution
    if execution.failures:
        failure = execution.failures[0]
        error, thread = failure.error, run.naming.threads()[failure.thread]
        where = f" at {Path(failure.place.file).name}:{failure.place.line}" if failure.place else ""
        if isinstance(error, SpecificationViolated):
            return Reason.SPECIFICATION, f"{thread}: {error}"
        if isinstance(error, InvariantViolated):
            return Reason.INVARIANT, str(error)
        said = f"{type(error).__name__}: {error}".removesuffix(": ")
        if isinstance(error, AssertionError):
            return Reason.ASSERTION, f"{thread} fails an assertion{where}: {said}"
        return Reason.EXCEPTION, f"{thread} ends with {said}{where}"
    lost = lost_wakeup(execution)
    if lost:
        return Reason.LOST_WAKEUP, lost
    racing = _race(run) if races else ""
    if racing:
        return Reason.DATA_RACE, racing
    live = [index for index, control in enumerate(execution.controls) if control.live]
    if any(execution.alternatives(index) for index in live):
        return None, ""
    unfinished = [run.naming.threads()[i] for i in live if not execution.controls[i].thread._daemon]
    if execution.picture()[1].next_tick is not None:
        return None, ""
    if unfinished:
        return Reason.DEADLOCK, f"{', '.join(unfinished)} cannot go on, and nothing else can"
    for lock in execution.left_locked():
        holder = run.naming.thread(lock._owner)
        return Reason.LEAK, f"{holder} has finished and still holds {run.naming.name(lock)}: nobody can release it"
    return None, ""
