"""The deadlock map: which numbers of threads and capacities can deadlock, the law that fits, and its verification.

Each cell is one P + C and one K, and stands for every split into producers and consumers. Small cells are decided
twice: by search of the model, and by exploration of the real code. From these the law is guessed: the inequation with
the smallest coefficients that separates them. It is then held against every cell beyond, and against the theorem that
proves it for all K, P and C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from queueproof.exploration import Explored
from queuespec import one_condition, two_conditions
from queuespec.search import shortest
from queuespec.system import System
from treadle.vocabulary.verdict import Verdict


@dataclass(frozen=True)
class Variant:
    """A queue of which a map can be drawn: the class, the model, and the theorems that say what the map shows."""

    kind: str
    system: System
    initial: Callable[[int, int, int], Any]
    deadlock: Callable[[Any], bool]
    theorems: tuple[str, ...]
    law: Law | None
    """What the theorems prove; None: that it never deadlocks."""


@dataclass(frozen=True, order=True)
class Law:
    """Deadlock is reachable exactly if `times * K + more < P + C`."""

    times: int
    more: int

    def says(self, threads: int, capacity: int) -> bool:
        """Can so many threads on so much room deadlock?"""
        return self.times * capacity + self.more < threads

    def __str__(self) -> str:
        more = f" + {self.more}" if self.more > 0 else f" - {-self.more}" if self.more else ""
        return f"{self.times}K{more} < P + C"


VARIANTS = {
    "one_condition": Variant(
        "broken.one_condition.OneConditionQueue",
        one_condition.SYSTEM,
        one_condition.initial,
        one_condition.deadlock,
        ("deadlock-law-safe", "deadlock-law-reachable"),
        Law(2, 0),
    ),
    "two_conditions": Variant(
        "MonitorQueue",
        two_conditions.SYSTEM,
        two_conditions.initial,
        two_conditions.deadlock,
        ("no-deadlock",),
        None,
    ),
}
THREADS, CAPACITIES = range(2, 13), range(1, 6)
EXPLORED_THREADS, EXPLORED_CAPACITIES = range(2, 6), range(1, 3)
"""The cells in which the real code is explored too."""

Cell = tuple[int, int]


@dataclass(frozen=True)
class Map:
    """For each cell (P + C, K) whether deadlock is reachable, and the cells in which the real code agreed."""

    variant: str
    deadlocks: dict[Cell, bool]
    explored: frozenset[Cell]
    law: Law | None
    """The law that fits the cells that were explored; None if none of them deadlocks."""
    exceptions: tuple[Cell, ...]
    """Cells that the law gets wrong."""


class Disagreement(Exception):  # noqa: N818 - a finding
    """The code and the model, or two splits of one cell, differ."""


def splits(threads: int) -> Iterator[tuple[int, int]]:
    """All ways to have so many producers and consumers, at least one of each."""
    return ((putters, threads - putters) for putters in range(1, threads))


def draw(name: str) -> Map:
    """Decide every cell, guess the law from the explored ones, and hold it against all. Raises `Disagreement`."""
    variant = VARIANTS[name]
    deadlocks = {cell: _model(variant, cell) for cell in product(THREADS, CAPACITIES)}
    explored = frozenset(product(EXPLORED_THREADS, EXPLORED_CAPACITIES))
    for cell in sorted(explored):
        _compare(variant, cell, deadlocks[cell])
    law = guess({cell: deadlocks[cell] for cell in explored})
    exceptions = tuple(cell for cell, found in deadlocks.items() if found is not (law is not None and law.says(*cell)))
    return Map(name, deadlocks, explored, law, exceptions)


def _model(variant: Variant, cell: Cell) -> bool:
    threads, capacity = cell
    found = {
        shortest(variant.system, [variant.initial(capacity, p, c)], variant.deadlock) is not None
        for p, c in splits(threads)
    }
    if len(found) > 1:
        raise Disagreement(f"with P + C = {threads} and K = {capacity} it depends on which threads are producers")
    return found.pop()


def _compare(variant: Variant, cell: Cell, expected: bool) -> None:
    threads, capacity = cell
    for p, c in splits(threads):
        report = Explored(f"loop({variant.kind!r}, {p}, {c}, {capacity})").explore()
        if report.verdict is not (Verdict.VIOLATED if expected else Verdict.HOLDS):
            raise Disagreement(f"P = {p}, C = {c}, K = {capacity}: the code says {report.verdict}, the model does not")


def guess(cells: dict[Cell, bool]) -> Law | None:
    """The law with the smallest coefficients that is right about all of these; None if none of them deadlocks.

    Raises `Disagreement` if no law of that form is right.
    """
    if not any(cells.values()):
        return None
    candidates = (Law(times, more) for times, more in product(range(6), range(-6, 7)))
    fitting = [law for law in candidates if all(law.says(*cell) is found for cell, found in cells.items())]
    if not fitting:
        raise Disagreement("no inequation of the form aK + b < P + C separates the cells")
    return min(fitting, key=lambda law: (abs(law.more) + law.times, law))


def proved(name: str) -> list[tuple[str, bool]]:
    """Establish the theorems that prove what the map shows, one after the other."""
    from queueproof import unbounded

    wanted = VARIANTS[name].theorems
    return [(theorem.name, theorem.prove().ok) for theorem in unbounded.theorems() if theorem.name in wanted]


def text(drawn: Map) -> str:
    """The map as text: `X` deadlock, `.` none; in brackets where the real code was explored too."""
    lines = []
    for capacity in reversed(CAPACITIES):
        marks = ("X" if drawn.deadlocks[threads, capacity] else "." for threads in THREADS)
        cells = (
            f"[{mark}]" if (threads, capacity) in drawn.explored else f" {mark} "
            for threads, mark in zip(THREADS, marks, strict=True)
        )
        lines.append(f"K = {capacity}  " + " ".join(cells).rstrip())
    lines.append("P + C  " + " ".join(f"{threads:>2} " for threads in THREADS).rstrip())
    return "\n".join(lines)


def picture(drawn: Map, path: Path) -> None:
    """The map as a picture, PNG or SVG by the name of the file. Raises `ImportError` without matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = drawn.variant  # the same picture is the same file
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4))
    for wanted, colour, marker, label in ((True, "#c0392b", "X", "deadlock"), (False, "#2e7d32", "o", "no deadlock")):
        for inside, size in ((True, 170), (False, 60)):
            cells = [c for c, found in drawn.deadlocks.items() if found is wanted and (c in drawn.explored) is inside]
            told = f"{label}, {'model and real code' if inside else 'model'}"
            if cells:
                across, up = zip(*cells, strict=True)
                axes.scatter(across, up, s=size, c=colour, marker=marker, label=told)
    if drawn.law is not None:
        capacities = [min(CAPACITIES) - 0.5, max(CAPACITIES) + 0.5]
        border = [drawn.law.times * capacity + drawn.law.more + 0.5 for capacity in capacities]
        axes.plot(border, capacities, "k--", linewidth=1, label=f"{drawn.law}  (to the right)")
    axes.set_xlim(min(THREADS) - 0.5, max(THREADS) + 0.5)
    axes.set_ylim(min(CAPACITIES) - 0.5, max(CAPACITIES) + 0.5)
    axes.set_xticks(THREADS)
    axes.set_yticks(CAPACITIES)
    axes.set_xlabel("threads, P + C")
    axes.set_ylabel("capacity, K")
    axes.set_title(f"Where the queue can deadlock: {drawn.variant.replace('_', ' ')}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize=9)
    figure.savefig(path, bbox_inches="tight", dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
