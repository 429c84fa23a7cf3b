"""Transitions per second, in one process: where none was executed, and over all, executions included.

    python -m bench.micro SECONDS

Prints one JSON array, an entry for each size and each search there is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from time import perf_counter
from typing import Any

from bench.ours import PROGRAMS
from bench.question import Question

SIZES = (Question(6, 6, 2, 2), Question(4, 4, 4, 2))


@dataclass(frozen=True)
class Rate:
    """How fast one search went."""

    question: str
    search: str
    verdict: str
    transitions: int
    executions: int
    seconds: float
    looked_up: int
    looked_up_seconds: float


@dataclass
class Stopwatch:
    """Told how far the search is, now and then: sums up the stretches in which no step was made for real."""

    looked_up: int = 0
    seconds: float = 0.0
    _last: tuple[float, int, int] = field(default_factory=lambda: (perf_counter(), 0, 0))

    def __call__(self, states: int, transitions: int, frontier: int, executions: int, made: int) -> None:
        now = perf_counter()
        before, earlier, made_before = self._last
        if made == made_before and transitions > earlier:  # fewer: the search began again
            self.looked_up += transitions - earlier
            self.seconds += now - before
        self._last = (now, transitions, made)


def searches() -> dict[str, dict[str, bool]]:
    """The searches there are, and the options that choose them: a vectorised one only if there is such an option."""
    from treadle.vocabulary.options import Options

    switches = [each.name for each in fields(Options) if each.name.startswith("vector")]
    if not switches:
        return {"plain loop": {}}
    return {"plain loop": {switches[0]: False}, "vectorised": {switches[0]: True}}


def rates(seconds: float) -> Iterator[Rate]:
    """A rate for each size and search; each may take so long."""
    for question in SIZES:
        for search, options in searches().items():
            yield rate(question, search, options, seconds)


def rate(question: Question, search: str, options: Mapping[str, Any], seconds: float) -> Rate:
    """Explore `MonitorQueue` at that size."""
    from treadle.checking import check_file
    from treadle.vocabulary.options import Options

    watch = Stopwatch()
    bounds = {"max_seconds": seconds, "max_states": 10**9, "max_executions": 10**9}
    told = Options(include=("boundedqueue",), **bounds, **options)  # type: ignore[arg-type]
    (report,) = check_file(PROGRAMS, f"monitor{question.numbers}", told, progress=watch)
    return Rate(
        str(question),
        search,
        str(report.verdict),
        report.transitions,
        report.executions,
        report.seconds,
        watch.looked_up,
        watch.seconds,
    )


if __name__ == "__main__":
    print(json.dumps([asdict(each) for each in rates(float(sys.argv[1]))]))
