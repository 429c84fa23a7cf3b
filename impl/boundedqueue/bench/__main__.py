"""Measure all queues side by side and print one table; see the package for how."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from boundedqueue.bench.contenders import BASELINE, contenders
from boundedqueue.bench.measures import idle_share, is_unbounded, limits, ratios

LIMIT = "(limit)"
"""The name under which the least that is possible at all stands among the queues."""


@dataclass(frozen=True)
class Result:
    """One row for one queue: how many times as fast as the baseline, and what it took, in microseconds."""

    row: str
    queue: str
    median: float
    first_quartile: float
    third_quartile: float
    microseconds: float


def compare(row: str, measures: Mapping[str, Callable[[], float]], rounds: int) -> list[Result]:
    """Measure every queue once a round, in alternating order, and sum up the ratios of all rounds."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        order = list(measures)[:: 1 if number % 2 else -1]
        for name in order:
            taken[name].append(measures[name]())
    results = []
    for name, seconds in taken.items():
        factors = [base / own for base, own in zip(taken[BASELINE], seconds, strict=True)]
        first, _, third = quantiles(factors, n=4) if rounds > 1 else (factors[0],) * 3
        results.append(Result(row, name, median(factors), first, third, median(seconds) * 1e6))
    return results


def interpreter() -> str:
    """The interpreter and what matters about it."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return f"{platform.python_implementation()} {platform.python_version()}{'' if gil else ', without the GIL'}"


def table(results: Sequence[Result], queues: Sequence[str]) -> str:
    """One line a row: the baseline in microseconds, then the ratio and quartiles of every other queue."""
    rows = list(dict.fromkeys(result.row for result in results))
    cells = {(r.row, r.queue): r for r in results}
    width, others = max(map(len, rows)), [name for name in queues if name != BASELINE]
    lines = [" ".join([" " * width, f"{BASELINE:>13}", *(f"{name:>26}" for name in others)])]
    for row in rows:
        line = [f"{row:{width}}", f"{cells[row, BASELINE].microseconds:10.2f} us"]
        for name in others:
            cell = cells.get((row, name))
            if cell is None:
                line.append(" " * 26)
                continue
            quartiles = f"[{cell.first_quartile:.2f} {cell.third_quartile:.2f}]"
            line.append(f"{cell.median:10.2f} {quartiles:>15}")
        lines.append(" ".join(line).rstrip())
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m boundedqueue.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="slices of each queue in each row (default 15)")
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a slice (default 0.1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or not 0 < options.seconds < 60:
        parser.error("--rounds must be at least 1, --seconds between 0 and 60")
    queues = contenders()
    print(f"{interpreter()}: times as fast as {BASELINE}, median and quartiles of {options.rounds} rounds")
    results: list[Result] = []
    least = limits(options.seconds)
    for row, measure in ratios(options.seconds).items():
        measures: dict[str, Callable[[], float]] = {name: partial(measure, make) for name, make in queues.items()}
        if row in least:
            measures[LIMIT] = least[row]
        results += compare(row, measures, options.rounds * (4 if "one thread" in row else 1))
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(table(results, [*queues, LIMIT]))
    blocking = {name: make for name, make in queues.items() if not is_unbounded(make(1))}
    idle = {name: idle_share(options.seconds * 10, make) for name, make in blocking.items()}
    print("processor time while 8 threads are blocked:", end=" ")
    print(", ".join(f"{name} {share:.3%}" for name, share in idle.items()))
    if options.json:
        report = {"interpreter": interpreter(), "results": [asdict(r) for r in results], "idle": idle}
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
