"""The main job: establish every theorem again, and say for each how, by what, and how much work it was.

Exit status: 0 if every theorem was established as claimed, 1 if one was not, 2 for bad usage, 130 if interrupted.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from queueproof.deadlock_map import VARIANTS, Disagreement, draw, picture, proved, text
from queueproof.everything import all_theorems, establish
from queueproof.extraction import Refuted, Size, extract
from queueproof.state_graph import mermaid
from queueproof.unbounded import missing_engines
from queueproof.unbounded.theorem import EVERY_WAKE_UP, Outcome, Theorem
from treadle.sweep.identity import SweepError
from treadle.sweep.workers import processors
from treadle.terminal import INTERRUPTED, Interrupted, SweepProgress, stopped_by_ctrl_c, telling_of_ctrl_c

Established = list[tuple[Theorem, Outcome]]

CONSOLE = Console()


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", metavar="TEXT", default="", help="Only theorems whose name contains TEXT.")
@click.option("--explain", metavar="THEOREM", default="", help="Establish one theorem and show all that was found.")
@click.option("--list", "listing", is_flag=True, help="Name the theorems and what they claim.")
@click.option("--wake-ups", "columns", is_flag=True, help="Say under which kinds of wake-up each theorem holds.")
@click.option("--jobs", type=click.IntRange(1), help="Processes to use.  [default: one for each processor]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--no-times", is_flag=True, help="Leave out how long it took.")
@click.pass_context
def main(
    context: click.Context,
    only: str,
    explain: str,
    listing: bool,
    columns: bool,
    jobs: int | None,
    as_json: bool,
    no_times: bool,
) -> None:
    """Re-prove every claim about the bounded queue."""
    if context.invoked_subcommand is not None:
        return
    chosen = [theorem for theorem in all_theorems() if only in theorem.name and explain in ("", theorem.name)]
    if not chosen:
        known = ", ".join(theorem.name for theorem in all_theorems())
        raise click.UsageError(f"there is no theorem {explain or only!r}; the theorems are: {known}")
    if listing:
        for theorem in chosen:
            print(f"{theorem.name}: {theorem.claim}")
        return
    if columns:
        _columns(chosen)
        return
    started = time.monotonic()
    quiet = as_json or bool(explain)
    found = _establish(
        chosen, jobs or processors(), lambda one, outcome: None if quiet else _line(one, outcome, not no_times)
    )
    seconds = time.monotonic() - started
    if as_json:
        print(json.dumps(_record(found, None if no_times else seconds), indent=2))
    elif explain:
        _explain(*found[0])
    else:
        _summary(found, seconds, times=not no_times)
    sys.exit(0 if all(outcome.ok for _, outcome in found) else 1)


@main.command("map")
@click.option("--variant", type=click.Choice(list(VARIANTS)), default="one_condition", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Draw it into this file, .png or .svg.")
def deadlock_map(variant: str, output: Path | None) -> None:
    """Draw which P + C and K can deadlock, propose the law, and verify it."""
    if output is not None and output.suffix not in (".png", ".svg"):
        raise click.UsageError(f"the picture can be a .png or an .svg, not {output.name!r}")
    try:
        drawn = draw(variant)
    except Disagreement as disagreement:
        raise click.ClickException(str(disagreement)) from None
    print(f"{variant}: X deadlock is reachable, . it is not; in brackets: the real code was explored too\n")
    print(f"{text(drawn)}\n")
    law = "it never deadlocks" if drawn.law is None else f"it can deadlock exactly if {drawn.law}"
    print(f"Proposed from the {len(drawn.explored)} cells in brackets: {law}.")
    outside = len(drawn.deadlocks) - len(drawn.explored)
    print(f"On the other {outside} cells: {f'wrong about {drawn.exceptions}' if drawn.exceptions else 'right'}.")
    established = drawn.law == VARIANTS[variant].law
    for name, ok in proved(variant) if established else ():
        print(f"For all K, P and C: {'proved' if ok else 'NOT established'} ({name}).")
        established = established and ok
    if output is not None:
        try:
            picture(drawn, output)
        except ImportError:
            raise click.ClickException("a picture needs matplotlib: pip install 'treadle[web]'") from None
        print(f"Drawn into {output}.")
    sys.exit(0 if established and not drawn.exceptions else 1)


@main.command()
@click.argument("kind")
@click.argument("putters", type=click.IntRange(1))
@click.argument("getters", type=click.IntRange(1))
@click.argument("capacity", type=click.IntRange(1))
def graph(kind: str, putters: int, getters: int, capacity: int) -> None:
    """Print the state graph of a queue of the real code, as Mermaid text.

    KIND is a class of boundedqueue, as in broken.one_condition.OneConditionQueue, a class of queue, as in queue.Queue,
    or MODULE:CLASS.
    """
    try:
        print(mermaid(extract(kind, Size(putters, getters, capacity))))
    except Refuted as refuted:
        raise click.ClickException(str(refuted)) from None


def _establish(chosen: list[Theorem], jobs: int, told: Callable[[Theorem, Outcome], None]) -> Established:
    """Establish the theorems, tell of each as soon as it is known, with a progress bar below on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    found: Established = []
    total = sum(len(theorem.parts) for theorem in chosen)
    counting = SweepProgress(shown=False, total=total, what="parts")
    with (
        Progress(*columns, console=CONSOLE, transient=True, disable=not CONSOLE.is_terminal) as progress,
        stopped_by_ctrl_c(counting, "queueproof") if jobs == 1 else telling_of_ctrl_c(counting),
    ):
        task = progress.add_task("establishing", total=total)

        def advance() -> None:
            counting.now(counting.finished + 1)
            progress.advance(task)

        with closing(establish(chosen, jobs, advance)) as outcomes:
            for theorem, outcome in outcomes:
                found.append((theorem, outcome))
                told(theorem, outcome)
    return found


def _line(theorem: Theorem, outcome: Outcome, times: bool) -> None:
    """Two lines about one theorem, and what went wrong if it was not established."""
    mark = "[green]ok[/]    " if outcome.ok else "[red]FAILED[/]"
    how = theorem.established if outcome.ok else "[red]not established[/]"
    took = f", {outcome.seconds:.1f} s" if times else ""
    CONSOLE.print(f"{mark} [bold]{theorem.name}[/]: {how}", highlight=False, soft_wrap=True)
    CONSOLE.print(f"       {theorem.claim}", highlight=False, soft_wrap=True)
    CONSOLE.print(f"       [dim]{theorem.engines}: {outcome.size}{took}[/]", highlight=False, soft_wrap=True)
    if not outcome.ok:
        CONSOLE.print(f"       {escape(outcome.detail)}", highlight=False, soft_wrap=True)


def _columns(chosen: list[Theorem]) -> None:
    """A table: which theorems are established under which kinds of wake-up; an empty cell claims nothing."""
    width = max(len(theorem.name) for theorem in chosen)
    print(f"{'':{width}}  {'  '.join(EVERY_WAKE_UP)}")
    for theorem in chosen:
        marks = (f"{'x' if name in theorem.wake_ups else '':^{len(name)}}" for name in EVERY_WAKE_UP)
        print(f"{theorem.name:{width}}  {'  '.join(marks)}".rstrip())


def _summary(found: Established, seconds: float, times: bool) -> None:
    established = sum(outcome.ok for _, outcome in found)
    took = f" in {seconds:.0f} s" if times else ""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    told = f"{established} of {len(found)} theorems established{took} on {python}."
    if missing_engines():
        told += f" Not installed, so their theorems failed: {', '.join(missing_engines())}."
    CONSOLE.print(f"\n{told}", highlight=False, soft_wrap=True)


def _explain(theorem: Theorem, outcome: Outcome) -> None:
    from queueproof.exploration import Explored
    from treadle.report.text import completed

    print(f"{theorem.name}\n{theorem.claim}\n")
    print(f"{theorem.established if outcome.ok else 'not established'}, by {theorem.engines}: {outcome.size}")
    for name in dict.fromkeys(part.name for part in theorem.parts):
        same = [(part, note) for part, note in zip(theorem.parts, outcome.notes, strict=True) if part.name == name]
        print(f"  - {name} ({', '.join(part.engine for part, _ in same)})")
        for note in dict.fromkeys(note for _, note in same if note):
            print(f"    {note}")
    if not outcome.ok:
        print(f"\n{outcome.detail}")
    for part in theorem.parts:
        if isinstance(part, Explored):
            report = completed(part.explore())
            if report.counterexample is not None:
                print(f"\n{report.counterexample.text}")
                return


def _record(found: Established, seconds: float | None) -> dict[str, object]:
    return {
        "ok": all(outcome.ok for _, outcome in found),
        "seconds": seconds,
        "theorems": [
            {
                "name": theorem.name,
                "claim": theorem.claim,
                "established": theorem.established,
                "wake_ups": list(theorem.wake_ups),
                "engines": theorem.engines,
                "ok": outcome.ok,
                "size": outcome.size,
                "seconds": None if seconds is None else outcome.seconds,
                "detail": outcome.detail,
            }
            for theorem, outcome in found
        ],
    }


def run() -> None:
    """The command; what ends it before its time is one sentence."""
    try:
        main()
    except (Interrupted, SweepError) as error:
        print(f"queueproof: {error}", file=sys.stderr)
        sys.exit(INTERRUPTED if isinstance(error, Interrupted) else 1)


if __name__ == "__main__":
    run()
