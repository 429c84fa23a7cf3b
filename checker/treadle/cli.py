"""The command line: `treadle check`, `treadle replay` and `treadle verify-certificate`.

Exit status of `check`: 0 every program holds, 1 some is violated, 2 bad usage or bad input or a sweep that cannot go
on, 3 some verdict is unknown and none is violated, 70 an error of treadle's own, 130 interrupted. Of `replay`: 1 the
schedule still violates, 0 it no longer does (which proves nothing about other schedules), 3 the program has changed so
that it cannot be followed. Of `verify-certificate`: 0 it is confirmed, 1 it has a hole, 2 it cannot be read.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from treadle.report.record import json_text
from treadle.report.text import WIDTH, completed, summary_line, verdict_line
from treadle.terminal import (
    INTERRUPTED,
    Interrupted,
    Progress,
    SweepProgress,
    silenced,
    stopped_by_ctrl_c,
    telling_of_ctrl_c,
)
from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import NO_LONGER_VIOLATES, Schedule, ScheduleError, file_name
from treadle.vocabulary.verdict import Report, Verdict, overall

if TYPE_CHECKING:
    from treadle.strategies.cutting import Hands

USAGE, INTERNAL, CLOSED_PIPE = 2, 70, 141
STATUS = {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.UNKNOWN: 3}
COLOURS = {Verdict.HOLDS: "green", Verdict.VIOLATED: "red", Verdict.UNKNOWN: "yellow"}

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Settings:
    """What the error handling around a command has to know of its options."""

    debug: bool = False


def _set_debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(Settings).debug |= value


def _print_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version  # slow to import

        click.echo(f"treadle, version {version('treadle')}")
        context.exit()


def _common(command: F) -> F:
    """The options that every command has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text."),
        click.option("--no-times", is_flag=True, help="Leave out how long it took."),
        click.option("--quiet", is_flag=True, help="Print the verdicts only."),
        click.option("--debug", is_flag=True, callback=_set_debug, expose_value=False, hidden=True),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, callback=_print_version, expose_value=False, is_eager=True, help="Show it.")
@click.option("--debug", is_flag=True, callback=_set_debug, expose_value=False, hidden=True)
@click.pass_context
def cli(context: click.Context) -> None:
    """Check threaded Python code in every interleaving of its threads."""
    if context.invoked_subcommand is None:
        raise click.UsageError("name a command, check or replay; treadle --help tells more")


_COUNT = click.IntRange(min=1)


@cli.command()
@click.argument("targets", metavar="FILE[::PROGRAM]...", nargs=-1, required=True)
@click.option("--strategy", metavar="S", default=None, help="How to explore.  [default: states]")
@click.option("--max-states", type=_COUNT, metavar="N", help="Give up (verdict unknown) after N states.")
@click.option("--max-seconds", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Give up after S s.")
@click.option("--max-executions", type=_COUNT, metavar="N", help="Give up after N real executions.")
@click.option("--max-accesses", type=_COUNT, metavar="N", help="Take a step of N accesses for one without an end.")
@click.option("--no-symmetry", is_flag=True, help="Tell identical threads apart.")
@click.option("--no-table", is_flag=True, help="Execute every transition, look none up.")
@click.option("--no-vectorised", is_flag=True, help="Step state by state, never whole levels with NumPy.")
@click.option("--no-alone-first", is_flag=True, help="Give a choice even where nobody else could notice.")
@click.option("--wake-order", type=click.Choice(["fifo", "any"]), help="Which waiter a notify wakes.")
@click.option("--spurious", is_flag=True, help="Let waiting threads wake without a notify.")
@click.option("--primitives", type=click.Choice(["virtual", "stdlib"]), help="What a Condition is made of.")
@click.option("--include", multiple=True, metavar="MODULE", help="Check this module or package too (repeatable).")
@click.option("--races", is_flag=True, help="Make a data race a violation.")
@click.option("--all", "go_on", is_flag=True, help="Go on after a violation and count every one.")
@click.option("--audit", type=click.FloatRange(0, 1), metavar="RATE", help="Execute this share of the look-ups too.")
@click.option("--certificate", metavar="FILE", help="Write down what was explored (.gz: compressed).")
@click.option("--save", metavar="DIR|FILE", help="Keep the schedule of each violation, for treadle replay.")
@click.option("--jobs", type=_COUNT, default=1, metavar="N", help="Use N processes: for a program each, or for one.")
@click.option("--resume", metavar="DIR", help="Keep what is finished in DIR, and go on from there.")
@_common
def check(
    targets: tuple[str, ...],
    no_symmetry: bool,
    no_table: bool,
    no_vectorised: bool,
    no_alone_first: bool,
    save: str | None,
    jobs: int,
    resume: str | None,
    as_json: bool,
    no_times: bool,
    quiet: bool,
    **told: Any,
) -> int:
    """Check one program of FILE, or every one: its module-level functions without parameters."""
    from treadle.checking import check_file

    named = [split_target(target) for target in targets]
    shortcuts = {"symmetry": not no_symmetry, "table": not no_table, "vectorised": not no_vectorised}
    options = _options(**shortcuts, alone_first=not no_alone_first, **told)
    folder = _checked_save(save, named[0][1] if len(named) == 1 else None)
    shown = sys.stderr.isatty() and not quiet
    if resume is None and len(named) == 1 and (jobs == 1 or named[0][1] is not None):
        progress = Progress(not quiet, plain=not sys.stderr.isatty())
        with stopped_by_ctrl_c(progress), _hands(jobs) as hands, silenced():
            found = check_file(*named[0], options, progress=progress, hands=hands)
    else:
        found = _swept(named, options, jobs, resume, shown)
    reports = [completed(report, _width()) for report in found]
    if not reports:
        raise click.UsageError(f"{targets[0]}: no program in it: a module-level function without parameters is needed")
    _show(reports, as_json, not no_times, quiet)
    if save is not None and folder is not None:
        _save(reports, options, Path(save), folder, to_stderr=as_json)
    return STATUS[overall([report.verdict for report in reports])]


@cli.command()
@click.argument("schedule_file", metavar="FILE.schedule.json")
@_common
def replay(schedule_file: str, as_json: bool, no_times: bool, quiet: bool) -> int:
    """Execute the program of a schedule file again, exactly as the file says.

    Exit status 1: it still violates. 0: it no longer does, which proves nothing about other schedules. 3: the
    program has changed so that the schedule cannot be followed.
    """
    from treadle.checking import replay as replay_schedule

    schedule = Schedule.load(schedule_file)
    width = _width()
    with stopped_by_ctrl_c(Progress(shown=False)), silenced():
        report = completed(replay_schedule(schedule, schedule.options), width)
    _show([report], as_json, not no_times, quiet)
    fixed = report.verdict is Verdict.UNKNOWN and report.message.startswith(NO_LONGER_VIOLATES)
    return 0 if fixed else STATUS[report.verdict]


@cli.command("verify-certificate")
@click.argument("certificate", metavar="FILE")
def verify_certificate(certificate: str) -> int:
    """Confirm that in the exploration that a certificate tells of nothing was skipped.

    Exit status 0: confirmed. 1: not confirmed, and the first hole is named. 2: the file is no whole certificate.
    """
    from treadle.certificate.verify import NotConfirmed, Unreadable, verify

    try:
        click.secho(f"{certificate}: confirmed: {verify(certificate)}", fg="green")
    except NotConfirmed as hole:
        click.secho(f"{certificate}: not confirmed: {hole}", fg="red")
        return 1
    except Unreadable as error:
        raise click.UsageError(f"{certificate}: {error}") from None
    return 0


def _hands(jobs: int) -> AbstractContextManager[Hands | None]:
    """So many processes to step large levels; none besides this one if it is 1."""
    if jobs > 1:
        from treadle.sweep.helping import hands_of  # slow to import
    return hands_of(jobs) if jobs > 1 else contextlib.nullcontext()


def _swept(
    named: Sequence[tuple[str, str | None]], options: Options, jobs: int, resume: str | None, shown: bool
) -> list[Report]:
    """The reports of all programs of these files, or of those that are named, by so many processes."""
    from treadle.sweep.folder import Folder
    from treadle.sweep.programs import started, sweep, tasks_of

    with silenced():
        tasks = [tasks_of(file, name, options) for file, name in named]
    progress = SweepProgress(shown, sum(map(len, tasks)), resume or "")
    keeping = contextlib.nullcontext() if resume is None else contextlib.closing(Folder(Path(resume)))
    stopping = stopped_by_ctrl_c if jobs == 1 else telling_of_ctrl_c
    with keeping as folder, stopping(progress):
        reports = iter(sweep([task for of_file in tasks for task in of_file], jobs, folder, progress.now))
    return [
        report
        for (file, name), of_file in zip(named, tasks, strict=True)
        for report in started(file, name, [next(reports) for _ in of_file])
    ]


# -- what the commands are told -------------------------------------------------------------------------


def split_target(target: str) -> tuple[str, str | None]:
    """`FILE::name` taken apart; the name is None if all programs are meant.

    >>> split_target("q.py::pair"), split_target("q.py")
    (('q.py', 'pair'), ('q.py', None))
    """
    file, separator, name = target.rpartition("::")
    if not separator:
        return target, None
    if not file or not name:
        raise click.UsageError(f"{target!r} does not read FILE::PROGRAM")
    return file, name


def _options(**told: Any) -> Options:
    given = {name: value for name, value in told.items() if value is not None}
    try:
        return Options(**given)
    except ValueError as error:
        raise click.UsageError(str(error).replace("_", "-")) from None


def _checked_save(save: str | None, name: str | None) -> bool | None:
    """Is it a folder that schedules are saved in? None if they are not saved."""
    if save is None:
        return None
    folder = not save.endswith(".json")
    if not folder and name is None:
        raise click.UsageError("--save FILE keeps one schedule: name the program as FILE::PROGRAM, or save in a folder")
    if folder and Path(save).exists() and not Path(save).is_dir():
        raise click.UsageError(f"--save {save}: neither a folder nor a name that ends in .json")
    return folder


# -- what they print ------------------------------------------------------------------------------------


def _width() -> int:
    return max(shutil.get_terminal_size().columns, 60) if sys.stdout.isatty() else WIDTH


def _show(reports: Sequence[Report], as_json: bool, times: bool, quiet: bool) -> None:
    if as_json:
        click.echo(json_text(reports, times))
        return
    for report in reports:
        click.secho(verdict_line(report, times), fg=COLOURS[report.verdict])
        if report.verdict is Verdict.UNKNOWN and report.message:
            click.echo(f"  {report.message}")
        for warning in report.warnings:
            click.echo(f"  warning: {warning}")
    if len(reports) > 1:
        click.echo(summary_line(reports))
    for report in reports:
        if report.counterexample is not None and not quiet:
            click.echo(f"\n{report.counterexample.text}", nl=False)


def _save(reports: Sequence[Report], options: Options, target: Path, folder: bool, to_stderr: bool) -> None:
    for report in reports:
        if report.counterexample is not None:
            path = target / file_name(report.program) if folder else target
            try:
                Schedule.of(report, options).save(path)
            except OSError as error:
                raise click.UsageError(f"{path}: the schedule cannot be saved: {error.strerror}") from None
            click.echo(f"\nschedule saved; to see it again: treadle replay {path}", err=to_stderr)


# -- how they end ---------------------------------------------------------------------------------------


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit status; every error is one sentence on stderr."""
    from treadle.certificate.destination import CertificateError
    from treadle.sandbox.importer import LoadError
    from treadle.sandbox.runtime import Refused
    from treadle.sweep.identity import SweepError

    settings = Settings()
    try:
        status = cli.main(arguments, prog_name="treadle", standalone_mode=False, obj=settings)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _fail(error.format_message(), USAGE)
    except (CertificateError, LoadError, Refused, ScheduleError, SweepError) as error:
        return _fail(str(error), USAGE)
    except Interrupted as error:
        return _fail(str(error), INTERRUPTED)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        # Whoever read the output has seen enough (click answers with SystemExit and status 1, which would
        # say that a program is violated); Python must not complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except Exception as error:
        if settings.debug:
            traceback.print_exc()
        told = f"an error of treadle's own ({type(error).__name__}: {error}), not of your program"
        return _fail(f"{told}; please report it with what the same command prints with --debug", INTERNAL)
    return int(status or 0)


def _fail(sentence: str, status: int) -> int:
    click.echo(f"treadle: {' '.join(sentence.split())}", err=True)
    return status


def main() -> None:
    """The command `treadle`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run())
