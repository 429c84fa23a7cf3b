"""Measure treadle and its peers on the same question, print one table, write JSON: `make bench`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench import figures
from bench.everybody import PEERS, subjects
from bench.machine import load, machine
from bench.measure import Cell, Plan, measured
from bench.process import Caps
from bench.question import DEADLOCKS, FITTED, SIZES, TRIALS, Question
from bench.subject import Subject
from bench.tables import machine_line, tables

REFERENCE = "MonitorQueue"
"""Ours that the peers are compared with: the queue of their models."""

_SECONDS = click.FloatRange(min=0, min_open=True)


@click.command(help=__doc__)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), default="bench.json",
              show_default=True, help="Where the results are written.")  # fmt: skip
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="How often each is asked.")
@click.option("--cap", type=_SECONDS, default=60, show_default=True, help="Seconds for each answer of a peer.")
@click.option("--own-cap", type=_SECONDS, default=300, show_default=True, help="Seconds for each answer of ours.")
@click.option("--memory", type=_SECONDS, default=8000, show_default=True, help="Megabytes for each answer.")
@click.option("--size", "sizes", multiple=True, metavar="P,C,N,K", help="Ask these sizes only (repeatable).")
@click.option("--only", multiple=True, metavar="WHO", help="Ask these only, by the beginning of their names.")
@click.option("--peers", type=click.Path(file_okay=False, path_type=Path), default=PEERS,
              help="The virtual environment of the peers.  [default: .venv-peers]")  # fmt: skip
@click.option("--no-micro", is_flag=True, help="Leave out the transitions per second.")
def main(
    file: Path,
    repeats: int,
    cap: float,
    own_cap: float,
    memory: float,
    sizes: tuple[str, ...],
    only: tuple[str, ...],
    peers: Path,
    no_micro: bool,
) -> None:
    """Ask everybody, print, write."""
    if not file.parent.is_dir():
        raise click.UsageError(f"--json {file}: there is no folder {file.parent}")
    asked = [each for each in subjects(peers) if not only or each.name.startswith(only)]
    if not asked:
        names = ", ".join(each.name for each in subjects(peers))
        raise click.UsageError(f"--only {' '.join(only)}: nobody is called so; there are {names}")
    plan = Plan(repeats, Caps(own_cap, memory), Caps(cap, memory))
    results = ask_all(asked, plan, _chosen(sizes), 0 if no_micro else own_cap)
    file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    show(results, Console(width=None if sys.stdout.isatty() else 160))
    click.echo(f"written to {file}")


def _chosen(sizes: tuple[str, ...]) -> tuple[Question, ...]:
    by = {str(size).strip("()"): size for size in SIZES}
    unknown = [size for size in sizes if size not in by]
    if unknown:
        raise click.UsageError(f"--size {unknown[0]}: the sizes are {' '.join(by)}")
    return tuple(by[size] for size in sizes) or SIZES


def ask_all(asked: list[Subject], plan: Plan, sizes: tuple[Question, ...], micro_seconds: float) -> dict[str, Any]:
    """The whole run, in plain values. Only a complete run asks for endless deadlocks."""
    names = [each.name for each in asked]
    results: dict[str, Any] = {
        "began": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine(),
        "options": asdict(plan),
        "reference": REFERENCE,
        "subjects": [_described(each) for each in asked],
    }
    trials = measured(TRIALS, asked, plan, tell)
    measured_sizes = measured(sizes, asked, plan, tell)
    deadlocks = measured(DEADLOCKS, asked, plan, tell) if sizes == SIZES else []
    for part, cells in (("trials", trials), ("sizes", measured_sizes), ("deadlocks", deadlocks)):
        results[part] = [asdict(cell) for cell in cells]
    trusted = [each.name for each in asked if not each.ours and all(c.right for c in trials if c.subject == each.name)]
    results["ratios"] = [asdict(each) for each in figures.ratios(measured_sizes, REFERENCE, trusted)]
    fitted = [point for point in FITTED if point in sizes]
    results["fitted"] = [str(point) for point in fitted]
    results["growths"] = [asdict(each) for each in figures.growths(measured_sizes, names, fitted)] if fitted[1:] else []
    results["micro"] = micro(micro_seconds) if micro_seconds else []
    results["machine"]["load_after"] = load()
    return results


def _described(subject: Subject) -> dict[str, Any]:
    return {name: getattr(subject, name) for name in ("name", "about", "version", "absent", "ours")}


def micro(seconds: float) -> list[dict[str, Any]]:
    """The rates, measured in a process of their own; none if that fails."""
    done = subprocess.run([sys.executable, "-m", "bench.micro", str(seconds)], capture_output=True, text=True)
    if done.returncode:
        click.echo(f"transitions per second were not measured: {done.stderr.strip().splitlines()[-1:]}", err=True)
        return []
    return list(json.loads(done.stdout))


def tell(cell: Cell) -> None:
    """One line for whoever waits."""
    took = "" if cell.seconds is None else f", {cell.seconds:.2f} s"
    click.echo(f"{cell.question} {cell.subject}: {cell.outcome}{took}", err=True)


def show(results: dict[str, Any], console: Console) -> None:
    """The machine, then the tables."""
    console.print(machine_line(results), highlight=False)
    for table in tables(results):
        if table.rows:
            table.draw(console)


if __name__ == "__main__":
    main()
